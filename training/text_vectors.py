"""What an untouched encoder says of texts, computed once and kept: a head on it is then a matter of seconds.

A text's vector is the mean over its pieces after every fourth layer, the layers one behind the other: what a text is
about stands in the upper layers, how it is written in the lower ones, and a head takes from each what it needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from data.erasing import SOURCE
from data.rows import Rows
from registry.pieces import Reader, micro_batches, padded
from training.disk import replacing
from training.encoder_rows import as_read
from training.packaged_encoder import TOKENIZER, Base

VERSION = "1"
"""Changes when the same texts would get other vectors."""

LENGTH = 96
EVERY = 4
_TOKENS = 4_096

Vectors = NDArray[np.float32]


def row_vectors(
    rows: Rows, base: Base, folder: Path, progress: Callable[[float], None] = lambda share: None
) -> Vectors:
    """Of each row, `(n, width)`, from `folder` where these rows were asked before.

    Of an installation's own comments nothing is kept: a vector tells of its text, and erasure must not miss one.
    Raises `EncoderError`, `DiskFullError`.
    """
    pieces = Reader((base.path / TOKENIZER).read_bytes(), length=LENGTH)
    read = pieces.read(as_read(rows.texts)) if len(rows) else []
    if SOURCE in rows.sources:
        return _computed(read, pieces.pad, base, progress)
    path = folder / f"{_digest(read, base)}.npy"
    before = _standing(path, len(rows))
    if before is not None:
        return before
    made = _computed(read, pieces.pad, base, progress)
    with replacing(path) as file:
        np.save(file, made, allow_pickle=False)
    return made


def _digest(read: Sequence[Sequence[int]], base: Base) -> str:
    told = hashlib.sha256(f"{VERSION}/{base.hash}/{LENGTH}/{EVERY}".encode())
    for row in read:
        told.update(np.asarray([len(row), *row], dtype=np.int64).tobytes())
    return told.hexdigest()[:32]


def _standing(path: Path, count: int) -> Vectors | None:
    """What was kept; None where nothing was, or where it cannot be read: it is then computed again."""
    try:
        kept: Vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, BadZipFile):
        return None
    return kept if kept.ndim == 2 and len(kept) == count else None


def _computed(read: Sequence[Sequence[int]], pad: int, base: Base, progress: Callable[[float], None]) -> Vectors:
    import torch  # seconds to import, and not needed where vectors are kept

    from training.encoder_model import load_classifier, mean_pooled

    encoder = load_classifier(base.path, 1, seed=0).encoder.eval()
    out, done = list[Vectors](), 0
    order: list[int] = []
    with torch.inference_mode():
        for batch in micro_batches([len(row) for row in read], tokens=_TOKENS, rows=64):
            ids, mask = (torch.as_tensor(each) for each in padded([read[at] for at in batch], pad))
            states = encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
            parts = [mean_pooled(states[layer], mask) for layer in _layers(len(states))]
            out.append(torch.cat(parts, dim=1).numpy().astype(np.float32))
            order += batch
            done += len(batch)
            progress(done / len(read))
    return np.concatenate(out)[np.argsort(order)] if out else np.zeros((0, 1), dtype=np.float32)


def _layers(count: int) -> list[int]:
    """Every fourth of the states, the table of pieces first, and the last."""
    return sorted({*range(0, count, EVERY), count - 1})
