"""What trimming the vocabulary moves: `python benchmarks/trimming.py MODEL [--set everyday] [--rows 500]`.

The model's encoder as it was trained, in PyTorch, beside the same weights under the base's whole table and tokenizer.
Texts whose pieces are all in the trimmed vocabulary are answered alike; a text with a piece that it lacks is read in
smaller ones, and this says how many such texts there are and how far their probabilities move. Wants the run's folder
(`var/runs/`), where the trained weights stay.
"""

from __future__ import annotations

import argparse

import _material  # noqa: F401 - puts the checkout on the path
import numpy as np
from _serving import named_bundle

from chaffinch.settings import load_settings
from data.snapshot import find
from registry.bundle import read_manifest
from registry.pieces import Reader
from training import checkpoint, frozen_layers
from training.earlier_encoder import kept_vocabulary
from training.encoder_model import load_classifier, logits_of, word_embeddings
from training.encoder_rows import as_read
from training.packaged_encoder import TOKENIZER, resolve
from training.settings import TrainingSettings
from training.vocabulary import trim


def main() -> None:
    """Prints two lines."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("model", nargs="?")
    given.add_argument("--set", default="everyday", dest="about")
    given.add_argument("--rows", type=int, default=500)
    told = given.parse_args()
    folder = named_bundle("trimming", told.model)
    if folder is None:
        return
    home, manifest = load_settings().home, read_manifest(folder)
    how = TrainingSettings.model_validate(manifest.settings).encoder
    run = home / "runs" / manifest.run / "encoder"
    vocabulary = kept_vocabulary(run)
    if vocabulary is None or not (run / checkpoint.BEST).is_file():
        print(f"trimming: {run} no longer holds the weights; train the model here")
        return
    base = resolve(how.base, home=home)
    model = load_classifier(base.path, len(manifest.labels) + 1, seed=0)
    if how.layers is not None:
        frozen_layers.keep_blocks(model.encoder, how.layers)
    table = word_embeddings(model)
    trim(model, vocabulary)
    checkpoint.begin_from(run / checkpoint.BEST, model)
    rows = find(told.about, home / "snapshots").split("test").texts
    some = np.random.default_rng(0).permutation(len(rows))[: told.rows]
    texts = as_read([rows[at] for at in some])
    small, whole = (
        Reader(vocabulary.tokenizer, length=how.length),
        Reader((base.path / TOKENIZER).read_bytes(), length=how.length),
    )
    read, read_whole = small.read(texts), whole.read(texts)
    said = logits_of(model, read, pad=small.pad)
    model.encoder.set_input_embeddings(table)  # type: ignore[operator]
    said_whole = logits_of(model, read_whole, pad=whole.pad)
    moved = np.abs(1 / (1 + np.exp(-said)) - 1 / (1 + np.exp(-said_whole))).max(axis=1)
    same = np.array(
        [[vocabulary.rows[piece] for piece in one] == other for one, other in zip(read, read_whole, strict=True)]
    )
    pieces = sum(map(len, read)) / sum(map(len, read_whole)) - 1
    print(f"{folder.name}: {len(vocabulary.rows):,} of {table.num_embeddings:,} pieces of the base")
    print(f"{told.about}, {len(texts)} texts: {pieces:.2%} more pieces than the base reads")
    for name, part in (("read alike", moved[same]), ("read in smaller pieces", moved[~same])):
        if part.size:
            print(
                f"  {name}: {part.size}; a probability moves by {part.mean():.5f} on average, {part.max():.5f} at most"
            )


if __name__ == "__main__":
    main()
