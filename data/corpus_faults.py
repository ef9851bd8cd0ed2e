"""What is wrong with rows of the starter corpus taken together: each a mistake that the form of a file cannot show.

One text under two judgements, too little that only looks like harm, words too short or too ordinary to be judged by
anybody, and kinds that the guide does not know.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.plain_talk import SHORTER_THAN, worded_harmlessly
from data.starter import OK, Written

GUIDE: Final = "GUIDE.md"
SHORT_HARM: Final = "short_harm.txt"
"""Short texts of which a reviewer said that they are harm wherever they stand."""
SHORT: Final = 4
POSITIVES_PER_HARD_NEGATIVE: Final = 2.0
EVERY_LABEL: Final = "every label"
"""The guide's heading for kinds that any label may have."""
SHOWN: Final = 5

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_KINDS = re.compile(r"^### Kinds[^\n]*\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
_KIND = re.compile(r"`([a-z0-9_]+)`")


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows of a label's own files in one language, and the harmless ones that stand beside them."""

    positives: int
    negatives: int

    @property
    def share(self) -> float | None:
        """Hard negatives for each positive; none where there is no positive."""
        return self.negatives / self.positives if self.positives else None

    @property
    def is_enough(self) -> bool:
        """Whether there is one for every two."""
        return self.negatives * POSITIVES_PER_HARD_NEGATIVE >= self.positives


def place(row: Written) -> str:
    """Where a row stands, `zh/abuse.tsv:7`."""
    return f"{row.file}:{row.line}"


def label_of(row: Written) -> str:
    """What its file is named after: a label, `everyday`, or `hard_negatives` where a file holds those of all labels."""
    return Path(row.file).name.split(".", 1)[0]


def stands_beside(row: Written, label: str) -> bool:
    """A hard negative belongs to the label in its file's name, or where a file holds all of them, in its kind."""
    return row.is_hard_negative and (label_of(row) == label or row.kind.startswith(f"{label}_"))


def is_foremost(row: Written, label: str) -> bool:
    """A row of the label's own files: an advert for betting asks for hard negatives about betting."""
    return label in row.labels and label_of(row) == label


def beside(rows: Sequence[Written], labels: Sequence[str]) -> dict[str, dict[str, Beside]]:
    """Label to language to what stands there."""
    positives: Counter[tuple[str, str]] = Counter()
    negatives: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for name in labels:
            positives[name, row.lang] += is_foremost(row, name)
            negatives[name, row.lang] += stands_beside(row, name)
    languages = sorted({row.lang for row in rows})
    return {name: {lang: Beside(positives[name, lang], negatives[name, lang]) for lang in languages} for name in labels}


def letters_of(text: str) -> str:
    """Its letters and digits alone: punctuation, spaces and emoji make no other text of it."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def conflicts(rows: Iterable[Written], same: Iterable[tuple[Written, Written]]) -> Iterator[tuple[Written, Written]]:
    """Rows that say the same under different labels: the same letters, or as alike as rows that count as one."""
    seen: dict[str, Written] = {}
    for row in rows:
        letters = letters_of(row.text)
        first = seen.setdefault(letters, row) if letters else row
        if first.labels != row.labels:
            yield first, row
    for first, second in same:
        if first.labels != second.labels and letters_of(first.text) != letters_of(second.text):
            yield first, second


def too_short(rows: Iterable[Written], judged: frozenset[str]) -> Iterator[Written]:
    """Harmful rows so short that nobody could judge them without their thread, those in `judged` apart."""
    return (row for row in rows if row.labels and len(row.text) <= SHORT and row.text not in judged)


def read_short_harm(folder: Path) -> frozenset[str]:
    """The reviewed short texts; none where there is no list."""
    path = folder / SHORT_HARM
    if not path.is_file():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("# "))


def kinds_of_guide(folder: Path, labels: Sequence[str]) -> dict[str, frozenset[str]]:
    """Label, or `every label`, to the kinds that the guide names under its *Kinds*; nothing where there is no guide."""
    path = folder / GUIDE
    if not path.is_file():
        return {}
    parts = _HEADING.split(path.read_text(encoding="utf-8"))
    named: dict[str, frozenset[str]] = {}
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        name = heading.strip().lower()
        if name in labels or name == EVERY_LABEL:
            found = _KINDS.search(body)
            named[name] = frozenset(_KIND.findall(found.group(1))) if found else frozenset()
    return named


def unknown_kinds(rows: Iterable[Written], guide: Mapping[str, frozenset[str]]) -> dict[tuple[str, str], list[Written]]:
    """Harmful rows by label and kind, of kinds that neither a label of theirs nor *every label* has in the guide.

    Kinds of harmless rows are free: they say what somebody talks about.
    """
    anywhere = guide.get(EVERY_LABEL, frozenset())
    found: dict[tuple[str, str], list[Written]] = defaultdict(list)
    for row in rows:
        known = anywhere.union(*(guide.get(name, frozenset()) for name in row.labels))
        if row.labels and row.kind not in known:
            found[label_of(row), row.kind].append(row)
    return dict(found)


def faults(
    rows: Sequence[Written], same: Iterable[tuple[Written, Written]], folder: Path, labels: Sequence[str]
) -> Iterator[str]:
    """Every mistake as a sentence that names rows, for whoever mends them."""
    for first, second in conflicts(rows, same):
        yield f"{place(first)} ({_told(first)}) and {place(second)} ({_told(second)}) say the same"
    for label, held in beside(rows, labels).items():
        for lang, counts in held.items():
            if not counts.is_enough:
                yield (
                    f"{counts.negatives} hard negatives beside {counts.positives} rows of '{label}' in {lang}: one "
                    "for every two is wanted"
                )
    judged = read_short_harm(folder)
    short = list(too_short(rows, judged))
    if short:
        yield (
            f"{len(short)} harmful rows of up to {SHORT} characters that nobody can judge alone, and that "
            f"{SHORT_HARM} does not name: {_places(short)}"
        )
    ordinary = list(worded_harmlessly(rows, judged))
    if ordinary:
        yield (
            f"{len(ordinary)} harmful rows below {SHORTER_THAN} characters in the words of harmless talk, that "
            f"{SHORT_HARM} does not name: {_places(ordinary)}"
        )
    for (label, kind), held_rows in unknown_kinds(rows, kinds_of_guide(folder, labels)).items():
        yield f"the guide knows no kind '{kind}' of {label}: {_places(held_rows)}"


def _told(row: Written) -> str:
    return ",".join(row.labels) or OK


def _places(rows: Sequence[Written]) -> str:
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return ", ".join(place(row) for row in rows[:SHOWN]) + more
