"""What the reference of rules says is what the code has, and its examples are told as it says."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from moderation.rule_packs import check_rules
from moderation.rules.rule import Conditions
from moderation.rules.rule_file import RuleFile
from moderation.taxonomy import load_taxonomy
from tests import rule_reference

TODAY = date(2026, 11, 28)
PAGE = rule_reference.PAGE.read_text(encoding="utf-8")
WHOLE, FAULTY = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def told(pack: str, folder: Path) -> list[str]:
    (folder / "cashback.toml").write_text(pack, encoding="utf-8")
    mistakes = check_rules(load_taxonomy(), today=TODAY, folder=folder)
    return [f"{each.where}: {each.detail}{' (advice)' if each.advice else ''}" for each in mistakes]


@pytest.mark.parametrize("name", ["fields", "sentences"])
def test_what_is_written_out_of_the_code_is_what_the_code_has(name: str) -> None:
    before, after = rule_reference.marks(name)
    written = PAGE.split(before)[1].split(after)[0]
    assert rule_reference.parts()[name] == written, "run python -m tests.rule_reference"


def test_the_rule_with_every_field_has_every_field() -> None:
    (rule,) = tomllib.loads(WHOLE)["rules"]
    assert {field.alias or name for name, field in RuleFile.model_fields.items()} == set(rule)
    assert set(Conditions.model_fields) == set(rule["when"])


def test_nothing_but_advice_is_told_of_the_rule_with_every_field(tmp_path: Path) -> None:
    assert [] == [sentence for sentence in told(WHOLE, tmp_path) if not sentence.endswith("(advice)")]


def test_the_faulty_pack_is_told_as_the_page_says(tmp_path: Path) -> None:
    (said,) = re.findall(r"^```text\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert said.splitlines() == told(FAULTY, tmp_path)


def test_what_the_faulty_pack_is_told_is_among_the_sentences(tmp_path: Path) -> None:
    sentences = re.findall(r"^ *[*-] ``(.+?)``", rule_reference.parts()["sentences"], re.MULTILINE)
    forms = [".*".join(map(re.escape, sentence.split("…"))) for sentence in sentences]
    unnamed = [one for one in told(FAULTY, tmp_path) if not any(re.search(form, one) for form in forms)]
    assert ["cashback.toml:9:1: term: Extra inputs are not permitted; did you mean 'terms'?"] == unnamed
