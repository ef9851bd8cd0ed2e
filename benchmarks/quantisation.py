"""How small an encoder may be made, and what that moves: `python benchmarks/quantisation.py [MODEL]`.

The fine-tuned weights of the model's own run are exported once and quantised in each form that `training.onnx_export`
tries, and by onnxruntime's `quantize_dynamic`, on 500 validation comments beside PyTorch. Takes some minutes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from registry.names import resolve

ROWS = 500


def main() -> None:
    """Prints a line for each form."""
    settings = load_settings()
    target = resolve(sys.argv[1] if len(sys.argv) > 1 else settings.model, home=settings.home)
    kept = settings.home / "runs" / target.path.name / "encoder" if target else None
    if target is None or kept is None or not (kept / "encoder.best.pt").is_file():
        print("quantisation: no run with a fine-tuned encoder stands under this model (python ... chaffinch@public)")
        return
    _measure(target.path, kept)


def _measure(bundle: Path, kept: Path) -> None:
    import torch
    from onnx import ModelProto, helper

    from data.snapshot import find
    from registry.bundle import open_bundle
    from registry.encoder import ABOUT, Encoder
    from registry.pieces import Reader
    from training import checkpoint, onnx_export
    from training.earlier_encoder import kept_vocabulary
    from training.encoder_model import load_classifier, logits_of, word_embeddings
    from training.encoder_rows import as_read
    from training.learning_parameters import freeze
    from training.packaged_encoder import resolve as base_of
    from training.quantisation import inexact_products, quantise
    from training.second_tier import fine_tuning
    from training.settings import EncoderSettings
    from training.vocabulary import trim

    torch.set_num_threads(1)
    settings = load_settings()
    opened = open_bundle(bundle, taxonomy_of(settings))
    assert opened.second is not None
    about, labels = opened.second.encoder.about, opened.manifest.labels
    model = load_classifier(
        base_of(str(opened.manifest.settings["encoder"]["base"]), home=settings.home).path, about.columns, seed=0
    )
    vocabulary = kept_vocabulary(kept)
    assert vocabulary is not None
    trim(model, vocabulary)
    checkpoint.begin_from(kept / checkpoint.BEST, model)
    freeze(model, fine_tuning(EncoderSettings(**opened.manifest.settings["encoder"]), 0, warm=False))
    rows = as_read(find(opened.manifest.snapshot_name, settings.home / "snapshots").split("validation").texts)
    texts = [rows[at] for at in np.random.default_rng(0).permutation(len(rows))[:ROWS]]
    reader = Reader(vocabulary.tokenizer, length=about.length)
    expected = _chance(logits_of(model, reader.read(texts), pad=reader.pad))
    graph = onnx_export._traced(model)
    helper.set_model_props(graph, {ABOUT: about.to_json()})
    table = word_embeddings(model)

    def told(name: str, raw: bytes) -> None:
        encoder = Encoder(raw, vocabulary.tokenizer, labels=labels)
        moved, times = np.abs(_chance(encoder.logits(texts)) - expected), []
        for text in texts[:100]:
            begin = process_time()
            encoder.logits([text])
            times.append(process_time() - begin)
        print(f"{name:24} {len(raw) / 1e6:6.1f} MB  moved at most {moved.max():.4f}, on average {moved.mean():.5f}"
              f"  {median(times) * 1e3:5.1f} ms of one core")  # fmt: skip

    told("float32", graph.SerializeToString())
    told("quantize_dynamic", _dynamic(graph))
    trained, frozen = inexact_products(graph.graph, onnx_export.frozen_matrices(model))
    for half in onnx_export.forms(len(trained), len(frozen)):
        small = ModelProto()
        small.CopyFrom(graph)
        quantise(small, (table.num_embeddings, table.embedding_dim), half=[*trained, *frozen][:half])
        told(f"blocks, {half} of {len(trained) + len(frozen)} float16", small.SerializeToString())


def _dynamic(graph: object) -> bytes:
    """The usual way: int8 weights a channel, one scale for a batch of activations."""
    from onnx import save
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        save(graph, source)
        quantize_dynamic(source, made, weight_type=QuantType.QInt8, per_channel=True,
                         op_types_to_quantize=["MatMul", "Gemm"])  # fmt: skip
        return made.read_bytes()


def _chance(logits: np.ndarray) -> np.ndarray:
    chance: np.ndarray = 1 / (1 + np.exp(-logits))
    return chance


if __name__ == "__main__":
    main()
