"""How fast the disk fills: `python benchmarks/disk.py [POSTGRESQL_URL]` prints bytes a stored comment.

Comments of the starter corpus, each with an id, an author and a thread of its own, decided by rules alone and stored as
a server stores them (comment, decision, ledger entry, a case for some), in an empty database: SQLite's in a folder of
its own, or the one that is named, whose tables are made.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from memory import texts

from moderation.comment import Author, Comment, Context
from moderation.pipeline import Engine
from moderation.policy import load_policies
from moderation.rule_packs import load_rules
from moderation.taxonomy import load_taxonomy
from records.database import Database
from records.ids import new_id
from records.personal import open_keyring
from records.storing import Answered, store_decisions
from registry.scorers import NoneScorer

ROUNDS, TOGETHER = 10, 50


def main() -> None:
    """Prints a line: the share of cases moves it, so it stands beside."""
    with tempfile.TemporaryDirectory() as home:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{home}/disk.db"
        with closing(Database(url)) as database:
            database.migrate()
        empty = size_of(url)
        stored, cases, characters = store(url, Path(home) / "keys")
        grown = size_of(url) - empty
        kind = url.partition(":")[0]
        print(
            f"{kind}: {grown / stored:.0f} bytes a comment of {characters / stored:.0f} code points "
            f"({stored} of them, {cases / stored:.0%} with a case)"
        )


def store(url: str, keys: Path) -> tuple[int, int, int]:
    """How many comments were stored, with how many cases, and their code points."""
    taxonomy = load_taxonomy()
    rules = load_rules(taxonomy, today=datetime.now(UTC).date())
    engine = Engine(taxonomy, rules, load_policies(taxonomy), NoneScorer(taxonomy))
    judged = [(text, engine.judge(Comment(text=text))) for text in texts()]
    stored = cases = 0
    with closing(Database(url)) as database:
        keyring = open_keyring(database, keys, now=datetime.now(UTC))
        for number in range(ROUNDS):
            for at in range(0, len(judged), TOGETHER):
                answered = [
                    Answered(named(text, f"{number}-{at + place}"), decision, new_id(), latency_ms=1.0)
                    for place, (text, decision) in enumerate(judged[at : at + TOGETHER])
                ]
                with database.unit() as unit:
                    found = store_decisions(unit, answered, keyring=keyring, now=datetime.now(UTC))
                    unit.commit()
                stored += len(found)
                cases += sum(each.case_id is not None for each in found)
    return stored, cases, ROUNDS * sum(len(text) for text, _ in judged)


def named(text: str, name: str) -> Comment:
    """The comment of somebody, in one of ten threads."""
    context = Context(thread_id=f"t-{name.partition('-')[0]}")
    return Comment(text=text, id=f"c-{name}", author=Author(id=f"a-{name}"), context=context)


def size_of(url: str) -> int:
    """Bytes of the whole database, with what stood beside SQLite's file written into it."""
    if not url.startswith("sqlite"):
        with psycopg.connect(url) as link:
            (found,) = link.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
            return int(found)
    file = Path(url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as link:
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file.stat().st_size


if __name__ == "__main__":
    main()
