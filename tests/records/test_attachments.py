"""What is attached to a text is kept, committed to, held against the ledger and erased with it, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text

from moderation.comment import Attachment
from moderation.errors import InvalidInputError
from records import comments, erasing, ledger, openings
from records.commitments import commit
from records.database import Database
from records.openings import Closed, Opening, WhyNot
from records.personal import Keyring
from records.storing import Stored
from records.tables import comment_revisions
from records.tables import comments as comments_table
from records.underlying_texts import other_texts
from tests.records.databases import NOW
from tests.records.factories import WRITER, a_comment, an_answer, put

POSTER = Attachment("image", "a" * 64, "百家乐带单回血，加薇bjl7712")
OTHER = Attachment("video", "b" * 64)


def sent(database: Database, keyring: Keyring, *attached: Attachment, said: str = "看图") -> Stored:
    comment = replace(a_comment(said, known_as="c-1"), attachments=attached)
    [stored] = put(database, keyring, an_answer(comment))
    return stored


def facts_of(database: Database, decision_id: str) -> dict[str, Any]:
    with database.reading() as look:
        [entry] = ledger.page(look, subject_id=decision_id).items
    return json.loads(entry.body)["facts"]  # type: ignore[no-any-return]


def test_each_revision_keeps_what_was_attached_to_it(database: Database, keyring: Keyring) -> None:
    first = sent(database, keyring, POSTER, OTHER)
    again = sent(database, keyring, POSTER, OTHER)
    other = sent(database, keyring, OTHER)
    bare = sent(database, keyring)
    assert [1, 1, 2, 3] == [each.revision for each in (first, again, other, bare)]
    with database.reading() as look:
        kept = [comments.written(look, first.comment_id, revision) for revision in (1, 2, 3)]
    assert [(POSTER, OTHER), (OTHER,), ()] == [each.attachments for each in kept]
    assert {"看图"} == {each.text for each in kept}


def test_an_entry_commits_to_hash_and_words_and_tells_neither(database: Database, keyring: Keyring) -> None:
    stored, bare = sent(database, keyring, POSTER, OTHER), sent(database, keyring)
    facts = facts_of(database, stored.decision_id)
    assert ["image", "video"] == facts["attachments"]
    with database.reading() as look:
        query = select(comment_revisions.c.salt, comment_revisions.c.attachments)
        row = look.execute(query.where(comment_revisions.c.comment_id == stored.comment_id)).one()
        [entry] = ledger.page(look, subject_id=stored.decision_id).items
        opened = {each.kind: each for each in openings.of_entry(look, entry, keyring)}
    assert commit(row.salt, "attachments", row.attachments).hex() == facts["attachments_commitment"]
    assert Opening("attachments", row.salt, row.attachments) == opened["attachments"]
    for secret in ("百家乐", "bjl7712", "a" * 64):
        assert secret not in entry.body.decode()
    assert (None, None) == (facts_of(database, bare.decision_id)["attachments_commitment"],
                            facts_of(database, bare.decision_id).get("attachments"))  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    ["'[]'", "NULL", "replace(attachments, 'bjl7712', 'bjl0000')", "replace(attachments, 'aaaa', 'cccc')"],
)
@pytest.mark.parametrize("table", ["comments", "comment_revisions"])
def test_attachments_that_somebody_alters_are_found(
    database: Database, keyring: Keyring, table: str, changed: str
) -> None:
    stored = sent(database, keyring, POSTER, OTHER)
    if table == "comment_revisions":
        sent(database, keyring, said="另一句")
    with database.unit() as unit:
        assert [] == list(other_texts(unit))
        unit.execute(text(f"UPDATE {table} SET attachments = {changed}"))
        told = [each.sentence for each in other_texts(unit)]
    assert stored.decision_id in " ".join(told)


def test_one_that_is_put_in_afterwards_is_found(database: Database, keyring: Keyring) -> None:
    sent(database, keyring)
    with database.unit() as unit:
        unit.execute(text('UPDATE comments SET attachments = \'[{"kind":"image"}]\''))
        assert 1 == len(list(other_texts(unit)))


def test_what_is_attached_is_erased_with_the_text_and_told_to_its_author_before(
    database: Database, keyring: Keyring
) -> None:
    stored = sent(database, keyring, POSTER)
    sent(database, keyring, OTHER)
    with database.unit() as unit:
        given = [each for each in erasing.held(unit, keyring, WRITER) if each["table"].startswith("comment")]
        told = {each["table"]: each["attachments"] for each in given if "attachments" in each}
        assert {
            "comments": [{"kind": "video", "sha256": "b" * 64, "alt": None}],
            "comment_revisions": [{"kind": "image", "sha256": "a" * 64, "alt": POSTER.alt}],
        } == told
        comments.erase(unit, stored.comment_id, now=NOW)
        left = [*unit.execute(select(comments_table.c.attachments)).scalars()]
        left += unit.execute(select(comment_revisions.c.attachments)).scalars()
        assert [None, None] == left
        assert [] == list(other_texts(unit))
        [entry] = ledger.page(unit, subject_id=stored.decision_id).items
        assert Closed("attachments", WhyNot.ERASED) in list(openings.of_entry(unit, entry, keyring))
        unit.execute(text("UPDATE comments SET attachments = '[]'"))
        assert 1 == len(list(other_texts(unit)))


def test_words_that_no_database_can_hold_are_refused_by_their_field(database: Database, keyring: Keyring) -> None:
    with pytest.raises(InvalidInputError, match="/content/attachments/1/alt"):
        sent(database, keyring, OTHER, Attachment("image", "c" * 64, "a\0b"))
