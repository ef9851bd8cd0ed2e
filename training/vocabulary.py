"""The vocabulary trimmed to what comments use: most of a multilingual encoder's weights are pieces nobody writes.

Kept are the special pieces, every piece that the corpus uses, and every single character, so that no text gets an
`<unk>` that the whole vocabulary would have read (Unigram and WordPiece have no byte fallback). Where all pieces of a
text's best reading are kept, that reading stays the best, and the answers are the untrimmed model's to the last bit.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from training.encoder_model import EncoderClassifier, word_embeddings
from training.packaged_encoder import EncoderError

UNIGRAM, WORDPIECE = "Unigram", "WordPiece"
SPACE, CONTINUED = "▁", "##"
_BATCH = 4_096
_ENDS = ("sep", "cls")
"""Of BertProcessing and RobertaProcessing: a piece and its id each."""


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer and the rows of the embedding table that its pieces had before trimming."""

    tokenizer: bytes
    """As `tokenizer.json`."""
    rows: NDArray[np.int64]
    """(pieces,): the old id of each new one, ascending."""


def trimmed(tokenizer: bytes, texts: Iterable[str], *, common: int = 0, seen: int = 1) -> Vocabulary:
    """The vocabulary that `texts` (canonical) need. Other kinds than Unigram and WordPiece stay whole.

    A piece must be seen so many times. `common` also keeps the first so many pieces, which in XLM-RoBERTa are the most
    frequent: room for what the corpus has not seen.
    """
    parts, reader = _parsed(tokenizer), _opened(tokenizer)
    pieces = _pieces(parts["model"])
    if pieces is None:
        return Vocabulary(tokenizer, _every(reader))
    always = _always(parts, pieces)
    kept = np.zeros(max([*pieces.values(), *always]) + 1, dtype=np.bool_)
    kept[:common] = True
    kept[always] = True
    kept[_used(reader, texts, seen)] = True
    rows = np.flatnonzero(kept)
    return Vocabulary(_renumbered(parts, rows), rows)


def trim(model: EncoderClassifier, vocabulary: Vocabulary) -> None:
    """Keeps only the vocabulary's rows of the model's embedding table, in place."""
    table = word_embeddings(model)
    if int(vocabulary.rows.max()) >= table.num_embeddings:
        raise EncoderError("The tokenizer knows more pieces than the encoder has rows; they do not belong together.")
    rows = torch.as_tensor(vocabulary.rows)
    smaller = nn.Embedding(len(rows), table.embedding_dim, padding_idx=_moved(table.padding_idx, vocabulary.rows))
    smaller.weight.data = table.weight.detach()[rows].clone()
    smaller.weight.requires_grad_(table.weight.requires_grad)
    model.encoder.set_input_embeddings(smaller)  # type: ignore[operator]
    model.encoder.config.vocab_size = len(vocabulary.rows)  # type: ignore[union-attr]


def _parsed(tokenizer: bytes) -> dict[str, Any]:
    try:
        parts: dict[str, Any] = json.loads(tokenizer)
        parts["model"]["type"]
        return parts
    except (ValueError, KeyError, TypeError) as error:
        raise EncoderError("The encoder's tokenizer.json cannot be read; save it again with transformers.") from error


def _opened(tokenizer: bytes) -> Tokenizer:
    try:
        return Tokenizer.from_str(tokenizer.decode("utf-8"))
    except Exception as error:  # tokenizers raises bare Exception for whatever is wrong with the file
        raise EncoderError("The encoder's tokenizer.json is no tokenizer; save it again with transformers.") from error


def _pieces(model: dict[str, Any]) -> dict[str, int] | None:
    """Each piece's id; None for kinds of tokenizer that cannot be trimmed piece by piece (BPE has merges)."""
    if model["type"] == UNIGRAM:
        return {piece: number for number, (piece, _) in enumerate(model["vocab"])}
    return dict(model["vocab"]) if model["type"] == WORDPIECE else None


def _every(reader: Tokenizer) -> NDArray[np.int64]:
    rows = np.unique([*reader.get_vocab().values()]).astype(np.int64)
    if rows.size != reader.get_vocab_size() or rows[-1] != rows.size - 1:
        raise EncoderError("The encoder's tokenizer.json leaves out some ids or gives one twice; it cannot be trimmed.")
    return rows


def _always(parts: dict[str, Any], pieces: dict[str, int]) -> list[int]:
    """Special pieces, the unknown one, and single characters, also at a word's beginning or inside of one.

    Special are those that are listed, and those set around a text: a tokenizer need not list these.
    """
    added = [int(token["id"]) for token in parts["added_tokens"]]
    added += _around(parts.get("post_processor") or {})
    unknown = parts["model"].get("unk_id", pieces.get(str(parts["model"].get("unk_token"))))
    single = [number for piece, number in pieces.items() if _is_single(piece)]
    return [*added, *single] if unknown is None else [*added, *single, int(unknown)]


def _around(processor: dict[str, Any]) -> list[int]:
    """The ids that a post-processor sets around a text, in each of the forms that `_processor` renumbers."""
    own = [int(number) for token in (processor.get("special_tokens") or {}).values() for number in token["ids"]]
    own += [int(processor[end][1]) for end in _ENDS if isinstance(processor.get(end), list)]
    return own + [number for each in processor.get("processors") or () for number in _around(each)]


def _is_single(piece: str) -> bool:
    return len(piece) == 1 or len(piece.removeprefix(SPACE)) == 1 or len(piece.removeprefix(CONTINUED)) == 1


def _used(reader: Tokenizer, texts: Iterable[str], seen: int) -> list[int]:
    reader.no_truncation()
    reader.no_padding()
    counts: Counter[int] = Counter()
    for chunk in _chunks(texts):
        for each in reader.encode_batch(chunk):
            counts.update(each.ids)
    return [piece for piece, count in counts.items() if count >= seen]


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(texts)
    while chunk := list(islice(waiting, _BATCH)):
        yield chunk


def _renumbered(parts: dict[str, Any], rows: NDArray[np.int64]) -> bytes:
    """The tokenizer with the kept pieces only, numbered from 0."""
    new = {int(old): number for number, old in enumerate(rows)}
    model = dict(parts["model"])
    if model["type"] == UNIGRAM:
        # Added pieces may have ids beyond the vocabulary's (DeBERTa's [MASK]); they stay the last.
        model["vocab"] = [model["vocab"][old] for old in rows if old < len(model["vocab"])]
        model["unk_id"] = None if model["unk_id"] is None else new[model["unk_id"]]
    else:
        model["vocab"] = {piece: new[number] for piece, number in model["vocab"].items() if number in new}
    added = [{**token, "id": new[token["id"]]} for token in parts["added_tokens"]]
    told = {**parts, "model": model, "added_tokens": added, "truncation": None, "padding": None}
    if parts.get("post_processor"):
        told["post_processor"] = _processor(parts["post_processor"], new)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _processor(processor: dict[str, Any], new: dict[int, int]) -> dict[str, Any]:
    """The template that sets the special pieces around a text, with their new ids."""
    changed = dict(processor)
    for name, token in (processor.get("special_tokens") or {}).items():
        ids = [new[number] for number in token["ids"]]
        changed["special_tokens"] = {**changed["special_tokens"], name: {**token, "ids": ids}}
    for end in _ENDS:
        if isinstance(processor.get(end), list):
            changed[end] = [processor[end][0], new[processor[end][1]]]
    if processor.get("processors"):  # Sequence
        changed["processors"] = [_processor(each, new) for each in processor["processors"]]
    return changed


def _moved(number: int | None, rows: NDArray[np.int64]) -> int | None:
    if number is None:
        return None
    at = int(np.searchsorted(rows, number))
    return at if at < len(rows) and rows[at] == number else None
