"""A rule tried on what was decided of late, before it goes live: asked for, read in small steps, kept for its content.

Beside it stands the rule of that name that is live now. Everything else is taken as it was decided then: what model,
lists, people's settings and the other rules came to. The steps are a worker's, a fraction of each second, so that
nothing else waits for them; a worker that is gone leaves the counts, and another goes on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from governance import approvals
from governance.rules import DRAFT, LIVE, SHADOW, Packed, as_document, content_of
from moderation.comment import CORPUS
from moderation.decision import Outcome
from moderation.effective_rules import StoredRule
from moderation.errors import ChaffinchError, ConfigError, ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.replay import UNKNOWN_SENT, Sent
from moderation.rule_packs import RuleFile
from moderation.rules import Rule, RuleContext, RuleSet
from moderation.rules.backtest import Backtest, BacktestRow, Run
from moderation.rules.kept_backtest import as_kept, resumed
from records import judged, rules
from records import rule_backtests as stored
from records.database import Database
from records.judged import JudgedText, Place
from records.rule_backtests import BacktestRecord, BacktestState, NewBacktest
from records.unit_of_work import Reading, Unit

SIZES = (1_000, 5_000, 20_000)
"""On how many of the last decisions a rule may be tried."""

USUAL = 5_000
MOST_OPEN = 20
"""Backtests that wait or are under way; who asks for more is told to wait."""

STEP_SECONDS = 0.25
"""A worker reads so long in each second."""

_AT_ONCE = 100
_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What would go live of a rule, and what of it is live now."""

    document: Mapping[str, Any]
    beside: Mapping[str, Any] | None

    @property
    def content(self) -> str:
        """The hash by which a backtest is of just this."""
        return content_of(self.document)


def candidate(look: Reading, rule_id: str, packed: Packed, *, draft: bool = False) -> Candidate:
    """What would go live: what is in the shadow, else the draft, else what is live. Raises `NotFoundError`.

    With `draft` the draft before what is in the shadow: what somebody writes while another version is counted.
    """
    held = rules.held(look, rule_id)
    of_pack = None if rule_id in rules.stored(look).overridden else _of_pack(rule_id, packed, is_held=bool(held))
    live = held[LIVE].document if LIVE in held else None
    if of_pack is not None and of_pack.state is LIVE:
        live = as_document(of_pack)
    order = (DRAFT, SHADOW) if draft else (SHADOW, DRAFT)
    waiting = next((held[state].document for state in order if state in held), None)
    document = waiting or live or (as_document(of_pack) if of_pack else None)
    if document is None:
        raise NotFoundError(f"There is no rule {rule_id} that could go live: see `chaffinch rules list`.")
    return Candidate(document, live)


def _of_pack(rule_id: str, packed: Packed, *, is_held: bool) -> RuleFile | None:
    """A pack that cannot be read keeps nobody from trying what the database has. Raises `ConfigError` for others."""
    try:
        return packed(rule_id)
    except ConfigError:
        if is_held:
            return None
        raise


def ask(
    unit: Unit, rule_id: str, *, by: str, most: int = USUAL, packed: Packed, draft: bool = False, now: datetime
) -> BacktestRecord:
    """Tries the rule on the last decisions; what is under way already for the same content is that.

    Raises `InvalidInputError` for another number, `ConflictError` where too many wait, `NotFoundError`.
    """
    who = approvals.person(unit, by)
    if most not in SIZES:
        told = ", ".join(map(str, SIZES))
        raise InvalidInputError("It is tried on a stated number of decisions.", [Fault("rows", f"write one of {told}")])
    found = candidate(unit, rule_id, packed, draft=draft)
    same = stored.newest(unit, rule_id, found.content)
    if same and same.is_open:
        return same
    if stored.open_count(unit) >= MOST_OPEN:
        raise ConflictError(f"{MOST_OPEN} backtests wait or are under way: try again when some of them are done.")
    place = judged.place_before(unit, most)
    total = min(most, judged.count(unit))
    new = NewBacktest(rule_id, found.content, found.document, found.beside, who, total, place)
    return stored.ask(unit, new, now=now)


class BacktestsChore:
    """Reads on in what waits, a little at a time. `holder` tells workers apart."""

    def __init__(self, holder: str, seconds: float = STEP_SECONDS) -> None:
        self._holder = holder
        self._seconds = seconds
        self._runs: dict[tuple[str, int], Run] = {}

    def __call__(self, database: Database, now: datetime) -> int:
        """How many decisions were read."""
        with database.reading() as look:
            if not stored.open_count(look):
                self._runs.clear()
                return 0
        with database.unit() as unit:
            record = stored.claim(unit, self._holder, now=now)
            unit.commit()
        if record is None:
            return 0
        try:
            return self._read_on(database, record, now)
        except ConflictError:  # it took so long that another has gone on
            return 0
        except ChaffinchError:
            raise
        except Exception:  # it would fail again in every second
            _settle(database, record, BacktestState.FAILED, now)
            raise

    def _read_on(self, database: Database, record: BacktestRecord, now: datetime) -> int:
        # Where another worker read on in between, what is remembered here is of no use.
        run = self._runs.pop((record.id, record.seen), None) or _opened(database, record)
        if run is None:
            _settle(database, record, BacktestState.FAILED, now)
            return 0
        seen, place, is_over = self._some(database, run, record)
        self._runs = {(record.id, seen): run}
        with database.unit() as unit:
            noted = stored.note(unit, record, seen=seen, place=place, kept=as_kept(run), now=now)
            if is_over:
                stored.end(unit, noted, BacktestState.DONE, now=now)
            unit.commit()
        return seen - record.seen

    def _some(self, database: Database, run: Run, record: BacktestRecord) -> tuple[int, Place | None, bool]:
        """How many were read in all, up to where, and whether that was all."""
        until = time.monotonic() + self._seconds
        seen, place = record.seen, record.place
        while seen < record.total:
            with database.reading() as look:
                found = judged.judged_after(look, place, limit=min(_AT_ONCE, record.total - seen))
            for each in (each for _, each in found if each is not None):
                run.take(row_of(each, without=record.rule_id))
            place = found[-1][0] if found else place
            seen += len(found)
            if not found or time.monotonic() >= until:
                return seen, place, not found or seen >= record.total
        return seen, place, True


def _settle(database: Database, record: BacktestRecord, state: BacktestState, now: datetime) -> None:
    with database.unit() as unit:
        stored.end(unit, record, state, now=now)
        unit.commit()


def _opened(database: Database, record: BacktestRecord) -> Run | None:
    """Begun, or gone on with where it was left; None where the rule cannot be read any more."""
    sets = sets_of(record)
    if sets is None:
        return None
    if record.kept is None:
        return Run(*sets)
    run = resumed(*sets, record.kept)
    if run.counts_over_many and record.place:
        with database.reading() as look:
            _warm(look, run, record, record.place)
    return run


def _warm(look: Reading, run: Run, record: BacktestRecord, place: Place) -> None:
    before = Place(place.created_at - _WINDOW, "")
    for each in judged.judged_texts(look, since=before):
        if (each.created_at, each.decision_id) > (place.created_at, place.id):
            return
        run.warm(row_of(each, without=record.rule_id))


def sets_of(record: BacktestRecord) -> tuple[RuleSet, RuleSet] | None:
    """The rule as it was tried, and what stood beside it; None where it cannot be read any more."""
    draft = _rule(record.rule_id, record.document)
    if draft is None:
        return None
    beside = _rule(record.rule_id, record.beside) if record.beside else None
    return RuleSet([draft], record.content[:12]), RuleSet([beside] if beside else [], "live")


def result_of(record: BacktestRecord) -> Backtest | None:
    """What was found so far; None before the first step, and where the rule cannot be read any more."""
    sets = sets_of(record)
    return resumed(*sets, record.kept).result if sets and record.kept else None


def row_of(each: JudgedText, *, without: str | None = None) -> BacktestRow:
    """A stored decision as backtests read it, without all rules, or without the rule `without` alone."""
    asked = [] if without is None else [said for name, said in each.by_rules.items() if name != without]
    otherwise = max((each.otherwise, *asked), key=lambda outcome: outcome.severity)
    context = RuleContext(surface=each.surface, language=each.lang)
    sent = Sent(each.created_at.timestamp(), each.author_index, each.thread_id)
    known = sent if each.surface != CORPUS else UNKNOWN_SENT
    return BacktestRow(each.decision_id, each.text, each.labels, context, Outcome(otherwise), known)


def _rule(rule_id: str, document: Mapping[str, Any]) -> Rule | None:
    entry = StoredRule(rule_id, 0, LIVE, document).as_entry()
    return replace(entry.rule.as_rule(), state=LIVE) if entry.is_sound else None
