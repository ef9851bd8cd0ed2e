"""An account becomes its owner's: whoever opens the link that an administrator gave them sets a password of their own.

An administrator invites in the console, or by a command with their password, and the ledger says who did; the password
is chosen by whoever opens the
link. That may be the administrator, so the account stays in their hand (`governance/hands.py`), and is no second person
for what that hand asked, until somebody else vouches for it (`governance/vouching.py`).

No table keeps invitations: the newest entry `account.invited` about the account has the link's hash and its end. It is
of no use once the password was set, by the link or otherwise, once somebody is invited again, or disabled. It also
commits to where the link was made, network and browser, with the link's secret as its salt: whoever opens it is held
against that, and nobody else can. The entry of the password says whether they are the same. That is a hint and no
proof: a telephone has another network, two colleagues in one office the same one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import compare_digest, token_urlsafe

from governance import accounts
from governance.hands import INVITED_BY, was_proved
from moderation.errors import ConflictError, NotFoundError
from records import ledger, users
from records.commitments import digest_of
from records.house_values import LedgerEntry, UserRecord
from records.jobs import take_turns
from records.unit_of_work import Reading, Unit

INVITED = "account.invited"
FOR = timedelta(days=3)
"""So long a link is good."""

SAME, OTHER = "same", "another"
COMPARED = ("network", "browser")

_AFTER = ("account.password", "account.disabled")
"""Entries after which a link of before is of no use."""


@dataclass(frozen=True, slots=True)
class Place:
    """From where somebody comes: the address of their network, and what their browser says that it is."""

    network: str
    browser: str


def invite(unit: Unit, user_id: str, *, by: str, now: datetime, place: Place | None = None) -> str:
    """The secret part of the link, which is told once. Raises `ForbiddenError` for one's own account, `NotFoundError`.

    Raises `ConflictError` for an account that is disabled; on a command line, which believes names, `ForbiddenError`
    where the administrator did not give their password (`accounts.check_proved`).
    """
    accounts.check_is_other(unit, user_id, by)
    user, proved = users.get(unit, user_id), accounts.check_proved(unit, by, ("admin",))
    if user.disabled_at is not None:
        raise ConflictError(f"{user.name} may not log in: let them in again first.")
    token = token_urlsafe(32)
    made_at = {} if place is None else _commitments(token, place)
    accounts.note(
        unit, INVITED, user, by, now, link=digest_of(token), until=(now + FOR).isoformat(), **made_at, **proved
    )
    return f"{user.id}.{token}"


def invited(look: Reading, link: str, *, now: datetime) -> UserRecord:
    """Whom the link is for. Raises `NotFoundError` where it is over, was used, or never was."""
    return _invited(look, link, now)[0]


def accept(
    unit: Unit, link: str, password_hash: str, *, now: datetime, place: Place | None = None
) -> UserRecord:  # fmt: skip
    """Their own password, and every session of before ends. Raises `NotFoundError` as `invited`."""
    take_turns(unit, INVITED)
    user, entry = _invited(unit, link, now)
    told = json.loads(entry.body)
    facts = {INVITED_BY: str(told["actor"]["id"]), **_compared(told["facts"], link, place)}
    return accounts.set_password(unit, user.id, password_hash, by=user.name, now=now, facts=facts)


def same_place(entry: LedgerEntry | None) -> tuple[str, ...]:
    """Which of network and browser a link was opened from that it was made at, by the entry of the password."""
    facts = json.loads(entry.body)["facts"] if entry else {}
    return tuple(name for name in COMPARED if facts.get(name) == SAME)


def _commitments(token: str, place: Place) -> dict[str, str]:
    return {name: digest_of(f"{name}\0{token}\0{getattr(place, name)}") for name in COMPARED}


def _compared(told: Mapping[str, str], link: str, place: Place | None) -> dict[str, str]:
    if place is None:
        return {}
    here = _commitments(link.partition(".")[2], place)
    return {name: SAME if told[name] == here[name] else OTHER for name in COMPARED if name in told}


def _invited(look: Reading, link: str, now: datetime) -> tuple[UserRecord, LedgerEntry]:
    """Whom it is for, and the entry of their invitation."""
    user_id, _, token = link.partition(".")
    entry, user = ledger.last(look, INVITED, user_id), users.find(look, user_id)
    if entry is None or user is None or not _holds(look, entry, user, token, now):
        raise NotFoundError("This link is over, was used, or never was: ask for another.")
    return user, entry


def _holds(look: Reading, entry: LedgerEntry, user: UserRecord, token: str, now: datetime) -> bool:
    facts = json.loads(entry.body)["facts"]
    later = [ledger.last(look, kind, user.id) for kind in _AFTER]
    if user.disabled_at is not None or any(each is not None and each.id > entry.id for each in later):
        return False
    is_its = compare_digest(str(facts["link"]), digest_of(token))
    return is_its and was_proved(entry) and now < datetime.fromisoformat(facts["until"])
