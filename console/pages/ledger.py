"""The ledger as people read it: what it is now, its entries, one entry with its proof, a checkpoint to print.

An inspector leafs through the entries about decisions within a granted request, and each page that they read is an
entry itself. Whoever decides is shown none about a comment that they are asked about, or a copy of it, until that is
settled; what they read of others counts as knowing it (`records/knowing.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any
from urllib.parse import urlencode

from starlette.responses import Response

from console.in_hand import closed_meanwhile, note_reading
from console.ledger_reasons import in_words, words_gone_told
from console.people import display_name, name_of
from console.permissions import Action
from console.refusals import RefusalError, refusal_of
from console.rendering import render
from console.visit import Visit
from governance import evidence, giving, inspection_reading, inspections, ledger_audit
from governance.approvals import MAX_WORDS
from governance.evidence import Exported, Order
from governance.giving import Gift
from moderation.errors import ForbiddenError, InvalidInputError, NotFoundError
from moderation.typed import day
from records import entries_about, ledger, ledger_keys, ledger_pages, sealing, users, words_gone
from records.columns import as_bytes
from records.entry_words import ERASED
from records.house_values import LedgerEntry
from records.inspections import InspectionRecord
from records.known_as import KEY
from records.ledger_pages import Leafed
from records.merkle import leaf_hash, root_of_inclusion
from records.notes import parse
from records.proving import Prover, Wanted
from records.unit_of_work import Reading, Unit

ROWS = inspection_reading.ROWS
NAMES = ("kind", "actor", "subject", "since", "until", "request")
_PLACES = {
    "decision": "/decisions/{}",
    "rule": "/rules/{}",
    "approval": "/approvals/{}",
    "emergency": "/emergencies/{}",
    "inspection": "/inspections/{}",
    "incident": "/incidents/{}",
    "measure": "/measures/{}",
}
"""Pages of what an entry is about, by the kind of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with names in place of ids."""

    entry: LedgerEntry
    who: str
    about: str
    place: str | None
    reason: str
    ground: str
    gone: str = ""
    """How its words went, where they are gone."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How an entry leads to the root of the newest checkpoint. `fits`: counted here from its bytes, it does."""

    leaf: str
    path: tuple[str, ...]
    size: int
    root: str
    fits: bool


def show(visit: Visit) -> Response:
    """GET /ledger: the log, and a page of its entries."""
    asked = {name: visit.query[name][:200] for name in NAMES if visit.query.get(name)}
    is_guest = not visit.may(Action.EXPORT_LEDGER)
    with _looking(visit) as look:
        granted = inspections.open_to(look, visit.me.name, visit.now) if is_guest else []
        request = _request(granted, asked.get("request", ""))
        found = _entries(look, visit, asked, request) if request or not is_guest else Leafed((), None)
        whole, waiting = ledger_pages.size(look)
        is_asked, about, shown = _open_to(look, visit, found.items)
        values: dict[str, Any] = {
            "is_asked": is_asked,
            "lines": [_line(look, visit, each) for each in shown],
            "last": sealing.newest(look),
            "verified": ledger_audit.last(look),
            "kinds": ledger_pages.kinds(look),
        }
    note_reading(visit, about)
    return render(
        visit,
        "ledger.html",
        asked=asked,
        query=urlencode(asked),
        found=found,
        whole=whole,
        waiting=waiting,
        granted=granted,
        request=request,
        is_guest=is_guest,
        **values,
    )


def show_one(visit: Visit) -> Response:
    """GET /ledger/{entry_id}: its bytes and the proof that it is in the log."""
    return _one(visit)


def checkpoint(visit: Visit) -> Response:
    """GET /ledger/checkpoint: what the log is now, signed, on a page that can be printed."""
    with visit.parts.database.reading() as look:
        last, keys = sealing.newest(look), [str(each) for each in ledger_keys.verifiers(look)]
    if last is None:
        raise NotFoundError("Nothing was sealed yet.")
    return render(visit, "ledger_checkpoint.html", last=last, note=parse(last.note), keys=keys)


def export(visit: Visit) -> Response:
    """POST /ledger/{entry_id}: what `chaffinch audit export` gives for it; an entry before it is sent."""
    entry_id, one = visit.path_values["entry_id"], visit.form.one
    _check_open(visit, entry_id)
    order = Order(Wanted(entry_ids=(entry_id,)), visit.me.name, one("why"), one("ground"))

    def make(look: Reading, file: IO[bytes]) -> Exported:
        evidence.check(look, order)
        ledger.get(look, entry_id)
        return evidence.write(look, file, order)

    def note(unit: Unit, done: Exported) -> None:
        evidence.note(unit, order, done, now=visit.now)

    try:
        with giving.given(visit.parts.database, Gift(make, note)) as (file, _):
            body = file.read()
    except InvalidInputError as error:
        return _one(visit, "ledger.no_reason", status=refusal_of(error).status)
    disposition = {"content-disposition": f'attachment; filename="evidence-{entry_id}.zip"'}
    return Response(body, media_type="application/zip", headers=disposition)


def _open_to(
    look: Reading, visit: Visit, entries: Sequence[LedgerEntry]
) -> tuple[bool, frozenset[str], list[LedgerEntry]]:
    """Whether the visitor is asked about anything just now; the comments of the entries they may see; those entries."""
    if not visit.may(Action.DECIDE):
        return False, frozenset(), list(entries)
    about, closed = entries_about.comments_of(look, entries), closed_meanwhile(look, visit)
    checks = entries_about.of_checks(look, entries)
    shown = [each for each in entries if each.id not in checks and about[each.id].isdisjoint(closed)]
    return bool(closed), frozenset().union(*(about[each.id] for each in shown)), shown


def _check_open(visit: Visit, entry_id: str) -> None:
    """Raises `RefusalError` for an entry that is closed to the visitor; reading another counts as knowing it."""
    with visit.parts.database.reading() as look:
        _, about, shown = _open_to(look, visit, [ledger.get(look, entry_id)])
    if not shown:
        raise RefusalError("ledger.asked", 403)
    note_reading(visit, about, whole=True)


def _one(visit: Visit, problem: str = "", *, status: int = 200) -> Response:
    entry_id = visit.path_values["entry_id"]
    is_guest = not visit.may(Action.EXPORT_LEDGER)
    _check_open(visit, entry_id)
    with _looking(visit) as look:
        found = _for_guest(look, visit, entry_id) if isinstance(look, Unit) else ledger.get(look, entry_id)
        line, proof = (None, None) if isinstance(found, str) else (_line(look, visit, found), _proof(look, found))
    if isinstance(found, str):
        return render(visit, "ledger_beyond.html", status=403, detail=found)
    return render(
        visit,
        "ledger_entry.html",
        status=status,
        line=line,
        entry=found,
        text=as_bytes(found.body).decode("utf-8", "replace"),
        proof=proof,
        problem=problem,
        is_guest=is_guest,
        told={name: visit.form.one(name) for name in ("why", "ground")},
        max_words=MAX_WORDS,
    )


@contextmanager
def _looking(visit: Visit) -> Iterator[Reading]:
    """A look; for an inspector a unit of work, since what they read is an entry before it is shown."""
    if visit.may(Action.EXPORT_LEDGER):
        with visit.parts.database.reading() as look:
            yield look
        return
    with visit.parts.database.unit() as unit:
        yield unit
        unit.commit()


def _for_guest(unit: Unit, visit: Visit, entry_id: str) -> LedgerEntry | str:
    """The entry, under the request that covers it; else the sentence of the one that does not."""
    ledger.get(unit, entry_id)
    granted = inspections.open_to(unit, visit.me.name, visit.now)
    if not granted:
        raise ForbiddenError("No request of an authority is open to this inspector.")
    request = _request(granted, visit.query.get("request", "")) or granted[0]
    return inspection_reading.read_entry(unit, request.id, entry_id, inspector=visit.me.name, now=visit.now)


def _request(granted: Sequence[InspectionRecord], wanted: str) -> InspectionRecord | None:
    """The one that is asked for, else the newest."""
    return next((each for each in granted if each.id == wanted), granted[0] if granted else None)


def _entries(look: Reading, visit: Visit, asked: dict[str, str], request: InspectionRecord | None) -> Leafed:
    until = day(asked.get("until", ""))
    sought = Wanted(
        subject_ids=[asked["subject"].strip()] if "subject" in asked else (),
        kinds=[asked["kind"]] if "kind" in asked else (),
        since=day(asked.get("since", "")),
        until=until + timedelta(days=1) if until else None,
    )
    actors = _actors(look, asked.get("actor", ""))
    cursor = visit.query.get("cursor") or None
    if request is None or not isinstance(look, Unit):
        return ledger_pages.leaf(look, sought, actors=actors, limit=ROWS, cursor=cursor)
    return inspection_reading.read_ledger(
        look, request.id, sought, inspector=visit.me.name, actors=actors, now=visit.now, cursor=cursor
    )


def _actors(look: Reading, told: str) -> list[str]:
    """The ids under which entries name somebody: of a user the name and the number, of a key its prefix."""
    name = told.strip()
    if not name:
        return []
    known = users.by_name(look, name)
    return [name.removeprefix(KEY)] if known is None else [known.name, known.id]


def _line(look: Reading, visit: Visit, entry: LedgerEntry) -> Line:
    body = ledger_pages.words_of(look, entry)
    gone = words_gone.gone(look, {entry.id: ledger_pages.body_of(entry)}).get(entry.id) if body else None
    actor, subject = body.get("actor", {}), body.get("subject", {})
    kind, actor_id = str(actor.get("kind", "")), str(actor.get("id", ""))
    if kind == "moderator":
        who = display_name(look, actor_id)
    elif kind == "user":
        who = name_of(look, actor_id)
    else:
        who = f"{visit.words.name_of('ledger_actor', kind)} {actor_id}"
    about = str(subject.get("kind", ""))
    place = _PLACES.get(about)
    reason = "" if gone else in_words(visit, entry.kind, kind, str(body.get("reason", "")))
    ground = "" if gone and body.get("ground") == ERASED else str(body.get("ground", ""))
    told = words_gone_told(visit, gone) if gone else ""
    return Line(entry, who, about, place and place.format(entry.subject_id), reason or told, ground, told)


def _proof(look: Reading, entry: LedgerEntry) -> Proof | None:
    """None where it is not sealed yet, or sealed after the newest checkpoint."""
    if entry.sealed_index is None or sealing.newest(look) is None:
        return None
    prover = Prover(look)
    signed = prover.checkpoint
    if entry.sealed_index >= signed.size:
        return None
    path, leaf = prover.inclusion(entry.sealed_index), leaf_hash(as_bytes(entry.body))
    fits = root_of_inclusion(leaf, entry.sealed_index, signed.size, path) == signed.root
    return Proof(leaf.hex(), tuple(each.hex() for each in path), signed.size, signed.root.hex(), fits)
