"""The one way a model becomes champion. The console and the command line call these functions.

A bundle is promoted where all of this holds, and not otherwise; there is no switch to force it:

* its files are what its manifest says;
* its `gate.json` says yes, about this very bundle (same hash): not by a word in it but by its figures, looked at again;
* it is the answer that the gate gave, to the byte (`registry.seals`);
* the champion it was held against is still the champion.

A promotion moves the catalogue's alias first and the pointer last: the pointer is the truth that serving follows, and a
catalogue that cannot be reached stops the promotion before anything changed. A rollback is an emergency: it moves the
pointer first, and where the catalogue does not answer, it says so.

The history is a stack: a promotion lays a champion on top, a rollback takes the top off, so that each further rollback
goes back further.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from moderation.errors import ConflictError, GateRefusedError, NotFoundError, PartUnavailableError
from registry.bundle import SHORT, bundle_hash, verify
from registry.files import append_line
from registry.gate_file import GateFile, Verdict, answer_hash, read_gate
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
from registry.seals import is_sealed

HISTORY = "history.jsonl"
_NEEDED = {"move", "version", "hash", "at"}

Entry = Mapping[str, Any]
"""A line of the history, or a pointer as it is written."""


About = Callable[[Pointer], Mapping[str, Any]]


class Catalogue(Protocol):
    """Where versions and aliases are kept for data scientists; MLflow, or nothing."""

    def set_alias(self, alias: str, version: str) -> None:
        """Points `alias` at a registered version. Raises `PartUnavailableError` where it cannot be reached."""


class Move(StrEnum):
    """What moved the champion's pointer."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


class Hindrance(StrEnum):
    """What stands in the way of a promotion, beside files that are not whole."""

    IS_CHAMPION = "is_champion"
    NEVER_ASKED = "never_asked"
    ANOTHER_BUNDLE = "another_bundle"
    UNSEALED = "unsealed"
    REFUSED = "refused"
    ANOTHER_CHAMPION = "another_champion"


@dataclass(frozen=True, slots=True)
class Promotion:
    """What happened: the champion now, and the one before."""

    move: Move
    champion: Pointer
    before: Pointer | None
    sentence: str


def promote(  # noqa: PLR0913 - keywords, each says one thing
    target: str | Path,
    *,
    registry_root: Path,
    now: datetime,
    catalogue: Catalogue | None = None,
    actor: str = "",
    reason: str = "",
    gate_hash: str | None = None,
    os_user: str = "",
) -> Promotion:
    """Makes a registered version (`3`) or a bundle folder the champion; with `gate_hash` through that very gate.

    Raises `GateRefusedError` where the gate has not said yes to it, `ConflictError` where somebody else promotes or
    the champion changed since, `BundleError` where its files are not whole, `NotFoundError` for an unknown version,
    `PartUnavailableError` where the catalogue does not answer.
    """
    with locked(registry_root, MODEL_NAME):
        pointer = _target(target, registry_root)
        before = find_pointer(registry_root, MODEL_NAME, CHAMPION)
        gate = check_permission(pointer, before, registry_root=registry_root, gate_hash=gate_hash)
        _tell_first(catalogue, pointer, before)
        told = {"actor": actor, "reason": reason, "gate": gate.gate}
        told |= {"gate_hash": gate.gate_hash, "answer": answer_hash(pointer.path) or ""}
        told |= {"os_user": os_user} if os_user else {}
        _move(Move.PROMOTE, pointer, before, registry_root=registry_root, now=now, told=told)
    return Promotion(Move.PROMOTE, pointer, before, gate.sentence)


def rollback(
    *,
    registry_root: Path,
    now: datetime,
    catalogue: Catalogue | None = None,
    actor: str = "",
    reason: str = "",
    about: About = lambda _: {},
) -> Promotion:
    """Makes the champion before this one champion again; it passed its own gate when it was promoted.

    The pointer moves whether or not the catalogue answers; the sentence says where it did not. What `about` tells of
    the champion to be stands in the history too; what it raises leaves everything as it is.
    Raises `NotFoundError` where there was none, `BundleError` where its files are no longer whole.
    """
    with locked(registry_root, MODEL_NAME):
        now_champion = read_pointer(registry_root, MODEL_NAME, CHAMPION)
        pointer = _previous(registry_root, now_champion)
        _check_files(pointer)
        told = {"actor": actor, "reason": reason, **about(pointer)}
        _move(Move.ROLLBACK, pointer, now_champion, registry_root=registry_root, now=now, told=told)
        untold = _tell_after(catalogue, pointer)
    sentence = f"Version {pointer.version} is champion again in place of version {now_champion.version}.{untold}"
    return Promotion(Move.ROLLBACK, pointer, now_champion, sentence)


def earlier(registry_root: Path) -> Pointer | None:
    """The champion that a rollback would go back to; none where there is none."""
    champion = find_pointer(registry_root, MODEL_NAME, CHAMPION)
    try:
        return _previous(registry_root, champion) if champion else None
    except NotFoundError:
        return None


def check_permission(
    pointer: Pointer, champion: Pointer | None, *, registry_root: Path, gate_hash: str | None = None
) -> GateFile:
    """The gate's yes to this bundle. Raises `GateRefusedError` with the sentence that says why there is none."""
    what, gate = hindrance(pointer, champion, registry_root)
    if what in (Hindrance.IS_CHAMPION, Hindrance.ANOTHER_CHAMPION):
        raise ConflictError(_SENTENCES[what].format(version=pointer.version))
    if what is not None or gate is None:
        said = gate.sentence if gate else ""
        raise GateRefusedError(_SENTENCES[what or Hindrance.NEVER_ASKED].format(version=pointer.version, said=said))
    if gate_hash is not None and gate.gate_hash != gate_hash:
        raise GateRefusedError(
            f"Version {pointer.version} went through another gate ({gate.gate}) than the one that stands before the "
            "champion; run `chaffinch gate` on it."
        )
    return gate


def hindrance(
    pointer: Pointer, champion: Pointer | None, registry_root: Path
) -> tuple[Hindrance | None, GateFile | None]:
    """What stands in the way beside the champion of now, and what the gate said; None where nothing does.

    Raises `BundleError` where its files are not whole, `GateRefusedError` where they are not those registered.
    """
    if champion is not None and champion.hash == pointer.hash:
        return Hindrance.IS_CHAMPION, None
    _check_files(pointer)
    gate = read_gate(pointer.path)
    if gate is None:
        return Hindrance.NEVER_ASKED, None
    if gate.bundle_hash != pointer.hash:
        return Hindrance.ANOTHER_BUNDLE, gate
    if not is_sealed(registry_root, pointer.hash, pointer.path):
        return Hindrance.UNSEALED, gate
    if gate.verdict is not Verdict.YES:
        return Hindrance.REFUSED, gate
    held_against = gate.champion.hash if gate.champion else None
    is_same = held_against == (champion.hash if champion else None)
    return None if is_same else Hindrance.ANOTHER_CHAMPION, gate


_SENTENCES = {
    Hindrance.IS_CHAMPION: "Version {version} is the champion already.",
    Hindrance.NEVER_ASKED: "Version {version} never went through the gate; run `chaffinch gate` on it.",
    Hindrance.ANOTHER_BUNDLE: "The gate file of version {version} is about another bundle; run the gate again.",
    Hindrance.UNSEALED: (
        "The gate's answer about version {version} is not the one that the gate gave here: it was altered, copied, or "
        "given by an earlier release. Run the gate again."
    ),
    Hindrance.REFUSED: "The gate said no to version {version}: {said}",
    Hindrance.ANOTHER_CHAMPION: (
        "The champion changed since version {version} went through the gate; run the gate again."
    ),
}


def history(registry_root: Path) -> list[dict[str, Any]]:
    """Every move of the champion's pointer, oldest first; a line torn by a crash tells of no move and is left out."""
    path = folder(registry_root, MODEL_NAME) / HISTORY
    if not path.exists():
        return []
    return [entry for line in path.read_bytes().splitlines() if (entry := _entry(line)) is not None]


def moves(registry_root: Path) -> list[dict[str, Any]]:
    """Moves that came about, oldest first: not those after whose line a crash left the pointer where it was."""
    champion = find_pointer(registry_root, MODEL_NAME, CHAMPION)
    found = [entry for entry in history(registry_root) if entry.keys() >= _NEEDED]
    return happened(found, champion.hash if champion else None)


def happened(moves: Sequence[dict[str, Any]], champion: str | None) -> list[dict[str, Any]]:
    """Moves that the next one, or the pointer of now, knows of; `champion` is the hash of the bundle it names."""
    known = [*((move.get("before") or {}).get("hash") for move in moves[1:]), champion]
    return [move for move, found in zip(moves, known, strict=False) if move["hash"] == found]


def _entry(line: bytes) -> dict[str, Any] | None:
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


def _tell(catalogue: Catalogue | None, pointer: Pointer) -> None:
    if catalogue is not None and pointer.version.isdigit():
        catalogue.set_alias(CHAMPION, pointer.version)


def _tell_first(catalogue: Catalogue | None, pointer: Pointer, before: Pointer | None) -> None:
    try:
        _tell(catalogue, pointer)
    except PartUnavailableError as error:
        stays = f"version {before.version} stays champion" if before else "there is still no champion"
        raise PartUnavailableError(error.part, f"Nothing was moved, {stays}: {error}") from error


def _tell_after(catalogue: Catalogue | None, pointer: Pointer) -> str:
    """What is added to the sentence where the catalogue did not hear of it."""
    try:
        _tell(catalogue, pointer)
    except PartUnavailableError as error:
        return (
            f" {error} Its alias {MODEL_NAME}@{CHAMPION} was not moved and still names the other version; the next"
            " promote or rollback that reaches it sets it. What serves follows the pointer, which did move."
        )
    return ""


def _move(
    move: Move,
    pointer: Pointer,
    before: Pointer | None,
    *,
    registry_root: Path,
    now: datetime,
    told: Mapping[str, Any],
) -> None:
    """History, pointer: a line of history whose pointer never moved is harmless, the other way round is not."""
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
    """Who was champion below this one."""
    moves = [entry for entry in history(registry_root) if {"move", "path", "version", "hash"} <= entry.keys()]
    stack = _replayed(moves, stored(registry_root, champion))
    if len(stack) < 2:
        raise NotFoundError(f"There is no earlier champion to go back to; version {champion.version} stays.")
    return from_stored(registry_root, dict(stack[-2]))


def _replayed(moves: Sequence[Entry], champion: Entry) -> list[Entry]:
    """The champions that lie on each other, the one of now on top."""
    before: list[Entry] = []
    after: list[Entry] = []
    for move in moves:
        before = _found(move.get("before"), before, after)
        after = [*before, move] if move["move"] == Move.PROMOTE else _down_to(move, before[:-1]) or [move]
    return _found(champion, before, after)


def _found(champion: Entry | None, before: list[Entry], after: list[Entry]) -> list[Entry]:
    """The stack on whose top `champion` was found next, else as much of it as fits.

    That is the one after the last move, or the one before it where a crash came between its line and the pointer.
    """
    for stack in (after, before):
        if (stack[-1]["hash"] if stack else None) == (champion["hash"] if champion else None):
            return stack
    if champion is None:
        return []
    return _down_to(champion, after) or [*after, champion]


def _down_to(champion: Entry, stack: list[Entry]) -> list[Entry]:
    """The stack down to where this champion lies; empty where it lies nowhere."""
    return stack[: max((at + 1 for at, each in enumerate(stack) if each["hash"] == champion["hash"]), default=0)]
