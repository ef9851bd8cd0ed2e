"""`/healthz` (the process answers), `/readyz` (all that an answer needs answers), `/metrics` (Prometheus)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from moderation.errors import PartUnavailableError
from records import moved_away, worker_chores
from records.database import PART as DATABASE
from records.database import Database
from serving.answers import Alive, Readiness
from serving.desk import answer
from serving.disk import Disks
from serving.edge import is_leaving
from serving.engine_holder import LISTS, MODEL, PACKS, POLICIES, RULES, EngineHolder
from serving.inference import Inference
from serving.metrics import CONTENT_TYPE, Metrics
from serving.writer import Writer

State = dict[str, Any]
DISK = "disk"
PROCESS = "process"
WORKER = "worker"


def router(
    database: Database,
    holder: EngineHolder,
    inference: Inference,
    writer: Writer,
    metrics: Metrics,
    disks: Disks,
    *,
    patience: float,
) -> APIRouter:
    """The endpoints. None needs a key: they are asked by what watches the process, load balancers by HEAD.

    `patience` is how many seconds the database may take to say that it is there; it also has to take what is written.
    """
    routes = APIRouter(tags=["health"])

    @routes.head("/healthz", include_in_schema=False)
    @routes.get("/healthz", response_model=None, responses={200: {"model": Alive}})
    async def healthz() -> Response:
        """The process answers."""
        return answer({"status": "ok"})

    @routes.head("/readyz", include_in_schema=False)
    @routes.get("/readyz", response_model=None, responses={200: {"model": Readiness}, 503: {"model": Readiness}})
    async def readyz(request: Request) -> Response:
        """Model, rules and database answer, and the disk has room; 503 with what is missing, or once it has to stop."""
        stored = await _ask(lambda: _check(database), patience)
        if stored["ok"] and writer.fault:
            stored = _state(False, writer.fault)
        answers = await inference.answers(holder.engine, holder.known_good, within=patience)
        full = await asyncio.to_thread(lambda: disks.fault)
        parts = engine_parts(holder, answers=answers) | {DATABASE: stored, DISK: _state(full is None, full)}
        if stored["ok"]:
            parts[WORKER] = await _ask(lambda: _failing(database), patience) | {"ok": True}
        if is_leaving(request.scope):
            parts[PROCESS] = _state(False, "It was asked to stop; what is sent to it is answered for a moment yet.")
        missing = [name for name, part in parts.items() if not part["ok"]]
        document = {"status": "not ready" if missing else "ready", "missing": missing, "parts": parts}
        return answer(document, status=503 if missing else 200)

    @routes.get("/metrics", response_model=None, response_class=PlainTextResponse)
    async def exposition() -> Response:
        """Prometheus metrics."""
        return Response(await asyncio.to_thread(metrics.text), headers={"content-type": CONTENT_TYPE})

    return routes


def engine_parts(holder: EngineHolder, *, answers: bool) -> dict[str, State]:
    """The state of what decides. A part whose newer version was refused is ready, and says so.

    `answers`: whether the model that is there does.
    """
    engine, faults = holder.engine, holder.faults
    model = _state(holder.has_model, faults.get(MODEL), f"{engine.scorer.name}@{engine.scorer.version}")
    if holder.has_model and not answers:
        model = _state(False, "the model does not answer", f"{engine.scorer.name}@{engine.scorer.version}")
    refused = faults.get(RULES) or faults.get(PACKS) or holder.packs_beside or None
    return {
        MODEL: model,
        RULES: _state(
            engine.rules is not None,
            refused,
            engine.rules.version if engine.rules else None,
        ),
        LISTS: _state(engine.lists is not None, faults.get(LISTS), engine.lists.version if engine.lists else None),
        POLICIES: _state(True, faults.get(POLICIES), ", ".join(p.reference for p in engine.policies.values())),
    }


def _state(ok: bool, detail: str | None, version: str | None = None) -> State:
    return {"ok": ok, "detail": detail, "version": version}


def _check(database: Database) -> None:
    """Raises `PartUnavailableError` where it does not answer, or the records went to another one."""
    database.check()
    with database.reading() as look:
        moved_away.check(look)


def _failing(database: Database) -> str | None:
    """Which chores of the workers fail, and since when. Answers do not wait for them: nobody is sent elsewhere."""
    with database.reading() as look:
        found = worker_chores.failing(worker_chores.every(look))
    return "; ".join(map(worker_chores.sentence, found)) or None


async def _ask(check: Callable[[], str | None], patience: float) -> State:
    """It is there, with what `check` says of it, or it is not."""
    try:
        async with asyncio.timeout(patience):
            return _state(True, await asyncio.to_thread(check))
    except PartUnavailableError as error:
        return _state(False, str(error))
    except TimeoutError:
        return _state(False, f"The database did not answer within {patience:.0f} s.")
