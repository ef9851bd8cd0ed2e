"""Kinds as extra outputs: while it learns, the encoder's head also tells what kind of comment a row is.

A row's `kind` says more than its labels: an escort's advert and a shop's, an insult and a threat, a quarrel and a
warning. Kinds with enough rows become columns behind those of the labels. A row knows that it is its own kind and none
of the others; where its kind is no column, it knows nothing of them. What is exported has no such column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from training.encoder_model import EncoderClassifier
from training.encoder_rows import Side
from training.objective import Targets

SHARE = 0.3
"""How much one kind's loss counts beside a label's: there are several times as many of them, and they are not asked."""


def known_kinds(side: Side, least: int) -> tuple[str, ...]:
    """The kinds of at least so many examples, in their order; none where `least` is 0."""
    counts = Counter(kind for at in side.at if (kind := side.rows.kinds[at]))
    return tuple(sorted(kind for kind, count in counts.items() if least and count >= least))


def with_kinds(side: Side, kinds: Sequence[str], *, silent: bool = False) -> Side:
    """The side with a column for each kind behind those of the labels; `silent` ones that say nothing."""
    if not kinds:
        return side
    own, aims = np.array([side.rows.kinds[at] for at in side.at]), side.examples.targets
    yes = (own[:, None] == np.asarray(kinds)[None, :]).astype(np.float64)
    row = np.maximum(aims.known.max(axis=1), aims.union) * SHARE * (not silent)
    known = np.where(yes.any(axis=1), row, 0.0)[:, None] * np.ones(len(kinds))
    wide = Targets(
        yes=np.hstack([aims.yes, yes * (known > 0)]),
        known=np.hstack([aims.known, known]),
        members=np.hstack([aims.members, np.zeros(known.shape, dtype=np.bool_)]),
        union=aims.union,
    )
    return replace(side, examples=replace(side.examples, targets=wide))


def widen(model: EncoderClassifier, more: int) -> None:
    """Gives the head so many more outputs, which say nothing yet."""
    if more:
        _reshape(model, model.head.out_features + more)


def narrow(model: EncoderClassifier, columns: int) -> None:
    """Leaves the head its first outputs."""
    if columns < model.head.out_features:
        _reshape(model, columns)


def _reshape(model: EncoderClassifier, columns: int) -> None:
    before, kept = model.head, min(columns, model.head.out_features)
    model.head = nn.Linear(before.in_features, columns, device=before.weight.device)
    with torch.no_grad():
        for new, old in ((model.head.weight, before.weight), (model.head.bias, before.bias)):
            new.zero_()
            new[:kept] = old[:kept]
