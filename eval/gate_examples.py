"""The texts behind the ids of a gate's "no": looked up where they still are, and told where they are not.

`gate.json` holds ids alone, so that nothing has to be erased from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data import frozen
from data.frozen import FrozenError
from eval.neutrality import sentence, tables
from registry.gate_file import GateFile

GONE = "no longer among the frozen rows; it was erased, or the set was replaced"


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its text, or why there is none."""

    id: str
    text: str | None
    note: str


def examples(gate: GateFile, home: Path) -> list[Example]:
    """The examples of a gate's answer, in its order."""
    texts, missing = _texts(gate, home / "frozen")
    return [_example(each, texts, missing) for each in gate.examples]


def _example(identity: str, texts: dict[str, str], missing: list[str]) -> Example:
    if template := sentence(tables(), identity):
        return Example(identity, template, "a sentence of eval/neutrality.toml")
    if identity in texts:
        return Example(identity, texts[identity], "")
    return Example(identity, None, "; ".join(missing) or GONE)


def _texts(gate: GateFile, folder: Path) -> tuple[dict[str, str], list[str]]:
    """Texts by id of every frozen set that is still what was judged on, and what is to be said of the others."""
    wanted, texts, missing = set(gate.examples), dict[str, str](), list[str]()
    for name, judged in gate.frozen.items():
        try:
            found = frozen.find(name, folder)
        except FrozenError:
            missing.append(f"the frozen set '{name}' was altered since")
            continue
        if found is None or found.hash != judged:
            missing.append(f"the frozen set '{name}' that was judged on is no longer here")
            continue
        texts |= found.texts(wanted)
    return texts, missing
