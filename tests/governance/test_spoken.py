"""Whoever said yes or no to what was done about a comment is not asked about it anew, by whatever way they said it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from governance import (
    account_appeals,
    account_measures,
    another,
    appeals,
    bulk,
    four_eyes,
    lists,
    settled,
    spoken,
    verdicts,
)
from governance.account_appeals import MEASURE
from governance.approvals import NotSecondError
from governance.four_eyes import Word
from governance.lists import Listing
from governance.settled import By
from moderation.comment import Author
from moderation.decision import Allowed, AllowingEntry, EmergencyEffect, Outcome, Source, Spared
from moderation.lists import ListAction, ListEntry, ListHit, list_reason
from records import approvals, cases, comments, decisions, knowing, leases, measures, users
from records.barred import barred
from records.database import Database
from records.house_values import ApprovalRecord, UserRecord
from records.personal import Keyring
from records.unit_of_work import Unit
from records.values import CaseRecord, Judgement, Purpose, VerdictKind
from records.waiting import APPEAL, CONTEST, DISAGREEMENT, Wanted
from review import queue
from tests.governance.public import APPROVE, HOUSE, REJECT, RULES, appeal
from tests.governance.standing import ACCOUNT, CN, POLICIES, lift, take, wish
from tests.governance.test_bulk import STANDARDS, campaign, give, step
from tests.governance.test_carried_out import refuse
from tests.governance.test_emergencies import CLOSED
from tests.governance.test_emergencies import asked as asked_for_emergency
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

LATER = NOW + timedelta(hours=1)
TAKER, SECOND, ANSWERER, OTHER = "sue", "lea", "max", "ben"


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


@dataclass
class House:
    """Four people, of whom one said nothing of anything."""

    database: Database
    keyring: Keyring
    people: dict[str, UserRecord]

    def said(self, approval_id: str, by: str = SECOND, *, yes: bool = True) -> None:
        with self.database.unit() as unit:
            four_eyes.answer(unit, approval_id, Word(by, yes, "I read it"), standards=STANDARDS, now=NOW)
            unit.commit()

    def waiting(self, kind: str) -> ApprovalRecord:
        with self.database.reading() as look:
            [found] = [each for each in approvals.waiting(look) if each.kind == kind]
        return found

    def decide(self, comment_id: str, judgement: Judgement = REJECT, by: str = "max") -> None:
        with self.database.unit() as unit:
            waits = cases.undecided_of(unit, comment_id)
            assert waits is not None
            leases.lease(unit, waits.id, self.people[by].id, expires_at=LATER)
            who = self.people[by].id
            verdicts.give(unit, HOUSE, waits.id, judgement, moderator=who, token=None, now=NOW)
            unit.commit()

    def of_account(self, *, name: str = "c-1", judgement: Judgement = REJECT) -> str:
        """A comment of an account, which somebody decided who is none of the four."""
        written = for_review(known_as=name)
        [one] = put(
            self.database, self.keyring, replace(written, comment=replace(written.comment, author=Author(ACCOUNT)))
        )
        with self.database.unit() as unit:
            self.people["far"] = users.create(unit, f"far-{name}", password_hash="x", role="moderator", now=NOW)
            unit.commit()
        self.decide(one.comment_id, judgement, by="far")
        return one.comment_id


@pytest.fixture
def house(database: Database, keyring: Keyring) -> House:
    with database.unit() as unit:
        roles = {TAKER: "senior", SECOND: "lead", ANSWERER: "lead", OTHER: "moderator"}
        people = {name: users.create(unit, name, password_hash="x", role=role, now=NOW) for name, role in roles.items()}
        unit.commit()
    return House(database, keyring, people)


def over_many(house: House, *, yes: bool = True) -> str:
    one = campaign(house.database, house.keyring)[1]
    give(house.database, house.people[TAKER], alone=1)
    house.said(house.waiting(bulk.ASKED).id, yes=yes)
    step(house.database)
    if not yes:
        house.decide(one)
    return one


def over_many_refused(house: House) -> str:
    """A colleague rejected it in the end."""
    return over_many(house, yes=False)


def taken_back_by_two(house: House) -> str:
    """What two had agreed on is opened again: who agreed to that knew what it was."""
    one = over_many(house)
    with house.database.unit() as unit:
        made = bulk.questions.get(unit, _last(house, bulk.ASKED).id).subject_id
        bulk.take_back(unit, made, by=house.people[TAKER].id, any_ones=True, why="two sellers", now=NOW)
        unit.commit()
    house.said(house.waiting(bulk.BACK).id, ANSWERER)
    for _ in range(2):
        step(house.database)
    house.decide(one, by=SECOND)
    return one


def account_closed(house: House) -> str:
    one = house.of_account()
    take(house.database, house.keyring, wish("close", cause="c-1"), policies=POLICIES, by=TAKER)
    house.said(house.waiting(account_measures.CLOSING).id)
    return one


def account_held_for_long(house: House) -> str:
    one = house.of_account()
    take(house.database, house.keyring, wish("suspend", cause="c-1", days=300), policies=POLICIES, by=TAKER)
    house.said(house.waiting(account_measures.ALONE).id)
    return one


def many_accounts(house: House) -> str:
    one = house.of_account()
    with house.database.unit() as unit:
        wishes = [wish("suspend", cause="c-1", days=1), wish("suspend", "another", days=1)]
        account_measures.take_many(unit, house.keyring, wishes, CN, by=TAKER, now=NOW)
        unit.commit()
    house.said(house.waiting(account_measures.BULK).id)
    return one


def measure_refused(house: House) -> str:
    one = house.of_account()
    take(house.database, house.keyring, wish("close", cause="c-1"), policies=POLICIES, by=TAKER)
    house.said(house.waiting(account_measures.CLOSING).id, yes=False)
    return one


def measure_lifted(house: House) -> str:
    one = house.of_account()
    made = take(house.database, house.keyring, wish("close", cause="c-1"), policies=POLICIES, by=TAKER)
    house.said(str(made.approval_id), ANSWERER)
    lift(house.database, made.id, by=TAKER)
    house.said(house.waiting(account_measures.LIFTING).id)
    return one


def measure_looked_at_anew(house: House) -> str:
    """Its person had appealed it by its own number first."""
    one = house.of_account()
    made = take(house.database, house.keyring, wish("suspend", cause="c-1", days=1), policies=POLICIES, by=TAKER)
    with house.database.unit() as unit:
        asked = account_appeals.make(unit, MEASURE, made.id, "not me", RULES, sender="t", now=NOW)
        unit.commit()
    house.said(asked.id, yes=False)
    return one


def thread_held(house: House) -> str:
    refused = refuse(house.database, house.keyring)
    with house.database.unit() as unit:
        made = measures.get(unit, refused.made.id)
        facts = {"measure": made.measure, "target": "thread", "count": 1, "ground": made.ground}
        question = four_eyes.questions.ask(
            unit, account_measures.LIFTING, made.id, facts=facts, by=TAKER, why="x", now=NOW
        )
        unit.commit()
    house.said(question.id, yes=False)
    return refused_comment(house, refused.decision_id)


def refused_comment(house: House, decision_id: str) -> str:
    with house.database.reading() as look:
        return decisions.get(look, decision_id).comment_id


def listed(house: House) -> str:
    """A shop's address, which two put on a list."""
    with house.database.unit() as unit:
        said = Listing("domain", "shop-zz.com", ListAction.BLOCK, reason="cheats", source="own", by=TAKER)
        made = lists.add(unit, said, taxonomy=HOUSE.taxonomy, keyring=house.keyring, now=NOW)
        asked = four_eyes.questions.ask(unit, lists.REMOVAL, made.id, facts={}, by=TAKER, why="why", now=NOW)
        unit.commit()
    hit = ListHit(ListEntry(made.id, made.kind, made.key, made.action, made.ground, made.label))
    decision = replace(a_decision(Outcome.BLOCK), reasons=(list_reason(hit),))
    [one] = put(house.database, house.keyring, an_answer(a_comment(known_as="c-1"), decision))
    house.said(asked.id, yes=False)
    return one.comment_id


def allowed(house: House) -> str:
    """A shop's contact, which two allowed, in a comment that nothing else was left against."""
    with house.database.unit() as unit:
        said = Listing("wechat", "shop88771", ListAction.ALLOW, "sponsor", "tips", TAKER, "platform-rules:advertising")
        made = lists.add(unit, said, taxonomy=HOUSE.taxonomy, keyring=house.keyring, now=NOW)
        asked = four_eyes.questions.ask(unit, lists.REMOVAL, made.id, facts={}, by=TAKER, why="why", now=NOW)
        unit.commit()
    house.said(asked.id, yes=False)
    spared = Spared("advertising", Source.RULE, Outcome.REVIEW, "advertising.contact")
    decision = replace(a_decision(), allowed=Allowed((AllowingEntry(made.id, made.kind),), (spared,)))
    [one] = put(house.database, house.keyring, an_answer(a_comment(known_as="c-1"), decision))
    return one.comment_id


def in_an_emergency(house: House) -> str:
    asked = asked_for_emergency(house.database, replace(CLOSED, by=TAKER))
    house.said(asked.id)
    effect = EmergencyEffect(asked.id, False, Outcome.PASS, Outcome.BLOCK)
    decision = replace(a_decision(Outcome.BLOCK, gambling=0.6), emergencies=(effect,))
    there = a_comment(known_as="c-1", surface="news", thread_id="t-7")
    [one] = put(house.database, house.keyring, an_answer(there, decision), now=NOW + timedelta(minutes=1))
    return one.comment_id


def _last(house: House, kind: str) -> ApprovalRecord:
    with house.database.reading() as look:
        return next(each for each in approvals.page(look).items if each.kind == kind)


WAYS: dict[Callable[[House], str], tuple[str, ...]] = {
    over_many: (TAKER, SECOND),
    over_many_refused: (TAKER, SECOND),
    taken_back_by_two: (TAKER, SECOND, ANSWERER),
    account_closed: (TAKER, SECOND),
    account_held_for_long: (TAKER, SECOND),
    many_accounts: (TAKER, SECOND),
    measure_refused: (TAKER, SECOND),
    measure_lifted: (TAKER, SECOND, ANSWERER),
    measure_looked_at_anew: (TAKER, SECOND),
    thread_held: (TAKER, SECOND),
    listed: (TAKER, SECOND),
    allowed: (TAKER, SECOND),
    in_an_emergency: (TAKER, SECOND),
}
"""How somebody comes to say something, and who of the house did."""


def asked_anew(unit: Unit, comment_id: str, how: str) -> CaseRecord:
    """A case of each kind in which somebody is asked who said nothing of it."""
    if how in (APPEAL, CONTEST):
        about = comments.get(unit, comment_id)
        return appeals.look_anew(unit, about, why=how, due_at=LATER, now=NOW)
    before = cases.page(unit, comment_id=comment_id).items or [
        appeals.look_anew(unit, comments.get(unit, comment_id), why=APPEAL, due_at=LATER, now=NOW)
    ]
    purpose = Purpose.OPINION if how == "opinion" else Purpose.DECIDE
    leases.close(unit, before[-1].id, now=NOW)
    again = cases.ask_again(unit, before[-1], queue="forum", why=how, purpose=purpose, now=NOW)
    another.bar(unit, again, NOW)
    return again


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_whoever_agreed_is_neither_given_nor_may_decide_what_is_asked_anew(
    house: House, way: Callable[[House], str]
) -> None:
    comment_id = way(house)
    expected = {name: name not in WAYS[way] for name in (TAKER, SECOND, OTHER)}
    for how in (APPEAL, CONTEST, DISAGREEMENT, "opinion"):
        with house.database.unit() as unit:
            case = asked_anew(unit, comment_id, how)
            assert knowing.is_blind(case)
            assert expected == {name: _may(unit, case, house.people[name].id) for name in expected}, how
            assert OTHER not in spoken.of_comment(unit, comment_id)
            got = {name: _is_given(unit, case, house.people[name].id) for name in WAYS[way]}
            assert dict.fromkeys(WAYS[way], False) == got, how
            assert _is_given(unit, case, house.people[OTHER].id), how


def _may(unit: Unit, case: CaseRecord, user_id: str) -> bool:
    try:
        another.check(unit, case, user_id)
    except another.NotAnotherError:
        return False
    return True


def _is_given(unit: Unit, case: CaseRecord, user_id: str) -> bool:
    taken = queue.take(unit, user_id, Wanted(case.queue, blind=True), now=NOW, count=queue.MAX_COUNT)
    for each in taken:
        leases.put_back(unit, each)
    return case.id in {each.id for each in taken}


def test_who_agrees_while_it_waits_is_not_given_it_either(house: House) -> None:
    one = house.of_account()
    take(house.database, house.keyring, wish("close", cause="c-1"), policies=POLICIES, by=TAKER)
    with house.database.reading() as look:
        latest = decisions.latest_of(look, one).id
    made = appeal(house.database, latest, now=NOW)
    house.said(house.waiting(account_measures.CLOSING).id)
    with house.database.unit() as unit:
        case = cases.get(unit, made.case_id)
        assert [False, True] == [knowing.may_be_asked(unit, case, house.people[name].id) for name in (SECOND, OTHER)]


def test_a_question_that_was_withdrawn_was_not_asked(house: House) -> None:
    one = house.of_account()
    take(house.database, house.keyring, wish("close", cause="c-1"), policies=POLICIES, by=TAKER)
    with house.database.unit() as unit:
        about = house.waiting(account_measures.CLOSING).id
        four_eyes.withdraw(unit, about, by=TAKER, why="a slip", standards=STANDARDS, now=NOW)
        unit.commit()
    with house.database.reading() as look:
        assert SECOND not in spoken.of_comment(look, one)


def test_who_answered_about_a_measure_before_does_not_answer_its_appeal(house: House) -> None:
    """Refused the lifting that they had asked for, one person would have it by the author's appeal."""
    house.of_account()
    made = take(house.database, house.keyring, wish("close", cause="c-1"), policies=POLICIES, by=TAKER)
    house.said(str(made.approval_id))
    lift(house.database, made.id, by=ANSWERER)
    house.said(house.waiting(account_measures.LIFTING).id, TAKER, yes=False)
    with house.database.unit() as unit:
        asked = account_appeals.make(unit, MEASURE, made.id, "not me", RULES, sender="t", now=NOW)
        unit.commit()
    for name in (TAKER, SECOND, ANSWERER):
        with pytest.raises(NotSecondError):
            house.said(asked.id, name)


def test_where_both_of_a_house_spoke_no_second_look_is_drawn_and_the_appeal_waits_for_nobody(house: House) -> None:
    one = over_many(house)
    with house.database.unit() as unit:
        for name in (OTHER, ANSWERER):
            users.disable(unit, house.people[name].id, now=NOW)
        case = cases.page(unit, comment_id=one).items[-1]
        assert not another.is_there(unit, case, house.people[TAKER].id)
        unit.commit()
    with house.database.reading() as look:
        latest = decisions.latest_of(look, one).id
    made = appeal(house.database, latest, now=NOW)
    with house.database.reading() as look:
        left = [house.people[name].id for name in (TAKER, SECOND)]
        assert [made.case_id] == [each.case_id for each in barred(look, left)]


def test_who_agreed_to_what_an_appeal_overturned_does_not_open_it_again(house: House) -> None:
    one = over_many(house)
    with house.database.reading() as look:
        latest = decisions.latest_of(look, one).id
    made = appeal(house.database, latest, now=NOW)
    house.decide(one, APPROVE, by=OTHER)
    with house.database.reading() as look:
        found = settled.find(look, one)
        assert found is not None
        assert (By.BLIND, VerdictKind.APPROVE) == (found.by, found.verdict.verdict)
        for name in (TAKER, SECOND):
            with pytest.raises(settled.SettledError):
                settled.check_may_ask(look, found, house.people[name].id)
        settled.check_may_ask(look, found, house.people[ANSWERER].id)
    assert made.case_id
