"""What a platform states about its authors: facts that rules ask for, and links by which accounts hang together.

An author is found by a keyed hash of the pseudonym. A link is kept as a keyed hash alone: it tells that two accounts
share a device or a telephone, and not which. The ledger holds that something was stated and a salted commitment to it.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from moderation.comment import Author
from moderation.contacts import phones
from moderation.errors import NotFoundError
from moderation.standing import Standing
from records import credit, kept, ledger, measures
from records.commitments import commit, new_salt
from records.ids import new_id
from records.inserting import insert_into
from records.ledger import Actor
from records.personal import Keyring
from records.tables import author_links, authors, comments
from records.unit_of_work import Reading, Unit
from records.values import AuthorRecord, LinkRecord

DEVICE, NETWORK, PHONE = "device", "network", "phone"
FACTS = ("verified", "registered_at", "agreement_version", "consented_at", "consent_withdrawn_at")
"""What may be stated about an account, by column; that consent is withdrawn follows from its being stated no more."""

KNOWN = "author.known"
"""The entry of an account that is made since something is to be kept of it: who it is, as a salted commitment."""

STATED_IN = "UTC"
"""The zone of moments within a commitment, of entries since it can be counted again."""


@dataclass(frozen=True, slots=True)
class Link:
    """Something that accounts may share, as the platform names it; its value goes no further than the keyed hash."""

    kind: str
    value: str

    def indexes(self, keyring: Keyring) -> tuple[str, ...]:
        """What it is known by under each key, a telephone however it is written; what is written is under the newest.

        Devices and networks are hashed as those of comments are.
        """
        if self.kind in (DEVICE, NETWORK):
            return keyring.indexes(self.kind, self.value)
        spellings = _plain(self.value), *(_numbers(_plain(self.value)) if self.kind == PHONE else ())
        told = dict.fromkeys((*spellings[1:], spellings[0]))  # the one that is the same for everybody is written
        return tuple(index for each in told for index in keyring.indexes(f"link {self.kind}", each))


@dataclass(frozen=True, slots=True)
class Statement:
    """All that the platform states about an author now; None: nothing."""

    verified: bool | None = None
    registered_at: datetime | None = None
    agreement_version: str | None = None
    consented_at: datetime | None = None
    links: Sequence[Link] = ()
    consent_withdrawn_at: datetime | None = None
    """Not stated: `state` fills it in."""

    @property
    def facts(self) -> dict[str, Any]:
        """By column."""
        return {name: getattr(self, name) for name in FACTS}


def state(
    unit: Unit, keyring: Keyring, author: str, statement: Statement, *, actor: Actor, now: datetime
) -> AuthorRecord:
    """Keeps what is stated in the place of what was stated before. What changes nothing leaves no trace.

    Consent that is stated no more was withdrawn, at this moment, which stays until it is given again.
    """
    row, is_new = _row_of(unit, keyring, author, now)
    statement = replace(statement, consent_withdrawn_at=_withdrawn(row, statement, now))
    links = _replace_links(unit, keyring, row.id, statement.links, now)
    changed = any(getattr(row, name) != value for name, value in statement.facts.items())
    if changed or links or is_new:
        unit.execute(update(authors).where(authors.c.id == row.id).values(**statement.facts, updated_at=now))
        ledger.append(unit, _entry(row, author, statement, actor), now=now)
    return get(unit, keyring, author)


def _withdrawn(row: Row[Any], statement: Statement, now: datetime) -> datetime | None:
    if statement.consented_at is not None:
        return None
    withdrawn: datetime | None = row.consent_withdrawn_at
    return now if row.consented_at is not None else withdrawn


def get(look: Reading, keyring: Keyring, author: str) -> AuthorRecord:
    """What was stated about the author. Raises `NotFoundError`."""
    row = _find(look, keyring, author)
    if row is None:
        raise NotFoundError("Nothing was ever stated about this author.")
    links = author_links.c
    query = select(links.kind, links.created_at).where(links.author_id == row.id, links.same_as.is_(None))
    found = look.execute(query.order_by(links.kind, links.created_at, links.link_index))
    facts = {name: getattr(row, name) for name in FACTS}
    told = tuple(LinkRecord(link.kind, link.created_at) for link in found)
    return AuthorRecord(row.id, **facts, links=told, created_at=row.created_at, updated_at=row.updated_at)


def known(look: Reading, keyring: Keyring, author: str) -> Author:
    """The author with what is stated of those facts that a rule may ask for, and how the account stands."""
    row = _find(look, keyring, author)
    if row is None:
        return Author(author)
    standing = Standing(measures.held_by(look, row.id), credit.events_of(look, row.id))
    return Author(author, row.verified, row.registered_at, standing)


def id_for(unit: Unit, keyring: Keyring, author: str, *, now: datetime) -> str:
    """Our id of an account, which is made where nothing was known of it."""
    row, is_new = _row_of(unit, keyring, author, now)
    if is_new:
        facts = {"author_commitment": commit(row.salt, "author", author).hex()}
        known = ledger.Entry(KNOWN, ledger.MACHINE, "author", row.id, "an account is named", "", facts=facts)
        ledger.append(unit, known, now=now)
    return str(row.id)


def named_by(look: Reading, keyring: Keyring, index: str) -> str | None:
    """The pseudonym of whoever wrote comments under this hash; None where it is erased."""
    c = comments.c
    query = select(c.author_cipher).where(c.author_index == index, c.author_cipher.is_not(None))
    found = look.execute(query.order_by(c.id.desc()).limit(1)).scalar_one_or_none()
    return None if found is None else keyring.reveal("author", found)


def lock(unit: Unit, author_id: str) -> None:
    """Until this unit ends nobody else does what asks for this account too."""
    unit.execute(select(authors.c.id).where(authors.c.id == author_id).with_for_update(key_share=True)).all()


def id_of(look: Reading, keyring: Keyring, author: str) -> str | None:
    """Our id of an account; None where nothing is known of it."""
    row = _find(look, keyring, author)
    return None if row is None else str(row.id)


def pseudonym_of(look: Reading, keyring: Keyring, author_id: str) -> str:
    """As the platform names the account. Raises `NotFoundError`, `ConfigError` where its key is missing."""
    query = select(authors.c.author_cipher).where(authors.c.id == author_id)
    cipher = look.execute(query).scalar_one_or_none()
    if not cipher:
        raise NotFoundError("There is no such account, or it was erased.")
    return keyring.reveal("author", cipher)


def pseudonym_left(look: Reading, keyring: Keyring, author_id: str) -> str | None:
    """As `pseudonym_of`; None of an account that was erased, of which at most what holds it is kept."""
    try:
        return pseudonym_of(look, keyring, author_id)
    except NotFoundError:
        return None


def anybody_stands(look: Reading) -> bool:
    """Whether a measure or credit was ever anybody's: else a comment that says all else needs no look at its author."""
    return measures.any_holds(look) or credit.any_exist(look)


def any_exist(look: Reading) -> bool:
    """Whether anything was ever stated about anybody."""
    return look.execute(select(authors.c.id).limit(1)).first() is not None


def _find(look: Reading, keyring: Keyring, author: str, *, lock: bool = False) -> Row[Any] | None:
    query = select(authors).where(authors.c.author_index.in_(keyring.indexes("author", author)))
    query = query.order_by(authors.c.id).limit(1)
    return look.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()


def _row_of(unit: Unit, keyring: Keyring, author: str, now: datetime) -> tuple[Row[Any], bool]:
    """The author's row, locked, and whether it was made here."""
    found = _find(unit, keyring, author, lock=True)
    if found is not None:
        kept.known_again(unit, keyring, found, author)
        return found, False
    row = {
        "id": new_id(),
        "author_index": keyring.index("author", author),
        "author_cipher": keyring.encrypt("author", author),
        "salt": new_salt(),
        "created_at": now,
        "updated_at": now,
    }
    unit.execute(insert_into(authors, unit.dialect).on_conflict_do_nothing(index_elements=["author_index"]), [row])
    made = _find(unit, keyring, author, lock=True)
    if made is None:
        raise RuntimeError("an author's row that was just written is not there")
    return made, made.id == row["id"]


def _replace_links(unit: Unit, keyring: Keyring, author_id: str, links: Collection[Link], now: datetime) -> bool:
    """Whether anything is another than before; links that stay keep their first moment.

    A value is stored under every key there is, by one row that counts and others that are the same as that: whoever
    stated it before a rotation of keys, and states nothing since, is found by it from both sides.
    """
    mine = author_links.c.author_id == author_id
    query = select(author_links.c.kind, author_links.c.link_index, author_links.c.same_as).where(mine)
    before = {(row.kind, row.link_index): row.same_as for row in unit.execute(query)}
    after: dict[tuple[str, str], str | None] = {}
    for link in links:
        _add_link(after, before, link.kind, link.indexes(keyring))
    gone = [place for place, same_as in before.items() if after.get(place, place) != same_as]
    for kind, index in gone:
        unit.execute(delete(author_links).where(mine, author_links.c.kind == kind, author_links.c.link_index == index))
    new = {place: same_as for place, same_as in after.items() if place not in before or place in gone}
    if new:
        row = {"author_id": author_id, "created_at": now}
        rows = [{**row, "kind": kind, "link_index": i, "same_as": same_as} for (kind, i), same_as in new.items()]
        unit.execute(insert(author_links), rows)
    return _counted(after) != _counted(before)


def _add_link(
    after: dict[tuple[str, str], str | None],
    before: Mapping[tuple[str, str], str | None],
    kind: str,
    indexes: Sequence[str],
) -> None:
    """One value more, under the hash that counted before, or is written by the newest key."""
    if any((kind, index) in after for index in indexes):
        return  # the same value, written in another way
    counted = [index for index in indexes if (kind, index) in before and before[kind, index] is None]
    first = counted[0] if counted else _newest(indexes)
    for index in indexes:
        after[kind, index] = None if index in (first, *counted) else first


def _counted(links: Mapping[tuple[str, str], str | None]) -> set[tuple[str, str]]:
    return {place for place, same_as in links.items() if same_as is None}


def _newest(indexes: Sequence[str]) -> str:
    """Of indexes under every key, that of the key which writes."""
    return max(indexes, key=lambda index: int(index.partition(":")[0]))


def _entry(row: Row[Any], author: str, statement: Statement, actor: Actor) -> ledger.Entry:
    told = {name: value for name, value in statement.facts.items() if value is not None}
    return ledger.Entry(
        kind="author",
        actor=actor,
        subject_kind="author",
        subject_id=row.id,
        reason="stated",
        ground="",
        facts={
            "author_commitment": commit(row.salt, "author", author).hex(),
            "stated": sorted(told),
            "stated_commitment": stated_commitment(row.salt, told),
            "stated_in": STATED_IN,
            "links": dict(Counter(link.kind for link in statement.links)),
        },
    )


def stated_commitment(salt: bytes, facts: Mapping[str, Any]) -> str:
    """Of what is stated, with moments in UTC: what the row says can be held against it (`underlying_authors.py`)."""
    told = {name: value for name, value in facts.items() if value is not None}
    canonical = json.dumps(
        told, sort_keys=True, default=lambda at: at.astimezone(UTC).isoformat(timespec="microseconds")
    )
    return commit(salt, "stated", canonical).hex()


def _numbers(value: str) -> tuple[str, ...]:
    """A telephone as it is dialled: by its country's plan, or by the digits alone where no plan knows it."""
    return phones.spellings_of(value) or tuple(each for each in (phones.dialled(value),) if each)


def _plain(value: str) -> str:
    """One spelling of a number that people write with spaces, hyphens and full-width digits."""
    return "".join(
        char for char in unicodedata.normalize("NFKC", value).casefold() if not char.isspace() and char != "-"
    )
