"""The application: every endpoint, and what starts and stops with it. Read `score.py` next, then `scoring.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from console import routes as console
from console.parts import ConsoleParts
from console.public import routes as public_routes
from console.public.reader import PublicParts
from console.rule_checks import RuleChecks
from console.throttle import Shared as SharedFailures
from console.throttle import Throttle
from console.visitors import Shared, Turnstile
from governance import credit
from governance.rules import Standards
from governance.statements import Words
from governance.targets import Targets
from governance.verdicts import HouseRules
from moderation.errors import ChaffinchError, Fault, InvalidInputError
from moderation.policy import Policy
from records.database import PART as DATABASE
from records.personal import Keyring
from records.storing import Answered, Stored
from records.unit_of_work import Reading, Unit
from serving import (
    approvals,
    cases,
    complaints,
    decisions,
    documentation,
    flaggers,
    health,
    holds,
    measures,
    openapi,
    operation_ids,
    oversight,
    plain_routes,
    renderings,
    rule_lint,
)
from serving.alarm import Alarm
from serving.authors import AuthorRoutes
from serving.complaints import PublicDesk, offer_of
from serving.desk import Desk
from serving.disk import Disks
from serving.dropins import mounting
from serving.dropins.shared import House
from serving.edge import Edge
from serving.follower import Follower
from serving.idempotency import Claims
from serving.in_force import NotedParts
from serving.in_service import InService
from serving.inference import Inference
from serving.keys import Gate
from serving.known_authors import KnownAuthors
from serving.known_threads import KnownThreads
from serving.loading import give_back
from serving.metrics import Metrics
from serving.parts import Parts
from serving.problems import on_chaffinch_error, on_http_exception
from serving.queries import Queries, operations_of
from serving.schemas import SUMMARY
from serving.score import ScoreRoutes
from serving.scoring import Scoring
from serving.sentences import sentence
from serving.shared_buckets import buckets_in
from serving.shared_metrics import Together
from serving.standing_chores import standing_chores
from serving.streams import description
from serving.streams.route import StreamRoutes
from serving.transcripts import TranscriptRoutes
from serving.vocabulary import Vocabulary
from serving.watcher import Watcher
from serving.webhooks import endpoints
from serving.whereabouts import Whereabouts
from serving.worker import Worker, campaigns_chore, random_chore
from serving.writer import Writer

DESCRIPTION = "Decides what happens to a user's comment: models, rules and people in one loop."


@dataclass(frozen=True, slots=True)
class Machinery:
    """What runs behind the endpoints, in the order in which it starts."""

    gate: Gate
    metrics: Metrics
    inference: Inference
    writer: Writer
    watcher: Watcher
    authors: KnownAuthors
    threads: KnownThreads
    alarm: Alarm
    follower: Follower
    disks: Disks
    worker: Worker | None
    whereabouts: Whereabouts

    def start(self) -> None:
        """Starts every thread."""
        self.alarm.start()
        self.watcher.start()
        self.inference.start()
        self.writer.start()
        self.follower.start()
        if self.worker:
            self.worker.start()

    def stop(self) -> None:
        """Stops them in reverse; what was asked before is answered and written."""
        if self.worker:
            self.worker.stop()
        self.follower.stop()
        self.inference.stop()
        self.writer.stop()
        self.alarm.stop()


def create_app(parts: Parts) -> FastAPI:
    """The application over these parts. Nothing runs before its lifespan begins; it runs once."""
    machinery = _machinery(parts)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        machinery.start()
        try:
            yield
        finally:
            machinery.stop()
            parts.spans.stop()

    app = FastAPI(
        title="Chaffinch",
        version=parts.version,
        description=DESCRIPTION,
        docs_url=None,
        redirect_slashes=False,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=operation_ids.of_route,
    )
    app.state.parts = parts
    app.state.machinery = machinery
    _refuse_in_one_form(app)
    vocabulary = _vocabulary(parts)
    routers = _mount(app, parts, machinery, vocabulary)
    plain = {**description.paths(), **plain_routes.paths()}
    openapi.install(app, parts.dropins, plain)
    app.add_middleware(
        Queries,
        operations=operations_of(routers, {**openapi.hot_paths(), **plain}),
        gate=machinery.gate,
        vocabulary=vocabulary,
        bodies=openapi.BODIES,
    )
    app.add_middleware(
        InService,
        whereabouts=machinery.whereabouts,
        refused=lambda: machinery.metrics.unavailable(DATABASE),
    )
    app.add_middleware(Edge, access_log=parts.options.access_log, spans=parts.spans)
    return app


def _machinery(parts: Parts) -> Machinery:
    options, metrics, whereabouts = parts.options, Metrics(), Whereabouts()
    if options.shared and options.processes > 1:
        metrics.together = Together(Path(options.shared))
    gate = Gate(
        parts.database,
        open_without_keys=options.open_without_keys,
        rate=options.rate,
        standing=options.policy,
        refused=metrics.refused,
        buckets=buckets_in(Path(options.shared)) if options.shared else None,
    )
    inference = Inference(most_waiting=options.most_scoring, stuck_after=options.stuck_after)
    watcher = Watcher(parts.database, parts.keyring, parts.now)
    authors = KnownAuthors(parts.database, parts.keyring)
    authors.look()
    threads = KnownThreads(parts.database, parts.keyring, now=parts.now)
    threads.look()

    def keep(unit: Unit, answered: Sequence[Answered], stored: Sequence[Stored]) -> None:
        watcher.keep(unit, answered, stored)
        credit.mark_stored(unit, answered, stored, parts.holder.engine.policies)

    writer = Writer(parts.database, parts.keyring, parts.now, most_waiting=options.most_storing, also=keep)
    writer.grace = options.store_grace
    inference.spans = writer.spans = parts.spans
    follower = Follower(
        parts.database,
        parts.holder,
        gate,
        metrics,
        _followed(parts, watcher, authors, threads, metrics),
        now=parts.now,
        every=options.follow_every,
    )
    alarm = Alarm(
        parts.database, parts.holder, whereabouts=whereabouts, now=parts.now, every=options.follow_every
    )  # fmt: skip
    worker = _worker(parts) if options.worker else None
    metrics.watch("model", lambda: inference.waiting)
    metrics.watch("database", lambda: writer.waiting)
    disks = Disks(parts.folders, least=options.disk_free)
    metrics.disks(disks.names, disks.free)
    metrics.answers_with(parts.holder.engine)
    # The last one when nobody holds the engine before any more: a model that went takes its memory along.
    parts.holder.on_swap.extend([metrics.answers_with, lambda _: inference.renew(), lambda _: give_back()])
    parts.holder.on_refusal.append(metrics.reload_failed)
    metrics.packs(lambda: bool(parts.holder.packs_beside))
    return Machinery(
        gate, metrics, inference, writer, watcher, authors, threads, alarm, follower, disks, worker, whereabouts
    )


def _followed(
    parts: Parts, watcher: Watcher, authors: KnownAuthors, threads: KnownThreads, metrics: Metrics
) -> list[Callable[[], object]]:
    """What is called at each look; a service without the ledger's key leaves no trace of its own."""
    followed: list[Callable[[], object]] = [watcher.follow, authors.look, threads.look]
    followed.append(metrics.leave)
    return [*followed, _noted(parts).follow] if parts.signer else followed


def _noted(parts: Parts) -> NotedParts:
    """Says in the ledger what decides."""
    return NotedParts(parts.database, parts.holder, parts.now, parts.packs.parent, parts.options.policy)


def _worker(parts: Parts) -> Worker:
    when_idle = parts.shadow.turn if parts.shadow else None
    engine = parts.holder
    worker = Worker(
        parts.database,
        now=parts.now,
        when_idle=when_idle,
        reference=parts.reference,
        webhooks=parts.webhooks,
        signer=parts.signer,
        complaint_rules=parts.complaints,
    )
    worker.add(
        campaigns_chore(
            lambda: HouseRules(engine.engine.taxonomy, engine.engine.policies, parts.quality, parts.complaints)
        )
    )
    worker.add(random_chore(parts.quality.random_a_day))
    for chore in standing_chores(_keys_of(parts), lambda: engine.engine.policies, parts.complaints):
        worker.add(chore)
    return worker


def _keys_of(parts: Parts) -> Callable[[], Keyring]:
    """Opens the keys anew, so that what was rotated while the service runs is read."""
    return parts.webhooks.keyring if parts.webhooks else lambda: parts.keyring


def _vocabulary(parts: Parts) -> Vocabulary:
    return Vocabulary(
        parts.database,
        parts.holder.engine.taxonomy,
        lambda: parts.holder.engine.policies,
        parts.webhooks.targets if parts.webhooks else Targets(),
        parts.complaints,
    )


def _mount(app: FastAPI, parts: Parts, machinery: Machinery, vocabulary: Vocabulary) -> list[APIRouter]:
    """Every address; the routers of those that FastAPI describes."""
    taxonomy = parts.holder.engine.taxonomy
    scoring = Scoring(
        parts.holder,
        machinery.inference,
        machinery.writer,
        machinery.metrics,
        machinery.watcher,
        machinery.authors,
        machinery.threads,
    )
    claims = Claims(machinery.writer, parts.now, parts.keyring)
    hot = ScoreRoutes(scoring, claims, machinery.gate, machinery.metrics, parts.options)
    house = House(
        scoring=scoring,
        claims=claims,
        gate=machinery.gate,
        metrics=machinery.metrics,
        options=parts.options,
        database=parts.database,
        keyring=parts.keyring,
        labels=taxonomy.names,
        now=parts.now,
    )
    streams = StreamRoutes(scoring, claims, machinery.gate, machinery.metrics, parts.options)
    # First, so that no comment is matched against the other routes.
    app.router.routes[:0] = [*hot.routes(), *streams.routes(), *mounting.routes(house, parts.dropins)]
    desk = Desk(parts.database, machinery.gate, parts.now, vocabulary, parts.keyring)

    def policies() -> Mapping[str, Policy]:
        return parts.holder.engine.policies

    app.router.routes.extend(AuthorRoutes(desk, parts.keyring, machinery.authors, policies, parts.erase).routes())
    app.router.routes.extend(TranscriptRoutes(desk, parts.keyring).routes())
    limits = parts.complaints.limits
    turnstile = Turnstile(limits, Shared(parts.database, parts.keyring))
    public = PublicDesk(
        desk, parts.keyring, taxonomy, parts.complaints, turnstile, parts.proxies, machinery.metrics.refused
    )  # fmt: skip

    def offer(look: Reading, decision_id: str) -> Mapping[str, str | None] | None:
        return offer_of(look, public, decision_id)

    def words() -> Words:
        return Words(taxonomy, parts.holder.engine.policies, parts.notices, parts.complaints, parts.dsa)

    def rules() -> HouseRules:
        policies, an_hour = parts.holder.engine.policies, parts.bulk_alone_hour
        return HouseRules(taxonomy, policies, complaints=parts.complaints, alone_an_hour=an_hour)

    def standards() -> Standards:
        by = tuple(policies().values())
        return Standards(taxonomy, parts.now().date(), parts.rules_tried_first, by, parts.trials)

    watched = parts.database, parts.holder, machinery.inference, machinery.writer, machinery.metrics, machinery.disks
    routers = [
        decisions.router(desk, taxonomy, parts.now, offer=offer),
        renderings.router(desk, words, offer),
        complaints.router(public),
        cases.router(desk, rules, parts.now, gold_share=parts.quality.gold_share),
        approvals.router(desk, parts.keyring, policies, standards, parts.now),
        rule_lint.router(desk, taxonomy, RuleChecks(), parts.now),
        measures.router(desk, parts.keyring, policies),
        oversight.router(desk, taxonomy, policies, parts.incidents, parts.keyring),
        holds.router(desk, parts.keyring),
        flaggers.router(desk, parts.keyring, taxonomy, parts.complaints),
        endpoints.router(desk, parts.keyring, vocabulary.targets),
        health.router(*watched, patience=parts.options.ready_within),
    ]
    for router in routers:
        app.include_router(router)
    app.router.routes.extend([*documentation.routes(app), *description.routes(app)])
    app.mount("/public", public_pages(parts, turnstile))
    app.router.routes.append(Route("/public", _to("/public/"), methods=["GET"]))
    if parts.console_secret is not None:
        app.mount("/console", console_over(parts, parts.console_secret))
        app.router.routes.extend(Route(path, _to("/console/"), methods=["GET"]) for path in ("/", "/console"))
    return routers


def console_over(parts: Parts, secret: bytes) -> ASGIApp:
    """The console over the same database and the same live engine."""
    return console.application(
        ConsoleParts(
            database=parts.database,
            keyring=parts.keyring,
            packs=parts.packs,
            taxonomy=parts.holder.engine.taxonomy,
            policies=lambda: parts.holder.engine.policies,
            rules=lambda: parts.holder.engine.rules,
            secret=secret,
            quality=parts.quality,
            complaints=parts.complaints,
            skills=parts.skills,
            incidents=parts.incidents,
            wellness=parts.wellness,
            standing=parts.options.policy,
            bulk_alone=parts.bulk_alone,
            bulk_alone_hour=parts.bulk_alone_hour,
            seen_ms=parts.seen_ms,
            blacklist_two=parts.blacklist_two,
            rules_tried_first=parts.rules_tried_first,
            trials=parts.trials,
            session_idle=parts.session_idle,
            models=parts.models,
            neutrality=parts.neutrality,
            duties=parts.duties,
            record=parts.record,
            retention=parts.retention,
            notices=parts.notices,
            dsa=parts.dsa,
            transparency_page=parts.transparency_page,
            targets=parts.webhooks.targets if parts.webhooks else Targets(),
            proxies=parts.proxies,
            now=parts.now,
            throttle=Throttle(shared=SharedFailures(parts.database, parts.keyring)),
        )
    )


def public_pages(parts: Parts, turnstile: Turnstile) -> ASGIApp:
    """Complaints, appeals, civility and what is collected, for everybody."""
    return public_routes.application(
        PublicParts(
            database=parts.database,
            keyring=parts.keyring,
            taxonomy=parts.holder.engine.taxonomy,
            rules=parts.complaints,
            turnstile=turnstile,
            now=parts.now,
            proxies=parts.proxies,
            record=parts.record,
            retention=parts.retention,
            notices=parts.notices,
            policies=lambda: parts.holder.engine.policies,
            standing=parts.options.policy,
        )
    )


def _to(pages: str) -> Callable[[Request], Response]:
    """Sends a browser on to where these pages begin."""

    def answer(_: Request) -> Response:
        return RedirectResponse(pages)

    return answer


def _refuse_in_one_form(app: FastAPI) -> None:
    app.add_exception_handler(ChaffinchError, on_chaffinch_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    """FastAPI checks query parameters: their faults in our form, without their values."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [Fault(str(item["loc"][-1]), sentence(item)) for item in error.errors()]
    return await on_chaffinch_error(request, InvalidInputError(SUMMARY, faults))
