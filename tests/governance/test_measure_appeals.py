"""A measure on an account behind which no comment stands is appealed too, and somebody else answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from governance import account_appeals, account_notices, appeal_times, causes, four_eyes, receipts
from governance.account_appeals import MEASURE
from governance.appeals import NotAppealableError
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.comment import Author
from moderation.errors import ForbiddenError, InvalidInputError
from records import approvals, measures
from records.account_appeals import OUTCOMES
from records.database import Database
from records.house_queues import HouseQueues, Redress
from records.house_values import MEASURE_APPEALED, ApprovalRecord
from records.personal import Keyring
from records.standing_values import MeasureState, TargetKind
from records.underlying import differences
from serving.standing_views import measure_document
from tests.governance.public import RULES, TAXONOMY, decide
from tests.governance.standing import ACCOUNT, POLICIES, held, lift, now_of, take, wish
from tests.governance.test_complaints import listen, told
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

STANDARDS = Standards(TAXONOMY, NOW.date())
WORDS = "it was not me, somebody had my password"


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One database: what depends on it is the schema, and of that the migration's test speaks."""
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


def contest(database: Database, measure_id: str, *, days: int = 0) -> ApprovalRecord:
    with database.unit() as unit:
        made = account_appeals.make(
            unit, MEASURE, measure_id, WORDS, RULES, sender="shop", now=NOW + timedelta(days=days)
        )
        unit.commit()
    return made


def answer(database: Database, appeal_id: str, *, by: str, approve: bool) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, appeal_id, Word(by, approve, "looked anew"), standards=STANDARDS, now=NOW)
        unit.commit()


@pytest.mark.parametrize(("judged", "days"), [("eu@1", 184), ("default@1", 30)])
def test_it_can_be_appealed_as_long_as_the_policy_under_which_its_cause_was_judged_gives(
    database: Database, keyring: Keyring, judged: str, days: int
) -> None:
    house = POLICIES["default"]
    redress = Redress(days=RULES.appeals.within_days, under=RULES.appeals.under)
    database._queues = lambda: HouseQueues(redress=redress)
    decided = replace(a_decision(), versions=replace(a_decision().versions, policy=judged))
    put(database, keyring, an_answer(replace(a_comment("text", known_as="c-1"), author=Author(ACCOUNT)), decided))
    listen(database, keyring)
    made = take(database, keyring, wish(days=1, cause="c-1"), policy=house, policies=POLICIES)
    assert "default" == (made.policy or "").partition("@")[0]
    with database.reading() as look:
        assert NOW + timedelta(days=days) == appeal_times.until(look, made, RULES.appeals)
        notice = account_notices.notice(made, appeal_times.redress_for(look, made), causes.of(look, made))["en"]
        assert f"until {NOW + timedelta(days=days):%Y-%m-%d}" in notice
        assert notice == measure_document(look, made)["notice"]["en"]
    assert f"until {NOW + timedelta(days=days):%Y-%m-%d}" in told(database, "measure.requested")[-1]["notice"]["en"]
    if days < 184:
        with database.reading() as look, pytest.raises(NotAppealableError, match="could be appealed until"):
            MEASURE.check(look, made, RULES, NOW + timedelta(days=31))
    else:
        assert contest(database, made.id, days=180)


@pytest.mark.parametrize(("approve", "outcome", "left"), [(True, "overturned", []), (False, "upheld", ["suspend"])])
def test_somebody_else_says_whether_it_stays_and_the_person_is_told(
    database: Database, keyring: Keyring, outcome: str, left: list[str], *, approve: bool
) -> None:
    listen(database, keyring)
    made = take(database, keyring, wish(days=30))
    assert "You can appeal" in account_notices.notice(made)["en"]
    asked = contest(database, made.id)
    with pytest.raises(ForbiddenError, match="decided by somebody else"):
        answer(database, asked.id, by="Mia", approve=approve)
    answer(database, asked.id, by="ben", approve=approve)
    assert left == held(database, keyring)
    token = receipts.given_for(keyring, "appeal", asked.id)
    with database.reading() as look:
        status = receipts.appeal_under(look, keyring, token, RULES)
        assert [] == list(differences(look))
        entries = "\n".join(str(body) for body in look.execute(text("SELECT body FROM ledger")).scalars())
    assert (outcome, NOW + timedelta(days=7)) == (status.outcome, status.due_at)
    assert status.answer is not None
    assert WORDS not in entries
    [event] = told(database, "appeal.resolved")
    assert (outcome, made.id) == (event["outcome"], event["measure_id"])


def test_it_is_appealed_once_in_time_and_while_it_holds(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish(days=30))
    for days, why in ((31, "late"), (0, None), (0, "already")):
        if why is None:
            contest(database, made.id, days=days)
            continue
        with pytest.raises(NotAppealableError) as refused:
            contest(database, made.id, days=days)
        assert why == refused.value.why
    other = take(database, keyring, wish("warn", "author-other"))
    asked = contest(database, other.id)
    lift(database, other.id)
    with database.reading() as look:
        assert "gone" == OUTCOMES[approvals.get(look, asked.id).state]
    with pytest.raises(NotAppealableError), database.unit() as unit:
        account_appeals.make(unit, MEASURE, other.id, "", RULES, sender="shop", now=NOW)
    with pytest.raises(InvalidInputError), database.unit() as unit:
        account_appeals.make(unit, MEASURE, made.id, "x\0", RULES, sender="shop", now=NOW)


def test_the_person_s_words_go_in_time(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish(days=30))
    answer(database, contest(database, made.id).id, by="ben", approve=False)
    assert WORDS == now_of(database, made.id).appeal_note
    with database.unit() as unit:
        for days, gone in ((179, 0), (181, 1)):
            before = NOW + timedelta(days=days - RULES.appeals.kept_days)
            assert gone == measures.forget_appeals(unit, MEASURE_APPEALED, before=before)
        unit.commit()
    assert (None, MeasureState.IN_FORCE) == (now_of(database, made.id).appeal_note, now_of(database, made.id).state)


def test_a_measure_for_a_comment_that_stands_is_no_question_about_the_comment(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, an_answer(a_comment("fine", known_as="c-1")), for_review("bad", known_as="c-2"))
    decide(database)
    alone = {
        "no comment": (wish(), True),
        "a comment that stands": (wish("warn", cause="c-1"), True),
        "a comment that was rejected": (wish("warn", cause="c-2"), False),
        "a warning about a comment": (wish("warn", "c-1", kind=TargetKind.COMMENT), True),
        "a thread": (wish("suspend", "t-1", kind=TargetKind.THREAD), False),
    }
    made = {name: take(database, keyring, asked) for name, (asked, _) in alone.items()}
    with database.reading() as look:
        told = {name: account_appeals.is_alone(look, each.id, RULES, now=NOW) for name, each in made.items()}
        late = NOW + timedelta(days=31)
        assert account_appeals.is_alone(look, made["a comment that was rejected"].id, RULES, now=late)
        assert not account_appeals.is_alone(look, "nowhere", RULES, now=NOW)
    assert {name: expected for name, (_, expected) in alone.items()} == told
