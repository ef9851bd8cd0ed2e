"""Run by `test_kill_sealer.py`: writes and seals without end and prints each size that a signed checkpoint covers."""

from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from records import ledger, sealing
from records.database import Database
from records.ledger_keys import open_signer
from tests.records.databases import NOW

url, folder = sys.argv[1], Path(sys.argv[2])
database = Database(url)
signer = open_signer(database, folder, now=NOW)
ENTRY = ledger.Entry("x", ledger.MACHINE, "x", "x", "x", "")


def write() -> None:
    while True:
        with database.unit() as unit:
            ledger.append_all(unit, [ENTRY] * 7, now=NOW)
            unit.commit()


threading.Thread(target=write, daemon=True).start()
while True:
    with database.unit() as unit:
        count = sealing.seal(unit, signer, owner=str(os.getpid()), now=datetime.now(UTC), most=50)
        size = found.size if (found := sealing.newest(unit)) else 0
        unit.commit()
    if count:
        sys.stdout.write(f"{size}\n")
        sys.stdout.flush()
