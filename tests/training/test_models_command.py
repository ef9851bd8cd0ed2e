"""The commands as a data scientist types them, on a tiny snapshot in a home of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from chaffinch.commands import models
from data.rows import Split
from moderation.errors import ChaffinchError, GateRefusedError, InvalidInputError, NotFoundError
from moderation.policy import load_policy
from moderation.taxonomy import CONFIGS
from registry.gate_file import GATE_FILE
from registry.pointers import read_pointer
from registry.promotion import history
from tests.training import tiny

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning"
)
CONFIG = """
name = "tiny"
data = "tiny"
[features]
orders = [1, 2]
bits = 12
[learning]
max_iterations = 25
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    sides = {Split.TRAIN: tiny.rows(280), Split.VALIDATION: tiny.rows(84, seed=1), Split.TEST: tiny.rows(420, seed=2)}
    tiny.snapshot(folder / "home", sides)
    (folder / "tiny.toml").write_text(CONFIG)
    shutil.copytree(CONFIGS, folder / "configs")
    gate = folder / "configs" / "gates" / "default.toml"
    told = gate.read_text()
    for before, after in {
        'exam = [{ name = "starter" }]': 'exam = [{ name = "tiny" }]',
        'unproved = "no"': 'unproved = "warn"',
    }.items():  # 210 everyday rows prove no budget
        assert before in told
        told = told.replace(before, after)
    gate.write_text(told)
    (folder / "second.toml").write_text(CONFIG.replace('"tiny"\ndata', '"second"\ndata') + "strength = 60.0\n")
    return folder


@pytest.fixture
def run(world: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("CHAFFINCH_HOME", str(world / "home"))
    monkeypatch.setenv("CHAFFINCH_CONFIGS", str(world / "configs"))
    app = typer.Typer()
    models.add_to(app)

    def typed(*words: str) -> Result:
        result = CliRunner().invoke(app, list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert 0 == result.exit_code, result.output
        return result

    return typed


def test_the_loop_from_training_to_rollback(run: Callable[..., Result], world: Path) -> None:
    registry = world / "home" / "registry"
    trained = json.loads(run("train", str(world / "tiny.toml"), "--json").stdout)
    assert ("1", False) == (trained["version"], trained["reused"])
    assert json.loads(run("train", str(world / "tiny.toml"), "--json").stdout)["reused"]

    assert "yes" == json.loads(run("gate", "chaffinch@1", "--json").stdout)["verdict"]
    assert "1" == json.loads(run("promote", "1", "--reason", "the first", "--json").stdout)["champion"]
    assert "1" == read_pointer(registry, "chaffinch", "champion").version

    second = json.loads(run("train", str(world / "second.toml"), "--warm", "chaffinch@champion", "--json").stdout)
    assert "2" == second["version"]
    told = json.loads(
        run("compare", "chaffinch@1", "chaffinch@2", "--data", "tiny", "--rounds", "100", "--json").stdout
    )
    assert "macro_f1" in {each["figure"] for each in told["compared"]}

    run("promote", "2")  # the gate is asked on the way
    assert (Path(second["bundle"]) / GATE_FILE).exists()
    assert "2" == read_pointer(registry, "chaffinch", "champion").version
    assert "1" == json.loads(run("rollback", "--reason", "it blocks the weather", "--json").stdout)["champion"]
    assert "the first" == history(registry)[0]["reason"]

    page = world / "report.html"
    judged = json.loads(run("eval", "chaffinch@champion", "tiny", "--report", str(page), "--json").stdout)
    assert judged["macro_f1"] > 0.9
    assert page.read_text().startswith("<!doctype html>")
    assert "six classes" in run("eval", "chaffinch@champion", "tiny", "--as", "chineseharm").stdout
    assert "1" == json.loads(run("register", trained["bundle"], "--json").stdout)["version"]


def test_a_no_is_raised_and_nothing_moves(run: Callable[..., Result], world: Path) -> None:
    run("train", str(world / "tiny.toml"))
    champion = world / "home" / "registry" / "chaffinch" / "champion.json"
    before = champion.read_bytes() if champion.exists() else None
    strict = world / "strict.toml"
    gate = world / "configs" / "gates" / "default.toml"
    strict.write_text(gate.read_text().replace("bundle_megabytes = 80", "bundle_megabytes = 0.001"))
    (world / "third.toml").write_text(CONFIG.replace('"tiny"\ndata', '"third"\ndata') + "strength = 70.0\n")
    run("train", str(world / "third.toml"))
    with pytest.raises(GateRefusedError, match="bundle size"):
        run("gate", "chaffinch@third", "--config", str(strict))
    with pytest.raises(GateRefusedError, match="bundle size"):
        run("promote", "chaffinch@third")  # the no of today stands
    assert before == (champion.read_bytes() if champion.exists() else None)


def test_a_budget_chooses_thresholds_and_writes_them(run: Callable[..., Result], world: Path) -> None:
    lenient = CONFIG.replace('"tiny"\ndata', '"lenient"\ndata') + "[thresholds]\nblocked = 0.08\n"
    (world / "lenient.toml").write_text(lenient)
    run("train", str(world / "lenient.toml"))
    into = world / "budgets"
    asked = ("eval", "chaffinch@lenient", "tiny", "--into", str(into), "--review-budget")
    told = json.loads(run(*asked, "3%", "--json").stdout)["budget"]
    folder = Path(told["folder"])
    assert [folder] == list(into.iterdir())
    assert told == json.loads((folder / "budget.json").read_text(encoding="utf-8"))
    assert 0.08 == told["settings"]["blocked"]
    policy = load_policy(folder / "default.toml", tiny.TAXONOMY)
    assert {name: each.model_dump() for name, each in policy.thresholds.items()} == told["thresholds"]
    assert "missed_harm_over_review_load.svg" in {each.name for each in folder.iterdir()}

    shown = " ".join(run(*asked, "3%").output.split())
    assert "What budgets cost" in shown
    assert told["sentence"] in shown
    assert "start the server anew" in shown
    assert [folder] == list(into.iterdir())
    run(*asked, "5%")
    assert 2 == len(list(into.iterdir()))


def test_thresholds_that_are_not_proved_make_no_policy(run: Callable[..., Result], world: Path) -> None:
    run("train", str(world / "tiny.toml"))
    into = world / "unproved"
    shown = " ".join(run("eval", "chaffinch@tiny", "tiny", "--into", str(into), "--review-budget", "3%").output.split())
    assert "cannot be proved" in shown
    assert "No policy is written" in shown
    assert [] == list(into.rglob("*.toml"))
    assert 1 == len(list(into.rglob("budget.json")))


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        (("tiny", "--review-budget", "3"), InvalidInputError, "no review budget"),
        (("tiny", "--review-budget", ""), InvalidInputError, "no review budget"),
        (("tiny", "--review-budget", "3%", "--policy", "nobody"), NotFoundError, "no policy 'nobody'"),
        (("tiny", "--review-budget", "3%", "--split", "train"), GateRefusedError, "280 of these 280 rows"),
        (("tiny", "--review-budget", "3%", "--split", "validation"), GateRefusedError, "84 of these 84 rows"),
    ],
)
def test_a_budget_that_cannot_be_had_is_told(
    run: Callable[..., Result], world: Path, words: tuple[str, ...], error: type[Exception], told: str
) -> None:
    run("train", str(world / "tiny.toml"))
    with pytest.raises(error, match=told):
        run("eval", "chaffinch@tiny", *words)
    assert not (world / "home" / "budgets").exists()


def test_no_model_has_no_thresholds_to_choose(run: Callable[..., Result]) -> None:
    with pytest.raises(InvalidInputError, match="'none' gives no scores"):
        run("eval", "none", "tiny", "--review-budget", "3%")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("eval", "chaffinch@nobody", "tiny"), NotFoundError),
        (("promote", "77"), NotFoundError),
        (("train", "nobody"), ChaffinchError),
        (("gate", "none"), ChaffinchError),
    ],
)
def test_what_is_not_there_is_said(run: Callable[..., Result], words: tuple[str, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        run(*words)
