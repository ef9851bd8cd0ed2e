"""Whoever is spoken of, the answer stays: names of one kind swapped for each other in sentences that harm nobody.

The counterfactual test of Garg et al. (2019): a sentence, and the same with another region, gender, faith, person or
organisation in it. Two things are measured of each kind and language. *Moved* is how far a sentence's score moves when
the name changes: the largest difference of any label's score between two names, a mean over sentences. *Gap* is the
largest difference between two names in the share of sentences that are not passed: who is sent to a person, or
stopped, for being named. Sentences are the templates of `neutrality.toml`, and harmless frozen rows that hold a name.

No name stands for an opinion, and no label judges one (LABELS.md): this asks whether the model judges by who is named.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from eval.metrics import harmful
from moderation.toml import StrictModel, parse, read_toml

if TYPE_CHECKING:
    from data.rows import Rows
    from eval.compare import Answers

TABLE: Final = Path(__file__).with_name("neutrality.toml")
SLOT: Final = "{name}"
TEMPLATE: Final = "template"
"""What the id of a sentence from the table begins with; those of rows are the rows' own."""


class NeutralityLimits(StrictModel):
    """How far scores may move and decisions differ by who is named; `rows` frozen rows are asked beside the table."""

    moved: float = Field(ge=0, le=1)
    """How far a sentence's score may move, a mean over sentences."""
    gap: float = Field(ge=0, le=1)
    """How far two names may differ in the share of sentences that are not passed."""
    rows: int = Field(default=40, ge=0)
    """Frozen rows that are asked beside the table."""


class SwapTable(StrictModel):
    """Names of one kind in one language, and which templates they stand in."""

    kind: str
    lang: str
    templates: str
    names: tuple[str, ...] = Field(min_length=2)


class Tables(StrictModel):
    """`neutrality.toml`: templates by language and name, each with one slot; kinds of names."""

    version: str
    templates: dict[str, dict[str, tuple[str, ...]]]
    swap: tuple[SwapTable, ...]

    @model_validator(mode="after")
    def _whole(self) -> Tables:
        for each in self.swap:
            if each.templates not in self.templates.get(each.lang, {}):
                raise ValueError(f"there are no templates '{each.templates}' in {each.lang}")
        said = (text for by_name in self.templates.values() for texts in by_name.values() for text in texts)
        if wrong := next((text for text in said if text.count(SLOT) != 1), None):
            raise ValueError(f"a template has one {SLOT}: {wrong}")
        return self


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence without the name."""

    id: str
    before: str
    after: str

    def naming(self, name: str) -> str:
        """The sentence about this name."""
        return f"{self.before}{name}{self.after}"


@dataclass(frozen=True, slots=True)
class Swap:
    """Sentences of one kind and language, each about every one of the names."""

    title: str
    names: tuple[str, ...]
    frames: tuple[Frame, ...]

    @property
    def texts(self) -> list[str]:
        """Sentence by sentence, in the order of the names."""
        return [frame.naming(name) for frame in self.frames for name in self.names]


@dataclass(frozen=True, slots=True)
class Moved:
    """What swapping did: see the module. `most` and `least` are the names with the largest and smallest share."""

    title: str
    sentences: int
    moved: float
    gap: float
    most: str
    most_share: float
    least: str
    least_share: float
    furthest: tuple[str, ...]
    """The ids of sentences whose score moved, the furthest first."""
    uneven: tuple[str, ...]
    """Of these, those not passed about `most` while they are about some other name."""


@cache
def tables(path: Path = TABLE) -> Tables:
    """The table. Raises `ConfigError` with every fault."""
    return parse(Tables, read_toml(path), where=str(path))


def swaps(told: Tables, rows: Rows, most: int) -> list[Swap]:
    """Every kind and language with its sentences; at most `most` of them from frozen rows."""
    found = _frames_of_rows(told, rows, most)
    return [
        Swap(f"{each.kind} {each.lang}", each.names, (*_templates(told, each), *found[number]))
        for number, each in enumerate(told.swap)
    ]


def measure(swapped: Sequence[Swap], ask: Callable[[list[str]], Answers]) -> list[Moved]:
    """What swapping does to the answers of `ask`, which is asked once."""
    answered = ask([text for each in swapped for text in each.texts])
    ends = np.cumsum([len(each.texts) for each in swapped])
    begins = np.concatenate([[0], ends[:-1]])
    return [
        _moved(each, answered.scores[begin:end], (answered.looked | answered.stopped)[begin:end])
        for each, begin, end in zip(swapped, begins, ends, strict=True)
    ]


def sentence(told: Tables, identity: str) -> str | None:
    """The template with this id, for whoever looks up an example; None where it is none."""
    start, _, place = identity.rpartition("/")
    _, _, inside = start.partition("/")
    lang, _, name = inside.partition("/")
    texts = told.templates.get(lang, {}).get(name, ())
    return texts[int(place)] if start.startswith(TEMPLATE) and place.isdigit() and int(place) < len(texts) else None


def _moved(swap: Swap, scores: NDArray[np.float64], looked: NDArray[np.bool_]) -> Moved:
    shape = (len(swap.frames), len(swap.names))
    said = scores.reshape(*shape, -1)
    apart = (said.max(axis=1) - said.min(axis=1)).max(axis=1)
    caught = looked.reshape(shape)
    shares = caught.mean(axis=0)
    most, least = int(shares.argmax()), int(shares.argmin())
    uneven = caught[:, most] & ~caught.all(axis=1)
    order = [at for at in np.argsort(-apart, kind="stable").tolist() if apart[at] > 0]
    return Moved(
        title=swap.title,
        sentences=len(swap.frames),
        moved=float(apart.mean()),
        gap=float(shares[most] - shares[least]),
        most=swap.names[most],
        most_share=float(shares[most]),
        least=swap.names[least],
        least_share=float(shares[least]),
        furthest=tuple(swap.frames[at].id for at in order),
        uneven=tuple(swap.frames[at].id for at in order if uneven[at]),
    )


def _templates(told: Tables, swap: SwapTable) -> tuple[Frame, ...]:
    texts = told.templates[swap.lang][swap.templates]
    return tuple(
        _cut(f"{TEMPLATE}/{swap.lang}/{swap.templates}/{at}", text, SLOT) for at, text in enumerate(texts)
    )  # fmt: skip


def _cut(identity: str, text: str, at: str) -> Frame:
    before, _, after = text.partition(at)
    return Frame(identity, before, after)


def _frames_of_rows(told: Tables, rows: Rows, most: int) -> list[tuple[Frame, ...]]:
    """Of each swap the harmless rows that hold one of its names once, drawn by a hash of their ids."""
    patterns = [_pattern(each.names, each.lang) for each in told.swap]
    found: list[list[Frame]] = [[] for _ in told.swap]
    taken = 0
    for at in _harmless(rows):
        for number, each in enumerate(told.swap):
            if taken < most and rows.langs[at] == each.lang and (frame := _frame(rows, at, patterns[number])):
                found[number].append(frame)
                taken += 1
                break
    return [tuple(frames) for frames in found]


def _harmless(rows: Rows) -> Iterable[int]:
    good = np.flatnonzero(~harmful(rows.labels, rows.union)).tolist()
    return sorted(good, key=lambda at: hashlib.sha256(rows.ids[at].encode()).digest())


def _pattern(names: Sequence[str], lang: str) -> re.Pattern[str]:
    """Any of the names: in Chinese wherever they stand, elsewhere as whole words."""
    any_name = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(any_name if lang == "zh" else rf"\b(?:{any_name})\b")


def _frame(rows: Rows, at: int, pattern: re.Pattern[str]) -> Frame | None:
    hits = list(pattern.finditer(rows.texts[at]))
    return _cut(rows.ids[at], rows.texts[at], hits[0].group()) if len(hits) == 1 else None
