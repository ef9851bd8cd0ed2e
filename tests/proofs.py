"""What the long proofs share: at what share of their full count they run, and where what they found is written.

`make proof` runs them whole. `PROOF_SHARE=0.05 pytest -m proof` runs a twentieth; every report says how much it ran.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chaffinch.code_version import code_version

SHARE = float(os.environ.get("PROOF_SHARE", "1"))
FOLDER = Path(__file__).resolve().parents[1] / "var" / "proof"


def full(count: float) -> int:
    """That count at the share that is run, one at least."""
    return max(1, round(count * SHARE))


def report(name: str, **found: Any) -> None:
    """Prints what a proof found, and writes it dated to `var/proof/`."""
    now = datetime.now(UTC)
    document = {"proof": name, "at": now.isoformat(timespec="seconds"), "share": SHARE, **found}
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False)
    (FOLDER / f"{now:%Y%m%dT%H%M%S}-{name}.json").write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}", flush=True)  # noqa: T201 - people who run proofs read it


def keep_outcome(test: str, outcome: str, folder: Path = FOLDER) -> None:
    """Keeps what became of a proof, for `chaffinch duties`: the last time of each test, dated, with share and code."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"test": test, "outcome": outcome, "at": at, "share": SHARE, "code": code_version()}
    path = outcome_file(folder, test)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{json.dumps(told, ensure_ascii=False)}\n", encoding="utf-8")


def outcome_file(folder: Path, test: str) -> Path:
    """Where the outcome of a test stands."""
    return folder / "outcomes" / ("".join(char if char.isalnum() else "-" for char in test) + ".json")
