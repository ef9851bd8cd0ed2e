"""What the neutrality audit reads: the last decision of each comment, who decided, by which rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from governance import account_measures
from moderation.decision import Outcome, Reason, Source
from records import accountability, ledger
from records.database import Database
from records.leaning import decided
from records.ledger import MACHINE, Entry
from records.personal import Keyring
from records.standing_values import TargetKind
from tests.governance.public import APPROVE, decide
from tests.governance.standing import lift, take, wish
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

LATER = NOW + timedelta(days=1)


def by_rule(rule: str) -> Reason:
    return Reason("abuse", Source.RULE, Outcome.BLOCK, {"zh": "像", "en": "like"}, "house rule 1", rule, ())


def test_each_comment_is_there_once_with_who_decided_and_why(database: Database, keyring: Keyring) -> None:
    rule = replace(a_decision(Outcome.BLOCK), reasons=(by_rule("ads.one"),))
    put(database, keyring, an_answer(a_comment("one", known_as="c-1")), now=NOW - timedelta(days=40))
    [ruled] = put(database, keyring, an_answer(a_comment("two", known_as="c-2"), rule))
    put(database, keyring, for_review("three", known_as="c-3"))
    put(database, keyring, an_answer(a_comment("four", known_as="c-4")))
    put(database, keyring, an_answer(a_comment("four again", known_as="c-4"), a_decision(Outcome.BLOCK, abuse=0.95)))
    decide(database, by="mia", wanted="forum")
    with database.unit() as unit:
        ledger.append(unit, Entry("recommend", MACHINE, "comment", ruled.comment_id, "good", "house"), now=NOW)
        unit.commit()
    with database.reading() as look:
        found = {each.external_id: each for each in decided(look, NOW - timedelta(days=1), LATER)}
    assert {"c-2", "c-3", "c-4"} == set(found)
    two, three, four = (found[name] for name in ("c-2", "c-3", "c-4"))
    assert (("ads.one",), False, True, None) == (two.rules, two.stopped, two.recommended, two.moderator)
    assert ("mia", Outcome.BLOCK, Outcome.REVIEW, "gambling", 0.6) == (
        three.moderator, three.final, three.machine, three.label, three.score
    )  # fmt: skip
    assert ("four again", True, Outcome.BLOCK) == (four.text, four.stopped, four.final)


def test_an_act_counts_under_who_did_it(database: Database, keyring: Keyring) -> None:
    """One moderator lets it stand, another deletes it by name: the first one removed nothing."""
    put(database, keyring, for_review("three", known_as="c-3"), for_review("four", known_as="c-4"))
    for _ in range(2):
        decide(database, APPROVE, by="mei", wanted="forum")
    take(database, keyring, wish("delete", "c-3", kind=TargetKind.COMMENT), by="ben")
    lift(database, take(database, keyring, wish("delete", "c-4", kind=TargetKind.COMMENT), by="ben").id)
    take(database, keyring, wish("suspend", days=1, cause="c-4"), by="ada")
    with database.unit() as unit:
        account_measures.recommend(unit, "c-4", reason={"en": "good"}, ground="house", by="rex", now=NOW)
        unit.commit()
    with database.reading() as look:
        found = {each.external_id: each for each in decided(look, NOW - timedelta(days=1), LATER)}
    three, four = found["c-3"], found["c-4"]
    assert ("mei", Outcome.PASS, Outcome.BLOCK, "ben") == (three.moderator, three.said, three.final, three.measured_by)
    assert ("mei", Outcome.PASS, "ada", "rex") == (four.moderator, four.said, four.measured_by, four.recommended_by)


def test_what_duties_count_is_counted(database: Database, keyring: Keyring) -> None:
    undecided = a_decision(Outcome.PASS, ("model",))
    put(database, keyring, an_answer(a_comment(surface="news"), undecided), an_answer(a_comment(surface="news")),
        an_answer(a_comment(), undecided), an_answer(decision=a_decision(Outcome.BLOCK)))  # fmt: skip
    with database.unit() as unit:
        for reason, ground in (("abuse", "rule 1"), ("abuse", " ")):
            ledger.append(unit, Entry("measure.requested", MACHINE, "comment", "c", reason, ground), now=NOW)
        unit.commit()
    with database.reading() as look:
        assert (2, 1) == accountability.passed_undecided(look, "default", ["news"])
        assert (0, 0) == accountability.passed_undecided(look, "cn", ["news"])
        taken, silent = accountability.unreasoned(look, ["measure.requested"])
        assert (2, 1) == (taken, len(silent))
        assert 1 == len(accountability.blocked_without_reason(look)[1])
        assert 4 == len(accountability.ciphers(look, limit=10))
        assert 0 == accountability.campaigns_seen(look)
        assert [] == accountability.bulk_alone(look, 100)
        assert 0 == accountability.late_complaints(look, now=NOW).waiting
        assert accountability.last_sealed(look) is None
        assert "author_cipher" in accountability.columns(look)["comments"]
