"""Reading TOML that people write: every mistake at once, where it is and what to try."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from moderation.errors import ConfigError, Fault
from moderation.toml_places import Path as Inside
from moderation.toml_places import Place, nearest, places

Model = TypeVar("Model", bound=BaseModel)
Value = TypeVar("Value")

MAX_CONFIG_BYTES = 32 * 1024 * 1024


class StrictModel(BaseModel):
    """A schema for what people write: unknown fields are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Document:
    """A TOML file as read: its table, and where in the text each part of the table stands."""

    name: str
    text: str
    table: dict[str, Any]

    @cached_property
    def _places(self) -> dict[Inside, Place]:
        return places(self.text)

    def place(self, path: Inside) -> Place:
        """Line and column of what stands at `path`, or of what stands around it."""
        return nearest(self._places, path)

    def where(self, path: Inside) -> str:
        """`pack.toml:12:5` for what stands at `path`, or for what stands around it."""
        line, column = self.place(path)
        return f"{self.name}:{line}:{column}"

    def fault(self, path: Inside, detail: str) -> Fault:
        """A mistake at `path`."""
        return Fault(f"{self.where(path)}: {'.'.join(map(str, path)) or 'top level'}", detail)


def read_document(path: Path) -> Document:
    """The file. Raises `ConfigError` where it is missing, too large, not UTF-8 or not TOML."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        hint = f"cannot be read ({error.strerror}); check the path"
        raise ConfigError("A configuration file is missing.", [Fault(str(path), hint)]) from error
    if len(raw) > MAX_CONFIG_BYTES:
        raise ConfigError("A configuration file is too large.", [Fault(str(path), "is over 32 MiB; split it")])
    try:
        text = raw.decode("utf-8")
        return Document(path.name, text, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("A configuration file is not valid TOML.", [Fault(str(path), str(error))]) from error
    except RecursionError as error:
        hint = "nests its arrays too deep; flatten them"
        raise ConfigError("A configuration file is not valid TOML.", [Fault(str(path), hint)]) from error


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table. Raises `ConfigError` as `read_document` does."""
    return read_document(path).table


def parse(schema: type[Model], table: object, *, where: str) -> Model:
    """`table` as `schema`. Raises `ConfigError` naming every fault by its path in the file."""
    try:
        return schema.model_validate(table)
    except ValidationError as error:
        raise ConfigError(f"{where} cannot be used.", faults_of(error, where)) from error


def parse_file(schema: type[Model], path: Path) -> Model:
    """The file as `schema`. Raises `ConfigError` naming every fault with its line and column."""
    document = read_document(path)
    try:
        return schema.model_validate(document.table)
    except ValidationError as error:
        faults = [document.fault(inside, detail) for inside, detail in findings(error)]
        raise ConfigError(f"{path.name} cannot be used.", faults) from error


def read_folder(folder: Path, read: Callable[[Path], Value], *, summary: str) -> list[Value]:
    """What `read` makes of each TOML file of `folder`, by name.

    Raises `ConfigError` with `summary` and every fault of every file, where `read` raised one.
    """
    made: list[Value] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            made.append(read(path))
        except ConfigError as error:
            faults.extend(error.faults)
    if faults:
        raise ConfigError(summary, faults)
    return made


def findings(error: ValidationError) -> list[tuple[Inside, str]]:
    """Pydantic's findings: the path of each, and its sentence."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [(item["loc"], item["msg"]) for item in found]


def faults_of(error: ValidationError, where: str) -> list[Fault]:
    """Pydantic's findings as faults: `file: labels.3.name` and pydantic's sentence."""
    return [
        Fault(f"{where}: {'.'.join(map(str, inside)) or 'top level'}", detail) for inside, detail in findings(error)
    ]
