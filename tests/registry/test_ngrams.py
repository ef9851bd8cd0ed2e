from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.normaliser import normalise
from registry.ngrams import Ngrams, NgramSettings

TEXTS = st.text(max_size=60)


@given(st.lists(TEXTS, max_size=12))
def test_a_batch_reads_each_text_as_it_would_alone(texts: list[str]) -> None:
    ngrams = Ngrams(NgramSettings(bits=12))
    rows = ngrams.batch(texts)
    for at, text in enumerate(texts):
        indices, values = ngrams.features(text)
        inside = slice(rows.indptr[at], rows.indptr[at + 1])
        assert indices.tolist() == rows.indices[inside].tolist()
        np.testing.assert_allclose(values, rows.values[inside], rtol=1e-5)


@given(TEXTS)
def test_features_are_distinct_ascending_and_of_length_one(text: str) -> None:
    indices, values = Ngrams(NgramSettings(bits=16)).features(text)
    assert (np.diff(indices) > 0).all()
    assert indices.min() >= 0
    assert indices.max() < 1 << 16
    assert 1.0 == pytest.approx(float(np.linalg.norm(values)), rel=1e-5)


def test_no_ngram_crosses_from_one_text_of_a_batch_to_the_next() -> None:
    ngrams = Ngrams(NgramSettings(bits=20))
    alone = ngrams.batch(["甲乙"])
    beside = ngrams.batch(["甲乙", "丙丁"])
    assert alone.indices.tolist() == beside.indices[: beside.indptr[1]].tolist()


def test_another_seed_reads_other_features() -> None:
    one, other = (Ngrams(NgramSettings(seed=seed)).features("加薇信领券")[0].tolist() for seed in (0, 1))
    assert one != other


def test_occurrences_say_where_every_ngram_stands() -> None:
    found = Ngrams(NgramSettings(orders=(1, 2), bits=12)).occurrences("abab")
    assert 6 + 5 == len(found.indices)  # padded: " abab "
    indices, _ = Ngrams(NgramSettings(orders=(1, 2), bits=12)).features("abab")
    assert set(indices.tolist()) == set(found.indices.tolist())


def test_disguised_width_and_case_read_alike_through_the_canonical_view() -> None:
    ngrams = Ngrams(NgramSettings())
    one, other = (ngrams.features(normalise(text).canonical.text) for text in ("ＶＸ８８", "vx88"))
    assert one[0].tolist() == other[0].tolist()


def test_idf_weighs_features_before_the_length_is_taken() -> None:
    settings = NgramSettings(orders=(1,), bits=12)
    idf = np.ones(settings.size, dtype=np.float32)
    rare = Ngrams(settings).features("q")[0]
    idf[rare] = 5.0
    _, plain = Ngrams(settings).features("qa")
    _, weighed = Ngrams(settings, idf).features("qa")
    assert weighed.max() > plain.max()
    assert 1.0 == pytest.approx(float(np.linalg.norm(weighed)), rel=1e-5)


@pytest.mark.parametrize("wrong", [{"orders": ()}, {"orders": (0,)}, {"orders": (9,)}, {"bits": 7}, {"bits": 23}])
def test_settings_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="between"):
        NgramSettings(**wrong)  # type: ignore[arg-type]
