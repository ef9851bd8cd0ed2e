"""What speaks for a yes to a set's own question: each kind learns from some rows and answers of all of them.

Kinds are learnt apart and weighed afterwards (`training.domain`), by what they say of rows that they did not see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from registry.ngrams import Ngrams
from training.logistic import logistic
from training.ngram import design
from training.objective import Matrix
from training.settings import Features

LEAST_SPREAD = 1e-4

Some = NDArray[np.bool_]
"""Which rows, `(n,)`."""


class Evidence(Protocol):
    """One kind."""

    @property
    def penalties(self) -> tuple[float, ...]:
        """How hard its weights may be held, to be chosen from: on their squares, beside the mean loss of a row."""
        ...

    def told(self, learnt: Some, yes: Some, penalty: float) -> Matrix:
        """Log-odds of every row, `(n,)`, having learnt `yes` of the rows `learnt`."""
        ...


@dataclass(frozen=True)
class Head:
    """A linear head on vectors `(n, width)`."""

    vectors: Matrix
    penalties: tuple[float, ...] = (0.03, 0.1, 0.3)

    def told(self, learnt: Some, yes: Some, penalty: float) -> Matrix:
        """As `Evidence`; centre and spread are those of the rows learnt."""
        own = self.vectors[learnt]
        scaled = (self.vectors - own.mean(axis=0)) / np.maximum(own.std(axis=0), LEAST_SPREAD)
        return logistic(scaled[learnt], yes[learnt], penalty).log_odds(scaled)


@dataclass(frozen=True)
class OwnNgrams:
    """The n-grams of the rows learnt, rarity counted among these; `texts` are as n-grams read them."""

    texts: list[str]
    features: Features
    penalties: tuple[float, ...] = (1e-5, 1e-4, 1e-3)
    _matrices: dict[bytes, csr_matrix] = field(default_factory=dict, repr=False)

    def told(self, learnt: Some, yes: Some, penalty: float) -> Matrix:
        """As `Evidence`."""
        rows = self._matrix(learnt)
        return logistic(rows[learnt], yes[learnt], penalty).log_odds(rows)

    def _matrix(self, learnt: Some) -> csr_matrix:
        key = learnt.tobytes()
        if key not in self._matrices:
            self._matrices[key] = self._read(learnt)
        return self._matrices[key]

    def _read(self, learnt: Some) -> csr_matrix:
        asked = self.features
        own = design([self.texts[at] for at in np.flatnonzero(learnt)], asked.ngrams,
                     min_df=asked.min_df, idf_power=asked.idf_power)  # fmt: skip
        rarity = None
        if own.idf is not None:
            rarity = np.full(asked.ngrams.size, own.idf.max(), dtype=np.float32)
            rarity[own.indices] = own.idf
        read = Ngrams(asked.ngrams, rarity).batch(self.texts)
        shape = (len(self.texts), asked.ngrams.size)
        return csr_matrix((read.values, read.indices, read.indptr), shape=shape)[:, own.indices].tocsr()
