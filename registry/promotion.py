"""The one way a model becomes champion. The console and the command line call these functions.

A bundle is promoted where all of this holds, and not otherwise; there is no switch to force it:

* its files are what its manifest says;
* its `gate.json` says yes, about this very bundle (same hash);
* the champion it was held against is still the champion.

The catalogue's alias moves first and the pointer last: the pointer is the truth that serving follows, and a catalogue
that cannot be reached stops the promotion before anything changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from moderation.errors import ConflictError, GateRefusedError, NotFoundError
from registry.bundle import SHORT, bundle_hash, verify
from registry.files import append_line
from registry.gate_file import GateFile, Verdict, read_gate
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import (
    Pointer,
    find_pointer,
    folder,
    from_stored,
    locked,
    read_pointer,
    stored,
    write_pointer,
)

HISTORY = "history.jsonl"


class Catalogue(Protocol):
    """Where versions and aliases are kept for data scientists; MLflow, or nothing."""

    def set_alias(self, alias: str, version: str) -> None:
        """Points `alias` at a registered version. Raises `PartUnavailableError` where it cannot be reached."""


class Move(StrEnum):
    """What moved the champion's pointer."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Promotion:
    """What happened: the champion now, and the one before."""

    move: Move
    champion: Pointer
    before: Pointer | None
    sentence: str


def promote(
    target: str | Path,
    *,
    registry_root: Path,
    now: datetime,
    catalogue: Catalogue | None = None,
    actor: str = "",
    reason: str = "",
) -> Promotion:
    """Makes a registered version (`3`) or a bundle folder the champion.

    Raises `GateRefusedError` where the gate has not said yes to it, `ConflictError` where somebody else promotes or
    the champion changed since, `BundleError` where its files are not whole, `NotFoundError` for an unknown version.
    """
    with locked(registry_root, MODEL_NAME):
        pointer = _target(target, registry_root)
        before = find_pointer(registry_root, MODEL_NAME, CHAMPION)
        if before is not None and before.hash == pointer.hash:
            raise ConflictError(f"Version {pointer.version} is the champion already.")
        gate = check_permission(pointer, before)
        _move(Move.PROMOTE, pointer, before, registry_root=registry_root, catalogue=catalogue, now=now,
              told={"actor": actor, "reason": reason, "gate": gate.gate})  # fmt: skip
    return Promotion(Move.PROMOTE, pointer, before, gate.sentence)


def rollback(
    *, registry_root: Path, now: datetime, catalogue: Catalogue | None = None, actor: str = "", reason: str = ""
) -> Promotion:
    """Makes the champion before this one champion again; it passed its own gate when it was promoted.

    Raises `NotFoundError` where there was none, `BundleError` where its files are no longer whole.
    """
    with locked(registry_root, MODEL_NAME):
        now_champion = read_pointer(registry_root, MODEL_NAME, CHAMPION)
        pointer = _previous(registry_root, now_champion)
        _check_files(pointer)
        _move(Move.ROLLBACK, pointer, now_champion, registry_root=registry_root, catalogue=catalogue, now=now,
              told={"actor": actor, "reason": reason})  # fmt: skip
    sentence = f"Version {pointer.version} is champion again in place of version {now_champion.version}."
    return Promotion(Move.ROLLBACK, pointer, now_champion, sentence)


def check_permission(pointer: Pointer, champion: Pointer | None) -> GateFile:
    """The gate's yes to this bundle. Raises `GateRefusedError` with the sentence that says why there is none."""
    _check_files(pointer)
    gate = read_gate(pointer.path)
    if gate is None:
        raise GateRefusedError(f"Version {pointer.version} never went through the gate; run `chaffinch gate` on it.")
    if gate.bundle_hash != pointer.hash:
        raise GateRefusedError(
            f"The gate file of version {pointer.version} is about another bundle; run the gate again."
        )
    if gate.verdict is not Verdict.YES:
        raise GateRefusedError(f"The gate said no to version {pointer.version}: {gate.sentence}")
    held_against = gate.champion.hash if gate.champion else None
    if held_against != (champion.hash if champion else None):
        raise ConflictError(
            f"The champion changed since version {pointer.version} went through the gate; run the gate again."
        )
    return gate


def history(registry_root: Path) -> list[dict[str, Any]]:
    """Every move of the champion's pointer, oldest first; a line torn by a crash tells of no move and is left out."""
    path = folder(registry_root, MODEL_NAME) / HISTORY
    if not path.exists():
        return []
    return [entry for line in path.read_text("utf-8").splitlines() if (entry := _entry(line)) is not None]


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _target(target: str | Path, registry_root: Path) -> Pointer:
    """A version by its pointer; a folder by the registered version that lies there, else by its hash."""
    if isinstance(target, str) and target.removeprefix(f"{MODEL_NAME}@").isdigit():
        return read_pointer(registry_root, MODEL_NAME, target.removeprefix(f"{MODEL_NAME}@"))
    path = Path(target)
    found = bundle_hash(path)
    return registered(registry_root, found) or Pointer(path, found[:SHORT], found)


def registered(registry_root: Path, hash_: str) -> Pointer | None:
    """The registered version of a bundle, by its hash; the latest where there are several."""
    names = sorted((int(path.stem) for path in folder(registry_root, MODEL_NAME).glob("[0-9]*.json")), reverse=True)
    pointers = (find_pointer(registry_root, MODEL_NAME, str(name)) for name in names)
    return next((pointer for pointer in pointers if pointer is not None and pointer.hash == hash_), None)


def _check_files(pointer: Pointer) -> None:
    verify(pointer.path)
    if bundle_hash(pointer.path) != pointer.hash:
        raise GateRefusedError(f"The bundle of version {pointer.version} is not the one that was registered.")


def _move(
    move: Move,
    pointer: Pointer,
    before: Pointer | None,
    *,
    registry_root: Path,
    catalogue: Catalogue | None,
    now: datetime,
    told: dict[str, str],
) -> None:
    """Alias, history, pointer: a line of history whose pointer never moved is harmless, the other way round is not."""
    if catalogue is not None and pointer.version.isdigit():
        catalogue.set_alias(CHAMPION, pointer.version)
    entry = {
        "move": move,
        **stored(registry_root, pointer),
        "before": stored(registry_root, before) if before else None,
        "at": now.isoformat(),
        **told,
    }
    append_line(folder(registry_root, MODEL_NAME) / HISTORY, json.dumps(entry, ensure_ascii=False))
    write_pointer(registry_root, MODEL_NAME, CHAMPION, pointer)


def _previous(registry_root: Path, champion: Pointer) -> Pointer:
    """Whom the champion replaced when it was last promoted."""
    promoted = [entry for entry in history(registry_root) if entry["move"] == Move.PROMOTE]
    mine = [entry for entry in promoted if entry["hash"] == champion.hash]
    if not mine or not mine[-1]["before"]:
        raise NotFoundError("There is no earlier champion to go back to.")
    return from_stored(registry_root, mine[-1]["before"])
