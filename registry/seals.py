"""What the gate answered, by hash, beside the champion's pointer: an answer that was altered since is no answer.

    <home>/registry/chaffinch/gates.jsonl   a line for each answer: the bundle's hash, the answer's, when

The last line about a bundle holds. Whoever can write this file can write the pointer itself, which is what serving
follows: a seal stops a hand that reaches the bundle (a share, a copied folder, an editor), not the machine's owner.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Final

from registry.files import append_line
from registry.gate_file import answer_hash
from registry.names import MODEL_NAME
from registry.pointers import folder, locked_waiting

SEALS: Final = "gates.jsonl"


def seal(registry_root: Path, bundle_hash: str, bundle: Path, *, now: datetime) -> None:
    """Keeps the hash of the answer that was just written into the bundle."""
    told = {"bundle": bundle_hash, "answer": answer_hash(bundle), "at": now.isoformat()}
    with locked_waiting(registry_root, MODEL_NAME):
        append_line(folder(registry_root, MODEL_NAME) / SEALS, json.dumps(told))


def is_sealed(registry_root: Path, bundle_hash: str, bundle: Path) -> bool:
    """Whether the answer in the bundle is the last one that the gate gave about it here."""
    last = _last(folder(registry_root, MODEL_NAME) / SEALS, bundle_hash)
    return last is not None and last == answer_hash(bundle)


def _last(path: Path, bundle_hash: str) -> str | None:
    """A line torn by a crash tells of no answer."""
    lines = path.read_bytes().splitlines() if path.is_file() else []
    for line in reversed(lines):
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("bundle") == bundle_hash:
            return str(told.get("answer"))
    return None
