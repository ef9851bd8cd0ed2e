"""Words that are told and kept bear nobody's number, address or name: what a reason may not hold, and what to write.

Reasons and grounds are sent on by webhooks and stand in notices and reports, as does why a measure was lifted or a
second person declined it; who was told has them when the person
whose they are is erased. So a telephone number, an e-mail address, an account elsewhere, an identity number and an
account of this platform are refused, each by its kind and place and without repeating it. A word of letters alone is
nobody's name here, though an account may be called so, unless it stands where one is named (`account x`, `账号 x`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from moderation.contacts import ContactKind, find_contacts
from moderation.errors import Fault, InvalidInputError
from moderation.normaliser import normalise
from moderation.spans import Span
from moderation.views.view import View
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

_NAMED = re.compile(
    r"(?:账号|帐号|用户|(?<![A-Za-z])(?:account|user)(?![A-Za-z])|@)[\s:：“\"'「]*([^\s,，。.;；:：”\"'」]{2,64})", re.I
)
_LIKE_A_NAME = re.compile(r"(?<![0-9A-Za-z_])[0-9A-Za-z](?:[0-9A-Za-z_.@-]{2,62})[0-9A-Za-z](?![0-9A-Za-z_])")
LEAST_NAME = 4
"""Characters of an account's own name below which it may stand in any sentence."""

AT_ONCE = 50
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
    """Words by which the platform names an account that is known here, however they are disguised."""
    words = [found for reading in _readings(said) for found in _like_names(reading)]
    named = sorted({word for word, _ in words})
    parts = [set(named[at : at + AT_ONCE]) for at in range(0, len(named), AT_ONCE)]
    known = frozenset().union(*(known_names.among(look, keyring, part) for part in parts))
    places: dict[int, Span] = {}
    for word, place in words:
        if word in known:
            places.setdefault(place.start, place)
    return [(_ACCOUNT, place.start, place.end) for place in places.values()]


def _readings(said: str) -> Iterator[View]:
    """As it stands, as it is read (width, what is invisible, dashes, look-alike letters), and that in the case written.

    The name of an account is kept as a hash of its very letters, which none of the three alone need be.
    """
    each = range(len(said))
    yield View(said, tuple(each), tuple(at + 1 for at in each))
    read = normalise(said).canonical
    read = read.reading("".join("-" if unicodedata.category(char) == "Pd" else char for char in read.text))
    yield read
    bounds = zip(read.text, read.starts, read.ends, strict=True)
    yield read.reading("".join(_in_its_case(char, said[start:end]) for char, start, end in bounds))


def _in_its_case(read: str, source: str) -> str:
    plain = unicodedata.normalize("NFKC", source)
    return plain if len(plain) == 1 and plain.casefold() == read else read


def _like_names(reading: View) -> Iterator[tuple[str, Span]]:
    for found in _NAMED.finditer(reading.text):
        yield found.group(1), reading.to_source(*found.span(1))
    for found in _LIKE_A_NAME.finditer(reading.text):
        if not found.group().isalpha():
            yield found.group(), reading.to_source(*found.span())
