"""What a comment shows that entries of lists may be about: its domains and contacts, by their keys, and its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from moderation.contacts import find_contacts
from moderation.lists import ATTACHMENT, DOMAIN, domains_of
from moderation.normaliser import normalise
from records import comments, lists
from records.attachments import unpacked
from records.house_values import ListEntryRecord
from records.unit_of_work import Reading
from records.values import CommentRecord

Things = Mapping[str, frozenset[str]]
"""Keys as lists hold them, by kind."""


def allowed_of(look: Reading, comment_id: str) -> list[ListEntryRecord]:
    """The entries that allow a part of what the comment shows, or are asked to, at any time since it was written.

    Whether they counted when it was decided or not; none once its text is gone.
    """
    comment = comments.get(look, comment_id)
    if not lists.any_allowing(look, since=comment.created_at):
        return []
    return lists.allowing(look, things_of(look, comment), since=comment.created_at)


def things_of(look: Reading, comment: CommentRecord) -> Things:
    """All of them; a contact's own value under each key of this house."""
    found: dict[str, set[str]] = {}
    attached = unpacked(comment.attachments)
    for text in (comment.text or "", *(each.alt or "" for each in attached)):
        for kind, key in _of_text(look, text):
            found.setdefault(kind, set()).add(key)
    if attached:
        found[ATTACHMENT] = {each.sha256.strip().lower() for each in attached}
    return {kind: frozenset(keys) for kind, keys in found.items()}


def _of_text(look: Reading, text: str) -> Iterator[tuple[str, str]]:
    for contact in find_contacts(normalise(text)) if text else ():
        for key in look.hashes(contact.kind.value, contact.value):
            yield contact.kind.value, key
        for domain in domains_of(contact):
            yield DOMAIN, domain
