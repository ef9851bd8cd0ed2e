"""Whether static embeddings help the fast tier: n-grams alone, and beside the mean of their pieces' vectors.

    python benchmarks/static_embeddings.py [chaffinch@starter] [--rows 20000] [--sets chineseharm cold everyday]

Each piece of the model's vocabulary is read by the untouched base by itself, the vectors are brought to 128 numbers by
principal components and weighed by how rare the piece is, as `model2vec` does it (Tulkens and van Dongen 2024); a text
is the mean of its pieces. Both fits have the same rows, settings and solver. Printed: mean average precision over the
labels that a set knows, on the snapshot's own test rows and on sets that the model never saw.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from scipy.sparse import csr_matrix, hstack
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score

from chaffinch.commands.shared import resolved
from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from data.rows import UNKNOWN, Rows
from data.snapshot import Snapshot, find
from eval.joining import joined
from registry.bundle import Linear, open_bundle
from registry.ngrams import Ngrams, NgramSettings
from registry.pieces import Reader
from training import packaged_encoder
from training.encoder_model import EncoderClassifier, load_classifier
from training.fast_tier import as_read, material
from training.ngram import Design, fit
from training.objective import with_any_harm
from training.settings import TrainingSettings
from training.vocabulary import trim, trimmed

WIDTH = 128
AT_ONCE = 512
SHARE = (0.0, 0.5, 1.0)
"""How long the static part is beside the n-grams' length of one."""


def main() -> None:
    """Prints a line for each set and share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="chaffinch@starter")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--sets", nargs="*", default=["chineseharm", "cold"])
    asked = parser.parse_args()
    home = load_settings()
    bundle = open_bundle(Path(resolved(asked.model, home).path), taxonomy_of(home))
    settings = TrainingSettings.model_validate(bundle.manifest.settings)
    snapshot = find(bundle.manifest.snapshot_name, home.home / "snapshots")
    learnt = some(snapshot.split("train"), asked.rows)
    sets = {"its own test rows": snapshot.split("test")}
    sets |= {name: whole(find(name, home.home / "snapshots")) for name in asked.sets}
    static = Static(settings, home.home, learnt.texts)
    read = as_read(learnt.texts, settings.features)
    design, aims = material(read, with_harm(learnt), settings.features, settings.learning)
    vectors = static.of(learnt.texts)
    for share in SHARE:
        size = settings.features.ngrams.size
        matrix = hstack([design.matrix, csr_matrix(vectors * share)]).tocsr() if share else design.matrix
        indices = np.concatenate([design.indices, size + np.arange(WIDTH)]) if share else design.indices
        linear = fit(Design(matrix, indices, None), aims, settings.learning.optimiser)
        idf = None if design.idf is None else (design.indices, design.idf)
        for name, rows in sets.items():
            said = logits(linear, idf, settings.features.ngrams, as_read(rows.texts, settings.features),
                          static.of(rows.texts) * share if share else None)  # fmt: skip
            print(f"static part {share:.1f}  {name:20} {len(rows):6} rows  mean average precision {told(said, rows)}")


def some(rows: Rows, most: int) -> Rows:
    """At most so many, drawn by a seed."""
    if len(rows) <= most:
        return rows
    return rows.take(np.sort(np.random.default_rng(0).permutation(len(rows))[:most]))


def whole(snapshot: Snapshot) -> Rows:
    """All rows of a set that the model never saw."""
    first, second, third = (snapshot.split(side) for side in ("train", "validation", "test"))
    return joined(joined(first, second), third)


def with_harm(rows: Rows) -> Rows:
    """With the question "any harm at all?" as a last label."""
    labels, union = with_any_harm(rows.labels, rows.union)
    return replace(rows, labels=labels, union=union)


class Static:
    """Vectors of texts, `(n, WIDTH)`, from those of their pieces."""

    def __init__(self, settings: TrainingSettings, home: Path, texts: list[str]) -> None:
        base = packaged_encoder.resolve(settings.encoder.base, home=home)
        model = load_classifier(base.path, 1, seed=0).eval()
        read = as_read(texts, settings.features)
        kept = trimmed((base.path / packaged_encoder.TOKENIZER).read_bytes(), read, common=settings.encoder.common)
        trim(model, kept)
        self._features = settings.features
        self._reader = Reader(kept.tokenizer, length=settings.encoder.length)
        pieces = pieces_read(model, self._reader)
        rank = np.log1p(1 + np.arange(len(pieces)))[:, None]
        self._vectors = PCA(WIDTH, random_state=0).fit_transform(pieces) * rank

    def of(self, texts: list[str]) -> NDArray[np.float64]:
        """Each of length one."""
        read = self._reader.read(as_read(texts, self._features))
        mean = np.array([self._vectors[row[1:-1] or row].mean(axis=0) for row in read])
        lengths: NDArray[np.float64] = np.linalg.norm(mean, axis=1, keepdims=True)
        return mean / np.maximum(lengths, 1e-9)


def pieces_read(model: EncoderClassifier, reader: Reader) -> NDArray[np.float32]:
    """What the base says of each piece alone between its special ones, `(pieces, hidden)`."""
    first, *_, last = reader.read(["a"])[0]
    out = []
    with torch.inference_mode():
        for start in range(0, reader.size, AT_ONCE):
            rows = torch.tensor([[first, piece, last] for piece in range(start, min(start + AT_ONCE, reader.size))])
            out.append(model.pooled(rows, torch.ones_like(rows)).numpy())
    return np.concatenate(out)


def logits(
    linear: Linear, idf: tuple[NDArray[np.int64], NDArray[np.float32]] | None, settings: NgramSettings,
    read: list[str], vectors: NDArray[np.float64] | None,
) -> NDArray[np.float64]:  # fmt: skip
    """Raw logits, `(n, labels)`."""
    rarity = None
    if idf is not None:
        rarity = np.full(settings.size, idf[1].max(), dtype=np.float32)
        rarity[idf[0]] = idf[1]
    rows = Ngrams(settings, rarity).batch(read)
    matrix = csr_matrix((rows.values, rows.indices, rows.indptr), shape=(len(read), settings.size))
    inside = linear.indices < settings.size
    weights = np.zeros((settings.size, linear.bias.size))
    weights[linear.indices[inside]] = linear.weights[inside]
    out: NDArray[np.float64] = matrix @ weights + linear.bias
    return out if vectors is None else out + vectors @ linear.weights[~inside]


def told(said: NDArray[np.float64], rows: Rows) -> str:
    """The mean over labels of which both answers are known, and that of any harm."""
    found, labels = [], with_harm(rows).labels
    for label in range(labels.shape[1]):
        known = labels[:, label] != UNKNOWN
        truth = labels[known, label]
        if truth.size and truth.any() and not truth.all():
            found.append(float(average_precision_score(truth, said[known, label])))
    return f"{np.mean(found):.3f} of {len(found)} labels; any harm {found[-1]:.3f}" if found else "-"


if __name__ == "__main__":
    main()
