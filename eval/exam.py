"""What a challenger is judged on: the exam belongs to the gate, and no challenger brings its own to a champion's.

**The policy.** The gate's file names frozen sets, by hash where they must be those very rows. What the champion was
judged on is asked as well, or a challenger could pass on easier rows. A set of which people have been erased since is
the same set with less in it. One that grew under its name counts where it holds every row that the champion was judged
on; else the old one is asked beside it, wherever it lies under `var/frozen`; and where it lies nowhere there is no
yes, since nobody could say that nothing fell, unless the gate's file says that it is gone for good. A gate that names
no set asks the one of the challenger's own data config, and then what it must hold (`coverage`) is all that guards it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from data import frozen as frozen_sets
from data.frozen import MARKER, Frozen
from eval.joining import joined
from moderation.errors import GateRefusedError
from registry.files import sha256, write_atomically
from registry.gate_file import GateFile, read_gate

if TYPE_CHECKING:
    from data.rows import Rows
    from eval.gate_config import GateConfig
    from registry.pointers import Pointer

ROWS_FILE: Final = "exam.json"
"""Beside `gate.json`: a digest of every row of the exam, by the set's hash, by which a set that grew is known again."""

DIGITS: Final = 16


def exam_of(gate: GateConfig, own: str | None, champion: Pointer | None, folder: Path) -> list[Frozen]:
    """The sets to judge on. Raises `GateRefusedError` where one is missing, `FrozenError` where one was altered."""
    sets = [_named(each.name, each.hash, folder) for each in gate.exam]
    if not sets and own is not None:
        sets = [frozen_sets.need(own, folder)]
    before = read_gate(champion.path) if champion else None
    if champion is not None and before is not None:
        known = _rows_of(champion.path, before)
        for name, hash_ in before.frozen.items():
            if hash_ not in gate.gone:
                sets += _as_before(name, hash_, known.get(hash_), sets, folder)
    return list({each.hash: each for each in sets}.values())


def rows_of(sets: Sequence[Frozen]) -> Rows:
    """The rows of all sets, each once, however many sets have it."""
    rows = joined(*(each.columns() for each in sets))
    _, first = np.unique(np.array(rows.ids), return_index=True)
    return rows.take(np.sort(first))


def named(sets: Sequence[Frozen]) -> dict[str, str]:
    """Their names and hashes; two of one name are told apart by their hashes."""
    told: dict[str, str] = {}
    for each in sets:
        told[f"{each.name}@{each.hash[:12]}" if each.name in told else each.name] = each.hash
    return told


def digests(sets: Sequence[Frozen]) -> bytes:
    """As `exam.json`."""
    return json.dumps({each.hash: _digests(each) for each in sets}).encode()


def write_rows(bundle: Path, raw: bytes) -> None:
    """Writes `exam.json` beside the answer."""
    write_atomically(bundle / ROWS_FILE, raw)


def _named(name: str, hash_: str | None, folder: Path) -> Frozen:
    held = frozen_sets.find(name, folder)
    if held is not None and held.hash.startswith(hash_ or ""):
        return held
    if hash_ is not None and (elsewhere := _by_hash(hash_, folder)):
        return elsewhere
    there = f"is another one ({held.hash[:12]})" if held else "is not there"
    by = f" of hash {hash_}" if hash_ else ""
    raise GateRefusedError(
        f"No: the gate's exam is the frozen set '{name}'{by}, and what lies at {folder / name} {there}. Put it back "
        f"from a backup, write it with the data config that freezes it (chaffinch data build {name} where it is called "
        "so), or name in the gate's file (`exam`) what is to be judged on."
    )


def _as_before(name: str, hash_: str, known: list[str] | None, sets: Sequence[Frozen], folder: Path) -> list[Frozen]:
    """What stands for the set that the champion was judged on, beside `sets`."""
    if any(_stands_for(each, hash_, known) for each in sets):
        return []
    plain = name.partition("@")[0]
    held = frozen_sets.find(plain, folder)
    if held is not None and _stands_for(held, hash_, known):
        return [held]
    if old := _by_hash(hash_, folder):
        return [old, *([held] if held is not None else [])]
    there = "is another one that does not hold its rows" if held else "is not there"
    raise GateRefusedError(
        f"No: the champion was judged on the frozen set '{plain}' of hash {hash_[:12]}, and what lies at "
        f"{folder / plain} {there}. Put the old folder back from a backup, under any name beside it "
        f"({folder / (plain + '_before')}); both are then asked. Where nobody has it any more, say so in the gate's "
        f'file: gone = ["{hash_}"].'
    )


def _stands_for(held: Frozen, hash_: str, known: list[str] | None) -> bool:
    """Whether it is the set of that hash, the same with people erased from it, or one that holds all its rows."""
    if hash_ == held.hash or hash_ in held.marker.erased_from:
        return True
    return known is not None and set(known) <= set(_digests(held))


def _by_hash(hash_: str, folder: Path) -> Frozen | None:
    """The set of that hash, or the same with people erased from it, under whatever name it lies."""
    opened = (Frozen.open(marker.parent) for marker in sorted(folder.glob(f"[!.]*/{MARKER}")))
    return next((one for one in opened if any(h.startswith(hash_) for h in (one.hash, *one.marker.erased_from))), None)


def _digests(held: Frozen) -> list[str]:
    lines = (held.path / frozen_sets.ROWS).read_bytes().splitlines()
    return [hashlib.sha256(line).hexdigest()[:DIGITS] for line in lines if line]


def _rows_of(bundle: Path, before: GateFile) -> dict[str, list[str]]:
    """The champion's `exam.json`, if it is the one that its answer tells of."""
    try:
        raw = (bundle / ROWS_FILE).read_bytes()
    except OSError:
        return {}
    told: dict[str, list[str]] = json.loads(raw) if sha256(raw) == before.exam_rows else {}
    return told
