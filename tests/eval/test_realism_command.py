from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from chaffinch.commands import data, realism
from moderation.errors import NotFoundError
from tests.training.tiny import CALM

app = typer.Typer()
data.add_to(app)
realism.add_to(app)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of sixty ordinary comments."""
    monkeypatch.setattr(data, "CHECKOUT", tmp_path / "checkout")
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path / "home"))
    rows = [f"ok\ttalk\tvideo\tg{at}\t{talk(at)}" for at in range(60)]
    corpus = tmp_path / "checkout" / "data" / "starter" / "zh" / "everyday.tsv"
    corpus.parent.mkdir(parents=True)
    corpus.write_text("\n".join(["labels\tkind\tvoice\tgroup\ttext", *rows]) + "\n", encoding="utf-8")
    return tmp_path / "checkout"


def talk(seed: int) -> str:
    return "".join(random.Random(seed).choices(CALM, k=14))


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["data", "realism", *words], env={"COLUMNS": "200"})


def test_the_corpus_is_told_from_a_public_set_in_table_figures_and_picture(checkout: Path, tmp_path: Path) -> None:
    real = "\n".join([",TEXT,label,topic", *(f"{at},{talk(1000 + at)},0,race" for at in range(150))])
    (checkout / "data" / "raw" / "cold").mkdir(parents=True)
    (checkout / "data" / "raw" / "cold" / "train.csv").write_text(real, encoding="utf-8")

    shown, told = run("--lang", "zh"), json.loads(run("--json").stdout)

    assert "zh/everyday.tsv" in shown.stdout
    assert [("zh", "ok", ["cold"])] == [(cell["lang"], cell["label"], cell["sources"]) for cell in told]
    written = tmp_path / "home" / "realism"
    assert told == json.loads((written / "realism.json").read_text(encoding="utf-8"))
    assert (written / "realism.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_without_real_comments_it_says_where_it_looked(checkout: Path) -> None:
    (checkout / "data" / "raw" / "chineseharm").mkdir(parents=True)
    (checkout / "data" / "raw" / "chineseharm" / "bench.dev.json").write_text("[]", encoding="utf-8")

    result = run()

    assert isinstance(result.exception, NotFoundError)
    assert "no real comments here" in str(result.exception)
    assert str(checkout / "data" / "raw") in str(result.exception)
