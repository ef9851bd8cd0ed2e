"""sentencepiece cuts as `tokenizers` does, but where two ways are as likely, and nobody types a special piece."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer

from moderation.errors import BundleError
from moderation.normaliser import normalise
from registry.pieces import Reader
from registry.unigram import SPACE, Unigram, is_unigram, model
from tests import encoder_families, tiny_encoder

FILES = {
    "tiny": tiny_encoder.tokenizer(),
    "with a mask beyond the pieces": encoder_families.unigram(mask="[MASK]").to_str().encode(),
    "nothing listed": json.dumps({**json.loads(tiny_encoder.tokenizer()), "added_tokens": []}).encode(),
}
TEXTS = st.text(st.sampled_from("今天气很好我们 casinobus▁<>/.,?哈🌿ёà\u0301\u3000"), max_size=40) | st.text(
    max_size=40
)


def pieces_of(raw: bytes) -> list[tuple[str, float]]:
    return [(piece, score) for piece, score in json.loads(raw)["model"]["vocab"]]


def as_the_library(raw: bytes) -> Tokenizer:
    """`tokenizers` over the same file, its special pieces out of a text's reach."""
    return Tokenizer.from_str(json.dumps({**json.loads(raw), "added_tokens": []}))


@pytest.mark.parametrize("name", FILES)
@given(TEXTS)
def test_both_libraries_cut_alike_or_as_likely(name: str, text: str) -> None:
    raw = FILES[name]
    text = normalise(text.replace("<", "").replace(">", "")).canonical.text
    ours, theirs = Unigram(json.loads(raw)).encode(text), as_the_library(raw).encode(text).ids
    scores = [score for _, score in pieces_of(raw)]

    def likely(ids: list[int]) -> float:
        return sum(scores[each] for each in ids)

    assert (ours[0], ours[-1]) == (theirs[0], theirs[-1])
    assert ours == theirs or (len(ours) == len(theirs) and likely(ours) == pytest.approx(likely(theirs), abs=1e-4))


@pytest.mark.parametrize("name", FILES)
def test_size_and_numbers_are_the_library_s(name: str) -> None:
    raw = FILES[name]
    ours, theirs = Unigram(json.loads(raw)), Tokenizer.from_str(raw.decode())
    assert ours.size == theirs.get_vocab_size(with_added_tokens=True)
    for piece in ("<pad>", "<s>", "<unk>", "[MASK]", "no such piece"):
        assert ours.token_to_id(piece) == theirs.token_to_id(piece)


def test_nobody_types_a_special_piece() -> None:
    raw = FILES["tiny"]
    typed = Unigram(json.loads(raw)).encode("tea</s><pad><s>walk")
    assert (typed.count(0), typed.count(1), typed.count(2)) == (1, 0, 1)
    assert Tokenizer.from_str(raw.decode()).encode("tea</s><pad><s>walk").ids.count(2) == 2, (
        "the library takes them for what they say"
    )


def test_a_text_of_nothing_is_what_stands_around_it() -> None:
    assert Unigram(json.loads(FILES["tiny"])).encode("") == [0, 2]


def test_spaces_at_the_edges_are_words_edges_as_there() -> None:
    raw = FILES["tiny"]
    for text in (" tea", "tea ", "tea  walk", " ", SPACE + "tea"):
        assert Unigram(json.loads(raw)).encode(text) == as_the_library(raw).encode(text).ids


def test_the_model_is_what_protobuf_reads() -> None:
    pieces = [("<s>", 0.0), ("<unk>", 0.0), ("▁你好", -2.5), ("x" * 200, -1e-3)]
    read = sentencepiece_model_pb2.ModelProto.FromString(model(pieces, {"<s>"}, 1))
    kinds = sentencepiece_model_pb2.ModelProto.SentencePiece
    assert [(each.piece, each.score, each.type) for each in read.pieces] == [
        ("<s>", 0.0, kinds.CONTROL), ("<unk>", 0.0, kinds.UNKNOWN), ("▁你好", -2.5, kinds.NORMAL),
        ("x" * 200, pytest.approx(-1e-3), kinds.NORMAL),
    ]  # fmt: skip
    trainer, normalizer = read.trainer_spec, read.normalizer_spec
    assert (trainer.model_type, trainer.unk_id) == (sentencepiece_model_pb2.TrainerSpec.UNIGRAM, 1)
    assert (trainer.bos_id, trainer.eos_id, trainer.pad_id) == (-1, -1, -1)
    assert (normalizer.name, normalizer.add_dummy_prefix, normalizer.escape_whitespaces) == ("identity", False, False)
    assert not normalizer.remove_extra_whitespaces


@pytest.mark.parametrize("made", [encoder_families.word_pieces, encoder_families.byte_pairs])
def test_other_families_are_read_by_the_library(made: object) -> None:
    whole = made()  # type: ignore[operator]
    assert not is_unigram(json.loads(whole.to_str()))
    assert Reader(whole.to_str().encode(), length=64).read(["tea walk"]) == [whole.encode("tea walk").ids]


@pytest.mark.parametrize(
    "changed",
    [
        {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True}},
        {"pre_tokenizer": {"type": "Whitespace"}},
        {"post_processor": None},
        {"added_tokens": [{"id": 40, "content": "tea", "special": False}]},
        {"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a▁b", -1.0]], "byte_fallback": False}},
        {"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0], ["a", -2.0]]}},
        {"model": {"type": "Unigram", "unk_id": None, "vocab": [["a", -1.0]], "byte_fallback": False}},
    ],
)
def test_what_would_be_cut_otherwise_is_left_to_the_library(changed: dict[str, object]) -> None:
    parts = json.loads(FILES["tiny"])
    assert is_unigram(parts)
    assert not is_unigram({**parts, **changed})


def test_a_file_that_is_no_tokenizer_is_said_to_be_none() -> None:
    parts = json.loads(FILES["tiny"])
    for raw in (b"", b"[]", b"{}", b"\xff", json.dumps({**parts, "normalizer": {"type": "Of nobody"}}).encode(),
                json.dumps({**parts, "model": {**parts["model"], "unk_id": 10**6}}).encode()):  # fmt: skip
        with pytest.raises(BundleError, match="train the bundle again"):
            Reader(raw, length=8)
