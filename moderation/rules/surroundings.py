"""What a text is about around a find: what is sold or who is insulted, or a name, a shop, a sum, a program.

A homophone, a word read backwards or two initials say little by themselves. People who hide words hide them where they
sell, stake, lend, call their buyers or insult, and names stand before `老师`. So the words around a find
(`tables/surroundings.tsv`) shift what is asked of it; by how much is said in `believing.py`. They are looked for in
`AROUND` characters on each side, so a find costs the same in any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

import ahocorasick_rs

from moderation.rules.found import range_in
from moderation.spans import Span
from moderation.views.letters import pictures
from moderation.views.tables import rows
from moderation.views.view import View

AROUND = 18
"""Characters of the canonical view looked at on each side."""

BESIDE = 4
"""Of these, the ones right behind a find, where a title or a kind of shop follows a name."""

MOST_SAID = 2.0
"""Of what the strings around a find weigh together, either way."""

GAP = "\uffff"
"""A noncharacter where the find is."""

_PRICE = re.compile("[0-9一二三四五六七八九十百千万两几](?:元|块|起|折|小时|分钟|w|k)|[0-9]%|[$¥€£][0-9]")
_HANDLE = re.compile("[ :@是号]{0,3}(?:[0-9零一二三四五六七八九]{5,}|[a-z][a-z_-]{0,9}[0-9]{2,})")
_EQUATION = re.compile(r"(?<![0-9a-z])[0-9]*[a-z\uffff][²³]? ?[=+] ?[-0-9a-z]|[0-9)²³] ?= ?[-0-9a-z]")
_PROGRAM = re.compile(
    r"[a-z0-9_\])\uffff] ?(?:==|=>|\+=|:=|!=)"
    r"|[a-z_\uffff] = [a-z0-9\uffff\[\"']|[a-z\uffff]\.[a-z_]+\(|\(\)|[a-z)];|</?[a-z]"
)
_SHOP = re.compile("记(?![得住录下者着性账号忆事载错])")
_PARTICLES = frozenset("的了吗嘛呢吧么着过得")
_ENDINGS = frozenset("啊吗呢吧呀哈啦")
_CALLED = re.compile(
    "(?:(?:[你他她丫们]|[就真]?是|当成?|骂)(?:这|那|就是|是)?[个帮群]|你[就真]?是|你这)[大死臭纯活]?\\Z"
)
"""What costs, an account, a sum and a program, the find itself a gap in them; and who is called what follows; 记 behind
the name of a shop."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How many different words of each kind stand around a find."""

    trade: int
    """What is sold, lent or staked, words that say so only beside the find among them."""
    reach: int
    """How somebody is reached."""
    abuse: int
    """Who is insulted."""
    plain: int
    """What an innocent text that looks so is about."""
    is_name: bool
    """Whether a title or a kind of shop follows."""
    in_maths: bool
    in_code: bool
    says: float
    """How much likelier such words are where rules are broken, as a logarithm of odds (`tables/weights.tsv`)."""
    pictures: frozenset[str] = frozenset()
    """The pictures that stand there."""
    named: frozenset[str] = frozenset()
    """The pictures whose usual meaning stands there as a character: 🐴 where 马场 is."""
    has_handle: bool = False
    """Whether what follows may be an account, which is one of `reach`."""
    in_lesson: bool = False
    """Whether it is about how words are written or read."""
    before_particle: bool = False
    """Whether a particle stands right behind."""
    is_called: bool = False
    """Whether what stands beside calls somebody so: 你这个, 真是个."""
    in_arabizi: bool = False
    """Whether Arabic in Latin letters and digits stands there."""
    before_noun: bool = False
    """Whether somebody or something that people insult stands right behind."""

    @property
    def shady(self) -> int:
        """How much speaks for a disguise, at most three words' worth."""
        return min(3, self.trade + self.reach + self.abuse)

    @property
    def offered(self) -> int:
        """How much speaks for something sold or somebody to be reached, of which words of insult say nothing."""
        return self.trade + self.reach

    @property
    def said(self) -> float:
        """What all that stands there says, bounded."""
        return max(-MOST_SAID, min(MOST_SAID, self.says))

    @property
    def speaks(self) -> float:
        """What the words that speak for a disguise and all the others say together."""
        return self.shady + self.said


def around(view: View, span: Span) -> Surroundings:
    """What stands in a view around `span` of the text as sent."""
    start, end = range_in(view, span)
    text = view.text
    return _read(text[max(0, start - AROUND) : start], text[end : end + AROUND])


@lru_cache(maxsize=1 << 12)
def _read(before: str, after: str) -> Surroundings:
    kinds: dict[str, set[str]] = {name: set() for name in _lists()}
    automaton, owners = _automaton()
    text = before + GAP + after
    gap = len(before)
    is_name = False
    for at, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
        word, names = owners[at]
        if word.isascii() and word.isalpha() and not _stands_alone(text, start, end):
            continue
        touches = end == gap or start == gap + 1
        for name in names:
            if name in {"touching", "calling", "naming", "noun"} and not touches:
                continue
            if name == "noun" and start != gap + 1:
                continue
            if name in {"person", "shop"}:
                is_name = is_name or gap < start <= gap + 1 + BESIDE
            kinds[name].add(word)
    is_name = is_name or _SHOP.match(after) is not None
    trade, reach = kinds["trade"] | kinds["touching"], kinds["reach"] | kinds["calling"]
    if _PRICE.search(text):
        trade.add("price")
    if _HANDLE.match(after):
        reach = reach | {"handle"}
    return Surroundings(
        trade=_apart(trade),
        reach=_apart(reach - trade),
        abuse=_apart((kinds["abuse"] | kinds["naming"]) - trade - reach),
        plain=len(kinds["plain"]),
        is_name=is_name,
        in_maths=bool(kinds["maths"]) or (not reach and _EQUATION.search(text) is not None),
        in_code=bool(kinds["code"]) or (not reach and _PROGRAM.search(text) is not None),
        says=_says(text),
        pictures=frozenset() if text.isascii() else frozenset(text) & pictures().keys(),
        named=frozenset(sign for char in frozenset(text) & _shown().keys() for sign in _shown()[char]),
        has_handle="handle" in reach,
        in_lesson=bool(kinds["lesson"]),
        before_particle=after[:1] in _PARTICLES,
        is_called=_CALLED.search(before) is not None or _is_shouted(before, after),
        in_arabizi=bool(kinds["arabizi"]),
        before_noun=bool(kinds["noun"]),
    )


def _is_shouted(before: str, after: str) -> bool:
    """Whether the find stands by itself at the end of a clause, 你行不行啊X, or is what somebody is: X一个."""
    if after.startswith("一个"):
        return not before[-1:].isalnum()
    return before[-1:] in _ENDINGS and not after[:1].isalnum()


@cache
def _shown() -> dict[str, tuple[str, ...]]:
    """The pictures that each Han character is the usual meaning of."""
    found: dict[str, list[str]] = {}
    for sign, (words, _) in pictures().items():
        if words and len(words[0]) == 1:
            found.setdefault(words[0], []).append(sign)
    return {word: tuple(signs) for word, signs in found.items()}


def _says(text: str) -> float:
    automaton, weights, always = _weights()
    strings = {
        at
        for at, start, end in automaton.find_matches_as_indexes(text, overlapping=True)
        if not text[start].isascii() or _stands_alone(text, start, end)
    }
    return always + sum(weights[at] for at in strings)


def _apart(words: Iterable[str]) -> int:
    """How many words, those within others left out."""
    longest = sorted(words, key=len, reverse=True)
    kept: list[str] = []
    for word in longest:
        if not any(word in other for other in kept):
            kept.append(word)
    return len(kept)


def _stands_alone(text: str, start: int, end: int) -> bool:
    around_it = text[max(0, start - 1) : start] + text[end : end + 1]
    return not any(char.isascii() and char.isalpha() for char in around_it)


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in rows("surroundings")}


@cache
def _automaton() -> tuple[ahocorasick_rs.AhoCorasick, list[tuple[str, tuple[str, ...]]]]:
    """Every word of the table, and the lists that it is in."""
    lists = _lists()
    words = sorted(frozenset().union(*lists.values()))
    owners = [(word, tuple(name for name, its in lists.items() if word in its)) for word in words]
    return ahocorasick_rs.AhoCorasick(words, matchkind=ahocorasick_rs.MatchKind.Standard), owners


@cache
def _weights() -> tuple[ahocorasick_rs.AhoCorasick, list[float], float]:
    """Every string that says something and how much it says, and what is so where none stands."""
    (always, _), *others = rows("weights")
    weighed = [(string, float(weight)) for weight, strings in others for string in strings.split()]
    automaton = ahocorasick_rs.AhoCorasick([string for string, _ in weighed])
    return automaton, [weight for _, weight in weighed], float(always)
