"""Edge cases of a label: what a lead settled, beside the label's policy for as long as it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest.mock import ANY

import pytest
from sqlalchemy import text

from moderation.errors import ConflictError, InvalidInputError
from records import (
    cases,
    comments,
    edge_cases,
    erasing,
    gold,
    leases,
    ledger,
    ledger_pages,
    openings,
    retold,
    verdicts,
)
from records.database import Database
from records.openings import Closed, Opening, WhyNot
from records.personal import Keyring
from records.storing import Stored
from records.underlying import differences
from records.values import Judgement, Purpose, VerdictKind
from review import edge_cases as review
from review import gold as known_answers
from review import queue
from review.edge_cases import Mark
from review.verdicts import SETTLED_AFTER, give_verdict, reopen
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put

REJECT = Judgement(VerdictKind.REJECT, ("abuse",))
APPROVE = Judgement(VerdictKind.APPROVE)
LATER = NOW + SETTLED_AFTER
WHY = "said of oneself, in jest"


def decide(database: Database, stored: Stored, verdict: Judgement = REJECT, who: str = "mei") -> None:
    with database.unit() as unit:
        case = cases.lock(unit, str(stored.case_id))
        token = leases.lease(unit, case.id, who, expires_at=NOW + queue.LEASE).lease_token
        give_verdict(unit, NAMES, case.id, verdict, moderator=who, token=token, now=NOW)
        unit.commit()


def decide_anew(database: Database, stored: Stored, verdict: Judgement) -> None:
    with database.unit() as unit:
        case = reopen(unit, str(stored.case_id), moderator="li", reason="looked again", now=LATER)
        give_verdict(unit, NAMES, case.id, verdict, moderator="li", token=case.lease_token, now=LATER)
        unit.commit()


def mark(database: Database, stored: Stored, label: str = "abuse", *, why: str = WHY, asked: bool = False) -> str:
    with database.unit() as unit:
        said = Mark(stored.decision_id, label, why, "house-rules:abuse", is_asked=asked)
        found = review.mark(unit, NAMES, said, author="li", now=LATER)
        unit.commit()
    return found.id


def beside(database: Database, here: Stored, who: str = "wei") -> dict[str, list[str]]:
    with database.reading() as look:
        case = cases.get(look, str(here.case_id))
        told = review.beside(look, comments.get(look, case.comment_id), who, now=LATER)
    return {label: [one.text for one in shown] for label, shown in told.items()}


def test_what_a_lead_marks_stands_beside_its_label_and_the_ledger_says_so(database: Database, keyring: Keyring) -> None:
    odd, here = put(database, keyring, for_review("我真是个蠢货哈哈"), for_review("晚上来下注"))
    decide(database, odd)
    mark(database, odd)
    assert {"abuse": ["我真是个蠢货哈哈"]} == beside(database, here)
    with database.reading() as look:
        entry = ledger.last(look, "edge_case.marked", odd.comment_id)
    assert entry is not None
    body = json.loads(entry.body)
    assert ("li", "abuse", True) == (body["actor"]["id"], body["facts"]["label"], body["facts"]["is_so"])
    assert "house-rules:abuse" == body["ground"]
    assert body["versions"]
    assert WHY not in entry.body.decode()
    with database.reading() as look:
        assert WHY == ledger_pages.words_of(look, entry)["reason"]
        assert Opening("reason", ANY, WHY) in list(openings.of_entry(look, entry, None))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("UPDATE edge_cases SET why = 'another'", "why"),
        ("UPDATE edge_cases SET why = 'erased'", "why"),
        ("UPDATE edge_cases SET is_so = FALSE", "is_so"),
        ("UPDATE edge_cases SET taken_back_at = created_at", "taken_back_at"),
        ("DELETE FROM edge_cases", "is gone from the table edge_cases"),
        ("UPDATE entry_words SET words = replace(words, 'jest', 'earnest')", "not those that it commits to"),
    ],
)
def test_an_edge_case_that_somebody_alters_is_told(
    sqlite: Database, keyring_of_sqlite: Keyring, how: str, told: str
) -> None:
    odd, _ = put(sqlite, keyring_of_sqlite, for_review("我真是个蠢货哈哈"), for_review("晚上来下注"))
    decide(sqlite, odd)
    mark(sqlite, odd)
    assert [] == findings(sqlite)
    with sqlite.unit() as unit:
        unit.execute(text(how))
        unit.commit()
    assert [each for each in findings(sqlite) if told in each]


def test_entries_of_before_do_not_say_why_and_stay_as_good(
    sqlite: Database, keyring_of_sqlite: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    [odd] = put(sqlite, keyring_of_sqlite, for_review("我真是个蠢货哈哈"))
    decide(sqlite, odd)
    with monkeypatch.context() as before:
        before.setattr(review, "_entry", partial(as_before, review._entry))
        edge_id = mark(sqlite, odd)
    assert [] == findings(sqlite)
    with sqlite.unit() as unit:
        review.take_back(unit, edge_id, author="li", now=LATER)
        unit.commit()
    assert [] == findings(sqlite)


def as_before(entry: Callable[..., ledger.Entry], *told: object, **more: object) -> ledger.Entry:
    return entry(*told, **more | {"why": retold.NO_EDGE_WORDS})


def findings(database: Database) -> list[str]:
    with database.reading() as look:
        return [each.sentence for each in differences(look)]


def test_what_is_no_case_of_the_label_stands_there_as_such(database: Database, keyring: Keyring) -> None:
    odd, here = put(database, keyring, for_review("我真是个蠢货哈哈"), for_review("晚上来下注"))
    decide(database, odd, APPROVE)
    mark(database, odd)
    with database.reading() as look:
        [one] = review.beside(look, comments.get(look, here.comment_id), "wei", now=LATER)["abuse"]
    assert not one.edge.is_so
    assert WHY == one.edge.why


def test_the_newest_few_are_shown_and_the_whole_list_has_them_all(database: Database, keyring: Keyring) -> None:
    texts = [f"这句话算不算骂人呢{'一二三四五'[n]}" for n in range(5)]
    *odd, here = put(database, keyring, *map(for_review, texts), for_review("晚上来下注"))
    for one in odd:
        decide(database, one)
        mark(database, one)
    assert {"abuse": texts[:1:-1]} == beside(database, here)
    with database.reading() as look:
        assert texts[::-1] == [one.text for one in review.of_label(look, "abuse")]


def test_taken_back_it_stands_nowhere_and_the_ledger_says_so(database: Database, keyring: Keyring) -> None:
    odd, here = put(database, keyring, for_review("我真是个蠢货哈哈"), for_review("晚上来下注"))
    decide(database, odd)
    edge_id = mark(database, odd)
    with database.unit() as unit:
        review.take_back(unit, edge_id, author="li", now=LATER)
        unit.commit()
    assert {} == beside(database, here)
    with database.reading() as look:
        assert [] == review.of_label(look, "abuse")
        assert ledger.last(look, "edge_case.taken_back", odd.comment_id)
    with database.unit() as unit, pytest.raises(ConflictError):
        review.take_back(unit, edge_id, author="li", now=LATER)
    mark(database, odd)
    assert beside(database, here)


def test_what_was_decided_otherwise_since_is_no_example(database: Database, keyring: Keyring) -> None:
    odd, here = put(database, keyring, for_review("我真是个蠢货哈哈"), for_review("晚上来下注"))
    decide(database, odd)
    mark(database, odd)
    decide_anew(database, odd, REJECT)
    assert beside(database, here)
    decide_anew(database, odd, APPROVE)
    assert {} == beside(database, here)
    with database.reading() as look:
        [one] = review.of_label(look, "abuse")
    assert not one.holds


def test_an_edited_comment_is_no_example(database: Database, keyring: Keyring) -> None:
    odd, here = put(database, keyring, for_review("我真是个蠢货哈哈", known_as="c1"), for_review("晚上来下注"))
    decide(database, odd)
    mark(database, odd)
    put(database, keyring, for_review("改成了别的话", known_as="c1"))
    assert {} == beside(database, here)


def test_it_goes_with_the_comment(database: Database, keyring: Keyring) -> None:
    odd, here = put(database, keyring, for_review("我真是个蠢货哈哈"), for_review("晚上来下注"))
    decide(database, odd)
    edge_id = mark(database, odd)
    with database.unit() as unit:
        erasing.erase_one(unit, odd.comment_id, now=datetime.now(UTC) + timedelta(minutes=1))
        unit.commit()
    assert {} == beside(database, here)
    with database.reading() as look:
        assert [] == review.of_label(look, "abuse")
        assert "erased" == edge_cases.get(look, edge_id).why
        entry = ledger.last(look, "edge_case.marked", odd.comment_id)
        assert entry is not None
        assert "erased" == ledger_pages.words_of(look, entry)["reason"]
        assert [Closed("words", WhyNot.ERASED)] == list(openings.of_entry(look, entry, None))
    assert [] == findings(database)


@pytest.mark.parametrize("text", ["我真是个蠢货哈哈", "我真是个蠢货，哈哈！"])
def test_beside_a_copy_nothing_of_it_is_told(database: Database, keyring: Keyring, text: str) -> None:
    odd, here = put(database, keyring, for_review("我真是个蠢货哈哈"), for_review(text))
    decide(database, odd)
    mark(database, odd)
    assert {} == beside(database, here)


def test_beside_a_long_copy_nothing_of_it_is_told(database: Database, keyring: Keyring) -> None:
    text = "楼上几位说话都不过脑子，我也一样，大家都是蠢货，谁也别笑话谁，早点洗洗睡吧"
    odd, here = put(database, keyring, for_review(text), for_review(f"{text}！！哈"))
    decide(database, odd)
    mark(database, odd)
    assert {} == beside(database, here)


def test_an_edge_case_that_is_asked_is_not_told_to_whoever_was_not_asked_yet(
    database: Database, keyring: Keyring
) -> None:
    odd, here = put(database, keyring, for_review("我真是个蠢货哈哈"), for_review("晚上来下注"))
    decide(database, odd)
    mark(database, odd, asked=True)
    assert {} == beside(database, here, "wei")
    assert beside(database, here, "mei"), "who decided it is asked no more"
    with database.unit() as unit:
        [known] = gold.in_use(unit)
        told = known_answers.as_opened(unit, known, NOW)
        until = NOW + timedelta(days=1)
        case = cases.put_in_hand(unit, known, "wei", told, purpose=Purpose.LESSON, expires_at=until, now=NOW)
        for about in (odd, here):
            assert {} == review.beside(unit, comments.get(unit, about.comment_id), "wei", now=LATER)
        give_verdict(unit, NAMES, case.id, APPROVE, moderator="wei", token=case.lease_token, now=NOW)
        unit.commit()
    assert beside(database, here, "wei")


def test_what_stands_beside_a_policy_is_asked_of_nobody(database: Database, keyring: Keyring) -> None:
    [odd] = put(database, keyring, for_review("我真是个蠢货哈哈"))
    decide(database, odd)
    mark(database, odd)
    with database.unit() as unit, pytest.raises(ConflictError, match="beside"):
        known_answers.vouch(unit, str(odd.case_id), why=WHY, author="li", now=LATER)


def test_a_mark_has_to_make_sense(database: Database, keyring: Keyring) -> None:
    odd, waits, beside_labels = put(
        database, keyring, for_review("我真是个蠢货哈哈"), for_review("晚上来下注"), for_review("今天有雨")
    )
    with pytest.raises(ConflictError, match="decide"):
        mark(database, waits)
    decide(database, odd)
    with pytest.raises(InvalidInputError):
        mark(database, odd, why=" ")
    with pytest.raises(InvalidInputError):
        mark(database, odd, "nonsense")
    mark(database, odd)
    with pytest.raises(ConflictError, match="already"):
        mark(database, odd)
    with database.unit() as unit:
        case = cases.lock(unit, str(beside_labels.case_id))
        token = leases.lease(unit, case.id, "mei", expires_at=NOW + queue.LEASE).lease_token
        ground = Judgement(VerdictKind.REJECT, (), ground="off-topic")
        give_verdict(unit, NAMES, case.id, ground, moderator="mei", token=token, now=NOW, grounds=("off-topic",))
        unit.commit()
    with pytest.raises(ConflictError, match="ground"):
        mark(database, beside_labels)
    with database.reading() as look:
        assert 1 == len(edge_cases.standing(look, per_label=9))
        assert verdicts.holding_of(look, odd.comment_id)
