"""One hand with many accounts, or many people: what a campaign's comments say of who is behind it, sign by sign.

Each sign has a weight in bits, positive for one hand, and counts only where it can be known:

* A private contact that many of the accounts give has one owner (links are everybody's and are not asked).
* Accounts on one device are one person's, or one family's; on one network they may be a campus, which says little.
* Accounts of which nothing was seen a day before were made for this. Where the records are younger than a week
  everybody is a stranger, and the sign is left out.
* Who copies a text that made them laugh copies it once, as it is. Who is paid for it posts again and again, and spells
  the same words differently so that no filter sees them.
* Comments that come as by a clock come by one; so do those of accounts that each keep an interval of their own, minute
  for minute. That is one thing seen twice where accounts take turns, and counts once.
* Accounts that look like ones which were closed or listed (`governance/returns.py`) came back, and nobody comes back
  alone for many. Nearly all comments within one minute are a little more: people who watch the same thing do that too.
* Many accounts that write within the same seconds, fall silent, and do so again are set off by something: by one hand,
  or by what all of them watch (a goal, a name that is called out in a stream). So it speaks against people who know
  nothing of each other, and without another sign for no one hand; that such accounts write again and again is the same
  thing, and counts once.

**What this cannot tell.** Many real people who agreed beforehand look like many people who were moved by the same
thing: the figures say "many people" of both. A patient hand with old accounts, a device each and words of its own looks
like many people too. So nothing follows from a weight: a person decides.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

STRONG, FAIR = 5.0, 2.5
"""Bits from which the words are "very probably" and "probably"."""

LEAST_ACCOUNTS = 5
"""Below that, shares say nothing."""

LEAST_GAPS = 12

AT_ONCE, LULL, QUIET = 5.0, 10.0, 60.0
"""Seconds that a volley lasts at the most, in which nothing comes around it, and between two volleys at the least.

Who sees a goal types for a while, each as long as they do: what people call out together spreads over ten and more.
"""

IN_VOLLEY, VOLLEYS = 4, 3
"""Accounts that make a volley, and volleys that are "over and over"."""

OWN_GAPS, EVEN = 3, 0.15
"""Gaps of one account that say something of its pace, and up to which spread it is a machine's."""

MINUTE, TOGETHER = 60.0, 0.8
"""Seconds, and the share of all comments within them that is "together"."""

MOST_COMPARED = 200
"""Letters of two texts that are laid beside each other, which costs more than their product: long ones are made to."""

_NO_LETTER = re.compile(r"[\W_]+")


class Hand(StrEnum):
    """Who is behind a campaign, by its signs."""

    ONE = "one_hand"
    MANY = "many_people"
    UNCLEAR = "unclear"


class Confidence(StrEnum):
    """How sure: to be said in words, not as a number that nobody could check."""

    STRONG = "strong"
    FAIR = "fair"
    NONE = "none"


class SignName(StrEnum):
    """What was looked at."""

    CONTACT = "contact"
    DEVICE = "device"
    NETWORK = "network"
    STRANGERS = "strangers"
    REPEATS = "repeats"
    SPELLINGS = "spellings"
    RHYTHM = "rhythm"
    PACE = "pace"
    VOLLEYS = "volleys"
    RETURNED = "returned"
    TOGETHER = "together"


TIES = frozenset({SignName.CONTACT, SignName.DEVICE, SignName.RETURNED})
TIE = 4.0
"""Signs by which accounts hang together, and not merely their words and moments; bits from which one is a tie."""


@dataclass(frozen=True, slots=True)
class Member:
    """A comment of a campaign: when (seconds), by which account, where, what it says as sent and as it is read.

    `contacts` are those with an owner. What the platform did not say is None.
    """

    at: float
    text: str
    read: str
    account: str | None = None
    thread: str | None = None
    contacts: tuple[str, ...] = ()
    device: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: `value` (a share, comments an account, the spread of gaps), of how many, and its weight in bits."""

    name: SignName
    value: float
    of: int
    bits: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """All signs together."""

    hand: Hand
    confidence: Confidence
    signs: tuple[Sign, ...]

    @property
    def bits(self) -> float:
        """Their sum."""
        return sum(sign.bits for sign in self.signs)

    @property
    def is_tied(self) -> bool:
        """Whether it is very probably one hand, by something that many of its accounts share: words alone are no tie.

        Families share a device under every article, so a few who do are none either.
        """
        has_tie = any(sign.bits >= TIE and sign.name in TIES for sign in self.signs)
        return has_tie and self.hand is Hand.ONE and self.confidence is Confidence.STRONG


def weigh(
    members: Sequence[Member], before: Mapping[str, int] | None, returned: Collection[str] = frozenset()
) -> Weighed:  # fmt: skip
    """What the signs of these comments come to; `returned` are accounts that may be somebody who was closed or listed.

    `before` has, by account, the comments that are known of it from a day before the campaign and earlier (0 if it is
    not there); None where that cannot be known.
    """
    accounts = _accounts(members)
    is_enough = len(accounts) >= LEAST_ACCOUNTS
    signs = (*_signs(members, accounts, before), *_more_signs(members, accounts, returned)) if is_enough else ()
    bits = sum(sign.bits for sign in signs)
    has_other = any(sign.bits > 0 and sign.name is not SignName.VOLLEYS for sign in signs)
    for hand, weight in ((Hand.ONE, bits if has_other else 0.0), (Hand.MANY, -bits)):
        if weight >= FAIR:
            return Weighed(hand, Confidence.STRONG if weight >= STRONG else Confidence.FAIR, signs)
    return Weighed(Hand.UNCLEAR, Confidence.NONE, signs)


def _accounts(members: Sequence[Member]) -> dict[str, list[Member]]:
    found = defaultdict[str, list[Member]](list)
    for member in members:
        if member.account is not None:
            found[member.account].append(member)
    return dict(found)


def _signs(
    members: Sequence[Member], accounts: Mapping[str, list[Member]], before: Mapping[str, int] | None
) -> Iterator[Sign]:
    givers = Counter(contact for mine in accounts.values() for contact in {c for one in mine for c in one.contacts})
    if givers:
        share = max(givers.values()) / len(accounts)
        yield Sign(SignName.CONTACT, share, len(accounts), _step(share, (0.6, 4.0), (0.25, 2.0)))
    devices = {account: {one.device for one in mine if one.device} for account, mine in accounts.items()}
    if (on_one := _sharing(devices)) is not None:
        apart = -2.0 if on_one <= 0.05 and _known(devices) >= 0.8 * len(accounts) else 0.0
        yield Sign(SignName.DEVICE, on_one, _known(devices), _step(on_one, (0.3, 5.0), (0.1, 3.0)) or apart)
    networks = {account: {one.network for one in mine if one.network} for account, mine in accounts.items()}
    if (near := _sharing(networks)) is not None:
        yield Sign(SignName.NETWORK, near, _known(networks), _step(near, (0.5, 1.5)))
    if before is not None:
        share = sum(not before.get(account) for account in accounts) / len(accounts)
        yield Sign(
            SignName.STRANGERS, share, len(accounts), _step(share, (0.7, 2.0)) or (-3.0 if share <= 0.3 else 0.0)
        )
    salvos = _step(_in_volleys(members) / len(members), (0.5, 3.0))
    repeats = sum(map(len, accounts.values())) / len(accounts)
    again = 0.0 if salvos else _step(repeats, (2.5, 1.0))
    yield Sign(SignName.REPEATS, repeats, len(accounts), again or (-1.0 if repeats <= 1.3 else 0.0))
    share = _respelt(members)
    yield Sign(SignName.SPELLINGS, share, len(members), _step(share, (0.4, 3.0), (0.2, 1.5)))
    if (spread := _spread_of_gaps(members)) is not None:
        yield Sign(SignName.RHYTHM, spread, len(members) - 1, 2.0 if spread < 0.4 else 0.0)
    even, paced = _even_accounts(accounts)
    if paced >= LEAST_ACCOUNTS:
        has_rhythm = spread is not None and spread < 0.4
        yield Sign(SignName.PACE, even / paced, paced, 0.0 if has_rhythm else _step(even / paced, (0.5, 3.0)))
    if len(members) > LEAST_GAPS:
        yield Sign(SignName.VOLLEYS, _in_volleys(members) / len(members), len(members), salvos)


def _more_signs(
    members: Sequence[Member], accounts: Mapping[str, list[Member]], returned: Collection[str]
) -> Iterator[Sign]:
    """Signs that are there or are not looked for: that there are none speaks for nobody."""
    if back := sum(account in returned for account in accounts):
        share = back / len(accounts)
        yield Sign(SignName.RETURNED, share, len(accounts), _step(share, (0.4, 4.0), (0.2, 2.0)))
    if (share := _within_a_minute(members) / len(members)) >= TOGETHER:
        yield Sign(SignName.TOGETHER, share, len(members), 1.0)


def _within_a_minute(members: Sequence[Member]) -> int:
    """The most comments that any one minute has."""
    moments = sorted(member.at for member in members)
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > MINUTE:
            first += 1
        most = max(most, last - first + 1)
    return most


def _step(value: float, *steps: tuple[float, float]) -> float:
    """The weight of the first step that is reached."""
    return next((bits for least, bits in steps if value >= least), 0.0)


def _known(by_account: Mapping[str, set[str]]) -> int:
    return sum(bool(values) for values in by_account.values())


def _sharing(by_account: Mapping[str, set[str]]) -> float | None:
    """The share of accounts that have something another has as well; None where it is known of too few."""
    if _known(by_account) < LEAST_ACCOUNTS:
        return None
    holders = Counter(value for values in by_account.values() for value in values)
    shared = sum(any(holders[value] > 1 for value in values) for values in by_account.values())
    return shared / _known(by_account)


def _respelt(members: Sequence[Member]) -> float:
    """The share of comments that are the usual copy with some of its words spelt otherwise.

    Who adds words of their own respells nothing, nor does who writes the other script of Chinese.
    """
    forms = Counter(_letters(member.text) for member in members)
    read_as = {_letters(member.text): _letters(member.read) for member in members}
    usual = forms.most_common(1)[0][0]
    others = [form for form in forms if form != usual]
    respelt = [form for form in others if read_as[form] == read_as[usual] or _replaces(form, usual)]
    return sum(forms[form] for form in respelt) / len(members)


def _replaces(one: str, other: str) -> bool:
    """Whether two texts are much alike, and differ more by other letters in the same places than by more or fewer."""
    one, other = one[:MOST_COMPARED], other[:MOST_COMPARED]
    parts = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    sizes = Counter[str]()
    for kind, start, end, from_, to in parts:
        sizes[kind] += max(end - start, to - from_)
    return sizes["equal"] >= sizes.total() / 2 and sizes["replace"] > sizes["insert"] + sizes["delete"]


def _letters(text: str) -> str:
    """Letters and digits alone, in one width, case and script, every digit as one: marks and prices are no spelling."""
    plain = _NO_LETTER.sub("", _simplified()(unicodedata.normalize("NFKC", text)).casefold())
    return "".join("0" if char.isdecimal() else char for char in plain)


@lru_cache(maxsize=1)
def _simplified() -> Callable[[str], str]:
    from opencc import OpenCC  # loads its dictionaries on import

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def _even_accounts(accounts: Mapping[str, Sequence[Member]]) -> tuple[int, int]:
    """How many accounts keep an even interval of their own, and of how many that can be said.

    A person who writes four times at their own pace comes within `EVEN` about once in fifty times.
    """
    spreads = [_spread(mine, OWN_GAPS) for mine in accounts.values()]
    known = [spread for spread in spreads if spread is not None]
    return sum(spread < EVEN for spread in known), len(known)


def _in_volleys(members: Sequence[Member]) -> int:
    """Comments that came in volleys, where there were enough of them with quiet between; else none.

    A crowd that comes without a pause is no volley, however dense: there is nothing that sets it off again and again.
    """
    if len(members) <= LEAST_GAPS:
        return 0
    runs: list[list[Member]] = []
    for member in sorted(members, key=lambda one: one.at):
        if runs and member.at - runs[-1][-1].at <= LULL:
            runs[-1].append(member)
        else:
            runs.append([member])
    short = [run for run in runs if run[-1].at - run[0].at <= AT_ONCE]
    many = [run for run in short if len({one.account for one in run if one.account is not None}) >= IN_VOLLEY]
    apart = [run for before, run in pairwise(many) if run[0].at - before[-1].at >= QUIET]
    return sum(map(len, many)) if len(apart) + 1 >= VOLLEYS else 0


def _spread_of_gaps(members: Sequence[Member]) -> float | None:
    """Of all comments, whoever wrote them."""
    return _spread(members, LEAST_GAPS)


def _spread(members: Sequence[Member], least: int) -> float | None:
    """The gaps' standard deviation by their mean: 1 of people who know nothing of each other, 0 of a clock."""
    moments = sorted(member.at for member in members)
    gaps = [after - before for before, after in pairwise(moments)]
    if len(gaps) < least or sum(gaps) <= 0:
        return None
    return statistics.pstdev(gaps) / statistics.fmean(gaps)
