"""What a run's encoder leaves in its folder for a later run that starts warm from it, and how that is taken up again.

Its best weights, the rows of the base's table of pieces that its vocabulary kept, since weights mean nothing beside
another vocabulary, and marks of the rows it had to learn from, so that a later run knows what is new.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from data.rows import Rows
from registry.files import write_atomically
from training import checkpoint
from training.cross_fitting import fold_folder
from training.disk import full_disk_told
from training.vocabulary import Vocabulary

VOCABULARY, KNOWN = "vocabulary.npz", "known.npy"


@dataclass(frozen=True)
class Earlier:
    """What an earlier run left: folder, vocabulary, best weights, marks of the rows it had to learn from."""

    folder: Path
    vocabulary: Vocabulary
    weights: Path
    known: NDArray[np.uint64]

    def knows(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of `rows` it had to learn from, saying the same, `(n,)`."""
        return np.isin(marks(rows), self.known)

    def fresh(self, training: NDArray[np.bool_], validation: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """Which rows may be asked of folds that begin with its one encoder, `(training + validation,)`.

        `training` and `validation` are those that it knows. None where it has folds of its own, which are gone on with,
        or knows every row: then folds begin with the base.
        """
        fresh = ~np.concatenate([training, validation])
        return None if self.fold_weights(0) is not None or not fresh[: len(training)].any() else fresh

    def fold_weights(self, number: int) -> Path | None:
        """The best weights of the same fold: they never saw the fold's rows, which stay in their fold."""
        path = fold_folder(self.folder, number) / checkpoint.BEST
        return path if path.is_file() else None


def earlier(folder: Path | None, *, same_base: bool, warn: Callable[[str], None]) -> Earlier | None:
    """What the run to start from left in `folder`; None, with a warning, where it left nothing that fits."""
    if folder is None:
        return None
    if not same_base:
        warn("The model to start from has no encoder, or one of another base: this one starts from the base.")
        return None
    weights, vocabulary = folder / checkpoint.BEST, kept_vocabulary(folder)
    if vocabulary is None or not weights.is_file():
        warn(f"{folder} no longer has the encoder's weights to start from: it starts from the base.")
        return None
    return Earlier(folder, vocabulary, weights, _known(folder))


def keep_vocabulary(vocabulary: Vocabulary, folder: Path) -> None:
    """Writes what this run reads with. Raises `DiskFullError`."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, rows=vocabulary.rows, tokenizer=np.frombuffer(vocabulary.tokenizer, dtype=np.uint8))
    with full_disk_told(str(folder / VOCABULARY)):
        write_atomically(folder / VOCABULARY, buffer.getvalue())


def kept_vocabulary(folder: Path) -> Vocabulary | None:
    """What a finished run read with; None where it is gone."""
    try:
        with np.load(folder / VOCABULARY, allow_pickle=False) as held:
            return Vocabulary(held["tokenizer"].tobytes(), held["rows"])
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def note_known(folder: Path, rows: Rows) -> None:
    """What this run had to learn from, rows that time did not allow among them: to a later one they are not new."""
    buffer = io.BytesIO()
    np.save(buffer, marks(rows))
    with full_disk_told(str(folder / KNOWN)):
        write_atomically(folder / KNOWN, buffer.getvalue())


def marks(rows: Rows) -> NDArray[np.uint64]:
    """A number for each row and what is said of it, `(n,)`: a row whose labels changed is another row."""
    said = (f"{row}|".encode() + labels.tobytes() + union.tobytes()
            for row, labels, union in zip(rows.ids, rows.labels, rows.union, strict=True))  # fmt: skip
    return np.array([int.from_bytes(blake2b(each, digest_size=8).digest()) for each in said], dtype=np.uint64)


def _known(folder: Path) -> NDArray[np.uint64]:
    """Marks of the rows that a finished run had to learn from; none where that is not known."""
    try:
        held: NDArray[np.uint64] = np.load(io.BytesIO((folder / KNOWN).read_bytes()), allow_pickle=False)
        return held.astype(np.uint64)
    except (OSError, ValueError, EOFError):
        return np.zeros(0, dtype=np.uint64)
