"""Words that are told and kept bear nobody's number, address or name: what a reason may not hold, and what to write.

Reasons and grounds are sent on by webhooks and stand in notices and reports, as does why a measure was lifted or a
second person declined it; who was told has them when the person
whose they are is erased. So a telephone number, an e-mail address, an account elsewhere, an identity number and an
account of this platform are refused, each by its kind and place and without repeating it. What may be the name of an
account is said in `like_names.py`: a word of letters alone is not, unless it stands where one is named (`账号 x`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from governance.like_names import like_names
from moderation.contacts import ContactKind, find_contacts
from moderation.errors import Fault, InvalidInputError
from moderation.normaliser import normalise
from moderation.spans import Span
from records import known_names
from records.personal import Keyring, at_hand
from records.unit_of_work import Reading

INSTEAD = "say what it breaks in words of your own, without it"
TOLD = f"whoever is told keeps it; {INSTEAD}"
REPORTED = "the record is reported; say how many accounts, and which kind of data"
LASTING = "the ledger keeps it for good; say it in words of your own, without it"

_CALLED = {
    ContactKind.PHONE: "a telephone number",
    ContactKind.EMAIL: "an e-mail address",
    ContactKind.CRYPTO_ADDRESS: "the address of a purse",
}
_NOBODYS = (ContactKind.URL, ContactKind.INVITATION_CODE)
"""What leads to a page or a sale, and to nobody."""

WITHHELD = "the words named somebody and are left out"
"""In the ledger in the place of a reason that was not searched where it was typed."""

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"

AT_ONCE = 400
"""Words of a text that are looked up in one question."""


@dataclass(frozen=True, slots=True)
class SaidFault(Fault):
    """`why`: one of the words for which pages have a sentence."""

    why: str = "contact"


def faults(
    look: Reading, keyring: Keyring | None, where: str, said: str, *, then: str = TOLD
) -> Iterator[SaidFault]:  # fmt: skip
    """What of other people stands in these words; of accounts where the keys of their names are at hand.

    `then`: why it may not, and what to write.
    """
    told = [*_contacts(said), *_identities(said)]
    if keyring is not None:
        told += _accounts(look, keyring, said)
    yield from _faults_of(where, told, then)


def _faults_of(where: str, told: Iterable[tuple[str, int, int]], then: str) -> Iterator[SaidFault]:
    for what, start, end in told:
        why = "account" if what == _ACCOUNT else "contact"
        place = f"the account named at characters {start + 1} to {end}" if why == "account" else (
            f"{what} (characters {start + 1} to {end})"
        )  # fmt: skip
        yield SaidFault(where, f"holds {place}: {then}", why)


_ACCOUNT = "account"


def check(look: Reading, keyring: Keyring | None, where: str, said: str) -> None:
    """Raises `InvalidInputError` for words beside a measure (an answer's note, why it is lifted) as for its reason."""
    if found := list(faults(look, keyring, where, said)):
        raise InvalidInputError("These words name somebody, and are kept.", found)


def check_lasting(look: Reading, where: str, said: str) -> None:
    """Raises `InvalidInputError` for words about rules, models and settings, which the ledger holds for good.

    Accounts are looked for where the keys of their names lie with those of the ledger.
    """
    keyring = None if look.marks is None else at_hand(look, look.marks.folder)
    _refuse_lasting(faults(look, keyring, where, said, then=LASTING))


def account_faults(look: Reading, where: str, said: str) -> Iterator[SaidFault]:
    """Where words of a record that leaves the house name an account that is known here."""
    if look.marks is not None and (keyring := at_hand(look, look.marks.folder)) is not None:
        yield from _faults_of(where, _accounts(look, keyring, said), REPORTED)


def check_without_accounts(where: str, said: str) -> None:
    """The same where no database is asked: a champion goes back though none answers."""
    _refuse_lasting(_faults_of(where, [*_contacts(said), *_identities(said)], LASTING))


def names_nobody(said: str) -> bool:
    """Whether neither a contact nor an identity number stands in it."""
    return not [*_contacts(said), *_identities(said)]


def _refuse_lasting(found: Iterable[SaidFault]) -> None:
    if told := list(found):
        raise InvalidInputError("These words name somebody, and the ledger keeps them for good.", told)


def _contacts(said: str) -> Iterator[tuple[str, int, int]]:
    for each in find_contacts(normalise(said)):
        if each.kind not in _NOBODYS:
            what = _CALLED.get(each.kind, f"an account name or number at {each.kind}")
            yield what, each.span.start, each.span.end


def _identities(said: str) -> Iterator[tuple[str, int, int]]:
    """Chinese identity numbers, by their check digit (GB 11643)."""
    for found in _IDENTITY.finditer(said):
        number = found.group().upper()
        if _CHECK[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] == number[-1]:
            yield "an identity number", found.start(), found.end()


def _accounts(look: Reading, keyring: Keyring, said: str) -> list[tuple[str, int, int]]:
    """Words by which the platform names an account that is known here, however they are disguised; the longest."""
    words: dict[str, set[Span]] = {}
    for word, place in like_names(said):
        words.setdefault(word, set()).add(place)
    named = sorted(words)
    parts = [named[at : at + AT_ONCE] for at in range(0, len(named), AT_ONCE)]
    known = {word for part in parts for word in known_names.among(look, keyring, part)}
    places = sorted({place for word in known for place in words[word]}, key=lambda one: (one.start, -one.end))
    told: list[Span] = []
    for place in places:
        if not told or place.end > told[-1].end:
            told.append(place)
    return [(_ACCOUNT, place.start, place.end) for place in told]
