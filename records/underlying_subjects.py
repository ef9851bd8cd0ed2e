"""Whatever an entry is about was once recorded, and is there, or an entry says that it went.

Everything but decisions, which have a comparison of their own: an approval of a question that nobody ever asked, a
measure on an account that never was, a case that was never opened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select

from records.erased import Erasures, erasures
from records.tables import (
    agreements,
    api_keys,
    appeals,
    approvals,
    assessments,
    authors,
    campaigns,
    cases,
    comments,
    complaints,
    decisions,
    emergencies,
    holds,
    incidents,
    inspections,
    ledger,
    list_entries,
    rectifications,
    report_floods,
    reporter_findings,
    reporters,
    rule_versions,
    trusted_flaggers,
    users,
    webhook_endpoints,
)
from records.tampering import Finding, What
from records.told_entries import BATCH, DECISION, Entry, number, read
from records.unit_of_work import Reading

_AUTHOR = "author"
SUBJECTS: dict[str, ColumnElement[Any]] = {
    "agreement": agreements.c.id,
    "appeal": appeals.c.id,
    "approval": approvals.c.id,
    "assessment": assessments.c.id,
    _AUTHOR: authors.c.id,
    "campaign": campaigns.c.id,
    "case": cases.c.id,
    "comment": comments.c.id,
    "complaint": complaints.c.id,
    "decision": decisions.c.id,
    "emergency": emergencies.c.id,
    "hold": holds.c.id,
    "incident": incidents.c.id,
    "inspection": inspections.c.id,
    "key": api_keys.c.prefix,
    "list_entry": list_entries.c.id,
    "rectification": rectifications.c.id,
    "report_flood": report_floods.c.id,
    "reporter": reporters.c.id,
    "reporter_finding": reporter_findings.c.id,
    "rule": rule_versions.c.rule_id,
    "trusted_flagger": trusted_flaggers.c.id,
    "user": users.c.id,
    "webhook_endpoint": webhook_endpoints.c.id,
}
"""By what an entry says that it is about, the column that names it."""


def subject_differences(look: Reading) -> Iterator[Finding]:
    """What entries are about and no table has."""
    query = select(ledger).where(ledger.c.kind != DECISION).order_by(ledger.c.id).limit(BATCH)
    after, lost = "", dict[str, Entry]()
    while rows := look.execute(query.where(ledger.c.id > after)).all():
        after = rows[-1].id
        wanted: dict[str, dict[str, Entry]] = defaultdict(dict)
        for entry in read(rows):
            subject = entry.body.get("subject")
            if isinstance(subject, dict) and subject.get("kind") in SUBJECTS:
                wanted[subject["kind"]].setdefault(str(subject.get("id")), entry)
        for kind, told in wanted.items():
            column = SUBJECTS[kind]
            there = set(look.execute(select(column).where(column.in_(list(told)))).scalars())
            gone = {name: entry for name, entry in told.items() if name not in there}
            if kind == _AUTHOR:
                lost = gone | lost
            else:
                yield from (_gone(kind, name, entry) for name, entry in gone.items())
    if lost:
        yield from (_gone(_AUTHOR, name, entry) for name, entry in _not_erased(lost, erasures(look)))


def _not_erased(lost: dict[str, Entry], said: Erasures) -> Iterator[tuple[str, Entry]]:
    """Accounts of which no entry says that they went; of those that earlier programs erased the number is known."""
    unnamed = [(name, entry) for name, entry in sorted(lost.items()) if name not in said.accounts and name != "erased"]
    yield from unnamed[said.statements :]


def _gone(kind: str, name: str, entry: Entry) -> Finding:
    column = SUBJECTS[kind]
    table = getattr(column, "table").name  # noqa: B009 - a column of a table
    told = (
        f"The {kind.replace('_', ' ')} {name}, of which entry {number(entry)} ({entry.body['kind']}) tells, is not in "
        f"the table {table}: it was removed, or the entry put in."
    )
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)
