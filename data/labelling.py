"""From a recipe's label map and one record to what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from data.reading import Record
from data.recipes import Labels, Outcome, Recipe, Votes, outcome_of
from data.rows import NO, UNKNOWN, YES

MAX_SHOWN: Final = 40
"""Characters of an unknown value that a report shows."""

MAX_COLUMNS: Final = 12
"""Columns that a report names."""


class UnreadableLabelError(ValueError):
    """The record's label cannot be understood; the message is the cause in a report."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a source says of one record; `labels` and `union` as in `rows.Row`."""

    labels: tuple[int, ...]
    union: tuple[int, ...]
    kind: str
    weight: float
    everyday: bool


def judge(record: Record, recipe: Recipe, names: Sequence[str]) -> Judgement | None:
    """The record's labels; None where its source means to leave it out, or nothing of it is known.

    Raises `UnreadableLabelError` where a value is not in the recipe.
    """
    how = recipe.labels
    if how.votes:
        return _from_votes(record, recipe, names)
    outcomes = _outcomes(record, how)
    if not outcomes:
        return None
    return _from_outcomes(outcomes, record, recipe, names)


def classes_of(record: Record, judgement: Judgement, how: Labels, names: Sequence[str]) -> list[str]:
    """Which of the recipe's classes a judged record is of (`Labels.classes`)."""
    if how.votes:
        return [name for name, said in zip(names, judgement.labels, strict=True) if said == YES]
    if how.files:
        return [pattern for pattern in how.files if fnmatchcase(record.file, pattern)][:1]
    return _values(record, how) if how.field else []


def found_columns(fields: Mapping[str, Any]) -> str:
    """The columns of a record, for whoever looks for one that is not there."""
    names = [str(name)[:MAX_SHOWN] for name in fields]
    more = f" and {len(names) - MAX_COLUMNS} more" if len(names) > MAX_COLUMNS else ""
    return f"{', '.join(names[:MAX_COLUMNS]) or 'none'}{more}"


def _outcomes(record: Record, how: Labels) -> list[Outcome]:
    """What the values of a record say; none where all of them say nothing."""
    if how.every is not None:
        told = [how.every]
    elif how.files:
        told = [value for pattern, value in how.files.items() if fnmatchcase(record.file, pattern)][:1]
        if not told:
            raise UnreadableLabelError("the recipe's labels.files has no pattern for this file")
    else:
        told = [how.values[value] for value in _values(record, how)]
    if "skip" in told:
        return []
    return [outcome for value in told if (outcome := outcome_of(value)) is not None]


def _values(record: Record, how: Labels) -> list[str]:
    if how.field not in record.fields:
        raise UnreadableLabelError(f"has no field '{how.field}'; found: {found_columns(record.fields)}")
    held = record.fields[how.field]
    found = [str(value).strip() for value in held] if isinstance(held, list) else [str(held).strip()]
    told = [value for value in found if not any(fnmatchcase(value, pattern) for pattern in how.ignore)]
    if unknown := [value for value in told if value not in how.values]:
        known = ", ".join(how.values)
        raise UnreadableLabelError(f"unknown {how.field} '{unknown[0][:MAX_SHOWN]}'; known: {known}")
    return told


def _from_outcomes(outcomes: list[Outcome], record: Record, recipe: Recipe, names: Sequence[str]) -> Judgement | None:
    """Several values of one record add up: a yes outweighs an unknown, an unknown a no."""
    yes = {name for outcome in outcomes for name in outcome.yes}
    unions = [outcome.any_of for outcome in outcomes if outcome.any_of and not yes & set(outcome.any_of)]
    union = unions[0] if unions else ()
    unknown = {name for outcome in outcomes for name in outcome.unknown}
    unknown |= {name for members in unions for name in members}
    absent = set(recipe.knows) - yes - unknown
    harmless = not yes and not union
    said = [outcome.everyday for outcome in outcomes if outcome.everyday is not None]
    judgement = Judgement(
        labels=_vector(names, yes, absent),
        union=tuple(int(name in union) for name in names),
        kind=_kind(record, recipe, [outcome.kind for outcome in outcomes if outcome.kind]),
        weight=recipe.weight * min(outcome.weight for outcome in outcomes),
        everyday=harmless and (said[0] if said else recipe.everyday),
    )
    return _if_known(judgement)


def _from_votes(record: Record, recipe: Recipe, names: Sequence[str]) -> Judgement | None:
    yes: set[str] = set()
    absent: set[str] = set()
    winners: list[tuple[float, str]] = []
    for name, how in recipe.labels.votes.items():
        counts = {column: _votes(record.fields, column) for column in (*how.columns, *how.doubts)}
        if _carried(how, counts):
            yes.add(name)
            winners += [(-counts[column], column) for column in how.columns]
        elif not any(counts.values()):
            absent.add(name)
    judgement = Judgement(
        labels=_vector(names, yes, absent),
        union=(0,) * len(names),
        kind=_kind(record, recipe, [min(winners)[1]] if winners else []),
        weight=recipe.weight,
        everyday=recipe.everyday and absent == set(recipe.labels.votes),
    )
    return _if_known(judgement)


def _carried(how: Votes, counts: Mapping[str, float]) -> bool:
    return how.at_least is not None and max(counts[column] for column in how.columns) >= how.at_least


def _votes(fields: Mapping[str, Any], column: str) -> float:
    if column not in fields:
        raise UnreadableLabelError(f"has no column '{column}'; found: {found_columns(fields)}")
    held = str(fields[column]).strip()
    try:
        return float(held) if held else 0.0
    except ValueError as error:
        raise UnreadableLabelError(f"'{held[:MAX_SHOWN]}' in column '{column}' is no number of votes") from error


def _kind(record: Record, recipe: Recipe, told: list[str]) -> str:
    if recipe.labels.kind_field:
        return str(record.fields.get(recipe.labels.kind_field, "")).strip()
    return told[0] if told else ""


def _vector(names: Sequence[str], yes: set[str], absent: set[str]) -> tuple[int, ...]:
    return tuple(YES if name in yes else NO if name in absent else UNKNOWN for name in names)


def _if_known(judgement: Judgement) -> Judgement | None:
    """None where nothing is known: such a row teaches and measures nothing."""
    known = any(value != UNKNOWN for value in judgement.labels) or any(judgement.union)
    return judgement if known else None
