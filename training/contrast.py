"""Contrastive pairs: a comment's disguised copy is drawn towards it, and away from the others of its batch.

The loss is InfoNCE (van den Oord et al. 2018; for sentences Gao et al. 2021, SimCSE). Vectors are compared as the head
reads them, standardised: raw ones share one direction, and each looks like every other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from training.batches import Examples

TEMPERATURE = 0.05
"""SimCSE's. E5 itself was made with 0.01, because its raw vectors all lie within a cosine of 0.7 to 1; standardised
ones lie around 0, so that a tenth of a cosine should already tell two comments apart and not only a hundredth."""


def partners(examples: Examples, batch: Sequence[int]) -> list[int]:
    """The comments of which disguised copies stand in the batch, one for each such copy, in the batch's order."""
    return [] if examples.of is None else [int(of) for of in examples.of[np.asarray(batch)] if of >= 0]


def contrastive_loss(vectors: Tensor, examples: Examples, batch: Sequence[int]) -> Tensor:
    """The summed loss of the copies in a batch.

    `vectors` `(batch + partners, hidden)`: those of the batch's rows, then those of `partners`.
    """
    assert examples.of is not None  # noqa: S101 - whoever asks has partners
    of = examples.of[np.asarray(batch)]
    copies = np.flatnonzero(of >= 0)
    whole = normalize(vectors.float(), dim=1)
    others, own = whole[: len(batch)], whole[len(batch) :]
    alike = own.new_tensor(_same_comment(of, batch)[copies], dtype=torch.bool)
    against = (others[copies] @ others.T / TEMPERATURE).masked_fill(alike, float("-inf"))
    drawn_to = (others[copies] * own).sum(dim=1, keepdim=True) / TEMPERATURE
    return cross_entropy(torch.cat([drawn_to, against], dim=1), own.new_zeros(len(copies), dtype=torch.long),
                         reduction="sum")  # fmt: skip


def _same_comment(of: NDArray[np.int64], batch: Sequence[int]) -> NDArray[np.bool_]:
    """Which rows of a batch are of one comment, `(batch, batch)`: a copy is not pushed away from itself or its text."""
    comment = np.where(of >= 0, of, np.asarray(batch))
    same: NDArray[np.bool_] = comment[:, None] == comment[None, :]
    return same
