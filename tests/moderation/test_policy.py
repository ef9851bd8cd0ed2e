from __future__ import annotations

from pathlib import Path

import pytest

from moderation.errors import ConfigError
from moderation.policy import load_policies
from moderation.taxonomy import CONFIGS, load_taxonomy

TAXONOMY = load_taxonomy()
DEFAULT = (CONFIGS / "policies" / "default.toml").read_text(encoding="utf-8")


def load(folder: Path, text: str) -> None:
    (folder / "default.toml").write_text(text, encoding="utf-8")
    load_policies(TAXONOMY, folder)


@pytest.mark.parametrize(
    ("said", "change"),
    [
        (
            "there is no label 'gamblin'; did you mean 'gambling'",
            ("[grounds]", "[thresholds]\ngamblin = { review = 0.1, block = 0.5 }\n[grounds]"),
        ),
        ("must not be above block", ("[grounds]", "[thresholds]\nhate = { review = 0.9, block = 0.5 }\n[grounds]")),
        ("'forum' is missing", ("forum = ", "agora = ")),
        ("'default' is missing", ('default = "platform-rules"', 'other = "platform-rules"')),
        ("goes with 'review = \"pre\"'", ('news = { review = "post"', 'news = { review = "post", by = "person"')),
        ("default.toml: Expected", ("[surfaces]", "[surfaces")),
    ],
)
def test_a_mistake_in_a_policy_is_said_with_what_to_do(tmp_path: Path, said: str, change: tuple[str, str]) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, DEFAULT.replace(*change))
    assert said in str(error.value)


def test_a_folder_without_the_default_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no policy named 'default'"):
        load_policies(TAXONOMY, tmp_path)


def test_the_policy_that_the_house_names_has_to_be_there() -> None:
    assert "cn" in load_policies(load_taxonomy(), standing="cn")
    with pytest.raises(ConfigError, match="CHAFFINCH_POLICY: there is no policy 'nix'; there are: cn, default"):
        load_policies(load_taxonomy(), standing="nix")
