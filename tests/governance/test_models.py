"""A model waits for as many people as its gate asks for; a yes is to one bundle, one champion and one gate."""

from __future__ import annotations

import dataclasses

import pytest

from governance import four_eyes, models
from governance.approvals import ASKED_FROM
from governance.four_eyes import Word
from governance.models import Wanted
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from records import approvals, ledger
from records.database import Database
from records.house_values import ApprovalRecord, ApprovalState
from tests.governance.test_rules import STANDARDS
from tests.records.databases import NOW

ONE = Wanted(version="3", bundle="b" * 64, champion="c" * 64, gate="d" * 64, needed=1)
TWO = dataclasses.replace(ONE, needed=2)


def asked(database: Database, wanted: Wanted = ONE, *, by: str = "Mia", os_user: str | None = None) -> ApprovalRecord:
    with database.unit(os_user=os_user) as unit:
        made = models.ask(unit, wanted, sentence="Yes: held against version 2.", by=by, why="better", now=NOW)
        unit.commit()
    return made


def answered(
    database: Database, approval_id: str, *, by: str = "Ben", approve: bool = True, os_user: str | None = None
) -> ApprovalRecord:
    with database.unit(os_user=os_user) as unit:
        word = Word(by, approve, "read the page")
        told = four_eyes.answer(unit, approval_id, word, standards=STANDARDS, now=NOW)
        unit.commit()
    return told


def said(database: Database, wanted: Wanted = ONE) -> list[str | None]:
    with database.reading() as look:
        return [each.answered_by for each in models.consents(look, wanted)]


def waiting(database: Database, wanted: Wanted) -> ApprovalRecord | None:
    with database.reading() as look:
        return models.waiting(look, wanted)


def test_a_yes_of_a_second_person_stands_in_the_ledger(database: Database) -> None:
    question = asked(database)
    assert [] == said(database)
    assert ApprovalState.APPROVED is answered(database, question.id).state
    assert ["Ben"] == said(database)
    with database.reading() as look:
        kinds = [entry.kind for entry in ledger.page(look, subject_id=question.id).items]
    assert ["approval.asked", "approval.approved"] == kinds


def test_who_asked_does_not_answer(database: Database) -> None:
    question = asked(database)
    with pytest.raises(ForbiddenError, match="somebody else has to answer"):
        answered(database, question.id, by="mia")
    assert [] == said(database)


def test_a_no_is_no_consent_and_may_be_asked_anew(database: Database) -> None:
    question = asked(database)
    answered(database, question.id, approve=False)
    assert [] == said(database)
    assert asked(database).id != question.id


@pytest.mark.parametrize("change", [{"bundle": "e" * 64}, {"champion": "e" * 64}, {"gate": "e" * 64}])
def test_a_yes_is_to_this_bundle_this_champion_and_this_gate(database: Database, change: dict[str, str]) -> None:
    answered(database, asked(database).id)
    assert [] == said(database, dataclasses.replace(ONE, **change))


def test_a_question_whose_champion_changed_is_overtaken_by_the_next(database: Database) -> None:
    old = asked(database)
    new = asked(database, dataclasses.replace(ONE, champion="e" * 64))
    with pytest.raises(ConflictError, match="no longer open"):
        answered(database, old.id)
    assert ApprovalState.APPROVED is answered(database, new.id).state


def test_the_same_is_asked_once(database: Database) -> None:
    asked(database)
    with pytest.raises(ConflictError, match="waits for a second person already"):
        asked(database)


def test_where_two_are_needed_the_next_is_asked_for_in_the_name_of_who_asked(database: Database) -> None:
    answered(database, asked(database, TWO).id)
    assert ["Ben"] == said(database, TWO)
    second = waiting(database, TWO)
    assert second is not None
    assert ("Mia", "better") == (second.asked_by, second.why)
    answered(database, second.id, by="Ada")
    assert ["Ben", "Ada"] == said(database, TWO)
    assert waiting(database, TWO) is None


def test_one_person_is_not_two(database: Database) -> None:
    answered(database, asked(database, TWO).id)
    second = waiting(database, TWO)
    assert second is not None
    for name in ("BEN", "mia"):
        with pytest.raises(ForbiddenError):
            answered(database, second.id, by=name)
    assert ["Ben"] == said(database, TWO)


def test_two_names_from_one_account_are_not_two(database: Database) -> None:
    answered(database, asked(database, TWO, os_user="mias").id, os_user="bens")
    second = waiting(database, TWO)
    assert second is not None
    assert "mias" == second.facts[ASKED_FROM]
    for account in ("bens", "mias"):
        with pytest.raises(ForbiddenError, match="operating system"):
            answered(database, second.id, by="Ada", os_user=account)
    answered(database, second.id, by="Ada", os_user="adas")
    assert ["Ben", "Ada"] == said(database, TWO)


def test_a_question_is_asked_and_answered_with_words(database: Database) -> None:
    with database.unit() as unit, pytest.raises(InvalidInputError, match="A reason is missing"):
        models.ask(unit, ONE, sentence="Yes.", by="Mia", why=" ", now=NOW)
    question = asked(database)
    with database.unit() as unit, pytest.raises(InvalidInputError, match="A reason is missing"):
        models.answer(unit, question.id, by="Ben", approve=True, note="", now=NOW)


def test_a_question_about_a_rule_is_not_answered_as_one_about_a_model(database: Database) -> None:
    with database.unit() as unit:
        other = approvals.ask(unit, "rule.live", "ads.one", facts={}, asked_by="Mia", why="w", now=NOW)
        with pytest.raises(NotFoundError, match="not about a model"):
            models.answer(unit, other.id, by="Ben", approve=True, note="n", now=NOW)
