"""Storing decisions: comment, decision, ledger entry, rules' counts and, for `review`, a case, in one transaction.

Made for many at once: requests that wait at the same moment share one commit. A comment that the platform scores
again under its own id is an edit: a new decision about the same comment. Where its text differs, or what is attached to
it, the earlier text is kept as a revision (past decisions, verdicts and labels are about *that* text). A case that a
moderator has open then goes back to the queue, and so it does where the comment stands elsewhere now, so that no
verdict meant for one falls on another. A case stays open even if the new text passes: else an edit would be the way
around the moderator.

Who wrote a text is known with it: a request that names nobody takes no author away, and where it names another the
earlier text is kept as the earlier author's, so that each of them is found, told and erased with their own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from moderation.behaviour import Seen
from moderation.comment import CORPUS, Author, Comment
from moderation.decision import Decision
from records import emergencies, ledger, persons_words, quotations, rule_hits, search_index
from records.attachments import KIND, packed
from records.cases import BY_DECISION, NewCase, open_or_join
from records.comments import check_storable
from records.commitments import commit, new_salt
from records.house_queues import Harm
from records.ids import new_id
from records.inserting import Insert, insert_into
from records.mapping import decision_columns
from records.opening import Opening, opening_of
from records.personal import Keyring
from records.retold import allowed_facts, content_of
from records.tables import comment_revisions, comments, decisions
from records.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class Answered:
    """A comment and what was decided about it.

    `seen` is what the comment means beside others; whoever stores it keeps it (`records/behaviour.py`). `opening` is
    the case that somebody asks for whatever was decided; without it the decision itself says whether there is one.
    `said` is the author as the request had it, where the comment holds more: what else is known was not said with it.
    """

    comment: Comment
    decision: Decision
    decision_id: str
    latency_ms: float
    seen: Seen | None = None
    opening: Opening | None = None
    said: Author | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """Where it went; `case_id` is None where no person needs to look."""

    comment_id: str
    decision_id: str
    revision: int
    case_id: str | None


_OF_WHOM = ("author_index", "author_cipher", "device_index", "network_index")
"""Columns that stay where a comment that is sent again names nobody."""

_OF_ACCOUNT = ("account_since", "account_verified")
"""Columns that stay where nothing is said of the account, and it is the same."""

_FOR_GOOD = ("id", "external_id", "revision", "created_at")
"""Columns that a comment that is sent again does not change."""


WHERE = ("type", "surface", "thread_id", "parent_id", "parent_text")
"""Columns that say where a comment stands: one that is sent again elsewhere is looked at anew."""

BESIDE = ("parent_id", "device_index", "network_index")
"""Columns to which an entry commits together, with what was said of the account where anything was."""

BESIDE_IN_WORDS = " or ".join((*BESIDE, *_OF_ACCOUNT))


@dataclass(frozen=True, slots=True)
class _Place:
    """A comment's row as it now is."""

    comment_id: str
    revision: int
    salt: bytes
    commitment: bytes
    beside: str | None = field(default=None, repr=False)
    author: str | None = field(default=None, repr=False)
    is_changed: bool = False
    is_moved: bool = False
    is_new: bool = False


def store_decisions(
    unit: Unit, answered: Sequence[Answered], *, keyring: Keyring, now: datetime, heeding: bool = False
) -> list[Stored]:
    """Stores many, in order; the caller commits.

    `heeding`: nothing is stored where a decision does not know what a person last said of its comment
    (`records/persons_words.py`). Raises `InvalidInputError` for what no database can hold (`comments.check_storable`):
    one refuses all.
    """
    for item in answered:
        check_storable(item.comment)
    if heeding:
        persons_words.check(unit, [item.comment for item in answered], keyring)
    stored: dict[str, Stored] = {}
    for wave in _waves(answered):
        stored |= {item.decision_id: item for item in _store(unit, wave, keyring, now)}
    traffic = (item for item in answered if item.comment.context.surface != CORPUS)
    rule_hits.count(unit, [effect for item in traffic for effect in item.decision.effects], now=now)
    return [stored[item.decision_id] for item in answered]


def _waves(answered: Sequence[Answered]) -> list[list[Answered]]:
    """Groups in which no external id occurs twice, in order: an edit within a batch comes after what it edits."""
    waves: list[list[Answered]] = []
    seen: dict[str, int] = {}
    for item in answered:
        turn = 0 if item.comment.id is None else seen.get(item.comment.id, 0)
        if item.comment.id is not None:
            seen[item.comment.id] = turn + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(item)
    return waves


def _store(unit: Unit, wave: Sequence[Answered], keyring: Keyring, now: datetime) -> list[Stored]:
    places = _place_comments(unit, wave, keyring, now)
    pairs = list(zip(wave, places, strict=True))
    said = [decision_columns(item.decision) for item in wave]
    rows = [_decision_row(item, place, columns, now) for (item, place), columns in zip(pairs, said, strict=True)]
    unit.execute(insert(decisions), rows)
    emergencies.keep_hits(unit, ((item.decision_id, hit) for item in wave for hit in item.decision.emergencies))
    cases = _cases(unit, pairs, now)
    entries = [
        _entry(item, place, columns, cases.get(place.comment_id))
        for (item, place), columns in zip(pairs, said, strict=True)
    ]
    ledger.append_all(unit, entries, now=now)
    search_index.mark(unit, [place.comment_id for place in places])
    return [
        Stored(place.comment_id, item.decision_id, place.revision, cases.get(place.comment_id)) for item, place in pairs
    ]


def _place_comments(unit: Unit, wave: Sequence[Answered], keyring: Keyring, now: datetime) -> list[_Place]:
    """A row for every comment: the one that has its external id, brought up to date, or a new one."""
    rows = [_comment_row(item, keyring, now) for item in wave]
    known = _known(unit, rows)
    inserted = _insert_new(unit, [row for row in rows if row["external_id"] not in known])
    # A row that another process inserted in between is known by now.
    known |= _known(unit, [row for row in rows if row["external_id"] not in known and row["id"] not in inserted])
    return [
        _new_place(item, row)
        if row["id"] in inserted
        else _edit(unit, _Edit(item, row, known[row["external_id"]]), keyring, now)
        for item, row in zip(wave, rows, strict=True)
    ]


def _known(unit: Unit, rows: Iterable[Mapping[str, Any]]) -> dict[str | None, Row[Any]]:
    external = sorted({row["external_id"] for row in rows if row["external_id"] is not None})
    if not external:
        return {}
    query = select(comments).where(comments.c.external_id.in_(external)).order_by(comments.c.id)
    return {row.external_id: row for row in unit.execute(query.with_for_update(key_share=True))}


def _insert_new(unit: Unit, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Inserts rows whose external id nobody has; ids of those that went in."""
    if not rows:
        return set()
    # Always in the same order, so that two processes never wait for each other in a circle.
    ordered = sorted(rows, key=lambda row: row["external_id"] or "")
    named = [row for row in ordered if row["external_id"] is not None]
    unnamed = [row for row in ordered if row["external_id"] is None]
    if unnamed:
        unit.execute(insert(comments), unnamed)
    if named:
        unit.execute(_insert_or_leave(unit.dialect), named)
    mine = {row["external_id"]: row["id"] for row in named}
    found = unit.execute(select(comments.c.id).where(comments.c.external_id.in_(mine))) if mine else ()
    return {row["id"] for row in unnamed} | ({row.id for row in found} & set(mine.values()))


def _insert_or_leave(dialect: str) -> Insert:
    return insert_into(comments, dialect).on_conflict_do_nothing(index_elements=["external_id"])


def _new_place(item: Answered, row: Mapping[str, Any]) -> _Place:
    return _Place(row["id"], 1, row["salt"], row["commitment"], beside_of(row), item.comment.author.id, is_new=True)


@dataclass(frozen=True, slots=True)
class _Edit:
    """A comment that is sent again: what came, the row it would have, and the one that it has."""

    item: Answered
    row: Mapping[str, Any]
    old: Row[Any]

    def is_of_another(self, keyring: Keyring) -> bool:
        """Whether it names somebody else as its author than was known."""
        author, known = self.item.comment.author.id, self.old.author_index
        return author is not None and known is not None and known not in keyring.indexes("author", author)

    def fresh(self, keyring: Keyring) -> dict[str, Any]:
        """What is written; of whom nothing is said nothing is forgotten."""
        stay = _OF_WHOM if self.is_of_another(keyring) else (*_OF_WHOM, *_OF_ACCOUNT)
        kept = {name: getattr(self.old, name) for name in stay if self.row[name] is None}
        return {name: value for name, value in self.row.items() if name not in _FOR_GOOD} | kept


def _edit(unit: Unit, edit: _Edit, keyring: Keyring, now: datetime) -> _Place:
    """Writes what the platform now says of a known comment.

    A text that differs (or was erased) is a new revision; so is one with other attachments, and one that another author
    is said to have written.
    """
    old, fresh = edit.old, edit.fresh(keyring)
    differs = (old.text, old.attachments) != (fresh["text"], fresh["attachments"])
    changed = differs or edit.is_of_another(keyring)
    revision = old.revision + changed
    if changed:
        _keep_revision(unit, old, now)
    else:
        fresh |= {"salt": old.salt, "commitment": old.commitment}
    unit.execute(update(comments).where(comments.c.id == old.id).values(**fresh, revision=revision, erased_at=None))
    author = edit.item.comment.author.id or _revealed(keyring, fresh["author_cipher"])
    moved = any(getattr(old, name) != fresh[name] for name in WHERE)
    salt, commitment, beside = fresh["salt"], fresh["commitment"], beside_of(fresh)
    return _Place(old.id, revision, salt, commitment, beside, author, is_changed=changed, is_moved=moved)


def _revealed(keyring: Keyring, cipher: str | None) -> str | None:
    return None if cipher is None else keyring.reveal("author", cipher)


def _keep_revision(unit: Unit, old: Row[Any], now: datetime) -> None:
    names = ("revision", "text", "attachments", "salt", "commitment", "author_index", "author_cipher")
    earlier = {name: getattr(old, name) for name in names}
    unit.execute(insert(comment_revisions).values(id=new_id(), comment_id=old.id, superseded_at=now, **earlier))


def _comment_row(item: Answered, keyring: Keyring, now: datetime) -> dict[str, Any]:
    comment, salt, quoted = item.comment, new_salt(), item.comment.context.parent_text
    author, device, network = comment.author.id, comment.client.device, comment.client.network
    said = item.said or comment.author
    return {
        "id": new_id(),
        "external_id": comment.id,
        "revision": 1,
        "text": comment.text,
        "attachments": packed(comment.attachments),
        "salt": salt,
        "commitment": commit(salt, "text", comment.text),
        "lang": item.decision.language,
        "type": comment.type,
        "surface": comment.context.surface,
        "thread_id": comment.context.thread_id,
        "parent_id": comment.context.parent_id,
        "parent_text": quoted,
        "parent_hash": None if quoted is None else quotations.hash_of(quoted),
        "author_index": None if author is None else keyring.index("author", author),
        "author_cipher": None if author is None else keyring.encrypt("author", author),
        "device_index": None if device is None else keyring.index("device", device),
        "network_index": None if network is None else keyring.index("network", network),
        "account_since": _on_the_calendar(said.created_at),
        "account_verified": said.verified,
        "created_at": now,
        "updated_at": now,
    }


def _on_the_calendar(moment: datetime | None) -> datetime | None:
    """None for one that is before the first year, or after the last, in UTC."""
    with suppress(OverflowError):
        return None if moment is None else moment.astimezone(UTC)
    return None


def _decision_row(item: Answered, place: _Place, columns: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "id": item.decision_id,
        "comment_id": place.comment_id,
        "revision": place.revision,
        "surface": item.comment.context.surface,
        "thread_id": item.comment.context.thread_id,
        **columns,
        "latency_ms": item.latency_ms,
        "created_at": now,
    }


def beside_of(row: Mapping[str, Any]) -> str | None:
    """What an entry commits to of a comment's row besides text, author and place; None where it says none of it."""
    told: list[Any] = [row[name] for name in BESIDE]
    since, verified = (row[name] for name in _OF_ACCOUNT)
    says_something = since is not None or verified is not None
    if says_something:
        told += [since and since.astimezone(UTC).isoformat(timespec="microseconds"), verified]
    return json.dumps(told) if says_something or any(told) else None


def _entry(item: Answered, place: _Place, columns: Mapping[str, Any], case_id: str | None) -> ledger.Entry:
    decision, author = item.decision, place.author
    thread, external = item.comment.context.thread_id, item.comment.id
    said_seldom = {
        "case_id": case_id,
        "attachments": [each.kind for each in item.comment.attachments] or None,
        "emergencies": _changed(decision),
        "allowed": allowed_facts(columns["allowed"]),
        "beside_commitment": _committed(place, "beside", place.beside),
        "quoted_commitment": _committed(place, "quoted", item.comment.context.parent_text),
    }
    facts = {
        "comment_id": place.comment_id,
        "revision": place.revision,
        "text_commitment": place.commitment.hex(),
        "attachments_commitment": _committed(place, KIND, packed(item.comment.attachments)),
        "author_commitment": _committed(place, "author", author),
        "surface": item.comment.context.surface,
        "type": item.comment.type,
        "thread_commitment": _committed(place, "thread", thread),
        "external_commitment": _committed(place, "external", external),
        "outcome": decision.outcome.value,
        "measures": list(decision.measures),
        "scores": {label.name: round(label.score, 6) for label in decision.labels},
        "reasons": [[r.code, r.source.value, r.outcome.value, r.rule_id, r.ground] for r in decision.reasons],
        "missing": list(decision.missing),
        "content": content_of(columns),
        **{name: value for name, value in said_seldom.items() if value is not None},
    }
    worst = max(decision.reasons, key=lambda reason: reason.outcome.severity, default=None)
    return ledger.Entry(
        kind="decision",
        actor=ledger.MACHINE,
        subject_kind="decision",
        subject_id=item.decision_id,
        reason=worst.code if worst else decision.outcome.value,
        ground=worst.ground if worst else "",
        versions=decision.versions,
        facts=facts,
    )


def _changed(decision: Decision) -> list[list[str]] | None:
    """What emergencies changed of it, as `emergency_hits` has it."""
    hits = [[each.emergency_id, each.otherwise.value, each.outcome.value] for each in decision.emergencies]
    return hits or None


def _committed(place: _Place, kind: str, value: str | None) -> str | None:
    return None if value is None else commit(place.salt, kind, value).hex()


def _opening(item: Answered, harm: Harm) -> Opening | None:
    return item.opening or opening_of(item.comment, item.decision, harm)


def _cases(unit: Unit, pairs: Sequence[tuple[Answered, _Place]], now: datetime) -> dict[str, str]:
    """Opens or joins cases; case ids by comment id."""
    harm = unit.queues.harm
    wanted = [
        NewCase(place.comment_id, item.decision_id, _opening(item, harm), not place.is_new) for item, place in pairs
    ]
    edited = {place.comment_id for _, place in pairs if place.is_changed or place.is_moved}
    return open_or_join(unit, wanted, edited=edited, opened_by=BY_DECISION, now=now)
