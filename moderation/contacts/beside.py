"""What stands beside a number and says that it numbers something else."""

from __future__ import annotations

from moderation.contacts.amounts import is_amount
from moderation.contacts.numbers import NumberRun
from moderation.contacts.patterns import LOOK_BACK, pattern, within_a_link
from moderation.contacts.reading import Reading
from moderation.contacts.words import counts, names_another, sends, tells_of_a_series

_LETTERS = pattern(r"(?:^|[^a-z0-9_])[a-z]{2,}$")
_CODE = pattern(r"[a-z]{1,4}$")
_BEFORE, _BEHIND, _SERIES = 24, 8, 12


def is_another_number(reading: Reading, run: NumberRun) -> bool:
    """Whether what stands around says that this numbers something else: an order, an amount, a part of a word."""
    after = reading.text[run.end : run.end + 1]
    return is_within_more(reading.text, run) or _is_word(after) or numbers_else(reading, run)


def numbers_else(reading: Reading, run: NumberRun) -> bool:
    """Whether words beside it say that it numbers or counts something, or it stands in a link."""
    text, first = reading.text, max(run.start - _BEFORE, 0)
    befores = (text[first : run.start], reading.as_canonical(first, run.start))
    other = any(map(names_another, befores)) or any(map(_is_of_a_parcel, befores))
    counted = is_amount(text, run, cued=False) or (len(run.groups) == 1 and any(map(counts, befores)))
    return other or counted or _is_of_a_series(text, run) or is_of_a_link(reading, run)


def is_within_more(text: str, run: NumberRun) -> bool:
    """Whether a letter or an underscore before it, or an address behind it, makes it a part of that.

    `LX138...` spells 联系, `A138...` numbers a thing.
    """
    before, after = text[max(run.start - _BEFORE, 0) : run.start], text[run.end : run.end + 2]
    part = _is_word(before[-1:]) and not _LETTERS.search(before)
    return part or after[:1] == "_" or (after[:1] in {".", "@"} and _is_word(after[1:2]))


def is_of_a_link(reading: Reading, run: NumberRun) -> bool:
    """Whether a number is an order's or a page's in a link; behind a colon it is said."""
    first = max(run.start - LOOK_BACK, 0)
    befores = (reading.text[first : run.start], reading.as_canonical(first, run.start))
    return any(not before.endswith(":") and within_a_link(before) for before in befores)


def _is_of_a_parcel(before: str) -> bool:
    """Whether letters glued to a number are the beginning of an order's or a parcel's: `单号SF`, `顺丰快递 SF`."""
    code = _CODE.search(before)
    named = before[: code.start()] if code else ""
    return bool(named) and (names_another(named) or sends(named))


def _is_of_a_series(text: str, run: NumberRun) -> bool:
    """Whether digits one by one are numbers in a row, by what stands beside them: `1,3,8 找规律`."""
    alone = len(run.groups) == len(run.digits)
    around = text[max(run.start - _SERIES, 0) : run.start] + "\n" + text[run.end : run.end + _SERIES]
    return alone and tells_of_a_series(around)


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())
