"""A command line believes names: the ledger tells whose account typed, and one account is not two people."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import orjson
import pytest

from governance import accounts, list_reviews
from governance import lists as governing
from governance.accounts import NewAccount
from governance.lists import Listing
from moderation.errors import ForbiddenError
from moderation.lists import ListAction
from moderation.rules import RuleState
from records import approvals, ledger
from records.database import Database
from records.house_values import ApprovalState
from records.personal import Keyring
from records.unit_of_work import Unit
from tests.governance.test_rules import STANDARDS, a_rule, add, answer, promote
from tests.records.databases import NOW

MIAS, BENS = "mia-account", "ben-account"


def typing(database: Database, os_user: str | None) -> AbstractContextManager[Unit]:
    return database.unit(os_user=os_user)


def asked(database: Database, os_user: str | None) -> str:
    with typing(database, os_user) as unit:
        add(unit, a_rule(action="block"))
        approval = promote(unit, RuleState.LIVE).approval
        unit.commit()
    assert approval
    return approval.id


def bodies(database: Database, subject: str) -> list[dict[str, Any]]:
    with database.reading() as look:
        return [orjson.loads(entry.body) for entry in ledger.page(look, subject_id=subject).items]


def test_two_names_from_one_account_are_no_two_people(database: Database) -> None:
    approval_id = asked(database, MIAS)
    with typing(database, MIAS) as unit, pytest.raises(ForbiddenError) as refused:
        answer(unit, approval_id, by="Ben")
    assert all(word in str(refused.value) for word in (MIAS, "console", f"POST /v1/approvals/{approval_id}"))
    with database.reading() as look:
        assert ApprovalState.WAITING is approvals.get(look, approval_id).state


@pytest.mark.parametrize(("asking", "answering"), [(MIAS, BENS), (MIAS, None), (None, MIAS), (None, None)])
def test_another_account_or_a_server_may_answer(database: Database, asking: str | None, answering: str | None) -> None:
    approval_id = asked(database, asking)
    with typing(database, answering) as unit:
        version = answer(unit, approval_id, by="Ben").version
        unit.commit()
    assert version
    assert RuleState.LIVE is version.state


def test_the_ledger_has_the_actor_as_claimed_and_the_account_beside(database: Database) -> None:
    approval_id = asked(database, MIAS)
    with typing(database, BENS) as unit:
        answer(unit, approval_id, by="Ben")
        unit.commit()
    told = [(body["actor"]["id"], body["facts"]["by_os_user"]) for body in bodies(database, approval_id)]
    assert [("Mia", MIAS), ("Ben", BENS)] == told
    assert [MIAS, MIAS] == [body["facts"]["asked_by_os_user"] for body in bodies(database, approval_id)]
    assert [MIAS, BENS] == [body["facts"]["by_os_user"] for body in bodies(database, "ads.one")]


def test_an_entry_that_a_server_writes_names_no_account(database: Database) -> None:
    asked(database, None)
    assert ["by_os_user" in body["facts"] for body in bodies(database, "ads.one")] == [False]


def test_lists_name_the_account_too(database: Database, keyring: Keyring) -> None:
    listing = Listing("domain", "evil.com", ListAction.BLOCK, "phishing", "report", "Mia")
    with typing(database, MIAS) as unit:
        entry = governing.add(unit, listing, taxonomy=STANDARDS.taxonomy, keyring=keyring, now=NOW)
        list_reviews.keep(unit, entry.id, until=None, by="Mia", why="looked", now=NOW)
        governing.remove(unit, entry.id, by="Mia", why="gone", now=NOW)
        unit.commit()
    told = [(body["actor"]["id"], body["facts"]["by_os_user"]) for body in bodies(database, entry.id)]
    assert [("Mia", MIAS)] * 3 == told


def test_what_was_asked_where_people_prove_who_they_are_is_answered_there(database: Database) -> None:
    with database.unit() as unit:
        accounts.create(unit, NewAccount("sue", "x", "senior"), by="ada", now=NOW)
        unit.commit()
    approval_id = asked(database, None)
    with typing(database, BENS) as unit, pytest.raises(ForbiddenError, match="was asked in the console, or with a key"):
        answer(unit, approval_id, by="sue")
    with database.unit(os_user=BENS, proved="sue") as unit:  # her password was asked for
        assert answer(unit, approval_id, by="sue").version
    with typing(database, None) as unit:
        assert answer(unit, approval_id, by="sue").version
