"""The texts behind the ids of a gate's "no": looked up where they still are, and told where they are not.

`gate.json` holds ids alone, so that nothing has to be erased from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data import frozen
from data.frozen import FrozenError, FrozenText
from data.manifest import MODERATORS
from eval.neutrality import sentence, tables
from registry.gate_file import GateFile

LEFT_OUT = "written to this house; --by and --why show it"
GONE = "no longer among the frozen rows; it was erased, or the set was replaced"


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its text, or why there is none."""

    id: str
    text: str | None
    note: str
    is_own: bool = False
    """Whether its text was written to this house."""


def examples(gate: GateFile, home: Path) -> list[Example]:
    """The examples of a gate's answer, in its order."""
    rows, missing = _rows(gate, home / "frozen")
    return [_example(each, rows, missing) for each in gate.examples]


def without_own(found: list[Example]) -> list[Example]:
    """The same without texts that people wrote to this house."""
    return [Example(each.id, None, LEFT_OUT) if each.is_own else each for each in found]


def _example(identity: str, rows: dict[str, FrozenText], missing: list[str]) -> Example:
    if template := sentence(tables(), identity):
        return Example(identity, template, "a sentence of eval/neutrality.toml")
    if row := rows.get(identity):
        return Example(identity, row.text, "", is_own=row.source == MODERATORS)
    return Example(identity, None, "; ".join(missing) or GONE)


def _rows(gate: GateFile, folder: Path) -> tuple[dict[str, FrozenText], list[str]]:
    """Texts by id of every frozen set that is still what was judged on, and what is to be said of the others."""
    wanted, rows, missing = set(gate.examples), dict[str, FrozenText](), list[str]()
    for name, judged in gate.frozen.items():
        try:
            found = frozen.find(name, folder)
        except FrozenError:
            missing.append(f"the frozen set '{name}' was altered since")
            continue
        if found is None or found.hash != judged:
            missing.append(f"the frozen set '{name}' that was judged on is no longer here")
            continue
        rows |= found.texts(wanted)
    return rows, missing
