"""Past cases like the one at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from records import cases, comments, erasing, leases, likenesses
from records import telling_words as words
from records.database import Database
from records.personal import Keyring
from records.tables import telling_words
from records.values import CaseRecord, Judgement, Purpose, VerdictKind
from review import queue, similar
from review.alike import bands_in
from review.chosen import Why
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高，诚信经营"


def decide(database: Database, case_id: str | None, verdict: Judgement) -> None:
    with database.unit() as unit:
        case = cases.lock(unit, str(case_id))
        token = leases.lease(unit, case.id, "mei", expires_at=NOW + queue.LEASE).lease_token
        give_verdict(unit, NAMES, case.id, verdict, moderator="mei", token=token, now=NOW)
        unit.commit()


def found(database: Database, case_id: str | None) -> tuple[similar.Past, ...]:
    with database.reading() as look:
        case: CaseRecord = cases.get(look, str(case_id))
        return similar.similar_to(look, case, comments.get(look, case.comment_id)).past


def test_near_duplicates_come_first_then_the_same_label(database: Database, keyring: Keyring) -> None:
    near, other, unlike, here = put(
        database,
        keyring,
        for_review(f"{ADVERT}，价格88"),
        for_review("下注稳赚"),
        for_review("加个好友吧"),
        for_review(f"{ADVERT}！！价格99"),
    )
    decide(database, near.case_id, Judgement(VerdictKind.REJECT, ("advertising",)))
    decide(database, other.case_id, Judgement(VerdictKind.APPROVE))
    past = found(database, here.case_id)
    assert [(near.comment_id, VerdictKind.REJECT, ("advertising",)), (other.comment_id, VerdictKind.APPROVE, ())] == [
        (each.comment_id, each.verdict, each.labels) for each in past
    ]
    assert past[0].likeness is not None
    assert past[0].likeness > 0.8
    assert None is past[1].likeness
    assert unlike.comment_id not in [each.comment_id for each in past]


def test_of_the_comment_itself_nothing_is_told(database: Database, keyring: Keyring) -> None:
    [stored] = put(database, keyring, for_review(ADVERT))
    decide(database, stored.case_id, Judgement(VerdictKind.APPROVE))
    assert () == found(database, stored.case_id)


def test_an_erased_comment_leaves_nothing_to_be_found_by(database: Database, keyring: Keyring) -> None:
    one, here = put(database, keyring, for_review(ADVERT), for_review(f"{ADVERT}!"))
    decide(database, one.case_id, Judgement(VerdictKind.APPROVE))
    bands = bands_in(ADVERT)
    with database.unit() as unit:
        assert [one.comment_id] == likenesses.near(unit, bands, but=[here.comment_id], limit=9)
        comments.erase(unit, one.comment_id, now=NOW)
        assert [] == likenesses.near(unit, bands, but=[here.comment_id], limit=9)
        unit.commit()
    assert () == found(database, here.case_id)


@pytest.mark.parametrize(
    ("purpose", "why"), [(Purpose.OPINION, "model"), (Purpose.GOLD, cases.GOLD)], ids=["second opinion", "gold"]
)  # fmt: skip
def test_what_measures_somebody_shows_no_verdict_on_a_copy_and_still_looks_like_any_case(
    database: Database, keyring: Keyring, purpose: Purpose, why: str
) -> None:
    near, other, here = put(
        database, keyring, for_review(f"{ADVERT}，价格88"), for_review("下注稳赚"), for_review(f"{ADVERT}！！价格99")
    )
    decide(database, near.case_id, Judgement(VerdictKind.REJECT, ("advertising",)))
    decide(database, other.case_id, Judgement(VerdictKind.APPROVE))
    with database.reading() as look:
        case = replace(cases.get(look, str(here.case_id)), purpose=purpose, why=why)
        found = similar.similar_to(look, case, comments.get(look, case.comment_id))
    assert [other.comment_id] == [each.comment_id for each in found.past]
    assert (0, 0) == (found.rejected, found.approved)


@pytest.mark.parametrize("purpose", [Purpose.DECIDE, Purpose.OPINION, Purpose.GOLD])
def test_what_they_decided_themselves_of_a_copy_stands_there_whatever_the_case_measures(
    database: Database, keyring: Keyring, purpose: Purpose
) -> None:
    near, here = put(database, keyring, for_review(f"{ADVERT}，价格88"), for_review(f"{ADVERT}！！价格99"))
    decide(database, near.case_id, Judgement(VerdictKind.REJECT, ("advertising",)))
    with database.reading() as look:
        case = replace(cases.get(look, str(here.case_id)), purpose=purpose, lease_owner="mei")
        mine, bens = (
            similar.similar_to(look, each, comments.get(look, case.comment_id))
            for each in (case, replace(case, lease_owner="ben"))
        )
    assert ([near.comment_id], 1) == ([each.comment_id for each in mine.past], mine.rejected)
    assert [] == [each.comment_id for each in bens.past if purpose is not Purpose.DECIDE]


@pytest.mark.parametrize(
    ("purpose", "why"),
    [(Purpose.LESSON, cases.GOLD), (Purpose.DECIDE, "disagreement"), (Purpose.DECIDE, "appeal")],
    ids=["lesson", "disagreement", "appeal"],
)
def test_what_is_said_to_be_blind_shows_no_past_at_all(
    database: Database, keyring: Keyring, purpose: Purpose, why: str
) -> None:
    near, here = put(database, keyring, for_review(f"{ADVERT}，价格88"), for_review(f"{ADVERT}！！价格99"))
    decide(database, near.case_id, Judgement(VerdictKind.REJECT, ("advertising",)))
    with database.reading() as look:
        case = replace(cases.get(look, str(here.case_id)), purpose=purpose, why=why)
        assert similar.Precedents() == similar.similar_to(look, case, comments.get(look, case.comment_id))


def test_copies_that_were_decided_differently_are_counted(database: Database, keyring: Keyring) -> None:
    one, two, here = put(
        database, keyring, for_review(f"{ADVERT}，价格88"), for_review(f"{ADVERT}，价格77"), for_review(f"{ADVERT}！")
    )  # fmt: skip
    decide(database, one.case_id, Judgement(VerdictKind.REJECT, ("advertising",)))
    with database.reading() as look:
        assert not similar.similar_to(
            look, cases.get(look, str(here.case_id)), comments.get(look, here.comment_id)
        ).differ
    decide(database, two.case_id, Judgement(VerdictKind.APPROVE))
    with database.reading() as look:
        found = similar.similar_to(look, cases.get(look, str(here.case_id)), comments.get(look, here.comment_id))
    assert (1, 1, True) == (found.rejected, found.approved, found.differ)


@pytest.mark.parametrize("text", ["兼职刷单", "兼职刷单！！", "兼职刷单加我", "👍👍"])
def test_a_short_copy_is_no_past_case_of_what_measures_somebody(
    database: Database, keyring: Keyring, text: str
) -> None:
    here, *copies, other = put(
        database,
        keyring,
        for_review("👍👍" if text == "👍👍" else "兼职刷单"),
        *(for_review(text) for _ in range(3)),
        for_review("下注稳赚"),
    )
    for each in (*copies, other):
        decide(database, each.case_id, Judgement(VerdictKind.REJECT, ("fraud",)))
    with database.reading() as look:
        case, comment = cases.get(look, str(here.case_id)), comments.get(look, here.comment_id)
        told = [
            similar.similar_to(look, replace(case, purpose=purpose, why=why), comment)
            for purpose, why in ((Purpose.OPINION, "model"), (Purpose.GOLD, cases.GOLD), (Purpose.DECIDE, "model"))
        ]
    assert [["下注稳赚"], ["下注稳赚"], [text, "下注稳赚"]] == [[each.text for each in one.past] for one in told]
    assert [0, 0, 3] == [one.rejected for one in told]


def test_what_is_drawn_at_random_shows_nothing_that_had_the_label_the_machine_suspects(
    database: Database, keyring: Keyring
) -> None:
    near, other, here = put(
        database, keyring, for_review(f"{ADVERT}，价格88"), for_review("下注稳赚"), for_review(f"{ADVERT}！！价格99")
    )
    for each in (near, other):
        decide(database, each.case_id, Judgement(VerdictKind.REJECT, ("advertising",)))
    with database.reading() as look:
        case = replace(cases.get(look, str(here.case_id)), why=Why.RANDOM)
        found = similar.similar_to(look, case, comments.get(look, case.comment_id))
    assert [near.comment_id] == [each.comment_id for each in found.past]


def test_where_the_same_words_spoke_for_it_comes_before_the_mere_label(database: Database, keyring: Keyring) -> None:
    same, newer, here = put(
        database,
        keyring,
        for_review("刷单在家就能做，一天三百，宝妈也可以，名额不多"),
        for_review("下注稳赚，老师带，天天回血，错过再等一年"),
        for_review("刷单！学生党看过来，日结，做完一单就到账，不压钱"),
    )
    decide(database, same.case_id, Judgement(VerdictKind.REJECT, ("fraud",)))
    decide(database, newer.case_id, Judgement(VerdictKind.APPROVE))
    first, second = found(database, here.case_id)
    assert (same.comment_id, ("刷单",), None) == (first.comment_id, first.words, first.likeness)
    assert (newer.comment_id, ()) == (second.comment_id, second.words)


def test_words_go_with_the_comment_and_with_its_edit(database: Database, keyring: Keyring) -> None:
    one, two, here = put(
        database,
        keyring,
        for_review("刷单在家就能做，一天三百", known_as="c1"),
        for_review("刷单的人看这里，佣金高"),
        for_review("刷单！学生党看过来，日结"),
    )
    for each in (one, two):
        decide(database, each.case_id, Judgement(VerdictKind.REJECT, ("fraud",)))
    assert [two.comment_id, one.comment_id] == [past.comment_id for past in found(database, here.case_id) if past.words]
    put(database, keyring, for_review("今天有雨", known_as="c1"))
    with database.unit() as unit:
        erasing.erase_one(unit, two.comment_id, now=NOW)
        assert 0 == unit.execute(
            select(func.count()).select_from(telling_words).where(telling_words.c.comment_id == two.comment_id)
        ).scalar_one()  # fmt: skip
        unit.commit()
    assert [] == [past for past in found(database, here.case_id) if past.words]


@pytest.mark.parametrize("purpose", [Purpose.OPINION, Purpose.GOLD])
def test_what_measures_somebody_shows_no_short_copy_either(
    database: Database, keyring: Keyring, purpose: Purpose
) -> None:
    copy, other, here = put(
        database, keyring, for_review("下注稳赚！"), for_review("下注的来，老师带"), for_review("下注稳赚")
    )
    decide(database, copy.case_id, Judgement(VerdictKind.REJECT, ("gambling",)))
    decide(database, other.case_id, Judgement(VerdictKind.APPROVE))
    with database.reading() as look:
        case = replace(cases.get(look, str(here.case_id)), purpose=purpose, why="model")
        past = similar.similar_to(look, case, comments.get(look, case.comment_id)).past
    assert [other.comment_id] == [each.comment_id for each in past]


def test_what_is_drawn_at_random_is_not_told_which_words_the_machine_marked(
    database: Database, keyring: Keyring
) -> None:
    same, here = put(database, keyring, for_review("刷单在家就能做，一天三百"), for_review("刷单！学生党看过来，日结"))
    decide(database, same.case_id, Judgement(VerdictKind.REJECT, ("fraud",)))
    with database.reading() as look:
        case = replace(cases.get(look, str(here.case_id)), why="chosen_random", label=None)
        assert () == similar.similar_to(look, case, comments.get(look, case.comment_id)).past


def test_so_many_decided_comments_of_a_word_are_looked_at_and_no_more(database: Database, keyring: Keyring) -> None:
    stored = put(database, keyring, *[for_review(f"刷单{number}") for number in range(9)])
    with database.unit() as unit:
        for one in stored:
            words.keep(unit, one.comment_id, [7])
        told = words.sharing(unit, [7, 8], but=[stored[-1].comment_id], newest=3)
    assert {one.comment_id: frozenset([7]) for one in stored[-4:-1]} == told
