"""What an entry commits to, opened: texts, pseudonyms and places with their salt, as long as they were not erased.

What cannot be opened is told as well, with why: whoever asks for evidence has to know what is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from moderation.errors import ConfigError
from records import entry_words
from records.attachments import KIND
from records.commitments import commit
from records.house_values import LedgerEntry
from records.incidents import FIELDS, commitment_of, told_of
from records.personal import Keyring, key_number
from records.retold_house import INCIDENTS
from records.tables import authors, comment_revisions, comments, decisions, incidents
from records.unit_of_work import Reading

KINDS = ("text", "attachments", "author", "thread", "external")
"""What is committed to: the entry's fact is `<kind>_commitment`."""

OF_DECISIONS: Mapping[str, tuple[str, ...]] = {
    "comments": ("text", "attachments", "salt", "author_cipher", "external_id"),
    "comment_revisions": ("text", "attachments", "salt", "author_cipher"),
    "decisions": ("thread_id",),
    "entry_words": ("salt", "words"),
}
"""Columns, by table, whose values are handed out with the entries about a decision or a measure."""

_OPENED = ("decision", "author")
"""Kinds of entries; what others commit to a decision's entry does too."""


class WhyNot(StrEnum):
    """Why something cannot be opened."""

    ERASED = "erased"
    GONE = "gone"
    """The row is in no table any more."""
    ANOTHER = "another"
    """The row says another than the entry commits to: the platform said another since, or the table was altered."""
    NO_KEY = "no_key"
    """The key under which the pseudonym was stored is not at hand."""
    ALTERED = "altered"
    """The key is at hand and does not open it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What an entry commits to; `kind` is one of `KINDS`."""

    kind: str
    salt: bytes = field(repr=False)
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Closed:
    """What an entry commits to and nobody can open, or not here."""

    kind: str
    why: WhyNot


def of_entry(look: Reading, entry: LedgerEntry, keyring: Keyring | None) -> Iterator[Opening | Closed]:
    """All that it commits to: opened where it is still there and fits what the entry says."""
    yield from _words(look, entry)
    if entry.kind in INCIDENTS:
        yield from _incident(look, entry)
    if entry.kind not in _OPENED:
        return
    facts = json.loads(entry.body)["facts"]
    told = {kind: facts[f"{kind}_commitment"] for kind in KINDS if facts.get(f"{kind}_commitment")}
    held = _held(look, entry, facts, keyring) if told else {}
    for kind, commitment in told.items():
        found = held.get(kind, Closed(kind, WhyNot.GONE))
        if isinstance(found, Opening) and commit(found.salt, kind, found.value).hex() != commitment:
            found = Closed(kind, WhyNot.ANOTHER)
        yield found


def _words(look: Reading, entry: LedgerEntry) -> Iterator[Opening | Closed]:
    """What people wrote, which stands beside the entry until it is erased."""
    told = entry_words.commitments(json.loads(entry.body))
    kept = entry_words.kept_beside(look, [entry.id]).get(entry.id) if told else None
    for name in told:
        if kept is None:
            yield Closed("words", WhyNot.ERASED)
        elif not entry_words.fits(kept, told):
            yield Closed("words", WhyNot.ANOTHER)
        else:
            yield Opening(entry_words.kind_of(name), kept.salt, kept.words[name])


def _incident(look: Reading, entry: LedgerEntry) -> Iterator[Opening | Closed]:
    """What was told of an incident, by the newest entry about it: earlier ones commit to what was told until then."""
    said = json.loads(entry.body)["facts"].get(f"{FIELDS}_commitment")
    row = look.execute(select(incidents.c.fields, incidents.c.salt).where(incidents.c.id == entry.subject_id)).first()
    if said is None:
        return
    if row is None or row.salt is None:
        yield Closed(FIELDS, WhyNot.GONE)
    elif commitment_of(row.fields, bytes(row.salt)) != said:
        yield Closed(FIELDS, WhyNot.ANOTHER)
    else:
        yield Opening(FIELDS, bytes(row.salt), told_of(row.fields))


def _held(
    look: Reading, entry: LedgerEntry, facts: dict[str, Any], keyring: Keyring | None
) -> dict[str, Opening | Closed]:  # fmt: skip
    """What the tables have of it, by kind; of what is in no table any more nothing."""
    if entry.kind == "decision":
        comment = look.execute(select(comments).where(comments.c.id == facts["comment_id"])).one_or_none()
        return {} if comment is None else _of_comment(look, comment, entry.subject_id, facts["revision"], keyring)
    author = look.execute(select(authors).where(authors.c.id == entry.subject_id)).one_or_none()
    return {} if author is None else {"author": _author(author.salt, author.author_cipher, keyring)}


def _of_comment(
    look: Reading, comment: Row[Any], decision_id: str, revision: int, keyring: Keyring | None
) -> dict[str, Opening | Closed]:  # fmt: skip
    held = comment
    if comment.revision != revision:
        earlier = comment_revisions.c
        query = select(earlier.text, earlier.attachments, earlier.salt, earlier.author_cipher)
        found = look.execute(query.where(earlier.comment_id == comment.id, earlier.revision == revision)).one_or_none()
        if found is None:
            return {}
        held = found
    salt = held.salt
    thread = look.execute(select(decisions.c.thread_id).where(decisions.c.id == decision_id)).scalar_one_or_none()
    return {
        "text": _plain("text", salt, held.text, WhyNot.ERASED),
        KIND: _plain(KIND, salt, held.attachments, WhyNot.ERASED),
        "author": _author(salt, held.author_cipher, keyring),
        "thread": _plain("thread", salt, thread, WhyNot.ANOTHER),
        "external": _plain("external", salt, comment.external_id, WhyNot.ANOTHER),
    }


def _plain(kind: str, salt: bytes | None, value: str | None, without: WhyNot) -> Opening | Closed:
    if salt is None:
        return Closed(kind, WhyNot.ERASED)
    return Closed(kind, without) if value is None else Opening(kind, salt, value)


def _author(salt: bytes | None, cipher: str | None, keyring: Keyring | None) -> Opening | Closed:
    """Of an account that was erased while something holds it the cipher is empty."""
    if salt is None or cipher == "":
        return Closed("author", WhyNot.ERASED)
    if cipher is None:
        return Closed("author", WhyNot.ANOTHER)
    if keyring is None or key_number(cipher) not in keyring.fingerprints():
        return Closed("author", WhyNot.NO_KEY)
    try:
        return Opening("author", salt, keyring.reveal("author", cipher))
    except ConfigError:
        return Closed("author", WhyNot.ALTERED)
