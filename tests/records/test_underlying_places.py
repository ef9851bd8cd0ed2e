"""Who moves a comment or exchanges its author with the database's own tools is found, and nothing is guessed.

Nor is anything held against entries that never said it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from moderation.comment import Author
from records import erasing, ledger, places, storing
from records.database import Database
from records.personal import Keyring, at_hand, rotate
from records.rewrapping import rewrap_some
from records.storing import Answered
from records.tampering import What
from records.underlying import differences
from records.unit_of_work import Unit
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

HOUR = timedelta(hours=1)
LOST = (
    "The authors of {} comments were not held against the ledger: the pseudonym key {} is not among this "
    "installation's keys, or is another. Restore it from a backup and verify again."
)


def by(author: str | None, words: str = "text", **more: Any) -> Answered:
    return an_answer(replace(a_comment(words, **more), author=Author(id=author)))


def filled(database: Database, keyring: Keyring) -> None:
    """A comment that was moved, two of two people, one of nobody in no thread, an edited and an erased one."""
    put(database, keyring, by("ann", known_as="c-1", surface="news", thread_id="t-1"))
    put(database, keyring, by("ann", known_as="c-1", surface="forum", thread_id="t-2"), now=NOW + HOUR)
    put(database, keyring, by("bob", known_as="c-2", surface="news", thread_id="t-1"))
    unnamed = replace(a_comment(known_as="c-3"), author=Author(created_at=NOW - HOUR))
    put(database, keyring, an_answer(unnamed))
    put(database, keyring, by("cid", "before", known_as="c-4", surface="live", thread_id="t-4"))
    put(database, keyring, by("cid", "after", known_as="c-4", surface="live", thread_id="t-5"), now=NOW + HOUR)
    put(database, keyring, by("eve", known_as="c-6", parent_id="c-2", parent_text="what bob said"))
    [gone] = put(database, keyring, by("dan", known_as="c-5", surface="live", thread_id="t-6"))
    with database.unit() as unit:
        erasing.erase_one(unit, gone.comment_id, now=NOW)
        unit.commit()


def told(look: Any, keyring: Keyring | None) -> tuple[list[str], list[str]]:
    remarks: list[str] = []
    found = [each.sentence for each in differences(look, keyring=keyring, remarks=remarks)]
    return found, remarks


def test_what_platforms_move_edit_and_erase_differs_in_nothing(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.reading() as look:
        assert ([], []) == told(look, keyring)


ONE, TWO, NOBODY, ERASED, ANSWER = (f"external_id = 'c-{number}'" for number in (1, 2, 3, 5, 6))
EARLIER = "comment_id = (SELECT id FROM comments WHERE external_id = 'c-4')"
BESIDE = "parent_id or device_index or network_index or account_since or account_verified"
WAYS = {
    f"UPDATE comments SET surface = 'live' WHERE {ONE}": ("comment", "surface"),
    f"UPDATE comments SET surface = 'news' WHERE {ERASED}": ("comment", "surface"),
    f"UPDATE comments SET thread_id = 't-9' WHERE {ONE}": ("comment", "thread_id"),
    f"UPDATE comments SET thread_id = NULL WHERE {TWO}": ("comment", "thread_id"),
    f"UPDATE comments SET thread_id = 't-1' WHERE {NOBODY}": ("comment", "thread_id"),
    f"UPDATE comments SET external_id = 'c-9' WHERE {TWO}": ("comment", "external_id"),
    f"UPDATE comments SET external_id = NULL WHERE {TWO}": ("comment", "external_id"),
    f"UPDATE comments SET updated_at = created_at WHERE {ONE}": ("comment", "updated_at"),
    f"UPDATE comments SET surface = 'news', thread_id = 't-1', updated_at = created_at WHERE {ONE}": (
        "comment", "surface, updated_at, thread_id",
    ),
    f"UPDATE comments SET salt = NULL WHERE {ONE}": ("comment", "salt"),
    f"UPDATE comments SET author_index = (SELECT author_index FROM comments WHERE {TWO}) WHERE {ONE}": (
        "comment", "author_index or author_cipher",
    ),
    f"UPDATE comments SET author_cipher = (SELECT author_cipher FROM comments WHERE {TWO}) WHERE {ONE}": (
        "comment", "author_index or author_cipher",
    ),
    f"UPDATE comments SET author_index = (SELECT author_index FROM comments WHERE {TWO}), "
    f"author_cipher = (SELECT author_cipher FROM comments WHERE {TWO}) WHERE {ONE} OR {NOBODY}": (
        "comment", "author_index or author_cipher",
    ),
    f"UPDATE comments SET author_index = NULL, author_cipher = NULL WHERE {ONE}": (
        "comment", "author_index or author_cipher",
    ),
    f"UPDATE comments SET author_cipher = '1:AAAA' WHERE {ONE}": ("comment", "author_index or author_cipher"),
    f"UPDATE comments SET author_cipher = '9:AAAA' WHERE {ONE}": ("comment", "author_index or author_cipher"),
    f"UPDATE comments SET author_cipher = 'bob' WHERE {ONE}": ("comment", "author_index or author_cipher"),
    f"UPDATE comments SET type = 'reply' WHERE {ONE}": ("comment", "type"),
    f"UPDATE comments SET type = 'reply' WHERE {ERASED}": ("comment", "type"),
    f"UPDATE comments SET lang = 'xx' WHERE {TWO}": ("comment", "lang"),
    f"UPDATE comments SET parent_id = 'c-1' WHERE {TWO}": ("comment", BESIDE),
    f"UPDATE comments SET parent_id = NULL WHERE {ANSWER}": ("comment", BESIDE),
    f"UPDATE comments SET device_index = NULL WHERE {ONE}": ("comment", BESIDE),
    f"UPDATE comments SET network_index = '1:00' WHERE {ONE}": ("comment", BESIDE),
    f"UPDATE comments SET account_since = '2020-01-01 00:00:00.000000' WHERE {ANSWER}": ("comment", BESIDE),
    f"UPDATE comments SET account_verified = true WHERE {TWO}": ("comment", BESIDE),
    f"UPDATE comments SET account_since = NULL WHERE {NOBODY}": ("comment", BESIDE),
    f"UPDATE comments SET parent_text = 'other words' WHERE {ANSWER}": ("comment", "parent_hash, parent_text"),
    f"UPDATE comments SET parent_text = 'other words' WHERE {TWO}": ("comment", "parent_text"),
    f"UPDATE comment_revisions SET author_index = NULL, author_cipher = NULL WHERE {EARLIER}": (
        "comment", "author_index or author_cipher",
    ),
    f"UPDATE comment_revisions SET author_cipher = (SELECT author_cipher FROM comments WHERE {TWO}) WHERE {EARLIER}": (
        "comment", "author_index or author_cipher",
    ),
    "UPDATE decisions SET surface = 'live' WHERE surface = 'news'": ("decision", "surface"),
    "UPDATE decisions SET thread_id = 't-9' WHERE thread_id = 't-1'": ("decision", "thread_id"),
    "UPDATE decisions SET thread_id = NULL WHERE thread_id = 't-4'": ("decision", "thread_id"),
}  # fmt: skip


# What is compared is read alike from both; each way takes a look at every decision.
@pytest.mark.parametrize(
    ("engine", "every"),
    [("sqlite", 1), ("postgres", 5), pytest.param("postgres", 1, marks=pytest.mark.proof)],
)
def test_every_way_to_move_one_or_to_give_it_anothers_author_is_told(
    request: pytest.FixtureRequest, engine: str, every: int
) -> None:
    database = request.getfixturevalue(engine)
    keyring = request.getfixturevalue(f"keyring_of_{engine}")
    filled(database, keyring)
    missed = {}
    for statement, (what, columns) in list(WAYS.items())[::every]:
        with database.unit() as unit:
            assert unit.execute(text(statement)).rowcount, statement
            found, remarks = told(unit, keyring)
        if remarks or not any(
            one.startswith(f"The {what} ") and one.endswith(f"those before it say: {columns}.") for one in found
        ):
            missed[statement] = found
    assert {} == missed


GONE = {
    f"DELETE FROM comments WHERE {ONE}": "about which was decided, is gone from comments.",
    f"DELETE FROM comment_revisions WHERE {EARLIER}": "about which was decided, is gone from comment_revisions.",
    f"DELETE FROM decisions WHERE comment_id = (SELECT id FROM comments WHERE {ANSWER})": "the comment inserted.",
    f"UPDATE comment_revisions SET revision = 7 WHERE {EARLIER}": "or the text inserted.",
}


def test_a_comment_or_an_earlier_text_that_is_gone_or_was_put_in_is_told(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    missed = {}
    for statement, sentence in GONE.items():
        with database.unit() as unit:
            no_foreign_keys(unit)
            assert unit.execute(text(statement)).rowcount, statement
            found, _ = told(unit, keyring)
        if not any(one.endswith(sentence) for one in found):
            missed[statement] = found
    assert {} == missed


def no_foreign_keys(unit: Unit) -> None:
    if unit.dialect == "postgresql":
        unit.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        unit.execute(text("PRAGMA defer_foreign_keys = ON"))


def test_two_comments_whose_authors_were_exchanged_are_both_told(database: Database, keyring: Keyring) -> None:
    one, two = (put(database, keyring, by(name, known_as=name))[0].comment_id for name in ("ann", "bob"))
    with database.unit() as unit:
        rows = unit.execute(text("SELECT id, author_index, author_cipher FROM comments ORDER BY id")).all()
        for row, other in zip(rows, reversed(rows), strict=True):
            values = {"i": other.author_index, "c": other.author_cipher, "id": row.id}
            unit.execute(text("UPDATE comments SET author_index = :i, author_cipher = :c WHERE id = :id"), values)
        found = list(differences(unit, keyring=keyring))
    assert [(What.RECORD, one), (What.RECORD, two)] == [(each.what, each.sentence.split()[2]) for each in found]
    assert all(each.entry_id and each.sentence.endswith("say: author_index or author_cipher.") for each in found)


def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries and decisions as programs before revision 0031 wrote them."""
    now, row = storing._entry, storing._decision_row

    def entry(*given: Any) -> ledger.Entry:
        made = now(*given)
        new = ("thread", "extern", "type", "case_i", "beside", "quoted")
        facts = {name: value for name, value in made.facts.items() if name[:6] not in new}
        return replace(made, facts=facts)

    def columns(*given: Any) -> Mapping[str, Any]:
        return row(*given) | {"surface": None, "thread_id": None}

    monkeypatch.setattr(storing, "_entry", entry)
    monkeypatch.setattr(storing, "_decision_row", columns)


def test_entries_from_before_are_held_against_nothing_that_they_did_not_say(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_before(monkeypatch)
    filled(database, keyring)
    with database.unit() as unit:
        assert ([], []) == told(unit, keyring)
        while places.catch_up(unit):
            pass
        assert ([], []) == told(unit, keyring)
        unit.execute(text(f"UPDATE comments SET thread_id = 't-9', external_id = 'c-9' WHERE {TWO}"))
        assert ([], []) == told(unit, keyring)
        unit.execute(text("UPDATE comments SET surface = 'live' WHERE external_id = 'c-9'"))
        [found], _ = told(unit, keyring)
    assert found.endswith("say: surface.")


def test_a_place_that_was_taken_away_comes_back_from_the_entry(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.unit() as unit:
        unit.execute(text("UPDATE decisions SET surface = NULL WHERE thread_id = 't-1'"))
        assert ([], []) == told(unit, keyring)
        assert 2 == places.catch_up(unit)
        surfaces = unit.execute(text("SELECT surface FROM decisions ORDER BY id LIMIT 2")).scalars().all()
        assert ["news", "forum"] == surfaces


def test_of_two_machines_whose_clocks_differ_the_row_says_which_stored_it_last(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, by("ann", known_as="c-1", surface="news"), now=NOW)
    put(database, keyring, by("ann", known_as="c-1", surface="live"), now=NOW - timedelta(seconds=2))
    with database.unit() as unit:
        assert ([], []) == told(unit, keyring)
        unit.execute(text("UPDATE comments SET surface = 'forum'"))
        [found], _ = told(unit, keyring)
    assert found.endswith("say: surface.")


def test_a_lost_key_is_said_and_what_other_keys_opened_is_compared(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    put(database, keyring, by("ann", known_as="c-1"), by("bob", known_as="c-2"))
    newer = rotate(database, tmp_path / "keys", now=NOW)
    put(database, newer, by("cid", known_as="c-3"))
    shutil.move(tmp_path / "keys" / "1.key", tmp_path / "away")
    with database.unit() as unit:
        assert ([], [LOST.format(2, 1)]) == told(unit, at_hand(unit, tmp_path / "keys"))
        swap(unit, "c-1", "c-2")
        assert ([], [LOST.format(2, 1)]) == told(unit, at_hand(unit, tmp_path / "keys"))
        assert 2 == len(told(unit, newer)[0])
    with database.unit() as unit:
        swap(unit, "c-1", "c-3")
        [found], remarks = told(unit, at_hand(unit, tmp_path / "keys"))
        assert [LOST.format(2, 1)] == remarks
        assert found.endswith("say: author_index or author_cipher.")
    shutil.copy(tmp_path / "keys" / "2.key", tmp_path / "keys" / "1.key")
    with database.reading() as look:
        assert ([], [LOST.format(2, 1)]) == told(look, at_hand(look, tmp_path / "keys"))
        shutil.rmtree(tmp_path / "keys")
        assert at_hand(look, tmp_path / "keys") is None
        assert ([], [LOST.format(2, 1), LOST.format(1, 2)]) == told(look, None)
    assert not (tmp_path / "keys").exists()


def swap(unit: Unit, one: str, other: str) -> None:
    """Of the authors' ciphers."""
    query = text("SELECT external_id, author_cipher FROM comments WHERE external_id IN (:a, :b)")
    found = {row.external_id: row.author_cipher for row in unit.execute(query, {"a": one, "b": other})}
    for name, cipher in ((one, found[other]), (other, found[one])):
        this = text("UPDATE comments SET author_cipher = :cipher WHERE external_id = :name")
        unit.execute(this, {"cipher": cipher, "name": name})


def test_authors_under_a_renewed_key_are_the_same(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    filled(database, keyring)
    newer = rotate(database, tmp_path / "keys", now=NOW)
    with database.unit() as unit:
        assert rewrap_some(unit, newer, now=NOW)
        assert ([], []) == told(unit, newer)
