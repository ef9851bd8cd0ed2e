"""Reading TOML that people write: every mistake at once, where it is and what to try."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails

from moderation.errors import ConfigError, Fault
from moderation.toml_places import Path as Inside
from moderation.toml_places import Place, nearest, places
from moderation.toml_sentences import sentence

Model = TypeVar("Model", bound=BaseModel)
Value = TypeVar("Value")

MAX_CONFIG_BYTES = 32 * 1024 * 1024
NO_TOML = "A configuration file is not valid TOML."


_UNCHANGING = frozenset({"bool", "int", "float", "date"})


def _unchanging(schema: Any) -> Any:  # noqa: ANN401 - what pydantic made of annotations: dicts and lists of anything
    """The schema with its numbers, dates and truth values strict; default values are none of it."""
    if isinstance(schema, list):
        return [_unchanging(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: part if key in ("default", "metadata") else _unchanging(part) for key, part in schema.items()}
    return made | {"strict": True} if schema.get("type") in _UNCHANGING else made


class StrictModel(BaseModel):
    """A schema for what people write: unknown fields are mistakes, values do not change.

    A number, a date, true and false are what TOML writes without quotes: `"5"` is no number, `true` is no 1. Lists
    become tuples and the words of a vocabulary its members; pydantic's own strictness refuses these too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        made: CoreSchema = _unchanging(handler(source))
        return made


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
        return Fault(f"{self.where(path)}: {_named(path)}", detail)


def read_document(path: Path) -> Document:
    """The file. Raises `ConfigError` where it is missing, too large, not UTF-8 or not TOML."""
    return _document(path.name, read_text(path), where=str(path))


def read_text(path: Path) -> str:
    """What stands in the file. Raises `ConfigError` where it is missing, too large or not UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        hint = f"cannot be read ({error.strerror}); check the path"
        raise ConfigError("A configuration file is missing.", [Fault(str(path), hint)]) from error
    if len(raw) > MAX_CONFIG_BYTES:
        raise ConfigError("A configuration file is too large.", [Fault(str(path), "is over 32 MiB; split it")])
    return _decoded(raw, path)


def read_typed(text: str, name: str) -> Document:
    """What somebody typed, as if it stood in the file `name`. Raises `ConfigError` where it is not TOML."""
    return _document(name, text, where=name)


def _document(name: str, text: str, *, where: str) -> Document:
    try:
        return Document(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(NO_TOML, [Fault(where, str(error))]) from error
    except RecursionError as error:
        hint = "nests its arrays too deep; flatten them"
        raise ConfigError(NO_TOML, [Fault(where, hint)]) from error


def _decoded(raw: bytes, path: Path) -> str:
    """The text of a file. Raises `ConfigError`, with the place as `tomllib` tells places."""
    if raw.startswith(codecs.BOM_UTF8):
        hint = "begins with a byte order mark (at line 1, column 1); save it as UTF-8 without one"
        raise ConfigError(NO_TOML, [Fault(str(path), hint)])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        hint = f"the byte 0x{raw[error.start]:02x} is no UTF-8 (at line {line}, column {column}); save it as UTF-8"
        raise ConfigError(NO_TOML, [Fault(str(path), hint)]) from error


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table. Raises `ConfigError` as `read_document` does."""
    return read_document(path).table


def parse(schema: type[Model], table: object, *, where: str) -> Model:
    """`table` as `schema`. Raises `ConfigError` naming every fault by its path in the file."""
    try:
        return schema.model_validate(table)
    except ValidationError as error:
        faults = [Fault(f"{where}: {_named(inside)}", detail) for inside, detail in findings(error, schema)]
        raise ConfigError(f"{where} cannot be used.", faults) from error


def parse_file(schema: type[Model], path: Path) -> Model:
    """The file as `schema`. Raises `ConfigError` naming every fault with its line and column."""
    document = read_document(path)
    try:
        return schema.model_validate(document.table)
    except ValidationError as error:
        faults = [document.fault(inside, detail) for inside, detail in findings(error, schema)]
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


def findings(error: ValidationError, schema: type[BaseModel]) -> list[tuple[Inside, str]]:
    """What does not fit `schema`: the path of each fault, and what is wrong and what to try in our own words."""
    found = error.errors(include_url=False)
    around = {item["loc"][:depth] for item in found for depth in range(len(item["loc"]))}
    return [(item["loc"], sentence(item, schema)) for item in found if not _is_counted_short(item, around)]


def _is_counted_short(item: ErrorDetails, around: Collection[Inside]) -> bool:
    """Whether a list is short only because pydantic does not count its wrong elements, which are told themselves."""
    return item["type"] == "too_short" and bool(item["input"]) and item["loc"] in around


def faults_of(error: ValidationError, where: str) -> list[Fault]:
    """As faults, `file: labels.3.name` and pydantic's sentence: never with the value, which may be somebody's words."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [Fault(f"{where}: {_named(item['loc'])}", item["msg"]) for item in found]


def _named(inside: Inside) -> str:
    return ".".join(map(str, inside)) or "top level"
