from __future__ import annotations

import pytest

from moderation.errors import ConfigError
from tests.training import tiny
from training.varying import changed, differences

SETTINGS = tiny.settings()


def test_one_thing_is_changed_and_the_rest_stays() -> None:
    other = changed(SETTINGS, "tiny-b", {"features.orders": [1, 2, 3], "disguises.share": 0.5})
    assert ((1, 2, 3), 0.5, "tiny-b") == (other.features.orders, other.disguises.share, other.name)
    assert SETTINGS.learning == other.learning


def test_what_is_no_setting_is_told_with_its_neighbour() -> None:
    with pytest.raises(ConfigError) as raised:
        changed(SETTINGS, "tiny-b", {"features.order": [1], "warmth": 3})
    told = str(raised.value)
    assert "features.order" in told
    assert "did you mean features.orders?" in told
    assert "warmth" in told


def test_what_is_no_value_of_a_setting_is_told() -> None:
    with pytest.raises(ConfigError, match="strength"):
        changed(SETTINGS, "tiny-b", {"learning.strength": -1.0})


def test_the_config_that_it_came_of_is_not_touched() -> None:
    before = SETTINGS.digest
    changed(SETTINGS, "tiny-b", {"features.bits": 14})
    assert before == SETTINGS.digest


def test_only_what_differs_is_told_by_the_name_that_mlflow_has() -> None:
    other = changed(SETTINGS, "tiny-b", {"features.bits": 14})
    one, two = (each.model_dump(mode="json") for each in (SETTINGS, other))
    assert {"name": ("tiny", "tiny-b"), "features.bits": (12, 14)} == differences(one, two)
    assert {} == differences(one, one)


def test_what_one_of_both_does_not_say_is_none() -> None:
    assert {"features.seed": (0, None, 0)} == differences({"features": {"seed": 0}}, {}, {"features": {"seed": 0}})
    assert {"features.seed": (None, 7)} == differences({"features": {}}, {"features": {"seed": 7}})
