from __future__ import annotations

from pathlib import Path

import pytest

from moderation.errors import ConfigError
from moderation.taxonomy import CONFIGS
from serving.dropins.configs import DropIns, load_dropins
from tests.serving.loaders import shipped_dropins, shipped_policies, taxonomy

PERSPECTIVE = 'languages = ["en"]\n[attributes]\nTOXICITY = { labels = ["abuse"] }\n'
OPENAI = 'models = ["m"]\n[categories]\nhate = ["hate"]\n'
AKISMET = 'spam = ["advertising"]\n'


def loaded(folder: Path, **files: str) -> DropIns:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return load_dropins(folder, taxonomy(), shipped_policies())


def test_the_shipped_files_are_whole() -> None:
    shipped = shipped_dropins()
    assert shipped.perspective
    assert shipped.openai
    assert shipped.akismet
    assert {"TOXICITY", "INSULT", "THREAT", "PROFANITY", "IDENTITY_ATTACK", "SEXUALLY_EXPLICIT", "SPAM"} == set(
        shipped.perspective.attributes
    )
    assert ("abuse", "hate") == shipped.perspective.attributes["TOXICITY"].labels
    assert "SEVERE_TOXICITY" in shipped.perspective.unbacked


def test_what_has_no_file_is_not_served(tmp_path: Path) -> None:
    assert DropIns() == loaded(tmp_path)
    assert loaded(tmp_path, akismet=AKISMET).perspective is None


@pytest.mark.parametrize(
    ("name", "text", "where", "told"),
    [
        ("perspective", 'policy = "defualt"\n' + PERSPECTIVE, "policy", "known policies: cn, default"),
        ("perspective", 'policy = "cn"\n' + PERSPECTIVE, "policy", "needs to know whether the author is verified"),
        ("perspective", 'surface = "fourm"\n' + PERSPECTIVE, "surface", "it has: forum, news, live"),
        ("perspective", PERSPECTIVE.replace("abuse", "abus"), "attributes.TOXICITY.labels", "did you mean 'abuse'"),
        (
            "perspective",
            PERSPECTIVE + 'X_Y = { kind = "abuse.rude" }',
            "attributes.X_Y.kind",
            "known kinds: abuse.insult",
        ),
        ("perspective", PERSPECTIVE + "X_Y = {}", "attributes.X_Y", "give either 'labels' or 'kind'"),
        ("perspective", PERSPECTIVE + '[unbacked]\nTOXICITY = "no"', "unbacked.TOXICITY", "keep one of them"),
        ("perspective", PERSPECTIVE + 'toxic = { labels = ["abuse"] }', "attributes.toxic", ""),
        ("perspective", PERSPECTIVE.replace('["en"]', "[]"), "languages", ""),
        ("openai", OPENAI.replace('["hate"]', '["hat"]'), "categories.hate", "did you mean 'hate'"),
        ("openai", OPENAI.replace('["hate"]', "[]"), "categories.hate", ""),
        ("openai", 'flagged_from = "pass"\n' + OPENAI, "flagged_from", ""),
        ("akismet", 'spam = ["spam"]\n', "spam", "known labels"),
        ("akismet", AKISMET + "discrad = []\n", "discrad", ""),
        ("akismet", "", "spam", ""),
    ],
)
def test_a_mistake_is_told_with_its_file_and_place(tmp_path: Path, name: str, text: str, where: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, **{name: text})
    (fault,) = caught.value.faults
    assert fault.where.startswith(f"{name}.toml")
    assert where in fault.where
    assert told in fault.detail


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(
            tmp_path,
            perspective=PERSPECTIVE.replace("abuse", "abus"),
            openai='policy = "x"\n' + OPENAI.replace('["hate"]', '["hat"]'),
            akismet="spam = 1\n",
        )
    assert ["akismet", "openai", "openai", "perspective"] == sorted(
        fault.where.partition(".")[0] for fault in caught.value.faults
    )


def test_perspective_stands_on_no_surface_that_is_seen_first(tmp_path: Path) -> None:
    policy = shipped_policies()["cn"].model_copy(update={"require_verified": False})
    (tmp_path / "perspective.toml").write_text('policy = "cn"\nsurface = "news"\n' + PERSPECTIVE, encoding="utf-8")
    with pytest.raises(ConfigError, match="a score holds nothing"):
        load_dropins(tmp_path, taxonomy(), {"cn": policy})


def test_the_files_lie_in_the_folder_of_configs() -> None:
    assert {"akismet.toml", "openai.toml", "perspective.toml"} == {
        path.name for path in (CONFIGS / "dropins").iterdir()
    }
