"""What is typed is done in the name of an account, once there are any; a fresh installation takes any name."""

from __future__ import annotations

import pytest

from governance import approvals, lists
from governance.lists import Listing
from moderation.errors import ForbiddenError
from moderation.lists import ListAction
from records import users
from records.database import Database
from records.personal import Keyring
from tests.governance.public import TAXONOMY
from tests.records.databases import NOW


def people(database: Database) -> None:
    with database.unit() as unit:
        for name, role in (("Mei", "senior"), ("Max", "moderator"), ("Dai", "data_scientist"), ("Gone", "senior")):
            made = users.create(unit, name, password_hash="x", role=role, now=NOW, locale="en")
            if name == "Gone":
                users.disable(unit, made.id, now=NOW)
        unit.commit()


def listed(database: Database, keyring: Keyring, by: str, *, os_user: str | None = "root") -> str:
    with database.unit(os_user=os_user) as unit:
        entry = lists.add(
            unit, Listing("domain", "evil.com", ListAction.BLOCK, "phishing", "police", by),
            taxonomy=TAXONOMY, keyring=keyring, now=NOW,
        )  # fmt: skip
    return entry.author


def test_without_accounts_any_name_is_taken_and_with_them_one_of_theirs(database: Database, keyring: Keyring) -> None:
    assert "mai" == listed(database, keyring, "mai")
    people(database)
    assert "mei" == listed(database, keyring, "MEI")
    with pytest.raises(ForbiddenError, match=r"Nobody here has an account named mai\. Did you mean mei or max"):
        listed(database, keyring, "mai")
    with pytest.raises(ForbiddenError, match=r"named xyzzy\. What is typed"):
        listed(database, keyring, "xyzzy")
    with pytest.raises(ForbiddenError, match="was disabled"):
        listed(database, keyring, "gone")


def test_the_account_has_the_role_that_the_act_needs(database: Database, keyring: Keyring) -> None:
    people(database)
    with pytest.raises(ForbiddenError, match="max is moderator and may not do this: it takes admin, lead, senior"):
        listed(database, keyring, "max")
    with database.reading() as look:
        assert "dai" == approvals.person(look, "dai", typed=True)
        with pytest.raises(ForbiddenError, match="it takes admin, lead"):
            approvals.person(look, "mei", needs=approvals.LOOK_AFTER, typed=True)


def test_what_a_page_does_is_asked_at_its_own_door(database: Database, keyring: Keyring) -> None:
    people(database)
    assert "max" == listed(database, keyring, "max", os_user=None)
