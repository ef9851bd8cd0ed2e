"""Every contact of a text, through its views.

A contact is looked for in the canonical view and, where they read otherwise, in the joined view (fillers between
letters removed), the shape view (look-alike and split characters, emoji as the words they stand for) and without the
marks of `a b c . c o m`; cues also by their sound. Where two findings overlap, the surer one stays; of equals the
longer, and of those the one of the plainer view. All are told, however many: one that is left out is one that no list
and no rule sees, so that harmless links would hide a denied one. The work is bounded instead: it is linear, since every
pattern is RE2's and every look around a cue or a number is bounded.

`confidence` says how plainly it is a contact: 0.95 and more for what is one by its own form (a link with a scheme, an
address whose checksum holds, an international number) or a telephone number behind a cue; about 0.9 for a cue with a
telling account, and for a number in its usual groups; about 0.7 where one of the two is missing and the other is
strong. What is less sure is not reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, pairwise

from moderation.contacts.beside import is_another_number
from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.crypto import addresses_in
from moderation.contacts.cues import cues_heard, cues_in
from moderation.contacts.emails import emails_in
from moderation.contacts.handles import handle_at
from moderation.contacts.links import DOTS, host_span, links_in
from moderation.contacts.patterns import pattern
from moderation.contacts.phones import phone_in
from moderation.contacts.reading import Reading, unspaced
from moderation.contacts.services import app_links_in
from moderation.dictionary import dictionary
from moderation.normaliser import Normalised, ViewName
from moderation.spans import Span

_DIGIT_LIKE = "0-9a-z@〇零洞一幺么二两三四五六七八九壹贰叁肆伍陆柒捌玖"
_NUMBER = re.compile(rf"[{_DIGIT_LIKE}](?:[^{_DIGIT_LIKE}]{{0,3}}[{_DIGIT_LIKE}]){{3}}")
_DOMAIN = re.compile(rf"[{DOTS}](?<=[^\W_].)(?:中国|公司|网|集|商|我|рф|рус|укр|한국|ไทย|コム|みんな)")
_NUMERAL = re.compile("[①-⓿❶-➓공영일ศно](?:(?<=[①-⓿❶-➓공영])|(?<=일)이|(?<=ศ)ูนย์|(?<=н)оль|(?<=о)дин)")
_SIGNS = (_NUMBER, _DOMAIN, _NUMERAL, re.compile(r"\d\d{4}"))
"""One of these is in every text with a contact; in most everyday comments none is, and nothing else is asked of them.

Not RE2's, whose answers cost as much as a view: each character fits one way on only, so they are linear all the same.
Each begins with a class so as to be fast.
"""

_HAN = pattern(r"\p{Han}")


def find_contacts(text: Normalised) -> tuple[Contact, ...]:
    """Every contact of `text` in order, each value of a kind once."""
    canonical = text.canonical.text
    if not any(sign.search(canonical) for sign in _SIGNS):
        return ()
    found = [finder(reading) for reading in readings_of(text) for finder in _FINDERS]
    if _HAN.search(canonical):
        found.append(_accounts_heard(text))
    return _told_once(_surest(chain.from_iterable(found), text.source))


def readings_of(text: Normalised) -> Iterator[Reading]:
    """The views that read differently, the plainest first."""
    seen: set[str] = set()
    for view in (text.canonical, unspaced(text.canonical), text.view(ViewName.JOINED), text.view(ViewName.SHAPE)):
        if view.text not in seen:
            seen.add(view.text)
            yield Reading(text.source, view, text.canonical)


def _accounts_in(reading: Reading) -> Iterator[Contact]:
    return filter(None, (handle_at(reading, at) for at in cues_in(reading.text)))


def _accounts_heard(text: Normalised) -> Iterator[Contact]:
    """Accounts behind cues in other characters that sound the same: `唯信` for 微信, but not the word 卫星."""
    reading = Reading(text.source, text.view(ViewName.EMOJI), text.canonical)
    for at in cues_heard(text.view(ViewName.PHONETIC), reading.view):
        found = handle_at(reading, at)
        if found and not _holds_a_word(reading.text[at.start : at.end]):
            yield found


def _holds_a_word(han: str) -> bool:
    """Whether two neighbours in `han` are a word of the dictionary."""
    return any(dictionary().frequency(left + right) for left, right in pairwise(han))


def _phones_in(reading: Reading) -> Iterator[Contact]:
    """Numbers that need no cue."""
    for run in reading.runs:
        for part in run.parts():
            phone = None if is_another_number(reading, part) else phone_in(part, reading.regions, cued=False)
            if phone:
                span = reading.view.to_source(part.begins, part.end)
                yield Contact(ContactKind.PHONE, phone.number, span, phone.confidence, region=phone.region)


_FINDERS: tuple[Callable[[Reading], Iterator[Contact]], ...] = (
    emails_in,
    links_in,
    app_links_in,
    addresses_in,
    _accounts_in,
    _phones_in,
)


def _surest(found: Iterable[Contact], source: str) -> list[Contact]:
    """Of findings that overlap the surest, in order of the text; sorting is stable, so plainer views come first.

    A link keeps its host beside a surer finding in its path, where its span then ends: else an account behind the slash
    would hide the host from the lists.
    """
    taken = bytearray(len(source))  # a byte of each code point says whether a finding has it already
    kept: list[Contact] = []
    for contact in sorted(found, key=lambda one: (-one.confidence, one.span.start - one.span.end)):
        start, end = contact.span.start, contact.span.end
        other = taken.find(1, start, end)
        if other >= 0 and contact.kind is ContactKind.URL and host_span(contact.span, source).end <= other:
            end = other
        elif other >= 0:
            continue
        taken[start:end] = b"\1" * (end - start)
        kept.append(replace(contact, span=Span(start, end)))
    return sorted(kept, key=lambda one: one.span)


def _told_once(found: Iterable[Contact]) -> tuple[Contact, ...]:
    first: dict[tuple[ContactKind, str], Contact] = {}
    for contact in found:
        first.setdefault((contact.kind, contact.value), contact)
    return tuple(first.values())
