"""An account is measured for a comment that it wrote, and for nobody else's."""

from __future__ import annotations

import pytest

from governance import account_measures
from moderation.comment import Author, Comment
from moderation.errors import InvalidInputError
from records.database import Database
from records.personal import Keyring
from tests.governance.standing import ACCOUNT, CN, kinds, take, wish
from tests.records.databases import NOW
from tests.records.factories import an_answer, put


def wrote(database: Database, keyring: Keyring, name: str, author: str | None) -> None:
    put(database, keyring, an_answer(Comment("快来看看", name, "zh", author=Author(author))))


@pytest.mark.parametrize(
    ("author", "told"), [("somebody-else", "of another account"), (None, "of which no account is known")]
)
def test_nobody_is_measured_for_what_another_said(
    database: Database, keyring: Keyring, author: str | None, told: str
) -> None:
    wrote(database, keyring, "c-1", author)
    for measure in ("suspend", None):
        with pytest.raises(InvalidInputError) as refused:
            take(database, keyring, wish(measure, cause="c-1"))
        [fault] = refused.value.faults
        assert "/cause" == fault.where
        assert told in fault.detail
        assert "leave it out and say in the reason what the account did" in fault.detail
    assert [] == [kind for kind in kinds(database) if kind.startswith("measure.")]


def test_an_account_is_measured_for_what_it_wrote(database: Database, keyring: Keyring) -> None:
    wrote(database, keyring, "c-1", ACCOUNT)
    assert take(database, keyring, wish("suspend", days=1, cause="c-1")).cause_id


def test_of_many_each_is_measured_for_its_own(database: Database, keyring: Keyring) -> None:
    for number in range(3):
        wrote(database, keyring, f"c-{number}", f"a-{number}")
    own = [wish("suspend", f"a-{number}", days=1, cause=f"c-{number}") for number in (2, 0, 1)]
    shared = [wish("suspend", f"a-{number}", days=1, cause="c-2") for number in (2, 0, 1)]
    with database.unit() as unit:
        with pytest.raises(InvalidInputError) as refused:
            account_measures.take_many(unit, keyring, shared, CN, by="mia", now=NOW)
        assert ["/targets/1/cause"] == [fault.where for fault in refused.value.faults]
    with database.unit() as unit:
        made = account_measures.take_many(unit, keyring, own, CN, by="mia", now=NOW)
    assert 3 == len({each.cause_id for each in made})
