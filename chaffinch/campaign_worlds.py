"""Made-up bursts, by a seed: what one hand does with many accounts, what many people do, and what nobody does.

`ring` spreads adverts with one or two contacts from accounts made for it, which take turns. `disguised` spells one
advert differently each time and gives no contact that could be counted. `careful` is a patient hand: old accounts, a
device each, no contact, each once or twice. `meme` is a text that people copy because they like it. `brigade` are
many who come to one thread together, in their own words; `hot` is a thread that is read by many, with the same crowd
and without the mood. `everyday` is nothing at all, and goes on behind all of them.

Three are about times alone, each of old accounts with a device each and no contact: `volleys` are accounts of one hand
that write within seconds of each other, again and again; `clockwork` ones that each keep an interval of their own;
`cheer` are people who watch the same thing and call out the same words whenever something happens.

Three stand in one thread, or two, as under one article. `puppets` are accounts of one hand on a few devices that praise
in near the same words within seconds. `quoting` are many people who copy a line of the article, each on a device of
their own or their family's, some on one campus. `classroom` are people too, who write the same on the few devices of a
room: what can be seen of them is what can be seen of puppets.

Words come from the project's own corpus, contacts from `data/invented.py`: nobody's. Half of the worlds are of a
platform that says devices and networks. How accounts behave is assumed, not measured; what follows from it is a figure
about these worlds and about no platform.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from data import invented
from data.disguises.families import FAMILIES
from data.starter import Written, read_file
from moderation.behaviour.hands import Hand

DAY = 86_400.0
QUIET = 0.04
"""Share of everyday comments to which something objects."""

_EMOJI = ("", "", "😂", "👍", "🔥", "！", "~", "哈哈")
_TAILS = ("加微信{}", "vx {}", "微信：{}", "加V：{}")


@dataclass(frozen=True, slots=True)
class Posted:
    """A comment, `after` so many seconds (before the burst where it is less than 0). `is_burst`: it belongs to it."""

    after: float
    account: str
    thread: str
    text: str
    device: str | None = None
    network: str | None = None
    is_hostile: bool = False
    is_burst: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """One burst with what goes on around it, in order."""

    kind: str
    number: int
    posted: tuple[Posted, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """What is written: ordinary comments, adverts, insults. All long enough to be told from others."""

    everyday: Sequence[str]
    adverts: Sequence[str]
    insults: Sequence[str]


@dataclass(slots=True)
class _Making:
    """What a world is made with. `says_more`: the platform names devices and networks."""

    random: Random
    texts: Texts
    number: int
    says_more: bool
    posted: list[Posted] = field(default_factory=list)

    def post(self, after: float, account: str, thread: str, text: str, **more: object) -> None:
        device = more.pop("device", f"{account}-phone")
        network = more.pop("network", f"{account}-home")
        told = {"device": device, "network": network} if self.says_more else {}
        self.posted.append(Posted(after, self.name(account), self.name(thread), text, **told, **more))  # type: ignore[arg-type]

    def name(self, of: str) -> str:
        return f"w{self.number}-{of}"

    def lives(self, account: str, share: float, threads: int = 8) -> None:
        """The account wrote before, elsewhere, with this probability."""
        if self.random.random() < share:
            for _ in range(self.random.randint(1, 4)):
                after = -self.random.uniform(0.5, 20) * DAY
                thread, text = f"old{self.random.randrange(threads)}", self.random.choice(self.texts.everyday)
                self.post(after, account, thread, text)


def texts_of(folder: Path, labels: Sequence[str]) -> Texts:
    """The Chinese rows of the corpus in `folder` (`data/starter`)."""
    rows = [
        row
        for path in sorted((folder / "zh").glob("*.tsv"))
        for row in read_file(path, f"zh/{path.name}", labels)
        if isinstance(row, Written) and 14 <= len(row.text) <= 60
    ]
    return Texts(
        everyday=[row.text for row in rows if row.is_everyday],
        adverts=[row.text for row in rows if "advertising" in row.labels],
        insults=[row.text for row in rows if "abuse" in row.labels],
    )


def make(kind: str, number: int, texts: Texts, *, seed: int) -> World:
    """The world of that kind and number; the same seed makes the same."""
    random = Random(f"{seed} {kind} {number}")  # noqa: S311 - a simulation
    making = _Making(random, texts, number, says_more=random.random() < 0.5)
    KINDS[kind](making)
    _everyday(making)
    return World(kind, number, tuple(sorted(making.posted, key=lambda each: each.after)))


def _everyday(making: _Making) -> None:
    """Sixty comments of people who come and go."""
    random = making.random
    for number in range(60):
        account = f"somebody{number % 45}"
        making.lives(account, 0.7 if number < 45 else 0.0)
        text, thread = random.choice(making.texts.everyday), f"everyday{random.randrange(12)}"
        making.post(random.uniform(0, 3000), account, thread, text, is_hostile=random.random() < QUIET)


def _ring(making: _Making) -> None:
    random = making.random
    contacts = [invented.wechat(random) for _ in range(random.randint(1, 2))]
    adverts = random.sample(list(making.texts.adverts), random.randint(1, 3))

    def text() -> str:
        tail = random.choice(_TAILS).format(random.choice(contacts))
        return f"{random.choice(adverts)}{random.choice(_EMOJI)} {tail}"

    _one_hand(making, text, shares_devices=random.random() < 0.5, turns=random.randint(2, 4))


def _disguised(making: _Making) -> None:
    random = making.random
    advert = random.choice(making.texts.adverts)
    families = random.sample([each for each in FAMILIES if each.name != "contact"], 4)

    def text() -> str:
        family = random.choice(families)
        return family.disguise(advert, strength=random.uniform(0.2, 0.5), seed=random.randrange(10**6))

    _one_hand(making, text, shares_devices=random.random() < 0.3, turns=random.randint(2, 3))


def _one_hand(making: _Making, text: Callable[[], str], *, shares_devices: bool, turns: int) -> None:
    """Accounts that take turns, most of them new, now and then as by a clock."""
    random = making.random
    accounts, is_clock = [f"ring{number}" for number in range(random.randint(8, 25))], random.random() < 0.33
    for account in accounts:
        making.lives(account, 0.2)
    gap, after = random.uniform(1500, 3000) / (len(accounts) * turns), 0.0
    for number in range(len(accounts) * turns):
        account = accounts[number % len(accounts)]
        after += gap * random.uniform(0.8, 1.2) if is_clock else random.expovariate(1 / gap)
        device = f"farm{accounts.index(account) // 4}" if shares_devices else f"{account}-phone"
        making.post(
            after, account, f"place{random.randrange(6)}", text(), device=device, is_hostile=random.random() < 0.5,
            is_burst=True,
        )  # fmt: skip


def _careful(making: _Making) -> None:
    random = making.random
    advert, after = random.choice(making.texts.adverts), 0.0
    for number in range(random.randint(12, 20)):
        account = f"patient{number}"
        making.lives(account, 0.9)
        for _ in range(random.randint(1, 2)):
            after += random.expovariate(1 / 100)
            text = f"{advert}{random.choice(_EMOJI)}"
            making.post(after, account, f"place{random.randrange(6)}", text, is_burst=True)


def _meme(making: _Making) -> None:
    random = making.random
    text = random.choice(making.texts.everyday)
    for number in range(random.randint(20, 60)):
        account = f"fan{number}"
        making.lives(account, 0.75)
        said = text if random.random() < 0.7 else f"{text}{random.choice(_EMOJI)}{random.choice(_EMOJI)}"
        network = "campus" if random.random() < 0.2 else f"{account}-home"
        after = min(3000.0, random.expovariate(1 / 900))
        for again in range(1 + (random.random() < 0.1)):
            making.post(
                after + 60 * again, account, f"place{random.randrange(8)}", said, network=network, is_burst=True
            )  # fmt: skip


def _brigade(making: _Making) -> None:
    _crowd(making, hostile=making.random.uniform(0.35, 0.7), is_burst=True)


def _hot(making: _Making) -> None:
    _crowd(making, hostile=making.random.uniform(0.02, 0.1), is_burst=False)


def _crowd(making: _Making, *, hostile: float, is_burst: bool) -> None:
    """Many come to one thread that had its own people."""
    random = making.random
    for number in range(8):
        making.post(
            -random.uniform(0.1, 3) * DAY, f"regular{number}", "the-thread", random.choice(making.texts.everyday)
        )
    length = random.uniform(400, 900)
    for number in range(random.randint(25, 70)):
        account = f"comer{number}"
        making.lives(account, 0.75)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            is_hostile = random.random() < hostile
            text = random.choice(making.texts.insults if is_hostile else making.texts.everyday)
            making.post(
                random.uniform(0, length), account, "the-thread", text, is_hostile=is_hostile, is_burst=is_burst
            )  # fmt: skip


def _volleys(making: _Making) -> None:
    random = making.random
    advert, accounts = random.choice(making.texts.adverts), [f"salvo{n}" for n in range(random.randint(8, 16))]
    _set_off(making, accounts, lambda: f"{advert}{random.choice(_EMOJI)}", share=0.85, within=4.0)


def _cheer(making: _Making) -> None:
    random = making.random
    text, accounts = random.choice(making.texts.everyday), [f"viewer{n}" for n in range(random.randint(20, 50))]
    _set_off(making, accounts, lambda: f"{text}{random.choice(_EMOJI)}", share=0.4, within=15.0)


def _set_off(
    making: _Making, accounts: Sequence[str], text: Callable[[], str], *, share: float, within: float
) -> None:  # fmt: skip
    """Something happens some times within the hour, and each time a share of the accounts writes soon after it."""
    random = making.random
    for account in accounts:
        making.lives(account, 0.85)
    for moment in sorted(random.uniform(0, 3000) for _ in range(random.randint(4, 7))):
        for account in accounts:
            if random.random() < share:
                after = moment + random.uniform(0, within)
                making.post(after, account, f"place{random.randrange(3)}", text(), is_burst=True)


def _clockwork(making: _Making) -> None:
    random = making.random
    advert = random.choice(making.texts.adverts)
    for number in range(random.randint(8, 14)):
        account, every, after = f"clock{number}", random.uniform(300, 700), random.uniform(0, 300)
        making.lives(account, 0.85)
        while after < 3000:
            place = f"place{random.randrange(6)}"
            making.post(after, account, place, f"{advert}{random.choice(_EMOJI)}", is_burst=True)
            after += every * random.uniform(0.97, 1.03)


def _puppets(making: _Making) -> None:
    random, making.says_more = making.random, True
    text, threads = random.choice(making.texts.everyday), random.randint(1, 2)
    accounts, farm = random.randint(10, 18), random.randint(2, 4)
    for number in range(accounts):
        making.lives(f"puppet{number}", 0.2)
        making.post(
            random.uniform(0, 30), f"puppet{number}", f"article{number % threads}", f"{text}{random.choice(_EMOJI)}",
            device=f"farm{number % farm}", network="the-house", is_burst=True,
        )  # fmt: skip


def _quoting(making: _Making) -> None:
    random, making.says_more = making.random, True
    line, length = random.choice(making.texts.everyday), random.choice((60, 300, 900))
    for number in range(random.randint(15, 60)):
        account = f"reader{number}"
        making.lives(account, random.choice((0.3, 0.75)))
        family = f"family{number // 2}-tablet" if random.random() < 0.15 else f"{account}-phone"
        network = "campus" if random.random() < 0.4 else f"{account}-home"
        making.post(
            random.uniform(0, length), account, "article0", f"{line}{random.choice(_EMOJI)}", device=family,
            network=network,
        )  # fmt: skip


def _classroom(making: _Making) -> None:
    random, making.says_more = making.random, True
    line = random.choice(making.texts.everyday)
    for number in range(random.randint(12, 30)):
        making.lives(f"pupil{number}", 0.4)
        making.post(
            random.uniform(0, 600), f"pupil{number}", "article0", f"{line}{random.choice(_EMOJI)}",
            device=f"desk{random.randrange(8)}", network="school", is_burst=True,
        )  # fmt: skip


def _nothing(_: _Making) -> None:
    return


KINDS: Mapping[str, Callable[[_Making], None]] = {
    "ring": _ring,
    "disguised": _disguised,
    "careful": _careful,
    "meme": _meme,
    "brigade": _brigade,
    "hot": _hot,
    "everyday": _nothing,
    "volleys": _volleys,
    "clockwork": _clockwork,
    "cheer": _cheer,
    "puppets": _puppets,
    "quoting": _quoting,
    "classroom": _classroom,
}

TRUTH: Mapping[str, Hand | None] = {
    "ring": Hand.ONE,
    "disguised": Hand.ONE,
    "careful": Hand.ONE,
    "meme": Hand.MANY,
    "brigade": Hand.MANY,
    "hot": None,
    "everyday": None,
    "volleys": Hand.ONE,
    "clockwork": Hand.ONE,
    "cheer": Hand.MANY,
    "puppets": Hand.ONE,
    "quoting": None,
    "classroom": Hand.MANY,
}
"""Who is behind each; None: there is no campaign to be found."""

HARDER = ("classroom",)
"""Kinds in which people look like one hand by all that can be seen: tried by name, in no precision of the others."""
