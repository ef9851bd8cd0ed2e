"""`chaffinch shadow`: who is challenger, and the report as table, JSON and page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from chaffinch.commands import shadow
from moderation.decision import Outcome
from moderation.errors import ConfigError, ConflictError, NotFoundError
from records.database import Database
from records.personal import open_keyring
from records.values import VerdictKind
from registry.names import CHALLENGER, CHAMPION, MODEL_NAME
from registry.pointers import find_pointer, write_pointer
from tests.governance.test_shadow import answer, beside, judge
from tests.records.databases import NOW, new_sqlite_url
from tests.serving.bundles import make_bundle

app = typer.Typer()
shadow.add_to(app)


@pytest.fixture
def database(home: Path) -> Database:
    return Database(new_sqlite_url(home))


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["shadow", *words], env={"COLUMNS": "220"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def version(home: Path, name: str) -> None:
    write_pointer(home / "registry", MODEL_NAME, name, make_bundle(home / "bundles" / name))


def test_a_model_becomes_challenger_another_takes_its_place_and_it_is_called_off(home: Path) -> None:
    version(home, "4")
    version(home, "5")
    assert "Version 4 is challenger: a worker scores 10% of the stored decisions" in run("start", "chaffinch@4")
    assert (
        "Version 5 is challenger in place of version 4" in json.loads(run("start", "chaffinch@5", "--json"))["sentence"]
    )
    pointer = find_pointer(home / "registry", MODEL_NAME, CHALLENGER)
    assert pointer is not None
    assert "5" == pointer.version
    assert "Version 5 is no longer challenger" in run("stop")
    assert find_pointer(home / "registry", MODEL_NAME, CHALLENGER) is None
    with pytest.raises(NotFoundError, match="no challenger"):
        run("stop")


def test_what_cannot_be_challenger_is_refused_in_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_pointer(home / "registry", MODEL_NAME, CHAMPION, make_bundle(home / "bundles" / "3"))
    with pytest.raises(ConflictError, match="is the champion"):
        run("start", "chaffinch@champion")
    with pytest.raises(NotFoundError, match="'none' is no model"):
        run("start", "none")
    with pytest.raises(NotFoundError, match="There is no chaffinch@9"):
        run("start", "chaffinch@9")
    version(home, "4")
    taxonomy = (Path("configs") / "taxonomy.toml").read_text(encoding="utf-8")
    (tmp_path / "taxonomy.toml").write_text(taxonomy, encoding="utf-8")
    (tmp_path / "shadow.toml").write_text("share = 7\nspeed = 1\n", encoding="utf-8")
    monkeypatch.setenv("CHAFFINCH_CONFIGS", str(tmp_path))
    with pytest.raises(ConfigError) as refused:
        run("start", "chaffinch@4")
    assert 2 == len(refused.value.faults)
    assert find_pointer(home / "registry", MODEL_NAME, CHALLENGER) is None


def test_a_report_before_anything_was_scored_says_what_to_do(database: Database) -> None:
    with pytest.raises(NotFoundError, match="chaffinch shadow start MODEL"):
        run("report")
    beside(database, {})
    assert "was not held against any answer yet" in run("report")


def test_the_report_as_table_json_and_page(database: Database, home: Path, tmp_path: Path) -> None:
    keyring = open_keyring(database, home / "keys", now=NOW)
    outcomes = {answer(database, keyring, Outcome.REVIEW): Outcome.BLOCK}
    judge(database, VerdictKind.REJECT)
    outcomes |= {answer(database, keyring, Outcome.PASS, surface="<b>"): Outcome.PASS for _ in range(3)}
    beside(database, outcomes)
    page = tmp_path / "shadow.html"

    told = json.loads(run("report", "--json", "--html", str(page)))

    assert {"pass": 0, "review": 0, "block": 1} == told["matrix"]["review"]
    whole = told["slices"][0]
    assert (4, 3, 1) == (whole["rows"], whole["agreed"]["hits"], whole["judged"])
    assert 1.0 == whole["challenger"]["precision"]["share"]
    assert 0 < whole["challenger"]["precision"]["interval"][0] < 1
    html = page.read_text(encoding="utf-8")
    assert 2 == html.count("<svg")
    assert "<?xml" not in html
    assert "surface &lt;b&gt;" in html
    assert "surface <b>" not in html
    table = run("report", "--challenger", "4", "--champion", "3")
    assert "Challenger 4 beside champion 3" in table
    assert "75.0%" in table
