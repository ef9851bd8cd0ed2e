"""What a fine-tuning's checkpoint belongs to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import numpy as np

from training.batches import Examples
from training.encoder_model import EncoderClassifier, word_embeddings
from training.fine_tuning import FineTuning

WHAT_RUNS_THEM = ("threads", "processes", "checkpoint_every")
"""Settings that change nothing of what comes out."""


def fingerprint(model: EncoderClassifier, train: Examples, validation: Examples, how: FineTuning) -> str:
    """What a checkpoint belongs to: rows, targets, settings but for what runs them, the model's kind and size."""
    told = {key: value for key, value in asdict(how).items() if key not in WHAT_RUNS_THEM}
    if not how.contrast:  # came later: checkpoints from before it are gone on with
        del told["contrast"]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for examples in (train, validation):
        digest.update(json.dumps([list(row) for row in examples.rows]).encode())
        aims = examples.targets
        for part in (aims.yes, aims.known, aims.members, aims.union):
            digest.update(np.ascontiguousarray(part).tobytes())
    shapes = [(name, tuple(each.shape)) for name, each in model.named_parameters()]
    digest.update(repr(shapes).encode())
    digest.update(word_embeddings(model).weight.detach()[:64].cpu().numpy().tobytes())
    return digest.hexdigest()
