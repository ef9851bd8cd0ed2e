"""Whether two names in records are two people, and on whose word alone they are."""

from __future__ import annotations

from governance import hands
from governance.hands import House, typed_by
from records import keys, ledger, users
from records.house_values import UserRecord
from records.known_as import KEY, folded
from records.unit_of_work import Reading


def account_behind(look: Reading, who: str) -> UserRecord | None:
    """Of somebody, or of whom a key is named after."""
    key = keys.by_prefix(look, who.removeprefix(KEY)) if who.startswith(KEY) else None
    return users.by_name(look, key.name if key else who)


def hands_behind(look: Reading, who: str, here: House, *, proved: bool = False) -> set[str]:
    """Whom a name or a key may stand for: its person, and in whose hand the account or the key is."""
    key = keys.by_prefix(look, who.removeprefix(KEY)) if who.startswith(KEY) else None
    known = account_behind(look, who)
    typed = typed_by(ledger.last(look, "key.created", key.prefix)) if key else None
    mine = {folded(known.name)} | here.holders(known.id, proved=proved) if known else set()
    return ({hands.of_machine(typed)} if typed else set()) | mine


def on_word(look: Reading, one: str, other: str) -> tuple[str, ...]:
    """On whose own word alone these are two people; nobody's where another person vouched, or one hand may hold both.

    Whoever made or invited an account may say that it is another's where nobody else is there to say so. It counts, and
    stands beside whatever it made possible.
    """
    if look.queues.one_hand:
        return ()
    here = hands.house(look)
    if hands_behind(look, one, here, proved=True).isdisjoint(hands_behind(look, other, here, proved=True)):
        return ()
    accounts = (account_behind(look, who) for who in (one, other))
    return tuple(sorted({word for each in accounts if each for word in here.words(each.id)}))
