"""Finding and paging comments and decisions."""

from __future__ import annotations

import pytest

from moderation.errors import NotFoundError
from records import cases, comments, decisions
from records.database import Database
from records.personal import Keyring
from records.values import CaseRecord, CaseState
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, for_review, put


def test_a_threads_comments_page_in_their_order(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *[an_answer(a_comment(str(n), thread_id="t-1")) for n in range(5)])
    put(database, keyring, an_answer(a_comment("elsewhere", thread_id="t-2")))
    with database.reading() as look:
        first = comments.of_thread(look, "t-1", limit=3)
        rest = comments.of_thread(look, "t-1", limit=3, cursor=first.next_cursor)
    assert {"0", "1", "2", "3", "4"} == {item.text for item in (*first.items, *rest.items)}
    assert (3, 2, None) == (len(first.items), len(rest.items), rest.next_cursor)


def test_decisions_page_newest_first(database: Database, keyring: Keyring) -> None:
    made = put(database, keyring, *[an_answer(a_comment(known_as="c-1")) for _ in range(4)])
    with database.reading() as look:
        first = decisions.page(look, comment_id=made[0].comment_id, limit=3)
        rest = decisions.page(look, comment_id=made[0].comment_id, limit=3, cursor=first.next_cursor)
    found = [item.id for item in (*first.items, *rest.items)]
    assert sorted((item.decision_id for item in made), reverse=True) == found


def test_cases_page_by_priority_and_never_repeat(database: Database, keyring: Keyring) -> None:
    scores = [0.5, 0.9, 0.5, 0.7, 0.5, 0.8]
    put(database, keyring, *[for_review(score=score) for score in scores])
    seen: list[CaseRecord] = []
    cursor = None
    with database.reading() as look:
        while True:
            page = cases.page(look, limit=2, cursor=cursor, state=CaseState.OPEN, queue="forum", label="gambling")
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
    assert sorted((case.priority for case in seen), reverse=True) == [case.priority for case in seen]
    assert 6 == len({case.id for case in seen})


def test_a_queue_is_there_while_any_case_is_in_it(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    with database.reading() as look:
        assert cases.any_in(look, "forum")
        assert not cases.any_in(look, "live")


def test_depths_tell_what_waits_by_queue(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review(), for_review(), for_review(surface="news"))
    with database.reading() as look:
        assert [("forum", 2, NOW), ("news", 1, NOW)] == [(d.queue, d.waiting, d.oldest) for d in cases.depths(look)]


def test_what_is_not_there_is_said(database: Database) -> None:
    with database.reading() as look:
        for ask in (comments.get, decisions.get, cases.get, decisions.latest_of):
            with pytest.raises(NotFoundError):
                ask(look, "none")
        assert {} == comments.known_ids(look, ["none"])
