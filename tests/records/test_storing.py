"""Storing decisions."""

from __future__ import annotations

import json
import random
import threading

import pytest

from moderation.comment import Comment
from moderation.decision import Outcome
from moderation.errors import InvalidInputError
from records import cases, comments, decisions, leases, ledger
from records.commitments import commit
from records.database import Database
from records.personal import Keyring
from records.storing import store_decisions
from records.values import CaseState
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put


def test_what_was_stored_comes_back_whole(database: Database, keyring: Keyring) -> None:
    item = an_answer(a_comment("你好", known_as="c-1", thread_id="t-1"), a_decision(Outcome.BLOCK, fraud=0.95))
    [stored] = put(database, keyring, item)
    with database.reading() as look:
        comment, decision = comments.get(look, stored.comment_id), decisions.get(look, item.decision_id)
    assert ("你好", "c-1", "t-1", "zh", 1) == (
        comment.text,
        comment.external_id,
        comment.thread_id,
        comment.lang,
        comment.revision,
    )
    assert item.decision == decision.decision
    assert (Outcome.BLOCK, None, 1.5, NOW) == (
        decision.outcome,
        decision.overturned,
        decision.latency_ms,
        decision.created_at,
    )


def test_pseudonyms_are_found_and_revealed_by_key_alone(database: Database, keyring: Keyring) -> None:
    [stored] = put(database, keyring, an_answer())
    with database.reading() as look:
        [comment] = comments.of_author(look, keyring, "author-7f3a").items
    assert stored.comment_id == comment.id
    assert comment.author_cipher is not None
    assert "author-7f3a" == keyring.reveal("author", comment.author_cipher)
    assert comment.device_index == keyring.index("device", "device-91")


def test_nothing_is_stored_without_commit(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        store_decisions(unit, [for_review(known_as="c-1")], keyring=keyring, now=NOW)
    with database.reading() as look:
        assert {} == comments.known_ids(look, ["c-1"])
        assert () == ledger.page(look).items
        assert () == cases.page(look).items


def test_review_opens_a_case_and_pass_does_not(database: Database, keyring: Keyring) -> None:
    passed, reviewed = put(database, keyring, an_answer(), for_review(surface="news"))
    assert passed.case_id is None
    with database.reading() as look:
        [case] = cases.page(look).items
    assert (reviewed.case_id, "news", "gambling", "gambling", CaseState.OPEN, "decision") == (
        case.id,
        case.queue,
        case.label,
        case.why,
        case.state,
        case.opened_by,
    )


def test_an_unjudged_comment_opens_a_case_without_a_label(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(decision=a_decision(Outcome.REVIEW, ("model",))))
    with database.reading() as look:
        [case] = cases.page(look).items
    assert (None, "unjudged", 0.5) == (case.label, case.why, case.priority)


def test_the_same_text_again_is_another_decision_about_the_same_comment(database: Database, keyring: Keyring) -> None:
    first, second = put(database, keyring, an_answer(a_comment(known_as="c-1")), an_answer(a_comment(known_as="c-1")))
    assert (first.comment_id, 1) == (second.comment_id, second.revision)
    with database.reading() as look:
        found = decisions.page(look, comment_id=first.comment_id).items
        assert {first.decision_id, second.decision_id} == {item.id for item in found}


def test_an_edit_keeps_the_text_that_was_judged_before(database: Database, keyring: Keyring) -> None:
    [first] = put(database, keyring, an_answer(a_comment("旧", known_as="c-1")))
    [second] = put(database, keyring, an_answer(a_comment("新", known_as="c-1")))
    assert (first.comment_id, 2) == (second.comment_id, second.revision)
    with database.reading() as look:
        assert "旧" == comments.text_of(look, first.comment_id, decisions.get(look, first.decision_id).revision)
        assert "新" == comments.text_of(look, first.comment_id, decisions.get(look, second.decision_id).revision)


def test_an_edit_within_a_batch_comes_after_what_it_edits(database: Database, keyring: Keyring) -> None:
    texts = ["一", "二", "三"]
    stored = put(database, keyring, *[an_answer(a_comment(text, known_as="c-1")) for text in texts])
    assert [1, 2, 3] == [item.revision for item in stored]
    with database.reading() as look:
        assert "三" == comments.get(look, stored[0].comment_id).text


def test_an_edit_joins_the_open_case_and_a_passing_text_does_not_close_it(database: Database, keyring: Keyring) -> None:
    [first] = put(database, keyring, for_review("旧", known_as="c-1"))
    [second] = put(database, keyring, an_answer(a_comment("新", known_as="c-1")))
    assert first.case_id == second.case_id
    with database.reading() as look:
        [case] = cases.page(look).items
    assert (second.decision_id, "gambling", CaseState.OPEN) == (case.decision_id, case.label, case.state)


def test_an_edit_takes_the_case_out_of_the_moderators_hands(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("旧", known_as="c-1"))
    with database.unit() as unit:
        leases.claim(unit, "mia", count=1, expires_at=NOW.replace(hour=13))
        unit.commit()
    put(database, keyring, for_review("新", known_as="c-1"))
    with database.reading() as look:
        [case] = cases.page(look).items
    assert (CaseState.OPEN, None, None) == (case.state, case.lease_owner, case.lease_token)


def test_the_ledger_entry_holds_commitments_and_no_text(database: Database, keyring: Keyring) -> None:
    item = for_review("绝密的话", known_as="c-1")
    [stored] = put(database, keyring, item)
    with database.reading() as look:
        [entry] = ledger.page(look, subject_id=item.decision_id).items
        comment = comments.get(look, stored.comment_id)
    body = json.loads(entry.body)
    assert comment.commitment.hex() == body["facts"]["text_commitment"]
    assert ("decision", "machine", "gambling", "3") == (
        body["kind"],
        body["actor"]["kind"],
        body["reason"],
        body["versions"]["model_version"],
    )
    for secret in ("绝密", "author-7f3a", "device-91", "network-5"):
        assert secret not in entry.body.decode()


def test_a_commitment_is_of_one_text_one_kind_and_one_salt() -> None:
    assert commit(b"salt", "text", "你好") != commit(b"salt", "author", "你好")
    assert commit(b"salt", "text", "你好") == commit(b"salt", "text", "你好")
    assert commit(b"other", "text", "你好") != commit(b"salt", "text", "你好")


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_no_database_can_hold_is_refused_by_its_field(database: Database, keyring: Keyring, text: str) -> None:
    with pytest.raises(InvalidInputError, match="/content/text"):
        put(database, keyring, an_answer(Comment(text=text)))


def test_erasure_leaves_decision_ledger_and_commitment(database: Database, keyring: Keyring) -> None:
    [first] = put(database, keyring, for_review("旧", known_as="c-1"))
    put(database, keyring, an_answer(a_comment("新", known_as="c-1")))
    with database.unit() as unit:
        before = comments.get(unit, first.comment_id)
        comments.erase(unit, first.comment_id, now=NOW)
        unit.commit()
    with database.reading() as look:
        after = comments.get(look, first.comment_id)
        assert (None, None, None, None, before.commitment) == (
            after.text,
            after.author_index,
            after.author_cipher,
            comments.text_of(look, first.comment_id, 1),
            after.commitment,
        )
        assert 3 == len(ledger.page(look).items)


def test_many_who_store_the_same_comments_at_once_make_one_of_each(database: Database, keyring: Keyring) -> None:
    mistakes: list[BaseException] = []

    def store(worker: int) -> None:
        order = list(range(6))
        random.Random(worker).shuffle(order)
        try:
            for turn in range(3):
                put(database, keyring, *[for_review(f"{worker}-{turn}", known_as=f"c-{n}") for n in order])
        except BaseException as error:
            mistakes.append(error)

    threads = [threading.Thread(target=store, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    assert [] == mistakes
    with database.reading() as look:
        known = comments.known_ids(look, [f"c-{n}" for n in range(6)])
        assert [12] * 6 == [comments.get(look, comment_id).revision for comment_id in known.values()]
        assert 6 == len(cases.page(look).items)
        assert 72 == len(decisions.page(look, limit=200).items)
