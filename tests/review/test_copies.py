"""What was decided of a copy is the answer: which comments are copies, and what it takes to know it."""

from __future__ import annotations

from sqlalchemy.event import listen

from records.database import Database
from records.personal import Keyring
from records.values import Judgement, VerdictKind
from review import copies
from tests.records.factories import for_review, put
from tests.review.test_similar import ADVERT, decide

REJECT = Judgement(VerdictKind.REJECT, ("advertising",))


def test_near_duplicates_that_were_decided_and_short_texts_with_the_same_letters_are_copies(
    database: Database, keyring: Keyring
) -> None:
    near, open_, other, short, here, brief = put(
        database,
        keyring,
        *map(for_review, (f"{ADVERT}，价格88", f"{ADVERT}？", "下注稳赚", "加群吧！", ADVERT, "加群吧")),
    )
    decide(database, near.case_id, REJECT)
    decide(database, other.case_id, REJECT)
    with database.reading() as look:
        found = copies.of_many(look, [here.comment_id, brief.comment_id])
    assert {here.comment_id} == found.originals(near.comment_id, None)
    assert {here.comment_id} == found.originals(here.comment_id, None)
    assert {brief.comment_id} == found.originals(short.comment_id, "加群吧！")
    assert set() == found.originals(other.comment_id, "下注稳赚")
    assert {here.comment_id, near.comment_id} == found.of([here.comment_id])
    assert open_.comment_id not in found.ids, "nothing is decided about it"


def test_it_takes_no_more_questions_for_many_than_for_one_and_none_for_none(
    database: Database, keyring: Keyring
) -> None:
    texts = [f"{ADVERT}，第{n}批，价格{n}88，{'甲乙丙丁戊己庚'[n]}地自提" for n in range(7)]
    stored = put(database, keyring, *map(for_review, texts))
    for one in stored[5:]:
        decide(database, one.case_id, REJECT)
    asked: list[str] = []
    with database.reading() as look:
        listen(look.connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        counts = []
        for many in (0, 1, 5):
            asked.clear()
            copies.of_many(look, [one.comment_id for one in stored[:many]])
            counts.append(len(asked))
    assert [0, 4, 4] == counts
