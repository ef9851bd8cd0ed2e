from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from moderation.errors import ConfigError
from moderation.rule_packs import load_rules
from moderation.rules import RuleSet
from moderation.taxonomy import load_taxonomy

TODAY = date(2026, 11, 25)

PACK = """
[[rules]]
id = "a.b"
title = {{ zh = "甲", en = "A" }}
label = "{label}"
action = "{action}"
ground = "g"
owner = "o"
why = "w"
terms = [{terms}]
patterns = [{patterns}]
state = "{state}"
{more}
[rules.examples]
match = ["{match}"]
no_match = ["{no_match}"]
"""


def load(folder: Path, **fields: str) -> RuleSet:
    defaults = {
        "label": "fraud",
        "action": "review",
        "terms": '"刷单"',
        "patterns": "",
        "state": "live",
        "more": "",
        "match": "刷单日结",
        "no_match": "订单",
    }
    (folder / "pack.toml").write_text(PACK.format(**{**defaults, **fields}), encoding="utf-8")
    return load_rules(load_taxonomy(), today=TODAY, folder=folder)


def test_a_sound_pack_loads(tmp_path: Path) -> None:
    assert ["a.b"] == [rule.id for rule in load(tmp_path).rules]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("did you mean 'fraud'", {"label": "fruad"}),
        ("a rule cannot pass a comment", {"action": "pass"}),
        ("could never hit", {"terms": ""}),
        ("single character", {"terms": '"单"'}),
        ("RE2 refuses the pattern '(a'", {"patterns": '"(a"'}),
        ("matches nothing at all", {"patterns": '"a*"'}),
        ("must match but does not: 你好", {"match": "你好"}),
        ("must not match but does: 刷单被骗", {"no_match": "刷单被骗"}),
        ("Extra inputs are not permitted", {"more": "colour = 1"}),
    ],
)
def test_a_mistake_is_said_with_what_to_do(tmp_path: Path, said: str, fields: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="mend these") as error:
        load(tmp_path, **fields)
    assert said in str(error.value)
    assert "pack.toml" in str(error.value)


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        text = PACK.format(
            label="nothing",
            action="pass",
            terms='"单"',
            patterns='"(a"',
            state="live",
            more="",
            match="x",
            no_match="y",
        )
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_rules(load_taxonomy(), today=TODAY, folder=tmp_path)
    assert 3 * 4 + 2 == len(error.value.faults)  # four in each file, and an id used three times


@pytest.mark.parametrize(
    "fields", [{"state": "shadow"}, {"state": "draft"}, {"state": "retired"}, {"more": "expires = 2026-11-25"}]
)
def test_only_live_rules_that_have_not_expired_decide(tmp_path: Path, fields: dict[str, str]) -> None:
    assert () == load(tmp_path, **fields).rules


def test_rules_in_the_shadow_are_kept_beside_the_live_ones(tmp_path: Path) -> None:
    assert ["a.b"] == [rule.id for rule in load(tmp_path, state="shadow").shadows]


def test_drafts_count_as_live_for_who_tries_them(tmp_path: Path) -> None:
    load(tmp_path, state="draft")
    tried = load_rules(load_taxonomy(), today=TODAY, folder=tmp_path, drafts=True)
    assert ["a.b"] == [rule.id for rule in tried.rules]


def test_the_order_of_files_does_not_change_the_version(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, names in ((one, ("a", "b")), (other, ("b", "a"))):
        folder.mkdir()
        for name, rule_id in zip(names, ("x.a", "x.b"), strict=True):
            load(folder)
            text = (folder / "pack.toml").read_text("utf-8").replace('id = "a.b"', f'id = "{rule_id}"')
            (folder / "pack.toml").unlink()
            (folder / f"{name}.toml").write_text(text, "utf-8")
    versions = {load_rules(load_taxonomy(), today=TODAY, folder=folder).version for folder in (one, other)}
    assert 1 == len(versions)


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    first = load(tmp_path).version
    assert first == load(tmp_path).version
    assert first != load(tmp_path, terms='"刷单", "垫付"').version


def test_the_shipped_packs_load_and_cover_every_label() -> None:
    taxonomy = load_taxonomy()
    rules = load_rules(taxonomy, today=TODAY)
    assert set(taxonomy.names) == {rule.label for rule in rules.rules}
