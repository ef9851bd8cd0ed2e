"""Tiny random encoders of each family with a tokenizer as theirs, as Hugging Face folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tests import tiny_encoder
from tests.training import tiny

LETTERS = sorted({*tiny.CALM, *"".join(tiny.WORDS.values()), *"abcdefghijklmnopqrstuvwxyz!?."})
WIDTH, LAYERS = 64, 3
_SIZE = {"hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": 2, "intermediate_size": 64,
         "max_position_embeddings": 64, "initializer_range": 0.2}  # fmt: skip


def word_pieces() -> Tokenizer:
    """As `bert-base-chinese`, but that the special pieces are listed nowhere else than around a text."""
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS), *tiny_encoder.WORDS]
    whole = Tokenizer(models.WordPiece({name: at for at, name in enumerate(names)}, unk_token="[UNK]"))
    whole.normalizer = normalizers.BertNormalizer()
    whole.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    whole.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return whole


def unigram(first: str = "<s>", last: str = "</s>", mask: str | None = None) -> Tokenizer:
    """As XLM-RoBERTa's; `mask` has an id beyond the pieces, as in DeBERTa's."""
    names = [first, "<pad>", last, "<unk>"]
    pieces = [(name, 0.0) for name in names] + [("▁", -4.0)] + [(letter, -6.0) for letter in LETTERS]
    pieces += [(f"▁{word}", -3.0) for word in tiny_encoder.WORDS]
    whole = Tokenizer(models.Unigram(pieces, unk_id=3))
    whole.normalizer = normalizers.NFKC()
    whole.pre_tokenizer = pre_tokenizers.Metaspace()
    whole.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, 0), (last, 2)]
    )
    whole.add_special_tokens(names)
    if mask:
        whole.add_special_tokens([AddedToken(mask)])
    return whole


def byte_pairs() -> Tokenizer:
    """As RoBERTa's: bytes, and merges that cannot be trimmed."""
    whole = Tokenizer(models.BPE())
    whole.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    whole.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    whole.train_from_iterator([*tiny_encoder.WORDS, *tiny.WORDS.values()], trainer)
    whole.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return whole


def _deberta(pieces: int) -> Any:
    config = transformers.DebertaV2Config(
        vocab_size=pieces, **_SIZE, relative_attention=True, position_buckets=16, norm_rel_ebd="layer_norm",
        share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False, conv_kernel_size=3,
        conv_act="gelu", type_vocab_size=0,
    )  # fmt: skip
    return transformers.DebertaV2Model(config)


def _modern(pieces: int) -> Any:
    config = transformers.ModernBertConfig(
        vocab_size=pieces, **_SIZE, global_attn_every_n_layers=2, local_attention=8, pad_token_id=1, bos_token_id=0,
        eos_token_id=2, cls_token_id=0, sep_token_id=2,
    )  # fmt: skip
    return transformers.ModernBertModel(config)


def _t5(pieces: int) -> Any:
    config = transformers.T5Config(
        vocab_size=pieces, d_model=WIDTH, d_kv=32, d_ff=64, num_layers=LAYERS, num_heads=2, pad_token_id=1
    )
    return transformers.T5Model(config)


FAMILIES: dict[str, tuple[Callable[[], Tokenizer], Callable[[int], Any]]] = {
    "bert": (word_pieces, lambda pieces: transformers.BertModel(transformers.BertConfig(vocab_size=pieces, **_SIZE))),
    "xlm-roberta": (
        unigram,
        lambda pieces: transformers.XLMRobertaModel(
            transformers.XLMRobertaConfig(vocab_size=pieces, **_SIZE, pad_token_id=1)
        ),
    ),
    "roberta": (
        byte_pairs,
        lambda pieces: transformers.RobertaModel(transformers.RobertaConfig(vocab_size=pieces, **_SIZE)),
    ),
    "deberta-v2": (lambda: unigram("[CLS]", "[SEP]", "[MASK]"), _deberta),
    "albert": (
        lambda: unigram("[CLS]", "[SEP]"),
        lambda pieces: transformers.AlbertModel(
            transformers.AlbertConfig(vocab_size=pieces, embedding_size=32, **_SIZE)
        ),
    ),
    "modernbert": (byte_pairs, _modern),
    "t5": (unigram, _t5),
}


def folder(path: Path, family: str, *, seed: int = 0) -> Path:
    """A base of this family at `path`."""
    tokenizer, model = FAMILIES[family]
    whole = tokenizer()
    torch.manual_seed(seed)
    model(whole.get_vocab_size()).save_pretrained(path)
    (path / "tokenizer.json").write_bytes(whole.to_str().encode())
    return path
