"""The demo learns from no more than it has time for, and never from more than the configs say."""

from __future__ import annotations

from chaffinch.demo.learning import CONFIG, limited_data, limited_training
from chaffinch.demo.script import Limits, load_script
from chaffinch.settings import CHECKOUT
from data.config import SourceUse, load_config
from data.recipes import load_recipes
from moderation.taxonomy import load_taxonomy
from training.settings import TrainingSettings, load_settings

CONFIGS = CHECKOUT / "configs"
DATA = load_config(CONFIGS / "data" / "starter.toml", load_recipes(CONFIGS / "sources", load_taxonomy().names))
TRAINING = load_settings(CONFIG, CONFIGS)


def test_the_shipped_demo_learns_from_a_part_of_the_starter_corpus() -> None:
    limits = load_script(CONFIGS / "demo.toml").limits
    assert limits.rows is not None
    assert limits.encoder_rows is not None
    assert {"starter": limits.rows, "moderators": None} == {
        each.name: each.max_rows for each in limited_data(DATA, limits).sources
    }
    limited = limited_training(TRAINING, limits).encoder
    told = (limits.encoder_rows, limits.encoder_folds, limits.encoder_asked)
    assert told == (limited.max_rows, limited.folds, limited.asked_rows)


def test_limits_lower_and_never_raise() -> None:
    small = DATA.model_copy(update={"sources": (SourceUse(name="starter", max_rows=7),)})
    assert [7] == [each.max_rows for each in limited_data(small, Limits(rows=100)).sources]
    most = TRAINING.encoder.max_rows
    assert most is not None
    assert most == limited_training(TRAINING, Limits(encoder_rows=most + 1)).encoder.max_rows
    more = limited_training(TRAINING, Limits(encoder_folds=TRAINING.encoder.folds + 1))
    assert more == TRAINING
    assert most == limited_training(TRAINING, Limits(encoder_asked=most + 1)).encoder.asked_rows
    assert limited_training(without_folds(), Limits(encoder_folds=2, encoder_asked=5)) == without_folds()
    own = DATA.model_copy(update={"frozen": "demo"})
    assert (own, TRAINING) == (limited_data(DATA, Limits()), limited_training(TRAINING, Limits()))
    assert DATA.frozen == "starter", "what the whole corpus is judged on is not the demo's to freeze"


def without_folds() -> TrainingSettings:
    return TRAINING.model_copy(update={"encoder": TRAINING.encoder.model_copy(update={"folds": 0})})
