"""What is offered of a campaign's contact: the rule editor, filled with it, and the form that puts it on the list.

Both are forms: a contact is somebody's, and no address of a page holds one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from console.permissions import Action
from console.rule_text import text_of
from console.visit import Visit
from moderation.contacts import Contact, find_contacts
from moderation.normaliser import normalise

MOST = 3
"""Contacts that a page offers."""

_ID = 8
"""Characters of a hash that tell the rule of one contact from another's."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A contact: its kind, as it is known (`value`), as it was `written`, and a rule about it to go on from."""

    kind: str
    value: str
    written: str
    rule: str
    tried: str


def offered(visit: Visit, texts: Iterable[str], label: str | None, kinds: Iterable[str] = ()) -> tuple[Offered, ...]:
    """Of these texts, each contact once, the surest first; of `kinds` alone where some are named.

    None for who may neither change rules nor lists. `label`: what is suspected, for which the rule would be.
    """
    if not (visit.may(Action.CHANGE_RULES) or visit.may(Action.CHANGE_LISTS)):
        return ()
    wanted = set(kinds)
    found: dict[tuple[str, str], tuple[Contact, str]] = {}
    for text in texts:
        for contact in find_contacts(normalise(text)):
            if not wanted or contact.kind.value in wanted:
                found.setdefault((contact.kind.value, contact.value), (contact, text))
    surest = sorted(found.values(), key=lambda one: -one[0].confidence)[:MOST]
    return tuple(_offered(visit, contact, text, label) for contact, text in surest)


def _offered(visit: Visit, contact: Contact, text: str, label: str | None) -> Offered:
    written = contact.span.of(text)
    known = {each.name for each in visit.parts.taxonomy.labels}
    named = label if label in known else "advertising"
    rule = {
        "id": f"{named}.contact_{hashlib.sha256(contact.value.encode()).hexdigest()[:_ID]}",
        "title": {"zh": f"联系方式 {written}", "en": f"The contact {written}"},
        "label": named,
        "action": "review",
        "ground": visit.parts.policies()[visit.parts.standing].ground(named),
        "owner": visit.me.name,
        "why": "",
        "views": ["canonical", "joined"],
        "terms": [written],
        "examples": {"match": [text[:200]], "no_match": [""]},
    }
    return Offered(contact.kind.value, contact.value, written, text_of(rule), text)
