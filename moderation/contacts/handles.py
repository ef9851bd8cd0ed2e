"""Accounts behind a cue: `微信 abc123`, `QQ群：123456`, `telegram @somebody`, `邀请码 8K2F`.

What is believed behind a cue depends on what stands there:

* a telephone number, or digits where the service numbers its accounts, unless they are a date, an amount or the
  beginning of a sum;
* a handle with a digit or an underscore in it, or behind an @, a colon or the word `id`;
* letters alone only where somebody is asked to come (`加`, `add`) or where a cue of another alphabet introduces them
  with a colon, for `WeChat: awesome!` is praise, while nobody praises `teIegram`: a cue drawn in other
  letters of its shape introduces them too. Behind a cue that ends in `号` or names a group they do at a sentence's end;
* nothing that a product or platform name explains (`微信iphone15版`, `激活码 win10`), unless what stands before says
  that an account follows (`加微 service_2020`, `微信号：official_88`), no flight behind an aeroplane (`飞机号 CA1234`),
  no telephone number that numbers something else, and no word of a sentence that goes on.

A weak cue, which is an everyday word too or only sounds like the service, always wants the colon, the @ or the `id`,
or the call right before it, and more than digits: `line: 12345` is a program's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

import re2

from moderation.contacts.amounts import is_amount
from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.cues import CueAt
from moderation.contacts.numbers import NumberRun
from moderation.contacts.patterns import LOOK_BACK, is_latin, pattern, within_a_link
from moderation.contacts.phones import phone_in
from moderation.contacts.reading import Reading
from moderation.contacts.words import any_of, names_another, words

_WINDOW = 80
_LONGEST_GROUP = 5
"""Digits of an account that people set apart; more are an account by themselves, beside another number."""

_BEFORE = 12
_NAMED = 24


@dataclass(frozen=True, slots=True)
class _Service:
    """How a service writes its accounts: a pattern, fewest and most digits, whether a telephone number will do."""

    handle: re2._Regexp | None
    digits: tuple[int, int] | None = None
    by_phone: bool = False
    behind_at: re2._Regexp | None = None
    """How an account may read behind an @, where that is shorter."""


_SERVICES = {
    ContactKind.WECHAT: _Service(pattern(r"[a-z][a-z0-9_-]{4,19}"), (6, 11), by_phone=True),
    ContactKind.QQ: _Service(None, (5, 11)),
    ContactKind.TELEGRAM: _Service(
        pattern(r"[a-z][a-z0-9_]{4,31}"), by_phone=True, behind_at=pattern(r"[a-z][a-z0-9_]{3,31}")
    ),
    ContactKind.WHATSAPP: _Service(None, by_phone=True),
    ContactKind.LINE: _Service(pattern(r"[a-z0-9][a-z0-9._-]{3,19}"), by_phone=True),
    ContactKind.KAKAO: _Service(pattern(r"[a-z0-9][a-z0-9._-]{3,19}"), by_phone=True),
    ContactKind.PHONE: _Service(None, by_phone=True),
    ContactKind.INVITATION_CODE: _Service(pattern(r"[a-z0-9]{4,12}"), (4, 10)),
}

_LINK = pattern(rf"(?:[^\pL\pN。！!？?；;]|{any_of('link')})*")
_INTRODUCES = pattern(any_of("introduce"))
_ASKS = pattern(any_of("ask"))
_ASKING_CUES = ("加", "进", "十", "+", "➕", "jia")
_CALLS = ("加", "+", "➕", "搜", "私", "jia")
_NAMING_CUES = ("号", "频道")
_ACCOUNT_CUES = ("号", "id", "码", "code")
_ADDING = ("加", "+", "➕", "jia")
_GROUPS = ("群", "频道")
_OWN_PAGES = ("公众号",)
_ACTIVATES = ("激活码", "注册码")
_PLANES = ("飞机", "✈", "🛩", "🛫")
_FLIGHT = pattern(r"(?:[a-z]{1,2}|[a-z]\d|\d[a-z])\d{3,4}[a-z]?")
_SENTENCE_END = pattern(r"\s*(?:$|[\n,.;:!?。，；：！？、~)）】\]])")
_EDITION = pattern(r"[0-9_.-]*(?:(?:pro|plus|max|ultra|mini|lite|home|ltsc|x64|x86|sp)[0-9_.-]*)*$")
_NO_EDITION = pattern(r"_|\d{3}")
"""What a version of a product has nowhere: an underscore, or three digits in a row but for a year's four."""
_BEFORE_CUE = pattern(r"([a-z0-9][a-z0-9_-]{4,19})\s?(?:[(（\[【<←👈]|这?是(?:我的?|本人)?)\s?(?:加我?的?)?$")
_UNIT = pattern(rf"\s?(?:{any_of('unit')}|[kwm]\b|[-:./]\d)")
_NEXT_PARAMETER = pattern(r"[!-~]*&[a-z0-9_.-]+=")
_YEAR = pattern(r"(?:19|20)\d\d")
DATE = pattern(r"(?:19|20)\d\d(?:0?[1-9]|1[0-2])(?:0?[1-9]|[12]\d|3[01])")
"""A day in eight digits or fewer."""


def handle_at(reading: Reading, at: CueAt) -> Contact | None:
    """The account that the cue `at` introduces, or closes (`abc123是我微信`)."""
    service = _SERVICES[at.cue.kind]
    found = _number(reading, at, service) or _handle(reading, at, service)
    if found is None and service.handle and not at.cue.weak:
        return _closed_by(reading, at)
    return found


def _behind(text: str, end: int) -> int:
    """Where an account may begin behind a cue that ends at `end`: beyond marks and the words that link."""
    return end + len(_LINK.match(text[end : end + _WINDOW]).group())


def leads_to(text: str, at: CueAt) -> tuple[int, int]:
    """Between which places what the cue introduces may begin; the cue's own last character may be a digit of it."""
    return at.end - 1, _behind(text, at.end)


def _number(reading: Reading, at: CueAt, service: _Service) -> Contact | None:
    runs = (_behind_cue(run, at) for run in reading.runs_between(*leads_to(reading.text, at)))
    numbers = (_numbered(reading, at, service, run) for run in runs if run)
    return next(filter(None, numbers), None)


def _behind_cue(run: NumberRun, at: CueAt) -> NumberRun | None:
    """The run without the digit that ends the cue, where one does (`叩1 88812345`) and is set apart; None where not."""
    if run.start >= at.end:
        return run
    return run.part(1, len(run.digits)) if run.gaps[0] else None


def _numbered(reading: Reading, at: CueAt, service: _Service, run: NumberRun) -> Contact | None:
    """The account that `run` numbers, or the groups it begins with."""
    weak = at.cue.weak and not _is_led_to(reading, at, run.start)
    if at.cue.kind is ContactKind.PHONE and names_another(reading.text[max(run.start - _NAMED, 0) : run.start]):
        return None
    for part in takewhile(lambda part: part.start == run.start, run.parts()):
        if is_amount(reading.text, part, cued=not weak) or _is_of_a_link(reading.text, at, part.start, part.end):
            continue
        if service.by_phone and (phone := phone_in(part, reading.regions, cued=not weak)):
            return _contact(reading, at.cue.kind, phone.number, (run.begins, part.end), phone.confidence, phone.region)
        if service.digits and not weak and _is_account(part, service.digits):
            confidence = 0.75 if at.cue.weak else 0.9
            return _contact(reading, at.cue.kind, part.digits, (part.start, part.end), confidence)
    return None


def _is_led_to(reading: Reading, at: CueAt, start: int) -> bool:
    """Whether more than the cue leads to what begins at `start`: a colon and its like, or a call before the cue.

    An @ is a filler in some views, so what stands between is asked of the canonical one.
    """
    before = reading.text[max(at.start - 3, 0) : at.start].rstrip().removesuffix("我")
    between = reading.as_canonical(at.end - 1, start + 1)[1:-1]
    return before.endswith(_CALLS) or bool(_INTRODUCES.search(between))


def _is_account(run: NumberRun, digits: tuple[int, int]) -> bool:
    """Whether the digits may number an account: enough, not all one, no leading zero, evenly parted, no date."""
    low, high = digits
    if not low <= len(run.digits) <= high:
        return False
    together = len(run.groups) == 1 or max(run.groups) <= _LONGEST_GROUP
    even = set(run.groups) == {1} or (together and len(set(run.groups[:-1])) <= 1 and len(run.fillers) <= 1)
    dated = any(run.gaps) and DATE.fullmatch(run.digits)
    return len(set(run.digits)) > 1 and not run.digits.startswith("0") and even and not dated


def _handle(reading: Reading, at: CueAt, service: _Service) -> Contact | None:
    if service.handle is None:
        return None
    last = _behind(reading.text, at.end)
    for start in _beginnings(reading.text, at.end, last):
        shape = service.behind_at if service.behind_at and reading.text[start - 1] == "@" else service.handle
        value = _handle_from(reading, start, shape)
        if value and _is_believed(reading, at, start, value):
            confidence = (0.8 if at.cue.weak else 0.9) if _is_telling(value) else 0.7
            plain = reading.as_canonical(start, start + len(value))
            account = plain if shape.fullmatch(plain) else value
            return _contact(reading, at.cue.kind, account, (start, start + len(value)), confidence)
    return None


def _handle_from(reading: Reading, start: int, shape: re2._Regexp) -> str:
    """The handle that begins at `start`, with its digits plain where two and more are spelt; empty where none does."""
    whole = max((reading.text, reading.plain), key=lambda text: _length(shape, text, start) - (text is reading.plain))
    value = whole[start : start + _length(shape, whole, start)]
    return value.rstrip("-_.") if value and _ends(whole, start + len(value)) else ""


def _length(shape: re2._Regexp, text: str, start: int) -> int:
    match = shape.match(text[start : start + _WINDOW])
    return match.end() if match else 0


def _beginnings(text: str, first: int, last: int) -> Iterator[int]:
    """Every place within the link where a Latin word or number begins: `id` and `me` may be a handle's own letters."""
    for at in range(first, min(last, len(text) - 1) + 1):
        if text[at].isascii() and text[at].isalnum() and (at == first or not _is_handle_char(text[at - 1])):
            yield at


def _is_handle_char(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in "_-")


def _ends(text: str, end: int) -> bool:
    """Whether a handle may end here: not within a longer word, a domain or an address."""
    rest = text[end : end + 2]
    goes_on = rest[:1].isascii() and (rest[:1].isalnum() or rest[:1] in {"@", "_"})
    return not (goes_on or (rest[:1] in {".", "/"} and rest[1:].isalnum()))


def _is_telling(value: str) -> bool:
    return any(char.isdecimal() or char == "_" for char in value)


def _is_believed(reading: Reading, at: CueAt, start: int, value: str) -> bool:
    text = reading.text
    between = text[at.end : start]
    plain = reading.as_canonical(start, start + len(value))  # a view of shapes reads the 8 of `version8` as a letter
    if any(_is_named_else(text, at, start, name) for name in {value, plain}) or _is_word_of_a_sentence(
        text, start + len(value), value
    ):
        return False
    if _is_of_a_link(text, at, start, start + len(value)) or _is_a_flight(text[at.start : at.end], between, value):
        return False
    if at.cue.weak and (not _is_led_to(reading, at, start) or value.isdecimal() or text[at.start : start] == "v @"):
        return False  # `v @somebody` names an opponent
    if _is_telling(value) or (between.endswith("@") and at.cue.kind is not ContactKind.INVITATION_CODE):
        return True
    introduced = bool(_INTRODUCES.search(between))
    if at.cue.weak or at.cue.kind is ContactKind.INVITATION_CODE:
        return introduced and not at.cue.weak
    return _is_asked_for(text, at, start, introduced=introduced) or _is_named(text, at, start, value)


def _is_a_flight(cue: str, between: str, value: str) -> bool:
    """Whether a cue that is an aeroplane too numbers a flight or a plane, without an @."""
    return any(plane in cue for plane in _PLANES) and "@" not in between and _FLIGHT.fullmatch(value) is not None


def _is_named(text: str, at: CueAt, start: int, value: str) -> bool:
    """Whether the cue says that a name follows, as `微信号` and `tg群` do, and the sentence ends behind it."""
    cue = text[at.start : at.end]
    naming = _NAMING_CUES + (_GROUPS if at.cue.kind is ContactKind.TELEGRAM else ())
    named = cue.endswith(naming) and not cue.endswith(_OWN_PAGES)
    end = start + len(value)
    return named and value not in words("product") and _SENTENCE_END.match(text[end : end + _BEFORE]) is not None


def _is_of_a_link(text: str, at: CueAt, start: int, end: int) -> bool:
    """Whether cue and account are bits of a link: `?from=wechat&id=abc12`, `/wx/page_12`, `watch?v=a1b2c3`.

    What a path says with a colon (`a.com/vx:abc123`) is meant for readers.
    """
    between = text[at.end : start]
    if not between.isascii() or any(map(str.isspace, between)):
        return False
    if _NEXT_PARAMETER.match(text[at.end : end + 1]):
        return True
    return not between.startswith((":", "@")) and within_a_link(text[max(at.start - LOOK_BACK, 0) : at.start])


def _is_asked_for(text: str, at: CueAt, start: int, *, introduced: bool) -> bool:
    """Whether letters alone are an account: somebody is asked to come, or a cue of another alphabet introduces them."""
    cue = text[at.start : at.end]
    around = text[max(at.start - _BEFORE, 0) : at.start] + "\n" + text[at.end : start]
    foreign = at.cue.drawn or not cue.isascii()
    return cue.startswith(_ASKING_CUES) or (introduced and foreign) or bool(_ASKS.search(around))


def _is_named_else(text: str, at: CueAt, start: int, value: str) -> bool:
    """Whether a product's or platform's name explains what begins at `start`, with its number or without it."""
    cue = text[at.start : at.end]
    if not _is_a_name(value, cue):
        return False
    return _activates(value, cue) or not _says_account(text, at, start, value)


def _is_a_name(value: str, cue: str) -> bool:
    """Whether it is a product's or platform's name, or one with a number behind: `win10pro`."""
    return value[: _EDITION.search(value).start()] in words("other_name") or _activates(value, cue)


def _activates(value: str, cue: str) -> bool:
    return cue.endswith(_ACTIVATES) and value[: _EDITION.search(value).start()] in words("product")


def _says_account(text: str, at: CueAt, start: int, value: str) -> bool:
    """Whether an account must follow, however it is called: somebody is asked to add it, or the cue says so.

    A colon says so only of what is no version. Letters alone want both the cue and the colon, and nothing behind.
    """
    cue, between = text[at.start : at.end], text[at.end : start]
    introduced = bool(_INTRODUCES.search(between))
    named = (cue + between).rstrip(" :").endswith(_ACCOUNT_CUES) and not cue.endswith(_OWN_PAGES)
    if not _is_telling(value):
        ends = _SENTENCE_END.match(text[start + len(value) :][:_BEFORE]) is not None
        return named and introduced and ends
    added = cue.startswith(_ASKING_CUES) or text[max(at.start - 2, 0) : at.start].rstrip().endswith(_ADDING)
    return named or added or (introduced and not at.cue.weak and _is_no_edition(value))


def _is_no_edition(value: str) -> bool:
    tail = value[_EDITION.search(value).start() :]
    return _NO_EDITION.search(tail) is not None and not _YEAR.fullmatch(tail)


def _is_word_of_a_sentence(text: str, end: int, value: str) -> bool:
    """Whether letters alone are followed by another Latin word, or digits alone are a year or counted."""
    if value.isdecimal():
        return _UNIT.match(text[end : end + 8]) is not None or _YEAR.fullmatch(value) is not None
    rest = text[end : end + 2]
    return value.isalpha() and len(rest) == 2 and rest[0] in " '" and is_latin(rest[1])


def _closed_by(reading: Reading, at: CueAt) -> Contact | None:
    first = max(at.start - 32, 0)
    match = _BEFORE_CUE.search(reading.text[first : at.start])
    if not match or not _is_telling(match.group(1)):
        return None
    if _is_a_name(match.group(1), reading.text[at.start : at.end]) and not _is_no_edition(match.group(1)):
        return None
    start, end = first + match.start(1), first + match.end(1)
    if start and _is_handle_char(reading.text[start - 1]):
        return None
    return _contact(reading, at.cue.kind, match.group(1), (start, end), 0.75)


def _contact(
    reading: Reading,
    kind: ContactKind,
    value: str,
    at: tuple[int, int],
    confidence: float,
    region: str | None = None,
) -> Contact:
    return Contact(kind, value, reading.view.to_source(*at), round(confidence, 2), region=region)
