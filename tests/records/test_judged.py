from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from moderation.decision import Outcome, Reason, Source
from records.database import Database
from records.judged import count, judged_texts
from records.personal import Keyring
from records.values import Judgement, VerdictKind
from review import queue
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, for_review, put

RULE = Reason("gambling", Source.RULE, Outcome.BLOCK, {"zh": "赌", "en": "bet"}, "house rule 1", "bets.all")


def test_stored_decisions_come_with_the_very_text_that_was_judged(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("第一句", known_as="one", surface="live")))
    put(database, keyring, an_answer(a_comment("改过的", known_as="one", surface="live")))
    with database.reading() as look:
        found = list(judged_texts(look))
        assert (2, ["第一句", "改过的"]) == (count(look), [each.text for each in found])
    assert {("live", "zh", Outcome.PASS)} == {(each.surface, each.lang, each.otherwise) for each in found}
    assert [{}, {}] == [each.labels for each in found]


def test_what_rules_did_is_left_out_of_what_was_decided_otherwise(database: Database, keyring: Keyring) -> None:
    by_model = a_decision(Outcome.REVIEW, gambling=0.6)
    blocked = replace(by_model, outcome=Outcome.BLOCK, reasons=(RULE, *by_model.reasons))
    put(database, keyring, an_answer(a_comment("时时彩"), blocked))
    with database.reading() as look:
        assert [Outcome.REVIEW] == [each.otherwise for each in judged_texts(look)]


def test_more_than_a_batch_is_read_to_its_end(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(an_answer(a_comment(f"第{n}句", known_as=str(n))) for n in range(1101)))
    with database.reading() as look:
        assert 1101 == len({each.text for each in judged_texts(look)})


def test_decisions_come_in_order_of_time_whoever_made_them_first(database: Database, keyring: Keyring) -> None:
    late, early = (an_answer(a_comment(text, thread_id=text)) for text in ("later", "earlier"))
    put(database, keyring, late, now=NOW + timedelta(hours=1))
    put(database, keyring, early, *(an_answer(a_comment(f"第{n}句")) for n in range(600)))
    with database.reading() as look:
        first, *_, last = found = list(judged_texts(look))
    assert ("earlier", "later", 602) == (first.thread_id, last.thread_id, len({each.decision_id for each in found}))
    assert (NOW, NOW + timedelta(hours=1)) == (first.created_at, last.created_at)
    assert {keyring.index("author", "author-7f3a")} == {each.author_index for each in found}


def test_what_a_verdict_says_of_each_label_stands_beside_the_decision(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("看牌加我"))
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        reject = Judgement(VerdictKind.REJECT, ("gambling",))
        give_verdict(unit, NAMES, case.id, reject, moderator="mia", token=None, now=NOW)
        unit.commit()
    with database.reading() as look:
        assert [{**dict.fromkeys(NAMES, False), "gambling": True}] == [each.labels for each in judged_texts(look)]
