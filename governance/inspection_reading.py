"""What is read under a request of an authority: each page, decision and bundle is an entry before it is given.

    read_page, read_one       decisions in scope, and one of them as the inspector sees it
    read_measures             measures in scope
    read_ledger, read_entry   what the ledger has about them
    export, note_export       all of it as a bundle with proofs
    given                     what was given and refused, as the ledger has it

Whether a request may be read under at all is `inspections`' business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO

from governance import evidence as bundles
from governance.approvals import LOOKS_ALONE, ByKey
from governance.evidence import Exported, Order
from governance.inspections import check_open, enter
from moderation.comment import Attachment
from moderation.errors import ForbiddenError
from records import (
    comments,
    decisions,
    entry_words,
    inspections,
    keys,
    ledger_pages,
    overview,
    places,
    retold,
    users,
    words_gone,
)
from records.gone import Gone, gone
from records.house_values import LedgerEntry
from records.inspections import InspectionRecord
from records.known_as import KEY
from records.ledger_pages import Leafed
from records.paging import Page
from records.personal import Keyring
from records.proving import Wanted
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading, Unit
from records.values import DecisionRecord, VerdictRecord

READ, EXPORTED, REFUSED = "evidence.read", "evidence.exported", "evidence.refused"
ROWS = 25
MOST_MEASURES = 1000
"""Measures that are shown at once; the bundle has the entries of all."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One decision as the inspector sees it. `text` is None where texts were not granted, or it is `gone`.

    Of what was attached to it the words and hashes are told where texts were granted; its entry tells the kinds.
    """

    decision: DecisionRecord
    surface: str
    text: str | None
    verdicts: tuple[VerdictRecord, ...]
    entries: tuple[LedgerEntry, ...]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What people wrote, which the entries commit to: by entry, as long as it is there."""
    gone: Gone | None = None
    """Of a text that was granted and is there no more."""
    attachments: tuple[Attachment, ...] = ()
    words_gone: Mapping[str, words_gone.Gone] = field(default_factory=dict)
    """How what people wrote went, by entry, where it is there no more."""


@dataclass(frozen=True, slots=True)
class Given:
    """Something that was given under a request, or refused."""

    kind: str
    at: datetime
    by: str
    what: str
    number: int


def read_page(
    unit: Unit, inspection_id: str, *, inspector: str | ByKey, now: datetime, cursor: str | None = None
) -> Page[DecisionRecord]:
    """Decisions in scope, without texts. The caller commits before anything is shown.

    A key reads for the inspector that it is named after. Raises `ForbiddenError` with the sentence of `why_not`.
    """
    record, who = _read_by(unit, inspection_id, inspector, now)
    found = inspections.evidence(unit, record.within, limit=ROWS, cursor=cursor)
    shown = [each.id for each in found.items]
    enter(unit, READ, record, who, "a page of decisions", now, {"decisions": shown})
    return found


def read_one(
    unit: Unit, inspection_id: str, decision_id: str, *, inspector: str | ByKey, now: datetime
) -> Evidence | str:  # fmt: skip
    """One decision; a sentence where it lies beyond the scope, which is an entry as well. The caller commits either.

    Raises `ForbiddenError` as `read_page`.
    """
    record, who = _read_by(unit, inspection_id, inspector, now)
    if not inspections.lies_within(unit, record.within, decision_id):
        enter(unit, REFUSED, record, who, "beyond the scope", now, {"decision": decision_id[:64]})
        return beyond(record)
    found = _evidence(unit, record, decision_id)
    facts = {"decisions": [decision_id], "opened": found.text is not None, "entries": [e.id for e in found.entries]}
    enter(unit, READ, record, who, "a decision", now, facts)
    return found


def read_measures(unit: Unit, inspection_id: str, *, inspector: str | ByKey, now: datetime) -> list[MeasureRecord]:
    """Measures in scope, the oldest first and a thousand at the most. The caller commits before anything is shown.

    Raises `ForbiddenError` as `read_page`.
    """
    record, who = _read_by(unit, inspection_id, inspector, now)
    found = inspections.measures_in(unit, record.within, limit=MOST_MEASURES)
    enter(unit, READ, record, who, "the measures", now, {"measures": [each.id for each in found]})
    return found


def read_ledger(
    unit: Unit, inspection_id: str, sought: Wanted, *, inspector: str, actors: Sequence[str], now: datetime,
    cursor: str | None = None,
) -> Leafed:  # fmt: skip
    """Entries about decisions in scope, the newest first. The caller commits before anything is shown.

    Raises `ForbiddenError` as `read_page`.
    """
    record, who = _read_by(unit, inspection_id, inspector, now)
    wanted = replace(sought, within=record.within)
    found = ledger_pages.leaf(unit, wanted, actors=actors, limit=ROWS, cursor=cursor)
    enter(unit, READ, record, who, "a page of the ledger", now, {"entries": [each.id for each in found.items]})
    return found


def read_entry(unit: Unit, inspection_id: str, entry_id: str, *, inspector: str, now: datetime) -> LedgerEntry | str:
    """One entry of the ledger; a sentence where it lies beyond the scope, which is an entry. The caller commits either.

    Raises `ForbiddenError` as `read_page`.
    """
    record, who = _read_by(unit, inspection_id, inspector, now)
    found = ledger_pages.leaf(unit, Wanted(entry_ids=(entry_id,), within=record.within), limit=1).items
    if not found:
        enter(unit, REFUSED, record, who, "beyond the scope", now, {"entry": entry_id[:64]})
        return beyond(record)
    enter(unit, READ, record, who, "an entry of the ledger", now, {"entries": [entry_id]})
    return found[0]


def beyond(record: InspectionRecord) -> str:
    """What the request covers, and what to do where more is needed."""
    where = "all surfaces" if record.surfaces is None else ", ".join(record.surfaces)
    some = [
        f"{len(told)} {name}" for name in ("accounts", "threads") if (told := getattr(record, name)) is not None
    ]  # fmt: skip
    where = " and ".join((where, *some))
    done = "decided" if record.measures is None else f"measured by {', '.join(record.measures)}"
    return (
        f"This lies beyond the request {record.reference} of {record.authority}: it covers {where}, {done} from "
        f"{record.since:%Y-%m-%d %H:%M} to {record.until:%Y-%m-%d %H:%M} UTC. The authority asks for more in a request "
        "of its own, and the house records it."
    )


def export(
    look: Reading, path: Path | IO[bytes], record: InspectionRecord, by: str, keyring: Keyring | None
) -> Exported:
    """All of the evidence as a bundle with proofs; texts and pseudonyms are in it where they were granted.

    Raises `NotFoundError` before anything was sealed.
    """
    return bundles.write(look, path, _order(record, by), keyring if record.opened else None)


def note_export(unit: Unit, record: InspectionRecord, done: Exported, *, by: str, now: datetime) -> None:
    """The entry that says what was given; written before the file is."""
    facts = {"entries": done.entries, "opened": done.opened, "size": done.size}
    facts |= bundles.not_opened(done) | bundles.not_sealed(done)
    enter(unit, EXPORTED, record, by, "a bundle with proofs", now, facts)


def given(look: Reading, inspection_id: str) -> list[Given]:
    """What was given under a request and refused, as the ledger has it."""
    found = []
    for entry in inspections.given(look, inspection_id, (READ, EXPORTED, REFUSED)):
        body = entry_words.for_people(look, entry.id, json.loads(entry.body))
        facts = body["facts"]
        number = (
            facts["entries"]
            if entry.kind == EXPORTED
            else len(facts.get("decisions", facts.get("entries", facts.get("measures", ()))))
        )
        found.append(Given(entry.kind, entry.created_at, retold.who(body), body["reason"], number))
    return found


def _read_by(look: Reading, inspection_id: str, reader: str | ByKey, now: datetime) -> tuple[InspectionRecord, str]:
    """The request, if this reader may read under it, and who it is as the ledger names them."""
    if not isinstance(reader, ByKey):
        return check_open(look, inspection_id, inspector=reader, now=now), reader
    inspections.get(look, inspection_id)
    key = keys.by_prefix(look, reader.prefix)
    owner = None if key is None else users.by_name(look, key.name)
    if owner is None or owner.disabled_at or owner.role != LOOKS_ALONE:
        raise ForbiddenError(
            "Evidence is read with a key that is named after the inspector of the request: "
            "chaffinch keys create INSPECTOR --scope inspect."
        )
    return check_open(look, inspection_id, inspector=owner.name, now=now), f"{KEY}{reader.prefix}"


def _evidence(look: Reading, record: InspectionRecord, decision_id: str) -> Evidence:
    decision = decisions.get(look, decision_id)
    comment = comments.get(look, decision.comment_id)
    written = comments.written(look, comment.id, decision.revision) if record.opened else comments.Written(None)
    text = written.text
    entries = tuple(inspections.entries_about(look, decision))
    kept = entry_words.kept_beside(look, [each.id for each in entries])
    return Evidence(
        decision,
        places.surface_of(decision, comment),
        text,
        tuple(overview.verdicts_about(look, decision_id)),
        entries,
        {entry_id: each.words for entry_id, each in kept.items()},
        gone(look, comment.id) if record.opened and text is None else None,
        written.attachments,
        words_gone.gone(look, {each.id: json.loads(each.body) for each in entries}),
    )


def _order(record: InspectionRecord, by: str) -> Order:
    ground = f"{record.authority} {record.reference}: {record.ground}"
    return Order(Wanted(within=record.within), by, record.asked, ground, opened=record.opened)
