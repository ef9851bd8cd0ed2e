"""Every profile in a house under every policy: what the house asks of people puts no rehearsal of duties off."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from chaffinch.duty_checks import over
from chaffinch.installation import opened
from chaffinch.settings import Settings
from governance.duties import Found, load_profile, run
from moderation.policy import load_policies
from moderation.taxonomy import CONFIGS, load_taxonomy
from tests.chaffinch.conftest import change
from tests.records.databases import NOW

PROFILES = tuple(sorted(path.stem for path in (CONFIGS / "profiles").glob("*.toml")))
POLICIES = tuple(sorted(load_policies(load_taxonomy())))
STRICT = "strict"
"""A policy of the house's own that asks for more than any that is shipped."""


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped configuration, and the strict policy."""
    configs = tmp_path_factory.mktemp("houses") / "configs"
    shutil.copytree(CONFIGS, configs)
    strict = configs / "policies" / f"{STRICT}.toml"
    shutil.copyfile(configs / "policies" / "cn.toml", strict)
    change(strict, 'name = "cn"', f'name = "{STRICT}"')
    ask_two(strict)
    return configs


def ask_two(policy: Path) -> None:
    """From now on the policy asks for a second person's yes for nearly all that one may do alone."""
    change(policy, "causeless_days = 3", "causeless_days = 0.01")
    change(policy, "longest_days = 30", "longest_days = 1")
    change(policy, "an_hour = 20", "an_hour = 1")


@cache
def answers(configs: Path, house: str, profile: str) -> dict[str, Found]:
    """What each check of a profile says in a new house under this policy."""
    wanted, found = load_profile(configs, profile), dict[str, Found]()
    settings = Settings(home=configs.parent / f"{house}-{profile}", configs=configs, policy=house)
    with opened(settings, wanted.policy, now=NOW, least=wanted.neutrality, proofs=configs.parent) as place:

        def kept(name: str) -> Found:
            return found.setdefault(name, over(place)[name]())

        run(wanted, {name: lambda name=name: kept(name) for name in over(place)})
    return found


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("house", [name for name in (*POLICIES, STRICT) if name != "default"])
def test_a_check_holds_under_each_policy_where_it_holds_under_the_usual_one(
    houses: Path, house: str, profile: str
) -> None:
    usual = {name: each.holds for name, each in answers(houses, "default", profile).items()}
    found = answers(houses, house, profile)
    assert usual == {name: each.holds for name, each in found.items()}, [each.seen for each in found.values()]


@pytest.mark.parametrize("profile", PROFILES)
def test_rehearsals_ask_a_second_person_where_the_profiles_own_policy_does(
    houses: Path, profile: str, tmp_path: Path
) -> None:
    configs = tmp_path / "configs"
    shutil.copytree(houses, configs)
    ask_two(configs / "policies" / f"{load_profile(configs, profile).policy}.toml")
    usual = {name: each.holds for name, each in answers(houses, "default", profile).items()}
    found = answers(configs, "default", profile)
    changed = {name for name, each in found.items() if each.holds is not usual[name]}
    assert {"put_by_two"} >= changed, [found[name].seen for name in changed]  # nobody stands for the file that changed
