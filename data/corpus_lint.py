"""Looks over the starter corpus as a reviewer would.

Is every row readable, is each label and language there, are the hard negatives kept up, does anything repeat?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from data.cleaning import UnfitTextError, clean
from data.corpus_faults import POSITIVES_PER_HARD_NEGATIVE, Beside, beside, faults, is_foremost, place
from data.near_duplicates import near_duplicates
from data.reading import Broken
from data.recipes import Cleaning
from data.starter import EVERYDAY, OK, VOICES, Written, read_file

NEAR_AT: Final = 0.6
"""Similarity from which two rows are shown to their author."""
SAME_AT: Final = 0.8
"""Similarity from which two rows count as one, as in builds."""

LEAST_DISTINCT: Final = 12_000
LEAST_EVERYDAY: Final = 1_200
"""Ordinary Chinese comments in each voice."""
LEAST_LANGUAGES: Final = ("zh", "en", "id", "th", "ru", "pt", "es", "ko", "ja", "ar")
LEAST_OF_A_LANGUAGE: Final = 250
"""Rows of any other language than Chinese: fewer teach and measure nothing."""
CHINESE_SHARE: Final = (0.55, 0.85)
"""Chinese first: about two thirds."""


@dataclass(frozen=True)
class CorpusReport:
    """What the corpus holds, and where it falls short."""

    rows: int
    distinct: int
    broken: tuple[Broken, ...]
    repeated: tuple[tuple[str, str], ...]
    """Pairs of `file:line` that say nearly the same."""
    by_label: dict[str, dict[str, int]]
    """Label, `ok` or `everyday` to language to rows."""
    beside: dict[str, dict[str, Beside]]
    """Label to language to the rows of its own files and the harmless ones beside them."""
    kinds: dict[str, int]
    groups: int
    median_length: float
    """Code points."""
    shortcomings: tuple[str, ...]
    """What is too little of the whole."""
    faults: tuple[str, ...]
    """What is wrong with single rows, labels and languages (`data/corpus_faults.py`)."""

    @property
    def hard_negatives(self) -> dict[str, int]:
        """Label to the harmless rows that stand beside it."""
        return {name: sum(each.negatives for each in held.values()) for name, held in self.beside.items()}

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "rows": self.rows, "distinct": self.distinct, "groups": self.groups, "kinds": len(self.kinds),
            "median_length": self.median_length, "by_label": self.by_label, "hard_negatives": self.hard_negatives,
            "near_duplicates": [list(pair) for pair in self.repeated],
            "broken": [{"file": item.file, "line": item.line, "cause": item.cause} for item in self.broken],
            "beside": {
                name: {lang: [each.positives, each.negatives] for lang, each in held.items()}
                for name, held in self.beside.items()
            },
            "shortcomings": list(self.shortcomings), "faults": list(self.faults),
        }  # fmt: skip


def look_over(folder: Path, labels: Sequence[str]) -> CorpusReport:
    """Reads every `<lang>/*.tsv` below `folder`."""
    written, broken = _read(folder, labels)
    likenesses = []
    readable = []
    for row in written:
        try:
            likenesses.append(clean(row.text, Cleaning()).likeness)
        except UnfitTextError as error:
            broken.append(Broken(row.file, row.line, str(error)))
        else:
            readable.append(row)
    edges = near_duplicates(likenesses, NEAR_AT)
    same = {edge.second for edge in edges if edge.similarity >= SAME_AT}
    by_label = _by_label(readable, labels)
    held = beside(readable, labels)
    alike = [(readable[edge.first], readable[edge.second]) for edge in edges if edge.similarity >= SAME_AT]
    return CorpusReport(
        rows=len(readable),
        distinct=len(readable) - len(same),
        broken=tuple(broken),
        repeated=tuple((place(readable[edge.first]), place(readable[edge.second])) for edge in edges),
        by_label=by_label,
        beside=held,
        kinds=dict(Counter(row.kind for row in readable)),
        groups=len({row.group for row in readable}),
        median_length=median(len(row.text) for row in readable) if readable else 0,
        shortcomings=tuple(_shortcomings(readable, len(readable) - len(same), held, labels, len(broken))),
        faults=tuple(faults(readable, alike, folder, labels)),
    )


def _read(folder: Path, labels: Sequence[str]) -> tuple[list[Written], list[Broken]]:
    written: list[Written] = []
    broken: list[Broken] = []
    for path in sorted(folder.glob("*/*.tsv")):
        for found in read_file(path, path.relative_to(folder).as_posix(), labels):
            (broken if isinstance(found, Broken) else written).append(found)  # type: ignore[arg-type]
    return written, broken


def _by_label(rows: Sequence[Written], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*labels, OK, EVERYDAY)}
    for row in rows:
        for name in row.labels or (OK,):
            counts[name][row.lang] += 1
        if row.is_everyday and not row.labels:
            counts[EVERYDAY][row.lang] += 1
    return {name: dict(sorted(held.items())) for name, held in counts.items()}


def _shortcomings(
    rows: Sequence[Written], distinct: int, held: Mapping[str, Mapping[str, Beside]], labels: Sequence[str], broken: int
) -> Iterator[str]:
    if broken:
        yield f"{broken} rows cannot be read"
    if distinct < LEAST_DISTINCT:
        yield f"{distinct} distinct comments, at least {LEAST_DISTINCT:,} are wanted"
    positives = Counter(name for row in rows for name in row.labels)
    for name in labels:
        negatives = sum(each.negatives for each in held[name].values())
        foremost = sum(is_foremost(row, name) for row in rows)
        if not positives[name]:
            yield f"no row says '{name}'"
        elif negatives * POSITIVES_PER_HARD_NEGATIVE < foremost:
            yield f"{negatives} hard negatives beside {foremost} rows of '{name}': one for every two is wanted"
    yield from _balance(rows, positives)


def _balance(rows: Sequence[Written], positives: Counter[str]) -> Iterator[str]:
    everyday = sum(row.is_everyday for row in rows)
    if positives and everyday < max(positives.values()):
        yield f"{everyday} everyday comments are fewer than the {max(positives.values())} of the largest label"
    voices = Counter(row.voice for row in rows if row.is_everyday and row.lang == "zh")
    for voice in VOICES:
        if voices[voice] < LEAST_EVERYDAY:
            yield f"{voices[voice]} everyday comments of {voice} in Chinese, at least {LEAST_EVERYDAY:,} are wanted"
    languages = Counter(row.lang for row in rows)
    for lang in LEAST_LANGUAGES:
        if languages[lang] < LEAST_OF_A_LANGUAGE:
            yield f"{languages[lang]} rows in {lang}, at least {LEAST_OF_A_LANGUAGE} are wanted"
    share = languages["zh"] / max(1, len(rows))
    if not CHINESE_SHARE[0] <= share <= CHINESE_SHARE[1]:
        yield f"{share:.0%} of the rows are Chinese, about two thirds are wanted"
