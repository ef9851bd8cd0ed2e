"""From one shell to several people: `chaffinch users invite` and `users vouch` as they are typed."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from chaffinch.commands.people import users
from chaffinch.settings import Settings
from chaffinch.wiring import open_database
from console.passwords import hash_password
from governance import hands, invitations
from moderation.errors import ForbiddenError
from records import users as repository

PASSWORD = "a long enough secret"


def run(*typed: str, password: str = PASSWORD) -> str:
    done = CliRunner().invoke(users, list(typed), input=f"{password}\n", catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.stdout


def people() -> int:
    with closing(open_database(Settings())) as database, database.reading() as look:
        return hands.people_behind(look, [each.id for each in repository.every(look)])


def test_a_new_house_gets_from_one_shell_to_two_people_by_commands(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path))
    for name, role in (("ada", "admin"), ("mei", "moderator")):
        run("create", name, "--role", role, "--password-stdin")
    assert 1 == people()
    with pytest.raises(ForbiddenError, match="not the password"):
        run("invite", "mei", "--by", "ada", "--password-stdin", password="another long secret")
    told = run("invite", "mei", "--by", "ada", "--password-stdin", "--address", "https://house.example/")
    start = "https://house.example/console/invitation/"
    assert told.startswith(start)
    with closing(open_database(Settings())) as database, database.unit() as unit:
        link = told.removeprefix(start).strip()
        invitations.accept(unit, link, hash_password("a secret of her own"), now=datetime.now(UTC))
        unit.commit()
    assert 1 == people(), "whoever made the link may have opened it"
    assert "marked so wherever it counts" in run("vouch", "mei", "--by", "ada", "--password-stdin")
    assert 2 == people()
