"""The pieces of a Unigram tokenizer (Kudo 2018), read by sentencepiece: a seventh of the memory of `tokenizers`.

That library keeps a hash map for each node of its trie: 45 MB for 55,000 pieces, a tenth of a serving process. What a
`tokenizer.json` says of the text before it is cut (normaliser, special pieces around it) is still done by it, over no
pieces at all; sentencepiece only finds the likeliest way to cut. Both find the same way but where two are as likely:
`哈哈` and `哈哈哈` for five of them, in one order or the other (decision 93).

A comment cannot spell a special piece here: `<s>` in it is three characters.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Mapping, Sequence
from typing import Any

SPACE = "▁"
"""Stands for a space, at the beginning of a word."""

_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3
"""Kinds of pieces in sentencepiece's model."""

_NOTHING = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]], "byte_fallback": False}


class Unigram:
    """Cuts texts as the `tokenizer.json` says that it was opened from. Safe to share between threads."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        """`parts` are those of a file that `is_unigram`. Raises what its libraries raise where it is damaged."""
        from sentencepiece import SentencePieceProcessor  # native libraries: only where an encoder answers
        from tokenizers import Tokenizer

        pieces = parts["model"]["vocab"]
        self._added: dict[str, int] = {token["content"]: token["id"] for token in parts["added_tokens"]}
        self._before, self._after, around = _around(parts["post_processor"])
        self._cutter = SentencePieceProcessor()
        self._cutter.LoadFromSerializedProto(model(pieces, self._added.keys() | around, parts["model"]["unk_id"]))
        self.size = len(pieces) + sum(number >= len(pieces) for number in self._added.values())
        shell = Tokenizer.from_str(json.dumps({**parts, "model": _NOTHING, "added_tokens": []}))
        self._normalizer = shell.normalizer

    def encode(self, text: str) -> list[int]:
        """The ids of the text's pieces, the special ones around them."""
        shown = self._normalizer.normalize_str(text) if self._normalizer else text
        shown = shown.replace(" ", SPACE)
        if shown and not shown.startswith(SPACE):
            shown = SPACE + shown
        cut: list[int] = self._cutter.encode_as_ids(shown) if shown else []
        return [*self._before, *cut, *self._after]

    def token_to_id(self, piece: str) -> int | None:
        """The piece's id."""
        number: int = self._cutter.piece_to_id(piece)  # that of what is unknown for a piece that is not there
        return number if self._cutter.id_to_piece(number) == piece else self._added.get(piece)


def is_unigram(parts: Mapping[str, Any]) -> bool:
    """Whether this module reads a `tokenizer.json` of these parts as `tokenizers` does.

    So it is where words begin with the sign for a space and pieces hold it nowhere else, so that cutting the whole cuts
    its words, and where nothing but special pieces was added.
    """
    cut, before = parts.get("model") or {}, parts.get("pre_tokenizer") or {}
    pieces = [piece for piece, _ in cut.get("vocab") or []] if cut.get("type") == "Unigram" else []
    return (
        bool(pieces)
        and not cut.get("byte_fallback")
        and isinstance(cut.get("unk_id"), int)
        and before == {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True}
        and (parts.get("post_processor") or {}).get("type") == "TemplateProcessing"
        and all(_is_special(token, pieces) for token in parts.get("added_tokens") or ())
        and len(set(pieces)) == len(pieces)
        and not any(SPACE in piece[1:] or not piece for piece in pieces)
    )


def _is_special(token: Mapping[str, Any], pieces: Sequence[str]) -> bool:
    """Whether what was added is no word of a text, and has the number of its piece."""
    number = token["id"]
    return bool(token["special"]) and (number >= len(pieces) or pieces[number] == token["content"])


def model(pieces: Sequence[tuple[str, float]], special: Collection[str], unknown: int) -> bytes:
    """The pieces and their log-likelihoods in sentencepiece's own form: `ModelProto`, in protobuf's encoding.

    Nothing is done to a text before it is cut: `Unigram.encode` has done it.
    """
    kinds = (
        _UNKNOWN if at == unknown else _CONTROL if piece in special else _NORMAL for at, (piece, _) in enumerate(pieces)
    )
    listed = (
        _bytes(1, _bytes(1, piece.encode()) + _float(2, score) + _number(3, kind))
        for (piece, score), kind in zip(pieces, kinds, strict=True)
    )
    unigram, nowhere = 1, -1 & ((1 << 64) - 1)
    others = b"".join(_number(field, nowhere) for field in (41, 42, 43))  # no pieces around a text, none to pad with
    trainer = _number(3, unigram) + _number(40, unknown) + others
    normalizer = _bytes(1, b"identity") + _number(3, 0) + _number(4, 0) + _number(5, 0)
    return b"".join((*listed, _bytes(2, trainer), _bytes(3, normalizer)))


def _around(template: Mapping[str, Any]) -> tuple[list[int], list[int], set[str]]:
    """The ids before and after a text, and the pieces that they are."""
    ids = {name: list(special["ids"]) for name, special in template["special_tokens"].items()}
    sides: list[list[int]] = [[]]
    for part in template["single"]:
        if "Sequence" in part:
            sides.append([])
        else:
            sides[-1] += ids[part["SpecialToken"]["id"]]
    before, after = sides
    return before, after, set(ids)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _bytes(field: int, held: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(held)) + held


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _float(field: int, number: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", number)
