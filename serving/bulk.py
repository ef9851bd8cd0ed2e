"""Bulk scoring: JSON lines in, one answer a line out, any size in bounded memory, order kept, no row dropped.

A row that cannot be read or judged becomes `{"id"?, "line", "error"}`; fields that the contract does not know are
ignored (API.md, "Command line"), since such files come from many places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeVar

import orjson

from moderation.answer import as_answer
from moderation.comment import DEFAULT_SURFACE, Author, Comment, Context
from moderation.errors import Fault, InvalidInputError
from moderation.pipeline import Engine, Reading

MAX_LINE = 1 << 20
"""Bytes of one line; 10,000 code points need at most 120,000 even when every one is escaped."""

BATCH = 256
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Some editors begin a UTF-8 file with it; it is no part of the first row."""

_PARTS = {"content": ("text", "lang"), "author": ("verified",), "context": ("surface",)}
"""Where a request of the API has what a row says."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a run is: answers by outcome, rows with an error, bytes read."""

    passed: int = 0
    reviewed: int = 0
    blocked: int = 0
    errors: int = 0
    bytes_read: int = 0

    @property
    def rows(self) -> int:
        """Lines answered so far, broken ones included."""
        return self.passed + self.reviewed + self.blocked + self.errors

    def with_answer(self, answer: dict[str, Any]) -> Tally:
        """The tally after one more answer."""
        column = {"pass": "passed", "review": "reviewed", "block": "blocked"}.get(answer.get("decision", ""), "errors")
        return replace(self, **{column: getattr(self, column) + 1})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number from 1, and its bytes, or None where it was too long to be kept."""

    number: int
    content: bytes | None


def score_lines(
    engine: Engine, source: BinaryIO, sink: BinaryIO, *, policy: str = "default", told: Callable[[Tally], None]
) -> Tally:
    """Scores every line of `source` into `sink`; `told` hears of the progress after each batch."""
    tally = Tally()
    for lines in _batches(_lines(source)):
        for answer in _answers(engine, lines, policy):
            sink.write(orjson.dumps(answer) + b"\n")
            tally = tally.with_answer(answer)
        read = sum(len(line.content or b"") for line in lines)
        tally = replace(tally, bytes_read=tally.bytes_read + read)
        told(tally)
    return tally


def _lines(source: BinaryIO) -> Iterator[Line]:
    """Lines without their ends; the rest of one that is too long is read and thrown away."""
    number = 0
    while chunk := source.readline(MAX_LINE):
        number += 1
        whole = chunk.endswith(b"\n") or len(chunk) < MAX_LINE
        content = chunk.removeprefix(BYTE_ORDER_MARK) if number == 1 else chunk
        yield Line(number, content.rstrip(b"\r\n") if whole else None)
        while not whole and (rest := source.readline(MAX_LINE)):
            whole = rest.endswith(b"\n") or len(rest) < MAX_LINE


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _answers(engine: Engine, lines: list[Line], policy: str) -> Iterator[dict[str, Any]]:
    """One answer a line, in order; the sound rows of the batch are scored together."""
    read = [_read(engine, line, policy) for line in lines]
    decisions = iter(engine.judge_many([row for row in read if isinstance(row, Reading)]))
    for row in read:
        if isinstance(row, Reading):
            yield as_answer(next(decisions), comment_id=row.comment.id)
        else:
            yield row


def _read(engine: Engine, line: Line, policy: str) -> Reading | dict[str, Any]:
    """The row as the engine reads it, or the answer that says what is wrong with it."""
    row: object = None
    try:
        row = _parsed(line)
        return engine.read(_comment(row), policy=policy)
    except InvalidInputError as error:
        known = row.get("id") if isinstance(row, dict) else None
        said = "; ".join(f"{fault.where.lstrip('/')} {fault.detail}".strip() for fault in error.faults)
        answer = {"id": known, "line": line.number, "error": said}
        return answer if isinstance(known, str | int) else {"line": line.number, "error": said}


def _parsed(line: Line) -> object:
    if line.content is None:
        raise _refused("", f"is longer than {MAX_LINE} bytes")
    if not line.content.strip():
        raise _refused("", "the line is empty")
    try:
        return orjson.loads(line.content)
    except orjson.JSONDecodeError as error:
        raise _refused("", f"the line is not valid JSON: {error.msg}") from error


def _comment(row: object) -> Comment:
    """A row's comment: `text`, and what it says of `id`, `lang`, `surface` and `verified`."""
    if not isinstance(row, dict):
        raise _refused("", 'the line is not a JSON object; write {"text": "..."}')
    row = _as_the_api_has_it(row)
    text = row.get("text")
    if not isinstance(text, str):
        raise _refused("text", "is missing" if text is None else "is not a string")
    number = row.get("id")
    return Comment(
        text,
        id=str(number) if isinstance(number, str | int) else None,
        lang=_field(row, "lang", str) or None,
        author=Author(verified=_field(row, "verified", bool)),
        context=Context(surface=_field(row, "surface", str) or DEFAULT_SURFACE),
    )


def _as_the_api_has_it(row: dict[str, Any]) -> dict[str, Any]:
    """A request of the scoring API as a row: its parts side by side. What the row itself says goes first."""
    found = dict(row)
    for part, names in _PARTS.items():
        inside = row.get(part)
        if isinstance(inside, dict):
            found = {name: inside[name] for name in names if name in inside} | found
    return found


def _field(row: dict[str, Any], name: str, kind: type[Value]) -> Value | None:
    """What the row says of `name`. A value of another type is refused: what was meant by it could decide."""
    value = row.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise _refused(name, f"is not a {'string' if kind is str else 'boolean: write true or false'}")


def _refused(where: str, detail: str) -> InvalidInputError:
    return InvalidInputError("The row cannot be judged.", [Fault(where, detail)])
