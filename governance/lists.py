"""Entries of lists, put on and taken off with who and why, in the ledger; running servers follow within two seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from governance import approvals, grounds, reach, returns, said_about, typed
from governance.approvals import ByKey
from governance.law import Act
from governance.like_names import is_named
from governance.wording import seen
from moderation.contacts import ContactKind, find_contacts
from moderation.errors import ConflictError, Fault, InvalidInputError
from moderation.lists import (
    ACCOUNT,
    ATTACHMENT,
    AUTHOR,
    DOMAIN,
    ListAction,
    ListEntry,
    agreed_of,
    listed_contact,
    listed_value,
)
from moderation.policy import Policy
from moderation.taxonomy import Taxonomy
from records import approvals as stored_approvals
from records import author_links, epoch, ledger, lists
from records.house_values import ENTRY_APPEALED, ENTRY_KEPT, ENTRY_REMOVED, ApprovalState, EpochPart, ListEntryRecord
from records.lists import NewEntry
from records.personal import Keyring
from records.unit_of_work import Reading, Unit

MAX_WORDS = 2000


HOUSE = "house rules"
"""The ground of what is allowed where nobody names another: no person is told of it, and no measure stands on it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What somebody wants on a list. `value` is as people write it; a contact's is hashed with a key.

    `expires_at` is the beginning of a day by UTC, since servers look for what has expired once a day.
    """

    kind: str
    value: str
    action: ListAction
    reason: str
    source: str
    by: str
    ground: str = HOUSE
    label: str | None = None
    expires_at: datetime | None = None
    review_at: datetime | None = None
    tells: bool = True
    """Whether an account's own person is told the reason; of a list that others keep they are told whose it is."""


ASKED = "list.account"
"""The question to a second person whether accounts go on the blacklist."""

ASKED_OTHER = "list.entry"
"""The same of a domain, a contact or an attachment."""

APPEALED = ENTRY_APPEALED
"""What whoever is on a list asks somebody else (`account_appeals.py`); idle once the entry is gone."""

REMOVAL = ENTRY_REMOVED
"""The question whether an entry that two people agreed on is taken off."""

REVIEWED_AFTER = timedelta(days=180)
"""When somebody looks again at what is listed for that long, where nobody says when."""

ALLOWED_FOR = timedelta(days=365)
"""What is allowed ends after so long at the latest: favour that nobody renews is forgotten favour."""


def add(
    unit: Unit,
    listing: Listing,
    *,
    taxonomy: Taxonomy,
    keyring: Keyring,
    now: datetime,
    asks: bool = False,
    policies: Collection[Policy] = (),
) -> ListEntryRecord:
    """A new entry, which may not count until a second person agrees.

    That is so of a forbidden account with `asks`, where `needs_two` says so under `policies`, where the same person put
    the same on a list of late (`again_days`), and of what is milder than what two people agreed on about it.
    What is allowed always has an end (`ALLOWED_FOR`).
    Raises `InvalidInputError` with every fault, `ConflictError` where the thing is listed already.
    """
    listing = replace(listing, expires_at=last_day(listing.action, listing.expires_at, now), ground=_ground(listing))
    against = _against(unit, listing, keyring, now)
    waits = bool(against) or (asks and listing.kind == ACCOUNT and listing.action is ListAction.BLOCK)
    waits = waits or needs_two(listing.expires_at, policies, now=now)
    added, who = _added(unit, listing, taxonomy, keyring, now, waits=waits, policies=policies)
    if added.waits_since is not None:
        entry = ListEntry(added.id, added.kind, added.key, added.action, added.ground, added.label)
        touched = reach.of_entry(unit, entry, hashed=keyring.indexes, now=now)
        _ask(unit, [added], who, now, touched=touched, again=not waits, against=against)
        return lists.get(unit, added.id)
    _look_around(unit, added, now)
    return added


def needs_two(until: datetime | None, policies: Iterable[Policy], *, now: datetime) -> bool:
    """Whether it counts for longer than one person may decide, as a suspension would be (`[two_people]`).

    A newspaper's address shuts out as many as an account does, and who allows an advertiser's favours as long. An entry
    counts under every policy: the strictest of them is asked.
    """
    limits = [each.two_people.longest_days for each in policies if each.two_people.longest_days is not None]
    if not limits:
        return False
    return until is None or until - now > timedelta(days=min(limits))


def last_day(action: ListAction, until: datetime | None, now: datetime) -> datetime | None:
    """When it ends; what is allowed without a day, on the last that it may."""
    if action is not ListAction.ALLOW or until is not None:
        return until
    return (now + ALLOWED_FOR).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _against(look: Reading, listing: Listing, keyring: Keyring, now: datetime) -> list[str]:
    """The entries by which two people stop more of what is listed: its domain, or its number by another kind."""
    if listing.kind in (DOMAIN, ACCOUNT, ATTACHMENT):
        return []
    try:
        contact = listed_contact(ContactKind(listing.kind), listing.value.strip(), find=find_contacts)
    except (InvalidInputError, ValueError):
        return []  # told with every other fault
    things: dict[str, set[str]] = {}
    for kind, value in agreed_of(contact):
        things.setdefault(kind, set()).update([value] if kind == DOMAIN else keyring.indexes(kind, value))
    return lists.agreed_on(look, things, harsher_than=listing.action, now=now)


def again_since(policies: Iterable[Policy], now: datetime) -> datetime | None:
    """Since when what one person's word did takes two the next time; None where no policy says so."""
    rules = [each.two_people for each in policies if each.two_people.longest_days is not None]
    days = max((each.again_days for each in rules), default=0)
    return now - timedelta(days=days) if days else None


def add_many(
    unit: Unit, listings: Sequence[Listing], *, taxonomy: Taxonomy, keyring: Keyring, now: datetime
) -> tuple[list[ListEntryRecord], int]:
    """A list that somebody else made, as an authority's: none counts until a second person agrees to all of them.

    What was added, and how many were listed before. Raises `InvalidInputError` naming each faulty row by its line,
    before anything is written.
    """
    if not listings:
        raise InvalidInputError("There is nothing to import.", [Fault("line 2", "the list is empty")])
    faults = [
        Fault(f"line {number}", f"{fault.where}: {fault.detail}")
        for number, listing in enumerate(listings, 2)  # the first line names the columns
        for fault in (*_all_faults(listing, taxonomy, now), *_named(unit, keyring, listing))
    ]
    if faults:
        raise InvalidInputError("The list cannot be imported; nothing was.", faults)
    added, known, who = [], 0, listings[0].by
    for listing in listings:
        try:
            entry, who = _added(unit, listing, taxonomy, keyring, now, waits=True)
        except ConflictError:
            known += 1
        else:
            added.append(entry)
    if added:
        _ask(unit, added, who, now)
    return added, known


def answer(
    unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime
) -> list[ListEntryRecord]:
    """What a second person said: the entries count from now on, or are taken off.

    Raises `ForbiddenError` for who asked and who may not answer, `ConflictError`, `InvalidInputError` without a note.
    """
    said = approvals.words("note", note)
    record = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    who = str(record.answered_by)
    waiting = lists.waiting_for(unit, approval_id)
    if record.state is ApprovalState.APPROVED:
        settled = [lists.let_count(unit, each.id) for each in waiting]
    else:
        settled = [lists.remove(unit, each.id, by=who, why=said, now=now) for each in waiting]
    for each in settled:
        in_ledger(unit, "list.removed" if each.removed_at else "list.approved", each, who, said, now)
        _look_around(unit, each, now)
    return settled


def _look_around(unit: Unit, entry: ListEntryRecord, now: datetime) -> None:
    """Who of a forbidden account's kin came after it."""
    if entry.kind == ACCOUNT and entry.action is ListAction.BLOCK and entry.removed_at is None:
        returns.look_around(unit, author_links.id_of_index(unit, entry.key), now=now)


def _ask(
    unit: Unit,
    entries: Sequence[ListEntryRecord],
    who: str,
    now: datetime,
    touched: Mapping[str, Any] | None = None,
    *,
    again: bool = False,
    against: Sequence[str] = (),
) -> None:
    first, facts = entries[0], facts_of(entries)
    facts["until"] = iso(first.expires_at)
    if again:
        facts["again"] = True
    if against:
        facts[lists.AGAINST] = list(against)
    if touched is not None:
        facts["reach"] = dict(touched)
    kind = ASKED if all(each.kind == ACCOUNT for each in entries) else ASKED_OTHER
    asked = approvals.ask(unit, kind, first.id, facts=facts, by=who, why=first.reason, now=now)
    lists.set_approval(unit, [each.id for each in entries], asked.id, now=now)


def facts_of(entries: Sequence[ListEntryRecord]) -> dict[str, Any]:
    """What a question about entries says of them: how many of which kinds, what they do, on which ground."""
    first = entries[0]
    return {
        "count": len(entries),
        "kinds": sorted({each.kind for each in entries}),
        "action": first.action.value,
        "source": first.source,
        "ground": first.ground,
    }


def iso(moment: datetime | None) -> str | None:
    """A moment as facts of questions have it; None is no end."""
    return None if moment is None else moment.isoformat()


def _named(look: Reading, keyring: Keyring, listing: Listing) -> Iterable[Fault]:
    """Who is named in the reason or the ground, which outlive their erasure, and what the ground is worth."""
    for name in ("reason", "ground"):
        said = seen(getattr(listing, name))
        if listing.kind == ACCOUNT and is_named(said, listing.value):
            detail = f"names the account, which the entry does by itself; {said_about.INSTEAD}"
            yield said_about.SaidFault(name, detail, "account")
        else:
            yield from said_about.faults(look, keyring, name, said)
    if not (listing.action is ListAction.ALLOW and listing.ground == HOUSE):
        yield from grounds.faults(look, listing.ground, Act.LIST, where="ground")


def _all_faults(listing: Listing, taxonomy: Taxonomy, now: datetime) -> Iterable[Fault]:
    yield from _faults(listing, taxonomy, now)
    try:
        listed_value(listing.kind, listing.value, find=find_contacts)
    except InvalidInputError as error:
        yield from error.faults


def _added(
    unit: Unit,
    listing: Listing,
    taxonomy: Taxonomy,
    keyring: Keyring,
    now: datetime,
    *,
    waits: bool,
    policies: Collection[Policy] = (),
) -> tuple[ListEntryRecord, str]:
    who = approvals.person(unit, listing.by, needs=approvals.MAY_APPROVE)
    if faults := [*_faults(listing, taxonomy, now), *_named(unit, keyring, listing)]:
        raise InvalidInputError("The entry cannot be used.", faults)
    value = listed_value(listing.kind, listing.value, find=find_contacts)
    key: str = value
    keys: tuple[str, ...] = (value,)
    if listing.kind not in (DOMAIN, ATTACHMENT):
        bound = AUTHOR if listing.kind == ACCOUNT else listing.kind
        key, keys = keyring.index(bound, value), keyring.indexes(bound, value)
    since = None if waits else again_since(policies, now)
    if since is not None:
        allowing = listing.action is ListAction.ALLOW
        before = lists.alone_by(unit, listing.kind, keys, since, allowing=allowing)
        waits = any(approvals.is_one_hand(unit, who, each) for each in before)
    entry = NewEntry(
        kind=listing.kind,
        key=key,
        keys=keys,
        action=listing.action,
        label=listing.label,
        ground=seen(listing.ground),
        reason=seen(listing.reason),
        source=seen(listing.source),
        author=who,
        expires_at=listing.expires_at,
        review_at=listing.review_at or review_at(listing.expires_at, now),
        waits_since=now if waits else None,
        tells=listing.tells,
    )
    added = lists.add(unit, entry, now=now)
    if waits:
        typed.keep(unit, keyring, added, listing.value)
    committed = {"key_commitment": lists.key_commitment(unit, added.id)}
    in_ledger(unit, "list.waits" if waits else "list.added", added, who, added.reason, now, **committed)
    return added, who


def review_at(until: datetime | None, now: datetime) -> datetime | None:
    """What is listed for long is looked at again though nobody said when."""
    due = now + REVIEWED_AFTER
    return due if until is None or until > due else None


def remove(unit: Unit, entry_id: str, *, by: str, why: str, now: datetime) -> ListEntryRecord:
    """Takes an entry off; one that two people agreed on once a second person agrees to that as well (`REMOVAL`).

    Raises `NotFoundError`, `ConflictError` where that was done, or is asked already.
    """
    who, reason = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("why", why)
    entry = lists.get(unit, entry_id)
    is_over = entry.expires_at is not None and entry.expires_at <= now
    if entry.removed_at is not None or is_over or not took_two(unit, entry):
        return take_off(unit, entry_id, by=who, why=reason, now=now)
    approvals.ask(unit, REMOVAL, entry.id, facts=facts_of([entry]), by=who, why=reason, now=now)
    return entry


def removal_asked(look: Reading, entry: ListEntryRecord) -> str | None:
    """The question that waits whether it is taken off; None where none does."""
    asked = stored_approvals.about(look, REMOVAL, entry.id, state=ApprovalState.WAITING)
    return asked[0].id if asked else None


def took_two(look: Reading, entry: ListEntryRecord) -> bool:
    """Whether it holds or blocks because a second person agreed. What allows, one ends: that is the safe way."""
    return entry.action is not ListAction.ALLOW and lists.is_agreed(look, entry.id)


def answer_removal(
    unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime
) -> ListEntryRecord:
    """A second person's word whether an entry that two agreed on goes, for the reason of who asked.

    Raises `ForbiddenError` for who asked and who may not answer, `ConflictError` where it is off the list,
    `InvalidInputError` without a note.
    """
    asked = approvals.question(unit, approval_id, REMOVAL, "taking an entry off a list")
    said = approvals.words("note", note)
    record = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    if record.state is not ApprovalState.APPROVED:
        return lists.get(unit, asked.subject_id)
    return take_off(unit, asked.subject_id, by=asked.asked_by, why=asked.why, now=now)


def take_off(unit: Unit, entry_id: str, *, by: str, why: str, now: datetime) -> ListEntryRecord:
    """As `remove`, in the name of somebody who was asked already, or of a job whose time has come."""
    removed = lists.remove(unit, entry_id, by=by, why=why, now=now)
    for kind in (APPEALED, REMOVAL, ENTRY_KEPT):
        stored_approvals.overtake(unit, entry_id, kind=kind, now=now)
    in_ledger(unit, "list.removed", removed, by, why, now)
    return removed


def _ground(listing: Listing) -> str:
    """The ground that was named; the house's own where nobody is told of one."""
    return HOUSE if listing.action is ListAction.ALLOW and not seen(listing.ground) else listing.ground


def beyond_a_year(action: ListAction, until: datetime | None, now: datetime) -> str:
    """What is wrong with the end of what is allowed; nothing where it is none, or in time."""
    if action is not ListAction.ALLOW or until is None or until <= now + ALLOWED_FOR:
        return ""
    return f"what is allowed ends within {ALLOWED_FOR.days} days; name an earlier day, and renew it then"


def _faults(listing: Listing, taxonomy: Taxonomy, now: datetime) -> Iterable[Fault]:
    for name in ("reason", "source", "ground"):
        if not 0 < len(seen(getattr(listing, name))) <= MAX_WORDS:
            yield Fault(name, f"say it in 1 to {MAX_WORDS} characters")
    if listing.label is not None and listing.label not in taxonomy.names:
        yield Fault("label", f"there is no label '{listing.label}'; {taxonomy.hint(listing.label)}")
    if listing.expires_at is not None and listing.expires_at <= now:
        yield Fault("expiry", "the day has come; name a later one")
    if beyond := beyond_a_year(listing.action, listing.expires_at, now):
        yield Fault("expiry", beyond)
    if listing.review_at is not None and listing.review_at <= now:
        yield Fault("review", "the day has come; name a later one")
    if listing.action is ListAction.ALLOW and listing.kind == ACCOUNT:
        yield Fault("action", "an account cannot be allowed, since whatever it writes would pass: allow its domain")
    if listing.action is ListAction.ALLOW and listing.label is not None:
        yield Fault("label", "what is allowed bears no label; leave it out")


def in_ledger(unit: Unit, kind: str, entry: ListEntryRecord, who: str, why: str, now: datetime, **more: str) -> None:
    """In the ledger without what is listed: a hash of a pseudonym must be able to go."""
    facts, actor = {**lists.facts_of(entry), **more}, approvals.named(who)
    ledger.append(unit, ledger.Entry(kind, actor, "list_entry", entry.id, why, entry.ground, facts=facts), now=now)
    epoch.bump(unit, EpochPart.RULES)
