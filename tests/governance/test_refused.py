"""An account or a place was refused, and model and rules found something in the words as well: one thing was done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from governance import transparency
from governance.chinese_records import chinese_record
from governance.dsa import faults
from governance.statements import is_refusal, notice, statement
from moderation.decision import Decision, Outcome, Reason, Source
from moderation.refused import WHATEVER_IT_SAYS
from records import acted, authors
from records.database import Database
from records.personal import Keyring
from records.standing_values import TargetKind
from tests.governance.standing import ACCOUNT, count, take, wish
from tests.governance.test_credit import under_cn
from tests.governance.test_statements import AFTER, BEFORE, WORDS, removed
from tests.records.factories import a_comment, a_decision, an_answer, put

FOUND = Reason("gambling", Source.MODEL, Outcome.BLOCK, {"zh": "赌博", "en": "gambling"}, "platform-rules:gambling")
RULE = replace(FOUND, source=Source.RULE, ground="criminal law 303", rule_id="ads.one")


def refused(code: str, *beside: Reason) -> Decision:
    """A decision by which the account or place was refused, with what was found `beside`, on each side of it."""
    source = Source.LIST if code == "listed_account" else Source.ACCOUNT
    why = Reason(code, source, Outcome.BLOCK, {"zh": "不收", "en": "not taken"}, "house rules")
    return replace(a_decision(Outcome.BLOCK, gambling=0.97), reasons=(*beside[:1], why, *beside[1:]))


@pytest.mark.parametrize("code", sorted(WHATEVER_IT_SAYS))
def test_what_was_found_in_the_words_is_told_nobody_where_the_account_or_place_was_refused(code: str) -> None:
    mixed, alone = (removed(decision=refused(code, *beside)) for beside in ((RULE, FOUND), ()))
    assert is_refusal(mixed, WORDS)
    assert statement(mixed, WORDS) is None
    for language in ("zh", "en"):
        told = notice(mixed, WORDS, language, address="/public/appeals")
        assert notice(alone, WORDS, language, address="/public/appeals") == told
        assert not [each for each in told if "gambl" in each or "赌博" in each or "303" in each]
    assert chinese_record(alone, WORDS) == chinese_record(mixed, WORDS)
    assert "赌博" not in str(chinese_record(mixed, WORDS))
    assert ("gambling", code) == (mixed.decision.reasons[0].code, mixed.decision.reasons[1].code)


def test_it_counts_once_and_under_not_taken_and_costs_no_credit(database: Database, keyring: Keyring) -> None:
    mixed = under_cn(refused("identity_unverified", RULE, FOUND))
    put(database, keyring, an_answer(a_comment("赌场送彩金"), mixed))
    count(database, keyring)
    with database.reading() as look:
        found = transparency.report(look, WORDS, BEFORE, AFTER)
        assert authors.id_of(look, keyring, ACCOUNT) is None
    assert {"identity_unverified": 1} == found.refused
    assert (1, 0, 0) == (found.decisions, found.acted, found.statements)
    assert [] == [each.code for each in found.categories if each.acted]


@pytest.mark.parametrize("code", ["emergency_thresholds", "links_closed", "thread_links_closed", "stays_removed"])
def test_what_a_word_of_the_comment_caused_stays_moderation(code: str) -> None:
    found = removed(decision=refused(code, RULE, FOUND))
    assert not is_refusal(found, WORDS)
    assert statement(found, WORDS) is not None
    assert any("gambling" in each for each in notice(found, WORDS, "en", address="/public/appeals"))


def test_a_person_who_judges_the_words_is_heard() -> None:
    """Their verdict is a finding of theirs alone: the machine had found that the account is not verified."""
    judged = removed(decision=refused("identity_unverified", FOUND), by_person=True, labels=("gambling",))
    told = statement(judged, WORDS)
    assert told is not None
    assert ("No", "AUTOMATED_DECISION_NOT_AUTOMATED") == (told["automated_detection"], told["automated_decision"])
    assert "人工巡查" == chinese_record(judged, WORDS)["发现方式"]
    assert (
        "系统自动（账号或版面状态）" == chinese_record(replace(judged, by_person=False, labels=()), WORDS)["发现方式"]
    )


def test_who_takes_a_refused_comment_away_by_name_stands_on_their_own_words(
    database: Database, keyring: Keyring
) -> None:
    """The account was not verified, and later somebody deleted the comment for a reason of theirs."""
    sent = an_answer(a_comment("赌场送彩金", known_as="c-1"), refused("identity_unverified", FOUND))
    put(database, keyring, sent)
    take(database, keyring, wish("delete", "c-1", kind=TargetKind.COMMENT))
    with database.reading() as look:
        found = acted.one(look, sent.decision_id)
    told = " ".join(notice(found, WORDS, "en", address="/public/appeals"))
    assert "Reason: repeated advertising." in told
    assert not [each for each in ("You broke no rule", "gambling") if each in told]
    assert ["多次发布广告"] == chinese_record(found, WORDS)["处置理由"]
    stated = statement(found, WORDS)
    assert stated is not None
    assert [] == list(faults(stated, WORDS.dsa.published))
    assert "ambling" not in str(stated)
