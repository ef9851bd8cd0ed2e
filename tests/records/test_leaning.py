"""What the neutrality audit reads: the last decision of each comment, who decided, by which rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from governance import account_measures, lists
from governance.lists import Listing
from moderation.decision import Outcome, Reason, Source
from moderation.lists import ListAction
from records import accountability, comments, ledger
from records.cases import Wanted
from records.database import Database
from records.leaning import decided
from records.ledger import MACHINE, Entry
from records.personal import Keyring
from records.standing_values import TargetKind
from records.unit_of_work import Unit
from records.values import CaseRecord
from review import queue
from tests.governance.public import APPROVE, TAXONOMY, decide
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
    with database.unit() as unit:
        account_measures.recommend(unit, "c-4", reason={"en": "good"}, ground="house", by="rex", now=NOW)
        unit.commit()
    take(database, keyring, wish("suspend", days=1, cause="c-4"), by="ada")
    with database.reading() as look:
        found = {each.external_id: each for each in decided(look, NOW - timedelta(days=1), LATER)}
    three, four = found["c-3"], found["c-4"]
    assert ("mei", Outcome.PASS, Outcome.BLOCK, "ben") == (three.moderator, three.said, three.final, three.measured_by)
    assert ("mei", Outcome.PASS, "ada", "rex") == (four.moderator, four.said, four.measured_by, four.recommended_by)


def in_hand(database: Database, by: str, act: Callable[[Unit, CaseRecord], object], *, at: datetime) -> str:
    """Takes the next case, does something with it, and tells the comment's own id."""
    with database.unit() as unit:
        [case] = queue.take(unit, by, Wanted(), now=at)
        act(unit, case)
        known = comments.get(unit, str(case.comment_id)).external_id
        unit.commit()
    return str(known)


def test_what_was_in_hand_and_not_decided_counts_under_who_let_it_go_and_how(
    database: Database, keyring: Keyring
) -> None:
    names = [f"c-{at}" for at in range(6)]
    put(database, keyring, *(for_review(name, known_as=name) for name in names))
    acts: dict[str, Callable[[Unit, CaseRecord], object]] = {
        "escalated": lambda unit, case: queue.escalate(unit, case.id, "mei", case.lease_token, now=NOW),
        "skipped": lambda unit, case: queue.skip(
            unit, case.id, "mei", case.lease_token, why=queue.Skip.LANGUAGE, now=NOW
        ),
        "conflict": lambda unit, case: queue.skip(
            unit, case.id, "mei", case.lease_token, why=queue.Skip.CONFLICT, now=NOW
        ),
        "left": lambda unit, case: None,
    }
    gone = {how: in_hand(database, "mei", act, at=NOW) for how, act in acts.items()}
    decide(database, by="mei", wanted="forum")
    with database.unit() as unit:
        queue.expire(unit, now=NOW + timedelta(hours=1))
        unit.commit()
    in_hand(database, "ben", lambda unit, case: None, at=NOW + timedelta(hours=1))
    with database.reading() as look:
        found = {each.external_id: dict(each.put_off) for each in decided(look, NOW - timedelta(days=1), LATER)}
    assert {"mei": "escalated"} == found[gone["escalated"]]
    assert {"mei": "skipped"} == found[gone["skipped"]]
    assert {"mei": "left"} == found[gone["left"]]
    assert {} == found[gone["conflict"]], "who has a part in it does as they ought"
    assert 3 == sum(bool(each) for each in found.values()), "neither what was decided nor what is in hand"


def test_a_wait_ends_with_the_verdict_or_the_measure(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("one", known_as="c-1"), for_review("two", known_as="c-2"))
    decide(database, APPROVE, by="mei", wanted="forum")
    with database.reading() as look:
        found = sorted((each.answered_at for each in decided(look, NOW - timedelta(days=1), LATER)), key=bool)
    assert None is found[0]
    assert found[1] is not None
    assert found[1] >= NOW


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


def test_who_took_back_what_was_done_is_told_of_the_comment_or_of_the_accounts_newest(
    database: Database, keyring: Keyring
) -> None:
    wrote = {"c-1": "a-1", "c-2": "a-2", "c-3": "a-3", "c-4": "a-3", "c-5": "a-5", "c-6": "a-6"}
    for name, author in wrote.items():
        put(database, keyring, an_answer(a_comment(name, known_as=name, author=author)))
    lift(database, take(database, keyring, wish("suspend", "a-1", days=1, cause="c-1"), by="ben").id, by="rex")
    take(database, keyring, wish("suspend", "a-2", days=1, cause="c-2"), by="ben")
    lift(database, take(database, keyring, wish("suspend", "a-3", days=1), by="ben").id, by="rex")
    told = Listing("account", "a-5", ListAction.BLOCK, "fraud", "seen", "ben")
    with database.unit() as unit:
        entry = lists.add(unit, told, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        lists.remove(unit, entry.id, by="rex", why="a friend", now=NOW)
        unit.commit()
    with database.reading() as look:
        found = {each.external_id: each for each in decided(look, NOW - timedelta(days=1), LATER)}
    expected = {"c-1": (True, "rex"), "c-2": (True, None), "c-3": (False, None), "c-4": (True, "rex")}
    expected |= {"c-5": (True, "rex"), "c-6": (False, None)}
    assert expected == {name: (each.was_measured, each.pardoned_by) for name, each in found.items()}
