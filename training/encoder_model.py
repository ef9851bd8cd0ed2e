"""A multi-label head on any Hugging Face sequence encoder, and the loss it learns by.

The loss is `training.objective`'s, in PyTorch: a label that a row's source does not know is no loss, and a positive
union row asks that at least one of its members be true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import softplus

from registry.pieces import micro_batches, padded
from training.objective import Targets
from training.packaged_encoder import EncoderError

_TINY = 1e-30
LEAST_SPREAD = 1e-4
_NAMED = 3


@dataclass(frozen=True)
class Aims:
    """`training.objective.Targets` of some rows as tensors; shapes `(n, labels)` and `(n,)`."""

    yes: Tensor
    known: Tensor
    members: Tensor
    union: Tensor

    @staticmethod
    def of(targets: Targets, rows: Sequence[int] | NDArray[np.int64], device: torch.device | None = None) -> Aims:
        """The targets at `rows`."""
        at = np.asarray(rows)
        parts = (targets.yes[at], targets.known[at], targets.members[at], targets.union[at])
        return Aims(*(torch.as_tensor(part, dtype=torch.float32, device=device) for part in parts))


def masked_loss(logits: Tensor, aims: Aims) -> Tensor:
    """The summed loss, float32; `logits` is `(n, labels)`.

    With q the sum of softplus over a union's members, -log(1 - prod(1 - p)) is -log(1 - exp(-q)).
    """
    logits = logits.float()
    costs = softplus(logits)
    value = (aims.known * (costs - aims.yes * logits)).sum()
    open_union = aims.union > 0
    none_true = (aims.members * costs).sum(dim=1).clamp_min(_TINY)
    # Rows without a union get a q whose logarithm is harmless: 0 times infinity would poison the gradient.
    none_true = torch.where(open_union, none_true, torch.ones_like(none_true))
    return value - (aims.union * torch.log(-torch.expm1(-none_true))).sum()


class EncoderClassifier(nn.Module):
    """Mean-pooled last hidden states, standardised, then one linear layer: `(ids, mask) -> logits (n, columns)`.

    Sentence encoders answer vectors that share one large direction and differ in small ones; without standardising,
    a linear layer needs thousands of steps before it sees the difference.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, encoder: nn.Module, columns: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        width = width_of(encoder)
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, columns)
        self.register_buffer("centre", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, *, vectors: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Logits before calibration; with `vectors` also what the head read, `(n, hidden)`."""
        pooled = (self.pooled(input_ids, attention_mask) - self.centre) / self.spread
        logits: Tensor = self.head(self.dropout(pooled))
        return (logits, pooled) if vectors else logits

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """What the encoder says of each row, `(n, hidden)`, before standardising."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return mean_pooled(hidden, attention_mask)

    def standardise(self, pooled: Tensor) -> None:
        """Sets centre and spread from some rows' `pooled`, `(n, hidden)`."""
        self.centre.copy_(pooled.mean(dim=0))
        self.spread.copy_(pooled.std(dim=0, correction=0).clamp_min(LEAST_SPREAD))

    def begin_with(self, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
        """Sets the head, `(columns, hidden)` and `(columns,)`, over standardised vectors."""
        with torch.no_grad():
            self.head.weight.copy_(torch.as_tensor(weights))
            self.head.bias.copy_(torch.as_tensor(bias))


def width_of(encoder: nn.Module) -> int:
    """The size of the encoder's states."""
    config: Any = encoder.config
    return int(config.hidden_size)


def mean_pooled(hidden: Tensor, mask: Tensor) -> Tensor:
    """The mean over the pieces that stand, `(n, hidden)`."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp_min(1.0)


def load_classifier(folder: Path, columns: int, *, seed: int, dropout: float = 0.1) -> EncoderClassifier:
    """The encoder in `folder` with a fresh head of so many outputs.

    Raises `EncoderError` where transformers cannot load it, or config and weights do not belong together.
    """
    from transformers import MODEL_FOR_TEXT_ENCODING_MAPPING, AutoConfig, AutoModel, AutoModelForTextEncoding

    with quiet_transformers():
        try:
            config = AutoConfig.from_pretrained(folder, local_files_only=True)
            # Of what reads and writes, as T5, the half that reads.
            kind = AutoModelForTextEncoding if type(config) in MODEL_FOR_TEXT_ENCODING_MAPPING else AutoModel
            encoder, report = kind.from_pretrained(
                folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
            )
        except MemoryError:
            raise
        except Exception as error:  # config, weights and model are read by libraries that each raise their own
            raise EncoderError(f"{folder} cannot be loaded as an encoder ({type(error).__name__}: {error}).") from error
    _refuse_made_up(folder, report)
    if hasattr(encoder, "pooler"):
        encoder.pooler = None  # the mean is pooled here, and an untrained pooler would only be carried along
    torch.manual_seed(seed)
    return EncoderClassifier(encoder, columns, dropout=dropout)


def _refuse_made_up(folder: Path, report: dict[str, Any]) -> None:
    """Weights that the file lacks would be random ones, and transformers only whispers of it."""
    absent = {*report["missing_keys"], *(name for name, *_ in report["mismatched_keys"])}
    absent = {name for name in absent if "pooler" not in name.split(".")}
    if absent:
        some = ", ".join(sorted(absent)[:_NAMED])
        raise EncoderError(
            f"The weights in {folder} are not those of its config.json: {len(absent)} are missing or of another size "
            f"({some}{', ...' if len(absent) > _NAMED else ''}). Save config and weights together with transformers."
        )


def try_out(model: EncoderClassifier) -> None:
    """Finds out whether the encoder answers pieces and a mask with states. Raises `EncoderError` where it does not."""
    try:
        logits_of(model, [[0, 1], [0]], pad=0)
    except MemoryError:
        raise
    except Exception as error:  # whatever the encoder's own code raises
        raise EncoderError(
            f"{type(model.encoder).__name__} does not answer pieces with states ({type(error).__name__}: {error}); "
            "take a sequence encoder."
        ) from error


def most_pieces(encoder: nn.Module) -> int | None:
    """How long a row may be: the rows of the table of positions that pieces use; None where there is no such table.

    RoBERTa and its kin leave the first ones free, up to the number of the padding piece.
    """
    for name, module in encoder.named_modules():
        if name.rpartition(".")[2] == "position_embeddings" and isinstance(module, nn.Embedding):
            return module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
    return None


def word_embeddings(model: EncoderClassifier) -> nn.Embedding:
    """The table of pieces, as every Hugging Face encoder tells it."""
    table: nn.Embedding = model.encoder.get_input_embeddings()  # type: ignore[operator]
    return table


def logits_of(
    model: EncoderClassifier, rows: Sequence[Sequence[int]], *, pad: int, tokens: int = 4_096,
    show: Callable[[Sequence[Sequence[int]], int], None] = lambda rows, longest: None,
) -> NDArray[np.float64]:  # fmt: skip
    """The model's own answers in evaluation mode, `(n, labels)`, in the order of `rows` (piece ids).

    `show` hears each batch and its longest row before it is run (`frozen_layers.LowerLayers.show`).
    """
    out = np.empty((len(rows), model.head.out_features))
    was_training = model.training
    model.eval()
    device = model.head.weight.device
    with torch.inference_mode():
        for at in micro_batches([len(row) for row in rows], tokens=tokens, rows=64):
            batch = [rows[each] for each in at]
            ids, mask = padded(batch, pad)
            show(batch, ids.shape[1])
            out[at] = model(torch.as_tensor(ids, device=device), torch.as_tensor(mask, device=device)).cpu().numpy()
    model.train(was_training)
    return out


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """No progress bars and reports on the terminal: the caller has its own."""
    from transformers.utils import logging as library

    logging: Any = library
    level, shown = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()
