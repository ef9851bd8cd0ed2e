r"""Every reading of every place of a Chinese text near a sign that something is hidden.

A view reads a text one way. Who lays disguises over one another (`du浅`, `x1💰`, `贝者b0`) mixes ways within one word,
so here each place has all its readings side by side, each with how it came about, and a term is a path over them
(`moderation/rules/paths.py`). A reading is one or two sounds (`phonetic.py`), or an initial alone:

* a Han character is how it sounds, and how what it is mistaken for, or is a part of, sounds (`shape.py`);
* letters are every syllable of pinyin that they begin with, signs among them read as letters (`b0`, `zh4o`), letters of
  other scripts as the Latin ones that they are drawn like, and the initial of one; a digit behind them may be a tone;
* a digit is how it is read, 13 a B; bopomofo are a syllable or an initial; kana and Hangul what `letters.tsv` says;
* a picture is each of its words (`pictures.tsv`); parts that draw one character are that character;
* what is no letter may be nothing.

Only *stretches* are read: a few characters around a letter, a picture or a filler beside a Han character. Each place
has a bounded number of readings, so work grows with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache, lru_cache
from itertools import islice, product

from moderation.views.letters import letters, pictures
from moderation.views.parts import drawn_with, is_common, ways
from moderation.views.phonetic import sound_of, spelt, traded
from moderation.views.shape import in_class
from moderation.views.view import View


class Way(Enum):
    """How a reading came about."""

    HAN = "a character as it sounds"
    LOOKS = "a character that is mistaken for another"
    SPELT = "pinyin"
    LEET = "pinyin with signs for letters"
    SCRIPTS = "pinyin in letters of several scripts"
    TRADED = "a letter that the trade reads"
    INITIAL = "an initial alone"
    DIGIT = "a digit as it is read"
    DRAWN = "digits as the letter that they draw"
    PICTURE = "a picture"
    LETTER = "a letter of another script for a character"
    BOPOMOFO = "bopomofo"
    PARTS = "a character in its parts"


Reading = tuple[int, str, Way]
"""What stands at a place: how many characters, the sounds or the letter of an initial, and how it came about."""


REACH, LONGEST = 5, 64
"""Characters on each side of a sign, and of a stretch. All stretches are read: padding before a term hides nothing."""

_LONGEST_SYLLABLE, _MOST_SPELLINGS, _MOST_FILLERS, _MOST_LOOKS = 6, 4, 4, 4
_HAN = "\u3400-\u9fff"
_PICTURES = "\u231a-\u23f3\u25a1\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
_SCRIPTS = "\u0370-\u04ff\u1100-\u11ff\u3040-\u30ff\u3105-\u3129\uac00-\ud7a3"
_BOUND = "亻氵讠钅扌忄礻衤纟犭艹宀阝刂饣疒辶彳灬攵冫夂罒"
_LETTER = "a-z\u0370-\u04ff"
_SIGNS = "0-9@$!|"
_FILLER = "\"-'*-+./\\-=<>@^_`|~·•、…—※★☆【】「」『』丶丨ゝゞヽヾ"
_ODD = re.compile(
    f"[{_LETTER}0-9{_PICTURES}{_SCRIPTS}{_BOUND}{_FILLER}×√(](?:"
    f"(?<=[{_PICTURES}\u3105-\u3129{_BOUND}])"
    f"|(?<=[{_HAN}][{_LETTER}])|(?<=[{_HAN}] [{_LETTER}])|(?<=[{_LETTER}])(?= ?[{_HAN}])"
    f"|(?<=[a-z][{_SIGNS}])(?=[a-z{_HAN}])|(?<=[a-z][014])(?![a-z0-9])|(?<=[a-z][a-z][1-5])(?![a-z0-9])|(?<=[{_HAN}]13)(?![a-z0-9])|(?<=[0-9])(?<![a-z0-9].)(?=[a-z][a-z{_HAN}])"
    f"|(?<=[{_HAN}][0-9])(?=[a-z](?![a-z0-9]))"
    f"|(?<=[{_HAN}a-z0-9][{_SCRIPTS}×√])|(?<=[{_SCRIPTS}×√])(?=[{_HAN}])"
    f"|(?<=[{_HAN}\u3105-\u3129][{_FILLER}])(?=[{_FILLER}]{{0,2}} ?[{_LETTER}{_HAN}0-9\u3105-\u3129{_PICTURES}])"
    f"|(?<=[a-z0-9][{_FILLER} ])(?=[{_FILLER}]{{0,2}} ?[{_HAN}])"
    f"|(?<=[{_HAN}][(])(?=[{_HAN}]{{1,3}}[)][{_HAN}])"
    ")"
)
"""A letter, a picture or a filler beside a Han character, a sign for a letter. Begins with a class so as to be fast."""

_DRAWN_ONLY = "丶丨ゝゞヽヾ"
"""Letters to Unicode that are only drawn between others."""

_ASIDE = re.compile(f"[(][{_HAN}]{{1,3}}[)]")
"""A face in words, `(滑稽)`."""

_ANY_HAN = re.compile(f"[{_HAN}\u3105-\u3129]")
_IS_LETTER = re.compile(f"[{_LETTER}{_SIGNS}]")
_TAIL = "\ufe0f\u200d\u2640\u2642\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\u20e3"
_DIGITS = dict(
    zip(
        "0123456789",
        ("ling dong", "yi yao", "er", "san shan", "si shi", "wu wo", "liu lu", "qi", "ba fa", "jiu"),
        strict=True,
    )
)
_LEET = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s", "!": "i", "|": "il", "9": "g", "8": "b"}
_DRAWN = dict(zip("αβγεζηικνορςτυφχωавекмнорстухіѕјԁ", "aβyeznikvopctuφxwabekmhopctyxisjd", strict=True))
_DRAWN |= {
    "λ": "l", "δ": "d", "σ": "s", "π": "p", "μ": "m", "φ": "f", "β": "b", "γ": "yg", "ρ": "pr", "л": "l", "д": "d",
    "п": "pn", "б": "b", "з": "z", "г": "gr", "ф": "f", "и": "iu", "й": "i", "ц": "c", "э": "e", "н": "hn", "р": "pr",
    "с": "cs", "у": "yu", "в": "bv", "ш": "w",
}  # fmt: skip
"""Letters of other scripts: the Latin one that each is drawn like, and the one that it sounds like."""

_TONES = "12345"
"""Behind a syllable of pinyin, which tone it has: `du3 bo2`."""

_IS_B = re.compile(f"13(?<=[{_HAN}]13)(?![a-z0-9.:%])")
"""A B drawn as 13 (傻13), which nothing but what is insulted follows."""

_NAMED = {"b": "逼", "p": "屁", "d": "的", "g": "鸡", "i": "爱", "y": "歪", "e": "一", "u": "优"}


def is_odd(view: View) -> bool:
    """Whether there is a stretch at all: what most texts answer no to."""
    return bool(_ODD.search(view.text) and _ANY_HAN.search(view.text))


def stretches(view: View) -> Iterator[tuple[int, int]]:
    """Where `view`, canonical, is worth reading so; nowhere in a text without a Han character or bopomofo."""
    return _places(view.text) if _ANY_HAN.search(view.text) else iter(())


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Where stretches begin and end; those that touch are one, up to `LONGEST`."""
    start = end = -1
    for odd in _ODD.finditer(text):
        low, high = max(0, odd.start() - REACH), min(len(text), odd.end() + REACH)
        if start < 0:
            start, end = low, high
        elif low <= end and high - start <= LONGEST:
            end = high
        else:
            yield start, end
            start, end = low, high
    if start >= 0:
        yield start, end


def skip(text: str, at: int, end: int) -> int:
    """Where a filler that begins at `at` ends, before `end`; `at` itself where none does."""
    if text[at].isalnum() and text[at] not in _DRAWN_ONLY:
        return at
    if aside := _ASIDE.match(text, at, end):
        return aside.end() if aside.end() < end else at
    last = at
    while last < end and last - at < _MOST_FILLERS and (not text[last].isalnum() or text[last] in _DRAWN_ONLY):
        last += 1
    return last if last < end else at


def is_alone(text: str, at: int, end: int) -> bool:
    """Whether a Han character begins at `at` that, before `end`, begins no other one in parts."""
    wholes = _wholes()
    return (
        "\u3400" <= text[at] <= "\u9fff"
        and text[at : min(at + 2, end)] not in wholes
        and text[at : min(at + 3, end)] not in wholes
    )


def last_sign(text: str, start: int, end: int) -> int:
    """The last place at `start <= i < end` that is more than a Han character as it sounds or looks; else `start - 1`.

    What begins behind it is written in Han characters alone, side by side.
    """
    at = end - 1
    while at >= start and text[at] not in _DRAWN_ONLY and is_alone(text, at, end):
        at -= 1
    return at


def readings_at(text: str, at: int, end: int) -> Sequence[Reading]:
    """Every reading of what begins at `at`, none beyond `end`."""
    char = text[at]
    if "\u3400" <= char <= "\u9fff":
        parts = _of_parts(text[at : min(at + 3, end)])
        return (*_of_han(char), *parts) if parts else _of_han(char)
    found: list[Reading] = []
    if _IS_LETTER.match(char):
        found += _of_letters(text, at, end)
    elif char in pictures():
        last = at + 1
        while last < end and text[last] in _TAIL:
            last += 1
        return [(last - at, sounds, Way.PICTURE) for sounds in _of_picture(char)]
    elif "\u3105" <= char <= "\u3129":
        found += _of_bopomofo(text, at, end)
    if char in letters():
        found += _of_letter(char)
        found += _of_parts(text[at : min(at + 3, end)])
    return found


@lru_cache(maxsize=1 << 14)
def _of_han(char: str) -> tuple[Reading, ...]:
    sound = sound_of(char)
    looks = dict.fromkeys(map(sound_of, (in_class(char), *drawn_with(char))))
    found: list[Reading] = [(1, sound, Way.HAN)] if sound else []
    found += [(1, look, Way.LOOKS) for look in looks if look and look != sound][:_MOST_LOOKS]
    return tuple(found)


@cache
def _of_picture(char: str) -> tuple[str, ...]:
    heard = ("".join(map(sound_of, word)) for word in pictures()[char][0])
    return tuple(dict.fromkeys(filter(None, heard)))


@cache
def _of_letter(char: str) -> tuple[Reading, ...]:
    """What `letters.tsv` says of a letter: characters, syllables, initials."""
    found: list[Reading] = []
    for read in letters()[char]:
        if not read.isascii():
            found.append((1, sound_of(in_class(read)), Way.LETTER))
        elif spelt(read):
            found.append((1, spelt(read), Way.LETTER))
        elif len(read) == 1 and not char.isascii():
            found.append((1, read, Way.INITIAL))
    return tuple(each for each in found if each[1])


def _of_letters(text: str, at: int, end: int) -> Iterator[Reading]:
    char, after = text[at], text[at + 1 : at + 2]
    run = at
    while run < end and run - at < _LONGEST_SYLLABLE and _IS_LETTER.match(text[run]):
        run += 1
    yield from _syllables_of(text[at:run])
    if _IS_B.match(text, at, end):
        yield 2, sound_of(_NAMED["b"]), Way.DRAWN
    if char.isdigit():
        if not (text[at - 1 : at].isdigit() or after.isdigit()):
            yield from ((1, sound, Way.DIGIT) for sound in _of_digit(char))
    elif "a" <= char <= "z":
        yield 1, char, Way.INITIAL
        begins = at == 0 or not _IS_LETTER.match(text[at - 1])
        alone = (begins and not after.isalnum()) or after >= "\u3400"
        if alone and (sound := traded(char) or sound_of(_NAMED.get(char, " "))):
            yield 1, sound, Way.TRADED


@lru_cache(maxsize=1 << 14)
def _syllables_of(piece: str) -> tuple[tuple[int, str, Way], ...]:
    """Every syllable that begins `piece`: its length, its sound, and how it is written."""
    found: dict[tuple[int, str], Way] = {}
    for size in range(1, len(piece) + 1):
        part = piece[:size]
        if not part.isascii():
            way = Way.SCRIPTS
        elif part.isalpha():
            way = Way.SPELT
        else:
            way = Way.LEET
        if way is not Way.SPELT and not any(map(str.isalpha, part)):
            continue
        if part[-1] in _TONES and not piece[size : size + 1].isdigit() and (sound := spelt(part[:-1])):
            found[size, sound] = Way.LEET
        for spelling in islice(product(*(_letters_for(sign) for sign in part)), _MOST_SPELLINGS):
            if sound := spelt("".join(spelling)):
                found.setdefault((size, sound), way)
    return tuple((size, sound, way) for (size, sound), way in found.items())


def _letters_for(sign: str) -> str:
    return _LEET.get(sign) or _DRAWN.get(sign, sign)


@cache
def _of_digit(digit: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(spelt, _DIGITS[digit].split())))


def _of_bopomofo(text: str, at: int, end: int) -> Iterator[Reading]:
    for size in range(1, 4):
        if at + size <= end and (sound := spelt(text[at : at + size])):
            last = at + size
            while last < end and text[last] in "ˊˇˋ˙":
                last += 1
            yield last - at, sound, Way.BOPOMOFO


def _of_parts(text: str) -> list[Reading]:
    """What parts at the beginning of `text`, three characters at most, draw."""
    wholes = _wholes()
    return [(size, sound, Way.PARTS) for size in range(2, len(text) + 1) for sound in wholes.get(text[:size], ())]


@cache
def _wholes() -> dict[str, tuple[str, ...]]:
    """The sounds of the common characters that parts draw, by the parts; kana that are drawn like a part with them."""
    kana = {read: char for char, all_read in letters().items() for read in all_read if not read.isascii()}
    found: dict[str, list[str]] = {}
    for whole, apart in ways().items():
        if not (is_common(whole) and (sound := sound_of(whole))):
            continue
        for way in map("".join, apart):
            if 2 <= len(way) <= 3:
                found.setdefault(way, []).append(sound)
                if way[0] in kana:
                    found.setdefault(kana[way[0]] + way[1:], []).append(sound)
    return {way: tuple(dict.fromkeys(sounds)) for way, sounds in found.items()}
