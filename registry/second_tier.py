"""The encoder's part of a bundle: four files that belong together, opened only where all of them fit.

    encoder.onnx              the fine-tuned encoder
    tokenizer.json            its pieces, trimmed to what comments use
    encoder_calibration.json  its logits to probabilities
    cascade.json              where the fast tier's answer stands, and how both answers become one

onnxruntime and tokenizers load here, and only for a bundle that has the tier.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from moderation.errors import BundleError
from registry.calibration import Calibration
from registry.cascade import CASCADE, CascadeRecord, parse_cascade
from registry.encoder import ENCODER, TOKENIZER, Encoder
from registry.shared_weights import SharedWeights

ENCODER_CALIBRATION = "encoder_calibration.json"
_LEXICON = "lexicon.tsv"
"""Of bundles of an earlier release, whose encoders read another text than is sent (decision 27)."""

FILES = (ENCODER, TOKENIZER, ENCODER_CALIBRATION, CASCADE)


@dataclass(frozen=True)
class SecondTier:
    """An opened encoder, its calibration, and how it stands beside the fast tier."""

    encoder: Encoder
    calibration: Calibration
    cascade: CascadeRecord


def open_second_tier(
    files: Mapping[str, bytes], labels: tuple[str, ...], *, base: str | None, shared: SharedWeights | None = None
) -> SecondTier:
    """The tier from bytes whose hashes were checked; `base` is the base encoder that the manifest names.

    Raises `BundleError` naming the file that is missing or does not fit.
    """
    absent = [name for name in FILES if name not in files]
    if absent:
        raise BundleError(f"The manifest says that there is an encoder, and lists no {absent[0]}; train it again.")
    if _LEXICON in files:
        raise BundleError(
            f"The encoder of this bundle reads by its {_LEXICON}, which is no longer done; train it again."
        )
    record = parse_cascade(files[CASCADE], labels)
    calibration = _calibration(files[ENCODER_CALIBRATION], labels)
    encoder = Encoder(files[ENCODER], files[TOKENIZER], labels=labels, shared=shared)
    if encoder.about.base != base:
        raise BundleError(f"{ENCODER} was made from another base than the manifest says; train the bundle again.")
    return SecondTier(encoder, calibration, record)


def _calibration(raw: bytes, labels: tuple[str, ...]) -> Calibration:
    try:
        calibration = Calibration.model_validate(json.loads(raw))
    except (ValueError, ValidationError) as error:
        raise BundleError(f"{ENCODER_CALIBRATION} is not what this release writes; train the bundle again.") from error
    if tuple(calibration.labels) != labels:
        raise BundleError(f"{ENCODER_CALIBRATION} is about other labels than the manifest; train the bundle again.")
    return calibration
