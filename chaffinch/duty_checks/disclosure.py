"""What is handed out: evidence that others verify, and the audit of neutrality."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from chaffinch.installation import Installation
from chaffinch.wiring import key_folder
from governance import evidence as bundles
from governance.duties import Found
from governance.evidence import Order
from records import accountability, ledger_keys
from records.proving import Wanted

LATEST = "neutrality/latest.json"
"""The last audit, below the home."""

OLDEST_AUDIT = timedelta(days=100)
"""A quarter, and a week's grace."""

PATIENCE = 120


def evidence(place: Installation) -> Found:
    """5(8): the newest sealed entry goes into a bundle that its own script, run apart from us, finds whole."""
    with place.reading() as look, tempfile.TemporaryDirectory() as folder:
        ledger_keys.check(look, key_folder(place.settings))
        subject = accountability.last_sealed(look)
        if subject is None:
            return place.off("nothing was sealed yet: start chaffinch serve or chaffinch worker")
        bundle = Path(folder) / "evidence.zip"
        done = bundles.write(look, bundle, Order(Wanted([subject]), "duties", "a check of duties"))
        with zipfile.ZipFile(bundle) as packed:
            packed.extractall(folder)
        script = [sys.executable, "-I", str(Path(folder) / "verify.py")]
        told = subprocess.run(script, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - ours
    if told.returncode:
        return place.off(f"exported evidence does not verify: {' '.join(told.stdout.split())[:300]}")
    return place.held(f"{done.entries} of {done.size} sealed entries were exported, and verify.py finds them whole")


def neutrality(place: Installation) -> Found:
    """7: the audit was run here, not long ago."""
    todo = "chaffinch audit neutrality --groups FILE"
    path = place.settings.home / LATEST
    if not path.is_file():
        return Found(False, f"never run: {todo}", None)
    told = json.loads(path.read_text(encoding="utf-8"))
    at = datetime.fromisoformat(told["at"])
    if place.now - at > OLDEST_AUDIT:
        return Found(False, f"last run on {at:%Y-%m-%d}, more than {OLDEST_AUDIT.days} days ago: {todo}", at)
    return Found(True, f"run on {at:%Y-%m-%d}: {told['compared']} comparisons, {len(told['findings'])} findings", at)
