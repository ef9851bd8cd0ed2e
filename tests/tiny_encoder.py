"""A tiny random encoder with a real tokenizer, its folder, its packaged file, its ONNX: seconds instead of minutes."""

from __future__ import annotations

import resource
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from registry.bundle import open_bundle
from registry.calibration import Calibration
from registry.cascade import CASCADE, CascadeRecord, Exits
from registry.encoder import Encoder
from registry.files import json_bytes
from registry.pieces import Reader
from registry.second_tier import ENCODER_CALIBRATION
from tests.fakes import LABELS
from tests.registry import bundles
from training.batches import Examples
from training.encoder_model import EncoderClassifier
from training.objective import targets, with_any_harm
from training.onnx_export import Exported, Origin, export

WORDS = ("casino", "bonus", "weather", "friend", "tea", "walk", "idiot", "river", "lamp", "book", "song", "cat")
HAN = "今天气很好我们去喝茶走吧加微信领奖"
HIDDEN, LAYERS, LENGTH = 32, 3, 24


def tokenizer(words: Sequence[str] = WORDS) -> bytes:
    """A Unigram tokenizer as XLM-RoBERTa's: words, their beginnings, single characters."""
    letters = sorted(set("▁abcdefghijklmnopqrstuvwxyz!?. " + HAN) - {" "})
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(f"▁{word}", -2.0 - at / 10) for at, word in enumerate(words)]
    pieces += [(word[:3], -5.0 - at / 10) for at, word in enumerate(words)]
    pieces += [(letter, -9.0 - at / 100) for at, letter in enumerate(letters)]
    unigram = Tokenizer(models.Unigram(list(dict(pieces).items()), unk_id=3))
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    unigram.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    unigram.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return unigram.to_str().encode()


def bert(pieces: int, *, seed: int = 0) -> BertModel:
    """A random BERT of three small layers."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=pieces, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.2,
    )  # fmt: skip
    return BertModel(config, add_pooling_layer=False)


def classifier(*, seed: int = 0, columns: int = len(LABELS) + 1, words: Sequence[str] = WORDS) -> EncoderClassifier:
    """A classifier on it, ready to be trained."""
    torch.manual_seed(seed)
    reader = Reader(tokenizer(words), length=LENGTH)
    return EncoderClassifier(bert(reader.size, seed=seed), columns, dropout=0.1)


def folder(path: Path, *, spoilt: bool = False) -> Path:
    """Saved as a Hugging Face folder; `spoilt` with a weight that is no number."""
    raw = tokenizer()
    model = bert(Reader(raw, length=LENGTH).size)
    if spoilt:
        with torch.no_grad():
            model.encoder.layer[1].output.dense.weight[0, 0] = float("nan")
    model.save_pretrained(path)
    (path / "tokenizer.json").write_bytes(raw)
    return path


def comments(count: int, *, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Comments of a few words and their labels `(count, 7)`: "casino" is gambling, "idiot" is abuse."""
    chance = np.random.default_rng(seed)
    texts = [" ".join(chance.choice(WORDS, size=chance.integers(2, 7))) for _ in range(count)]
    labels = np.zeros((count, len(LABELS)), dtype=np.int8)
    labels[:, LABELS.index("gambling")] = ["casino" in text for text in texts]
    labels[:, LABELS.index("abuse")] = ["idiot" in text for text in texts]
    return texts, labels


def examples(count: int, *, seed: int = 0) -> Examples:
    """Those comments as the trainer takes them, with the column "any harm"."""
    texts, labels = comments(count, seed=seed)
    reader = Reader(tokenizer(), length=LENGTH)
    columns, union = with_any_harm(labels, np.zeros_like(labels))
    return Examples(reader.read(texts), targets(columns, union, np.ones(count)), reader.pad)


@lru_cache(maxsize=1)
def exported() -> tuple[Exported, EncoderClassifier]:
    """The tiny classifier as ONNX, made once a test run, and the classifier itself."""
    model = classifier()
    texts, _ = comments(40)
    return export(model, Origin(tokenizer(), LABELS, LENGTH, "base"), texts), model


def bundle(folder: Path, instead: Mapping[str, bytes] | None = None) -> Path:
    """A bundle with the tiny classifier as its second tier; `instead` are files that stand in for its own."""
    identity = Calibration.identity(LABELS)
    record = CascadeRecord(exits=Exits(clean=0.02, sure=0.95), calibration=identity)
    files = exported()[0].files | {
        ENCODER_CALIBRATION: json_bytes(identity.model_dump(mode="json", exclude_none=True)),
        CASCADE: json_bytes(record.model_dump(mode="json", exclude_none=True)),
    }
    also = {**files, **(instead or {})}
    return bundles.bundle(folder, also=also, tiers=("fast", "encoder"), base_encoder="base")


def opened(folder: Path) -> Encoder:
    """The encoder of such a bundle."""
    second = open_bundle(folder, bundles.TAXONOMY).second
    assert second is not None
    return second.encoder


def packaged(
    path: Path, *, version: int = 1, pieces: Sequence[str] = ("<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b")
) -> Path:
    """A packaged file of 4-bit weights in the form that ENCODER.md gives, with random weights."""
    chance = np.random.default_rng(0)
    hidden, layers, heads, wide, vocabulary, positions, types = 32, 2, 2, 64, len(pieces) + 2, 16, 2
    head = b"E5S1" + struct.pack(
        "<I7ifi", version, hidden, layers, heads, wide, vocabulary, positions, types, 1e-12, 32
    )
    blob = "".join(pieces).encode()
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in pieces)]).astype("<u4")
    words = struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(blob)) + offsets.tobytes()
    words += np.linspace(0, -5, len(pieces)).astype("<f4").tobytes() + blob + struct.pack("<iI", 1, 3) + b"xyz"
    shapes = {"emb.word": (vocabulary, hidden), "emb.pos": (positions, hidden), "emb.type": (types, hidden),
              "emb.ln.w": (hidden,), "emb.ln.b": (hidden,)}  # fmt: skip
    for layer in range(layers):
        for part in ("q", "k", "v", "ao", "fi", "fo", "aln", "oln"):
            rows, columns = {"fi": (wide, hidden), "fo": (hidden, wide)}.get(part, (hidden, hidden))
            shapes[f"l{layer}.{part}.w"] = (hidden,) if part.endswith("ln") else (rows, columns)
            shapes[f"l{layer}.{part}.b"] = (rows,)
    four_bits = {name for name, shape in shapes.items() if len(shape) == 2 and name not in ("emb.pos", "emb.type")}
    elements = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    sizes = {name: size // 32 * 18 if name in four_bits else size * 4 for name, size in elements.items()}
    at = len(head) + len(words) + 4 + sum(2 + len(name) + 21 for name in shapes)
    directory, body = struct.pack("<i", len(shapes)), b""
    for name, shape in shapes.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", int(name in four_bits), int(np.prod(shape)), at + len(body), sizes[name])
        floats = chance.normal(size=int(np.prod(shape))).astype("<f4").tobytes()
        body += _q4(chance, sizes[name] // 18) if name in four_bits else floats
    path.write_bytes(head + words + directory + body)
    return path


def _q4(chance: np.random.Generator, blocks: int) -> bytes:
    scales = chance.uniform(0.01, 0.1, blocks).astype("<f2")
    nibbles = chance.integers(0, 256, (blocks, 16), dtype=np.uint8)
    return b"".join(scale.tobytes() + pair.tobytes() for scale, pair in zip(scales, nibbles, strict=True))


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """While this holds, the system itself lets no file of this process grow beyond `room` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
