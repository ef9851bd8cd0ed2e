"""Lists: what people know by name, who put it there and why. Contacts and accounts are kept and shown as hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from console import ground_words
from console.looking import trace_list
from console.pages.rules import titles
from console.people import name_of
from console.rendering import render
from console.visit import Visit
from governance import list_reviews
from governance import lists as governing
from governance.grounds import GroundFault
from governance.lists import MAX_WORDS, Listing
from moderation.errors import ConflictError, Fault, InvalidInputError
from moderation.lists import ATTACHMENT, DOMAIN, KINDS, ListAction, is_wider
from moderation.typed import day
from records import approvals, lists
from records.house_values import ApprovalRecord, ApprovalState, ListEntryRecord
from records.unit_of_work import Reading

PLAIN = (DOMAIN, ATTACHMENT)
"""Kinds of which the thing itself is kept; of all others a keyed hash alone."""

ROWS = 100
_TOLD = ("kind", "action", "label", "reason", "source", "ground", "until", "untold")
_SHOWN = 12
"""Characters of a hash: enough to tell two apart."""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry; `what` is the thing where it is kept, else the beginning of its hash."""

    entry: ListEntryRecord
    what: str
    is_hash: bool
    author: str
    is_over: bool
    looked: str
    """Who looked at it last; empty where nobody did."""
    asked: tuple[ApprovalRecord, ...]
    """What waits for a second person about an entry that counts."""

    @property
    def may_be_kept(self) -> bool:
        """Whether somebody may look at it now: nothing is asked about it that the look would change."""
        return self.entry.waits_since is None and all(each.kind != list_reviews.ASKED for each in self.asked)


def show(visit: Visit) -> Response:
    """GET /lists: all, or those of one kind."""
    return _page(visit)


def add(visit: Visit) -> Response:
    """POST /lists. What is wider than what was typed is asked about first: `agreed` names the domain that is meant."""
    form = visit.form
    try:
        listing = Listing(
            kind=form.one("kind"),
            value=form.one("value"),
            action=_action(form.one("action")),
            reason=form.one("reason"),
            source=form.one("source"),
            by=visit.me.name,
            ground=form.one("ground") or form.one("label"),
            label=form.one("label") or None,
            expires_at=_day(form.one("until")),
            tells=not form.one("untold"),
        )
        with visit.parts.database.unit() as unit:
            added = governing.add(
                unit,
                listing,
                taxonomy=visit.parts.taxonomy,
                keyring=visit.parts.keyring,
                now=visit.now,
                asks=visit.parts.blacklist_two,
                policies=visit.parts.policies().values(),
            )
            is_meant = form.one("agreed") == added.key or not is_wider(listing.kind, listing.value, added.key)
            if is_meant:
                unit.commit()
    except InvalidInputError as error:
        return _page(visit, "lists.unusable", status=422, faults=error.faults)
    except ConflictError:
        return _page(visit, "lists.listed_already", status=409)
    if not is_meant:
        return _page(visit, "lists.wider", status=422, wider=added.key)
    return RedirectResponse(visit.local(form.one("back"), f"/lists?kind={added.kind}"), status_code=303)


def remove(visit: Visit) -> Response:
    """POST /lists/{entry_id}/remove."""
    try:
        with visit.parts.database.unit() as unit:
            entry_id, why = visit.path_values["entry_id"], visit.form.one("why")
            gone = governing.remove(unit, entry_id, by=visit.me.name, why=why, now=visit.now)
            unit.commit()
    except InvalidInputError:
        return _page(visit, "lists.no_reason", status=422)
    except ConflictError:
        return _page(visit, "lists.removed_already", status=409)
    if gone.removed_at is None:
        return _page(visit, "lists.remove_asked")
    return RedirectResponse(visit.url(f"/lists?kind={gone.kind}"), status_code=303)


def review(visit: Visit) -> Response:
    """POST /lists/{entry_id}/review: somebody looked, and it stays until a day; or a second person is asked."""
    form = visit.form
    try:
        with visit.parts.database.unit() as unit:
            kept = list_reviews.keep(
                unit,
                visit.path_values["entry_id"],
                until=_until(form.one("until")),
                by=visit.me.name,
                why=form.one("why"),
                now=visit.now,
                policies=visit.parts.policies().values(),
            )
            asked = list_reviews.asked_about(unit, kept.id)
            unit.commit()
    except InvalidInputError as error:
        return _page(visit, "lists.review_unusable", status=422, faults=error.faults)
    except ConflictError:
        return _page(visit, "lists.review_late", status=409)
    if asked is not None:
        return _page(visit, "lists.review_asked")
    return RedirectResponse(visit.url(f"/lists?kind={kept.kind}"), status_code=303)


def _until(told: str) -> datetime | None:
    """The day until which it is kept; None is for good. Raises `InvalidInputError`."""
    found = day(told)
    if found is None and told:
        raise InvalidInputError("The entry cannot be kept until then.", [Fault("until", "give a day")])
    return found


def _page(
    visit: Visit, problem: str = "", *, status: int = 200, faults: tuple[Fault, ...] = (), wider: str = ""
) -> Response:
    """With `wider`, the domain that would be listed, the form asks whether all of it is meant."""
    kind = visit.query.get("kind", "")
    is_due = visit.query.get("due", "") == "1"
    before = visit.now + list_reviews.DUE_WITHIN if is_due else None
    with visit.parts.database.reading() as look:
        cursor = visit.query.get("cursor") or None
        page = lists.page(look, kind=kind or None, due_before=before, limit=ROWS, cursor=cursor)
        asked = _asked(look, [entry.id for entry in page.items])
        lines = [_line(look, entry, asked.get(entry.id, ()), visit.now) for entry in page.items]
    trace_list(visit, "lists", len(lines), ("kind", "due"))
    told = {name: visit.form.one(name) for name in _TOLD}
    # What is kept as a hash alone is not sent back either.
    told["value"] = visit.form.one("value") if told["kind"] in PLAIN else ""
    return render(
        visit,
        "lists.html",
        status=status,
        lines=lines,
        next_cursor=page.next_cursor,
        kinds=KINDS,
        kind=kind,
        is_due=is_due,
        actions=tuple(ListAction),
        titles=titles(visit),
        problem=problem,
        faults=[_in_words(visit, fault) for fault in faults],
        told=told,
        wider=wider,
        max_words=MAX_WORDS,
    )


def _asked(look: Reading, entry_ids: Sequence[str]) -> Mapping[str, Sequence[ApprovalRecord]]:
    """What waits for a second person about each: whether it goes, or is kept for longer."""
    found: dict[str, list[ApprovalRecord]] = {}
    for each in approvals.about_any(look, entry_ids):
        if each.state is ApprovalState.WAITING and each.kind in (governing.REMOVAL, list_reviews.ASKED):
            found.setdefault(each.subject_id, []).append(each)
    return found


def _line(look: Reading, entry: ListEntryRecord, asked: Sequence[ApprovalRecord], now: datetime) -> EntryLine:
    is_hash = entry.kind not in PLAIN
    what = entry.key.rpartition(":")[2][:_SHOWN] if is_hash else entry.key
    is_over = entry.expires_at is not None and entry.expires_at <= now
    looked = name_of(look, entry.reviewed_by) if entry.reviewed_by else ""
    return EntryLine(entry, what, is_hash, name_of(look, entry.author), is_over, looked, tuple(asked))


def _in_words(visit: Visit, fault: Fault) -> str:
    """A fault in the reader's language where we have words for it."""
    if isinstance(fault, GroundFault):
        return ground_words.in_words(visit, fault)
    key = f"list_fault.{'value' if fault.where in KINDS else fault.where}"
    return visit.words(key) if key in visit.words.sentences else fault.detail


def _action(told: str) -> ListAction:
    """Raises `InvalidInputError`."""
    if told not in tuple(ListAction):
        raise InvalidInputError("The entry cannot be used.", [Fault("action", "choose one")])
    return ListAction(told)


def _day(told: str) -> datetime | None:
    """The beginning of a day by UTC, as a browser sends it (`2026-12-31`). Raises `InvalidInputError`."""
    found = day(told)
    if found is None and told:
        raise InvalidInputError("The entry cannot be used.", [Fault("expiry", "give a day")])
    return found
