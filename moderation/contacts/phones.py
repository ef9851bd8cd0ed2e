"""Telephone numbers: which runs of digits are one, and of which country.

Digits alone prove little, so a run is believed by degrees:

* after a plus sign, a number that its country has given out is one;
* eleven digits that a Chinese mobile may have are one when they stand together or in the usual groups (3-4-4, 3-8, one
  by one but for one group), and in any groups after a cue (`电话`, `call`);
* other countries' mobile numbers are believed in a text in that country's script, in the usual groups, or after a cue;
* landlines and service numbers are believed after a cue, or with the dash behind the area code.

None is believed after a word that names another kind of number (`订单号`, `ISBN`), or before a unit (`元`).
Which numbers exist is libphonenumber's data.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from moderation.contacts.numbers import NumberRun
from moderation.contacts.patterns import pattern

HOME = "CN"
"""The country of a number that names none."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number in E.164 (`+8613800138000`), its country, and how sure the digits alone make of it."""

    number: str
    region: str
    confidence: float


_SCRIPTS = {
    "KR": pattern(r"\p{Hangul}"),
    "TH": pattern(r"\p{Thai}"),
    "JP": pattern(r"[ぁ-ヿ]"),
    "RU": pattern(r"\p{Cyrillic}"),
}

_MOBILE = {
    "CN": (pattern(r"(?:0?0?86)?1[3-9]\d{9}"), ((11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (3, 3, 3, 2))),
    "KR": (pattern(r"01[016789]\d{7,8}"), ((3, 4, 4), (3, 3, 4))),
    "JP": (pattern(r"0[789]0\d{8}"), ((3, 4, 4),)),
    "ID": (
        pattern(r"(?:0|62)8\d{8,11}"),
        ((4, 4, 4), (4, 4, 3), (4, 3, 4), (4, 3, 3), (4, 4, 5), (4, 8), (4, 7), (2, 3, 4, 4)),
    ),
    "TH": (pattern(r"0[689]\d{8}"), ((3, 3, 4), (3, 7), (2, 4, 4))),
    "RU": (pattern(r"[78]9\d{9}"), ((1, 3, 3, 2, 2), (1, 3, 3, 4), (1, 3, 7))),
    "GB": (pattern(r"0(?:7\d{9}|8(?:0[08]|4\d|7[01])\d{7}|9\d{9})"), ((5, 3, 3), (4, 3, 4), (5, 6))),
    "US": (pattern(r"1?[2-9]\d{2}[2-9]\d{6}"), ()),
}
"""How a country's mobile numbers begin, and the groups that are written there."""

_FIXED = pattern(r"(?:0\d{2,3}[1-9]\d{6,7}|[48]00\d{7})")
_FIXED_GROUPS = ((3, 8), (4, 7), (4, 8), (3, 4, 4), (3, 7), (3, 3, 4), (3, 4, 3))


def regions_of(text: str) -> tuple[str, ...]:
    """The countries that a local number in `text` is most likely of: by its script, Britain's for plain ASCII."""
    return ("GB",) if text.isascii() else tuple(region for region, script in _SCRIPTS.items() if script.search(text))


def phone_in(run: NumberRun, here: tuple[str, ...], *, cued: bool) -> Phone | None:
    """The telephone number that all digits of `run` make, if they make one.

    `here` are the countries of the text (`regions_of`); `cued`: a cue stands before the number.
    """
    if run.plus is not None:
        return _given_out("+" + run.digits, None, 0.95 if not cued else 0.98) if len(run.digits) <= 15 else None
    if run.digits.startswith("00") and not run.digits.startswith("000"):
        return _given_out("+" + run.digits[2:], None, 0.9) if 11 <= len(run.digits) <= 17 else None
    if not 9 <= len(run.digits) <= 14 or _counts_up(run):
        return None
    usual = _mobile(run, here, cued=cued, anyhow=False) or _fixed(run, cued=cued)
    return usual or (_mobile(run, here, cued=True, anyhow=True) if cued else None)


def _mobile(run: NumberRun, here: tuple[str, ...], *, cued: bool, anyhow: bool) -> Phone | None:
    for region in dict.fromkeys([*here, *_MOBILE]):
        shape, groups = _MOBILE[region]
        if not shape.fullmatch(run.digits):
            continue
        together = region == HOME and (len(run.groups) == 1 or _is_one_by_one(run))
        usual = together or run.groups in groups or (region == HOME and run.groups[1:] in groups)
        native = region in _SCRIPTS and region in here and len(run.fillers) <= 1
        if not (usual or native or anyhow):
            continue
        if found := _given_out(_international(region, run.digits), region, 0.98 if cued else 0.9 if usual else 0.8):
            return found
    return None


def _is_one_by_one(run: NumberRun) -> bool:
    """Whether the digits stand alone, but for one group at the beginning (`13 8 0 0 ...`) or of three and more.

    A list of small numbers has its longer ones elsewhere, or commas.
    """
    long = [(at, length) for at, length in enumerate(run.groups) if length > 1]
    if not long:
        return True
    (first, length), *others = long
    apart = len(run.groups) >= _MIN_ALONE and len(run.fillers) == 1 and not run.fillers & _LISTING
    return apart and not others and (first == 0 or length > 2)


_MIN_ALONE = 6
_LISTING = frozenset(",，、;；:：")


def _international(region: str, digits: str) -> str:
    """`digits` for the parser: with a plus where they begin with the country's own code."""
    own = {"CN": "86", "ID": "62", "RU": "7"}.get(region)
    return "+" + digits if own and digits.startswith(own) and len(digits) > 10 else digits


def _fixed(run: NumberRun, *, cued: bool) -> Phone | None:
    dashed = run.groups in _FIXED_GROUPS and run.fillers == {"-"}
    if not (cued or dashed) or not _FIXED.fullmatch(run.digits):
        return None
    return _given_out(run.digits, HOME, 0.85 if cued else 0.7)


def _counts_up(run: NumberRun) -> bool:
    """Whether the groups are numbers in a row, each as far from the one before: a list, no telephone number."""
    at, numbers = 0, []
    for length in run.groups:
        numbers.append(int(run.digits[at : at + length]))
        at += length
    steps = {right - left for left, right in pairwise(numbers)}
    return len(numbers) > 3 and len(steps) == 1


def spellings_of(number: str) -> tuple[str, ...]:
    """How one telephone number is written: E.164 first, then at home without its country; nothing for what is none."""
    import phonenumbers

    found = _given_out(number, HOME, 1.0)
    if found is None:
        return ()
    national = phonenumbers.national_significant_number(phonenumbers.parse(found.number))
    return (found.number, national) if found.region == HOME else (found.number,)


def dialled(number: str) -> str:
    """A number that no country gave out, as it is dialled: with a plus and its country, at home where it has none.

    `+86138...`, `0086138...`, `0138...` and `138...` are one number, whoever typed it how. Nothing for what has fewer
    than seven digits or anything else in it: a platform's own name of a number is no number.
    """
    plain = unicodedata.normalize("NFKC", number)
    digits = "".join(each for each in plain if each in "0123456789")
    if len(digits) < _LEAST or not set(plain) <= _DIALLED:
        return ""
    if plain.lstrip().startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    if digits.startswith(_CODE) and len(digits) > _LOCAL:
        return f"+{digits}"
    return f"+{_CODE}{digits.removeprefix('0')}"


_DIALLED, _LEAST = frozenset("+0123456789()-./ "), 7
_CODE, _LOCAL = "86", 11
"""The calling code of `HOME`, and how many digits a number has there without it."""


@lru_cache(maxsize=1024)  # views of one text show the same number, and people repeat it
def _given_out(number: str, region: str | None, confidence: float) -> Phone | None:
    import phonenumbers  # loads metadata; a process that meets no number needs none

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    found = phonenumbers.region_code_for_number(parsed)
    return Phone(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), found or "ZZ", confidence)
