from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.near_duplicates import (
    ALL_PAIRS_UP_TO,
    near_duplicates,
    near_duplicates_across,
    shingle,
    similarity,
)

LONG = "昨天在老街口那家面馆等了四十分钟才吃上一碗牛肉面，汤倒是真的鲜，就是辣椒放得太狠了，回来喝了三杯水"
WORDS = st.text(st.sampled_from("天地玄黄宇宙洪荒日月盈昃"), min_size=1, max_size=40)


def by_definition(first: str, second: str) -> float:
    def grams(text: str) -> set[str]:
        padded = text.ljust(3, "\0")
        return {padded[at : at + 3] for at in range(len(padded) - 2)}

    a, b = grams(first), grams(second)
    return len(a & b) / len(a | b)


@given(WORDS, WORDS)
def test_similarity_is_the_jaccard_of_three_character_sets(first: str, second: str) -> None:
    assert similarity(first, second) == pytest.approx(by_definition(first, second))


@given(st.text(max_size=30), st.text(max_size=30))
def test_similarity_is_total_symmetric_and_one_for_the_same(first: str, second: str) -> None:
    assert similarity(first, second) == similarity(second, first)
    assert similarity(first, first) == 1.0


def test_a_text_with_one_word_more_is_found() -> None:
    (edge,) = near_duplicates([LONG, "完全不相干的一句话而已呀", LONG + "哈哈"], 0.8)

    assert (edge.first, edge.second) == (0, 2)
    assert edge.similarity == pytest.approx(by_definition(LONG, LONG + "哈哈"))


def test_opposite_sentences_that_share_most_characters_are_found_too() -> None:
    assert len(near_duplicates(["加薇信领彩金充一百送一百天天返水", "别加薇信领彩金充一百送一百天天返水"], 0.8)) == 1


@settings(deadline=None, max_examples=60)
@given(st.lists(WORDS, max_size=30))
def test_whatever_is_reported_is_as_similar_as_it_says(texts: list[str]) -> None:
    for edge in near_duplicates(texts, 0.6):
        assert edge.first < edge.second
        assert edge.similarity == pytest.approx(by_definition(texts[edge.first], texts[edge.second]))
        assert edge.similarity >= 0.6


@settings(deadline=None, max_examples=60)
@given(st.lists(WORDS, max_size=ALL_PAIRS_UP_TO, unique=True))
def test_very_similar_texts_are_never_missed(texts: list[str]) -> None:
    found = {(edge.first, edge.second) for edge in near_duplicates(texts, 0.6)}
    wanted = {(a, b) for a, b in combinations(range(len(texts)), 2) if by_definition(texts[a], texts[b]) >= 0.9}

    assert wanted <= found


def test_a_thousand_copies_of_one_text_hang_together() -> None:
    texts = [f"{LONG}{at:03d}" for at in range(1000)]
    joined = {0}
    for edge in near_duplicates(texts, 0.6):
        if joined & {edge.first, edge.second}:
            joined |= {edge.first, edge.second}

    assert len(joined) == 1000


def test_the_answer_is_the_same_each_time() -> None:
    texts = [f"{LONG[at:]}{at}" for at in range(20)]

    assert near_duplicates(texts, 0.6) == near_duplicates(texts, 0.6)


def test_short_texts_are_compared_whole() -> None:
    assert similarity("滚", "滚") == 1.0
    assert similarity("滚", "滚吧") == 0.0
    assert len(shingle(["", "a", "abcd"]).codes) == 4


@pytest.mark.parametrize("texts", [[], ["一条"]])
def test_nothing_to_compare_gives_nothing(texts: list[str]) -> None:
    assert near_duplicates(texts, 0.6) == []
    assert near_duplicates_across(texts, [], 0.6) == []


@settings(deadline=None, max_examples=40)
@given(st.lists(WORDS, min_size=1, max_size=25), st.lists(WORDS, min_size=1, max_size=25), st.data())
def test_a_pair_across_is_found_whatever_else_is_there(ours: list[str], theirs: list[str], data: st.DataObject) -> None:
    everything = {(edge.first, edge.second) for edge in near_duplicates_across(ours, theirs, 0.6)}
    chosen = data.draw(st.integers(0, len(theirs) - 1))
    alone = {(edge.first, chosen) for edge in near_duplicates_across(ours, [theirs[chosen]], 0.6)}

    assert alone == {pair for pair in everything if pair[1] == chosen}
