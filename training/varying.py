"""A config with something changed, to be trained beside the one it came of; and what two configs differ in."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from moderation.errors import ConfigError, Fault
from moderation.toml import parse
from training.settings import TrainingSettings
from training.tracking import flat


def changed(settings: TrainingSettings, name: str, values: Mapping[str, Any]) -> TrainingSettings:
    """The config under another `name`, with other values for settings called as MLflow calls them (`features.bits`).

    Raises `ConfigError` with every name that is no setting, or every value that is none of its setting.
    """
    told = settings.model_dump(mode="json")
    known = flat(told)
    unknown = [Fault(each, _no_setting(each, known)) for each in values if each not in known]
    if unknown:
        raise ConfigError("A training config cannot be changed so.", unknown)
    for each, value in values.items():
        *path, last = each.split(".")
        inside = told
        for part in path:
            inside = inside[part]
        inside[last] = value
    return parse(TrainingSettings, told | {"name": name}, where=name)


def differences(*settings: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Settings, as manifests have them, that are not all alike: each one's value, None for none, by the name."""
    told = [flat(each) for each in settings]
    names = dict.fromkeys(name for each in told for name in each)
    values = {name: tuple(each.get(name) for each in told) for name in names}
    return {name: found for name, found in values.items() if any(each != found[0] for each in found)}


def _no_setting(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"is no setting; did you mean {near[0]}?" if near else "is no setting"
