"""A rule that went live because it could not wait: it ends within a day, unless somebody says that it stays.

The tick is for emergencies. It asks for a reason of its own beside the change's; both stand in the ledger, and what it
did without: a trial (`untried`), a second person (`alone`), or both. Until its backtest is done and a person says that
they looked (`look_at`), list, page and the lead's page call the first *untried*, with its end. At its end (`end_due`, a
worker's) it goes to the shadow, where it is counted without effect, and what was live before it is live again. Where
another version is in the shadow by then it is retired; its text stays in the history either way.

One that holds speech and went live by one person's word alone has a question beside it, whether it stays
(`rules.STAYS`): a second person answers that, and looking at its backtest is not enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from governance import approvals, said_about, trials
from governance.approvals import ByKey
from governance.rules import LIVE, RETIRED, SHADOW, Promoted, asked_for, change, check_not_author, content_of
from governance.trials import TrialNeeds
from moderation.errors import ConflictError, NotFoundError
from moderation.rules import RuleState
from records import approvals as questions
from records import ledger, rule_backtests, rules
from records.house_values import ApprovalState, RuleVersionRecord
from records.known_as import KEY
from records.ledger import MACHINE, Actor
from records.rules import RuleChange
from records.unit_of_work import Reading, Unit

LOOKED = "rule.looked"
WHY_ENDED = "untried, and nobody looked at a backtest within its time"
WHY_ALONE_ENDED = "live by one person's word, and no second one let it stay within its time"
WHY_AGAIN = "live again: what took its place could not wait, and did not stay"


@dataclass(frozen=True, slots=True)
class Untried:
    """A live rule that has an end, until when, and whether a finished backtest of it is there to be looked at."""

    version: RuleVersionRecord
    until: datetime
    is_tried_since: bool


def every(look: Reading) -> list[Untried]:
    """Those that are live now, the first to end first."""
    return [
        Untried(each, each.untried_until, _backtest_of(look, each) is not None)
        for each in rules.untried(look)
        if each.untried_until is not None
    ]


def due(look: Reading, *, now: datetime) -> list[RuleVersionRecord]:
    """Those whose time is over."""
    return [each for each in rules.untried(look) if each.untried_until is not None and each.untried_until <= now]


def look_at(
    unit: Unit, rule_id: str, *, by: str, why: str, needs: TrialNeeds | None = None, now: datetime
) -> RuleVersionRecord:
    """Somebody looked at what the finished backtest shows, and the rule stays; the caller commits.

    Raises `NotFoundError` where no untried version is live, `ConflictError` where no backtest of just this is done,
    `InvalidInputError` without words, `ForbiddenError`.
    """
    who, reason = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("why", why)
    said_about.check_lasting(unit, "why", reason)
    version = rules.held(unit, rule_id).get(LIVE)
    if version is None or version.untried_until is None:
        raise NotFoundError(f"No version of {rule_id} is live for a day alone.")
    if version.alone:
        raise ConflictError(
            f"One person made {rule_id} live alone because it could not wait: whether it stays is a second person's "
            "answer, see `chaffinch approvals list`."
        )
    if needs is not None:
        trials.facts_of(unit, version, needs, by=who, now=now)
    return _stays(unit, version, by=Actor("user", who), why=reason, now=now)


def _stays(unit: Unit, version: RuleVersionRecord, *, by: Actor, why: str, now: datetime) -> RuleVersionRecord:
    rule_id, backtest = version.rule_id, _backtest_of(unit, version)
    if backtest is None:
        raise ConflictError(
            f"{rule_id} was not tried on stored decisions as it stands: run `chaffinch rules trial {rule_id}`, or the "
            "backtest on its page, and look at what it hits."
        )
    facts = {"version": version.version, "backtest": backtest}
    ledger.append(unit, ledger.Entry(LOOKED, by, "rule", rule_id, why, "", facts=facts), now=now)
    return rules.mark_tried(unit, version)


def answer(
    unit: Unit,
    approval_id: str,
    *,
    by: str | ByKey,
    approve: bool,
    note: str,
    needs: TrialNeeds | None = None,
    now: datetime,
) -> Promoted:
    """A second person's word whether one that went live alone stays; refused, it ends at once.

    Raises `ForbiddenError` for who asked and who wrote it, `ConflictError` where it was not tried since or is over.
    """
    version = asked_for(unit, questions.get(unit, approval_id))
    if approve:
        check_not_author(unit, version, by)
        if needs is not None:
            trials.facts_of(unit, version, needs, by=f"{KEY}{by.prefix}" if isinstance(by, ByKey) else by, now=now)
    said = approvals.words("note", note)
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    if answered.state is ApprovalState.APPROVED:
        return Promoted(_stays(unit, version, by=approvals.actor(unit, by), why=said, now=now), answered)
    withdrawn = answered.state is ApprovalState.WITHDRAWN
    whose = "whoever made it live withdrew it" if withdrawn else "a second person did not let it stay"
    _end(unit, version, now, why=f"{whose}: {said}")
    return Promoted(approval=answered)


def end_due(unit: Unit, *, now: datetime) -> int:
    """Ends those whose time is over; how many. The caller commits."""
    ending = due(unit, now=now)
    for each in ending:
        _end(unit, each, now)
    return len(ending)


def _end(unit: Unit, version: RuleVersionRecord, now: datetime, *, why: str = "") -> None:
    why = why or (WHY_ALONE_ENDED if version.alone else WHY_ENDED)
    before = _before(unit, version)
    is_free = SHADOW not in rules.held(unit, version.rule_id)
    if is_free or before is None:
        _machines(unit, version, SHADOW if is_free else RETIRED, why, ends=(LIVE,), now=now)
    if before is not None:
        _machines(unit, before, LIVE, WHY_AGAIN, ends=() if is_free else (LIVE,), now=now)


def _before(look: Reading, version: RuleVersionRecord) -> RuleVersionRecord | None:
    """What was live until this version took its place; None where nothing was."""
    earlier = (each for each in rules.history(look, version.rule_id) if each.state is LIVE)
    return next((each for each in earlier if each.ended_at == version.created_at), None)


def _machines(
    unit: Unit,
    source: RuleVersionRecord,
    to: RuleState,
    why: str,
    *,
    ends: tuple[RuleState, ...],
    now: datetime,
) -> None:
    newest = rules.newest(unit, source.rule_id)
    seen = newest.version if newest else 0
    told = RuleChange(source.rule_id, to, source.document, seen, ends, MACHINE.id, why)
    change(unit, told, {"ends": [each.value for each in ends]}, by=MACHINE, now=now)


def _backtest_of(look: Reading, version: RuleVersionRecord) -> str | None:
    found = rule_backtests.newest(look, version.rule_id, content_of(version.document), done=True)
    return None if found is None else found.id
