"""Which gates were shipped: a copy of `configs/` may ask for anything under the same name and version.

What a gate asks for has a hash (`eval/gate_config.py`), and every answer carries it. `shipped_gates.json` beside this
file names those that were shipped, of earlier releases too; `python -m tests.shipped` adds today's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

SHIPPED: Final = Path(__file__).resolve().with_suffix(".json")


@cache
def shipped() -> Mapping[str, str]:
    """By hash what each shipped gate is called."""
    told: dict[str, str] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return told


def is_shipped(gate_hash: str) -> bool | None:
    """Whether a shipped gate has this hash; None for no hash, which answers and moves of before lack."""
    return gate_hash in shipped() if gate_hash else None


def of_move(move: Mapping[str, Any]) -> bool | None:
    """The same of a line of the champion's history; None for a rollback, which no gate is asked about."""
    return is_shipped(str(move.get("gate_hash") or ""))
