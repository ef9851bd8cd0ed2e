"""A reason that nobody can see is refused by the schema itself, on both databases."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from governance.wording import seen
from moderation.errors import PartUnavailableError
from records.database import Database
from records.ids import new_id
from records.migrations import visible_words
from records.tables import approvals, list_entries, measures
from records.visible import NOT_STATED, UNSEEN, is_unseen, visible
from tests.records.databases import NOW

INVISIBLE = (" ", "\u3000\t\n", "\u200b\u200d\ufeff", "\u00ad\u2060", "\u3164\u2800", "\u00a0\ufe0f\x7f")
MEASURE = {
    "measure": "close", "target_kind": "thread", "thread_id": "t", "reason_zh": "因", "closes": [], "reason_en": "why",
    "ground": "g", "state": "in_force", "asked_by": "mia", "created_at": NOW,
}  # fmt: skip
ENTRY = {
    "kind": "domain", "key": "evil.com", "action": "block", "ground": "phishing", "reason": "police", "source": "seen",
    "author": "mia", "created_at": NOW,
}  # fmt: skip
ASKED = {
    "kind": "rule.live", "subject_id": "r", "facts": {}, "asked_by": "mia", "why": "seen", "state": "waiting",
    "created_at": NOW,
}  # fmt: skip
COLUMNS = ((approvals, ASKED, "why"),
           (measures, MEASURE, "reason_zh"), (measures, MEASURE, "reason_en"), (measures, MEASURE, "ground"),
           (list_entries, ENTRY, "reason"), (list_entries, ENTRY, "ground"))  # fmt: skip


@pytest.mark.parametrize("words", INVISIBLE)
def test_what_the_schema_does_not_see_the_application_does_not_take_either(words: str) -> None:
    assert ("", True) == (seen(words), is_unseen(words))


def test_every_character_that_is_trimmed_is_one_that_nobody_sees() -> None:
    assert "" == seen(UNSEEN)


def test_no_row_is_written_with_words_that_nobody_sees(database: Database) -> None:
    for table, row, column in COLUMNS:
        for words in INVISIBLE:
            with pytest.raises((IntegrityError, PartUnavailableError)), database.unit() as unit:
                unit.execute(insert(table).values({**row, "id": new_id(), column: words}))
        with database.unit() as unit:
            unit.execute(insert(table).values({**row, "id": new_id(), column: "\u200b 看 \u3000"}))


def test_rows_that_break_it_say_from_then_on_that_nothing_was_stated(empty_url: str) -> None:
    with closing(Database(empty_url)) as database:
        database.migrate()
        database.downgrade("0024")
        with database._connected("BEGIN IMMEDIATE") as connection, connection.begin():
            connection.execute(insert(measures).values({**MEASURE, "id": "m", "reason_en": "\u200b\u200b"}))
            connection.execute(insert(list_entries).values({**ENTRY, "id": "l", "reason": " "}))
            connection.execute(insert(approvals).values({**ASKED, "id": "q", "why": "\u3000"}))
            connection.execute(insert(measures).values({**MEASURE, "id": "n", "reason_en": "x", "approval_id": "q"}))
        database.migrate()
        with database.reading() as look:
            told = look.execute(text("SELECT reason_zh, reason_en, ground FROM measures WHERE id = 'm'")).one()
            assert ("因", NOT_STATED, "g") == tuple(told)
            assert NOT_STATED == look.execute(text("SELECT reason FROM list_entries")).scalar_one()
            assert NOT_STATED == look.execute(text("SELECT why FROM approvals")).scalar_one()


def test_what_migrations_froze_is_what_the_schema_says_today() -> None:
    """Where it no longer is, a migration of its own brings what is new to tables that exist."""
    assert (UNSEEN, NOT_STATED) == (visible_words.UNSEEN, visible_words.NOT_STATED)
    for dialect in ("sqlite", "postgresql"):
        assert visible(dialect, "why") == visible_words.visible(dialect, "why")
