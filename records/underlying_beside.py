"""What stands beside records and is told with them: what people are answered, what emergencies changed, what was tried.

Notices, after-action reports and promotions of rules are made from these tables. Entries tell of them since revision
0041; what was there before is not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import or_, select

from records.answers import CHOSEN
from records.guarding import of_row
from records.ids import first_id_of
from records.lists import ASKED
from records.retold import at
from records.rules import content_of
from records.tables import answers, approvals, decisions, emergency_hits, ledger, list_entries, rule_backtests
from records.tampering import Finding, What
from records.told_entries import BATCH, DECISION, Entry, differs, entries_about, number, read, subject_of
from records.underlying_cases import EARLIER_PROGRAMS
from records.underlying_places import AT_ONCE
from records.unit_of_work import Reading


def of_kind(look: Reading, kind: str) -> Iterator[Entry]:
    """Every entry of one kind, in the order in which they were written."""
    query, after = select(ledger).where(ledger.c.kind == kind).order_by(ledger.c.id).limit(BATCH), ""
    while rows := look.execute(query.where(ledger.c.id > after)).all():
        after = rows[-1].id
        yield from read(rows)


def answer_differences(look: Reading) -> Iterator[Finding]:
    """What is told to those whom a verdict answers."""
    told = {subject_of(each.body): each for each in of_kind(look, CHOSEN)}
    first = next(iter(told.values()), None)
    since = None if first is None else first_id_of(at(first.body) + EARLIER_PROGRAMS)
    for row in look.execute(select(answers).order_by(answers.c.verdict_id)):
        entry = told.pop(row.verdict_id, None)
        if entry is not None:
            yield from of_row(answers, row, partial(_other_answer, entry), name=row.verdict_id)
        elif since is not None and row.verdict_id > since:
            sentence = (
                f"The answer of the verdict {row.verdict_id} has no entry: it was removed, or the answer inserted."
            )
            yield Finding(What.MISSING, sentence)
    yield from (_gone("answer of the verdict", answers.name, name, entry) for name, entry in told.items())


def _other_answer(entry: Entry, row: Mapping[str, Any]) -> Iterator[Finding]:
    facts = entry.body["facts"]
    said = {"template": facts["template"], "reasons": facts["reasons"], "created_at": at(entry.body)}
    if odd := [name for name, value in said.items() if row[name] != value]:
        yield differs("answer of the verdict", row["verdict_id"], odd, entry)


def hit_differences(look: Reading) -> Iterator[Finding]:
    """What emergencies changed, by the decisions' own entries."""
    started = list(of_kind(look, "emergency.started"))
    untold = {subject_of(each.body) for each in started if "hits" not in each.body["facts"]}
    since = min((at(each.body) for each in started if subject_of(each.body) not in untold), default=None)
    hit = decisions.c.id.in_(select(emergency_hits.c.decision_id))
    within = hit if since is None else or_(hit, decisions.c.created_at >= since - AT_ONCE)
    query, after = select(decisions.c.id).where(within).order_by(decisions.c.id).limit(BATCH), ""
    while ids := list(look.execute(query.where(decisions.c.id > after)).scalars()):
        after = ids[-1]
        hits: dict[str, list[list[str]]] = defaultdict(list)
        for row in look.execute(select(emergency_hits).where(emergency_hits.c.decision_id.in_(ids))):
            if row.emergency_id not in untold:
                hits[row.decision_id].append([row.emergency_id, row.otherwise, row.outcome])
        for entry in entries_about(look, ids, {DECISION}):
            told = [each for each in entry.body["facts"].get("emergencies", ()) if each[0] not in untold]
            if sorted(hits[subject_of(entry.body)]) != sorted(told):
                yield differs("decision", subject_of(entry.body), ["its rows in emergency_hits"], entry)


def backtest_differences(look: Reading) -> Iterator[Finding]:
    """Rules as they were tried: the hash beside each, and in the entry of the rule that went live by it."""
    live = [(each.body["facts"].get("backtest"), each) for each in of_kind(look, "rule.live")]
    named = {str(name): each for name, each in live if name is not None}
    for row in look.execute(select(rule_backtests).order_by(rule_backtests.c.id)):
        yield from of_row(rule_backtests, row, partial(_other_trial, named.pop(row.id, None)))
    yield from (_gone("backtest", rule_backtests.name, name, entry) for name, entry in named.items())


def _other_trial(entry: Entry | None, row: Mapping[str, Any]) -> Iterator[Finding]:
    odd = ["document"] if content_of(row["document"]) != row["content"] else []
    if entry is None:
        if odd:
            told = f"The backtest {row['id']} is not of the rule that its column content names: document."
            yield Finding(What.RECORD, told)
        return
    odd += ["content"] if entry.body["facts"].get("document") != row["content"] else []
    odd += ["rule_id"] if subject_of(entry.body) != row["rule_id"] else []
    if odd:
        yield differs("backtest", row["id"], odd, entry)


def listed_differences(look: Reading) -> Iterator[Finding]:
    """By which question to a second person an entry of a list came to count."""
    told = {name: each for each in of_kind(look, ASKED) for name in each.body["facts"].get("entries", ())}
    asked = {subject_of(each.body) for each in told.values()}
    free = set(look.execute(select(approvals.c.id)).scalars()) - asked
    for row in look.execute(select(list_entries.c.id, list_entries.c.approval_id).order_by(list_entries.c.id)):
        entry = told.get(row.id)
        if entry is not None and subject_of(entry.body) != row.approval_id:
            yield differs("entry of a list", row.id, ["approval_id"], entry)
        elif entry is None and row.approval_id is not None and row.approval_id not in free:
            told_of = f"The entry of a list {row.id} names a question that was not about it: approval_id."
            yield Finding(What.RECORD, told_of)


def _gone(called: str, table: str, name: str, entry: Entry) -> Finding:
    told = f"The {called} {name}, of which entry {number(entry)} tells, is gone from the table {table}."
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)
