r"""The project's own corpus: files that a moderator can read and review (data/starter/README.md).

`data/starter/<lang>/<name>.tsv`, UTF-8, one comment a line, header `labels kind voice group text`; in a text `\n`,
`\t` and `\\` stand for a line break, a tab and a backslash. Files named `everyday*` hold ordinary comments. Every
row is judged on all labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.reading import Broken

HEADER: Final = ("labels", "kind", "voice", "group", "text")
VOICES: Final = ("video", "social", "forum", "shop")
OK: Final = "ok"
EVERYDAY: Final = "everyday"
HARD_NEGATIVES: Final = "hard_negatives"

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_MEANS = {"n": "\n", "t": "\t", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Written:
    """One written comment; `labels` is empty where it is `ok`."""

    file: str
    line: int
    lang: str
    labels: tuple[str, ...]
    kind: str
    voice: str
    group: str
    text: str

    @property
    def is_everyday(self) -> bool:
        """Whether it stands in a file of ordinary comments."""
        return Path(self.file).name.startswith(EVERYDAY)

    @property
    def is_hard_negative(self) -> bool:
        """A harmless comment that stands beside a label, not among the ordinary ones."""
        return not self.labels and not self.is_everyday


def read_file(path: Path, name: str, labels: Sequence[str]) -> Iterator[Written | Broken]:
    """The rows of one file of the corpus; `name` is `<lang>/<file>.tsv`."""
    lines = path.read_bytes().decode("utf-8", errors="surrogateescape").removeprefix("\ufeff").split("\n")
    if lines[-1] == "":
        lines.pop()
    if not lines or tuple(lines[0].rstrip("\r").split("\t")) != HEADER:
        yield Broken(name, 1, f"the first line must be the header: {' '.join(HEADER)}, with tabs between", whole=True)
        return
    for number, line in enumerate(lines[1:], start=2):
        try:
            yield _written(line.removesuffix("\r"), name, number, labels)
        except ValueError as error:
            yield Broken(name, number, str(error))


def _written(line: str, name: str, number: int, labels: Sequence[str]) -> Written:
    cells = line.split("\t")
    if len(cells) != len(HEADER):
        raise ValueError(f"has {len(cells)} columns, {len(HEADER)} were expected (a tab in a text is written \\t)")
    told, kind, voice, group, text = cells
    if voice not in VOICES:
        raise ValueError(f"unknown voice '{voice}'; known: {', '.join(VOICES)}")
    if not kind or not group:
        raise ValueError("kind and group must not be empty")
    return Written(name, number, name.split("/", 1)[0], _labels(told, labels), kind, voice, group, unescape(text))


def _labels(told: str, labels: Sequence[str]) -> tuple[str, ...]:
    if told == OK:
        return ()
    names = told.split(",")
    if unknown := [name for name in names if name not in labels]:
        raise ValueError(f"unknown label '{unknown[0]}'; known: {', '.join(labels)}, or {OK} alone")
    if len(set(names)) != len(names):
        raise ValueError("names a label twice")
    return tuple(name for name in labels if name in names)


def unescape(text: str) -> str:
    """The text as posted. Raises `ValueError` for a backslash before anything but n, t, backslash."""

    def meant(match: re.Match[str]) -> str:
        if match.group(1) not in _MEANS:
            raise ValueError(f"'{match.group(0)}' is no escape: a backslash is written \\\\")
        return _MEANS[match.group(1)]

    return _ESCAPE.sub(meant, text)


def escape(text: str) -> str:
    """The text as a cell of a file; `unescape` gives it back."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
