from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.rows import Rows
from tests import tiny_encoder
from tests.training import tiny
from training import text_vectors
from training.packaged_encoder import Base, resolve
from training.text_vectors import row_vectors


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    home = tmp_path_factory.mktemp("vectors")
    return resolve(str(tiny_encoder.folder(home / "encoder")), home=home)


def rows(count: int = 12) -> Rows:
    held = tiny.columns(count)
    return replace(held, texts=["tea walk casino bonus " * (at + 1) + text for at, text in enumerate(held.texts)])


def never(*_: object) -> None:
    raise AssertionError("the encoder was asked again")


def test_rows_are_asked_of_the_encoder_once(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = row_vectors(rows(), base, tmp_path)
    monkeypatch.setattr(text_vectors, "_computed", never)
    assert np.array_equal(made, row_vectors(rows(), base, tmp_path))
    assert (12, 2 * tiny_encoder.HIDDEN) == made.shape  # the table of pieces and the last of three layers


def test_a_row_has_the_same_vector_whatever_stands_beside_it(base: Base, tmp_path: Path) -> None:
    held = rows()
    assert np.allclose(row_vectors(held, base, tmp_path)[3:4], row_vectors(held.take([3]), base, tmp_path), atol=1e-5)


def test_other_texts_and_another_encoder_are_asked(base: Base, tmp_path: Path) -> None:
    row_vectors(rows(), base, tmp_path)
    row_vectors(rows(10), base, tmp_path)
    row_vectors(rows(), replace(base, hash="other"), tmp_path)
    assert 3 == len(list(tmp_path.glob("*.npy")))


def test_what_cannot_be_read_is_computed_again(base: Base, tmp_path: Path) -> None:
    made = row_vectors(rows(), base, tmp_path)
    (kept,) = tmp_path.glob("*.npy")
    whole = kept.read_bytes()
    for torn in (b"", whole[:100], whole[:-7], b"nothing"):
        kept.write_bytes(torn)
        assert np.array_equal(made, row_vectors(rows(), base, tmp_path))
    assert whole == kept.read_bytes()


def test_of_an_installations_own_comments_nothing_is_kept(base: Base, tmp_path: Path) -> None:
    held = rows()
    own = replace(held, sources=["moderators", *held.sources[1:]])
    assert np.array_equal(row_vectors(held, base, tmp_path / "kept"), row_vectors(own, base, tmp_path / "own"))
    assert not (tmp_path / "own").exists()


def test_no_row_has_no_vector(base: Base, tmp_path: Path) -> None:
    assert 0 == len(row_vectors(rows().take([]), base, tmp_path))
