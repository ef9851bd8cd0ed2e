"""Reading TOML that people write: every mistake at once, where it is and what to try."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from moderation.errors import ConfigError, Fault

Model = TypeVar("Model", bound=BaseModel)

MAX_CONFIG_BYTES = 32 * 1024 * 1024


class StrictModel(BaseModel):
    """A schema for what people write: unknown fields are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table. Raises `ConfigError` where it is missing, too large, not UTF-8 or not TOML."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        hint = f"cannot be read ({error.strerror}); check the path"
        raise ConfigError("A configuration file is missing.", [Fault(str(path), hint)]) from error
    if len(raw) > MAX_CONFIG_BYTES:
        raise ConfigError("A configuration file is too large.", [Fault(str(path), "is over 32 MiB; split it")])
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("A configuration file is not valid TOML.", [Fault(str(path), str(error))]) from error


def parse(schema: type[Model], table: object, *, where: str) -> Model:
    """`table` as `schema`. Raises `ConfigError` naming every fault by its path in the file."""
    try:
        return schema.model_validate(table)
    except ValidationError as error:
        raise ConfigError(f"{where} cannot be used.", faults_of(error, where)) from error


def faults_of(error: ValidationError, where: str) -> list[Fault]:
    """Pydantic's findings as faults: `file: labels.3.name` and pydantic's sentence."""
    return [
        Fault(f"{where}: {'.'.join(str(part) for part in item['loc']) or 'top level'}", item["msg"])
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]
