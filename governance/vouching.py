"""Somebody of the house says that an account is another person's: only then it is one beside who made or invited it.

That a link was opened and a password set says nothing: whoever made the link may have done it. So another person of the
house vouches, who is in no hand with the account (`governance/hands.py`), under their name, which they prove: logged
in, or by their password on a command line. A house in which nobody else is has nobody to say it. There who made the
account says so themself; that counts, and is marked as their own word wherever it counts: on Approvals and Accounts, in
the entry of each answer, in the duties and in the transparency report. Whoever is told of such an answer knows what is
not proved.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from governance import accounts, hands
from governance.approvals import MAY_APPROVE
from governance.hands import OWN_WORD, VOUCHED, House
from moderation.errors import ConflictError, ForbiddenError
from records import ledger, users
from records.house_values import LedgerEntry, UserRecord
from records.jobs import take_turns
from records.known_as import folded
from records.unit_of_work import Reading, Unit

LATELY = timedelta(days=7)
"""Who was disabled, or lost their role, within it counts as somebody who could vouch: that makes nobody alone."""

_LEAVES = ("account.disabled", "account.role", "user.in_training")


class Say(StrEnum):
    """What somebody may say of an account."""

    VOUCH = "vouch"
    OWN_WORD = "own_word"
    """That it is another's, though they made or invited it, since nobody else is there who could say so."""

    NOTHING_TO_SAY = "nothing"
    """It is in no hand."""

    NOT_INVITED = "not_invited"
    """Its password is known to who set it."""

    ITS_OWN = "its_own"
    NO_ROLE = "no_role"
    ONE_HAND = "one_hand"
    """They are in one hand with it, and somebody is there who is not, or it is not theirs to say."""


_REFUSALS = {
    Say.NOTHING_TO_SAY: "{name} is in nobody's hand: there is nothing to vouch for.",
    Say.NOT_INVITED: "Whoever set the password of {name} knows it: invite its owner by a link first.",
    Say.ITS_OWN: "Nobody vouches for themself.",
    Say.NO_ROLE: "Who vouches is a senior moderator, lead or administrator.",
    Say.ONE_HAND: "You may be who uses {name}: you made or invited it, or are in one hand with who did. Who can vouch: "
    "{others}.",
}


def vouch(unit: Unit, user_id: str, *, by: str, now: datetime) -> UserRecord:
    """That this account is another person's, by somebody who says so. Raises `ForbiddenError` where they may not.

    On a command line, which believes names, also where they did not give their password (`accounts.check_proved`).
    Raises `ConflictError` for somebody who has no account, `NotFoundError`.
    """
    take_turns(unit, VOUCHED)
    user, proved = users.get(unit, user_id), accounts.check_proved(unit, by, MAY_APPROVE)
    who = users.by_name(unit, by)
    if who is None:
        raise ConflictError("Somebody vouches who has an account, and proves who they are.")
    here = hands.house(unit)
    say = may_say(unit, who, user, here, now=now)
    if say not in (Say.VOUCH, Say.OWN_WORD):
        others = ", ".join(sorted(able(unit, user, here, now=now))) or _last(unit, user, here)
        raise ForbiddenError(_REFUSALS[say].format(name=user.name, others=others))
    accounts.note(unit, VOUCHED, user, who.name, now, **({OWN_WORD: "yes"} if say is Say.OWN_WORD else {}), **proved)
    return user


def _last(look: Reading, user: UserRecord, here: House) -> str:
    """Who can say it where nobody else is there: who gave the account, once they are in nobody's hand themselves."""
    givers = sorted(here.givers(user.id))
    held = {each: _holders(who, here) for each in givers if (who := users.by_name(look, each))}
    first = [each for each, holders in held.items() if holders]
    if not first:
        return "who invited it, on their own word"
    way = f"{', '.join(givers)}, once somebody has vouched for {', '.join(first)}"
    if any(each in holders for each, holders in held.items()):
        return f"{way} (where two invited each other, `chaffinch users password` for one of them begins anew)"
    return way


def may_say(look: Reading, who: UserRecord, user: UserRecord, here: House, *, now: datetime) -> Say:
    """What `who` may say of an account."""
    counts = not here.holders(user.id)
    if counts and (here.vouched(user.id) is None or here.is_proved(user.id)):
        return Say.NOTHING_TO_SAY
    if not hands.is_its_owners(here.made.get(("account.password", user.id))):
        return Say.NOT_INVITED
    if who.id == user.id or not _is_able(who):
        return Say.ITS_OWN if who.id == user.id else Say.NO_ROLE
    if is_apart(who, user, here, proved=counts):  # one that counts by a word needs who is apart without it
        return Say.VOUCH
    if counts:
        return Say.NOTHING_TO_SAY
    return Say.OWN_WORD if _is_alone_with(look, who, user, here, now=now) else Say.ONE_HAND


def _is_alone_with(look: Reading, who: UserRecord, user: UserRecord, here: House, *, now: datetime) -> bool:
    """Whether it is theirs to say, who gave the account and are in no other person's hand, as nobody else can."""
    is_giver = folded(who.name) in here.givers(user.id)
    return is_giver and not _holders(who, here) and not able(look, user, here, now=now)


def _holders(who: UserRecord, here: House) -> list[str]:
    """In whose hands they are, of people."""
    return [each for each in here.holders(who.id) if not each.startswith(hands.TERMINAL)]


def able(look: Reading, user: UserRecord, here: House, *, now: datetime) -> list[str]:
    """Who could vouch for an account, by name: also who could until lately.

    Nobody is made unable for that: disabled, put in training, given another role or another password.
    """
    everybody, before = users.every(look), hands.house(look, as_of=now - LATELY)
    left = ledger.last_of(look, _LEAVES, [each.id for each in everybody if not _is_able(each)])
    lately = {user_id for (_, user_id), entry in left.items() if now - entry.created_at < LATELY and _could(entry)}
    found: list[str] = []
    for each in everybody:
        was_apart = each.created_at <= now - LATELY and _are_apart(each, before.holders(each.id), user, here)
        if (_is_able(each) or each.id in lately) and (is_apart(each, user, here) or was_apart):
            found.append(each.name)
    return found


def is_apart(who: UserRecord, user: UserRecord, here: House, *, proved: bool = False) -> bool:
    """Whether nobody has both accounts in hand, and neither the other."""
    return _are_apart(who, here.holders(who.id, proved=proved), user, here, proved=proved)


def _are_apart(
    who: UserRecord, theirs: Collection[str], user: UserRecord, here: House, *, proved: bool = False
) -> bool:  # fmt: skip
    return {folded(who.name), *theirs}.isdisjoint({folded(user.name)} | here.holders(user.id, proved=proved))


def _could(entry: LedgerEntry) -> bool:
    """Whether they gave a second person's answer before they left; of another role the entry says which they had."""
    before = json.loads(entry.body)["facts"].get("before")
    return before is None or before in MAY_APPROVE


def _is_able(who: UserRecord) -> bool:
    return who.disabled_at is None and who.role in MAY_APPROVE and not who.trainee
