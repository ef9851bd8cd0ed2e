"""Files of other people's making, cut into fields; what cannot be cut is told with file, line and cause."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from data.recipes import Format, Read

MAX_FIELD: Final = 8 * 1024 * 1024
"""Longest field of a CSV file, in characters: a lost quote must not swallow the file unseen."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row as its file has it, with the line on which it begins (1 is the first)."""

    file: str
    line: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row (or a file) that is not used, and why."""

    source: str
    file: str
    line: int
    cause: str

    def as_dict(self) -> dict[str, Any]:
        """As `rejected.jsonl` holds it."""
        return {"source": self.source, "file": self.file, "line": self.line, "cause": self.cause}


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that has no fields; `whole` where for its sake nothing of the file is read."""

    file: str
    line: int
    cause: str
    whole: bool = False


def records(path: Path, name: str, how: Read) -> Iterator[Record | Broken]:
    """The rows of one file; `name` is what reports call it."""
    # Bytes that are no text become lone surrogates (PEP 383): the rows around them are read, cleaning refuses those.
    text = path.read_bytes().decode(how.encoding, errors="surrogateescape").removeprefix("\ufeff")
    match how.format:
        case Format.CSV | Format.TSV:
            yield from _separated(text, name, how)
        case Format.JSONL | Format.LABEL_RECORDS:
            yield from _json_lines(text, name)
        case Format.JSON:
            yield from _json_array(text, name)
        case Format.PREFIXED:
            yield from _prefixed(text, name, how)
        case _:
            for line, content in enumerate(_lines(text), start=1):
                yield Record(name, line, {how.text: content})


def _lines(text: str) -> list[str]:
    """Lines ended by LF or CRLF; the other separators of `str.splitlines` are part of a comment."""
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


def _separated(text: str, name: str, how: Read) -> Iterator[Record | Broken]:
    csv.field_size_limit(MAX_FIELD)
    delimiter = how.separator or ("\t" if how.format == Format.TSV else ",")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if how.quoted else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    header = list(how.columns)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Broken(name, line, f"cannot be cut into columns ({error})")
            continue
        if not row:
            continue
        if not header:
            header = row
            if how.text not in header:
                yield Broken(name, line, f"has no column '{how.text}'; columns: {', '.join(header)}", whole=True)
                return
        elif len(row) != len(header):
            yield Broken(name, line, f"has {len(row)} columns, {len(header)} were expected")
        else:
            yield Record(name, line, dict(zip(header, row, strict=True)))


def _json_lines(text: str, name: str) -> Iterator[Record | Broken]:
    for line, content in enumerate(_lines(text), start=1):
        if not content.strip():
            continue
        try:
            yield _object(json.loads(content), name, line)
        except (ValueError, RecursionError) as error:
            yield Broken(name, line, f"is not JSON ({error})")


def _json_array(text: str, name: str) -> Iterator[Record | Broken]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield Broken(name, getattr(error, "lineno", 1), f"the file is not JSON ({error})", whole=True)
        return
    if not isinstance(held, list):
        yield Broken(name, 1, "the file is not a list of objects", whole=True)
        return
    for place, item in enumerate(held, start=1):
        yield _object(item, name, place)


def _object(item: object, name: str, line: int) -> Record | Broken:
    return Record(name, line, item) if isinstance(item, dict) else Broken(name, line, "is not a JSON object")


def _prefixed(text: str, name: str, how: Read) -> Iterator[Record | Broken]:
    for line, content in enumerate(_lines(text), start=1):
        label, found, rest = content.partition(how.separator)
        if found:
            yield Record(name, line, dict(zip(how.columns, (label, rest), strict=True)))
        else:
            yield Broken(name, line, f"has no '{how.separator}' between label and text")
