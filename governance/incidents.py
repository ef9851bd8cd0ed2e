"""The log of security incidents, and what has to be put right: who answers for it, until when, what shows it.

    record      an incident is written down when it is found; what becomes known later is added
    reported    the authority was told: which, when, its number
    demand      something has to be put right, by the authority's finding or the house's own
    prove       its owner says what shows that it is done, and a second person looks: the item is done with their yes

Every step is an entry. Fields hold no text of a comment and no pseudonym; they are kept for good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from governance import approvals, said_about
from governance.approvals import ByKey
from governance.incident_forms import IncidentForms
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import incidents, ledger, users
from records.house_values import ApprovalRecord, ApprovalState
from records.incidents import IncidentRecord, IncidentState, ItemRecord, ItemState
from records.known_as import KEY
from records.unit_of_work import Reading, Unit

HOUSE = "the house itself"
"""Who found something, where no authority did."""

ASKED = "rectification.done"
"""The kind of a question whether something was put right."""

SEVERITIES = ("low", "medium", "high", "critical")
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Found:
    """An incident as somebody writes it down; `told` are the fields as they were typed."""

    kind: str
    severity: str
    found_at: datetime
    told: Mapping[str, str]
    by: str | ByKey
    why: str = "found"


@dataclass(frozen=True, slots=True)
class More:
    """What is known by now, and where the incident stands; None: as before."""

    told: Mapping[str, str]
    by: str | ByKey
    why: str
    state: IncidentState | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """Something that has to be put right."""

    authority: str
    reference: str
    finding: str
    demand: str
    owner: str
    due_at: datetime
    by: str | ByKey
    incident_id: str | None = None


def record(unit: Unit, found: Found, *, forms: IncidentForms, now: datetime) -> IncidentRecord:
    """Writes it down. Raises `InvalidInputError` with every fault."""
    who, why = approvals.asker(unit, found.by, needs=approvals.LOOK_AFTER), approvals.words("why", found.why)
    fields, faults = forms.read(found.told)
    faults = [*_faults(found, forms, now), *faults, *_naming(unit, fields)]
    if faults:
        raise InvalidInputError("The incident cannot be recorded.", faults)
    values = {
        "kind": found.kind,
        "severity": found.severity,
        "fields": fields,
        "found_at": found.found_at,
        "author": who,
    }
    made = incidents.add(unit, values, now=now)
    _note(unit, "incident.recorded", made, who, why, now)
    return made


def add_fields(unit: Unit, incident_id: str, more: More, *, forms: IncidentForms, now: datetime) -> IncidentRecord:
    """Adds what is known by now, and says where it stands. Raises `InvalidInputError` as `record`, `NotFoundError`.

    An incident is closed once its report could be made and all that follows from it is done: else `ConflictError`.
    """
    who, reason = approvals.asker(unit, more.by, needs=approvals.LOOK_AFTER), approvals.words("why", more.why)
    before = incidents.get(unit, incident_id)
    fields, faults = forms.read(more.told)
    if faults := [*faults, *_naming(unit, fields)]:
        raise InvalidInputError("The incident cannot be changed so.", faults)
    whole = {**before.fields, **fields}
    if more.state is IncidentState.CLOSED:
        _check_closing(unit, replace(before, fields=whole), forms)
    values = {"fields": whole, "state": (more.state or before.state).value}
    changed = incidents.change(unit, incident_id, values, now=now)
    _note(unit, "incident.changed", changed, who, reason, now)
    return changed


def reported(
    unit: Unit, incident_id: str, *, to: str, receipt: str, forms: IncidentForms, by: str | ByKey, now: datetime
) -> IncidentRecord:
    """The authority was told. Raises `ConflictError` where the report lacks something, or was made before."""
    who, authority = approvals.asker(unit, by, needs=approvals.LOOK_AFTER), approvals.words("to", to)
    before = incidents.get(unit, incident_id)
    if before.reported_at is not None:
        raise ConflictError(f"It was reported already, at {before.reported_at:%Y-%m-%d %H:%M} UTC.")
    if lacking := list(forms.missing(before.fields)):
        raise ConflictError(f"The report lacks {', '.join(lacking)}: chaffinch incident add {incident_id} FIELD=...")
    values = {"reported_at": now, "reported_to": authority, "receipt": receipt.strip() or None}
    told = incidents.change(unit, incident_id, values, now=now)
    _note(unit, "incident.reported", told, who, authority, now)
    return told


def demand(unit: Unit, wish: Demand, *, now: datetime) -> ItemRecord:
    """Something has to be put right. Raises `InvalidInputError` with every fault, `NotFoundError`.

    A day that has passed is taken, since what arrives late has to be noted all the same: the item is late at once.
    The owner proves it: one of this house has to be somebody who may, and may not be one who changes nothing.
    """
    who = approvals.asker(unit, wish.by, needs=approvals.LOOK_AFTER)
    if faults := [*_faults_of(wish), *_owner_faults(unit, wish.owner), *_naming(unit, _words_of(wish))]:
        raise InvalidInputError("The item cannot be recorded.", faults)
    if wish.incident_id is not None:
        incidents.get(unit, wish.incident_id)
    values = {
        "incident_id": wish.incident_id,
        "authority": wish.authority.strip(),
        "reference": wish.reference.strip(),
        "finding": wish.finding.strip(),
        "demand": wish.demand.strip(),
        "owner": wish.owner.strip(),
        "due_at": wish.due_at,
        "author": who,
    }
    made = incidents.add_item(unit, values, now=now)
    _note_item(unit, "rectification.demanded", made, who, made.demand, now)
    return made


def prove(
    unit: Unit, item_id: str, *, proof: str, file: bytes | None = None, by: str | ByKey, now: datetime
) -> ApprovalRecord:  # fmt: skip
    """Says what shows that it is done, and asks a second person to look. `file` is hashed, not kept.

    Its owner may, whatever they are here for; of others those who look after the house.
    Raises `ConflictError` where somebody is asked already or it is done, `InvalidInputError` without words,
    `ForbiddenError` for anybody else, `NotFoundError`.
    """
    named = f"{KEY}{by.prefix}" if isinstance(by, ByKey) else by
    is_owner = approvals.is_same_person(unit, named, incidents.item(unit, item_id).owner)
    needs = approvals.MAY_ACT if is_owner else approvals.LOOK_AFTER
    who, words = approvals.asker(unit, by, needs=needs), approvals.words("proof", proof)
    digest = None if file is None else hashlib.sha256(file).hexdigest()
    values = {"state": ItemState.PROPOSED.value, "proof": words, "proof_hash": digest}
    moved = incidents.move_item(unit, item_id, ItemState.OPEN, values)
    if moved is None:
        raise ConflictError(f"This item is {incidents.item(unit, item_id).state} already.")
    _note_item(unit, "rectification.proved", moved, who, words, now)
    facts = {
        "authority": moved.authority, "reference": moved.reference, "finding": moved.finding, "demand": moved.demand,
        "owner": moved.owner, "due_at": moved.due_at.isoformat(), "proof_hash": digest,
    }  # fmt: skip
    return approvals.ask(unit, ASKED, item_id, facts=facts, by=who, why=words, now=now)


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word: the item is done, or open again. Raises as `approvals.answer`."""
    asked = approvals.question(unit, approval_id, ASKED, "something to be put right")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    is_yes = answered.state is ApprovalState.APPROVED
    done = {"state": ItemState.DONE.value, "confirmed_by": answered.answered_by, "done_at": now}
    moved = incidents.move_item(
        unit, asked.subject_id, ItemState.PROPOSED, done if is_yes else {"state": ItemState.OPEN.value}
    )
    if moved is None:
        raise ConflictError("This item waits for nobody any more.")
    kind = "rectification.done" if is_yes else "rectification.reopened"
    _note_item(unit, kind, moved, answered.answered_by or "", answered.note or "", now)
    return answered


def _check_closing(unit: Unit, record: IncidentRecord, forms: IncidentForms) -> None:
    if lacking := list(forms.missing(record.fields)):
        raise ConflictError(f"It cannot be closed: the report lacks {', '.join(lacking)}.")
    undone = incidents.items(unit, incident_id=record.id, undone=True)
    if undone:
        raise ConflictError(f"It cannot be closed: {len(undone)} things that follow from it are not put right yet.")


def _faults(found: Found, forms: IncidentForms, now: datetime) -> Iterator[Fault]:
    if found.kind not in forms.kinds:
        yield Fault("kind", f"there are {', '.join(forms.kinds)}")
    if found.severity not in SEVERITIES:
        yield Fault("severity", f"there are {', '.join(SEVERITIES)}")
    if found.found_at > now:
        yield Fault("found_at", "it cannot be found in the future: give the moment, or set this machine's clock")


def _naming(look: Reading, fields: Mapping[str, Any]) -> Iterator[Fault]:
    """Fields by which somebody's account is named."""
    for name, said in fields.items():
        if isinstance(said, str):
            yield from said_about.account_faults(look, name, said)


def _words_of(wish: Demand) -> dict[str, str]:
    """What is typed of an item; the owner is a name of this house."""
    return {name: getattr(wish, name) for name in ("authority", "reference", "finding", "demand")}


def _faults_of(wish: Demand) -> Iterator[Fault]:
    for name in ("authority", "owner"):
        if not 0 < len(getattr(wish, name).strip()) <= MAX_NAME:
            yield Fault(name, f"say it in 1 to {MAX_NAME} characters")
    for name in ("finding", "demand"):
        if not 0 < len(getattr(wish, name).strip()) <= approvals.MAX_WORDS:
            yield Fault(name, f"say it in 1 to {approvals.MAX_WORDS} characters")


def _owner_faults(look: Reading, owner: str) -> Iterator[Fault]:
    known = users.by_name(look, owner.strip())
    if known is not None and (known.disabled_at or known.role not in approvals.MAY_ACT):
        why = "was disabled" if known.disabled_at else f"is {known.role} and changes nothing"
        yield Fault("owner", f"{known.name} {why}, and could not prove it: name somebody who can")


def _note(unit: Unit, kind: str, record: IncidentRecord, who: str, why: str, now: datetime) -> None:
    """The ledger has which fields are told; their words stand in the record, with a salted commitment here."""
    salt = incidents.salt_of(unit, record.id)
    facts: dict[str, Any] = {
        "kind": record.kind,
        "severity": record.severity,
        "state": record.state.value,
        "fields": sorted(record.fields),
        "fields_commitment": incidents.commitment_of(record.fields, salt),
        "found_at": record.found_at.isoformat(),
        "reported_to": record.reported_to,
        "receipt": record.receipt,
    }
    entry = ledger.Entry(kind, approvals.named(who), "incident", record.id, why, "incidents", facts=facts)
    ledger.append(unit, entry, now=now)


def _note_item(unit: Unit, kind: str, item: ItemRecord, who: str, why: str, now: datetime) -> None:
    facts = {
        "incident_id": item.incident_id,
        "authority": item.authority,
        "reference": item.reference,
        "finding": item.finding,
        "owner": item.owner,
        "due_at": item.due_at.isoformat(),
        "state": item.state.value,
        "proof_hash": item.proof_hash,
    }
    entry = ledger.Entry(kind, approvals.named(who), "rectification", item.id, why, item.authority, facts=facts)
    ledger.append(unit, entry, now=now)
