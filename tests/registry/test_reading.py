from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from moderation.normaliser import normalise
from registry.ngrams import Ngrams, NgramSettings
from registry.reading import BEHIND, on_canonical, read


def heard(text: str) -> list[str]:
    """The runs of syllables behind a text."""
    behind = read(normalise(text), views=True).split(BEHIND)[1:]
    return [part for part in behind if "\ue000" <= part[0] <= "\uf8ff"]


def test_a_homophone_and_pinyin_are_read_like_the_word() -> None:
    assert heard("加微信") == heard("家威新") == heard("加weixin") != heard("加电话")


def test_text_without_chinese_is_read_once() -> None:
    for text in ("free followers here", "Бесплатные подписчики", "12345", ""):
        assert read(normalise(text), views=True) == normalise(text).canonical.text


def test_without_views_the_canonical_view_is_all() -> None:
    assert read(normalise("加薇信"), views=False) == "加薇信"


def test_split_characters_and_fillers_are_read_whole() -> None:
    assert f"{BEHIND}加微信看片" in read(normalise("加微亻言看片"), views=True)
    assert f"{BEHIND}加微信" in read(normalise("加.微.信"), views=True)


def test_what_a_syllable_weighs_falls_on_its_character() -> None:
    text = normalise("好，加weixin吧")
    told = read(text, views=True)
    weight = np.array([float(char == heard("加")[0]) for char in told])
    assert on_canonical(text, weight).tolist() == [float(char == "加") for char in text.canonical.text]


@given(st.text(max_size=60))
def test_every_weight_is_laid_on_some_character(source: str) -> None:
    text = normalise(source)
    weight = np.array([float(char != BEHIND) for char in read(text, views=True)])
    laid = on_canonical(text, weight)
    assert laid.shape == (len(text.canonical.text),)
    assert laid.sum() == weight.sum()


def test_a_homophone_shares_features_with_the_word() -> None:
    ngrams = Ngrams(NgramSettings(orders=(2, 3)))
    one, other = (set(ngrams.features(read(normalise(text), views=True))[0]) for text in ("看片加微信", "看偏佳薇心"))
    apart = [set(ngrams.features(normalise(text).canonical.text)[0]) for text in ("看片加微信", "看偏佳薇心")]
    assert len(one & other) > len(apart[0] & apart[1])
