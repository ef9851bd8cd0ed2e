"""Packs and what the database says above them, without a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from moderation.effective_rules import (
    NONE_STORED,
    StoredRule,
    StoredRules,
    check_effective,
    load_beside,
    load_effective,
    still_due,
)
from moderation.errors import ConfigError
from moderation.rule_packs import load_rules
from moderation.rules import RuleSet, RuleState
from moderation.taxonomy import CONFIGS, load_taxonomy

TODAY = date(2026, 3, 1)
TAXONOMY = load_taxonomy()
DRAFT, SHADOW, LIVE, RETIRED = RuleState

PACK = """
[[rules]]
id = "ads.one"
title = { zh = "广告", en = "Advert" }
label = "advertising"
action = "review"
ground = "g"
owner = "o"
why = "w"
state = "STATE"
terms = ["包邮"]
[rules.examples]
match = ["包邮"]
no_match = ["你好"]
"""


def packs(folder: Path, state: str = "live") -> Path:
    (folder / "ads.toml").write_text(PACK.replace("STATE", state), encoding="utf-8")
    return folder


def held(state: RuleState, term: str = "特价", version: int = 1, **fields: Any) -> StoredRule:
    document = {
        "id": "ads.one",
        "title": {"zh": "广告", "en": "Advert"},
        "label": "advertising",
        "action": "review",
        "ground": "g",
        "owner": "o",
        "why": "w",
        "terms": [term],
        "examples": {"match": [term], "no_match": ["你好"]},
    }
    return StoredRule("ads.one", version, state, document | fields)


def test_the_expiry_of_a_stored_rule_is_read_from_json(tmp_path: Path) -> None:
    assert ([], ["ads.one"]) == tuple(
        [rule.id for rule in load(tmp_path, held(LIVE, expires=day)).rules] for day in ("2026-03-01", "2026-03-02")
    )


def test_a_stored_expiry_that_is_no_day_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='expires: must be a date, not "soon"'):
        load(tmp_path, held(LIVE, expires="soon"))


def load(folder: Path, *rules: StoredRule, overridden: bool = False, drafts: bool = False) -> RuleSet:
    stored = StoredRules(rules, frozenset({"ads.one"}) if overridden else frozenset())
    return load_effective(TAXONOMY, today=TODAY, folder=folder, stored=stored, drafts=drafts)


def terms(found: RuleSet) -> tuple[list[str], list[str]]:
    return [rule.terms[0] for rule in found.rules], [rule.terms[0] for rule in found.shadows]


@pytest.mark.parametrize(
    ("rules", "overridden", "expected"),
    [
        ((), False, (["包邮"], [])),
        ((held(DRAFT),), False, (["包邮"], [])),
        ((held(SHADOW),), False, (["包邮"], ["特价"])),
        ((held(LIVE),), True, (["特价"], [])),
        ((held(RETIRED),), True, ([], [])),
        ((held(SHADOW),), True, ([], ["特价"])),
        ((held(LIVE), held(SHADOW, "秒杀", 2), held(DRAFT, "折扣", 3)), True, (["特价"], ["秒杀"])),
    ],
)
def test_the_database_speaks_above_the_packs(
    tmp_path: Path, rules: tuple[StoredRule, ...], overridden: bool, expected: tuple[list[str], list[str]]
) -> None:
    assert expected == terms(load(packs(tmp_path), *rules, overridden=overridden))


def test_a_version_in_the_shadow_takes_the_place_of_a_pack_s(tmp_path: Path) -> None:
    assert ([], ["特价"]) == terms(load(packs(tmp_path, "shadow"), held(SHADOW)))


def test_with_drafts_the_newest_version_of_each_rule_is_tried(tmp_path: Path) -> None:
    rules = (held(DRAFT, "折扣", 3), held(LIVE), held(SHADOW, "秒杀", 2))
    assert (["折扣"], []) == terms(load(packs(tmp_path), *rules, overridden=True, drafts=True))
    assert ([], []) == terms(load(packs(tmp_path), held(RETIRED), overridden=True, drafts=True))


def test_without_a_database_the_packs_are_what_they_were() -> None:
    effective = load_effective(TAXONOMY, today=TODAY, folder=CONFIGS / "rules", stored=NONE_STORED)
    assert load_rules(TAXONOMY, today=TODAY).version == effective.version


def test_an_expired_rule_of_the_database_is_not_looked_for(tmp_path: Path) -> None:
    assert ([], []) == terms(load(packs(tmp_path), held(LIVE, expires="2026-03-01"), overridden=True))


def test_a_folder_of_drafts_stands_beside_what_decides_and_in_the_place_of_its_own_ids(tmp_path: Path) -> None:
    folder, draft = tmp_path / "packs", tmp_path / "draft"
    folder.mkdir()
    draft.mkdir()
    other = {**held(LIVE).document, "id": "ads.two"}
    stored = StoredRules((held(LIVE), StoredRule("ads.two", 1, LIVE, other)), frozenset({"ads.one", "ads.two"}))
    tried = [
        load_beside(TAXONOMY, today=TODAY, folder=packs(folder), stored=stored, draft=packs(draft, state))
        for state in ("draft", "retired")
    ]
    assert [(["特价", "包邮"], []), (["特价"], [])] == [terms(each) for each in tried]
    assert ["ads.two", "ads.one"] == [rule.id for rule in tried[0].rules]


def test_mistakes_of_a_folder_of_drafts_are_told(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[rules]]\nid = 'x'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"broken\.toml:1:1"):
        load_beside(TAXONOMY, today=TODAY, folder=CONFIGS / "rules", stored=NONE_STORED, draft=tmp_path)


def test_of_rules_in_force_what_is_retired_or_expired_goes_and_the_rest_stays(tmp_path: Path) -> None:
    rules = load(packs(tmp_path), held(SHADOW))
    assert rules is still_due(rules, stored=StoredRules((held(SHADOW),)), today=TODAY)
    assert ([], []) == terms(still_due(rules, stored=StoredRules((held(RETIRED),)), today=TODAY))
    temporary = load(tmp_path, held(LIVE, expires="2026-03-02"), overridden=True)
    assert ([], []) == terms(still_due(temporary, stored=NONE_STORED, today=date(2026, 3, 2)))


def test_mistakes_of_packs_and_database_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[rules]]\nid = 'x'\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(tmp_path, held(LIVE, label="gossip"), held(SHADOW, action="pass"))
    told = str(error.value)
    assert all(said in told for said in ("broken.toml:2:1", "database/ads.one@1", "gossip", "cannot pass"))


def test_lint_reads_drafts_that_no_server_loads(tmp_path: Path) -> None:
    stored = StoredRules((held(DRAFT, label="gossip"),))
    (mistake,) = check_effective(TAXONOMY, today=TODAY, folder=packs(tmp_path), stored=stored)
    assert ("database/ads.one@1", "ads.one") == (mistake.file, mistake.rule)
    assert (["包邮"], []) == terms(load(tmp_path, *stored.in_force))
