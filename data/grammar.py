"""Small grammars beside the written corpus: templates with slots, for the forms that adverts and insults repeat.

They teach a shape (an offer, a call, a contact) in more wordings than anybody writes by hand, and the look-alikes
that share its words. They are no evidence of how people write: generated rows are counted apart, only trained on,
never judged on, and together weigh at most a stated share of the written rows of their label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final, Literal

from pydantic import Field

from data.invented import INVENT
from data.manifest import marks
from data.rows import NO, YES, Row, Split, row_id
from moderation.errors import ConfigError, Fault
from moderation.normaliser import normalise
from moderation.toml import StrictModel, parse, read_toml

SOURCE: Final = "grammars"
OK: Final = "ok"
TRIES: Final = 8
"""Draws for each row asked for, before a pattern is taken to have nothing new to say."""

_SLOT = re.compile(r"\{([a-z0-9_]+)\}")
_BUILTIN_MARK = "_"


class Pattern(StrictModel):
    """Templates that say the same kind of thing."""

    labels: tuple[str, ...] = Field(min_length=1)
    kind: str = Field(pattern=r"^[a-z0-9_]+$")
    voice: Literal["video", "social", "forum", "shop"]
    templates: tuple[str, ...] = Field(min_length=1)
    times: int = Field(1, ge=1, le=10)
    """How many times the usual number of rows is drawn: look-alikes must keep pace with many harmful patterns."""


class Grammar(StrictModel):
    """One file of `data/starter/grammars/`."""

    lang: str = Field(pattern=r"^[a-z]{2,3}$")
    patterns: tuple[Pattern, ...] = Field(min_length=1)
    slots: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class NamedGrammar:
    """A grammar and the file stem it is known by."""

    name: str
    rules: Grammar


def load_grammars(folder: Path, labels: Sequence[str]) -> list[NamedGrammar]:
    """Every grammar under `folder`. Raises `ConfigError` with every fault of every file."""
    loaded: list[NamedGrammar] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            grammar = parse(Grammar, read_toml(path), where=path.name)
        except ConfigError as error:
            faults.extend(error.faults)
            continue
        faults.extend(_faults(grammar, path.name, labels))
        loaded.append(NamedGrammar(path.stem, grammar))
    if faults:
        raise ConfigError("The grammars cannot be used.", faults)
    return loaded


def _faults(grammar: Grammar, where: str, labels: Sequence[str]) -> Iterator[Fault]:
    used: set[str] = set()
    for at, pattern in enumerate(grammar.patterns):
        yield from _label_faults(pattern, f"{where}: patterns.{at}", labels)
        for template in pattern.templates:
            used |= _names_in(template)
    for choices in grammar.slots.values():
        used |= {name for choice in choices for name in _names_in(choice)}
    yield from _slot_faults(grammar, where, used)


def _label_faults(pattern: Pattern, where: str, labels: Sequence[str]) -> Iterator[Fault]:
    for name in pattern.labels:
        if name not in (*labels, OK):
            yield Fault(where, f"there is no label '{name}'; known: {', '.join(labels)}, {OK}")
    if OK in pattern.labels and len(pattern.labels) > 1:
        yield Fault(where, "'ok' means no label: it stands alone")


def _slot_faults(grammar: Grammar, where: str, used: set[str]) -> Iterator[Fault]:
    own = {name for name in used if not name.startswith(_BUILTIN_MARK)}
    for name in sorted(own - set(grammar.slots)):
        yield Fault(where, f"slot '{{{name}}}' is used and not defined under [slots]")
    for name in sorted(set(grammar.slots) - own):
        yield Fault(f"{where}: slots.{name}", "is never used; remove it")
    for name in sorted(used - own - {_BUILTIN_MARK + known for known in INVENT}):
        yield Fault(where, f"there is no built-in slot '{{{name}}}'; known: {', '.join('_' + k for k in INVENT)}")
    for name, choices in grammar.slots.items():
        if not choices:
            yield Fault(f"{where}: slots.{name}", "has no choices")
        elif _reaches(grammar.slots, name, name, frozenset()):
            yield Fault(f"{where}: slots.{name}", "contains itself and would never end")


def _names_in(text: str) -> set[str]:
    return set(_SLOT.findall(text))


def _reaches(slots: Mapping[str, Sequence[str]], start: str, goal: str, seen: frozenset[str]) -> bool:
    inner = {name for choice in slots.get(start, ()) for name in _names_in(choice)} - seen
    return goal in inner or any(_reaches(slots, name, goal, seen | inner) for name in sorted(inner))


def generate(grammars: Sequence[NamedGrammar], labels: Sequence[str], *, rows: int, seed: int) -> list[Row]:
    """At most `rows` distinct rows, shared over the patterns by their `times`; the same for the same seed."""
    parts = sum(pattern.times for grammar in grammars for pattern in grammar.rules.patterns)
    share = -(-rows // parts) if parts else 0
    drawn = [
        row
        for grammar in grammars
        for at, pattern in enumerate(grammar.rules.patterns)
        for row in _draw(grammar, at, labels, rows=share * pattern.times, seed=seed)
    ]
    return drawn[:rows] if len(drawn) <= rows else _thinned(drawn, rows, seed)


def _thinned(drawn: list[Row], rows: int, seed: int) -> list[Row]:
    kept = set(Random(f"{seed}/thin").sample(range(len(drawn)), rows))  # noqa: S311 - draws rows, guards nothing
    return [row for at, row in enumerate(drawn) if at in kept]


def _draw(grammar: NamedGrammar, at: int, labels: Sequence[str], *, rows: int, seed: int) -> list[Row]:
    pattern = grammar.rules.patterns[at]
    random = Random(f"{seed}/{grammar.name}/{at}")  # noqa: S311 - draws words, guards nothing
    texts: dict[str, None] = {}
    for _ in range(rows * TRIES):
        if len(texts) == rows:
            break
        texts[expand(random.choice(pattern.templates), grammar.rules.slots, random)] = None
    vector = tuple(YES if name in pattern.labels else NO for name in labels)
    return [
        Row(
            id=row_id(SOURCE, text), text=text, lang=grammar.rules.lang, source=SOURCE,
            group=f"{grammar.name}_{at}", kind=pattern.kind, labels=vector, union=(0,) * len(labels),
            trust=0, sides=(Split.TRAIN,), canonical=seen, likeness=seen, surface=pattern.voice,
        )
        for text in texts
        for seen in [normalise(text).canonical.text]
    ]  # fmt: skip


def expand(template: str, slots: Mapping[str, Sequence[str]], random: Random) -> str:
    """`template` with every slot filled, inner slots too; one choice is not taken twice within a text."""
    taken: set[str] = set()

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if name.startswith(_BUILTIN_MARK):
            return INVENT[name[1:]](random)
        fresh = [choice for choice in slots[name] if choice not in taken] or list(slots[name])
        choice = random.choice(fresh)
        if choice:
            taken.add(choice)
        return _SLOT.sub(fill, choice)

    return " ".join(_SLOT.sub(fill, template).split(" ")).strip()


def held_back(generated: Sequence[Row], written: Sequence[Row], labels: tuple[str, ...], *, share: float) -> list[Row]:
    """Weights under which the generated rows of a label weigh at most `share` of the written ones.

    A row of several labels takes the smallest of its labels' weights.
    """
    have = _weights(written, labels)
    made = _weights(generated, labels)
    limit = {name: min(1.0, share * have.get(name, 0.0) / weight) for name, weight in made.items() if weight}
    return [replace(row, weight=row.weight * min(limit[name] for name in marks(row, labels))) for row in generated]


def _weights(rows: Sequence[Row], labels: tuple[str, ...]) -> dict[str, float]:
    total: dict[str, float] = {}
    for row in rows:
        for name in marks(row, labels):
            total[name] = total.get(name, 0.0) + row.weight
    return total
