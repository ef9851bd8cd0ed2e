"""From a comment to what it is compared by: the live windows and a replay of the past read comments alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from moderation.behaviour.observation import Observation
from moderation.behaviour.signature import signature_of
from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.same_number import known_by
from moderation.normaliser import Normalised

PUBLIC = (ContactKind.URL,)
"""What many people share without knowing each other."""

Hash = Callable[[str, str], int]
"""From a kind (`author`, `thread`, a contact's) and a name to 64 bits that are not 0."""


def observed(
    text: Normalised, contacts: Sequence[Contact], *, at: float, author: str | None, thread: str | None, hashed: Hash
) -> Observation:
    """A comment without its text; `at` is in seconds since 1970, `author` and `thread` None where nobody says."""
    private = [contact for contact in contacts if contact.kind not in PUBLIC]
    return Observation(
        at=at,
        signature=signature_of(text, [contact.span for contact in private]),
        account=None if author is None else hashed("author", author),
        thread=None if thread is None else hashed("thread", thread),
        contacts=tuple({hashed(*known_by(contact)) for contact in private}),
    )
