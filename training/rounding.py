"""An encoder that learns as it will be served: its products multiply whole numbers of eight bits.

"Quantization and training of neural networks for efficient integer-arithmetic-only inference" (Jacob et al. 2018), with
inputs rounded row by row, so that a comment's score does not depend on its neighbours, and weights column by column.
What is learnt is learnt through the rounding ("straight-through", Bengio et al. 2013), so that the exported model
(`training.quantisation`) computes what training computed, and processors that multiply int8 can do it.

A few columns of an encoder's states are many times larger than the others, and one step for a whole row would leave
those nothing. Each column is first divided by a power of how large it gets, which the weights take back ("SmoothQuant",
Xiao et al. 2023).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from training.encoder_model import EncoderClassifier, logits_of

LEVELS = 127
"""Steps from nought to the largest number of a row or column."""
LEAST = 1e-9
"""Added to a step: a row of noughts has one too."""
POWER = 0.6
"""Of a column's size: of 0.4 to 0.75 the one that moved a trained model's scores least (docs/experiments.md)."""
ROWS = 256
"""Comments from which columns' sizes are read."""
_SMALLEST = 1e-5


class RoundedLinear(nn.Linear):
    """A linear layer over rounded rows and rounded weights; the bias stays as it is. Made by `round_products`."""

    even: Tensor
    """What its columns are divided by, `(inputs,)`."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (PyTorch's own name)
        """`(..., inputs) -> (..., outputs)`."""
        return linear(nearest(input * (1 / self.even)), nearest(self.weight * self.even), self.bias)


def round_products(model: EncoderClassifier, rows: Sequence[Sequence[int]], pad: int) -> None:
    """Makes every linear layer of the encoder a rounded one, in place; weights keep their names and values.

    Columns are evened out by what the encoder itself makes of some `rows`, piece ids.
    """
    layers = [each for each in model.encoder.modules() if type(each) is nn.Linear]
    sizes = _sizes(model, layers, rows, pad)
    for layer in layers:
        even = sizes.get(layer, torch.ones(layer.in_features)).clamp_min(_SMALLEST) ** POWER
        layer.__class__ = RoundedLinear
        layer.register_buffer("even", (even / even.log().mean().exp()).to(layer.weight.device))


def plain_products(encoder: nn.Module) -> None:
    """The way back: the same weights in ordinary linear layers."""
    for layer in rounded_products(encoder):
        del layer.even
        layer.__class__ = nn.Linear  # type: ignore[assignment]


def rounded_products(encoder: nn.Module) -> Iterator[RoundedLinear]:
    """The layers that round, in the encoder's order."""
    yield from (each for each in encoder.modules() if isinstance(each, RoundedLinear))


def nearest(values: Tensor) -> Tensor:
    """Each row in whole steps of its own; learnt through as if nothing had been rounded."""
    with torch.no_grad():
        step = values.float().abs().amax(dim=-1, keepdim=True) * (1 / LEVELS) + LEAST
        moved = (values.float() / step).round_().mul_(step).to(values.dtype) - values
    return values + moved


def _sizes(
    model: EncoderClassifier, layers: Sequence[nn.Linear], rows: Sequence[Sequence[int]], pad: int
) -> dict[nn.Module, Tensor]:
    """The largest number in each column of each layer's inputs, `(inputs,)`."""
    found: dict[nn.Module, Tensor] = {}

    def hear(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        largest = inputs[0].detach().float().abs().flatten(end_dim=-2).amax(dim=0).cpu()
        found[layer] = torch.maximum(found.get(layer, largest), largest)

    with ExitStack() as hearing:
        for layer in layers:
            hearing.callback(layer.register_forward_pre_hook(hear).remove)
        logits_of(model, rows, pad=pad)
    return found
