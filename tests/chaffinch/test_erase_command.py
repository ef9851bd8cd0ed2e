"""`chaffinch erase`, `export-author` and `retention` as they are typed, within this process."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from chaffinch.erase_desk import erase_as
from chaffinch.main import app
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from data.frozen import Frozen, freeze
from governance import access, account_measures, erased_files
from moderation.comment import Author
from moderation.errors import InvalidInputError, NotFoundError
from records import ledger, ledger_pages, search, users
from records.personal import open_keyring
from records.tables import metadata
from serving.errors import NotErasedError
from serving.standing_answers import ErasureAnswer
from tests.governance.standing import take, wish
from tests.records.factories import a_comment, an_answer, put
from tests.training import tiny

AUTHOR, CANARY = "author-7f3a", "canary-text-one"
WHY = ("--by", "mia", "--why", "they asked for it")


def typed(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=given)


@pytest.fixture
def filled(home: Path) -> Path:
    home.mkdir()
    settings, now = load_settings(), datetime.now(UTC)
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now)
        put(database, keyring, an_answer(a_comment(CANARY)), now=now)
    return home


def everything() -> str:
    with closing(open_database(load_settings())) as database, database.reading() as look:
        return "\n".join(str(look.execute(text(f"SELECT * FROM {name}")).all()) for name in metadata.tables)


def test_of_a_closed_account_it_is_told_what_stays_and_a_second_person_may_drop_it(filled: Path) -> None:
    settings, now = load_settings(), datetime.now(UTC)
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now)
        made = take(database, keyring, wish("close", AUTHOR, ground="abuse"), now=now)
        with database.unit() as unit:
            account_measures.answer(unit, str(made.approval_id), by="ben", approve=True, note="right", now=now)
            unit.commit()
    report = json.loads(typed("erase", AUTHOR, *WHY, "--yes", "--json").stdout)
    assert [made.id] == report["kept"]["measures"]
    assert "GDPR art. 17(3)" in report["kept"]["words"]["en"]
    again = typed("erase", AUTHOR, *WHY, "--yes", "--kept")
    assert (0, True) == (again.exit_code, "waits for a second person" in again.stdout), again.output
    assert AUTHOR not in everything()
    nobody = typed("erase", "somebody-else", *WHY, "--yes", "--kept")
    assert isinstance(nobody.exception, NotFoundError)


def test_an_author_is_told_what_is_held_and_then_erased_and_files_that_still_say_it_are_named(filled: Path) -> None:
    (filled / "labels").mkdir()
    (filled / "labels" / "labels-2020-01.jsonl").write_text(json.dumps({"text": CANARY}))
    (filled / "report.html").write_text(f"<p>{CANARY}</p>")
    out = filled / "theirs.json"
    done = typed("export-author", "-", *WHY, "--out", str(out), given=f"{AUTHOR}\n")
    assert (0, 0o600) == (done.exit_code, stat.S_IMODE(out.stat().st_mode))
    told = json.loads(out.read_text())
    assert (AUTHOR, True) == (told["author"], CANARY in out.read_text())
    out.unlink()

    done = typed("erase", "-", *WHY, "--yes", "--json", given=f"{AUTHOR}\n")
    assert 0 == done.exit_code, done.output
    report = json.loads(done.stdout)
    assert (1, ["labels-2020-01.jsonl"]) == (report["erased"]["comments"], report["label_files"])
    assert [str(filled / "report.html")] == report["files_that_mention"]
    assert CANARY not in everything()
    assert AUTHOR not in everything()
    assert not list((filled / "labels").glob("*.jsonl"))
    kinds = [line for line in everything().splitlines() if "author.erased" in line]
    assert "author.erased_from_files" in "".join(kinds)


def frozen_with_the_text(home: Path) -> Frozen:
    rows = [replace(row, source="moderators", text=CANARY if at == 0 else row.text)
            for at, row in enumerate(tiny.rows(4, seed=2))]  # fmt: skip
    return freeze(rows, "own", home / "frozen", labels=tiny.NAMES, snapshot="own-1", now=tiny.NOW)


def steps_told() -> frozenset[tuple[str, str]]:
    with closing(open_database(load_settings())) as database, database.reading() as look:
        return erased_files.steps(look)


def test_the_ledger_tells_what_became_of_a_frozen_set(filled: Path) -> None:
    before = frozen_with_the_text(filled)
    assert 0 == typed("erase", AUTHOR, *WHY, "--yes").exit_code
    after = Frozen.open(before.path)
    assert (4, 3, (before.hash,)) == (before.marker.rows, after.marker.rows, after.marker.erased_from)
    assert {(before.hash, after.hash)} == steps_told()
    assert CANARY not in everything()


def test_an_erasure_cut_off_after_the_frozen_set_has_told_the_ledger(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = frozen_with_the_text(filled)

    def cut_off(*_: object, **__: object) -> None:
        raise RuntimeError("cut off here")

    with monkeypatch.context() as cut:
        cut.setattr("chaffinch.erasing.erasure.erase", cut_off)
        assert 0 != typed("erase", AUTHOR, *WHY, "--yes").exit_code
    assert 0 == typed("erase", AUTHOR, *WHY, "--yes").exit_code
    assert {(before.hash, Frozen.open(before.path).hash)} == steps_told()


def test_who_erases_is_asked_before_data_sets_are_touched(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert filled
    monkeypatch.setattr("chaffinch.erasing._sweep", lambda *_, **__: pytest.fail("data sets were touched"))
    for by, why in (("mia", " "), (" ", "they asked for it"), ("mia", f"{AUTHOR} asked for it")):
        done = typed("erase", AUTHOR, "--by", by, "--why", why, "--yes")
        assert isinstance(done.exception, InvalidInputError)
    assert CANARY in everything()


def test_comments_of_others_that_still_name_them_are_told_with_what_can_be_done(filled: Path) -> None:
    settings, now = load_settings(), datetime.now(UTC)
    said = {
        "c-1": f"@{AUTHOR} is right",
        "c-2": f"@{AUTHOR}0 is another",
        "c-3": "so says 小燕子飞飞, as ever",
        "c-4": "no name",
    }
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now)
        for known_as, words in said.items():
            other = replace(a_comment(words, known_as=known_as), author=Author("somebody-else"))
            put(database, keyring, an_answer(other), now=now)
        with database.unit() as unit:
            search.catch_up(unit)
            unit.commit()
    report = json.loads(typed("erase", AUTHOR, *WHY, "--yes", "--json", "--name", "小燕子飞飞").stdout)[
        "named_by_others"
    ]
    assert (["c-3", "c-1"], True, 2) == (
        [each["comment_id"] for each in report["comments"]], report["all"], report["names_looked_for"],
    )  # fmt: skip
    told = " ".join(typed("erase", AUTHOR, *WHY, "--yes").stdout.split())
    assert "1 comments of others still name them: c-1." in told
    assert "measures take" in told
    assert "Not found are quotations of theirs that somebody altered" in told
    with closing(open_database(settings)) as database, database.reading() as look:
        bodies = [json.loads(each.body) for each in ledger.page(look, limit=99).items if each.kind == "author.erased"]
    assert [2, 1] == [each["facts"]["named_by_others"] for each in bodies]
    assert "小燕子飞飞" not in json.dumps(bodies, ensure_ascii=False)


def test_comments_of_others_that_quoted_them_are_told_left_or_changed(filled: Path) -> None:
    assert filled
    settings, now = load_settings(), datetime.now(UTC)
    long = "琵琶弹奏一曲东风破，然后大家都安静下来听她讲完那个很长的故事，谁也没有走开，直到灯都灭了"
    said = {
        "c-1": (f"有人说过：{long}，我不同意", None),
        "c-2": (f"我只记得 {long[:44]}", None),
        "c-3": ("说得好", long),
        "c-4": (long[:20], None),
        "c-5": ("谢谢大家", None),
    }
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now)
        for number, words in enumerate((long, "谢谢大家")):
            theirs = replace(a_comment(words, known_as=f"mine-{number}"), author=Author(AUTHOR))
            put(database, keyring, an_answer(theirs), now=now)
        for known_as, (words, quoted) in said.items():
            made = a_comment(words, known_as=known_as, **({"parent_text": quoted} if quoted else {}))
            put(database, keyring, an_answer(replace(made, author=Author("somebody-else"))), now=now)
        with database.unit() as unit:
            search.catch_up(unit)
            unit.commit()
    report = json.loads(typed("erase", AUTHOR, *WHY, "--yes", "--json").stdout)
    told = report["quoted_by_others"]
    assert (["c-2", "c-1"], ["c-3"]) == tuple(
        [each["comment_id"] for each in told[name]] for name in ("left", "changed")
    )
    assert (True, 1) == (told["all"], told["texts_too_short"])
    ErasureAnswer.model_validate(report)
    with closing(open_database(settings)) as database, database.reading() as look:
        [body] = [json.loads(each.body) for each in ledger.page(look, limit=99).items if each.kind == "author.erased"]
    assert 2 == body["facts"]["quoted_by_others"]


@pytest.mark.parametrize("as_json", [True, False])
def test_open_requests_of_authorities_that_it_touches_are_named(filled: Path, as_json: bool) -> None:
    assert filled
    with closing(open_database(load_settings())) as database, database.unit() as unit:
        users.create(unit, "ivy", password_hash="x", role="inspector", now=datetime.now(UTC))
        unit.commit()
    asked = typed(
        "inspection", "ask", "Cyberspace office", "--reference", "2026-17", "--asked", "all", "--ground", "law",
        "--inspector", "ivy", "--since", "2020-01-01", "--until", "2100-01-01", "--by", "mia", "--why", "a letter",
        "--json",
    )  # fmt: skip
    assert 0 == asked.exit_code, asked.output + str(asked.exception)
    done = typed("erase", AUTHOR, *WHY, "--yes", *(["--json"] if as_json else []))
    request = json.loads(asked.stdout)["id"]
    if as_json:
        expected = {"id": request, "authority": "Cyberspace office", "reference": "2026-17", "decisions": 1}
        assert [expected] == json.loads(done.stdout)["inspections"]
    else:
        told = " ".join(done.stdout.split())
        assert f"1 of the decisions lie in the open request 2026-17 of Cyberspace office ({request})" in told


def test_the_server_erases_by_the_same_command_in_the_name_of_a_key(filled: Path) -> None:
    with closing(open_database(load_settings())) as database, database.unit() as unit:
        record, _ = access.create_key(unit, "platform", scopes=["admin"], rate=None, now=datetime.now(UTC))
        unit.commit()
    assert 1 == erase_as(AUTHOR, record.prefix, "a letter")["erased"]["comments"]
    assert CANARY not in everything()
    with closing(open_database(load_settings())) as database, database.reading() as look:
        (made,) = (each for each in ledger.page(look, limit=9).items if each.kind == "author.erased")
        entry = ledger_pages.words_of(look, made)
    assert ({"kind": "key", "id": record.prefix}, "a letter") == (entry["actor"], entry["reason"])
    with pytest.raises(NotErasedError, match=r"ask again.*Nobody is named"):
        erase_as("", record.prefix, "a letter")


def test_nobody_is_erased_without_a_yes_or_named_in_the_reason(filled: Path) -> None:
    assert 1 == typed("erase", AUTHOR, *WHY, given="n\n").exit_code
    done = typed("erase", AUTHOR, "--by", "mia", "--why", f"{AUTHOR} asked", "--yes")
    assert isinstance(done.exception, InvalidInputError)
    assert CANARY in everything()
    assert filled.is_dir()


def test_retention_says_what_would_go_and_then_does_it(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "retention.toml").write_text('[[keep]]\nsurface = "forum"\nkind = "comment"\ndays = 1\n')
    monkeypatch.setenv("CHAFFINCH_CONFIGS", str(tmp_path / "configs"))
    with closing(open_database(load_settings())) as database, database.unit() as unit:
        unit.execute(text("UPDATE comments SET updated_at = '2020-01-01 00:00:00.000000'"))
        unit.commit()
    expected = [{"surface": "forum", "kind": "comment", "days": 1, "comments": 1}]
    assert expected == json.loads(typed("retention", "--dry-run", "--json").stdout)
    assert CANARY in everything()
    assert expected == json.loads(typed("retention", "--json").stdout)
    assert CANARY not in everything()
    assert [] == json.loads(typed("retention", "--json").stdout)
    assert filled.is_dir()
