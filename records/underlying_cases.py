"""Cases beside what opened them, and beside the verdicts that closed them.

A case that a decision opened was written with it, at its moment, and since revision 0036 the decision's entry names
it; whatever else opens one writes an entry of its own. Who puts a case in, takes one away, or closes one so that
nobody is asked about a comment, is found, and so is who puts one where nobody is ever given it: a state that is none, a
hand that never lets go. In which queue a case waits, for whom and how urgently changes with the work and is not
compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, or_, select

from records import retold
from records.cases import BY_DECISION, OPENED, TOLD
from records.ids import first_id_of
from records.tables import (
    appeals,
    cases,
    comment_revisions,
    comments,
    complaints,
    decisions,
    feedback,
    ledger,
    verdicts,
)
from records.tampering import Finding, What
from records.told_entries import BATCH, DECISION, MOST, Entry, entries_about, number, plain, read, subject_of
from records.unit_of_work import Reading
from records.values import KNOWN_ANSWER, CaseState, Purpose, VerdictKind
from records.waiting import ANEW, waiting_state

EARLIER_PROGRAMS = timedelta(hours=1)
"""So long programs from before openings had entries may go on beside newer ones."""

LONGEST_HELD = timedelta(days=1)
"""Nobody has a case in hand, or kept for them, longer than this from now: leases are minutes, and what a colleague
hands on waits for hours (`review/queue.py`)."""

_FREE = (CaseState.OPEN, CaseState.ESCALATED)
"""In nobody's hands: which of the two, its queue says."""

_ASKED = {"feedback": feedback, "complaint": complaints, "appeal": appeals}
"""Who else opens cases and has a row that names the case; those rows have entries of their own."""

_REOPENED = "case.reopened"
_BEGUN_ANEW = ("appeal", "complaint.contested", _REOPENED)
"""Entries of what begins another look at a comment, for which a second look at it is over (`governance/appeals.py`)."""

_ABOUT = frozenset({OPENED, _REOPENED, "case.claimed", *retold.VERDICTS})
_COLUMNS = tuple(name for name in TOLD if name != "decision_id")  # a case goes with its comment's newest decision


def case_differences(look: Reading) -> Iterator[Finding]:
    """What somebody altered, removed or put in."""
    since = _told_since(look)
    query, after = select(cases).order_by(cases.c.id).limit(BATCH), ""
    while rows := look.execute(query.where(cases.c.id > after)).all():
        after = rows[-1].id
        beside = _Beside.of(look, rows, since)
        for row in rows:
            yield from beside.findings(row)
    yield from _without_case(look)


def gone_cases(look: Reading, told: Mapping[str, Entry]) -> Iterator[Finding]:
    """Of the cases that entries name, by id, those that are in the table no more."""
    there = set(look.execute(select(cases.c.id).where(cases.c.id.in_(list(told)))).scalars()) if told else set()
    for case_id, entry in told.items():
        if case_id not in there:
            said = f"The case {case_id}, of which entry {number(entry)} tells, is gone from the table cases."
            yield Finding(What.RECORD, said, entry.number, entry.number, entry.id)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What else is known of some cases."""

    decisions: Mapping[str, Sequence[Row[Any]]]
    decided: Mapping[str, Entry]
    opened: Mapping[str, Entry]
    named: frozenset[str]
    verdicts: Mapping[str, Sequence[Row[Any]]]
    anew: Mapping[str, frozenset[object]]
    """By comment the moments at which somebody was asked about it anew: by an appeal, a contest, a third look."""
    erased: frozenset[str]
    since: str | None
    now: datetime

    @classmethod
    def of(cls, look: Reading, rows: Sequence[Row[Any]], since: str | None) -> _Beside:
        """Of these."""
        about, ids = {row.comment_id for row in rows}, [row.id for row in rows]
        made = _made(look, about)
        moments = {(row.comment_id, row.created_at) for row in rows}
        opening = {one.id for each in made.values() for one in each if (one.comment_id, one.created_at) in moments}
        own = list(entries_about(look, ids, {OPENED, _REOPENED}))
        asked = [select(each.c.case_id).where(each.c.case_id.in_(ids)) for each in _ASKED.values()]
        named = {subject_of(each.body) for each in own if each.body["kind"] == _REOPENED}
        return cls(
            decisions=made,
            decided={subject_of(each.body): each for each in entries_about(look, opening, {DECISION})},
            opened={subject_of(each.body): each for each in own if each.body["kind"] == OPENED},
            named=frozenset(named.union(*(look.execute(each).scalars() for each in asked))),
            verdicts=_given(look, ids),
            anew=_asked_anew(look, {row.comment_id for row in rows if row.purpose == Purpose.OPINION}),
            erased=_erased(look, about),
            since=since,
            now=datetime.now(UTC),
        )

    def findings(self, row: Row[Any]) -> Iterator[Finding]:
        """About one case."""
        entry = self._opening(row)
        if entry is None and not self._may_be_untold(row):
            yield Finding(What.MISSING, f"The case {row.id} has no entry: it was removed, or the case inserted.")
        elif odd := ", ".join([*self._odd(row, entry), *self._odd_end(row), *self._hidden(row)]):
            yield _differs(row.id, odd, entry)

    def _opening(self, row: Row[Any]) -> Entry | None:
        """The entry that tells of its opening."""
        if row.opened_by != BY_DECISION:
            return self.opened.get(row.id)
        made = (one for one in self.decisions.get(row.comment_id, ()) if one.created_at == row.created_at)
        told = [self.decided[one.id] for one in made if one.id in self.decided]
        fits = (each for each in told if each.body["facts"].get("case_id", row.id) == row.id)
        return next(
            (each for each in fits if "type" not in each.body["facts"] or "case_id" in each.body["facts"]), None
        )

    def _may_be_untold(self, row: Row[Any]) -> bool:
        """Whether it was opened before openings had entries, and how is known or changes nothing that is decided."""
        if row.opened_by == BY_DECISION:
            return False
        if row.opened_by in _ASKED or row.opened_by == "reopened":
            return row.id in self.named
        return self.since is None or row.id < self.since

    def _odd(self, row: Row[Any], entry: Entry | None) -> Iterator[str]:
        about = {one.id for one in self.decisions.get(row.comment_id, ())}
        yield from ["decision_id"] if row.decision_id not in about else []
        if row.opened_by == BY_DECISION:
            yield from ["purpose"] if row.purpose != Purpose.DECIDE else []
        elif entry is not None:
            facts = entry.body["facts"]
            yield from (name for name in _COLUMNS if _text(row._mapping[name]) != _text(facts.get(name)))

    def _odd_end(self, row: Row[Any]) -> Iterator[str]:
        """A case that is closed was decided, or its comment erased; one that was decided is closed, at that moment."""
        given = self.verdicts.get(row.id, ())
        ending = [each for each in given if each.verdict != VerdictKind.UNSURE or row.purpose in KNOWN_ANSWER]
        if row.state != CaseState.CLOSED:
            yield from ["state"] if ending else []
        elif ending:
            last = max(ending, key=lambda each: str(each.id))
            yield from ["closed_at"] if plain(row.closed_at) != plain(last.created_at) else []
        elif row.comment_id not in self.erased and not self._may_end_alone(row):
            yield "state"

    def _may_end_alone(self, row: Row[Any]) -> bool:
        """Whether it ends without a verdict: a known answer when its time is over.

        A second look also when its text was edited, and when the comment is looked at anew, on appeal or contest, or
        for a third time.
        """
        if row.purpose != Purpose.OPINION:
            return row.purpose in KNOWN_ANSWER
        about = self.decisions.get(row.comment_id, ())
        edited = {plain(each.created_at) for each in about if each.created_at > row.created_at}
        return plain(row.closed_at) in edited | self.anew.get(row.comment_id, frozenset())

    def _hidden(self, row: Row[Any]) -> Iterator[str]:
        """A case that waits where nobody will ever be given it: in no state, in no queue, or in a hand for good."""
        waits_as = waiting_state(row.queue)
        if row.state not in (*CaseState, waits_as) or (row.state in _FREE and row.state != waits_as):
            yield "state"
        if row.state == CaseState.CLAIMED and not _ends_by(row.lease_expires_at, self.now + LONGEST_HELD):
            yield "lease_expires_at"
        if (
            row.kept_for is not None
            and row.state != CaseState.CLOSED
            and not _ends_by(row.kept_until, self.now + LONGEST_HELD)
        ):
            yield "kept_until"


def _ends_by(moment: datetime | None, latest: datetime) -> bool:
    return moment is not None and moment <= latest


def _text(value: object) -> object:
    """A moment as both sides can be compared; entries have it as text."""
    if isinstance(value, str):
        try:
            return plain(datetime.fromisoformat(value))
        except ValueError:
            return value
    return plain(value)


def _made(look: Reading, comment_ids: set[str]) -> dict[str, list[Row[Any]]]:
    """The decisions about these comments, by comment."""
    query = select(decisions.c.id, decisions.c.comment_id, decisions.c.created_at)
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in look.execute(query.where(decisions.c.comment_id.in_(comment_ids))):
        found[row.comment_id].append(row)
    return found


def _given(look: Reading, case_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """The verdicts that were given in these cases and hold, by case."""
    names = ("id", "case_id", "verdict", "created_at")
    query = select(*(verdicts.c[name] for name in names)).where(verdicts.c.undone_at.is_(None))
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in look.execute(query.where(verdicts.c.case_id.in_(case_ids))):
        found[row.case_id].append(row)
    return found


def _asked_anew(look: Reading, comment_ids: set[str]) -> dict[str, frozenset[object]]:
    """When somebody was asked anew about these comments, as entries tell it; by comment."""
    begun = (
        select(appeals.c.id).where(appeals.c.comment_id.in_(comment_ids)),
        select(complaints.c.id).where(complaints.c.comment_id.in_(comment_ids), complaints.c.contests.is_not(None)),
        select(cases.c.id).where(cases.c.comment_id.in_(comment_ids), cases.c.why.in_(ANEW)),
    )
    subjects = [found for each in begun for found in look.execute(each).scalars()] if comment_ids else []
    moments: dict[str, set[object]] = defaultdict(set)
    for first in range(0, len(subjects), BATCH):
        for entry in entries_about(look, subjects[first : first + BATCH], _BEGUN_ANEW):
            moments[str(entry.body["facts"].get("comment_id"))].add(_text(entry.body["at"]))
    return {comment_id: frozenset(found) for comment_id, found in moments.items()}


def _erased(look: Reading, comment_ids: set[str]) -> frozenset[str]:
    """Comments that were erased, also where the platform sent them again since."""
    gone = exists().where(comment_revisions.c.comment_id == comments.c.id, comment_revisions.c.text.is_(None))
    erased = select(comments.c.id).where(comments.c.id.in_(comment_ids), or_(comments.c.erased_at.is_not(None), gone))
    return frozenset(look.execute(erased).scalars())


def _told_since(look: Reading) -> str | None:
    """An id: cases that were made after it have an entry of their opening, whatever opened them."""
    first = look.execute(select(ledger.c.id).where(ledger.c.kind == OPENED).order_by(ledger.c.id).limit(1)).scalar()
    if first is None:
        return None
    milliseconds = UUID(first).int >> 80
    return first_id_of(datetime.fromtimestamp(milliseconds / 1000).astimezone() + EARLIER_PROGRAMS)


def _without_case(look: Reading) -> Iterator[Finding]:
    """Cases of which entries tell, or that other records name, and that are no more."""
    its = exists().where(cases.c.id == ledger.c.subject_id)
    query = select(ledger).where(ledger.c.kind.in_(sorted(_ABOUT)), ~its).order_by(ledger.c.id).limit(MOST)
    told: dict[str, Entry] = {}
    for entry in read(look.execute(query)):
        if entry.body["subject"]["kind"] == "case":
            told.setdefault(subject_of(entry.body), entry)
    yield from gone_cases(look, told)
    for table in (*_ASKED.values(), verdicts):
        lost = ~exists().where(cases.c.id == table.c.case_id)
        for row in look.execute(
            select(table.c.id, table.c.case_id).where(table.c.case_id.is_not(None), lost).limit(MOST)
        ):
            if row.case_id not in told:
                said = f"The case {row.case_id} of {row.id} in the table {table.name} is gone from the table cases."
                yield Finding(What.RECORD, said)


def _differs(case_id: str, odd: str, entry: Entry | None) -> Finding:
    if entry is None:
        return Finding(What.RECORD, f"The case {case_id} is not what the records and entries about it say: {odd}.")
    told = f"The case {case_id} is not what entry {number(entry)} and the verdicts about it say: {odd}."
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)
