"""Records that were copied away are taken back only where no other database serves them, unless somebody says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from moderation.errors import ConflictError, PartUnavailableError
from records import elsewhere, ledger, moved_away
from records.database import Database
from records.elsewhere import Asked, Keys, State, TakenBack
from records.moved_away import BACK, DONE, MovedAwayError
from tests.records.databases import NOW, let_in, new_postgres_url
from tests.records.moved import copied, say, state

ASKED = Asked("ben", "the machine is given up", "os:ben", NOW)


def take_back(here: Database, *, although: bool = False, url: str | None = None) -> TakenBack | None:
    return elsewhere.take_back(here, Keys(url=url), ASKED, although_in_service=although)


@pytest.fixture
def here(empty_url: str) -> Iterator[Database]:
    """With tables, on either database."""
    with closing(Database(empty_url)) as made:
        made.migrate()
        yield made


@pytest.fixture
def other_url(here: Database, tmp_path: Path) -> str:
    """Of an empty database of the other kind."""
    return new_postgres_url(empty=True) if here.dialect == "sqlite" else f"sqlite:///{tmp_path / 'other.db'}"


@pytest.fixture
def other(here: Database, other_url: str) -> Iterator[Database]:
    """Where the records went."""
    with closing(Database(other_url)) as made:
        copied(here, made)
        yield made


def test_nothing_is_taken_back_beside_one_that_is_in_service(here: Database, other: Database) -> None:
    with pytest.raises(ConflictError, match="answers and is in service"):
        take_back(here)
    assert (DONE, None) == (state(here), state(other))
    say(other)


def test_who_says_so_takes_the_other_one_out_of_service_on_both_records(here: Database, other: Database) -> None:
    taken = take_back(here, although=True)
    assert taken is not None
    assert (State.IN_SERVICE, True) == (taken.other.state, taken.given_up)
    assert (None, BACK) == (state(here), state(other))
    say(here)
    with pytest.raises(MovedAwayError, match=r"ben took .* back into service"):
        say(other)
    for database, kind in ((here, moved_away.REOPENED), (other, moved_away.GIVEN_UP)):
        with database.reading() as look:
            entry = ledger.last(look, kind, "all")
        assert entry is not None
        assert b'"by_os_user":"os:ben"' in entry.body


def test_one_that_was_given_up_can_be_taken_back_in_its_turn(here: Database, other: Database) -> None:
    take_back(here, although=True)
    with pytest.raises(ConflictError, match="is in service"):
        take_back(other)
    taken = take_back(other, although=True)
    assert taken is not None
    assert (BACK, None) == (state(here), state(other))


def test_what_was_copied_on_is_followed_to_where_it_is_served(here: Database, other: Database, tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'third.db'}")) as third:
        copied(other, third)
        with pytest.raises(ConflictError, match=r"third\.db answers and is in service"):
            take_back(here)
        taken = take_back(here, although=True)
        assert taken is not None
        assert (third.place, True) == (taken.other.address, taken.given_up)
        assert (None, DONE, BACK) == (state(here), state(other), state(third))


def test_a_copy_that_was_killed_before_it_was_whole_hinders_nobody(here: Database, other_url: str) -> None:
    with closing(Database(other_url)) as bare, here.unit() as unit:
        moved_away.begin(unit, bare.place, who="ada", now=NOW)
        unit.commit()
    taken = take_back(here)
    assert taken is not None
    assert not taken.given_up
    say(here)


def test_a_copy_that_was_killed_when_it_was_whole_is_in_service(here: Database, other: Database) -> None:
    with here.unit() as unit:
        moved_away.take_back(unit)
        moved_away.begin(unit, other.place, who="ada", now=NOW)
        unit.commit()
    with pytest.raises(ConflictError, match="answers and is in service"):
        take_back(here)


def test_a_server_that_lets_nobody_in_may_be_in_service(tmp_path: Path) -> None:
    url = new_postgres_url(empty=True)
    with closing(Database(f"sqlite:///{tmp_path / 'here.db'}")) as here:
        here.migrate()
        with closing(Database(url)) as other:
            copied(here, other)
        let_in(url, allowed=False)
        try:
            with pytest.raises(ConflictError, match=r"cannot be seen.*--other"):
                take_back(here)
            assert DONE == state(here)
            taken = take_back(here, although=True)
        finally:
            let_in(url, allowed=True)
        assert taken is not None
        assert (State.CLOSED, False) == (taken.other.state, taken.given_up)
        say(here)


def test_a_server_that_is_gone_hinders_nobody(here: Database) -> None:
    with here.unit() as unit:
        moved_away.begin(unit, "postgresql+psycopg://ada:***@127.0.0.1:1/gone", who="ada", now=NOW)
        unit.commit()
    taken = take_back(here)
    assert taken is not None
    assert State.SILENT is taken.other.state


def test_a_url_is_taken_where_it_names_the_other_one(here: Database, other: Database, other_url: str) -> None:
    with pytest.raises(ConflictError, match="give the URL of that database"):
        take_back(here, url=f"{other_url}2")
    with pytest.raises(ConflictError, match="is in service"):
        take_back(here, url=other_url)
    assert DONE == state(here)
    say(other)


def test_a_password_makes_no_other_database() -> None:
    whole = "postgresql://ada:secret@db.example:5432/house?sslmode=verify-full"
    hidden = make_url("postgresql+psycopg://ada:x@db.example/house").render_as_string(hide_password=True)
    assert elsewhere.are_one(whole, hidden)
    assert not elsewhere.are_one(whole.replace("house", "other"), hidden)


def test_a_copy_is_not_begun_anew_beside_one_that_is_whole(here: Database, other: Database) -> None:
    with here.unit() as unit:
        moved_away.take_back(unit)
        moved_away.begin(unit, other.place, who="ada", now=NOW)
        unit.commit()
    with here.reading() as look:
        moved = moved_away.found(look)
    assert moved is not None
    with pytest.raises(ConflictError, match="is whole and in service"):
        elsewhere.check_unserved(moved, here, Keys())
    with pytest.raises(PartUnavailableError):
        say(here)
