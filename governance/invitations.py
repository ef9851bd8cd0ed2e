"""An account becomes its owner's: whoever opens the link that an administrator gave them sets a password of their own.

Who makes an account knows its password, and so the account is in the hand of that user of the machine, or of that
administrator (`governance/hands.py`): it is no second person for what the same hand asked. An administrator invites in
the console, where the ledger says who did; the password is chosen by whoever opens the link, and nobody else knows it.
From then on the account is in no hand but its owner's, until somebody else sets a password again.

No table keeps invitations: the newest entry `account.invited` about the account has the link's hash and its end. It is
of no use once the password was set, by the link or otherwise, once somebody is invited again, or disabled.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from secrets import compare_digest, token_urlsafe

from governance import accounts
from governance.hands import INVITED_BY, typed_by
from moderation.errors import ConflictError, NotFoundError
from records import ledger, users
from records.commitments import digest_of
from records.house_values import LedgerEntry, UserRecord
from records.jobs import take_turns
from records.unit_of_work import Reading, Unit

INVITED = "account.invited"
FOR = timedelta(days=3)
"""So long a link is good."""

_AFTER = ("account.password", "account.disabled")
"""Entries after which a link of before is of no use."""


def invite(unit: Unit, user_id: str, *, by: str, now: datetime) -> str:
    """The secret part of the link, which is told once. Raises `ForbiddenError` for one's own account, `NotFoundError`.

    Raises `ConflictError` for an account that is disabled, and on a command line, which believes names.
    """
    accounts.check_is_other(unit, user_id, by)
    user = users.get(unit, user_id)
    if unit.os_user is not None:
        raise ConflictError("An administrator invites in the console, where they prove who they are.")
    if user.disabled_at is not None:
        raise ConflictError(f"{user.name} may not log in: let them in again first.")
    token = token_urlsafe(32)
    accounts.note(unit, INVITED, user, by, now, link=digest_of(token), until=(now + FOR).isoformat())
    return f"{user.id}.{token}"


def invited(look: Reading, link: str, *, now: datetime) -> UserRecord:
    """Whom the link is for. Raises `NotFoundError` where it is over, was used, or never was."""
    return _invited(look, link, now)[0]


def accept(unit: Unit, link: str, password_hash: str, *, now: datetime) -> UserRecord:
    """Their own password, and every session of before ends. Raises `NotFoundError` as `invited`."""
    take_turns(unit, INVITED)
    user, by = _invited(unit, link, now)
    return accounts.set_password(unit, user.id, password_hash, by=user.name, now=now, facts={INVITED_BY: by})


def _invited(look: Reading, link: str, now: datetime) -> tuple[UserRecord, str]:
    """Whom it is for, and who invited them."""
    user_id, _, token = link.partition(".")
    entry, user = ledger.last(look, INVITED, user_id), users.find(look, user_id)
    if entry is None or user is None or not _holds(look, entry, user, token, now):
        raise NotFoundError("This link is over, was used, or never was: ask for another.")
    return user, str(json.loads(entry.body)["actor"]["id"])


def _holds(look: Reading, entry: LedgerEntry, user: UserRecord, token: str, now: datetime) -> bool:
    facts = json.loads(entry.body)["facts"]
    later = [ledger.last(look, kind, user.id) for kind in _AFTER]
    if user.disabled_at is not None or any(each is not None and each.id > entry.id for each in later):
        return False
    is_its = compare_digest(str(facts["link"]), digest_of(token))
    return is_its and typed_by(entry) is None and now < datetime.fromisoformat(facts["until"])
