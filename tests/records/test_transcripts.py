from __future__ import annotations

from moderation.decision import Outcome
from records import comments, decisions, transcripts
from records.database import Database
from records.personal import Keyring
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

BLOCK, REVIEW = a_decision(Outcome.BLOCK, gambling=0.97), a_decision(Outcome.REVIEW, gambling=0.6)


def shown(database: Database, thread: str = "t-1") -> list[str]:
    with database.reading() as look:
        return [line.text for line in transcripts.page(look, thread).items]


def test_what_passed_is_there_in_order_and_nothing_else(database: Database, keyring: Keyring) -> None:
    put(
        database,
        keyring,
        an_answer(a_comment("一", thread_id="t-1")),
        an_answer(a_comment("二", thread_id="t-1"), BLOCK),
        an_answer(a_comment("三", thread_id="t-2")),
        an_answer(a_comment("四", thread_id="t-1"), REVIEW),
        an_answer(a_comment("五")),
        an_answer(a_comment("六", thread_id="t-1")),
    )
    assert ["一", "六"] == shown(database)


def test_a_verdict_shows_and_withdraws(database: Database, keyring: Keyring) -> None:
    passed, held = an_answer(a_comment("甲", thread_id="t-1")), an_answer(a_comment("乙", thread_id="t-1"), REVIEW)
    put(database, keyring, passed, held)

    def decide(decision_id: str, outcome: Outcome | None) -> list[str]:
        with database.unit() as unit:
            decisions.set_final(unit, decision_id, outcome=outcome, overturned=None if outcome is None else True)
            unit.commit()
        return shown(database)

    assert ["甲"] == shown(database)
    assert ["甲", "乙"] == decide(held.decision_id, Outcome.PASS)
    assert ["乙"] == decide(passed.decision_id, Outcome.BLOCK)
    assert ["甲", "乙"] == decide(passed.decision_id, None)


def test_an_edit_counts_with_its_own_decision(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("原来", known_as="c-1", thread_id="t-1")))
    put(database, keyring, an_answer(a_comment("后来", known_as="c-2", thread_id="t-1")))
    put(database, keyring, an_answer(a_comment("改过", known_as="c-1", thread_id="t-1"), REVIEW))
    assert ["后来"] == shown(database)
    put(database, keyring, an_answer(a_comment("再改", known_as="c-1", thread_id="t-1")))
    assert ["再改", "后来"] == shown(database)


def test_an_earlier_decision_that_was_stored_later_does_not_speak_for_a_newer_text(
    database: Database, keyring: Keyring
) -> None:
    late = an_answer(a_comment("新的", known_as="c-1", thread_id="t-1"), REVIEW)
    put(database, keyring, an_answer(a_comment("旧的", known_as="c-1", thread_id="t-1")))
    put(database, keyring, late)
    assert [] == shown(database)


def test_what_is_erased_is_gone(database: Database, keyring: Keyring) -> None:
    (stored,) = put(database, keyring, an_answer(a_comment(thread_id="t-1")))
    with database.unit() as unit:
        comments.erase(unit, stored.comment_id, now=NOW)
        unit.commit()
    assert [] == shown(database)


def test_pages_follow_each_other_over_lines_that_are_not_shown(database: Database, keyring: Keyring) -> None:
    for number in range(12):
        put(database, keyring, an_answer(a_comment(str(number), thread_id="t-1"), BLOCK if number % 3 == 1 else None))
    found, cursor = [], None
    with database.reading() as look:
        while True:
            page = transcripts.page(look, "t-1", limit=3, cursor=cursor)
            found += [line.text for line in page.items]
            assert len(page.items) <= 3
            cursor = page.next_cursor
            if cursor is None:
                break
    assert [str(number) for number in range(12) if number % 3 != 1] == found
