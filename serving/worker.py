"""All that happens later: leases that run out, old idempotency keys, jobs under leases of their own, webhooks, seals.

One runs inside `serve`, more by `chaffinch worker`; they share the work through the database and never do a job twice
at once. A handler opens its own units of work, must be safe to repeat, and calls `beat` while it takes long.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from governance import (
    account_measures,
    another,
    appeals,
    bulk_steps,
    campaign_cases,
    campaign_findings,
    complaints,
    emergencies,
    flaggers,
    holds,
    report_floods,
    untried_rules,
)
from governance.complaint_rules import ComplaintRules, shipped
from governance.rule_backtests import BacktestsChore
from governance.verdicts import HouseRules
from moderation.errors import ConflictError, PartUnavailableError
from records import appeals as stored_appeals
from records import (
    behaviour,
    form_counts,
    idempotency,
    jobs,
    lists,
    login_failures,
    measures,
    moved_away,
    outbox,
    places,
    quotations,
    reporters,
    search,
    search_whole,
    sessions,
)
from records import complaints as stored_complaints
from records import emergencies as stored_emergencies
from records import flaggers as stored_flaggers
from records import holds as stored_holds
from records import webhooks as endpoints
from records.database import Database
from records.house_values import ENTRY_APPEALED, MEASURE_APPEALED, JobRecord
from records.notes import Signer
from records.unit_of_work import Unit
from review import groups, quality, queue, random_slice, second_looks
from serving import drift
from serving.chores import Chore, Guard
from serving.drift import FindReference
from serving.logs import frames, log
from serving.sealer import Sealer
from serving.webhooks import promotions
from serving.webhooks.courier import Courier
from serving.webhooks.parts import WebhookParts
from serving.webhooks.promotions import PromotionsChore
from serving.whereabouts import Whereabouts

if TYPE_CHECKING:
    from serving.webhooks.sending import Sender

OBSERVED_FOR = timedelta(hours=2)
"""Windows are an hour long; nothing that comments are compared by is kept longer than this."""

TRIED_FOR = timedelta(hours=1)
"""Log-ins that failed count for minutes (`console/throttle.py`)."""

EVERY = 1.0
"""Seconds between two turns while there is no job."""

A_DAY = 86_400.0
"""Seconds: the whole index of words is read so often, a quarter of a minute for a million comments."""

CATCH_UP_UNITS = 4
"""How often a turn brings comments into the search, `search.AT_ONCE` of them at the most."""

PAUSE = 0.02
"""Seconds in which writers of other processes have their turn."""

RESTORED = (account_measures.restore,)
"""What an overturned appeal gives back beside the comment."""

Beat = Callable[[], None]
Handler = Callable[[JobRecord, Beat], None]


def chores(reference: FindReference, rules: ComplaintRules) -> list[Chore]:
    """What every worker does beside jobs; how many it did of each is logged."""
    return [
        Chore("emergencies_ended", 1.0, _end_emergencies),
        Chore("holds_ended", 60.0, _end_holds),
        Chore("flaggers_ended", 60.0, _end_flaggers),
        Chore("leases_expired", 5.0, _in_a_unit(lambda unit, now: queue.expire(unit, now=now))),
        Chore("verdicts_weighed", 2.0, _in_a_unit(lambda unit, now: quality.weigh(unit, now=now, asked=another.bar))),
        Chore("second_looks_steered", 3600.0, second_looks.steer),
        Chore("complaints_answered", 2.0, _in_a_unit(lambda unit, now: complaints.settle(unit, rules, now=now))),
        Chore(
            "appeals_answered", 2.0, _in_a_unit(lambda unit, now: appeals.settle(unit, rules, now=now, also=RESTORED))
        ),
        Chore("floods_found", 30.0, _in_a_unit(lambda unit, now: report_floods.look(unit, rules, now=now))),
        Chore("untried_rules_ended", 30.0, _end_untried),
        Chore("campaigns_gathered", 10.0, campaign_cases.gather),
        Chore("cases_gathered", 10.0, groups.gather),
        Chore("campaigns_weighed", 20.0, campaign_findings.weigh_some),
        Chore("rushes_found", 30.0, campaign_findings.look_for_rushes),
        Chore("tied_found", 15.0, campaign_findings.look_for_tied),
        Chore("words_forgotten", 600.0, _in_a_unit(lambda unit, now: _forget_words(unit, rules, now))),
        Chore("observations_forgotten", 60.0, _in_a_unit(lambda unit, now: behaviour.forget(unit, now - OBSERVED_FOR))),
        Chore("search_caught_up", 1.0, _catch_up),
        Chore("search_damaged", A_DAY, _look_at_search, last=time.monotonic()),
        Chore("quotations_hashed", 10.0, _hash_quotations),
        Chore("decisions_placed", 1.0, _place_decisions),
        Chore("drift_computed", drift.EVERY, drift.DriftChore(reference)),
        Chore("idempotency_forgotten", 600.0, _in_a_unit(lambda unit, now: idempotency.forget_expired(unit, now=now))),
        Chore("forms_forgotten", 600.0, _in_a_unit(lambda unit, now: form_counts.forget(unit, now=now))),
        Chore(
            "log_ins_forgotten", 60.0, _in_a_unit(lambda unit, now: login_failures.forget(unit, before=now - TRIED_FOR))
        ),
        Chore("session_places_forgotten", 600.0, _in_a_unit(lambda unit, now: sessions.forget_places(unit, now=now))),
        Chore("webhooks_forgotten", 60.0, _in_a_unit(lambda unit, now: outbox.forget(unit, now=now))),
        Chore("secrets_forgotten", 600.0, _in_a_unit(lambda unit, now: endpoints.forget_secrets(unit, now=now))),
    ]


def _end_emergencies(database: Database, now: datetime) -> int:
    """Those whose time has come; while there are none, no writer's turn is taken."""
    with database.reading() as look:
        if not stored_emergencies.any_due(look, now):
            return 0
    return _in_a_unit(emergencies.settle)(database, now)


def _end_flaggers(database: Database, now: datetime) -> int:
    """Writes down that marks of trusted flaggers are over."""
    with database.reading() as look:
        if not stored_flaggers.over(look, now=now):
            return 0
    return _in_a_unit(flaggers.settle)(database, now)


def _end_holds(database: Database, now: datetime) -> int:
    """Those whose time has come; while there are none, no writer's turn is taken."""
    with database.reading() as look:
        if not stored_holds.over(look, now=now):
            return 0
    return _in_a_unit(holds.settle)(database, now)


def _end_untried(database: Database, now: datetime) -> int:
    """Those whose day is over; while there are none, no writer's turn is taken."""
    with database.reading() as look:
        if not untried_rules.due(look, now=now):
            return 0
    return _in_a_unit(lambda unit, now: untried_rules.end_due(unit, now=now))(database, now)


def _forget_words(unit: Unit, rules: ComplaintRules, now: datetime) -> int:
    """Words and hashes of people, some time after they were answered."""
    gone = stored_complaints.forget(unit, before=now - timedelta(days=rules.complaints.kept_days))
    gone += reporters.forget_idle(unit, before=now - timedelta(days=rules.complaints.kept_days))
    before = now - timedelta(days=rules.appeals.kept_days)
    gone += measures.forget_appeals(unit, MEASURE_APPEALED, before=before)
    gone += lists.forget_appeals(unit, ENTRY_APPEALED, before=before)
    return gone + stored_appeals.forget(unit, before=before)


def _hash_quotations(database: Database, now: datetime) -> int:
    """Of programs before this one; some of them, so that writers are not kept waiting."""
    with database.reading() as look:
        if not quotations.is_behind(look):
            return 0
    return _in_a_unit(lambda unit, _now: quotations.catch_up(unit))(database, now)


def _place_decisions(database: Database, now: datetime) -> int:
    """Of programs before this one; a few units at the most, as `_catch_up` does."""
    with database.reading() as look:
        if not places.is_behind(look):
            return 0
    one = _in_a_unit(lambda unit, _now: places.catch_up(unit))
    return sum(one(database, now) for _ in range(CATCH_UP_UNITS))


def _in_a_unit(do: Callable[[Unit, datetime], int]) -> Callable[[Database, datetime], int]:
    def whole(database: Database, now: datetime) -> int:
        with database.unit() as unit:
            count = do(unit, now)
            unit.commit()
        return count

    return whole


def random_chore(a_day: int) -> Chore:
    """Comments that people look at whatever the machine thinks, drawn once an hour."""
    return Chore("random_slice_drawn", 300.0, RandomSlice(a_day))


class RandomSlice:
    """An hour's decisions are read once; a worker that starts anew reads them again, and draws the same."""

    def __init__(self, a_day: int) -> None:
        self._a_day = a_day
        self._drawn_in: datetime | None = None

    def __call__(self, database: Database, now: datetime) -> int:
        """How many cases were opened."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._drawn_in == hour:
            return 0
        opened = random_slice.draw(database, now, a_day=self._a_day)
        self._drawn_in = hour
        return opened


def campaigns_chore(rules: Callable[[], HouseRules]) -> Chore:
    """Verdicts over campaigns, comment after comment; `rules` are those in force when it is asked."""
    return Chore("campaigns_decided", 1.0, lambda database, now: bulk_steps.step(database, rules, now))


def _catch_up(database: Database, _now: datetime) -> int:
    """A few hundred comments at the most, so that other chores have their turn; what is left comes next time."""
    with database.reading() as look:
        if not search.is_behind(look):
            return 0
    return sum(search.bring_in(database, pause=PAUSE) for _ in range(CATCH_UP_UNITS))


def _look_at_search(database: Database, now: datetime) -> int:
    """1 where the index of words does not find what it holds; `chaffinch search rebuild` mends it."""
    with database.reading() as look:
        wrong = search_whole.fault(look)
    if wrong:
        log.error("search_damaged", detail=wrong, todo="chaffinch search rebuild")
    return int(wrong is not None)


class Worker:
    """Start and stop it, or `run` it in the foreground."""

    def __init__(  # noqa: PLR0913 - one for each thing that happens later
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        handlers: Mapping[str, Handler] | None = None,
        when_idle: Callable[[], None] | None = None,
        reference: FindReference = lambda: None,
        webhooks: WebhookParts | None = None,
        signer: Callable[[], Signer] | None = None,
        complaint_rules: ComplaintRules | None = None,
    ) -> None:
        """`when_idle` is called in every turn that finds no job; it must be short, and may be cut off at any point.

        `reference` finds what the live model's answers are measured against; without `webhooks` none are sent, and
        without `signer`, which opens the ledger's key, nothing is sealed here. `complaint_rules` are those of the
        checkout unless others are given.
        """
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._database = database
        self._now = now
        self._handlers = dict(handlers or {})
        self._guard = Guard(database, now)
        self._jobs = Chore("jobs", 0.0, lambda _, __: int(self._do_job()))
        self._idle = Chore("shadow", 0.0, lambda _, __: self._do_idle(when_idle))
        self._chores = chores(reference, complaint_rules or shipped())
        self.add(Chore("backtests_read", 1.0, BacktestsChore(self.name)))
        self._courier = self._courier_of(webhooks) if webhooks else None
        self._sealer = Sealer(database, signer, owner=self.name, now=now) if signer else None
        if webhooks and webhooks.registry_root:
            self._chores.append(Chore("promotions_told", promotions.EVERY, PromotionsChore(webhooks.registry_root)))
        self._whereabouts, self._looked = Whereabouts(), float("-inf")
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)

    def add(self, chore: Chore) -> None:
        """One more chore, before it starts."""
        self._chores.append(chore)

    def start(self) -> None:
        """Works in a thread of its own."""
        self._thread.start()

    def end(self) -> None:
        """No further turn."""
        self._ending.set()

    def stop(self) -> None:
        """Ends after what is under way; what takes longer is done again by another worker."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def run(self) -> None:
        """Works until stopped; while there are jobs, without a pause. Webhooks and seals are made beside it."""
        beside = [each for each in (self._courier, self._sealer) if each]
        for each in beside:
            each.start()
        while not self._ending.is_set():
            if not self.turn():
                self._ending.wait(EVERY)
        for each in beside:
            each.stop()

    def turn(self) -> bool:
        """The chores that are due and one job. Whether there was one; a database that is gone is asked again.

        Of records that went to another database nothing is done, nor noted as failed.
        """
        try:
            if self._are_elsewhere():
                return False
            for chore in self._chores:
                if count := self._guard.do(chore):
                    log.info(chore.name, count=count)
            is_busy = bool(self._guard.do(self._jobs))
            if not is_busy:
                self._guard.do(self._idle)
            self._guard.note()
        except PartUnavailableError as error:
            log.warning("worker_waits", part=error.part, detail=str(error))
            return False
        return is_busy

    def _are_elsewhere(self) -> bool:
        """Whether they were copied away; asked once in `EVERY` seconds, also while there is a job in each turn."""
        if time.monotonic() - self._looked >= EVERY:
            with self._database.reading() as look:
                self._whereabouts.note(moved_away.found(look))
            self._looked = time.monotonic()
        return self._whereabouts.moved is not None

    def _courier_of(self, webhooks: WebhookParts) -> Courier:
        def sender() -> Sender:
            from serving.webhooks.sending import Sender  # httpx and certificates: megabytes that few need

            return Sender(webhooks.targets, version=webhooks.version)

        return Courier(self._database, webhooks.keyring, sender, owner=self.name, now=self._now, every=EVERY)

    @staticmethod
    def _do_idle(when_idle: Callable[[], None] | None) -> int:
        if when_idle is not None:
            when_idle()
        return 0

    def _do_job(self) -> bool:
        if not self._handlers:
            return False
        with self._database.unit() as unit:
            claimed = jobs.claim(unit, self.name, now=self._now(), kinds=self._handlers.keys())
            unit.commit()
        for job in claimed:
            self._handle(job)
        return bool(claimed)

    def _handle(self, job: JobRecord) -> None:
        try:
            self._handlers[job.kind](job, lambda: self._beat(job))
        except ConflictError:
            log.warning("job_lost", kind=job.kind, job=job.id)
        except Exception as error:  # a job that fails is tried again, whatever it failed of
            kind = type(error).__name__
            log.error("job_failed", kind=job.kind, job=job.id, error=kind, where=frames(error))
            self._settle(lambda unit: jobs.fail(unit, job, kind, now=self._now()))
        else:
            self._settle(lambda unit: jobs.done(unit, job, now=self._now()))

    def _beat(self, job: JobRecord) -> None:
        with self._database.unit() as unit:
            jobs.heartbeat(unit, job, now=self._now())
            unit.commit()

    def _settle(self, how: Callable[[Unit], object]) -> None:
        try:
            with self._database.unit() as unit:
                how(unit)
                unit.commit()
        except ConflictError as error:
            log.warning("job_lost", detail=str(error))
