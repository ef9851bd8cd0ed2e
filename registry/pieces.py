"""How the encoder reads a comment: pieces of its canonical text, the same code for trainer and scorer.

Text beyond `length` pieces is cut in its middle: an offer often stands at the end of a long comment, and padding the
front is the cheapest way to hide it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from moderation.errors import BundleError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids = npt.NDArray[np.int64]
PAD_NAMES = ("<pad>", "[PAD]", "<|padding|>", "<|endoftext|>")
MOST_LETTERS = 64
"""Code points read for each piece that is kept: a text of 10,000 costs no more than what is looked at."""


class Reader:
    """Reads canonical texts with a `tokenizer.json`. Safe to share between threads."""

    def __init__(self, raw: bytes, *, length: int) -> None:
        self.length = length
        self._tokenizer = _opened(raw)
        self.size = int(self._tokenizer.get_vocab_size(with_added_tokens=True))
        self.pad = _pad(self._tokenizer)

    def read(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text's piece ids with the special ones around them, at most `length`."""
        shown = [_shortened(text, MOST_LETTERS * self.length) for text in texts]
        if len(shown) == 1:  # a live comment needs no pool of threads
            return [cut(self._tokenizer.encode(shown[0]).ids, self.length)]
        return [cut(each.ids, self.length) for each in self._tokenizer.encode_batch(shown)]


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


def _opened(raw: bytes) -> Tokenizer:
    from tokenizers import Tokenizer  # a native library: only where an encoder answers

    try:
        tokenizer = Tokenizer.from_str(raw.decode("utf-8"))
    except Exception as error:  # tokenizers raises bare Exception for whatever is wrong with the file
        raise BundleError("tokenizer.json is not a tokenizer; train the bundle again.") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _pad(tokenizer: Tokenizer) -> int:
    for name in PAD_NAMES:
        number = tokenizer.token_to_id(name)
        if number is not None:
            return int(number)
    return 0  # masked wherever it stands, so that any piece will do
