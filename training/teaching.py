"""A deeper model's answers, which an encoder learns beside the labels ("Distilling the knowledge", Hinton et al. 2015).

The teacher is asked once of the rows that are learnt, as it reads them; a disguised copy is to be answered as its row
is. A label that a row's source knows is drawn towards the answer; one that it does not know is the teacher's to say,
which fills what sources leave open. The any-harm question is taught like a label. A teacher has seen the rows of every
fold: what folds say of them is by a little better than of new ones.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from eval.batching import in_batches
from moderation.taxonomy import Taxonomy
from registry.bundle import Manifest, open_bundle
from registry.files import write_atomically
from registry.second_tier import SecondTier
from training.disk import full_disk_told
from training.encoder_rows import Side, as_read
from training.ngram import TrainingError
from training.objective import Matrix, Targets
from training.order import Progress

SAID = "taught.npz"
ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Teacher:
    """The model whose encoder teaches: its bundle's hash, what is told of it, and what is asked."""

    hash: str
    manifest: Manifest
    tier: SecondTier

    @staticmethod
    def opened(folder: Path, taxonomy: Taxonomy) -> Teacher:
        """From a bundle. Raises `BundleError`, and `TrainingError` where it has no encoder."""
        bundle = open_bundle(folder, taxonomy)
        if bundle.second is None:
            raise TrainingError(f"{folder} has no encoder that could teach: name a model that has one.")
        return Teacher(bundle.hash, bundle.manifest, bundle.second)


def taught(side: Side, teacher: Teacher, share: float, folder: Path, progress: Progress) -> Side:
    """`side`'s examples with `share` of what they are to say from the teacher.

    Its answers are kept in `folder`, where a resumed run finds them. Raises `PartUnavailableError`, `DiskFullError`.
    """
    rows, of = np.unique(side.at, return_inverse=True)
    said = _kept(folder / SAID, len(rows))
    if said is None:
        said = _said(teacher.tier, [side.rows.texts[at] for at in rows], progress)
        _keep(folder / SAID, said)
    return replace(side, examples=replace(side.examples, targets=softened(side.examples.targets, said[of], share)))


def softened(aims: Targets, said: Matrix, share: float) -> Targets:
    """Targets drawn towards probabilities `(n, labels)`; what nobody knows counts `share` of what its row does."""
    is_known = aims.known > 0
    row = np.maximum(aims.known.max(axis=1), aims.union)[:, None]
    return Targets(
        yes=np.where(is_known, (1 - share) * aims.yes + share * said, said),
        known=np.where(is_known, aims.known, share * row),
        members=aims.members,
        union=(1 - share) * aims.union,
    )


def _said(tier: SecondTier, texts: list[str], progress: Progress) -> Matrix:
    """The teacher's probabilities before calibration, `(n, labels + 1)`."""
    read, encoder = as_read(texts), tier.encoder
    out = np.empty((len(texts), encoder.about.columns))

    def told(part: float) -> None:
        progress("encoder: teach", part, f"{len(texts)} rows asked of the teacher")

    for batch, logits in in_batches(len(texts), ROWS_AT_ONCE, lambda batch: encoder.logits(read[batch]), told):
        out[batch] = np.exp(-np.logaddexp(0.0, -logits))
    return out.astype(np.float32).astype(np.float64)  # as it is kept: a resumed run learns the same numbers


def _keep(path: Path, said: Matrix) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, said=said.astype(np.float32))
    with full_disk_told(str(path)):
        write_atomically(path, buffer.getvalue())


def _kept(path: Path, rows: int) -> Matrix | None:
    """What a stopped run was told; None where that is not there, or not of so many rows."""
    try:
        with np.load(path, allow_pickle=False) as held:
            said: Matrix = held["said"].astype(np.float64)
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
    return said if len(said) == rows else None
