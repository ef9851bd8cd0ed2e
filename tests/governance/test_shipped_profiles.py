"""A legal profile that asks less than it was shipped to ask is told duty by duty."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from governance import duties
from governance.duties import Found, LeastAudit, Profile, Status, load_profile
from governance.shipped_profiles import KNOWN, as_loaded, bearing_on, differences, of_changed
from moderation.errors import ConfigError
from moderation.shipped import differing
from moderation.taxonomy import CONFIGS
from records.database import Database
from tests import shipped
from tests.records.databases import NOW

SEVEN = (
    'checks = ["reasons", "recommendations", "two_people", "put_by_two", "neutrality", "neutrality_proof", "campaigns"]'
)


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    shutil.copytree(CONFIGS, tmp_path / "configs")
    return tmp_path / "configs"


def changed(configs: Path, *pairs: tuple[str, str], name: str = "cn-2017") -> Profile:
    path = configs / "profiles" / f"{name}.toml"
    text = path.read_text("utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, "utf-8")
    return load_profile(configs, name)


def test_what_is_known_of_profiles_is_what_this_checkout_ships() -> None:
    assert shipped.profiles_text() == KNOWN.read_text(encoding="utf-8"), "run python -m tests.shipped"
    assert [] == [each for name in duties.names(CONFIGS) for each in differences(load_profile(CONFIGS, name))]


def test_a_duty_with_fewer_checks_is_named_with_what_it_lacks(configs: Path) -> None:
    [found] = differences(changed(configs, (SEVEN, 'checks = ["reasons"]')))
    lacks = "recommendations, two_people, put_by_two, neutrality, neutrality_proof, campaigns"
    assert (found.articles, found.what.en) == (("7",), f"article 7 lacks the checks {lacks}")
    assert lacks in found.what.zh


@pytest.mark.parametrize(
    ("before", "after", "articles", "told"),
    [
        ("share = 0.1", "share = 0.06", ("7",), "[neutrality] share is 0.06, shipped as 0.1"),
        ('policy = "cn"', 'policy = "default"', None, 'policy is "default", shipped as "cn"'),
        ("replaced = 2022-12-15", "replaced = 2018-01-01", (), 'replaced is "2018-01-01", shipped as "2022-12-15"'),
        ('replaced = 2022-12-15\n', 'replaced = 2022-12-15\nproof_days = 180\n', ("5(8)", "7"), "proof_days is 180"),
        ('platform = { zh = "认证', 'platform = { zh = "只认证', ("5(1)",), "article 5(1) says something else"),
        ('en = "verify identity', 'en = "smile at', ("5(1)",), "article 5(1) is worded otherwise"),
        (SEVEN, SEVEN[:-1] + ', "verification"]', ("7",), "article 7 has the further checks verification"),
        ('article = "5(1)"', 'article = "4"', ("4",), "article 4 stands there more than once"),
    ],
)  # fmt: skip
def test_whatever_else_is_changed_is_named_by_the_duties_that_hang_on_it(
    configs: Path, before: str, after: str, articles: tuple[str, ...] | None, told: str
) -> None:
    profile = changed(configs, (before, after))
    found = next(each for each in differences(profile) if told in each.what.en)
    wanted = tuple(each.article for each in profile.duties) if articles is None else articles
    assert set(wanted) == set(found.articles)


def test_a_duty_that_was_taken_out_is_named(configs: Path) -> None:
    path = configs / "profiles" / "cn-2017.toml"
    head, *blocks = path.read_text("utf-8").split("[[duties]]")
    path.write_text("[[duties]]".join([head, *(each for each in blocks if 'article = "7"' not in each)]), "utf-8")
    assert ["article 7 was taken out"] == [each.what.en for each in differences(load_profile(configs, "cn-2017"))]


def test_the_house_s_own_profile_differs_from_nothing_and_says_so(configs: Path, database: Database) -> None:
    text = (configs / "profiles" / "cn-2017.toml").read_text("utf-8").replace('name = "cn-2017"', 'name = "ours"')
    (configs / "profiles" / "ours.toml").write_text(text, "utf-8")
    with database.reading() as look:
        loaded = as_loaded(look, configs, load_profile(configs, "ours"))
    assert (True, {}, False) == (loaded.is_vouched, loaded.unvouched, loaded.document["as_shipped"])
    assert ["profiles/ours.toml"] == list(differing(configs)), "who put it there is asked"


def test_a_duty_that_is_not_as_shipped_is_off_whatever_its_checks_saw(configs: Path) -> None:
    profile = changed(configs, (SEVEN, 'checks = ["reasons"]'))
    checks = {name: lambda: Found(True, "seen", NOW, "看到") for each in profile.duties for name in each.checks}
    answers = {each.article: each for each in duties.run(profile, checks, bearing_on(differences(profile)))}
    assert (Status.OFF, Status.MET) == (answers["7"].status, answers["8"].status)
    assert "lacks the checks" in answers["7"].evidence
    assert "缺少检查" in answers["7"].evidence_zh


def test_who_is_asked_to_stand_for_files_reads_what_a_law_no_longer_asks(configs: Path) -> None:
    changed(configs, (SEVEN, 'checks = ["reasons"]'))
    [told] = of_changed(configs, differing(configs))
    assert told.en.startswith("cn-2017: article 7 lacks the checks")


@pytest.mark.parametrize("name", LeastAudit.model_fields)
def test_no_field_of_the_audit_s_bar_can_be_loosened_without_a_bound(configs: Path, name: str) -> None:
    loosest: dict[str, str] = {
        "comparisons": "1", "texts": "1", "days": "1", "alpha": "0.000001", "difference": "1.0", "pairs": "100000",
        "swap": "false", "span_days": "1", "newest_days": "4000", "share": "0.000001",
    }  # fmt: skip
    path = configs / "profiles" / "eu-dsa.toml"
    head, *duties_of = path.read_text("utf-8").split("[[duties]]")
    head = head.partition("[neutrality]")[0]
    path.write_text(
        f"{head}[neutrality]\n{name} = {loosest[name]}\n\n[[duties]]" + "[[duties]]".join(duties_of), "utf-8"
    )
    with pytest.raises(ConfigError):
        load_profile(configs, "eu-dsa")
