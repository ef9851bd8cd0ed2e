"""Contacts, links and sums that belong to nobody: for grammars, and in place of a source's masks.

Numbers are either broken by `x` as platforms show them, or lie in ranges that are never given to anyone (Chinese
numbers beginning with 12, 555-01xx in North America, a QQ number with a leading zero); links end in `.example`
(RFC 2606).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Final

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_WORDS: Final = ("hao", "vip", "go", "win", "shop", "k8", "mei", "duo", "top", "yun", "let", "bao", "fast", "one")
_NAMES: Final = ("小林", "王女士", "陈先生", "李姐", "周师傅", "张同学", "刘总", "阿华")
_PLACES: Final = ("江城", "东湖", "南岸", "新港", "云溪", "河西", "北园", "城关")
_BANKS: Final = ("城商银行", "江城银行", "惠民银行", "东湖农商行")


def _digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def _letters(random: Random, count: int) -> str:
    return "".join(random.choice(_LETTERS) for _ in range(count))


def wechat(random: Random) -> str:
    """`kd8827xx`: letters, digits, letters."""
    return _letters(random, random.choice((2, 2, 3))) + _digits(random, 4) + _letters(random, random.choice((0, 2)))


def qq(random: Random) -> str:
    """Eight to ten digits, the middle broken or the first a zero."""
    if random.random() < 0.5:
        return f"{_digits(random, 3)}xxx{_digits(random, random.choice((2, 3, 4)))}"
    return "0" + _digits(random, random.choice((7, 8, 9)))


def phone(random: Random) -> str:
    """Eleven signs as a Chinese number is written, or a North American one."""
    if random.random() < 0.15:
        return f"555-01{_digits(random, 2)}"
    if random.random() < 0.5:
        return f"1{random.choice('3578')}{_digits(random, 1)}xxxx{_digits(random, 4)}"
    return f"12{_digits(random, 9)}"


def telegram(random: Random) -> str:
    """`@kf_8827`."""
    return f"@{_letters(random, random.choice((2, 4)))}{random.choice(('_', ''))}{_digits(random, 4)}"


def url(random: Random) -> str:
    """A link under `.example`, with or without scheme and path."""
    host = f"{random.choice(_WORDS)}{random.choice(('', '-', _digits(random, 2)))}{random.choice(_WORDS)}.example"
    return random.choice(("", "", "http://", "www.")) + host + random.choice(("", "", f"/{_letters(random, 4)}"))


def money(random: Random) -> str:
    """A sum as people write it."""
    amount = random.choice((18, 58, 88, 100, 188, 200, 300, 500, 888, 1000, 2000, 3000, 5000, 8000))
    return random.choice((f"{amount}", f"{amount}", f"{amount}元", f"${amount}", f"{random.randint(1, 30)}w"))


def number(random: Random) -> str:
    """A small whole number."""
    return str(random.choice((random.randint(2, 12), random.randint(10, 99), random.choice((100, 168, 200, 500)))))


def name(random: Random) -> str:
    """A made-up form of address."""
    return random.choice(_NAMES)


def place(random: Random) -> str:
    """A made-up place."""
    return random.choice(_PLACES)


def bank(random: Random) -> str:
    """A made-up bank."""
    return random.choice(_BANKS)


INVENT: Final[Mapping[str, Callable[[Random], str]]] = MappingProxyType(
    {
        "wx": wechat,
        "qq": qq,
        "phone": phone,
        "tg": telegram,
        "url": url,
        "money": money,
        "n": number,
        "name": name,
        "place": place,
        "bank": bank,
    }
)
"""What a grammar may ask for as `{_wx}`, and what a recipe may put in place of a mask."""
