"""Credit counts what holds: once, whatever is replayed, and nothing that was overturned."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from governance import appeals, credit, erasure, verdicts
from governance.erasure import Order
from moderation.comment import Author
from moderation.decision import Decision, Outcome, Reason, Source
from records import authors
from records import credit as stored
from records.database import Database
from records.personal import Keyring
from records.storing import Answered, Stored, store_decisions
from serving.worker import RESTORED
from tests.governance.public import APPROVE, REJECT, RULES, SETTLED, appeal, decide, settle
from tests.governance.standing import ACCOUNT, POLICIES, count, score
from tests.governance.test_account_measures import LATER
from tests.records.databases import NOW
from tests.records.factories import VERSIONS, a_comment, a_decision, an_answer


def under_cn(decision: Decision) -> Decision:
    return replace(decision, versions=replace(VERSIONS, policy="cn@2"))


def blocked(name: str | None = None, *, text: str = "加个好友吧") -> Answered:
    decision = under_cn(a_decision(Outcome.BLOCK, gambling=0.99))
    return an_answer(a_comment(text, known_as=name), decision)


def passed(name: str | None = None, *, text: str = "加个好友吧") -> Answered:
    return an_answer(a_comment(text, known_as=name), under_cn(a_decision()))


def reviewed(name: str) -> Answered:
    return an_answer(a_comment(known_as=name), under_cn(a_decision(Outcome.REVIEW, gambling=0.6)))


def other(item: Answered) -> Answered:
    """The same of another account."""
    return replace(item, comment=replace(item.comment, author=Author("author-2")))


def put(database: Database, keyring: Keyring, *items: Answered) -> list[Stored]:
    with database.unit() as unit:
        placed = store_decisions(unit, items, keyring=keyring, now=NOW)
        credit.mark_stored(unit, items, placed, POLICIES)
        unit.commit()
    return placed


def test_what_the_machine_stopped_counts_a_little_and_what_a_person_rejected_more(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, blocked("c-1"), reviewed("c-2"))
    count(database, keyring)
    assert 0.57 == score(database, keyring)
    decide(database, REJECT)
    count(database, keyring)
    assert 0.47 == score(database, keyring)


def test_events_that_are_replayed_count_once(database: Database, keyring: Keyring) -> None:
    placed = put(database, keyring, *(blocked(f"c-{n}") for n in range(3)))
    for _ in range(4):
        with database.unit() as unit:
            stored.mark(unit, [each.comment_id for each in placed] * 3)
            unit.commit()
        count(database, keyring)
    assert 0.51 == score(database, keyring)
    with database.reading() as look:
        assert not stored.is_behind(look)


def test_workers_that_count_at_once_count_each_thing_once(database: Database, keyring: Keyring) -> None:
    placed = put(database, keyring, *(blocked(f"c-{n}") for n in range(6)))
    with database.unit() as unit:
        for _ in range(4):
            stored.mark(unit, [each.comment_id for each in placed])
        unit.commit()

    def work(_: int) -> None:
        while count(database, keyring):
            pass

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert 0.42 == score(database, keyring)


def test_what_weighs_nothing_any_more_is_forgotten(database: Database, keyring: Keyring) -> None:
    put(database, keyring, blocked("c-1"))
    count(database, keyring)
    assert 0 == credit.forget(database, POLICIES, now=NOW + timedelta(days=239))
    assert 1 == credit.forget(database, POLICIES, now=NOW + timedelta(days=241))
    with database.reading() as look:
        assert not stored.any_exist(look)


def test_the_same_comment_sent_again_is_one_thing_and_another_text_another(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, blocked("c-1"))
    put(database, keyring, blocked("c-1"))
    count(database, keyring)
    assert 0.57 == score(database, keyring)
    put(database, keyring, blocked("c-1", text="另一句"))
    count(database, keyring)
    assert 0.54 == score(database, keyring)


def test_a_text_that_passes_when_it_is_judged_anew_counts_no_more(database: Database, keyring: Keyring) -> None:
    put(database, keyring, blocked("c-1"))
    count(database, keyring)
    put(database, keyring, passed("c-1"))
    count(database, keyring)
    assert 0.6 == score(database, keyring)


def test_a_verdict_taken_back_leaves_no_trace(database: Database, keyring: Keyring) -> None:
    put(database, keyring, reviewed("c-1"))
    case = decide(database, REJECT)
    count(database, keyring)
    assert 0.5 == score(database, keyring)
    with database.unit() as unit:
        verdicts.take_back(unit, case.id, moderator="mia", now=NOW + timedelta(seconds=3))
        unit.commit()
    count(database, keyring)
    assert 0.6 == score(database, keyring)


def test_after_an_overturn_credit_is_as_if_it_had_not_been(database: Database, keyring: Keyring) -> None:
    item, _ = put(database, keyring, reviewed("c-1"), blocked("c-2"))
    decide(database, REJECT)
    settle(database)
    count(database, keyring)
    assert 0.47 == score(database, keyring)
    appeal(database, item.decision_id, now=LATER)
    decide(database, APPROVE, by="ben", now=LATER)
    with database.unit() as unit:
        assert 1 == appeals.settle(unit, RULES, now=LATER + SETTLED, also=RESTORED)
        unit.commit()
    count(database, keyring)
    assert 0.57 == score(database, keyring)


def test_an_overturn_gives_back_the_good_day_as_well(database: Database, keyring: Keyring) -> None:
    later = NOW + timedelta(days=2)
    item, *_ = put(database, keyring, reviewed("c-1"), other(passed("c-2")))
    with database.unit() as unit:
        authors.id_for(unit, keyring, "author-2", now=NOW)
        unit.commit()
    decide(database, REJECT)
    settle(database)
    count(database, keyring)
    credit.good_days(database, POLICIES, now=NOW + timedelta(days=1))
    assert score(database, keyring, now=later) < score(database, keyring, "author-2", now=later)
    appeal(database, item.decision_id, now=LATER)
    decide(database, APPROVE, by="ben", now=later)
    with database.unit() as unit:
        appeals.settle(unit, RULES, now=later + SETTLED, also=RESTORED)
        unit.commit()
    count(database, keyring, now=later)
    assert score(database, keyring, "author-2", now=later) == score(database, keyring, now=later)


def test_a_good_day_is_taken_back_where_a_person_rejects_later(database: Database, keyring: Keyring) -> None:
    put(database, keyring, reviewed("c-1"))
    with database.unit() as unit:
        authors.id_for(unit, keyring, ACCOUNT, now=NOW)
        unit.commit()
    later = NOW + timedelta(days=1)
    assert 1 == credit.good_days(database, POLICIES, now=later)
    decide(database, REJECT, now=later)
    count(database, keyring, now=later)
    with database.reading() as look:
        author_id = str(authors.id_of(look, keyring, ACCOUNT))
        assert ["rejected"] == [each.kind for each in stored.events_of(look, author_id)]


def test_what_the_account_s_own_state_refused_is_no_offence(database: Database, keyring: Keyring) -> None:
    words = {"zh": "未认证", "en": "unverified"}
    refused = Reason("identity_unverified", Source.ACCOUNT, Outcome.BLOCK, words, "cn-2017:5(1)")
    decision = replace(under_cn(a_decision()), outcome=Outcome.BLOCK, reasons=(refused,))
    put(database, keyring, an_answer(a_comment(), decision))
    count(database, keyring)
    with database.reading() as look:
        assert authors.id_of(look, keyring, ACCOUNT) is None


def test_under_a_policy_that_asks_for_no_credit_none_is_kept(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("x", known_as="c-1"), a_decision(Outcome.BLOCK, gambling=0.99)))
    assert 0 == count(database, keyring)
    with database.reading() as look:
        assert not authors.any_exist(look)
        assert not stored.any_exist(look)


def test_a_good_day_is_noted_once_and_not_where_something_was_stopped(database: Database, keyring: Keyring) -> None:
    put(database, keyring, blocked("c-1"), passed("c-2"), other(passed("c-3")))
    with database.unit() as unit:
        authors.id_for(unit, keyring, "author-2", now=NOW)
        unit.commit()
    count(database, keyring)
    tomorrow = NOW + timedelta(days=1)
    assert [1, 1] == [credit.good_days(database, POLICIES, now=tomorrow) for _ in range(2)]
    assert 0 == credit.good_days(database, POLICIES, now=NOW)
    at = NOW + timedelta(hours=12)
    assert (0.62, True) == (score(database, keyring, "author-2", now=at), score(database, keyring, now=at) < 0.6)


def test_erasing_the_account_takes_its_credit_along(database: Database, keyring: Keyring) -> None:
    put(database, keyring, blocked("c-1"), blocked("c-2"))
    count(database, keyring)
    report = erasure.erase(database, keyring, Order(ACCOUNT, "mia", "right to erasure"), now=NOW)
    assert 2 == report.counts["credit"]
    with database.reading() as look:
        assert not stored.any_exist(look)
    assert 0 == count(database, keyring)
