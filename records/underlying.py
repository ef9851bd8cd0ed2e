"""The records under the ledger: what no entry tells of, what is gone, and what is another than its entries say.

The ledger proves what it says. That the tables which the service works with still say the same is found here, some
rows at a time: every record of these tables has its entries, every entry has its record, and every column that entries
tell (`records/retold.py`) is what they say; and every text that is kept is the one it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, Text, and_, cast, func, select

from records import erased, retold
from records import retold_house as house
from records.agreements import content_hash_of
from records.cells import BESIDE_THE_LOG, odd_cells
from records.commitments import commit
from records.credit_audit import credit_differences
from records.entry_words import ERASED, GONE
from records.explained import PLACES, Explained
from records.guarding import SHAPE, of_row, to_the_end
from records.holds import author_commitment
from records.lists import LISTED
from records.personal import Keyring
from records.retold import Body, Columns, Told
from records.standing_values import MeasureState, TargetKind
from records.tables import (
    agreements,
    api_keys,
    appeals,
    approvals,
    assessments,
    authors,
    campaign_findings,
    complaints,
    decisions,
    edge_cases,
    emergencies,
    feedback,
    held_hashes,
    holds,
    incidents,
    inspections,
    ledger,
    list_entries,
    measures,
    metadata,
    rectifications,
    reporter_findings,
    returns,
    rule_versions,
    trusted_flaggers,
    users,
    verdicts,
    webhook_endpoints,
)
from records.tampering import Finding, What
from records.told_entries import (
    BATCH,
    DECISION,
    MOST,
    Entry,
    differs,
    entries_about,
    number,
    plain,
    read,
    some,
    subject_of,
    with_words,
)
from records.underlying_authors import author_differences
from records.underlying_beside import (
    answer_differences,
    backtest_differences,
    hit_differences,
    listed_differences,
)
from records.underlying_campaigns import campaign_differences
from records.underlying_cases import case_differences
from records.underlying_decisions import other_decisions
from records.underlying_erasures import erased_differences
from records.underlying_labels import label_differences
from records.underlying_looks import look_differences
from records.underlying_packs import pack_differences
from records.underlying_places import place_differences
from records.underlying_subjects import subject_differences
from records.underlying_texts import other_texts
from records.underlying_words import word_differences
from records.unit_of_work import Reading
from records.visible import NOT_STATED, STATED, is_unseen


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
    def key(self) -> ColumnElement[Any]:
        """By what rows are ordered."""
        (key,) = self.table.primary_key
        return key

    @property
    def named(self) -> ColumnElement[Any]:
        """By what entries name a row."""
        return self.key if self.known_as is None else self.known_as


def _fact(name: str) -> Callable[[Body], str]:
    return lambda entry: str(entry["facts"][name])


_MEASURES = _Kept(
    measures, "measure", frozenset({"measure.waits", "measure.taken", "recommend"}), retold.MEASURES,
    func.coalesce(measures.c.author_id, measures.c.comment_id, measures.c.thread_id, measures.c.reporter_id),
    _fact("measure_id"),
    retold.measure,
)  # fmt: skip
_VERDICTS = _Kept(
    verdicts, "verdict", frozenset(retold.PURPOSES), retold.VERDICTS, verdicts.c.case_id, _fact("verdict_id"),
    retold.verdict,
)  # fmt: skip
_APPROVALS = _Kept(
    approvals, "question to a second person", frozenset({"approval.asked"}), retold.APPROVALS, approvals.c.id,
    subject_of, retold.approval,
)  # fmt: skip
_AGREEMENTS = _Kept(
    agreements, "agreement", retold.AGREEMENTS, retold.AGREEMENTS, agreements.c.id, subject_of, retold.agreement
)
_LISTS = _Kept(
    list_entries, "entry of a list", frozenset({"list.added", "list.waits"}), retold.LISTS, list_entries.c.id,
    subject_of, retold.list_entry,
)  # fmt: skip
_HOLDS = _Kept(holds, "hold", frozenset({"hold.asked"}), house.HOLDS, holds.c.id, subject_of, house.hold)
_RETURNS = _Kept(
    returns, "finding of a return", frozenset({"return.found"}), retold.RETURNS, returns.c.author_id,
    _fact("finding_id"), retold.returned,
)  # fmt: skip
_REPORTER_FINDINGS = _Kept(
    reporter_findings, "finding about who reports or appeals", frozenset({retold.REPORTER_FOUND}),
    retold.REPORTER_FINDINGS, reporter_findings.c.id, subject_of, retold.reporter_finding,
)  # fmt: skip
_KEPT = (
    _MEASURES,
    _VERDICTS,
    _APPROVALS,
    _Kept(appeals, "appeal", frozenset({"appeal"}), retold.APPEALS, appeals.c.id, subject_of, retold.appeal),
    _Kept(
        complaints, "complaint", retold.COMPLAINTS_BEGIN, retold.COMPLAINTS, complaints.c.id, subject_of,
        retold.complaint,
    ),
    _LISTS,
    _AGREEMENTS,
    _Kept(
        edge_cases, "edge case", frozenset({"edge_case.marked"}), retold.EDGES, edge_cases.c.comment_id,
        _fact("edge_case_id"), retold.edge_case,
    ),
    _Kept(
        feedback, "feedback", retold.FEEDBACK, retold.FEEDBACK, feedback.c.decision_id, retold.doubt_id, retold.doubt,
        feedback.c.decision_id + "|" + feedback.c.sender + "|" + feedback.c.verdict,
    ),
    _Kept(
        inspections, "request of an authority", frozenset({"inspection.recorded"}), house.INSPECTIONS, inspections.c.id,
        subject_of, house.inspection,
    ),
    _Kept(
        incidents, "incident", frozenset({"incident.recorded"}), house.INCIDENTS, incidents.c.id, subject_of,
        house.incident,
    ),
    _Kept(
        rectifications, "item to be put right", frozenset({"rectification.demanded"}), house.ITEMS, rectifications.c.id,
        subject_of, house.item,
    ),
    _Kept(
        emergencies, "emergency", frozenset({"emergency.started"}), house.EMERGENCIES, emergencies.c.id, subject_of,
        house.emergency,
    ),
    _Kept(
        assessments, "assessment", frozenset({"assessment.written"}), house.ASSESSMENTS, assessments.c.id, subject_of,
        house.assessment,
    ),
    _HOLDS,
    _Kept(
        trusted_flaggers, "trusted flagger", frozenset({"flagger.asked"}), house.FLAGGERS, trusted_flaggers.c.id,
        subject_of, house.flagger,
    ),
    _RETURNS,
    _Kept(
        campaign_findings, "finding about the campaign", frozenset({retold.WEIGHED}), retold.CAMPAIGN_FINDINGS,
        campaign_findings.c.campaign_id, subject_of, retold.campaign_finding,
    ),
    _REPORTER_FINDINGS,
    _Kept(
        webhook_endpoints, "webhook endpoint", frozenset({"webhook.added"}), house.WEBHOOKS, webhook_endpoints.c.id,
        subject_of, house.webhook,
    ),
    _Kept(users, "account", frozenset({"account.created"}), house.USERS, users.c.id, subject_of, house.user),
    _Kept(
        api_keys, "key", frozenset({"key.created"}), house.KEYS, api_keys.c.prefix, subject_of, house.key,
        api_keys.c.prefix,
    ),
    _Kept(
        rule_versions, "version of a rule", house.RULES, house.RULES, rule_versions.c.rule_id, house.rule_of,
        house.rule, rule_versions.c.rule_id + "@" + cast(rule_versions.c.version, Text),
    ),
)  # fmt: skip


def differences(
    look: Reading, *, keyring: Keyring | None = None, remarks: list[str] | None = None
) -> Iterator[Finding]:  # fmt: skip
    """What differs, table by table. `keyring`: the pseudonym keys at hand; what lacks one is told in `remarks`."""
    list(odd_cells(look, [ledger]))  # told by `records/auditing.py`
    odd = list(odd_cells(look, [table for table in metadata.sorted_tables if table not in (ledger, *BESIDE_THE_LOG)]))
    yield from odd
    told = {each.sentence.split(" ")[2] for each in odd}  # the row's name: it is not told of twice
    for what, found in _all(look, keyring, [] if remarks is None else remarks):
        for each in to_the_end(what, some(found)):
            if not any(name in each.sentence for name in told):
                yield each


def _all(look: Reading, keyring: Keyring | None, remarks: list[str]) -> Iterator[tuple[str, Iterator[Finding]]]:
    """Every comparison, and what it compares."""
    explained = Explained(look)
    yield "the end of the ledger", _cut_off(look)
    yield "decisions without entries", _without_entry(look)
    yield "entries without records", _without_record(look)
    yield "subjects of entries", subject_differences(look)
    yield "erased texts", erased_differences(look)
    yield "texts", other_texts(look)
    yield "decisions", other_decisions(look)
    yield "places of comments", place_differences(look, keyring, remarks)
    for kept in _KEPT:
        yield f"table {kept.table.name}", _other_rows(look, kept, explained)
    yield "ends of rules", _other_ends(look)
    yield "holds", _other_holds(look)
    yield "answers", answer_differences(look)
    yield "what emergencies changed", hit_differences(look)
    yield "backtests", backtest_differences(look)
    yield "packs", pack_differences(look)
    yield "campaigns", campaign_differences(look)
    yield "questions about lists", listed_differences(look)
    yield "cases", case_differences(look)
    yield "label records", label_differences(look)
    yield "authors", author_differences(look, keyring, remarks)
    yield "credit", credit_differences(look)
    yield "words of entries", word_differences(look, explained)
    yield "looks", look_differences(look)
    remarks += explained.remarks()


def _without_entry(look: Reading) -> Iterator[Finding]:
    its = and_(ledger.c.subject_id == decisions.c.id, ledger.c.kind == DECISION)
    query = select(decisions.c.id).where(~select(ledger.c.id).where(its).exists()).order_by(decisions.c.id)
    for row in look.execute(query.limit(MOST)):
        yield Finding(What.MISSING, f"The decision {row.id} has no entry: it was removed, or the decision inserted.")


def _cut_off(look: Reading) -> Iterator[Finding]:
    """Decisions of after the last entry: each was stored together with one, so the end of the ledger is gone.

    Ids are ordered by time, and a decision's is made before its entry's.
    """
    last = look.execute(select(func.max(ledger.c.id))).scalar_one_or_none()
    newer = decisions.c.id > (last or "")
    found = look.execute(select(func.min(decisions.c.id).label("first"), func.count().label("many")).where(newer)).one()
    if found.many:
        after = "there is no entry at all" if last is None else f"the last entry is {last}"
        told = (
            f"The end of the ledger is gone: {found.many} decisions, from {found.first} on, were stored later than any "
            f"entry that is left ({after}). Restore the ledger, its tiles and checkpoints from a backup."
        )
        yield Finding(What.TRUNCATED, told)


def _without_record(look: Reading) -> Iterator[Finding]:
    """What entries tell of and no table has."""
    its = decisions.c.id == ledger.c.subject_id
    gone = select(ledger).where(ledger.c.kind == DECISION, ~select(decisions.c.id).where(its).exists())
    for row in look.execute(gone.order_by(ledger.c.id).limit(MOST)):
        yield _gone("decision", decisions, row.subject_id, Entry(row.id, row.sealed_index, {}))
    yield from some(_without_row(look))


def _without_row(look: Reading) -> Iterator[Finding]:
    """One reading of the ledger for all tables but that of decisions."""
    by_kind = {kind: kept for kept in _KEPT for kind in kept.kinds}
    query, after = select(ledger).where(ledger.c.kind.in_(by_kind)).order_by(ledger.c.id).limit(BATCH), ""
    while rows := look.execute(query.where(ledger.c.id > after)).all():
        after = rows[-1].id
        wanted: dict[str, dict[str, Entry]] = defaultdict(dict)
        for entry in read(rows):
            kept = by_kind[entry.body["kind"]]
            record = _named(kept, entry)
            if record is None:
                yield _nameless(kept, entry)
            else:
                wanted[kept.table.name].setdefault(record, entry)
        for kept in _KEPT:
            told = wanted[kept.table.name]
            there = set(look.execute(select(kept.named).where(kept.named.in_(list(told)))).scalars()) if told else ()
            gone = {each: entry for each, entry in told.items() if each not in there}
            if kept is _RETURNS:
                gone = _of_whole_accounts(look, gone)
            yield from (_gone(kept.called, kept.table, each, entry) for each, entry in gone.items())


def _named(kept: _Kept, entry: Entry) -> str | None:
    """Which row an entry tells of; None where it names none, as no entry of ours."""
    try:
        return kept.record(entry.body)
    except SHAPE:
        return None


def _nameless(kept: _Kept, entry: Entry) -> Finding:
    told = f"Entry {number(entry)} ({entry.id}) tells of a {kept.called} and names none: Chaffinch did not write it."
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)


def _of_whole_accounts(look: Reading, told: Mapping[str, Entry]) -> dict[str, Entry]:
    """Findings about an account go with it."""
    about = {subject_of(entry.body) for entry in told.values()}
    whole = select(authors.c.id).where(authors.c.id.in_(about), authors.c.erased_at.is_(None))
    there = set(look.execute(whole).scalars()) if about else set()
    return {each: entry for each, entry in told.items() if subject_of(entry.body) in there}


def _gone(called: str, table: Table, record_id: str, entry: Entry) -> Finding:
    told = f"The {called} {record_id}, of which entry {number(entry)} tells, is gone from the table {table.name}."
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)


def _other_rows(look: Reading, kept: _Kept, explained: Explained) -> Iterator[Finding]:
    """Rows beside what their entries say."""
    columns = kept.table, kept.subject.label("found_by"), kept.named.label("known_as")
    query = select(*columns).order_by(kept.key).limit(BATCH)
    after = ""
    while rows := look.execute(query.where(kept.key > after)).all():
        after = rows[-1]._mapping[kept.key]
        told = _entries(look, kept, rows)
        for row in rows:
            entries = told.get(row.known_as, [])
            if not entries or entries[0].body["kind"] not in kept.begins:
                sentence = (
                    f"The {kept.called} {row.known_as} has no entry: it was removed, or the {kept.called} inserted."
                )
                yield Finding(What.MISSING, sentence)
                continue
            yield from of_row(kept.table, row, partial(_beside, kept, entries, explained), name=row.known_as)


def _beside(
    kept: _Kept, entries: Sequence[Entry], explained: Explained, row: Mapping[str, Any]
) -> Iterator[Finding]:  # fmt: skip
    told, held = Told([each.body for each in entries]), house.held(kept.table.name, row)
    odd = _odd(kept, row, held, told)
    if kept is _REPORTER_FINDINGS and row["author_id"] is None:
        odd = [
            name for name in odd if name != "author_id" or told.first["facts"]["author_id"] not in explained.accounts
        ]
    if kept is _MEASURES and row["author_id"] is None and explained.account(entries[0]):
        odd = [name for name in odd if name not in _of_nobody(kept.columns(told), row)]
    odd = explained.unexplained(kept.table.name, odd, held, entries, kept.columns)
    if odd:
        yield differs(kept.called, str(row["known_as"]), odd, entries[-1])


def _other_ends(look: Reading) -> Iterator[Finding]:
    """Versions of rules that hold, or hold no more, other than those that came after them say."""
    columns = rule_versions.c.rule_id, rule_versions.c.version, rule_versions.c.ended_at
    by_rule: dict[str, dict[int, datetime | None]] = defaultdict(dict)
    for row in look.execute(select(*columns)):
        by_rule[row.rule_id][row.version] = row.ended_at
    names = sorted(by_rule)
    for first in range(0, len(names), BATCH):
        told: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries_about(look, names[first : first + BATCH], house.RULES):
            told[subject_of(entry.body)].append(entry)
        for name, entries in told.items():
            said = house.rules_ended([each.body for each in entries])
            for version, ended in by_rule[name].items():
                if version in said and plain(said[version]) != plain(ended):
                    yield differs("version of a rule", f"{name}@{version}", ["ended_at"], entries[-1])


def _other_holds(look: Reading) -> Iterator[Finding]:
    """Holds that stand, or wait, on somebody else than their entry commits to.

    Of what is over the hashes go with the person.
    """
    standing = and_(holds.c.kind == "author", holds.c.state.in_(("waiting", "in_force")))
    rows = look.execute(select(holds.c.id, holds.c.salt).where(standing).order_by(holds.c.id)).all()
    asked = {subject_of(each.body): each for each in entries_about(look, {row.id for row in rows}, {"hold.asked"})}
    for row in rows:
        entry = asked.get(row.id)
        told = None if entry is None else entry.body["facts"].get("author_commitment")
        hashes = select(held_hashes.c.author_index).where(held_hashes.c.hold_id == row.id)
        held = {author_commitment(row.salt or b"", each) for each in look.execute(hashes).scalars()}
        if entry is not None and told not in held:
            yield differs("hold", row.id, ["whom it holds"], entry)


def _odd(kept: _Kept, row: Mapping[str, Any], held: Mapping[str, Any], told: Told) -> list[str]:
    """Columns of a row that are not what its entries say; `held` is the row as these name them."""
    said = {name: value for name, value in kept.columns(told).items() if value != GONE or name not in PLACES}
    if kept.table in (measures, list_entries, approvals):
        said = {name: NOT_STATED if name in STATED and is_unseen(value) else value for name, value in said.items()}
    if kept is _APPROVALS and "state" not in said and row["state"] not in retold.OPEN_STATES:
        return ["state"]
    odd = [name for name, value in said.items() if not _is_same(value, held[name])]
    if kept is _APPROVALS:
        asked, there = retold.question(told, row)
        asked = {name: there.get(name) if said == GONE and name in PLACES else said for name, said in asked.items()}
        same = asked.keys() == there.keys() and all(_is_same(value, there[name]) for name, value in asked.items())
        odd += [] if same else ["facts"]
    if kept is _LISTS:
        odd += ["key"] if _is_another_key(row, retold.key_commitment(told)) else []
    if kept is _AGREEMENTS:
        held_now = content_hash_of(row["version"], zh=row["text_zh"], en=row["text_en"])
        odd += ["text_zh or text_en"] if held_now != row["content_hash"] else []
    return odd


def _is_same(told: object, held: object) -> bool:
    """Whether a record has what its entries say; where their words are erased, the record's have to be as well."""
    return held in (None, ERASED) if told == GONE else plain(told) == plain(held)


def _is_another_key(row: Mapping[str, Any], committed: str | None) -> bool:
    """Whether something else is listed than an entry commits to."""
    if committed is None:
        return False
    return row["salt"] is None or commit(row["salt"], LISTED, row["key"]).hex() != committed


def _of_nobody(said: Columns, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns of a measure that go with its account: whose it was, and that it held, or waited, until then."""
    if said["state"] in (MeasureState.IN_FORCE, MeasureState.WAITING) and row["state"] == MeasureState.LIFTED:
        return ("author_id", "state", "ended_at", "ended_why")
    return ("author_id",)


def _entries(look: Reading, kept: _Kept, rows: Sequence[Row[Any]]) -> dict[str, list[Entry]]:
    """By record, in the order in which they were written."""
    wanted = {row.known_as for row in rows if row.found_by}
    nobodys = {row.known_as for row in rows if not row.found_by}
    told: dict[str, list[Entry]] = defaultdict(list)
    subjects = {row.found_by for row in rows if row.found_by}
    if kept is _MEASURES:  # of one on a thread the entries name the measure; those of before named the thread
        subjects |= {row.known_as for row in rows if row.thread_id is not None}
    for entry in entries_about(look, subjects, kept.kinds):
        if (record_id := _named(kept, entry)) in wanted:
            told[str(record_id)].append(entry)
    if nobodys:
        for entry in _of_erased(look):
            if (record_id := _named(kept, entry)) in nobodys:
                told[str(record_id)].append(entry)
    return told


def _of_erased(look: Reading) -> Iterator[Entry]:
    """Entries of measures on accounts that were erased since: no row has the id any more by which they are found.

    Also where the platform stated something about the account afterwards, and it is there again.
    """
    went = ledger.alias()
    once = select(went.c.id).where(went.c.subject_id == authors.c.id, went.c.kind == erased.ACCOUNT).exists()
    whole = and_(authors.c.id == ledger.c.subject_id, authors.c.erased_at.is_(None), ~once)
    nobody = ~select(authors.c.id).where(whole).exists()
    query = select(ledger).where(ledger.c.kind.in_(retold.MEASURES), nobody).order_by(ledger.c.id).limit(BATCH)
    after = ""
    while rows := look.execute(query.where(ledger.c.id > after)).all():
        after = rows[-1].id
        told = (each for each in read(rows) if each.body["subject"]["kind"] == TargetKind.AUTHOR)
        yield from with_words(look, told)
