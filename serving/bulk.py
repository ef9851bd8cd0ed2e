"""Bulk scoring: JSON lines in, one answer a line out, any size in bounded memory, order kept, no row dropped.

A row that cannot be read or judged becomes `{"id"?, "line", "error"}`; fields that the contract does not know are
ignored (API.md, "Command line"), since such files come from many places. Batches do not depend on one another: several
processes may score them (`chaffinch.scoring_pool`), and a run that was stopped goes on after the last one that is on
disk (`chaffinch.resuming`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
    """How far a run is: answers by outcome, rows with an error, bytes of the source."""

    passed: int = 0
    reviewed: int = 0
    blocked: int = 0
    errors: int = 0
    bytes_read: int = 0

    @property
    def rows(self) -> int:
        """Lines answered so far, broken ones included."""
        return self.passed + self.reviewed + self.blocked + self.errors

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number from 1, and its bytes, or None where it was too long to be kept."""

    number: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that are scored together; the source's bytes that they took; the hash of all of it up to their end."""

    lines: Sequence[Line]
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A batch's answers as JSON lines, and their count."""

    content: bytes
    tally: Tally


class Source:
    """Lines of a file or a pipe in batches, with a hash that says what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.blake2b(digest_size=16)
        self._size = 0
        self._number = 0

    def skip(self, size: int, rows: int) -> str:
        """Reads over what was scored before, `rows` lines in `size` bytes; its hash."""
        while self._size < size and (chunk := self._file.read(min(MAX_LINE, size - self._size))):
            self._note(chunk)
        self._number = rows
        self._size = 0
        return self._hash.hexdigest()

    def batches(self) -> Iterator[Batch]:
        """Everything that is left, some hundred lines at a time."""
        lines: list[Line] = []
        for line in self._lines():
            lines.append(line)
            if len(lines) == BATCH:
                yield self._batch(lines)
                lines = []
        if lines:
            yield self._batch(lines)

    def _batch(self, lines: Sequence[Line]) -> Batch:
        size, self._size = self._size, 0
        return Batch(lines, size, self._hash.hexdigest())

    def _lines(self) -> Iterator[Line]:
        """Lines without their ends; the rest of one that is too long is read and thrown away."""
        while chunk := self._read():
            self._number += 1
            fits = whole = _ends(chunk)
            content = chunk.removeprefix(BYTE_ORDER_MARK) if self._number == 1 else chunk
            while not whole and (rest := self._read()):
                whole = _ends(rest)
            yield Line(self._number, content.rstrip(b"\r\n") if fits else None)

    def _read(self) -> bytes:
        chunk = self._file.readline(MAX_LINE)
        self._note(chunk)
        return chunk

    def _note(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._size += len(chunk)


def _ends(chunk: bytes) -> bool:
    """Whether a line ends with what was read of it."""
    return chunk.endswith(b"\n") or len(chunk) < MAX_LINE


def score_lines(
    engine: Engine, source: BinaryIO, sink: BinaryIO, *, policy: str = "default", told: Callable[[Tally], None]
) -> Tally:
    """Scores every line of `source` into `sink`; `told` hears of the progress after each batch."""
    tally = Tally()
    for batch in Source(source).batches():
        scored = score_batch(engine, batch, policy)
        sink.write(scored.content)
        tally += scored.tally
        told(tally)
    return tally


def score_batch(engine: Engine, batch: Batch, policy: str) -> Scored:
    """One answer a line, in order."""
    counts = dict.fromkeys(("passed", "reviewed", "blocked", "errors"), 0)
    content = bytearray()
    for answer in _answers(engine, batch.lines, policy):
        counts[_COLUMNS.get(answer.get("decision", ""), "errors")] += 1
        content += orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
    return Scored(bytes(content), Tally(**counts, bytes_read=batch.size))


_COLUMNS = {"pass": "passed", "review": "reviewed", "block": "blocked"}


def _answers(engine: Engine, lines: Sequence[Line], policy: str) -> Iterator[dict[str, Any]]:
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
