"""Moves of the champion's pointer in the ledger: the pointer is a file, its history a file beside it.

Whoever promotes or rolls back writes a line of history; the worker makes an entry of each that came about, once,
however many workers look and however often. An entry says who moved it, why, and through which gate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from governance import said_about
from records import jobs, ledger
from records.ledger import Actor, Entry
from records.unit_of_work import Unit

KINDS = {"promote": "model.promoted", "rollback": "model.rolled_back"}
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


def _told(unit: Unit, subject: str) -> set[str]:
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
        "answer": move.get("answer"),
    }
    return Entry(
        kind=KINDS.get(move["move"], "model.moved"),
        actor=Actor("user", str(move.get("actor") or "command line")),
        subject_kind="model",
        subject_id=str(move["hash"]),
        reason=_reason(move),
        ground=f"gate {move['gate']}" if move.get("gate") else "",
        facts=facts,
    )


def _reason(move: Mapping[str, Any]) -> str:
    """As it was typed, where it names nobody: the command refuses it otherwise, an earlier program did not."""
    said = str(move.get("reason") or ("better by the gate" if move["move"] == "promote" else "rolled back"))
    return said if said_about.names_nobody(said) else said_about.WITHHELD
