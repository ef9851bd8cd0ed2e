"""How the encoder reads a comment: pieces of its canonical text, the same code for trainer and scorer.

Text beyond `length` pieces is cut in its middle: an offer often stands at the end of a long comment, and padding the
front is the cheapest way to hide it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from moderation.errors import BundleError
from registry.unigram import Unigram, is_unigram

Ids = npt.NDArray[np.int64]
PAD_NAMES = ("<pad>", "[PAD]", "<|padding|>", "<|endoftext|>")
MOST_LETTERS = 64
"""Code points read for each piece that is kept: a text of 10,000 costs no more than what is looked at."""


class _Pieces(Protocol):
    """What cuts a text."""

    size: int

    def encode(self, text: str) -> list[int]:
        """The ids of the text's pieces, the special ones around them."""

    def token_to_id(self, piece: str) -> int | None:
        """The id of a special piece."""


class Reader:
    """Reads canonical texts with a `tokenizer.json`. Safe to share between threads."""

    def __init__(self, raw: bytes, *, length: int) -> None:
        """Raises `BundleError` where `raw` is no tokenizer."""
        self.length = length
        self._pieces = _opened(raw)
        self.size = self._pieces.size
        self.pad = _pad(self._pieces)

    def read(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text's piece ids with the special ones around them, at most `length`."""
        return [cut(self._pieces.encode(_shortened(text, MOST_LETTERS * self.length)), self.length) for text in texts]


def cut(ids: list[int], length: int) -> list[int]:
    """The first three quarters and the last quarter of what may be kept."""
    if len(ids) <= length:
        return ids
    tail = length // 4
    return ids[: length - tail] + ids[len(ids) - tail :]


def micro_batches(lengths: Sequence[int], *, tokens: int, rows: int) -> Iterator[list[int]]:
    """Positions grouped by like length: at most `rows` a batch, and at most `tokens` once padded (one row always)."""
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lambda position: (lengths[position], position)):
        if batch and (len(batch) == rows or lengths[at] * (len(batch) + 1) > tokens):
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Ids, Ids]:
    """`(ids, mask)`, each `(rows, longest)`; the mask is 1 where a piece stands."""
    longest = max(len(row) for row in rows)
    ids = np.full((len(rows), longest), pad, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return ids, mask


def _shortened(text: str, letters: int) -> str:
    if len(text) <= letters:
        return text
    tail = letters // 4
    return text[: letters - tail] + text[len(text) - tail :]


class _Other:
    """Tokenizers of other families, as the library reads them."""

    def __init__(self, raw: bytes) -> None:
        from tokenizers import Tokenizer  # a native library: only where an encoder answers

        self._tokenizer = Tokenizer.from_str(raw.decode("utf-8"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.size = int(self._tokenizer.get_vocab_size(with_added_tokens=True))

    def encode(self, text: str) -> list[int]:
        """The ids of the text's pieces, the special ones around them."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def token_to_id(self, piece: str) -> int | None:
        """The id of a piece."""
        found: int | None = self._tokenizer.token_to_id(piece)
        return found


def _opened(raw: bytes) -> _Pieces:
    try:
        parts = json.loads(raw)
        return Unigram(parts) if is_unigram(parts) else _Other(raw)
    except Exception as error:  # both libraries raise bare exceptions for whatever is wrong with the file
        raise BundleError("tokenizer.json is not a tokenizer; train the bundle again.") from error


def _pad(pieces: _Pieces) -> int:
    for name in PAD_NAMES:
        number = pieces.token_to_id(name)
        if number is not None:
            return number
    return 0  # masked wherever it stands, so that any piece will do
