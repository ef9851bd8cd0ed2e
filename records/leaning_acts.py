"""Who stands behind what refused, held or let pass a comment by itself: measures, emergencies, lists, rules.

Nobody judged such a comment, and yet somebody chose that it is not taken. An act is its own of who took it and of the
second person who agreed to it. What a platform's packs bring (a rule that nobody here made live) is nobody's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import or_, select

from moderation.decision import Decision, Outcome, Reason, Source
from moderation.emergency import GROUND
from moderation.lists import LISTED_AS
from records.house_values import ApprovalState
from records.standing_values import TargetKind
from records.tables import approvals, authors, emergencies, list_entries, measures, rule_versions
from records.unit_of_work import Reading

_LIVE = "rule.live"
_THREAD = "thread_"
_CLOSED = {"thread_closed": ("suspend", "close"), "account_suspended": ("suspend",), "account_closed": ("close",)}
"""Which measures give a reason its code; every other code is a restriction's."""


@dataclass(frozen=True, slots=True)
class _Act:
    """Something that was in force for a time, and whose it is."""

    what: str
    since: datetime
    until: datetime | None
    people: frozenset[str]

    def held(self, at: datetime) -> bool:
        """Whether it was in force then."""
        return self.since <= at and (self.until is None or at <= self.until)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment was sent, by whom and when: what measures are found by."""

    thread_id: str | None
    author_index: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Acts:
    """Everything that may have refused or held a comment since a moment."""

    of_threads: Mapping[str, list[_Act]]
    of_authors: Mapping[str, list[_Act]]
    of_rules: Mapping[str, list[_Act]]
    of_lists: Mapping[str, frozenset[str]]
    of_emergencies: Mapping[str, frozenset[str]]

    def behind(self, reasons: Iterable[Reason], place: Place, outcome: Outcome) -> frozenset[str]:
        """Whose acts came to this outcome for a comment at this place."""
        found = (self._of(reason, place) for reason in reasons if reason.outcome is outcome)
        return frozenset().union(*found)

    def letting_by(self, decision: Decision) -> frozenset[str]:
        """Whose entries let a comment pass that would have been held or refused without them."""
        allowed = decision.allowed
        if allowed is None or not allowed.spared or decision.outcome is not Outcome.PASS:
            return frozenset()
        return frozenset().union(*(self.of_lists.get(each.id, frozenset()) for each in allowed.entries))

    def _of(self, reason: Reason, place: Place) -> frozenset[str]:
        if reason.source is Source.LIST:
            return self.of_lists.get((reason.rule_id or "").removeprefix(LISTED_AS), frozenset())
        if reason.source is Source.RULE:
            return _held(self.of_rules.get(reason.rule_id or "", ()), place.at)
        if reason.ground.startswith(GROUND):
            return self.of_emergencies.get(reason.ground.removeprefix(GROUND), frozenset())
        wanted = _CLOSED.get(reason.code, ("restrict",))
        if reason.source is Source.POLICY and reason.code.startswith(_THREAD):
            return _held(self.of_threads.get(place.thread_id or "", ()), place.at, wanted)
        if reason.source is Source.ACCOUNT:
            return _held(self.of_authors.get(place.author_index or "", ()), place.at, wanted)
        return frozenset()


def _held(acts: Iterable[_Act], at: datetime, wanted: tuple[str, ...] = ()) -> frozenset[str]:
    found = (act.people for act in acts if act.held(at) and (not wanted or act.what in wanted))
    return frozenset().union(*found)


def since(look: Reading, moment: datetime) -> Acts:
    """What was in force at this moment or later."""
    agreed = _agreed(look)
    of_threads, of_authors = _measures(look, moment, agreed)
    listed = select(list_entries.c.id, list_entries.c.author, list_entries.c.approval_id)
    called = select(emergencies.c.id, emergencies.c.asked_by, emergencies.c.approved_by)
    return Acts(
        of_threads,
        of_authors,
        _rules(look, moment),
        {row.id: _people(row.author, agreed.get(row.approval_id)) for row in look.execute(listed)},
        {row.id: _people(row.asked_by, row.approved_by) for row in look.execute(called)},
    )


def _people(*names: str | None) -> frozenset[str]:
    return frozenset(name for name in names if name)


def _agreed(look: Reading) -> dict[str, str | None]:
    """By question who said yes to it."""
    query = select(approvals.c.id, approvals.c.answered_by).where(approvals.c.state == ApprovalState.APPROVED)
    return {row.id: row.answered_by for row in look.execute(query)}


def _measures(
    look: Reading, moment: datetime, agreed: Mapping[str, str | None]
) -> tuple[dict[str, list[_Act]], dict[str, list[_Act]]]:
    """Those on threads, by thread, and those on accounts, by account."""
    taken = measures.c
    over = or_(taken.ended_at.is_(None), taken.ended_at >= moment)
    which = taken.starts_at.is_not(None), taken.target_kind.in_((TargetKind.THREAD, TargetKind.AUTHOR)), over
    threads: dict[str, list[_Act]] = defaultdict(list)
    accounts: dict[str, list[_Act]] = defaultdict(list)
    joined = measures.outerjoin(authors, authors.c.id == taken.author_id)
    query = select(*taken, authors.c.author_index).select_from(joined).where(*which).order_by(taken.id)
    for row in look.execute(query):
        ends = min((each for each in (row.ends_at, row.ended_at) if each is not None), default=None)
        act = _Act(row.measure, row.starts_at, ends, _people(row.asked_by, agreed.get(row.approval_id)))
        of_thread = row.target_kind == TargetKind.THREAD
        into, target = (threads, row.thread_id) if of_thread else (accounts, row.author_index)
        if target is not None:
            into[target].append(act)
    return threads, accounts


def _rules(look: Reading, moment: datetime) -> dict[str, list[_Act]]:
    """By rule who made it live, and who agreed that it goes live until then."""
    versions, asked = rule_versions.c, approvals.c
    yes = select(asked.subject_id, asked.asked_by, asked.answered_by, asked.answered_at)
    said: dict[str, list[_Act]] = defaultdict(list)
    for row in look.execute(yes.where(asked.kind == _LIVE, asked.state == ApprovalState.APPROVED)):
        said[row.subject_id].append(_Act("", row.answered_at, None, _people(row.asked_by, row.answered_by)))
    found: dict[str, list[_Act]] = defaultdict(list)
    over = or_(versions.ended_at.is_(None), versions.ended_at >= moment)
    for row in look.execute(select(rule_versions).where(versions.state == "live", over)):
        until = row.ended_at or datetime.max.replace(tzinfo=UTC)
        agreed = frozenset().union(*(act.people for act in said[row.rule_id] if act.since <= until))
        found[row.rule_id].append(_Act("live", row.created_at, row.ended_at, _people(row.author) | agreed))
    return found
