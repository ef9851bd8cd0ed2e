"""Accounts of which whoever looks may say that they are another person's (`governance/vouching.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from console.permissions import Action
from console.visit import Visit
from governance import hands, invitations
from governance.hands import House
from governance.vouching import Say, may_say
from records import users
from records.house_values import UserRecord
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class VouchLine:
    """An account, who invited its owner, which of network and browser was the same, and what may be said of it."""

    user: UserRecord
    invited_by: str
    same: tuple[str, ...]
    is_own_word: bool


def to_vouch(look: Reading, visit: Visit) -> tuple[VouchLine, ...]:
    """Those that may log in, by name; none for who gives no second person's answer."""
    if not visit.may(Action.APPROVE) or look.queues.one_hand:
        return ()
    here = hands.house(look)
    lines = (_line(look, visit, user, here) for user in users.every(look) if user.disabled_at is None)
    return tuple(each for each in lines if each is not None)


def _line(look: Reading, visit: Visit, user: UserRecord, here: House) -> VouchLine | None:
    say = may_say(look, visit.me, user, here, now=visit.now)
    if say not in (Say.VOUCH, Say.OWN_WORD):
        return None
    entry = here.made.get(("account.password", user.id))
    return VouchLine(user, hands.invited_by(entry), invitations.same_place(entry), say is Say.OWN_WORD)
