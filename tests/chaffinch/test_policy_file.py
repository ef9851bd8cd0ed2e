from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from chaffinch.policy_file import policy_text, with_thresholds
from moderation.errors import ConfigError, InvalidInputError, NotFoundError
from moderation.policy import load_policy
from moderation.ports import Thresholds
from moderation.taxonomy import CONFIGS, load_taxonomy

TAXONOMY = load_taxonomy()
POLICIES = CONFIGS / "policies"
CHOSEN = {"abuse": Thresholds(0.3, 0.9), "hate": Thresholds(1e-05, 1.0)}
OWN = """
[thresholds] # of last year
abuse = { review = 0.1, block = 0.2 }

[thresholds.fraud]
review = 0.5
block = 0.6

[surfaces]"""


@pytest.mark.parametrize("name", ["default", "cn"])
def test_a_shipped_policy_takes_thresholds_and_keeps_the_rest(name: str, tmp_path: Path) -> None:
    text = policy_text(name, POLICIES, TAXONOMY)
    (tmp_path / f"{name}.toml").write_text(with_thresholds(text, CHOSEN), encoding="utf-8")
    before, after = load_policy(POLICIES / f"{name}.toml", TAXONOMY), load_policy(tmp_path / f"{name}.toml", TAXONOMY)
    assert int(before.version) + 1 == int(after.version)
    assert {"abuse": (0.3, 0.9), "hate": (1e-05, 1.0)} == {n: (t.review, t.block) for n, t in after.thresholds.items()}
    assert before.model_dump(exclude={"version", "thresholds"}) == after.model_dump(exclude={"version", "thresholds"})


def test_comments_stay() -> None:
    text = policy_text("cn", POLICIES, TAXONOMY)
    comments = [line for line in text.splitlines() if "#" in line]
    assert comments == [line for line in with_thresholds(text, CHOSEN).splitlines() if "#" in line]


def test_its_own_thresholds_go_wherever_they_stand() -> None:
    text = policy_text("default", POLICIES, TAXONOMY).replace("\n[surfaces]", OWN)
    assert {"abuse", "hate"} == set(tomllib.loads(with_thresholds(text, CHOSEN))["thresholds"])
    assert "of last year" not in with_thresholds(text, CHOSEN)


def test_the_same_once_more_raises_the_version_alone() -> None:
    once = with_thresholds(policy_text("default", POLICIES, TAXONOMY), CHOSEN)
    assert once.replace('version = "3"', 'version = "4"') == with_thresholds(once, CHOSEN)


def test_a_version_that_is_no_number_is_continued() -> None:
    text = policy_text("default", POLICIES, TAXONOMY).replace('version = "2"', "version = 'spring'")
    assert "spring.1" == tomllib.loads(with_thresholds(text, CHOSEN))["version"]


@pytest.mark.parametrize("line", ["thresholds = { }", "thresholds.abuse = { review = 0.1, block = 0.2 }"])
def test_a_file_that_cannot_be_changed_by_lines_is_told(line: str) -> None:
    text = policy_text("default", POLICIES, TAXONOMY).replace('version = "2"', f'version = "2"\n{line}')
    with pytest.raises(InvalidInputError, match=r"under a line \[thresholds\]"):
        with_thresholds(text, CHOSEN)


def test_what_is_no_policy_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Here are: cn, default"):
        policy_text("nobody", POLICIES, TAXONOMY)
    (tmp_path / "broken.toml").write_text("name = 'broken'")
    with pytest.raises(ConfigError, match="cannot be used"):
        policy_text("broken", tmp_path, TAXONOMY)
