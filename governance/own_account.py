"""What people change of their own account: the password, and which of their sessions go on.

A password is its owner's once they set it by an invitation (`hands.py`), and stays so where they change it themselves.
Where an administrator gave the password that it follows, it is in that hand still: whoever knew the one before could
have set this one too.
"""

from __future__ import annotations

import json
from datetime import datetime

from governance import accounts
from governance.hands import GIVEN_BY, INVITED_BY, given_by, is_its_owners
from governance.invitations import COMPARED
from moderation.errors import NotFoundError
from records import ledger, sessions, users
from records.house_values import UserRecord
from records.unit_of_work import Unit

_PASSWORD, _ENDED = "account.password", "account.sessions_ended"


def set_password(unit: Unit, user_id: str, password_hash: str, *, now: datetime) -> UserRecord:
    """Another password by whoever has shown that they know the one before; every session ends."""
    user, before = users.get(unit, user_id), ledger.last(unit, _PASSWORD, user_id)
    facts: dict[str, str] = {}
    if before is not None and is_its_owners(before):
        told = json.loads(before.body)["facts"]
        facts = {GIVEN_BY: given_by(before)} | {name: told[name] for name in (INVITED_BY, *COMPARED) if name in told}
    return accounts.set_password(unit, user_id, password_hash, by=user.name, now=now, facts=facts)


def end_session(unit: Unit, user: UserRecord, session_id: str, *, now: datetime) -> None:
    """Ends one of their own. Raises `NotFoundError` where it ended already or is somebody else's."""
    if not sessions.revoke_of(unit, user.id, only=session_id, now=now):
        raise NotFoundError("This session ended already.")
    accounts.gone(unit, user.id, now=now)
    accounts.note(unit, _ENDED, user, user.name, now, session=session_id)


def end_other_sessions(unit: Unit, user: UserRecord, session_id: str, *, now: datetime) -> int:
    """Ends all of their own but this one; how many."""
    ended = sessions.revoke_of(unit, user.id, but=session_id, now=now)
    if ended:
        accounts.note(unit, _ENDED, user, user.name, now, but=session_id)
    return ended
