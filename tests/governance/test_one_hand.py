"""Limits of a person hold for every key that they made and named after nobody, and for who is asked too much."""

from __future__ import annotations

import pytest

from governance import access, account_measures, accounts, approvals, four_eyes
from governance.access import Made
from governance.accounts import NewAccount
from governance.approvals import ByKey
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.errors import ConflictError, ForbiddenError
from records import approvals as questions
from records import ledger
from records.database import Database
from records.house_values import ApprovalState
from records.personal import Keyring
from records.standing_values import MeasureState
from tests.governance.public import TAXONOMY
from tests.governance.standing import CN, kinds, now_of, take, wish
from tests.records.databases import NOW

ADAS, BENS = "ada", "ben-on-this-machine"
STANDARDS = Standards(TAXONOMY, NOW.date())
FEW = CN.model_copy(update={"two_people": CN.two_people.model_copy(update={"an_hour": 2})})


def a_key(database: Database, name: str, *, by: str | None = None, os_user: str | None = ADAS) -> ByKey:
    with database.unit(os_user=os_user) as unit:
        made, _ = access.create_key(
            unit, name, scopes=["records"], rate=None, now=NOW, made=Made(by, "for a program" if by else None)
        )
        unit.commit()
    return ByKey(made.prefix)


def an_account(database: Database, name: str, *, os_user: str | None = None) -> str:
    with database.unit(os_user=os_user) as unit:
        accounts.create(unit, NewAccount(name, "x", "senior"), by="boss", now=NOW)
        unit.commit()
    return name


def took(database: Database, keyring: Keyring, name: str, by: str | ByKey) -> str:
    return take(database, keyring, wish("warn", name), policy=FEW, by=by).state.value


def test_keys_that_one_person_made_and_named_after_nobody_are_one_hand(database: Database, keyring: Keyring) -> None:
    some = [a_key(database, f"plat{n}", by=None) for n in range(4)]
    said = [took(database, keyring, f"a-{n}", by) for n, by in enumerate(some)]
    assert ["in_force", "in_force", "waiting", "waiting"] == said


def test_whoever_says_their_name_making_a_key_is_counted_with_it(database: Database, keyring: Keyring) -> None:
    """On whichever machine they type."""
    with database.unit() as unit:
        accounts.create(unit, NewAccount("ada", "x", "admin"), by="boss", now=NOW)
        unit.commit()
    keys = [a_key(database, f"plat{n}", by="ada", os_user=user) for n, user in enumerate(("here", "there"))]
    said = [took(database, keyring, f"a-{n}", by) for n, by in enumerate([*keys, "ada"])]
    assert ["in_force", "in_force", "waiting"] == said


def test_keys_of_people_are_those_peoples_whoever_made_them(database: Database, keyring: Keyring) -> None:
    li, mo = an_account(database, "li"), an_account(database, "mo")
    keys = [a_key(database, name) for name in (li, mo)]
    said = [took(database, keyring, f"a-{n}", by) for n, by in enumerate([*keys, li, mo])]
    assert ["in_force"] * 4 == said
    assert "waiting" == took(database, keyring, "b", li)


def test_accounts_that_one_hand_made_on_a_command_line_are_one_hand(database: Database, keyring: Keyring) -> None:
    names = [an_account(database, f"eve{n}", os_user=ADAS) for n in range(3)]
    assert ["in_force", "in_force", "waiting"] == [took(database, keyring, f"a-{name}", name) for name in names]


def answer(database: Database, approval_id: str, by: str, *, approve: bool) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, approval_id, Word(by, approve, "said"), standards=STANDARDS, now=NOW)
        unit.commit()


def withdraw(database: Database, approval_id: str | None, by: str | ByKey = "mia") -> ApprovalState:
    with database.unit() as unit:
        done = four_eyes.withdraw(unit, str(approval_id), by=by, why="a mistake", standards=STANDARDS, now=NOW)
        unit.commit()
    return done.state


def test_whoever_asked_takes_their_question_back_and_the_ledger_says_so(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish("close"))
    assert ApprovalState.WITHDRAWN is withdraw(database, made.approval_id)
    assert MeasureState.WITHDRAWN is now_of(database, made.id).state
    assert ["approval.withdrawn", "measure.unasked"] == kinds(database)[-2:]
    take(database, keyring, wish("close"))
    with pytest.raises(ConflictError, match="no longer open: it is withdrawn"):
        answer(database, str(made.approval_id), "ben", approve=True)


def test_nobody_elses_question_is_taken_back(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish("close"))
    with pytest.raises(ForbiddenError, match="mia asked for this"):
        withdraw(database, made.approval_id, by="ben")


def test_what_waits_is_taken_back_where_measures_are(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish("close"))
    with database.unit() as unit, pytest.raises(ConflictError, match=f"DELETE /v1/approvals/{made.approval_id}"):
        account_measures.lift(unit, made.id, why="no", by="ben", now=NOW)
    with database.unit() as unit:
        gone = account_measures.lift(unit, made.id, why="no", by="mia", now=NOW)
        unit.commit()
    assert MeasureState.WITHDRAWN is gone.state


def test_who_asks_has_at_most_so_many_open_questions(database: Database, keyring: Keyring) -> None:
    """By any name, and until some are answered or taken back."""
    keys = [a_key(database, f"plat{n}") for n in range(2)]
    asked = [take(database, keyring, wish("close", f"a-{n}"), by=keys[n % 2]) for n in range(20)]
    with pytest.raises(ConflictError, match="20 questions"):
        take(database, keyring, wish("close", "more"), by=keys[0])
    take(database, keyring, wish("close", "more"), by="ben")
    withdraw(database, asked[0].approval_id, by=keys[0])
    assert take(database, keyring, wish("close", "another"), by=keys[1]).approval_id
    with database.reading() as look:
        assert 21 == len(questions.waiting(look))
        assert ledger.page(look).items
        assert approvals.every_name(look, f"key:{keys[0].prefix}") >= {f"key:{each.prefix}" for each in keys}
