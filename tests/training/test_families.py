"""A base of each family is fine-tuned, exported and asked, or refused before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from registry.encoder import Encoder
from tests import encoder_families
from tests.encoder_families import FAMILIES
from tests.training import tiny
from tests.training.with_encoder.runs import how
from training import onnx_export, second_tier
from training.disguising import disguised
from training.encoder_model import EncoderClassifier, load_classifier
from training.encoder_order import Ask
from training.frozen_layers import LowerLayers, try_out
from training.learning_parameters import freeze
from training.onnx_export import ALLOWED, PROVED
from training.packaged_encoder import EncoderError
from training.second_tier import fine_tuning, look_at_base, make_encoder
from training.settings import DisguiseSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
WHOLE = ("albert", "t5")
"""Families whose lower layers cannot be frozen."""
USUAL = ("bert", "xlm-roberta")
"""Families of the encoder that comes with Chaffinch, and of most others; each takes some ten seconds."""
UPPER = tuple(family for family in FAMILIES if family not in WHOLE)
TRAINING, VALIDATION = tiny.columns(48), tiny.columns(24, seed=1)


def ask(folder: Path, family: str, **changes: object) -> Ask:
    base = folder / family
    if not base.exists():
        encoder_families.folder(base, family)
    settings = tiny.settings(encoder=how(base, **{"length": 16, **changes}))
    return Ask(settings, tiny.NAMES, folder, folder / "run")


def loaded(folder: Path, family: str) -> EncoderClassifier:
    return load_classifier(encoder_families.folder(folder / family, family), 8, seed=0)


def test_every_family_that_is_proved_is_proved_here() -> None:
    assert PROVED == FAMILIES.keys()


@pytest.mark.parametrize(
    "family", [each if each in USUAL else pytest.param(each, marks=pytest.mark.proof) for each in FAMILIES]
)
def test_a_base_of_any_family_is_trained_and_served(tmp_path: Path, family: str) -> None:
    asked = ask(tmp_path, family, frozen_layers=0 if family in WHOLE else 1)
    look_at_base(asked)
    made = make_encoder(asked, TRAINING, VALIDATION, disguised(TRAINING, DisguiseSettings(), 0))
    exported = made.shown.exported
    assert exported.deviation.largest <= ALLOWED
    assert 3 == made.soup.report.steps
    encoder = Encoder(exported.onnx, exported.tokenizer, labels=tiny.NAMES)
    said = encoder.logits(["加薇领券", "今天天气不错", "zzz casino ☃"])
    assert (3, 8) == said.shape
    assert 2 < len({len(row) for row in encoder.reader.read(["今", "今天", "今天天气"])})


@pytest.mark.parametrize("family", UPPER)
def test_whole_encoders_learn_too(tmp_path: Path, family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an export: it takes seconds, and does not know what was frozen."""
    asked, moved = ask(tmp_path, family), dict[str, bool]()

    def instead(_ask: Ask, model: EncoderClassifier, *_: object) -> Any:
        fresh = dict(loaded(tmp_path / "again", family).encoder.named_parameters())
        for name, each in model.encoder.named_parameters():
            moved[name] = each.shape != fresh[name].shape or not torch.equal(each, fresh[name])

    monkeypatch.setattr(second_tier, "shown_export", instead)
    look_at_base(asked)
    make_encoder(asked, TRAINING, VALIDATION, disguised(TRAINING, DisguiseSettings(), 0))
    lowest = [name for name in moved if ".0." in name and name.endswith("weight")]
    assert lowest
    assert all(moved[name] for name in lowest)


@pytest.mark.parametrize("family", UPPER)
@pytest.mark.parametrize("count", [1, 2])
def test_upper_layers_of_any_family_answer_as_the_whole(tmp_path: Path, family: str, count: int) -> None:
    try_out(loaded(tmp_path, family).encoder, count)


@pytest.mark.parametrize("family", UPPER)
def test_what_frozen_layers_read_with_stays_as_it_is(tmp_path: Path, family: str) -> None:
    """Whatever training may still move, the frozen layers' answers do not hang on it."""
    model = loaded(tmp_path, family)
    freeze(model, replace(fine_tuning(ask(tmp_path, family).settings.encoder, 0, warm=False), frozen_layers=2))
    rows = [[0, 5, 6, 2]]
    before, after = (LowerLayers(2, tmp_path / part, bf16=False) for part in ("before", "after"))
    for lower in (before, after):
        (tmp_path / ("before" if lower is before else "after")).mkdir()
        lower.remember(model.encoder, rows, 1)
        for each in model.parameters():
            if each.requires_grad:
                torch.nn.init.normal_(each)
    kept = [lower._kept.batch(rows, 4).numpy() for lower in (before, after)]  # type: ignore[union-attr]
    np.testing.assert_array_equal(*kept)


@pytest.mark.parametrize(
    ("family", "said"), [("albert", "in no list"), ("t5", "T5Block hands more on than its states")]
)
def test_layers_that_cannot_be_frozen_are_told_before_anything_is_trained(
    tmp_path: Path, family: str, said: str
) -> None:
    with pytest.raises(EncoderError, match=rf"{said}.*set frozen_layers = 0"):
        look_at_base(ask(tmp_path, family, frozen_layers=1))


def test_an_encoder_that_does_not_run_without_its_lower_layers_is_told(tmp_path: Path) -> None:
    model = loaded(tmp_path, "bert").encoder
    inner = model.encoder  # type: ignore[union-attr]
    forward = inner.forward

    def counting(*given: object, **more: object) -> object:
        if any("StandIn" in type(each).__name__ for each in inner.layer):
            raise TypeError("not a layer of mine")
        return forward(*given, **more)

    inner.forward = counting
    with pytest.raises(EncoderError, match=r"BertModel do not run by themselves \(TypeError: not a layer of mine\)"):
        try_out(model, 1)


def test_an_encoder_whose_upper_layers_answer_otherwise_is_told(tmp_path: Path) -> None:
    model = loaded(tmp_path, "bert").encoder
    inner = model.encoder  # type: ignore[union-attr]
    forward = inner.forward

    def biased(hidden: torch.Tensor, *given: object, **more: object) -> Any:
        out = forward(hidden, *given, **more)
        out.last_hidden_state = out.last_hidden_state * sum(
            "StandIn" not in type(each).__name__ for each in inner.layer
        )
        return out

    inner.forward = biased
    with pytest.raises(EncoderError, match="do not answer by themselves as the whole encoder does"):
        try_out(model, 1)


def test_a_kind_that_nobody_proved_is_exported_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_model: EncoderClassifier) -> Any:
        raise RuntimeError("no operator for this")

    monkeypatch.setattr(onnx_export, "_traced", broken)
    look_at_base(ask(tmp_path, "bert"))
    monkeypatch.setattr(onnx_export, "PROVED", PROVED - {"bert"})
    with pytest.raises(EncoderError, match=r"cannot be exported to ONNX \(RuntimeError: no operator.*xlm-roberta"):
        look_at_base(ask(tmp_path, "bert"))


def test_an_encoder_that_answers_no_states_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import BertModel

    def deaf(self: object, **_: object) -> object:
        raise ValueError("decoder_input_ids are needed")

    monkeypatch.setattr(BertModel, "forward", deaf)
    with pytest.raises(EncoderError, match=r"BertModel does not answer pieces with states \(ValueError: decoder"):
        look_at_base(ask(tmp_path, "bert"))
