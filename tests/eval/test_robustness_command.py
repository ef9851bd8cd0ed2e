"""`chaffinch robustness` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chaffinch.main import app
from moderation.errors import NotFoundError
from tests.training import tiny


def typed(*words: str) -> Result:
    result = CliRunner().invoke(app, ["robustness", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def snapshot(home: Path) -> str:
    return tiny.snapshot(home).path.name


def test_rules_alone_are_measured_on_a_snapshot(snapshot: str, tmp_path: Path) -> None:
    told = typed("none", snapshot, "--rules", "--rows", "20", "--plots", str(tmp_path / "plots"), "--json")
    assert 0 == told.exit_code
    report = json.loads(told.stdout)
    assert (20, 20, 16) == (report["violations"], report["harmless"], len(report["families"]))
    assert "with rules" in report["model"]
    assert 2 == len(list((tmp_path / "plots").glob("*.svg")))


def test_people_read_a_table(snapshot: str) -> None:
    told = typed("none", snapshot, "--rows", "5")
    assert "5 violations, 5 harmless rows" in told.stdout
    assert "reversed *" in told.stdout
    assert "never trained on" in told.stdout


def test_a_file_is_judged_with_the_words_of_a_snapshot(snapshot: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [{"text": "约炮上门", "labels": ["sexual"]}, {"text": "去公园散步", "labels": []}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for words in ((), ("--words", snapshot)):
        told = typed("none", str(path), *words, "--json")
        assert 1 == json.loads(told.stdout)["violations"]


def test_a_snapshot_of_words_that_is_not_there_is_said(snapshot: str) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        typed("none", snapshot, "--words", "nowhere")


@pytest.mark.parametrize("strength", ["-0.1", "1.5", "half"])
def test_a_strength_that_is_no_share_is_a_usage_error(snapshot: str, strength: str) -> None:
    assert 2 == typed("none", snapshot, "--strength", strength).exit_code
