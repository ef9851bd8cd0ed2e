from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from chaffinch.commands import data
from moderation.errors import GateRefusedError, NotFoundError
from tests.data.conftest import Workshop

app = typer.Typer()
data.add_to(app)


@pytest.fixture
def shop(stocked: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr(data, "CHECKOUT", stocked.root / "checkout")
    monkeypatch.setenv("CHAFFINCH_HOME", str(stocked.places.home))
    return stocked


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["data", *words], env={"COLUMNS": "200"})


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[[sources]]\nname = "starter"\n', encoding="utf-8")
    return str(path)


def test_sources_are_listed_with_licence_and_presence(shop: Workshop) -> None:
    listed = {each["name"]: each for each in json.loads(run("sources", "--json").stdout)}

    assert (listed["starter"]["found"], listed["cold"]["found"]) == (True, False)
    assert (listed["cold"]["licence"], listed["chnci"]["permits_release"]) == ("Apache-2.0", False)
    assert "no: https://github.com/thu-coai/COLDataset" in run("sources").stdout


def test_a_source_whose_rows_bring_their_language_is_of_many(shop: Workshop) -> None:
    listed = {each["name"]: each["lang"] for each in json.loads(run("sources", "--json").stdout)}
    shown = run("sources").stdout

    assert {"many"} == {listed[name] for name in ("starter", "moderators", "telegram_ru")}
    assert ("zh", "ko") == (listed["cold"], listed["beep_ko"])
    assert "many" in next(line for line in shown.splitlines() if "moderators" in line)


def test_a_build_tells_rows_languages_splits_hash_and_broken_rows(shop: Workshop, config: str) -> None:
    shop.corpus("zh/hate", ["rude\tk\tvideo\tg\ta"])

    told = run("build", config).stdout

    assert "48 comments" in told
    assert "gambling" in told
    assert "1 broken row was refused" in told
    assert "zh/hate.tsv:2: unknown label 'rude'" in told
    again = run("build", config).stdout
    assert "already built" in again
    assert "zh/hate.tsv:2: unknown label 'rude'" in again


def test_a_build_counts_refused_rows_that_came_after_it(shop: Workshop, config: str) -> None:
    assert "No broken row was refused." in run("build", config).stdout
    shop.corpus("zh/hate", ["rude\tk\tvideo\tg\ta", "ok\tk\tvideo"])

    assert "2 broken rows were refused" in run("build", config).stdout
    assert json.loads(run("card", "mine", "--json").stdout)["rejected"] == 2


def test_a_build_speaks_json(shop: Workshop, config: str) -> None:
    told = json.loads(run("build", config, "--json").stdout)

    assert told["manifest"]["counts"]["rows"] == 48
    assert told["reused"] is False
    assert Path(told["path"]).parent == shop.places.home / "snapshots"


def test_a_card_is_shown_by_name(shop: Workshop, config: str) -> None:
    run("build", config)

    assert "Data set mine-" in run("card", "mine").stdout
    assert json.loads(run("card", "mine", "--json").stdout)["name"] == "mine"


def test_a_card_of_nothing_says_what_there_is(shop: Workshop) -> None:
    result = run("card", "moon")

    assert isinstance(result.exception, NotFoundError)
    assert "none yet" in str(result.exception)


def test_looking_over_a_small_corpus_counts_and_refuses(shop: Workshop) -> None:
    result = run("starter")

    assert "48 comments" in result.stdout
    assert isinstance(result.exception, GateRefusedError)
    assert "48 distinct comments, at least 12,000 are wanted" in str(result.exception)


def test_faults_of_single_rows_are_told_and_count_where_it_is_asked_strictly(shop: Workshop) -> None:
    shop.corpus("zh/abuse", ["abuse\tinsult\tvideo\tg1\t有货"])

    plain, strict = run("starter"), run("starter", "--strict")

    assert "nobody can judge alone" in " ".join(plain.stdout.split())
    assert "nobody can judge alone" not in str(plain.exception)
    assert isinstance(strict.exception, GateRefusedError)
    assert "nobody can judge alone" in str(strict.exception)


def test_looking_over_the_shipped_corpus_finds_it_complete(home: Path) -> None:
    result = run("starter", "--strict", "--json")

    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["shortcomings"], told["faults"]) == ([], [])
