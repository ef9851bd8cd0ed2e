"""What onnxruntime's fusions cost an encoder: `python benchmarks/fusions.py [MODEL]`.

The model's encoder as it is opened for serving, beside the same with the fusions that `registry.encoder` switches off
left on, taking turns on the same everyday comments: processor time of one comment alone, and of one among many.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import process_time
from unittest.mock import patch

import _material  # noqa: F401 - puts the checkout on the path
import numpy as np
from _serving import named_model
from encoder import everyday

from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from registry import encoder as served
from registry.bundle import open_bundle

ROUNDS = 5


def main() -> None:
    """Prints a line for each, and by how much their answers differ."""
    folder = named_model("fusions")
    bundle = open_bundle(folder, taxonomy_of(load_settings())) if folder else None
    if folder is None or bundle is None or bundle.second is None:
        print("fusions: name a model that has an encoder: python benchmarks/fusions.py chaffinch@public")
        return
    texts, source = everyday()
    apart = bundle.second.encoder
    joined = _with_fusions(folder, bundle.manifest.labels)
    print(f"{len(texts)} comments of {source}, {ROUNDS} rounds, the least of each; ms of one core")
    times: dict[str, list[tuple[float, float]]] = {"as served": [], "with the fusions": []}
    for _ in range(ROUNDS):
        for name, one in (("as served", apart), ("with the fusions", joined)):
            times[name].append(_times(one, texts))
    for name, found in times.items():
        alone, among = (min(column) for column in zip(*found, strict=True))
        print(f"{name:18} one alone {alone:6.2f}   among {len(texts)} {among:6.2f}")
    print(f"logits differ by {np.abs(apart.logits(texts) - joined.logits(texts)).max():.1e} at most")


def _with_fusions(folder: Path, labels: tuple[str, ...]) -> served.Encoder:
    with patch.object(served, "SLOWER", ()):
        onnx, tokenizer = ((folder / name).read_bytes() for name in (served.ENCODER, served.TOKENIZER))
        return served.Encoder(onnx, tokenizer, labels=labels)


def _times(encoder: served.Encoder, texts: list[str]) -> tuple[float, float]:
    alone = []
    for text in texts:
        begin = process_time()
        encoder.logits([text])
        alone.append(process_time() - begin)
    begin = process_time()
    encoder.logits(texts)
    return median(alone) * 1e3, (process_time() - begin) / len(texts) * 1e3


if __name__ == "__main__":
    main()
