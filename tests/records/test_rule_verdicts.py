"""What verdicts say of the rules that hit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from moderation.decision import Outcome, Reason, Source
from records import rule_verdicts
from records.database import Database
from records.personal import Keyring
from records.rule_verdicts import RuleJudged
from records.storing import Answered
from records.values import Judgement, VerdictKind
from review import queue
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, put


def hit_by(*rules: str, text: str = "看牌") -> Answered:
    review = a_decision(Outcome.REVIEW, gambling=0.6)
    reasons = [Reason("gambling", Source.RULE, Outcome.REVIEW, {"zh": "赌", "en": "bet"}, "g", rule) for rule in rules]
    return an_answer(a_comment(text, known_as=text), replace(review, reasons=(*reasons, *review.reasons)))


def judge(database: Database, verdict: VerdictKind, *labels: str) -> None:
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        give_verdict(unit, NAMES, case.id, Judgement(verdict, labels), moderator="mia", token=None, now=NOW)
        unit.commit()


def test_what_a_rule_said_is_held_against_the_verdict_in_force(database: Database, keyring: Keyring) -> None:
    put(database, keyring, hit_by("a.one", "a.two", text="一"), hit_by("a.one", text="二"), hit_by(text="三"))
    judge(database, VerdictKind.REJECT, "gambling")
    judge(database, VerdictKind.APPROVE)
    judge(database, VerdictKind.REJECT, "abuse")
    put(database, keyring, hit_by("a.three", text="四"))
    with database.reading() as look:
        found = rule_verdicts.of_rules(look, since=NOW - timedelta(days=1))
        assert {} == rule_verdicts.of_rules(look, since=NOW + timedelta(days=1))
    assert {"a.one": (1, 1, 2), "a.two": (1, 0, 1)} == {
        name: (each.right, each.wrong, each.judged) for name, each in found.items()
    }
    assert 1 == found["a.one"].overturned
    assert isinstance(found["a.two"], RuleJudged)
