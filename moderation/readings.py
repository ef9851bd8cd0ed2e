"""How Han characters are read: the single characters of pypinyin's table, without the rest of the library.

Importing pypinyin loads 47,000 phrases, 45 MB of a serving process that reads by the character alone; its table of
characters lies beside as a file of its own and is read from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from sys import intern

_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")
_TONE_OF = {mark: tone for marks, tone in zip(("āēīōūǖ", "áéíóúǘńḿ", "ǎěǐǒǔǚň", "àèìòùǜǹ"), "1234", strict=True)
            for mark in marks}  # fmt: skip
TONELESS = {code: letter for code, letter in _TONES.items() if chr(code) not in "üńňǹḿ"}
"""Accented vowels as plain ones, for `str.translate`; letters that other languages write stay out of it."""


@cache
def readings() -> Mapping[int, str]:
    """The most usual reading of every Han character, with its tone: `{0x5FAE: "wēi"}`.

    Raises `FileNotFoundError` where pypinyin is not installed whole.
    """
    spec = find_spec("pypinyin")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("pypinyin is not installed: run `make install`")
    table = json.loads((Path(spec.origin).parent / "pinyin_dict.json").read_bytes())
    return {int(code): intern(every.split(",", 1)[0]) for code, every in table.items()}


def without_tone(reading: str) -> str:
    """A reading without its tone, ü as v: `nǚ` is `nv`."""
    return reading.translate(_TONES)


@lru_cache(maxsize=1 << 13)
def tone(char: str) -> str:
    """The tone (`1` to `5`) of the most usual reading of a Han character; nothing for others."""
    reading = readings().get(ord(char))
    return "" if reading is None else next((_TONE_OF[mark] for mark in reading if mark in _TONE_OF), "5")
