"""The records under the ledger: what no entry tells of, what is gone, and what is another than its entries say.

The ledger proves what it says. That the tables which the service works with still say the same is found here, some
rows at a time: every record of these tables has its entries, every entry has its record, and every column that entries
tell (`records/retold.py`) is what they say; and every text that is kept is the one it was.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, Text, and_, cast, func, or_, select

from records import retold
from records import retold_house as house
from records.agreements import content_hash_of
from records.columns import as_bytes
from records.commitments import commit
from records.credit_audit import credit_differences
from records.kept import ERASED
from records.measures import STOPPING
from records.retold import Body, Columns, Told
from records.standing_values import MeasureState, TargetKind
from records.tables import (
    agreements,
    api_keys,
    appeals,
    approvals,
    assessments,
    authors,
    cases,
    comment_revisions,
    comments,
    decisions,
    emergencies,
    incidents,
    inspections,
    ledger,
    list_entries,
    measures,
    rectifications,
    rule_versions,
    users,
    verdicts,
)
from records.tampering import Finding, What
from records.unit_of_work import Reading
from records.visible import NOT_STATED, STATED, is_unseen

_BATCH = 1000
MOST = 1000
"""Findings of one kind that are told."""

DECISION = "decision"
_AUTHOR_GONE = ("author_id", "reason_zh", "reason_en")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A table whose rows entries tell of: which kinds, found by which column, naming which row."""

    table: Table
    called: str
    begins: frozenset[str]
    kinds: frozenset[str]
    subject: ColumnElement[Any]
    record: Callable[[Body], str]
    columns: Callable[[Told], Columns]
    known_as: ColumnElement[Any] | None = None
    """By what entries name a row, where that is not its id."""

    @property
    def named(self) -> ColumnElement[Any]:
        """By what entries name a row."""
        return self.table.c.id if self.known_as is None else self.known_as


def _subject(entry: Body) -> str:
    return str(entry["subject"]["id"])


def _fact(name: str) -> Callable[[Body], str]:
    return lambda entry: str(entry["facts"][name])


_MEASURES = _Kept(
    measures, "measure", frozenset({"measure.waits", "measure.taken", "recommend"}), retold.MEASURES,
    func.coalesce(measures.c.author_id, measures.c.comment_id, measures.c.thread_id), _fact("measure_id"),
    retold.measure,
)  # fmt: skip
_VERDICTS = _Kept(
    verdicts, "verdict", frozenset(retold.PURPOSES), retold.VERDICTS, verdicts.c.case_id, _fact("verdict_id"),
    retold.verdict,
)  # fmt: skip
_APPROVALS = _Kept(
    approvals, "question to a second person", frozenset({"approval.asked"}), retold.APPROVALS, approvals.c.id, _subject,
    retold.approval,
)  # fmt: skip
_AGREEMENTS = _Kept(
    agreements, "agreement", retold.AGREEMENTS, retold.AGREEMENTS, agreements.c.id, _subject, retold.agreement
)
_KEPT = (
    _MEASURES,
    _VERDICTS,
    _APPROVALS,
    _Kept(appeals, "appeal", frozenset({"appeal"}), retold.APPEALS, appeals.c.id, _subject, retold.appeal),
    _Kept(
        list_entries, "entry of a list", frozenset({"list.added", "list.waits"}), retold.LISTS, list_entries.c.id,
        _subject, retold.list_entry,
    ),
    _AGREEMENTS,
    _Kept(
        inspections, "request of an authority", frozenset({"inspection.recorded"}), house.INSPECTIONS, inspections.c.id,
        _subject, house.inspection,
    ),
    _Kept(
        incidents, "incident", frozenset({"incident.recorded"}), house.INCIDENTS, incidents.c.id, _subject,
        house.incident,
    ),
    _Kept(
        rectifications, "item to be put right", frozenset({"rectification.demanded"}), house.ITEMS, rectifications.c.id,
        _subject, house.item,
    ),
    _Kept(
        emergencies, "emergency", frozenset({"emergency.started"}), house.EMERGENCIES, emergencies.c.id, _subject,
        house.emergency,
    ),
    _Kept(
        assessments, "assessment", frozenset({"assessment.written"}), house.ASSESSMENTS, assessments.c.id, _subject,
        house.assessment,
    ),
    _Kept(users, "account", frozenset({"account.created"}), house.USERS, users.c.id, _subject, house.user),
    _Kept(
        api_keys, "key", frozenset({"key.created"}), house.KEYS, api_keys.c.prefix, _subject, house.key,
        api_keys.c.prefix,
    ),
    _Kept(
        rule_versions, "version of a rule", house.RULES, house.RULES, rule_versions.c.rule_id, house.rule_of,
        house.rule, rule_versions.c.rule_id + "@" + cast(rule_versions.c.version, Text),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry as it stands: where, and what it says."""

    id: str
    number: int | None
    body: Body


def differences(look: Reading) -> Iterator[Finding]:
    """What differs, table by table."""
    yield from _without_entry(look)
    yield from _without_record(look)
    yield from _other_texts(look)
    yield from _other_decisions(look)
    for kept in _KEPT:
        yield from _some(_other_rows(look, kept))
    yield from _some(_other_ends(look))
    yield from _some(credit_differences(look))


def _some(found: Iterable[Finding]) -> Iterator[Finding]:
    for many, each in enumerate(found, 1):
        yield each
        if many == MOST:
            return


def _without_entry(look: Reading) -> Iterator[Finding]:
    its = and_(ledger.c.subject_id == decisions.c.id, ledger.c.kind == DECISION)
    query = select(decisions.c.id).where(~select(ledger.c.id).where(its).exists()).order_by(decisions.c.id)
    for row in look.execute(query.limit(MOST)):
        yield Finding(What.MISSING, f"The decision {row.id} has no entry: it was removed, or the decision inserted.")


def _without_record(look: Reading) -> Iterator[Finding]:
    """What entries tell of and no table has."""
    its = decisions.c.id == ledger.c.subject_id
    gone = select(ledger).where(ledger.c.kind == DECISION, ~select(decisions.c.id).where(its).exists())
    for row in look.execute(gone.order_by(ledger.c.id).limit(MOST)):
        yield _gone("decision", decisions, row.subject_id, _Entry(row.id, row.sealed_index, {}))
    yield from _some(_without_row(look))


def _without_row(look: Reading) -> Iterator[Finding]:
    """One reading of the ledger for all tables but that of decisions."""
    by_kind = {kind: kept for kept in _KEPT for kind in kept.begins}
    query, after = select(ledger).where(ledger.c.kind.in_(by_kind)).order_by(ledger.c.id).limit(_BATCH), ""
    while rows := look.execute(query.where(ledger.c.id > after)).all():
        after = rows[-1].id
        wanted: dict[str, dict[str, _Entry]] = defaultdict(dict)
        for entry in _read(rows):
            kept = by_kind[entry.body["kind"]]
            wanted[kept.table.name].setdefault(kept.record(entry.body), entry)
        for kept in _KEPT:
            told = wanted[kept.table.name]
            there = set(look.execute(select(kept.named).where(kept.named.in_(list(told)))).scalars()) if told else ()
            yield from (_gone(kept.called, kept.table, each, told[each]) for each in told if each not in there)


def _gone(called: str, table: Table, record_id: str, entry: _Entry) -> Finding:
    told = f"The {called} {record_id}, of which entry {_number(entry)} tells, is gone from the table {table.name}."
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)


def _other_rows(look: Reading, kept: _Kept) -> Iterator[Finding]:
    """Rows beside what their entries say."""
    columns = kept.table, kept.subject.label("found_by"), kept.named.label("known_as")
    query = select(*columns).order_by(kept.table.c.id).limit(_BATCH)
    after, wordless = "", _wordless(look) if kept is _MEASURES else frozenset()
    while rows := look.execute(query.where(kept.table.c.id > after)).all():
        after = rows[-1].id
        told = _entries(look, kept, rows)
        for row in rows:
            entries = told.get(row.known_as, [])
            if not entries or entries[0].body["kind"] not in kept.begins:
                sentence = (
                    f"The {kept.called} {row.known_as} has no entry: it was removed, or the {kept.called} inserted."
                )
                yield Finding(What.MISSING, sentence)
                continue
            odd = _odd(kept, dict(row._mapping), Told([each.body for each in entries]))
            if kept is _MEASURES and row.author_id in wordless and row.reason_zh == row.reason_en == ERASED:
                odd = [name for name in odd if name not in ("reason_zh", "reason_en")]
            if odd:
                yield _differs(kept.called, row.known_as, odd, entries[-1])


def _wordless(look: Reading) -> frozenset[str]:
    """Accounts that were erased but for what holds them: of their measures the words are gone."""
    return frozenset(look.execute(select(authors.c.id).where(authors.c.erased_at.is_not(None))).scalars())


def _other_ends(look: Reading) -> Iterator[Finding]:
    """Versions of rules that hold, or hold no more, other than those that came after them say."""
    columns = rule_versions.c.rule_id, rule_versions.c.version, rule_versions.c.ended_at
    by_rule: dict[str, dict[int, datetime | None]] = defaultdict(dict)
    for row in look.execute(select(*columns)):
        by_rule[row.rule_id][row.version] = row.ended_at
    names = sorted(by_rule)
    for first in range(0, len(names), _BATCH):
        told: dict[str, list[_Entry]] = defaultdict(list)
        for entry in _about(look, names[first : first + _BATCH], house.RULES):
            told[_subject(entry.body)].append(entry)
        for name, entries in told.items():
            said = house.rules_ended([each.body for each in entries])
            for version, ended in by_rule[name].items():
                if version in said and _plain(said[version]) != _plain(ended):
                    yield _differs("version of a rule", f"{name}@{version}", ["ended_at"], entries[-1])


def _odd(kept: _Kept, row: Mapping[str, Any], told: Told) -> list[str]:
    """Columns of a row that are not what its entries say."""
    said, held = kept.columns(told), house.held(kept.table.name, row)
    if kept is _MEASURES and row["author_id"] is None and row["target_kind"] == TargetKind.AUTHOR:
        said = _of_nobody(said, row)
    if kept.table in (measures, list_entries, approvals):
        said = {name: NOT_STATED if name in STATED and is_unseen(value) else value for name, value in said.items()}
    if kept is _APPROVALS and "state" not in said and row["state"] not in retold.OPEN_STATES:
        return ["state"]
    odd = [name for name, value in said.items() if _plain(value) != _plain(held[name])]
    if kept is _APPROVALS:
        asked, there = retold.question(told, row)
        odd += ["facts"] if asked != there else []
    if kept is _AGREEMENTS:
        held_now = content_hash_of(row["version"], zh=row["text_zh"], en=row["text_en"])
        odd += ["text_zh or text_en"] if held_now != row["content_hash"] else []
    return odd


def _of_nobody(said: Columns, row: Mapping[str, Any]) -> Columns:
    """Of a measure whose account was erased: its words are gone, and what held or waited was over with the account."""
    gone = _AUTHOR_GONE if row["ended_why"] is not None else (*_AUTHOR_GONE, "ended_why")
    left = {name: value for name, value in said.items() if name not in gone}
    if said["state"] in (MeasureState.IN_FORCE, MeasureState.WAITING) and row["state"] == MeasureState.LIFTED:
        left = {name: value for name, value in left.items() if name not in ("state", "ended_at", "ended_why")}
    return left


def _entries(look: Reading, kept: _Kept, rows: Sequence[Row[Any]]) -> dict[str, list[_Entry]]:
    """By record, in the order in which they were written."""
    wanted = {row.known_as for row in rows if row.found_by}
    nobodys = {row.known_as for row in rows if not row.found_by}
    told: dict[str, list[_Entry]] = defaultdict(list)
    for entry in _about(look, {row.found_by for row in rows if row.found_by}, kept.kinds):
        if (record_id := kept.record(entry.body)) in wanted:
            told[record_id].append(entry)
    if nobodys:
        for entry in _of_erased(look):
            if (record_id := kept.record(entry.body)) in nobodys:
                told[record_id].append(entry)
    return told


def _of_erased(look: Reading) -> Iterator[_Entry]:
    """Entries of measures on accounts that were erased since: no row has the id any more by which they are found."""
    whole = and_(authors.c.id == ledger.c.subject_id, authors.c.erased_at.is_(None))
    nobody = ~select(authors.c.id).where(whole).exists()
    query = select(ledger).where(ledger.c.kind.in_(retold.MEASURES), nobody).order_by(ledger.c.id).limit(_BATCH)
    after = ""
    while rows := look.execute(query.where(ledger.c.id > after)).all():
        after = rows[-1].id
        yield from (each for each in _read(rows) if each.body["subject"]["kind"] == TargetKind.AUTHOR)


def _about(look: Reading, subjects: Collection[str], kinds: Collection[str]) -> Iterator[_Entry]:
    """Entries of these kinds about these subjects, in the order in which they were written."""
    query = select(ledger).where(ledger.c.subject_id.in_(list(subjects)), ledger.c.kind.in_(list(kinds)))
    yield from _read(look.execute(query.order_by(ledger.c.id))) if subjects else ()


def _read(rows: Iterable[Row[Any]]) -> Iterator[_Entry]:
    """Those that are entries: what else stands in the ledger is told by `records/auditing.py`."""
    for row in rows:
        try:
            body = json.loads(as_bytes(row.body))
        except ValueError:
            continue
        if isinstance(body, dict) and isinstance(body.get("facts"), dict) and body.get("kind") == row.kind:
            yield _Entry(row.id, row.sealed_index, body)


def _other_decisions(look: Reading) -> Iterator[Finding]:
    """Decisions beside their entries, and what people made of them beside what the entries of people's acts say."""
    query, after, many = select(decisions).order_by(decisions.c.id).limit(_BATCH), "", 0
    while many < MOST and (rows := look.execute(query.where(decisions.c.id > after)).all()):
        after = rows[-1].id
        entries = {_subject(each.body): each for each in _about(look, {row.id for row in rows}, {DECISION})}
        people = _People(look, rows)
        for row in rows:
            entry = entries.get(row.id)
            if entry is None:
                continue
            said, held = retold.decision(entry.body, dict(row._mapping))
            odd = [name for name, value in said.items() if _plain(value) != _plain(held[name])]
            if people.outcome(row) != (row.final_outcome, row.overturned):
                odd.append("final_outcome or overturned")
            if odd:
                many += 1
                yield _differs("decision", row.id, odd, entry)


class _People:
    """What people did about the comments of some decisions, as the ledger tells it."""

    def __init__(self, look: Reading, rows: Sequence[Row[Any]]) -> None:
        ids, about = {row.id for row in rows}, {row.comment_id for row in rows}
        asked = select(cases.c.id).where(cases.c.decision_id.in_(ids))
        given = select(verdicts.c.case_id).where(verdicts.c.decision_id.in_(ids))
        case_ids = {*look.execute(asked).scalars(), *look.execute(given).scalars()}
        self._of_decision: dict[str, list[Body]] = defaultdict(list)
        self._of_comment: dict[str, list[Body]] = defaultdict(list)
        for each in _about(look, case_ids, retold.VERDICTS):
            self._of_decision[str(each.body["facts"].get("decision_id"))].append(each.body)
        for each in _about(look, about, retold.MEASURES):
            if each.body["facts"].get("measure") in STOPPING:
                self._of_comment[_subject(each.body)].append(each.body)
        self._made = self._decisions(look, [one for one in about if one in self._of_comment])

    @staticmethod
    def _decisions(look: Reading, comment_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """All decisions about these comments, by comment and by entry."""
        made: dict[str, dict[str, str]] = defaultdict(dict)
        found = select(decisions.c.comment_id, decisions.c.id, ledger.c.id.label("entry_id")).where(
            decisions.c.comment_id.in_(comment_ids), ledger.c.subject_id == decisions.c.id, ledger.c.kind == DECISION
        )
        for row in look.execute(found) if comment_ids else ():
            made[row.comment_id][row.entry_id] = row.id
        return made

    def outcome(self, row: Row[Any]) -> tuple[str | None, bool | None]:
        """What they made of this decision."""
        events = [*self._of_decision.get(row.id, ()), *self._of_comment.get(row.comment_id, ())]
        if not events:
            return None, None
        return retold.outcome_of(row.id, self._made.get(row.comment_id, {}), sorted(events, key=lambda one: one["id"]))


def _differs(called: str, record_id: str, odd: Sequence[str], entry: _Entry) -> Finding:
    names = ", ".join(odd)
    told = f"The {called} {record_id} is not what entry {_number(entry)} and those before it say: {names}."
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)


def _plain(value: object) -> object:
    """As both sides can be compared."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def _other_texts(look: Reading) -> Iterator[Finding]:
    """Texts and commitments beside what the entry of the decision about them says."""
    query, after, many = _texts(), "", 0
    while rows := look.execute(query.where(decisions.c.id > after).limit(_BATCH)).all():
        after = rows[-1].decision_id
        for row in rows:
            entry = next(_read([row]), None)
            told = None if entry is None else _difference(row, entry)
            if told is None:
                continue
            many += 1
            yield Finding(What.RECORD, told, row.sealed_index, row.sealed_index, row.id)
            if many == MOST:
                return


def _texts() -> Select[Any]:
    earlier = and_(
        comment_revisions.c.comment_id == decisions.c.comment_id, comment_revisions.c.revision == decisions.c.revision
    )
    joined = (
        decisions.join(comments, comments.c.id == decisions.c.comment_id)
        .outerjoin(comment_revisions, earlier)
        .join(ledger, and_(ledger.c.subject_id == decisions.c.id, ledger.c.kind == DECISION))
    )
    present = or_(comments.c.revision == decisions.c.revision, comment_revisions.c.id.is_not(None))
    columns = (
        decisions.c.id.label("decision_id"),
        decisions.c.outcome,
        decisions.c.revision,
        comments.c.revision.label("newest"),
        comments.c.text,
        comments.c.salt,
        comments.c.commitment,
        comment_revisions.c.text.label("earlier_text"),
        comment_revisions.c.salt.label("earlier_salt"),
        comment_revisions.c.commitment.label("earlier_commitment"),
        ledger.c.id,
        ledger.c.kind,
        ledger.c.body,
        ledger.c.sealed_index,
    )
    return select(*columns).select_from(joined).where(present).order_by(decisions.c.id)


def _difference(row: Row[Any], entry: _Entry) -> str | None:
    facts = entry.body["facts"]
    is_newest = row.newest == row.revision
    text = row.text if is_newest else row.earlier_text
    salt = row.salt if is_newest else row.earlier_salt
    held = row.commitment if is_newest else row.earlier_commitment
    if facts["outcome"] != row.outcome:
        said = facts["outcome"]
        return f"The decision {row.decision_id} says {row.outcome}, and its entry {_number(entry)} says {said}."
    if facts["text_commitment"] != held.hex() or (text is not None and held != commit(salt, "text", text)):
        about = f"The text that the decision {row.decision_id} is about"
        return f"{about} is another than when entry {_number(entry)} was made."
    return None


def _number(entry: _Entry) -> str:
    return "that is not sealed yet" if entry.number is None else str(entry.number)
