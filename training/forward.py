"""Rows through an encoder that is being trained, in the precision it is trained in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from registry.calibration import Matrix
from registry.pieces import micro_batches, padded
from training.batches import Examples
from training.contrast import contrastive_loss, partners
from training.encoder_model import Aims, EncoderClassifier, masked_loss
from training.frozen_layers import LowerLayers

_TOKENS = 4_096


@dataclass(frozen=True)
class Forward:
    """`model` is what steps go through, the classifier `bare` as accelerate prepared it; frozen layers do not run."""

    model: nn.Module
    bare: EncoderClassifier
    lower: LowerLayers
    device: torch.device
    bf16: bool

    def loss(self, examples: Examples, batch: list[int], contrast: float = 0.0) -> Tensor:
        """The summed loss of the rows at `batch`, that of their disguised copies counted `contrast` times in it."""
        aims, others = Aims.of(examples.targets, batch, self.device), partners(examples, batch) if contrast else []
        if not others:
            return masked_loss(self._logits(examples, batch), aims)
        ids, mask = self._shown(examples, [*batch, *others])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            logits, vectors = self.model(ids, mask, vectors=True)
        return masked_loss(logits[: len(batch)], aims) + contrast * contrastive_loss(vectors, examples, batch)

    def pooled(self, examples: Examples, batch: list[int]) -> Tensor:
        """What the encoder says of the rows at `batch` before its head, `(n, hidden)`, float32."""
        ids, mask = self._shown(examples, batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            return self.bare.pooled(ids, mask).float()

    def logits(self, examples: Examples) -> Matrix:
        """Raw logits of all rows, `(n, columns)`, with no gradient."""
        out = np.empty((len(examples), self.bare.head.out_features))
        with torch.inference_mode():
            for batch in micro_batches([len(row) for row in examples.rows], tokens=_TOKENS, rows=64):
                out[batch] = self._logits(examples, batch).float().cpu().numpy()
        return out

    def _logits(self, examples: Examples, batch: list[int]) -> Tensor:
        ids, mask = self._shown(examples, batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            logits: Tensor = self.model(ids, mask)
        return logits

    def _shown(self, examples: Examples, batch: list[int]) -> tuple[Tensor, Tensor]:
        rows = [examples.rows[at] for at in batch]
        ids, mask = padded(rows, examples.pad)
        self.lower.show(self.bare.encoder, rows, ids.shape[1])
        return torch.as_tensor(ids, device=self.device), torch.as_tensor(mask, device=self.device)
