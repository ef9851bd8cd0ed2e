"""E-mail addresses, also with the at sign and the dots spelt out."""

from __future__ import annotations

from collections.abc import Iterator

import re2

from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.domains import registrable_domain
from moderation.contacts.links import DOTS
from moderation.contacts.patterns import LOOK_BACK, pattern
from moderation.contacts.reading import Reading

_LOCAL = r"[a-z0-9](?:[a-z0-9._%+-]*[a-z0-9_])?"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_MAX_ADDRESS = 320
_AT = (
    r"(?:\s?@\s?|\s?[\[({<【]\s?(?:at|@|a)\s?[\])}>】]\s?"
    r"|\s?(?:艾特|圈a|アットマーク|골뱅이|собака)\s?)"
)
_AT_WORD = r"(?:\s+at\s+|\s+арроба\s+|\s+arroba\s+)"
_DOT = (
    rf"(?:[{DOTS}]|\s?[\[({{<【]\s?(?:[.。]|dot)\s?[\])}}>】]\s?"
    r"|\s+(?:dot|titik|точка)\s+|\s?(?:点|丶|ドット|닷)\s?)"
)
_DOT_WORD = r"(?:\s+(?:dot|punto|точка)\s+)"
_EMAIL = pattern(rf"({_LOCAL}){_AT}({_LABEL}(?:{_DOT}{_LABEL})*{_DOT}(?:c0m|[a-z]+))")
_SPELT_EMAIL = pattern(rf"({_LOCAL}){_AT_WORD}({_LABEL}(?:{_DOT_WORD}{_LABEL})*{_DOT_WORD}[a-z]+)")
_MAIL = "qq|163|126|139|sina|foxmail|gmail|outlook|hotmail|yahoo"
_KNOWN_EMAIL = pattern(rf"({_LOCAL})\s?[@#]\s?((?:{_MAIL})(?:{_DOT}|\s\.\s)com)\b")
"""Of the large houses an address is known with any mark for the at sign, and with spaces around it."""
_SPACED_EMAIL = pattern(
    rf"({_LOCAL})\s?@\s?({_LABEL}(?:\s\.\s{_LABEL})*?\s\.\s(?:(?:co|com|net|org|ac|edu|gov)\s\.\s[a-z]{{2}}"
    r"|com|net|org|edu|info|ru|cn|de))\b"
)
"""With a space on both sides of every dot; only what few sentences go on with ends it."""
_ANY_DOT = pattern(_DOT)
_OF_A_LINK = pattern(r"//[^\s/?#]*:$")
"""What stands before the password of a link's user."""


_SHAPES = (
    (
        ("@", "at]", "at)", "at}", "at>", "at】", "at ]", "at )", "(a)", "艾特", "圈a", "マーク", "골뱅이", "собака"),
        _EMAIL,
        0.95,
    ),
    (("@", "#"), _KNOWN_EMAIL, 0.9),
    ((" . ",), _SPACED_EMAIL, 0.9),
    ((" dot ", "punto", "точка"), _SPELT_EMAIL, 0.85),
)
"""Each with substrings of which a text that matches holds one, for patterns with groups are dear."""


def emails_in(reading: Reading) -> Iterator[Contact]:
    """Every address under a public suffix; `git@host:path` and `@user@host` are none."""
    for signs, shape, confidence in _SHAPES:
        if any(sign in reading.text for sign in signs):
            for match in shape.finditer(reading.text):
                yield from _address(reading, match, confidence)


def _address(reading: Reading, match: re2._Match[str], confidence: float) -> Iterator[Contact]:
    host = _ANY_DOT.sub(".", match.group(2)).replace(" ", "").replace(".c0m", ".com")
    domain = registrable_domain(host)
    if domain and _is_address(reading.text, match):
        span = reading.view.to_source(*match.span())
        yield Contact(ContactKind.EMAIL, f"{match.group(1)}@{host}", span, confidence, domain)


def _is_address(text: str, match: re2._Match[str]) -> bool:
    """Not `git@host:path`, `@user@host`, `https://user:word@host` or `see you @ example.com`."""
    start, end = match.span()
    path = text[end : end + 1] == ":" and text[end + 1 : end + 2].isalnum()
    prose = " @" in match.group() and " ." not in match.group() and not any(map(str.isdecimal, match.group(1)))
    before = text[max(start - LOOK_BACK, 0) : start]
    apart = before[-1:] not in {"@", "/"} and not _OF_A_LINK.search(before)
    return end - start <= _MAX_ADDRESS and apart and not path and not prose
