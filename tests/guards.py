"""What the newest tables refuse by themselves: `python -m tests.guards` writes `records/guards.json` anew."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from pathlib import Path

from records.database import Database
from records.guards import GUARDS, there
from tests.records.databases import new_postgres_url, new_sqlite_url


def told() -> str:
    """As the file has it."""
    with tempfile.TemporaryDirectory() as folder:
        found = dict(map(_of, (new_sqlite_url(Path(folder)), new_postgres_url())))
    return json.dumps(found, indent=0, sort_keys=True) + "\n"


def _of(url: str) -> tuple[str, dict[str, str]]:
    with closing(Database(url)) as database, database.reading() as look:
        return look.dialect, there(look)


if __name__ == "__main__":
    GUARDS.write_text(told(), encoding="utf-8")
