"""Links: hosts with their registrable domain, through unusual dots, spelt-out `dot com` and look-alike letters.

A scheme or `www.` makes any host under a public suffix a link. A bare host has to earn it: `a.py` is a file, `u.s.a.`
an abbreviation, `asp.net` a product, `v1.2.com` a version, `12点 com` a time, and `it was good.work hard` lacks a
space. Which endings are believed when is data (`moderation/tables/contacts_hosts.tsv`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.domains import as_shown, registrable_domain
from moderation.contacts.patterns import is_latin, pattern
from moderation.contacts.reading import Reading
from moderation.contacts.services import opened_by
from moderation.contacts.words import any_of, words
from moderation.spans import Span

DOTS = ".。．｡・·•‧∙⋅⸱⸳⸰ꞏꓸ᛫ᐧ܁܂⦁●◦"
"""What is drawn as a dot, of every script (Unicode names: full stop, dot, middle dot, bullet)."""
_MAX_HOST = 253
_DOT = f"[{DOTS}]"
_SPELT_DOTS = (".", "。", "dot", "d0t", "titik", "punto", "точка", "点", "丶", "ドット", "닷", "점", "จุด")
_SPELT = (
    r"(?:\s*[\[({<【]\s*(?:[.。]|dot|点)\s*[\])}>】]\s*|\s+(?:dot|d0t|titik|punto|точка)\s+"
    r"|\s*(?:点|丶|ドット|닷|점|จุด)\s*|\s+[.。]\s*|[.。]\s+)"
)
_SPELT_ENDINGS = {
    **{end: end for end in ("com", "net", "org", "cn", "cc", "xyz", "top", "vip", "ru", "io", "club", "co", "me")},
    **{"c0m": "com", "kom": "com", "ком": "com", "コム": "com", "컴": "com", "คอม": "com", "ру": "ru"},
}
_LABEL = r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?"
_BRACKETED_DOT = r"\s?[\[({<【]\s?(?:[.。]|dot|点)\s?[\])}>】]\s?"
_CHAIN = rf"(?:{_DOT}|{_BRACKETED_DOT}|\s(?:dot|d0t)\s|点)"
_WEB = r"(?:h[tx]{2}ps?|ftp)\s?[:：]\s?[/\\]\s?[/\\]?\s?"
"""Browsers read a backslash as a slash, and one as two."""
_SCHEME = rf"{_WEB}|www\d?[.。·]"
_USER = r"[^\s/\\?#]*@"
_PATH = r"(?::\d{2,5})?(?:/[^\s<>\"'，。！？、（）【】《》“”\p{Han}]*)?"
_ASCII_HOST = pattern(rf"({_SCHEME})?((?:{_LABEL}{_DOT})+(?:xn--[a-z0-9-]+|c0m|[a-z]+))({_PATH})")
_IDN_HOST = pattern(rf"({_SCHEME})?((?:[\pL\pM\pN][\pL\pM\pN-]*{_DOT})+[\pL\pM]+)({_PATH})")
_USERS_HOST = pattern(rf"({_WEB}{_USER})((?:[\pL\pM\pN][\pL\pM\pN_-]*{_DOT})+[\pL\pM][\pL\pM\pN-]*)({_PATH})")
_LETTER = "a-zß-öø-ɏḁ-ỿͰ-ӿ0-9"
_ACCENTED = pattern(rf"[ß-öø-ɏḁ-ỿͰ-ӿ][{_LETTER}-]*{_DOT}[a-z]")
_ACCENTED_NAME = pattern(r"[a-z0-9.-]*[ß-öø-ɏḁ-ỿ][a-z0-9ß-öø-ɏḁ-ỿ.-]*")
_ACCENTED_HOST = pattern(rf"({_SCHEME})?((?:[{_LETTER}](?:[{_LETTER}-]*[{_LETTER}])?{_DOT})+[a-z]+)({_PATH})")
_NUMBER = r"(?:0x[0-9a-f]{1,8}|\d{1,11})"
_ADDRESS = pattern(rf"({_WEB}(?:{_USER})?)({_NUMBER}(?:\.{_NUMBER}){{0,3}})({_PATH})")
_SPACED_SERVICE = pattern(
    rf"(t|telegram|wa|line)\s?(?:{_DOT}|点|dot)\s?(me|dog)(\s?/\s?[a-z0-9+@~][^\s<>\"'，。！？、（）【】《》“”\p{{Han}}]*)"
)
_IDN_DOT = pattern(r"[^\x00-\x7f]\.|\.[^\x00-\x7f]")
_SPELT_HOST = pattern(
    rf"({_SCHEME})?((?:{_LABEL}{_CHAIN})*?)({_LABEL})({_SPELT})"
    rf"({'|'.join(sorted(_SPELT_ENDINGS, key=len, reverse=True))})"
    rf"(?:{_SPELT}(cn|hk|tw|jp|kr|id|uk|au))?({_PATH})"
)
_SENTENCE_DOT = pattern(r"^\s*[.。]\s*$")
_ERA = pattern(rf"[\s-]*(?:{any_of('era')})")
_CHAIN_DOT = pattern(_CHAIN)
_VERSION = pattern(r"(?:v|ver|version|ch|chapter|vol|no|sec|rev|r|rc|ep|p)?\d{1,3}(?:\.\d{1,2})+")
_HOUR = pattern(r"(?:[01]?\d|2[0-4])")
_DIGITS_ONLY_ENDINGS = frozenset({"com", "cn", "cc", "net"})


def links_in(reading: Reading) -> Iterator[Contact]:
    """Every link, service links (`t.me/...`) as the account they open.

    `https://good.com@evil.com` opens evil.com, and shows good.com to whoever reads it: both are told.
    The patterns take their groups apart, which costs; a substring says first whether one can match at all.
    """
    text = reading.text
    for match in _hosts_in(text):
        yield from _link(reading, match)
    if "://" in text or ":\\" in text:
        yield from _addresses(reading)
    if " " in text and "/" in text:
        yield from _spaced_services(reading)
    if any(ending in text for ending in _SPELT_ENDINGS) and any(dot in text for dot in _SPELT_DOTS):
        yield from _spelt(reading)


def _hosts_in(text: str) -> Iterator[re2._Match[str]]:
    """What may be a host, dots and all, each with its scheme, its name and its path."""
    if any(dot in text for dot in DOTS):
        for match in _ASCII_HOST.finditer(text):
            if match.group(1) or not _cut_off(text, match.start()):
                yield match
    if not text.isascii() and ("://" in text or "www" in text or _IDN_DOT.search(text)):
        yield from (match for match in _IDN_HOST.finditer(text) if not match.group(2).isascii())
    if not text.isascii() and _ACCENTED.search(text):
        for match in _ACCENTED_HOST.finditer(text):
            if not match.group(2).isascii() and (match.group(1) or not _cut_off(text, match.start())):
                yield match
    if "@" in text:
        yield from _USERS_HOST.finditer(text)


def _addresses(reading: Reading) -> Iterator[Contact]:
    """Hosts that are numbers, in any base that a browser reads, as the address they open."""
    for match in _ADDRESS.finditer(reading.text):
        behind = reading.text[match.end(2) : match.end(2) + 2]
        goes_on = behind[:1].isalnum() or behind[:1] in {"-", "_", "@"} or (behind[:1] == "." and behind[1:].isalnum())
        if not goes_on and (host := _dotted_quad(match.group(2))):
            yield _service_or_url(reading, match, host, host, 0.9)


def _dotted_quad(host: str) -> str | None:
    """The IPv4 address of `host` by the WHATWG's URL standard (3.5): parts in base 8, 10 or 16, the last fills up."""
    try:
        *parts, last = (int(part, _base(part)) for part in host.split("."))
    except ValueError:
        return None
    room = 256 ** (4 - len(parts))
    if any(part > 255 for part in parts) or last >= room or not (parts[0] if parts else last >> 24):
        return None
    number = last + sum(part << (24 - 8 * at) for at, part in enumerate(parts))
    return ".".join(map(str, number.to_bytes(4, "big")))


def _base(part: str) -> int:
    return 16 if part.startswith("0x") else 8 if part.startswith("0") and len(part) > 1 else 10


def _spaced_services(reading: Reading) -> Iterator[Contact]:
    """Accounts behind a service's link with spaces around its marks: `t . me / somebody`."""
    for match in _SPACED_SERVICE.finditer(reading.text):
        host = f"{match.group(1)}.{match.group(2)}"
        account = reading.as_written(*match.span(3)).replace(" ", "")
        opened = None if _cut_off(reading.text, match.start()) else opened_by(host + account)
        if opened:
            yield Contact(*opened, reading.view.to_source(*match.span()), _SPACED, registrable_domain(host))


_SPACED = 0.9


def _cut_off(text: str, start: int) -> bool:
    """Whether the host only seems to begin here: within a word of another alphabet, a path or an address."""
    if start == 0:
        return False
    before = text[start - 1]
    if text[max(start - 2, 0) : start] == "//":
        return False
    return before in "@/\\-_.~$#" or (before.isalpha() and not _is_unspaced(before)) or before.isdecimal()


def _is_unspaced(char: str) -> bool:
    """Whether `char` belongs to a script written without spaces, so that a host may follow it at once."""
    return "\u0e00" <= char <= "\u0eff" or "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"


def _link(reading: Reading, match: re2._Match[str]) -> Iterator[Contact]:
    scheme, read, path = match.groups()
    host = _plain_dots(read)
    written = _plain_dots(reading.as_written(*match.span(2)).casefold())
    domain = registrable_domain(written) if _is_a_host(written) else None
    domain = domain or registrable_domain(host)
    if domain is None or len(host) > _MAX_HOST:
        return
    if scheme:
        yield _service_or_url(reading, match, host, domain, 0.98)
    elif confidence := _belief(reading.text, match, host, path, dotted=read == host):
        yield _service_or_url(reading, match, host, domain, confidence)


def _plain_dots(host: str) -> str:
    host = host.translate({ord(dot): "." for dot in DOTS})
    return host.removesuffix("c0m") + "com" if host.endswith(".c0m") else host


def _is_a_host(host: str) -> bool:
    return all(char.isalnum() or char in ".-" for char in host)


def _belief(text: str, match: re2._Match[str], host: str, path: str, *, dotted: bool) -> float:
    """How far a host without a scheme is believed; 0 for not at all."""
    labels = host.split(".")
    ending, name = labels[-1], labels[-2]
    in_prose = _in_latin_prose(text, *match.span())
    if not _may_be_a_host(host, labels, path) or (name.isdecimal() and ending not in _DIGITS_ONLY_ENDINGS):
        return 0.0
    if not host.isascii() and (not dotted or max(map(len, labels[:-1])) > 12 or (in_prose and _ends_a_word(host))):
        return 0.0  # sentences and their stops, not names
    if ending in words("plain"):
        return 0.85 if dotted else 0.75
    if ending.startswith("xn--") or (len(path) > 1 and "/" in path):
        return 0.8
    many = len(labels) > 2 and min(map(len, labels)) > 1
    apart = many or any(map(str.isdecimal, host)) or not in_prose
    return 0.7 if dotted and apart and ending in words("wordy") else 0.0


def _ends_a_word(host: str) -> bool:
    """Whether an accented word with a stop behind it may stand there: `mañana.es`, but not `müller.com`."""
    return host.rpartition(".")[2] not in _DIGITS_ONLY_ENDINGS and _ACCENTED_NAME.fullmatch(host) is not None


def _may_be_a_host(host: str, labels: list[str], path: str) -> bool:
    """Not a file, a product, a version or an abbreviation (`u.s.a.`)."""
    if not path and _VERSION.fullmatch(host.rpartition(".")[0]):
        return False
    return host not in words("products") and labels[-1] not in words("files") and max(map(len, labels)) > 1


def _in_latin_prose(text: str, start: int, end: int) -> bool:
    before = text[max(start - 2, 0) : start].rstrip()[-1:]
    after = text[end : end + 2].lstrip()[:1]
    return any(char != "" and is_latin(char) for char in (before, after))


def _spelt(reading: Reading) -> Iterator[Contact]:
    for match in _SPELT_HOST.finditer(reading.text):
        _, before, name, _, ending, country, _ = match.groups()
        parts = (_CHAIN_DOT.sub(".", before).rstrip("."), name, _SPELT_ENDINGS[ending], country)
        host = ".".join(filter(None, parts))
        domain = registrable_domain(host) if _is_spelt_host(reading.text, match) else None
        if domain:
            yield _service_or_url(reading, match, host, domain, 0.75)


def _is_spelt_host(text: str, match: re2._Match[str]) -> bool:
    """Whether `name dot com` is meant as a host: not `the dot com bubble`, not a sentence's end before `com`."""
    scheme, _, name, dot, ending, _, path = match.groups()
    behind = text[match.end() : match.end() + 14]
    goes_on = not path and (is_latin(behind[:1]) or behind[:1].isdecimal())
    if goes_on or _cut_off(text, match.start()) or name in words("article") or _ERA.match(behind):
        return False
    if _SENTENCE_DOT.match(dot) and ending != "com" and not (dot == " . " and any(map(str.isdecimal, name))):
        return False
    if scheme or len(path) > 1:
        return True
    if "点" in dot and _HOUR.fullmatch(name):
        return False
    return len(name) > 1 and ending != "me" and (not name.isdecimal() or ending in _DIGITS_ONLY_ENDINGS)


def host_span(span: Span, source: str) -> Span:
    """Of a link at `span` of the text as sent: its scheme and host, without its path and query."""
    written = span.of(source)
    scheme = _WRITTEN_SCHEME.match(written)
    end = _HOST_END.search(written, scheme.end() if scheme else 0)
    return Span(span.start, span.start + (end.start() if end else len(written)))


_WRITTEN_SCHEME = re.compile(r"\s*[a-z]+\s?[:：]\s?[/\\／＼]\s?[/\\／＼]?\s?", re.IGNORECASE)
_HOST_END = re.compile(r"[/／?？#＃\s]")


def _service_or_url(reading: Reading, match: re2._Match[str], host: str, domain: str, confidence: float) -> Contact:
    """What a link opens: an account where its form says so. The path is the last group of every pattern here."""
    host = host.removeprefix("www.")
    at = len(match.groups())
    path = reading.as_written(*match.span(at)) if match.group(at) else ""
    user = "@" in (match.group(1) or "")
    span = reading.view.to_source(match.start(2) if user else match.start(), match.end())
    if opened := opened_by(host + path):
        return Contact(*opened, span, max(confidence, 0.95), domain)
    return Contact(ContactKind.URL, as_shown(host) + path.rstrip("/.,;:!?)"), span, confidence, domain)
