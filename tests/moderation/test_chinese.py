"""The cuts are jieba's own, out of less memory."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

with warnings.catch_warnings():  # jieba's source has escapes and imports that newer Pythons warn about
    warnings.simplefilter("ignore")
    from jieba import Tokenizer  # type: ignore[import-untyped]

    from moderation.chinese import Cutter

ROOT = Path(__file__).parents[2]
HAN = re.compile("[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")


@pytest.fixture(scope="module")
def jieba() -> Tokenizer:
    """As the package ships it, filled from its file and from no cache."""
    made = Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


@pytest.fixture(scope="module")
def cutter() -> Cutter:
    return Cutter()


def cuts(tokenizer: Tokenizer, text: str) -> list[str]:
    return list(tokenizer.cut(text, HMM=False))


# jieba takes a minute of a busy machine for all of them.
@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.proof)])
def test_the_starter_corpus_is_cut_as_by_jieba_in_every_row(jieba: Tokenizer, cutter: Cutter, every: int) -> None:
    files = sorted((ROOT / "data" / "starter" / "zh").glob("*.tsv"))
    runs = {run for file in files for run in HAN.findall(file.read_text(encoding="utf-8"))}
    assert len(runs) > 5_000
    assert [] == [run for run in sorted(runs)[::every] if cuts(jieba, run) != cuts(cutter, run)]


def test_every_word_that_jieba_knows_is_cut_as_by_jieba(jieba: Tokenizer, cutter: Cutter) -> None:
    known = [word for word, count in jieba.FREQ.items() if count][::23]
    assert [] == [word for word in known if cuts(jieba, word) != cuts(cutter, word)]


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("的一是不了在人有我他中大来上国到说生子们地出也時𠮷鿿㐀賭赌博网站ab1% \n"), max_size=40))
def test_any_text_is_cut_as_by_jieba(jieba: Tokenizer, cutter: Cutter, text: str) -> None:
    assert cuts(jieba, text) == cuts(cutter, text)


def test_shares_are_of_jiebas_own_total(jieba: Tokenizer, cutter: Cutter) -> None:
    assert jieba.total == cutter.total


def test_showing_words_takes_under_ten_megabytes_where_jiebas_dict_takes_sixty() -> None:
    code = """
import tracemalloc
tracemalloc.start()
from registry.words import words
assert words("免费领红包")
print(tracemalloc.get_traced_memory()[0] / 1e6)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60, capture_output=True, text=True
    )
    assert 10 > float(done.stdout)
