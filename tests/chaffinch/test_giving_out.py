"""Whatever gives out data about people: nothing is given before the entry that says so stands, by whoever may not."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chaffinch.main import app
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from governance import accounts
from governance.accounts import NewAccount
from moderation.errors import ForbiddenError, InvalidInputError, PartUnavailableError
from records import ledger, looks
from records.ledger_keys import open_signer
from records.personal import open_keyring
from records.sealing import seal
from records.unit_of_work import Unit
from tests.chaffinch.test_oversight_commands import answer
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

CANARY, AUTHOR = "说的话", "author-7f3a"


@dataclass(frozen=True)
class Way:
    """One way out: what is typed for a file, the options that say who and why, and the entry (a look) that is left."""

    words: Callable[[House, Path], list[str]]
    kind: str
    who: bool = True
    why: bool = True


@dataclass(frozen=True)
class House:
    decision: str
    request: str
    incident: str


BY, WHY = ["--by", "mia"], ["--why", "their letter"]
WAYS = {
    "audit export": Way(lambda _, out: ["audit", "export", str(out), *BY, *WHY], "evidence.exported"),
    "audit export --open": Way(
        lambda _, out: ["audit", "export", str(out), *BY, *WHY, "--ground", "g", "--open"], "evidence.exported"
    ),
    "inspection export": Way(
        lambda house, out: ["inspection", "export", house.request, str(out), *BY], "evidence.exported", why=False
    ),
    "export-author": Way(lambda _, out: ["export-author", AUTHOR, *BY, *WHY, "--out", str(out)], "author.exported"),
    "incident content": Way(
        lambda house, out: [
            "incident", "content", house.decision, "--authority", "o", "--ground", "g", *BY, *WHY, "--out", str(out)
        ],
        "content.reported",
    ),
    "incident report": Way(
        lambda house, out: ["incident", "report", house.incident, "--out", str(out)], "", who=False, why=False
    ),
    "report statements": Way(
        lambda _, out: ["report", "statements", "--from", "2026-01-01", "--to", "2027-01-01", "-o", str(out)],
        "", who=False, why=False,
    ),
}  # fmt: skip
NAMED = sorted(name for name, way in WAYS.items() if way.who)
REASONED = sorted(name for name, way in WAYS.items() if way.why)


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def told(*words: str) -> dict[str, str]:
    done = typed(*words, "--json")
    assert 0 == done.exit_code, done.output + str(done.exception)
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, House]:
    """A home with people, a comment, a granted request and an incident, made once."""
    home = tmp_path_factory.mktemp("giving") / "home"
    home.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHAFFINCH_HOME", str(home))
        settings = load_settings()
        with closing(open_database(settings)) as database:
            keyring = open_keyring(database, key_folder(settings), now=NOW)
            stored = put(database, keyring, an_answer(a_comment(CANARY, surface="news")))[0]
            signer = open_signer(database, key_folder(settings), now=NOW)
            with database.unit() as unit:
                seal(unit, signer, owner="one", now=NOW)
                unit.commit()
            for name, role in (("ivy", "inspector"), ("ben", "senior"), ("mia", "lead"), ("mod", "moderator")):
                with database.unit(os_user=f"os:{name}") as unit:
                    accounts.create(unit, NewAccount(name, "a hash", role), by="root", now=NOW)
                    unit.commit()
        record = told(
            "inspection", "ask", "Office", "--reference", "17", "--asked", "news", "--ground", "cn-2017:10",
            "--inspector", "ivy", "--since", f"{NOW:%Y-%m-%d}", "--until", "2100-01-01", "--open", *BY, *WHY,
        )  # fmt: skip
        answer(patched, record["approval_id"])
        incident = told("incident", "record", "leak", "--severity", "high", *BY, "--field", "people=3")
    return home, House(stored.decision_id, record["id"], incident["id"])


@pytest.fixture
def house(filled: tuple[Path, House], home: Path) -> House:
    shutil.copytree(filled[0], home)
    return filled[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "given").mkdir()
    return tmp_path / "given"


def entries(kind: str) -> int:
    """How many entries of this kind there are; of no kind the looks of who types."""
    with closing(open_database(load_settings())) as database, database.reading() as look:
        if kind:
            return sum(each.kind == kind for each in ledger.page(look, limit=200).items)
        return sum(each.page == looks.COMMAND for each in looks.newest(look, kind=looks.LIST, limit=200))


def replaced(words: list[str], option: str, value: str) -> list[str]:
    at = words.index(option) + 1
    return [*words[:at], value, *words[at + 1 :]]


def assert_refused(done: Result, kind: type[Exception], folder: Path, entry: str, before: int) -> None:
    assert (1, kind) == (done.exit_code, type(done.exception)), done.output
    assert ([], before) == (list(folder.iterdir()), entries(entry))


@pytest.mark.parametrize("name", NAMED)
def test_nobody_gets_anything_in_a_false_name_or_one_that_may_not(house: House, folder: Path, name: str) -> None:
    way = WAYS[name]
    words, before = way.words(house, folder / "out.zip"), entries(way.kind)
    for by, kind in (
        ("mio", ForbiddenError),
        ("mod", ForbiddenError),
        ("ivy", ForbiddenError),
        ("", InvalidInputError),
    ):
        assert_refused(typed(*replaced(words, "--by", by)), kind, folder, way.kind, before)


@pytest.mark.parametrize("name", REASONED)
def test_nobody_gets_anything_without_a_reason(house: House, folder: Path, name: str) -> None:
    way = WAYS[name]
    words, before = way.words(house, folder / "out.zip"), entries(way.kind)
    assert_refused(typed(*replaced(words, "--why", " ")), InvalidInputError, folder, way.kind, before)


def test_texts_and_pseudonyms_are_given_on_a_ground(house: House, folder: Path) -> None:
    for name in ("audit export --open", "incident content"):
        way = WAYS[name]
        words = replaced(way.words(house, folder / "out.zip"), "--ground", " ")
        assert_refused(typed(*words), InvalidInputError, folder, way.kind, entries(way.kind))


@pytest.mark.parametrize("name", sorted(WAYS))
def test_where_the_entry_cannot_be_written_no_file_is_there(
    house: House, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = WAYS[name]
    seen, before = [], entries(way.kind)

    def commit(_: Unit) -> None:
        seen.append(list(folder.iterdir()))
        raise PartUnavailableError("database", "The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Unit, "commit", commit)
        done = typed(*way.words(house, folder / "out.zip"))
    assert_refused(done, PartUnavailableError, folder, way.kind, before)
    assert [] == seen[-1], "what is written before the entry stands has no name, even of a process that is killed"


@pytest.mark.parametrize("name", sorted(WAYS))
def test_where_a_file_is_there_is_an_entry_and_its_owner_alone_reads_it(
    house: House, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    way, out = WAYS[name], folder / "out.zip"
    before = entries(way.kind)
    done = typed(*way.words(house, out))
    assert 0 == done.exit_code, done.output + str(done.exception)
    assert (before + 1, 0o600) == (entries(way.kind), stat.S_IMODE(out.stat().st_mode))
    assert [out] == list(folder.iterdir())

    again = typed(*way.words(house, out))
    assert (1, before + 1) == (again.exit_code, entries(way.kind))
    assert "is there already" in str(again.exception)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    out.unlink()
    monkeypatch.setattr("governance.giving.shutil.copyfileobj", full)
    assert isinstance(typed(*way.words(house, out)).exception, OSError)
    assert [] == list(folder.iterdir())


@pytest.mark.usefixtures("house")
def test_label_files_get_their_names_after_their_entry(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from review import labels_export

    drawn = labels_export.Exported(1, (home / "labels" / "labels-2026-03.jsonl",), ())
    draft = labels_export._Draft(home / "labels" / ".labels-x", drawn.changed[0], [])

    def drafted(*_: object) -> object:
        draft.aside.write_text(CANARY)
        return [draft], drawn

    def commit(_: Unit) -> None:
        raise PartUnavailableError("database", "The disk is full.")

    monkeypatch.setattr(labels_export, "_drafted", drafted)
    with monkeypatch.context() as patched:
        patched.setattr(Unit, "commit", commit)
        assert isinstance(typed("data", "export-labels", *BY, *WHY).exception, PartUnavailableError)
    assert [".lock"] == [path.name for path in (home / "labels").iterdir()]
    assert 0 == entries("labels.exported")
    assert 0 == typed("data", "export-labels", *BY, *WHY).exit_code
    assert ({".lock", drawn.changed[0].name}, 1) == (
        {path.name for path in (home / "labels").iterdir()}, entries("labels.exported"),
    )  # fmt: skip


@pytest.mark.usefixtures("house")
def test_the_whole_database_is_copied_by_somebody_who_may(folder: Path) -> None:
    to = folder / "copy.db"
    for by, kind in (("mio", ForbiddenError), ("mod", ForbiddenError), ("", InvalidInputError)):
        done = typed("database", "copy", f"sqlite:///{to}", "--by", by, *WHY)
        assert kind is type(done.exception), done.output
        assert not to.exists() or CANARY not in to.read_bytes().decode(errors="ignore")
