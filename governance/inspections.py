"""Inspection: an authority's request is a record, what it may read is granted by two people, what is read is an entry.

    ask      who asks for what on which ground; which user reads for it, of which surfaces and time, until when
    answer   the second person's word
    close    before its time

The inspector reads nothing else: what lies beyond the scope is refused in a sentence, and the asking is an entry too. A
text is read only where the request was granted with texts. What is read, and that it was: `inspection_reading`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from governance import approvals, grounds, measure_wishes
from governance.approvals import LOOKS_ALONE, ByKey
from governance.law import Act
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError
from records import (
    authors,
    inspections,
    ledger,
    users,
)
from records.commitments import commit, new_salt
from records.house_values import ApprovalRecord, ApprovalState, UserRecord
from records.inspections import InspectionRecord, InspectionState
from records.paging import MAX_LIMIT
from records.personal import Keyring
from records.unit_of_work import Reading, Unit

ASKED = "inspection.grant"
"""The kind of a question whether an authority's inspector may read."""

LONGEST_DAYS = 90
CLOCKS_APART = timedelta(seconds=5)
MAX_NAME = 200
MEASURES = tuple(dict.fromkeys(each for fitting in measure_wishes.FITTING.values() for each in fitting))
"""Kinds of measures that a request may be about."""
MOST_NAMED = 50
"""Accounts, or threads, of one request."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request as somebody of the house records it. `surfaces` None: all; `days`: how long it may be read."""

    authority: str
    reference: str
    asked: str
    ground: str
    inspector: str
    since: datetime
    until: datetime
    days: int
    by: str | ByKey
    why: str
    surfaces: tuple[str, ...] | None = None
    opened: bool = False
    accounts: tuple[str, ...] | None = None
    """Pseudonyms."""
    threads: tuple[str, ...] | None = None
    measures: tuple[str, ...] | None = None
    """Kinds: then the time is that of the measures."""


def ask(
    unit: Unit, wish: Wish, *, surfaces: Collection[str], now: datetime, keyring: Keyring | None = None
) -> InspectionRecord:
    """Records the request and asks a second person; accounts are found with the keyring.

    Raises `InvalidInputError` with every fault.
    """
    who, why = approvals.asker(unit, wish.by, needs=approvals.LOOK_AFTER), approvals.words("why", wish.why)
    reader = users.by_name(unit, wish.inspector)
    accounts, unknown = _accounts(unit, wish, keyring)
    unknown += grounds.faults(unit, wish.ground, Act.ORDER, where="ground", free=True)
    if faults := [*_faults(wish, reader, surfaces), *unknown]:
        raise InvalidInputError("The request cannot be recorded.", faults)
    record = inspections.record(
        unit,
        {
            "authority": wish.authority.strip(),
            "reference": wish.reference.strip(),
            "asked": wish.asked.strip(),
            "ground": wish.ground.strip(),
            "inspector": reader.name if reader else "",
            "surfaces": None if wish.surfaces is None else list(wish.surfaces),
            "accounts": accounts,
            "threads": None if wish.threads is None else list(wish.threads),
            "measures": None if wish.measures is None else list(wish.measures),
            "salt": None if wish.threads is None else new_salt(),
            "since": wish.since,
            "until": wish.until,
            "opened": wish.opened,
            "ends_at": now + timedelta(days=wish.days),
            "asked_by": who,
        },
        now=now,
    )
    enter(unit, "inspection.recorded", record, who, why, now, {"asked": record.asked})
    approvals.ask(unit, ASKED, record.id, facts=_facts(record), by=who, why=why, now=now)
    return record


def _accounts(look: Reading, wish: Wish, keyring: Keyring | None) -> tuple[list[str] | None, list[Fault]]:
    """Our ids of the accounts, and what is wrong with them."""
    if wish.accounts is None:
        return None, []
    if keyring is None:
        return [], [Fault("accounts", "the pseudonym key is not at hand: restore it from a backup")]
    found = [authors.id_of(look, keyring, name) for name in wish.accounts]
    unknown = [at for at, each in enumerate(found, 1) if each is None]
    numbers = ", ".join(map(str, unknown))
    faults = [Fault("accounts", f"nothing is known of account number {numbers} of those named")] if unknown else []
    return [each for each in found if each is not None], faults


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word; approved, the inspector may read. Raises as `approvals.answer`."""
    asked = approvals.question(unit, approval_id, ASKED, "an inspection")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    is_yes = answered.state is ApprovalState.APPROVED
    state = InspectionState.GRANTED if is_yes else InspectionState.REFUSED
    values = {"state": state.value, "approved_by": answered.answered_by, "granted_at": now if is_yes else None}
    moved = inspections.move(unit, asked.subject_id, InspectionState.WAITING, **values)
    if moved is None:
        raise ConflictError("This request is no longer waiting: it was closed.")
    enter(unit, f"inspection.{state}", moved, answered.answered_by or "", answered.note or "", now)
    return answered


def close(unit: Unit, inspection_id: str, *, by: str | ByKey, why: str, now: datetime) -> InspectionRecord:
    """Nothing more is read. Raises `ConflictError` where it was closed, `NotFoundError`."""
    who, reason = approvals.asker(unit, by, needs=approvals.LOOK_AFTER), approvals.words("why", why)
    before = inspections.get(unit, inspection_id)
    values = {"state": InspectionState.CLOSED.value, "closed_at": now}
    closed = inspections.move(unit, inspection_id, InspectionState.GRANTED, **values)
    if closed is None:
        raise ConflictError(f"This request is {before.state}: there is nothing to close.")
    enter(unit, "inspection.closed", closed, who, reason, now)
    return closed


class Hindrance(StrEnum):
    """Why nothing may be read under a request."""

    ANOTHERS = "anothers"
    NOT_GRANTED = "not_granted"
    CLOCK = "clock"
    OVER = "over"


def hindrance(record: InspectionRecord, inspector: str, now: datetime) -> Hindrance | None:
    """Why this person may not read under this request now; None where they may."""
    if record.inspector != inspector:
        return Hindrance.ANOTHERS
    if record.state is not InspectionState.GRANTED or record.granted_at is None:
        return Hindrance.NOT_GRANTED
    if now < record.granted_at - CLOCKS_APART:
        return Hindrance.CLOCK
    return Hindrance.OVER if now >= record.ends_at else None


def why_not(record: InspectionRecord, inspector: str, now: datetime) -> str:
    """The same in a sentence that says what to do; empty where they may."""
    found = hindrance(record, inspector, now)
    told = {
        Hindrance.ANOTHERS: f"This request is read by {record.inspector} alone.",
        Hindrance.NOT_GRANTED: (
            f"This request is {record.state}. A second person of the house grants it, under Approvals."
        ),
        Hindrance.CLOCK: (
            "The clock of this machine is before the moment of the grant: it was set back. Have it set (NTP)."
        ),
        Hindrance.OVER: (
            f"It could be read until {record.ends_at:%Y-%m-%d %H:%M} UTC. Ask the house to record a new request."
        ),
    }
    return told[found] if found else ""


def open_to(look: Reading, inspector: str, now: datetime) -> list[InspectionRecord]:
    """Requests under which this person may read now, the newest first."""
    mine = inspections.page(look, inspector=inspector, limit=MAX_LIMIT).items
    return [each for each in mine if not why_not(each, inspector, now)]


def check_open(look: Reading, inspection_id: str, *, inspector: str, now: datetime) -> InspectionRecord:
    """The request, if this person may read under it now. Raises `ForbiddenError`, `NotFoundError`."""
    return _open(look, inspection_id, inspector, now)


def to_hand_over(look: Reading, inspection_id: str, *, now: datetime) -> InspectionRecord:
    """The request, where somebody of the house may hand its evidence over. Raises `ForbiddenError`, `NotFoundError`."""
    record = inspections.get(look, inspection_id)
    return _open(look, inspection_id, record.inspector, now)


def _open(look: Reading, inspection_id: str, inspector: str, now: datetime) -> InspectionRecord:
    record = inspections.get(look, inspection_id)
    if said := why_not(record, inspector, now):
        raise ForbiddenError(said)
    _check_granted(look, record)
    return record


def _check_granted(look: Reading, record: InspectionRecord) -> None:
    """What may be read is what two people granted, as the ledger has it. Raises `ForbiddenError` for another row."""
    entry = ledger.last(look, "inspection.granted", record.id)
    told = json.loads(entry.body)["facts"] if entry else {}
    odd = [name for name, value in _facts(record).items() if entry and told.get(name) != value]
    if entry is None or odd:
        what = f"says another {', '.join(odd)} than was granted" if odd else "was granted by no entry of the ledger"
        raise ForbiddenError(
            f"The request {record.reference} of {record.authority} {what}: somebody altered the table of inspections. "
            "Nothing is given out under it. Run chaffinch audit verify, restore the row, or ask for a new grant."
        )


def _faults(wish: Wish, reader: UserRecord | None, surfaces: Collection[str]) -> Iterator[Fault]:
    for name in ("authority", "reference", "ground"):
        if not 0 < len(getattr(wish, name).strip()) <= MAX_NAME:
            yield Fault(name, f"say it in 1 to {MAX_NAME} characters")
    if not 0 < len(wish.asked.strip()) <= approvals.MAX_WORDS:
        yield Fault("asked", f"say what the authority asks for, in 1 to {approvals.MAX_WORDS} characters")
    if reader is None or reader.disabled_at or reader.role != LOOKS_ALONE:
        yield Fault("inspector", "there is no such inspector: chaffinch users create NAME --role inspector")
    if wish.until <= wish.since:
        yield Fault("until", "the evidence ends before it begins; give a later moment")
    if not 1 <= wish.days <= LONGEST_DAYS:
        yield Fault("days", f"give 1 to {LONGEST_DAYS} days; what takes longer is asked for anew")
    unknown = [name for name in wish.surfaces or () if name not in surfaces]
    if unknown or wish.surfaces == ():
        yield Fault("surfaces", f"there are {', '.join(sorted(surfaces))}; name none of them for all")
    for name in ("accounts", "threads", "measures"):
        told = getattr(wish, name)
        if told is not None and not 0 < len(told) <= MOST_NAMED:
            yield Fault(name, f"name 1 to {MOST_NAMED}, or none for all")
    if strange := [name for name in wish.measures or () if name not in MEASURES]:
        yield Fault("measures", f"{', '.join(strange)}: there are {', '.join(MEASURES)}")


def _facts(record: InspectionRecord) -> dict[str, Any]:
    return {
        "authority": record.authority,
        "reference": record.reference,
        "inspector": record.inspector,
        "surfaces": None if record.surfaces is None else list(record.surfaces),
        **_narrowed(record),
        "since": record.since.isoformat(),
        "until": record.until.isoformat(),
        "opened": record.opened,
        "ends_at": record.ends_at.isoformat(),
    }


def _narrowed(record: InspectionRecord) -> dict[str, Any]:
    """Accounts by our ids, kinds of measures, and threads as salted commitments: their ids may name somebody."""
    found: dict[str, Any] = {}
    if record.accounts is not None:
        found["accounts"] = list(record.accounts)
    if record.measures is not None:
        found["measures"] = list(record.measures)
    if record.threads is not None:
        found["threads"] = [commit(record.salt or b"", "thread", each).hex() for each in record.threads]
    return found


def enter(
    unit: Unit, kind: str, record: InspectionRecord, who: str, why: str, now: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Writes an entry that says what the request covers, and `more`."""
    facts = {**_facts(record), **(more or {})}
    entry = ledger.Entry(kind, approvals.named(who), "inspection", record.id, why, record.ground, facts=facts)
    ledger.append(unit, entry, now=now)
