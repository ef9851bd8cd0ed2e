"""Every command that takes --by: who is named has an account here, with a role that may, or nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from chaffinch.main import app
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from governance import accounts
from governance.accounts import NewAccount
from moderation.errors import ChaffinchError, ForbiddenError, InvalidInputError, NotFoundError
from records import ledger_pages
from records.personal import open_keyring

NOBODY_NEEDED = {"keys create", "blacklist review", "lists review"}
"""Where nobody has to be named: who makes keys is the system's user, and a review that is only read changes nothing."""

SOMETHING_IS_LOOKED_FOR_FIRST: dict[str, type[Exception]] = {
    "approvals answer": NotFoundError,
    "approvals withdraw": NotFoundError,
    "approve": NotFoundError,
    "audit answer": NotFoundError,
    "blacklist remove": NotFoundError,
    "gate": NotFoundError,
    "lists remove": NotFoundError,
    "promote": NotFoundError,
    "rectification prove": NotFoundError,
    "rules approve": ChaffinchError,
    "rules diff": ChaffinchError,
    "users invite": ChaffinchError,
    "users vouch": ChaffinchError,
}
"""What is named is looked for before who names it: these are refused by that here; their own tests ask for who."""

BESIDE = {
    "erase": ["--yes"],
    "hold set": ["--comment", "c-1"],
    "watch": ["--train"],
    "webhooks replay": ["--all"],
    **{name: ["--ground", "fraud"] for name in ("blacklist add", "blacklist import", "lists add")},
}
"""Options that a command needs though none is required."""

RULE = """[[rules]]
id = "ads.one"
title = { zh = "广告", en = "Advertising" }
label = "advertising"
action = "review"
ground = "platform-rules:advertising"
owner = "mia"
why = "An offer."
terms = ["buy now at the shop"]
[rules.examples]
match = ["buy now at the shop"]
no_match = ["good morning"]
"""


def commands(group: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Those that take --by, wherever they hang."""
    for name, each in sorted(getattr(group, "commands", {}).items()):
        yield from commands(each, (*names, name))
    if any(param.name == "by" for param in group.params):
        yield " ".join(names), group


NAMED = dict(commands(typer.main.get_command(app)))


def words_of(command: Any, file: Path) -> list[str]:
    """What has to be given, each of some value that its kind takes."""
    words: list[str] = []
    for param in command.params:
        if param.required and param.name != "by":
            value = _value(param, file)
            words += [value] if param.param_type_name == "argument" else [param.opts[0], value]
    return words


def _value(param: Any, file: Path) -> str:
    kind = param.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return str(next(iter(kind)))
    if kind is Path:
        return str(file.with_name("out.zip") if param.name == "out" else file)
    known = {"author": "author-7", "url": "https://example.org/hook", "to": f"sqlite:///{file.with_name('copy.db')}"}
    return {datetime: "2026-03-01", int: "30", float: "30"}.get(kind) or known.get(param.name, "x")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("who") / "home"
    home.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHAFFINCH_HOME", str(home))
        now = datetime.now(UTC)
        with closing(open_database(load_settings())) as database:
            open_keyring(database, key_folder(load_settings()), now=now)
            for name, role in (("ivy", "inspector"), ("mia", "lead"), ("mod", "moderator")):
                with database.unit() as unit:
                    accounts.create(unit, NewAccount(name, "a hash", role), by="root", now=now)
                    unit.commit()
    return home


def entries() -> tuple[int, int]:
    with closing(open_database(load_settings())) as database, database.reading() as look:
        return ledger_pages.size(look)


def typed(name: str, by: str, file: Path) -> Result:
    words = [*name.split(), *words_of(NAMED[name], file), "--by", by]
    return CliRunner().invoke(app, [*words, *BESIDE.get(name, ())])


def files(folder: Path, name: str) -> Path:
    file = folder / "file"
    file.write_text("account\na-1\n" if name == "blacklist import" else RULE, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def house(people: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Nobody below changes anything, so one home is enough."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHAFFINCH_HOME", str(people))
        yield tmp_path_factory.mktemp("files")


@pytest.mark.parametrize("name", sorted(NAMED.keys() - NOBODY_NEEDED))
def test_who_is_named_has_an_account_and_a_role_or_nothing_is_changed(
    house: Path, people: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAFFINCH_HOME", str(people))
    before = entries()
    for by, kind, said in (
        ("nobody-such", ForbiddenError, "Nobody here has an account named nobody-such"),
        ("ivy", ForbiddenError, "ivy is an inspector"),
        (" ", InvalidInputError, "Nobody is named"),
    ):
        done = typed(name, by, files(house, name))
        assert 1 == done.exit_code, done.output
        if name in SOMETHING_IS_LOOKED_FOR_FIRST:
            assert isinstance(done.exception, SOMETHING_IS_LOOKED_FOR_FIRST[name])
        else:
            assert (kind, True) == (type(done.exception), said in str(done.exception)), done.exception
    assert before == entries()


def test_a_command_that_looks_for_something_first_is_still_there() -> None:
    assert SOMETHING_IS_LOOKED_FOR_FIRST.keys() | NOBODY_NEEDED <= NAMED.keys()
