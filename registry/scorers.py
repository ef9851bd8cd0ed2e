"""Models that answer: the fast tier's n-grams, the cascade of both tiers, and none at all.

They implement `moderation.ports.Scorer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from moderation.normaliser import Normalised
from moderation.ports import Scored, Scorer, Thresholds
from moderation.spans import Span
from moderation.taxonomy import Taxonomy
from registry import explanation
from registry.bundle import Bundle, open_bundle
from registry.cascade import CascadeScorer
from registry.encoder import EncoderScorer
from registry.names import MODEL_NAME, resolve
from registry.ngrams import Csr, Ngrams
from registry.reading import on_canonical, read
from registry.shared_weights import SharedWeights

FAST = "fast"
NONE = "none"

BundleScorer: TypeAlias = "NgramScorer | CascadeScorer"
"""What a bundle answers with."""


class NgramScorer:
    """The fast tier: a linear model over hashed character n-grams, calibrated. Safe to share between threads."""

    def __init__(
        self,
        bundle: Bundle,
        *,
        name: str = MODEL_NAME,
        version: str | None = None,
        shared: SharedWeights | None = None,
    ) -> None:
        settings = bundle.manifest.features.settings
        self.name = name
        self.version = version or bundle.short_hash
        self.hash = bundle.hash
        self.labels = bundle.manifest.labels
        self.thresholds: Mapping[str, Thresholds] = MappingProxyType(dict(bundle.thresholds))
        self._views = bundle.manifest.features.views
        self._ngrams = Ngrams(settings, _idf(bundle, shared))
        self._weights = _weights(bundle, shared)
        self._bias = bundle.linear.bias
        self._calibration = bundle.calibration.prepared()

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        """One `Scored` a text, in order."""
        if not texts:
            return []
        probabilities = self._calibration.apply(self.logits(texts))
        return [Scored(tuple(row), FAST) for row in probabilities.tolist()]

    def at_once(self, texts: Sequence[Normalised]) -> list[Scored]:
        """The same: n-grams never take longer."""
        return self.score(texts)

    def logits(self, texts: Sequence[Normalised]) -> npt.NDArray[np.float64]:
        """The model's own answer before calibration, `(n, labels + 1)`; the last column is "any harm"."""
        if len(texts) == 1:  # a live comment: no batch to lay out
            indices, values = self._ngrams.features(self._read(texts[0]))
            return (values @ self._weights[indices].astype(np.float32) + self._bias).astype(np.float64)[None]
        rows = self._ngrams.batch([self._read(text) for text in texts])
        return self._summed(rows, len(texts)) + self._bias

    def _summed(self, rows: Csr, n: int) -> npt.NDArray[np.float64]:
        """Sparse rows times weights; a row is never empty, since every text is padded."""
        out = np.empty((n, self._bias.size))
        for first in range(0, n, 1_024):  # bounds the gathered weights to some tens of megabytes
            last = min(n, first + 1_024)
            begin, end = rows.indptr[first], rows.indptr[last]
            gathered = self._weights[rows.indices[begin:end]].astype(np.float32) * rows.values[begin:end, None]
            out[first:last] = np.add.reduceat(gathered, rows.indptr[first:last] - begin, axis=0)
        return out

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        """The words that speak most for `label`, best first, at most five spans of the text as sent."""
        if label not in self.labels or text.is_empty:
            return ()
        weight = explanation.evidence(self._ngrams, self._weights[:, self.labels.index(label)], self._read(text))
        return explanation.spans(text.canonical, on_canonical(text, weight) if self._views else weight)

    def _read(self, text: Normalised) -> str:
        return read(text, views=self._views)


def _weights(bundle: Bundle, shared: SharedWeights | None) -> npt.NDArray[Any]:
    linear, size = bundle.linear, bundle.manifest.features.settings.size
    if shared is None:
        return linear.dense(size)
    return shared.array(f"ngrams-{bundle.hash}", lambda: linear.dense(size))


def _idf(bundle: Bundle, shared: SharedWeights | None) -> npt.NDArray[np.float32] | None:
    idf = bundle.linear.dense_idf(bundle.manifest.features.settings.size)
    if idf is None or shared is None:
        return idf
    return shared.array(f"idf-{bundle.hash}", lambda: idf)


class NoneScorer:
    """No model: rules and people alone. Every score is 0, and no threshold is ever reached."""

    name = NONE
    version = NONE

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.labels = taxonomy.names
        self.thresholds: Mapping[str, Thresholds] = {label: Thresholds(1.0, 1.0) for label in taxonomy.names}

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        """Zeros, for the tier `none`."""
        return [Scored((0.0,) * len(self.labels), NONE) for _ in texts]

    def at_once(self, texts: Sequence[Normalised]) -> list[Scored]:
        """The same."""
        return self.score(texts)

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        """Nothing: nobody judged."""
        return ()


def load_scorer(
    path: Path,
    taxonomy: Taxonomy,
    *,
    version: str | None = None,
    expected_hash: str | None = None,
    cores: int = 1,
    shared: SharedWeights | None = None,
) -> BundleScorer:
    """The bundle's scorer, its weights mapped where they are `shared` with other processes.

    Raises `BundleError` where it is missing, altered or made for other versions.
    """
    bundle = open_bundle(path, taxonomy, expected_hash=expected_hash, shared=shared)
    return scorer_of(bundle, version=version, cores=cores, shared=shared)


def scorer_of(
    bundle: Bundle, *, version: str | None = None, cores: int = 1, shared: SharedWeights | None = None
) -> BundleScorer:
    """An opened bundle's scorer: both tiers as a cascade, or the fast tier where it has no other.

    `cores` are those that the encoder may use for one batch; the fast tier's weights may be `shared`.
    """
    fast = NgramScorer(bundle, version=version, shared=shared)
    if bundle.second is None:
        return fast
    second = EncoderScorer(bundle.second.encoder, bundle.second.calibration, bundle.thresholds,
                           name=fast.name, version=fast.version, cores=cores)  # fmt: skip
    return CascadeScorer(fast, second, bundle.second.cascade, bundle.thresholds,
                         name=fast.name, version=fast.version, hash=bundle.hash)  # fmt: skip


def load_model(
    model: str, taxonomy: Taxonomy, *, home: Path, cores: int = 1, shared: SharedWeights | None = None
) -> Scorer:
    """The scorer that `chaffinch@champion`, `chaffinch@3`, a bundle folder or `none` means.

    Raises `NotFoundError` where there is no such model, `BundleError` where it cannot be used.
    """
    resolved = resolve(model, home=home)
    if resolved is None:
        return NoneScorer(taxonomy)
    return load_scorer(
        resolved.path, taxonomy, version=resolved.version, expected_hash=resolved.hash, cores=cores, shared=shared
    )  # fmt: skip
