"""What `public` and `released` learn from holds no sentence of chineseharm, by its rows and not by its name.

Nothing of chineseharm is shown here but numbers, nor where in another set a sentence of it stands.
"""

from __future__ import annotations

import pytest

from data.config import load_config
from data.frozen import LEAK_AT
from data.recipes import load_recipes
from moderation.errors import NotFoundError
from tests.data.conftest import CHECKOUT
from tests.data.copies import SETS, TAXONOMY, copies, corpus, sentences, sketches

JUDGED = "chineseharm"
RECIPES = load_recipes(CHECKOUT / "configs" / "sources", TAXONOMY.names)


def learnt_by(name: str) -> set[str]:
    """The sources of a data config."""
    return {use.name for use in load_config(CHECKOUT / "configs" / "data" / f"{name}.toml", RECIPES).sources}


LEARNT = sorted(learnt_by("public") | learnt_by("released"))


@pytest.fixture(scope="module")
def judged() -> list[str]:
    try:
        return list(dict.fromkeys(sentences(JUDGED)))
    except NotFoundError:
        pytest.skip("chineseharm is not on this machine")


def texts_of(source: str) -> list[str]:
    """Every text that the source holds, also those that its recipe passes over."""
    if source not in SETS:
        return list(corpus())
    try:
        return list(dict.fromkeys(sentences(source)))
    except NotFoundError:
        pytest.skip(f"the public set '{source}' is not on this machine")


def test_a_sentence_handed_on_is_counted() -> None:
    judged = ["这条河夏天能游泳，晚上再说吧，带上毛巾", "今天的云很低，拍下来给奶奶看看"]
    handed_on = ["完全是另一句话，谁也没有抄过它", "这条河夏天能游泳，晚上再说吧，带上雨伞"]

    assert 1 == len(copies(judged, sketches(judged), handed_on, LEAK_AT))


@pytest.mark.parametrize("source", LEARNT)
def test_a_source_of_public_and_released_holds_no_sentence_of_chineseharm(source: str, judged: list[str]) -> None:
    assert 2_000 < len(judged)
    assert 0 == len(copies(judged, sketches(judged), texts_of(source), LEAK_AT))
