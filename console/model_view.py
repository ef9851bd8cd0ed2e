"""Models as pages show them: read from their bundles, which say themselves what they are and what the gate said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console import gate_words
from console.words import Words
from moderation.errors import BundleError, GateRefusedError, NotFoundError
from registry.bundle import Manifest, read_manifest
from registry.gate_file import Check, GateFile, Outcome, read_gate
from registry.names import CHALLENGER, CHAMPION, MODEL_NAME
from registry.pointers import Pointer, aliases, find_pointer, read_pointer
from registry.promotion import hindrance, history

MOST_MOVES = 20


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A model of the list. `alias` is champion, challenger or a name of its own; without a manifest it is broken."""

    version: str
    hash: str
    alias: str
    manifest: Manifest | None
    gate: GateFile | None
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SliceLine:
    """Figures of a part of the rows: macro-F1, the share of harmful ones found with its interval."""

    axis: str
    name: str
    rows: int
    macro_f1: float | None
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check in the reader's words; `note` is None where only the gate's own English one is there."""

    check: Check
    name: str
    part: str
    note: str | None


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model in full. `why_not` is the sentence that stands in the way of a promotion; empty where nothing does."""

    line: ModelLine
    checks: tuple[Check, ...]
    held: int
    untold: tuple[Check, ...]
    """What the gate could not judge for want of rows."""
    labels: tuple[Mapping[str, Any], ...]
    slices: tuple[SliceLine, ...]
    why_not: str


def models(registry_root: Path) -> list[ModelLine]:
    """Every version, the newest first, with what it is called beside its number."""
    named: dict[str, list[str]] = {}
    pointers = {name: _pointer(registry_root, name) for name in aliases(registry_root, MODEL_NAME)}
    for name, pointer in pointers.items():
        if not name.isdigit() and pointer is not None:
            named.setdefault(pointer.hash, []).append(name)
    numbered = [pointer for name, pointer in pointers.items() if name.isdigit() and pointer is not None]
    known = {pointer.hash for pointer in numbered}
    others = [each for name, each in pointers.items() if each is not None and each.hash not in known]
    ordered = sorted(numbered, key=lambda pointer: -int(pointer.version)) + list({p.hash: p for p in others}.values())
    return [_line(pointer, _called(named.get(pointer.hash, []))) for pointer in ordered]


def model(registry_root: Path, version: str, words: Words, titles: Mapping[str, str]) -> ModelView:
    """One model. Raises `NotFoundError`, `BundleError`."""
    pointer = read_pointer(registry_root, MODEL_NAME, version)
    line = next((each for each in models(registry_root) if each.hash == pointer.hash), _line(pointer, ""))
    checks = line.gate.checks if line.gate else ()
    untold = tuple(check for check in checks if check.outcome is Outcome.NOT_JUDGED)
    judged = [check for check in checks if check.outcome is not Outcome.NOT_JUDGED]
    shown = tuple(check for check in judged if check.slice == "all" or not check.passed)
    evaluation = line.figures
    return ModelView(
        line,
        shown,
        len(judged) - len(shown),
        untold,
        tuple(evaluation.get("labels") or ()),
        tuple(_slices(evaluation.get("slices") or ())),
        why_not(words, titles, registry_root, pointer),
    )


def why_not(words: Words, titles: Mapping[str, str], registry_root: Path, pointer: Pointer) -> str:
    """Why it cannot be promoted just now, in the reader's language; empty where it can."""
    try:
        what, gate = hindrance(pointer, find_pointer(registry_root, MODEL_NAME, CHAMPION), registry_root)
    except (GateRefusedError, BundleError) as error:
        return str(error)
    return "" if what is None else gate_words.hindrance(words, titles, what, pointer.version, gate)


def moves(registry_root: Path) -> list[Mapping[str, Any]]:
    """What moved the champion, the latest first."""
    return list(reversed(history(registry_root)))[:MOST_MOVES]


def _pointer(registry_root: Path, name: str) -> Pointer | None:
    try:
        return find_pointer(registry_root, MODEL_NAME, name)
    except BundleError:
        return None


def _called(names: list[str]) -> str:
    """What matters most of what it is called."""
    return next((name for name in (CHAMPION, CHALLENGER) if name in names), names[0] if names else "")


def _line(pointer: Pointer, alias: str) -> ModelLine:
    try:
        manifest, gate = read_manifest(pointer.path), read_gate(pointer.path)
    except (BundleError, NotFoundError):
        return ModelLine(pointer.version, pointer.hash, alias, None, None, {})
    return ModelLine(pointer.version, pointer.hash, alias, manifest, gate, _figures(pointer.path))


def _figures(bundle: Path) -> Mapping[str, Any]:
    """The evaluation of `metrics.json`; nothing where there is none that can be read."""
    try:
        found = json.loads((bundle / "metrics.json").read_bytes())
    except (OSError, ValueError):
        return {}
    told = found.get("evaluation") if isinstance(found, dict) else None
    return told if isinstance(told, dict) else {}


def _slices(told: Iterable[Mapping[str, Any]]) -> Iterable[SliceLine]:
    for each in told:
        yield SliceLine(
            str(each.get("axis", "")), str(each.get("name", "")), int(each.get("rows", 0)), each.get("macro_f1"),
            each.get("found") or {},
        )  # fmt: skip
