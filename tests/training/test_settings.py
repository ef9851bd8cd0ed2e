from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from moderation.errors import ConfigError
from moderation.taxonomy import CONFIGS
from tests.training.tiny import settings
from training.settings import EncoderSettings, load_settings

SHIPPED = sorted(path.stem for path in (CONFIGS / "training").glob("*.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_config_loads_and_carries_its_own_name(name: str) -> None:
    assert name == load_settings(name, CONFIGS).name


@pytest.mark.parametrize("name", ["public", "released", "full"])
def test_a_long_training_can_end_before_its_last_look(name: str) -> None:
    """The first look is always the best so far, so that patience runs from the second on."""
    how = load_settings(name, CONFIGS).encoder
    assert 1 + how.patience < how.epochs * how.evaluations


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        'name = "Bad Name"\ndata = "tiny"\nspeed = 3\n[features]\nbits = 99\n[learning]\nstrength = -1\n'
        "[calibration]\nfolds = 1\n[encoder]\nenabled = true\nlength = 4\n"
    )
    with pytest.raises(ConfigError) as refused:
        load_settings(path, tmp_path)
    told = str(refused.value)
    for where in ("name", "speed", "features.bits", "learning.strength", "calibration.folds", "encoder.length"):
        assert where in told


@pytest.mark.parametrize("role", ["champion", "challenger"])
def test_a_training_cannot_take_the_name_of_a_role(role: str, tmp_path: Path) -> None:
    path = tmp_path / "sly.toml"
    path.write_text(f'name = "{role}"\ndata = "tiny"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="must not move"):
        load_settings(path, tmp_path)


def test_what_starts_warm_from_public_has_its_layers() -> None:
    """`make models` trains `full` from it: weights of other layers are refused."""
    public, full = (load_settings(name, CONFIGS).encoder for name in ("public", "full"))
    assert (public.layers, public.frozen_layers) == (full.layers, full.frozen_layers)


def test_an_unknown_config_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="starter"):
        load_settings("nobody", CONFIGS)


def test_the_digest_follows_what_decides_the_outcome_and_nothing_else() -> None:
    assert settings().digest == settings(about="other words").digest
    assert settings().digest != settings(seed=1).digest
    encoder = {"enabled": True, "epochs": 1}
    slower = {**encoder, "threads": 1, "checkpoint_every": 7}
    assert settings(encoder=encoder).digest == settings(encoder=slower).digest
    assert settings(encoder=encoder).digest != settings(encoder={**encoder, "epochs": 2}).digest


def test_the_encoders_settings_are_the_fine_tunings_own() -> None:
    from training.fine_tuning import FineTuning
    from training.second_tier import fine_tuning

    assert FineTuning(seed=7) == fine_tuning(EncoderSettings(), 7, warm=False)


def test_a_warm_start_goes_on_at_a_share_of_both_rates() -> None:
    from training.second_tier import fine_tuning

    how = EncoderSettings(learning_rate=1e-4, head_learning_rate=1e-3, warm_rate=0.25)
    cold, warm = (fine_tuning(how, 7, warm=each) for each in (False, True))
    assert (1e-4, 1e-3) == (cold.learning_rate, cold.head_learning_rate)
    assert (2.5e-5, 2.5e-4) == (warm.learning_rate, warm.head_learning_rate)


def test_only_the_measures_of_the_fast_tier_train_without_an_encoder() -> None:
    assert ["chineseharm", "public-fast"] == [
        name for name in SHIPPED if not load_settings(name, CONFIGS).encoder.enabled
    ]


def test_folds_of_the_encoder_need_folds_of_the_n_grams() -> None:
    with pytest.raises(ValidationError, match=r"encoder\.folds needs calibration\.folds"):
        settings(encoder={"folds": 2})
    assert 2 == settings(encoder={"folds": 2}, calibration={"folds": 4}).encoder.folds


def test_folds_and_a_soup_do_not_go_together() -> None:
    with pytest.raises(ValidationError, match=r"encoder\.members averages one encoder"):
        settings(encoder={"folds": 2, "members": 2}, calibration={"folds": 4})
    assert 2 == settings(encoder={"members": 2}).encoder.members
