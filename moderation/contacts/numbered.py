"""Numbers that an entry of a list may be about, by their digits, whatever word, sign or unit stands beside them.

A contact is believed of any number, so a finding asks what stands around it. An entry is about one number that people
named: what has these very digits is that number, unless it plainly counts, dates or numbers something else. Each
stretch of whole groups of digits is asked; the work is bounded for each group, so linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from moderation.contacts.beside import is_another_number, is_of_a_link, is_within_more, numbers_else
from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.cues import cues_in
from moderation.contacts.finding import readings_of
from moderation.contacts.handles import DATE, leads_to
from moderation.contacts.numbers import NumberRun
from moderation.contacts.phones import phone_in
from moderation.contacts.reading import Reading
from moderation.normaliser import Normalised
from moderation.spans import Span

_MOST_GROUPS = 5
_BARE = 7
"""Digits of an account from which on no cue is needed: shorter numbers are everyday ones."""

_ACCOUNT = (5, 11)
_LONGEST = 17
_BY_DIGITS = (ContactKind.QQ, ContactKind.WECHAT, ContactKind.LINE, ContactKind.KAKAO)
"""Kinds whose accounts may be digits that are no telephone number."""


def numbers_in(text: Normalised) -> tuple[Contact, ...]:
    """What each number of the text would be by each kind that may have it; each once, in the order of the views."""
    found: dict[tuple[ContactKind, str], Contact] = {}
    asked: set[tuple[str, Span]] = set()
    for reading in readings_of(text):
        for contact in _contacts_of(reading, asked) if reading.runs else ():
            found.setdefault((contact.kind, contact.value), contact)
    return tuple(found.values())


def _contacts_of(reading: Reading, asked: set[tuple[str, Span]]) -> Iterator[Contact]:
    """Of the numbers that no plainer view shows: one that leaves marks out says less of what stands around."""
    cued = _led_to(reading)
    for run in reading.runs:
        for part in _stretches(run):
            at = (part.digits, reading.view.to_source(part.start, part.end))
            if at not in asked:
                asked.add(at)
                yield from _meant_by(reading, part, cued=part.start in cued)


def _led_to(reading: Reading) -> frozenset[int]:
    """Where a number begins to which a cue leads."""
    leads = (leads_to(reading.text, at) for at in cues_in(reading.text) if not at.cue.weak)
    runs = (run for first, last in leads for run in reading.runs_between(first, last))
    return frozenset(run.start for run in runs)


def _stretches(run: NumberRun) -> Iterator[NumberRun]:
    """The run, and each stretch of up to five of its groups: `12345678 300` holds `12345678`."""
    cuts = [0, *accumulate(run.groups)]
    if len(run.digits) <= _LONGEST:
        yield run
    for at, start in enumerate(cuts[:-1]):
        for end in cuts[at + 1 : at + 1 + _MOST_GROUPS]:
            if _ACCOUNT[0] <= end - start <= _LONGEST and end - start < len(run.digits):
                yield run.part(start, end)


def _meant_by(reading: Reading, part: NumberRun, *, cued: bool) -> Iterator[Contact]:
    phone = phone_in(part, reading.regions, cued=cued or len(part.fillers) <= 1)
    is_account = _ACCOUNT[0] <= len(part.digits) <= _ACCOUNT[1] and (cued or _stands_for_itself(part))
    if not (phone or is_account) or _is_else(reading, part, cued=cued, is_phone=phone is not None):
        return
    span = reading.view.to_source(part.begins, part.end)
    if phone:
        yield Contact(ContactKind.PHONE, phone.number, span, phone.confidence, region=phone.region)
    if is_account:
        yield from (Contact(kind, part.digits, span, 0.7) for kind in _BY_DIGITS)


def _stands_for_itself(part: NumberRun) -> bool:
    """Whether digits without a cue may be an account: enough, in one way of grouping, and no date."""
    return len(part.digits) >= _BARE and len(part.fillers) <= 1 and not DATE.fullmatch(part.digits)


def _is_else(reading: Reading, part: NumberRun, *, cued: bool, is_phone: bool) -> bool:
    """Whether it is plainly another number; a telephone number may have a word of letters right behind."""
    if cued:
        return is_within_more(reading.text, part) or is_of_a_link(reading, part)
    if not is_phone:
        return is_another_number(reading, part)
    return is_within_more(reading.text, part) or numbers_else(reading, part)
