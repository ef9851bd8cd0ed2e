"""Run by `test_kill.py`: stores decisions without end and prints the id of each once its commit has returned."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from records.database import Database
from records.personal import open_keyring
from records.storing import store_decisions
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer

url, folder = sys.argv[1], Path(sys.argv[2])
database = Database(url)
keyring = open_keyring(database, folder, now=NOW)


def write() -> None:
    while True:
        answered = [an_answer(a_comment(), a_decision()) for _ in range(3)]
        with database.unit() as unit:
            store_decisions(unit, answered, keyring=keyring, now=NOW)
            unit.commit()
        sys.stdout.write("".join(f"{item.decision_id}\n" for item in answered))
        sys.stdout.flush()


for _ in range(3):
    threading.Thread(target=write).start()
