"""What two people agreed on, two take back: closings, long suspensions, entries of lists; an appeal frees at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance import account_appeals, account_measures, four_eyes, list_reviews, lists
from governance.account_appeals import MEASURE
from governance.approvals import NotSecondError
from governance.four_eyes import Word
from governance.lists import Listing
from governance.rules import Standards
from moderation.errors import ConflictError, InvalidInputError
from moderation.lists import ListAction
from records import approvals, measures
from records import lists as entries
from records.database import Database
from records.house_values import ApprovalState, ListEntryRecord
from records.personal import Keyring
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.underlying import differences
from serving.standing_views import measure_document
from tests.governance.public import RULES, TAXONOMY
from tests.governance.standing import CN, POLICIES, held, lift, now_of, take, wish
from tests.governance.test_complaints import listen, told
from tests.records.databases import NOW

HOLDS, WAITS = MeasureState.IN_FORCE, MeasureState.WAITING
STANDARDS = Standards(TAXONOMY, NOW.date())


def said(database: Database, approval_id: str, *, by: str, approve: bool = True) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, approval_id, Word(by, approve, "looked at it"), standards=STANDARDS, now=NOW)
        unit.commit()


def closed(database: Database, keyring: Keyring) -> MeasureRecord:
    made = take(database, keyring, wish("close"), policies=POLICIES, by="mia")
    said(database, str(made.approval_id), by="ben")
    return now_of(database, made.id)


def asked(database: Database, subject_id: str) -> str:
    with database.reading() as look:
        [question] = approvals.waiting(look, subject_id=subject_id)
    return question.id


def test_a_closing_holds_until_a_second_person_lifts_it_as_well(database: Database, keyring: Keyring) -> None:
    listen(database, keyring)
    made = closed(database, keyring)
    assert HOLDS is lift(database, made.id, by="mia").state
    question = asked(database, made.id)
    assert ["close"] == held(database, keyring)
    with database.reading() as look:
        assert question == measure_document(look, now_of(database, made.id))["lift_approval_id"]
    with pytest.raises(NotSecondError):
        said(database, question, by="mia")
    with pytest.raises(ConflictError):
        lift(database, made.id, by="ben")
    said(database, question, by="lea")
    over = now_of(database, made.id)
    assert (MeasureState.LIFTED, "mia", "a mistake") == (over.state, over.ended_by, over.ended_why)
    assert [] == held(database, keyring)
    assert "lifted" == told(database, "measure.ended")[-1]["state"]
    with database.reading() as look:
        assert [] == [each.sentence for each in differences(look)]


def test_whoever_says_no_leaves_it_in_force_and_it_is_asked_again(database: Database, keyring: Keyring) -> None:
    made = closed(database, keyring)
    lift(database, made.id, by="mia")
    said(database, asked(database, made.id), by="lea", approve=False)
    assert HOLDS is now_of(database, made.id).state
    assert HOLDS is lift(database, made.id, by="ben").state
    with database.reading() as look:
        assert 1 == len(approvals.waiting(look, subject_id=made.id))


def test_something_milder_takes_its_place_by_two_alone(database: Database, keyring: Keyring) -> None:
    """Otherwise a warning in the place of a closing would be a pardon by one."""
    made = closed(database, keyring)
    assert WAITS is take(database, keyring, wish("warn", replaces=made.id), policies=POLICIES, by="mia").state
    assert ["close"] == held(database, keyring)


def test_what_one_person_took_one_takes_back(database: Database, keyring: Keyring) -> None:
    assert MeasureState.LIFTED is lift(database, take(database, keyring, wish(days=1)).id).state


def test_a_thread_that_two_closed_is_opened_by_two(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish("close", "t-7", kind=TargetKind.THREAD), policy=CN, policies=POLICIES, by="mia")
    said(database, str(made.approval_id), by="ben")
    assert HOLDS is lift(database, made.id, by="ben").state


def test_an_appeal_frees_by_one_who_had_no_part_and_settles_the_question(database: Database, keyring: Keyring) -> None:
    made = closed(database, keyring)
    lift(database, made.id, by="mia")
    question = asked(database, made.id)
    with database.unit() as unit:
        appealed = account_appeals.make(unit, MEASURE, made.id, "not me", RULES, sender="test", now=NOW)
        unit.commit()
    said(database, appealed.id, by="lea")
    assert MeasureState.LIFTED is now_of(database, made.id).state
    with database.reading() as look:
        assert ApprovalState.OVERTAKEN is approvals.get(look, question).state
    with pytest.raises(ConflictError):
        said(database, question, by="lea")


def test_whoever_passes_an_appeal_on_does_not_answer_it(database: Database, keyring: Keyring) -> None:
    """With a key of their own one person could appeal for somebody and say yes."""
    made = closed(database, keyring)
    with database.unit() as unit:
        appealed = account_appeals.make(unit, MEASURE, made.id, "let them in", RULES, sender="lea", now=NOW)
        unit.commit()
    with pytest.raises(NotSecondError):
        said(database, appealed.id, by="Lea")
    said(database, appealed.id, by="cle")
    assert MeasureState.LIFTED is now_of(database, made.id).state


def test_of_many_that_two_agreed_on_each_takes_two(database: Database, keyring: Keyring) -> None:
    wishes = [wish("suspend", f"a-{number}", days=1) for number in range(2)]
    with database.unit() as unit:
        made = account_measures.take_many(unit, keyring, wishes, CN, by="mia", now=NOW)
        unit.commit()
    said(database, str(made[0].approval_id), by="ben")
    lift(database, made[0].id, by="ben")
    with database.reading() as look:
        assert [HOLDS, HOLDS] == [measures.get(look, each.id).state for each in made]


def listed(database: Database, keyring: Keyring, action: ListAction = ListAction.BLOCK) -> ListEntryRecord:
    """Imported from an authority, and agreed to."""
    kind, value = ("account", "a-9") if action is ListAction.BLOCK else ("domain", "good.com")
    told_of = Listing(kind, value, action, "fraud", "authority, letter 7", "mia")
    with database.unit() as unit:
        [entry], _ = lists.add_many(unit, [told_of], taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    said(database, asked(database, entry.id), by="ben")
    with database.reading() as look:
        return entries.get(look, entry.id)


def off(database: Database, entry: ListEntryRecord, *, by: str) -> ListEntryRecord:
    with database.unit() as unit:
        gone = lists.remove(unit, entry.id, by=by, why="changed my mind", now=NOW)
        unit.commit()
    return gone


def test_an_imported_entry_stays_until_a_second_person_takes_it_off_as_well(
    database: Database, keyring: Keyring
) -> None:
    entry = listed(database, keyring)
    assert off(database, entry, by="mia").removed_at is None
    question = asked(database, entry.id)
    with pytest.raises(NotSecondError):
        said(database, question, by="mia")
    said(database, question, by="lea")
    with database.reading() as look:
        gone = entries.get(look, entry.id)
        assert (NOW, "mia", "changed my mind") == (gone.removed_at, gone.removed_by, gone.removed_why)
        assert [] == [each.sentence for each in differences(look)]


def test_an_entry_that_two_agreed_on_is_made_no_shorter_by_one(database: Database, keyring: Keyring) -> None:
    entry = listed(database, keyring)
    with database.unit() as unit, pytest.raises(InvalidInputError, match="sooner by one person"):
        list_reviews.keep(unit, entry.id, until=NOW + timedelta(days=1), by="mia", why="enough", now=NOW)


def test_what_a_list_allows_one_person_ends(database: Database, keyring: Keyring) -> None:
    entry = listed(database, keyring, ListAction.ALLOW)
    assert NOW == off(database, entry, by="mia").removed_at
