"""Whether an encoder is trained in bfloat16."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from training.encoder_model import EncoderClassifier
from training.fine_tuning import FineTuning


def in_bf16(how: FineTuning, model: EncoderClassifier) -> bool:
    """What is asked for, or else whether the model's device does it well."""
    return _is_fast(model.head.weight.device) if how.bf16 is None else how.bf16


def _is_fast(device: torch.device) -> bool:
    """Whether bfloat16 is fast here; elsewhere it is emulated, and slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    capabilities: Callable[[], dict[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)
    held = capabilities()
    return device.type == "cpu" and bool(held.get("avx512_bf16") or held.get("amx_bf16"))
