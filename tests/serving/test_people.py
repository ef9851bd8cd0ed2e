from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from chaffinch.commands import passwords, people
from chaffinch.commands.people import Role, Scope
from chaffinch.settings import load_settings
from chaffinch.wiring import open_database
from console.passwords import verify
from console.permissions import Role as ConsoleRole
from moderation.errors import ChaffinchError, ConflictError, InvalidInputError, NotFoundError
from records import keys, users
from serving.keys import Scope as ServingScope

APP = Typer()
people.add_to(APP)
PASSWORD = "correct horse battery"


def run(*arguments: str, stdin: str = "") -> str:
    result = CliRunner().invoke(APP, arguments, input=stdin, catch_exceptions=False)
    assert 0 == result.exit_code, result.output
    return result.stdout


def test_a_key_is_shown_once_and_opens_what_its_scopes_say(home: Path) -> None:
    key = run("keys", "create", "shop", "--scope", "score", "--scope", "records").strip()
    assert re.fullmatch(r"ck_[0-9a-f]{8}_\S{40,}", key)
    with open_database(load_settings()).reading() as look:
        found = keys.find(look, key)
    assert found is not None
    assert ("shop", ("records", "score")) == (found.name, found.scopes)
    assert key not in run("keys", "list", "--json")


def test_a_key_without_scopes_is_for_scoring_and_feedback(home: Path) -> None:
    assert ["feedback", "score"] == json.loads(run("keys", "create", "shop", "--json"))["scopes"]


def test_a_revoked_key_is_found_no_more(home: Path) -> None:
    made = json.loads(run("keys", "create", "shop", "--json"))
    run("keys", "revoke", f"ck_{made['prefix']}")
    with open_database(load_settings()).reading() as look:
        assert keys.find(look, made["key"]) is None
    assert json.loads(run("keys", "list", "--json"))[0]["revoked_at"]


def test_an_unknown_key_cannot_be_revoked(home: Path) -> None:
    with pytest.raises(NotFoundError, match="keys list"):
        run("keys", "revoke", "ck_nix")


def test_a_user_can_log_in_with_the_password_given(home: Path) -> None:
    run("users", "create", "Mei", "--role", "senior", "--locale", "en", "--password-stdin", stdin=f"{PASSWORD}\n")
    with open_database(load_settings()).reading() as look:
        user = users.by_name(look, "mei")
    assert user is not None
    assert ("senior", "en", True) == (user.role, user.locale, verify(PASSWORD, user.password_hash))


def test_the_password_is_asked_for_twice_where_a_person_sits_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "is_terminal", lambda: True)
    run("users", "create", "mei", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert "mei" == json.loads(run("users", "list", "--json"))[0]["name"]


def test_a_taken_name_a_short_password_and_an_odd_name_are_refused(home: Path) -> None:
    run("users", "create", "mei", "--password-stdin", stdin=PASSWORD)
    with pytest.raises(ConflictError):
        run("users", "create", "MEI", "--password-stdin", stdin=PASSWORD)
    with pytest.raises(InvalidInputError):
        run("users", "create", "li", "--password-stdin", stdin="short")
    with pytest.raises(InvalidInputError):
        run("users", "create", "li na", "--password-stdin", stdin=PASSWORD)


def test_a_pipe_is_told_how_to_give_the_password(home: Path) -> None:
    with pytest.raises(ChaffinchError, match="--password-stdin"):
        run("users", "create", "mei", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert [] == json.loads(run("users", "list", "--json"))


def test_a_name_that_cannot_be_had_is_refused_before_the_password_is_asked_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*, from_stdin: bool) -> str:
        pytest.fail("the password was asked for")

    run("users", "create", "mei", "--password-stdin", stdin=PASSWORD)
    monkeypatch.setattr(people, "new_password", ask)
    with pytest.raises(ConflictError, match="already a user called mei"):
        run("users", "create", "MEI")
    with pytest.raises(InvalidInputError, match="without spaces"):
        run("users", "create", "li na")


def test_a_disabled_user_is_listed_so(home: Path) -> None:
    run("users", "create", "mei", "--password-stdin", stdin=PASSWORD)
    run("users", "disable", "mei")
    assert json.loads(run("users", "list", "--json"))[0]["disabled_at"]
    with pytest.raises(NotFoundError):
        run("users", "disable", "li")


def test_empty_lists_say_what_to_do(home: Path) -> None:
    assert "keys create" in run("keys", "list")
    assert "users create" in run("users", "list")
    assert [] == json.loads(run("users", "list", "--json"))


def test_roles_and_scopes_are_those_of_console_and_service() -> None:
    assert [role.value for role in ConsoleRole] == [role.value for role in Role]
    assert [scope.value for scope in ServingScope] == [scope.value for scope in Scope]
