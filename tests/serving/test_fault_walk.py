"""Every fault there is, on every kind of surface, stored or not: what is answered, what is told, what is counted.

`test_fails_closed.py` argues the single cases; here all of them are walked, so that none is left out.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from starlette.testclient import TestClient

from moderation.errors import ConfigError, Fault
from moderation.normaliser import Normalised
from moderation.ports import Scored
from records import decisions
from records.database import Database
from tests.fakes import BrokenScorer, KeywordScorer
from tests.records.databases import let_in, new_postgres_url, new_sqlite_url
from tests.serving.asking import CLEAN, on_news, question
from tests.serving.conftest import PATIENT
from tests.serving.loaders import BROKEN, FakeLoader
from tests.serving.models import FaultyScorer, StuckScorer

STILL = replace(PATIENT, follow_every=3600)
"""Nobody but the requests opens the database."""

HASTY = replace(STILL, deadline_ms=60, batch_deadline_ms=60, store_grace=60)

Make = Callable[..., TestClient]

PRE, STRICT, LENIENT = "seen before publication", "held where a part is missing", "passed where a part is missing"

SURFACES: dict[str, list[dict[str, Any]]] = {
    PRE: [on_news()],
    STRICT: [on_news() | {"context": {"surface": surface}} for surface in ("forum", "live")],
    LENIENT: [question(CLEAN), question(CLEAN, surface="live"), question(CLEAN, surface="news")],
}
"""Requests by what their policy says of the surface; `default` reviews even news after publication."""


@dataclass(frozen=True)
class World:
    """What a fault is done to."""

    loader: FakeLoader
    database: Database
    url: str
    client: TestClient


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(4000):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError


class SlowScorer(KeywordScorer):
    """Answers, but never before the deadline."""

    def __init__(self) -> None:
        super().__init__({})

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        threading.Event().wait(0.25)
        return super().score(texts)


ENGINE_FAULTS: dict[str, tuple[str, Callable[[FakeLoader], object], bool]] = {
    "no model is there": ("model", lambda loader: setattr(loader, "model", BROKEN), False),
    "the model says it cannot": ("model", lambda loader: setattr(loader, "model", BrokenScorer()), False),
    "the model crashes": ("model", lambda loader: setattr(loader, "model", FaultyScorer()), False),
    "the model is too slow": ("model", lambda loader: setattr(loader, "model", SlowScorer()), True),
    "the inference thread hangs": ("model", lambda loader: setattr(loader, "model", StuckScorer()), False),
    "the rules are broken": (
        "rules",
        lambda loader: setattr(loader, "rules", ConfigError("No.", [Fault("abuse.toml", "broken")])),
        False,
    ),
    "the lists cannot be read": ("lists", lambda loader: setattr(loader, "lists", BROKEN), False),
}
"""Name: (the part that is missing from answers, what breaks it, whether the server calls itself ready all the same).

A model that fails is asked about a comment that is known to be good; one that is slow still answers.
"""

HELD = {PRE: "review", STRICT: "review", LENIENT: "pass"}


def asked(client: TestClient, body: dict[str, Any], *, store: bool) -> Any:
    return client.post("/v1/score", json=body | {"options": {"store": store}})


def count(client: TestClient, name: str, **labels: str) -> float:
    """The sum of a metric's samples that have these labels."""
    found = re.findall(rf"^{name}{{(.*)}} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    wanted = {f'{label}="{value}"' for label, value in labels.items()}
    return sum(float(value) for given, value in found if wanted <= set(given.split(",")))


def stored(database: Database) -> int:
    with database.reading() as look:
        return len(decisions.page(look, limit=200).items)


@pytest.mark.parametrize("fault", ENGINE_FAULTS)
def test_a_part_of_the_engine_that_fails(make_client: Make, loader: FakeLoader, database: Database, fault: str) -> None:
    """200, the policy's answer, degraded and named, stored where it was to be; counted by part."""
    part, break_it, is_ready = ENGINE_FAULTS[fault]
    break_it(loader)
    stuck = loader.model if isinstance(loader.model, StuckScorer) else None
    client = make_client(
        options=replace(HASTY, stuck_after=0.2 if stuck else 60) if stuck or fault.endswith("slow") else STILL
    )
    asked_for = kept = 0
    if stuck:
        asked(client, question(CLEAN), store=False)
        asked_for += 1
        inference = client.app.state.machinery.inference  # type: ignore[attr-defined]
        until(lambda: inference.stuck)
    for kind, bodies in SURFACES.items():
        for body in bodies:
            for store in (True, False):
                answered = asked(client, body, store=store)
                answer = answered.json()
                told = (answered.status_code, answer["decision"], answer["degraded"], answer["missing"])
                assert (200, HELD[kind], True, [part]) == told, (kind, body, store)
                assert (store, 7) == (answer.get("decision_id") is not None, len(answer["labels"]))
                asked_for, kept = asked_for + 1, kept + store
    many = [body for bodies in SURFACES.values() for body in bodies]
    batch = client.post("/v1/score:batch", json={"items": many}).json()["items"]
    expected = [HELD[kind] for kind, bodies in SURFACES.items() for _ in bodies]
    assert expected == [item["decision"] for item in batch]
    assert {(True, (part,))} == {(item["degraded"], tuple(item["missing"])) for item in batch}
    asked_for, kept = asked_for + len(many), kept + len(many)
    ready = client.get("/readyz")
    assert ((200, []) if is_ready else (503, [part])) == (ready.status_code, ready.json()["missing"])
    assert 200 == client.get("/healthz").status_code
    assert asked_for == count(client, "chaffinch_degraded_total", part=part)
    assert asked_for == count(client, "chaffinch_decisions_total")
    assert (0, kept) == (count(client, "chaffinch_unavailable_total"), stored(database))
    if stuck:
        stuck.let_go.set()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_sqlite_url(tmp_path) if request.param == "sqlite" else new_postgres_url()


@pytest.fixture
def broken(url: str) -> Iterator[Database]:
    """A database that something will be done to."""
    made = Database(url, busy_seconds=1)
    yield made
    made.close()


@contextmanager
def gone(database: Database, url: str) -> Iterator[None]:
    """The file is elsewhere; the server lets nobody in."""
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite"):
        database.close()
        file.rename(file.with_suffix(".away"))
    else:
        let_in(url, allowed=False)
    yield
    if url.startswith("sqlite"):
        file.with_suffix(".away").rename(file)
    else:
        let_in(url, allowed=True)


FULL = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"""


@contextmanager
def full(database: Database, url: str) -> Iterator[None]:
    """SQLite may not grow its file; PostgreSQL says what it says then, at each insert."""
    if not url.startswith("sqlite"):
        _run(database, FULL, "CREATE TRIGGER t BEFORE INSERT ON comments EXECUTE FUNCTION full_disk()")
        yield
        _run(database, "DROP TRIGGER t ON comments", "DROP FUNCTION full_disk")
        return

    def no_more_pages(connection: Any, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # never below what there is already

    database.close()
    event.listen(database._engine, "connect", no_more_pages)
    yield
    event.remove(database._engine, "connect", no_more_pages)
    database.close()


def _run(database: Database, *statements: str) -> None:
    with database.unit() as unit:
        for statement in statements:
            unit.execute(text(statement))
        unit.commit()


LONG = CLEAN * 1000
"""Needs pages of its own: a full database still has room in those it has."""


@pytest.mark.parametrize("fault", [gone, full])
def test_a_database_that_takes_nothing(
    broken: Database, make_client: Make, url: str, fault: Callable[[Database, str], AbstractContextManager[None]]
) -> None:
    """503 and nothing stored where it was to be, on every surface, held on a `pre` one; else as if nothing were."""
    client = make_client(database=broken, options=replace(STILL, most_storing=64))
    bodies = [(kind, {**body, "content": {"text": LONG}}) for kind, each in SURFACES.items() for body in each]
    with fault(broken, url) or nullcontext():
        for kind, body in bodies:
            refused = asked(client, body, store=True)
            told = (refused.status_code, refused.json().get("decision"), refused.json()["missing"])
            assert (503, "review" if kind is PRE else None, ["database"]) == told, (kind, body)
            assert "1" == refused.headers["retry-after"]
            answer = asked(client, body, store=False)
            assert (200, "pass", False) == (answer.status_code, answer.json()["decision"], answer.json()["degraded"])
        for named in ({}, {"idempotency-key": "k"}):
            refused = client.post("/v1/score:batch", json={"items": [body for _, body in bodies]}, headers=named)
            assert (503, "review") == (refused.status_code, refused.json()["decision"])
        ready = client.get("/readyz")
        assert (503, ["database"]) == (ready.status_code, ready.json()["missing"])
        assert len(bodies) + 2 == count(client, "chaffinch_unavailable_total", part="database")
        assert (len(bodies), 0) == (
            count(client, "chaffinch_decisions_total"),
            count(client, "chaffinch_degraded_total"),
        )
    assert 0 == stored(broken)
    answer = asked(client, bodies[0][1], store=True)
    assert (200, 1) == (answer.status_code, stored(broken)), "it is taken up again by itself"
    assert 200 == client.get("/readyz").status_code
