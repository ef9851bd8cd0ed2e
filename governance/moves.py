"""Moves of the champion's pointer in the ledger: the pointer is a file, its history a file beside it.

Whoever promotes or rolls back writes a line of history and, where the records answer, the entry of it at once. Where
they did not, the worker makes an entry of each move that came about, once, however many workers look and however often;
until then `untold` says which have none. An entry says who moved it, at whose account of the machine, why, through
which gate, and where an emergency went past a security assessment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from governance import said_about
from records import jobs, ledger
from records.ledger import Actor, Entry
from records.unit_of_work import Reading, Unit
from registry import shipped_gates

KINDS = {"promote": "model.promoted", "rollback": "model.rolled_back"}
UNASSESSED, EMERGENCY = "unassessed", "without_assessment"
"""Of a rollback past a security assessment: where one is asked for, and why it was gone without."""

UNCHECKED = "unchecked"
"""Of a rollback while the records did not answer: nobody looked whether who did it may."""

_SAID_BESIDE = {"os_user": "by_os_user", **{name: name for name in (UNASSESSED, EMERGENCY, UNCHECKED)}}
"""What a line of history says beside, where it does, and the fact that it becomes."""

_TURN = "ledger of models"


def note(unit: Unit, moves: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Writes the moves that are in no entry yet; how many."""
    jobs.take_turns(unit, _TURN)
    told: dict[str, set[str]] = {}
    count = 0
    for move in moves:
        subject = str(move["hash"])
        if subject not in told:
            told[subject] = _told(unit, subject)
        if move["at"] not in told[subject]:
            ledger.append(unit, _entry(move), now=now)
            told[subject].add(move["at"])
            count += 1
    return count


def untold(look: Reading, moves: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The moves that are in no entry yet, in their order."""
    told = {subject: _told(look, subject) for subject in {str(move["hash"]) for move in moves}}
    return [move for move in moves if move["at"] not in told[str(move["hash"])]]


def sentence(moves: Sequence[Mapping[str, Any]]) -> str:
    """That these are in no entry yet, and what to do."""
    last = moves[-1]
    return (
        f"{len(moves)} moves of the champion's pointer are in no entry yet, the last to version {last['version']} at "
        f"{last['at']} by {last.get('actor') or 'the command line'}; chaffinch serve or chaffinch worker writes them."
    )


def _told(unit: Reading, subject: str) -> set[str]:
    entries = ledger.page(unit, subject_id=subject, limit=200).items
    return {json.loads(entry.body)["facts"]["at"] for entry in entries if entry.kind in KINDS.values()}


def _entry(move: Mapping[str, Any]) -> Entry:
    before = move.get("before") or {}
    facts = {
        "at": move["at"],
        "version": move["version"],
        "before": before.get("version"),
        "before_hash": before.get("hash"),
        "gate": move.get("gate"),
        "gate_hash": move.get("gate_hash"),
        "answer": move.get("answer"),
        **{fact: move[name] for name, fact in _SAID_BESIDE.items() if name in move},
    }
    return Entry(
        kind=KINDS.get(move["move"], "model.moved"),
        actor=Actor("user", str(move.get("actor") or "command line")),
        subject_kind="model",
        subject_id=str(move["hash"]),
        reason=_reason(move),
        ground=_ground(move),
        facts=facts,
    )


def _ground(move: Mapping[str, Any]) -> str:
    """The gate by its name, which any file may bear: where no release shipped it, that too."""
    if not move.get("gate"):
        return ""
    return f"gate {move['gate']}{', not as shipped' if shipped_gates.of_move(move) is False else ''}"


def _reason(move: Mapping[str, Any]) -> str:
    """As it was typed, where it names nobody: the command refuses it otherwise, an earlier program did not."""
    said = str(move.get("reason") or ("better by the gate" if move["move"] == "promote" else "rolled back"))
    return said if said_about.names_nobody(said) else said_about.WITHHELD
