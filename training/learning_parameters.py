"""Which of an encoder's parameters learn, and how fast."""

from __future__ import annotations

from typing import Any

import torch

from training.encoder_model import EncoderClassifier, word_embeddings
from training.fine_tuning import FineTuning
from training.frozen_layers import frozen_parameters
from training.ngram import TrainingError


def freeze(model: EncoderClassifier, how: FineTuning) -> None:
    """Leaves to training what `how` leaves it. Raises `TrainingError` where layers would be frozen over free pieces."""
    if how.frozen_layers and not how.frozen_embeddings:
        raise TrainingError("encoder.frozen_layers needs encoder.frozen_embeddings: what lies below cannot move alone.")
    word_embeddings(model).weight.requires_grad_(not how.frozen_embeddings)
    if how.frozen_layers:
        for parameter in frozen_parameters(model.encoder, how.frozen_layers):
            parameter.requires_grad_(False)


def parameter_groups(model: EncoderClassifier, how: FineTuning) -> list[dict[str, Any]]:
    """Weights decay, biases and norms do not; the fresh head learns faster. `base` is the rate before its schedule."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = how.head_learning_rate if name.startswith("head.") else how.learning_rate
            decay = how.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": rate, "base": rate, "weight_decay": decay}
        for (rate, decay), parameters in groups.items()
    ]
