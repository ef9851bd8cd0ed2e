"""The phonetic view: what a text sounds like, one code point of the private use area for each class of syllables.

* A Han character is its most usual reading without tone (pypinyin's first); the near sounds n/l, zh/z, ch/c, sh/s,
  ang/an, eng/en, ing/in are one class. A character with several readings has one here, the same in a rule's term and in
  a comment, so that a word always meets itself; a homophone of its rarer reading does not meet it.
* A run of Latin letters in a Chinese text, or in one that is pinyin from end to end, is read as syllables where all of
  it parses (`weixin`, `wēixìn`), and so are zhuyin; letters that the trade reads (`tables/readings.tsv`: `v` for 微,
  `薇x` for 微信) where they are the whole run. Names written as names (`Zhang Weixin`) and other letters stay letters.
* One digit beside a Han character is read (`3级` as 三级); longer numbers stay numbers.

The view is made of the one with emoji read, fillers gone and split characters joined, so that disguises laid over each
other are seen through.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from functools import cache, lru_cache

from moderation.readings import TONELESS, readings, without_tone
from moderation.views.tables import pairs, rows
from moderation.views.view import View

_FIRST, _LAST = 0xE000, 0xF8FF
_LONGEST_RUN = 36
"""Letters; a longer run is no word in pinyin."""

_ACCENTED = re.compile(f"[{''.join(map(chr, TONELESS))}]")
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_HAN = "\u3400-\u9fff"
_ANY_HAN = re.compile(f"[{_HAN}]")
_LETTERS_OR_DIGITS = re.compile(f"[a-z0-9\u3105-\u3129{''.join(map(chr, TONELESS))}]")
_RUN = re.compile("[a-z]+|[\u3105-\u3129]+[ˊˇˋ]?")
_LONE_DIGIT = re.compile(f"[0-9](?:(?<=[{_HAN}].)(?=[{_HAN}]|$)|(?<![0-9a-z.,:/-].)(?=[{_HAN}]))")
_SPACE_BETWEEN = re.compile("(?<=[\ue000-\uf8ff]) (?=[\ue000-\uf8ff])")
_TITLED = re.compile(r"[A-Z](?<!\w.)[a-z]+(?: [A-Z][a-z]+)+\b")


def phonetic(view: View, source: str) -> View:
    """`view` as it sounds; `source` is the text as sent, which shows what is written as a name."""
    heard = view.reading(view.text.translate(_sounds()))
    if not _LETTERS_OR_DIGITS.search(view.text):
        return heard
    view = view.reading(view.text.translate(_plainly_drawn()))
    if _ACCENTED.search(view.text):
        view = view.reading(view.text.translate(TONELESS))
        heard = view.reading(view.text.translate(_sounds()))
    heard = heard.replaced(sorted((*_spelt(view, source), *_counted(view.text))))
    return heard.without(_SPACE_BETWEEN) if " " in heard.text else heard


class _Itself(dict[int, str]):
    """Code points as something else; others stay. To say so costs `str.translate` less than to miss."""

    def __missing__(self, code: int) -> str:
        char = self[code] = chr(code)
        return char


@cache
def _plainly_drawn() -> _Itself:
    """Characters outside daily writing that are only drawn like another (`祼`): who uses them means the other."""
    return _Itself({ord(char): first for first, alike in rows("shapes") for char in alike if _is_rare(char)})


def plainly_drawn(text: str) -> str:
    """`text` with characters outside daily writing as those that they are drawn like: 愽 as 博."""
    return text.translate(_plainly_drawn())


def _is_rare(char: str) -> bool:
    try:
        return "\u3400" <= char <= "\u9fff" and len(char.encode("gb2312")) != 2
    except UnicodeEncodeError:
        return True


class _Sounds(dict[int, str]):
    """Each code point as it sounds: a class for a Han character, itself otherwise, U+FFFD for private use."""

    def __missing__(self, code: int) -> str:
        sound = self[code] = _sound(ord(_plainly_drawn()[code]))
        return sound


@cache
def _sounds() -> _Sounds:
    return _Sounds()


def _sound(code: int) -> str:
    if _FIRST <= code <= _LAST:
        return "\ufffd"
    reading = readings().get(code)
    return _classes().get(_near(without_tone(reading)), chr(code)) if reading else chr(code)


@cache
def _syllables() -> frozenset[str]:
    found = {without_tone(reading) for reading in set(readings().values())}
    return frozenset(syllable for syllable in found if syllable.isascii() and re.search("[aeiouv]", syllable))


@cache
def _spellings() -> dict[str, str]:
    """Every syllable by how it is written, in pinyin and in zhuyin."""
    zhuyin = pairs("zhuyin")
    return {written: syllable for syllable in sorted(_syllables()) for written in (syllable, zhuyin[syllable])}


@cache
def _classes() -> dict[str, str]:
    """A code point for each class of syllables."""
    near = sorted({_near(syllable) for syllable in _syllables()})
    return {syllable: chr(_FIRST + at) for at, syllable in enumerate(near)}


def heard(syllable: str) -> str:
    """What the view shows for a syllable; nothing where no character is read so."""
    return _classes().get(_near(syllable), "")


@lru_cache(maxsize=1 << 14)
def sound_of(char: str) -> str:
    """What the view shows for a Han character; nothing for another."""
    sound = _sound(ord(char))
    return sound if sound != char and _FIRST <= ord(sound) <= _LAST else ""


def spelt(written: str) -> str:
    """What the view shows for a syllable in pinyin or zhuyin; nothing where it is none."""
    syllable = _spellings().get(written)
    return _classes()[_near(syllable)] if syllable else ""


def traded(letter: str) -> str:
    """What the view shows for a letter that the trade reads as one character (`v` as 微); nothing for others."""
    read = _trade_readings().get(letter, "")
    return sound_of(read) if len(read) == 1 else ""


def read_by_trade(letters: str) -> str:
    """The word that the trade reads a whole run of letters as (`tmd` as 他妈的); nothing for others."""
    return _trade_readings().get(letters, "")


def _near(syllable: str) -> str:
    """The class of a syllable: the first of those that sound near it."""
    for sound, near in _INITIALS:
        if syllable.startswith(sound):
            syllable = near + syllable[len(sound) :]
            break
    return syllable.removesuffix("g") if syllable.endswith(("ang", "eng", "ing")) else syllable


def _counted(text: str) -> Iterator[tuple[int, int, str]]:
    for digit in _LONE_DIGIT.finditer(text):
        yield *digit.span(), _DIGITS[digit[0]].translate(_sounds())


def _spelt(view: View, source: str) -> Iterator[tuple[int, int, str]]:
    """The runs of letters that are read as syllables, each letter's place kept."""
    runs = list(_RUN.finditer(view.text))
    text = view.text
    chinese = _ANY_HAN.search(view.text) is not None
    if not chinese and not _is_pinyin(view.text, [run[0] for run in runs]):
        return
    names = deque(match.span() for match in _TITLED.finditer(source))
    for run in runs:
        start, end = run.span()
        if chinese and (read := _traded(text, start, end)):
            yield start, end, read.translate(_sounds())
        elif not _is_within(view.starts[start], names):
            letters = run[0].rstrip("ˊˇˋ")
            for written in _parsed(letters):
                begin, start = start, start + len(written)
                last = end if start == run.start() + len(letters) else start  # a tone is part of its syllable
                yield begin, last, _classes()[_near(_spellings()[written])]


def _is_within(place: int, spans: deque[tuple[int, int]]) -> bool:
    """Whether a span holds `place`; `spans` is consumed up to it, as places only grow."""
    while spans and spans[0][1] <= place:
        spans.popleft()
    return bool(spans) and spans[0][0] <= place


def _traded(text: str, start: int, end: int) -> str:
    """What the trade reads a run of letters as, alone or behind the character before it; empty where it does not."""
    run = text[start:end]
    return _trade_readings().get(run) or _trade_readings().get(text[start - 1 : start] + run, "")


@cache
def _trade_readings() -> dict[str, str]:
    return pairs("readings")


def _is_pinyin(text: str, runs: list[str]) -> bool:
    """Whether a text without Han characters is pinyin from end to end, two syllables at least."""
    if any(char.isalpha() and not char.isascii() for char in text):
        return False
    parsed = [_parsed(run) for run in runs]
    return all(parsed) and sum(len(syllables) for syllables in parsed) > 1


@lru_cache(maxsize=1 << 14)
def _parsed(run: str) -> tuple[str, ...]:
    """The fewest syllables that spell all of `run`, the longest of them first; none where it is no pinyin."""
    if len(run) < 2 or len(run) > _LONGEST_RUN:
        return ()
    best: list[tuple[str, ...] | None] = [None] * len(run) + [()]
    for at in reversed(range(len(run))):
        for end in range(min(at + 6, len(run)), at, -1):
            rest = best[end]
            if rest is None or run[at:end] not in _spellings():
                continue
            found = best[at]
            if found is None or len(rest) + 1 < len(found):
                best[at] = (run[at:end], *rest)
    return best[0] or ()
