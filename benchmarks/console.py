"""The console's next case and search, at two sizes of house: `python benchmarks/console.py [--sizes 10000,100000]`.

A tenth of the comments have an open case. What a page asks of the database is measured (median and 95th percentile, in
milliseconds) on SQLite and, where the wheel is installed, on PostgreSQL: leasing the next case and putting it back, and
the first page of six searches. Beside the clock's time stands this process's own (all of it on SQLite, the client's
share on PostgreSQL), which neighbours at work do not stretch. Rows are written straight into the tables; entries are
made by the worker's own code.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

import _material
from sqlalchemy import insert, text

from moderation.errors import ChaffinchError
from records import cases, search
from records.database import Database
from records.ids import new_id
from records.search import Sought
from records.tables import cases as cases_table
from records.tables import comments, decisions, search_pending
from records.waiting import Wanted

NAMES = ("advertising", "gambling", "sexual", "fraud", "contraband", "abuse", "hate")
RUNS = 200
BATCH = 2000
SEARCHES = {
    "a common word": Sought("评论"),
    "a rare word": Sought("晚霞"),
    "two words": Sought("加微信 福利"),
    "in quotation marks": Sought("“名额有限”"),
    "a word and a label": Sought("微信", label="fraud", outcome="review"),
    "no word": Sought(surface="news", decided="machine"),
}
_ENDS = ("评论一下", "支持", "路过", "学习了", "收藏", "真的假的", "加微信领福利", "下注回血", "在家刷单")


def main() -> None:
    """Prints a table of milliseconds, and one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000", help="comments, e.g. 10000,100000,1000000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    found = []
    for name in asked.databases.split(","):
        for size in sizes:
            found += list(_measured(name, size))
    _print(found)
    print(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), "found": found}, ensure_ascii=False))


def _measured(name: str, size: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="chaffinch-bench-") as folder:
        database = Database(_url(name, Path(folder)))
        database.migrate()
        began = perf_counter()
        _fill(database, size)
        filled = perf_counter()
        _index(database)
        indexed = perf_counter()
        print(f"{name} {size}: filled in {filled - began:.0f} s, entries in {indexed - filled:.0f} s", file=sys.stderr)
        yield {"database": name, "comments": size, "what": "next case", **_timed(lambda at: _next_case(database, at))}
        for what, sought in SEARCHES.items():
            yield {"database": name, "comments": size, "what": what, **_timed(_searching(database, sought))}
        database.close()


def _searching(database: Database, sought: Sought) -> Callable[[int], None]:
    def ask(_: int) -> None:
        with database.reading() as look:
            search.find(look, sought, limit=25)

    return ask


def _url(name: str, folder: Path) -> str:
    if name == "sqlite":
        return f"sqlite:///{folder}/chaffinch.db"
    from tests.records.databases import new_postgres_url

    return new_postgres_url()


def _fill(database: Database, size: int) -> None:
    chance = random.Random(7)
    now = datetime.now(UTC)
    for first in range(0, size, BATCH):
        rows = [_rows(chance, now, at, size) for at in range(first, min(size, first + BATCH))]
        with database.unit() as unit:
            unit.execute(insert(comments), [row[0] for row in rows])
            unit.execute(insert(decisions), [row[1] for row in rows])
            waiting = [row[2] for row in rows if row[2]]
            if waiting:
                unit.execute(insert(cases_table), waiting)
            unit.execute(insert(search_pending), [{"id": new_id(), "comment_id": row[0]["id"]} for row in rows])
            unit.commit()


def _rows(chance: random.Random, now: datetime, at: int, size: int) -> tuple[dict[str, Any], ...]:
    words = f"{chance.choice(_material.COMMENTS)}，{chance.choice(_ENDS)}{chance.randint(0, 9999)}"
    label = chance.choice(NAMES)
    waits = at % 10 == 0
    moment = now - timedelta(seconds=size - at)
    comment_id, decision_id = new_id(), new_id()
    comment = {
        "id": comment_id, "external_id": f"c{at}", "revision": 1, "text": words, "salt": b"s" * 16,
        "commitment": b"c" * 32, "lang": "zh", "type": "comment", "surface": chance.choice(("forum", "news", "live")),
        "thread_id": f"t{at % 500}", "author_index": f"1:{at % 3000:064x}", "author_cipher": "1:none",
        "created_at": moment, "updated_at": moment,
    }  # fmt: skip
    scores = [{"name": name, "score": 0.6 if waits and name == label else 0.01, "threshold": 0.9,
               "review_threshold": 0.4} for name in NAMES]  # fmt: skip
    decision = {
        "id": decision_id, "comment_id": comment_id, "revision": 1, "outcome": "review" if waits else "pass",
        "labels": scores, "reasons": [], "measures": [], "language": "zh", "model": "m", "model_version": "1",
        "tier": "fast", "ruleset": "r", "policy": "default@1", "normaliser": "1", "taxonomy": "1", "degraded": False,
        "missing": [], "latency_ms": 1.0, "created_at": moment,
    }  # fmt: skip
    case = {
        "id": new_id(), "comment_id": comment_id, "decision_id": decision_id, "queue": comment["surface"],
        "label": label, "why": label, "priority": 0.5, "lang": "zh", "purpose": "decide", "reach": 1, "weight": 1.0,
        "due_at": moment, "turn_at": moment, "state": "open", "opened_by": "decision", "created_at": moment,
    }  # fmt: skip
    return comment, decision, case if waits else {}


def _index(database: Database) -> None:
    done = 1
    while done:
        with database.unit() as unit:
            done = search.catch_up(unit, limit=BATCH)
            unit.commit()
    if database.dialect == "postgresql":
        with database.unit() as unit:
            for table in ("search_words", "search_entries", "comments", "decisions", "cases"):
                unit.execute(text(f"ANALYZE {table}"))
            unit.commit()


def _next_case(database: Database, at: int) -> None:
    """Leases the next case as a moderator of their own, and puts it back."""
    with database.unit() as unit:
        now = datetime.now(UTC)
        taken = cases.claim(
            unit, f"m{at % 50}", count=1, expires_at=now + timedelta(minutes=10), now=now, wanted=Wanted(blind=True)
        )
        cases.put_back(unit, taken[0])
        unit.commit()


def _timed(work: Callable[[int], None]) -> dict[str, float]:
    """Milliseconds; the first few warm what is warm in a house at work."""
    for at in range(5):
        work(at)
    times, own = [], []
    for at in range(RUNS):
        began, used = perf_counter(), process_time()
        work(at)
        times.append((perf_counter() - began) * 1000)
        own.append((process_time() - used) * 1000)
    return {
        "median_ms": round(median(times), 2),
        "p95_ms": round(quantiles(times, n=20)[-1], 2),
        "cpu_ms": round(median(own), 2),
        "cpu_p95_ms": round(quantiles(own, n=20)[-1], 2),
    }


def _print(found: list[dict[str, Any]]) -> None:
    figures = ("median_ms", "p95_ms", "cpu_ms", "cpu_p95_ms")
    print(f"{'database':12}{'comments':>10}  {'what':22}{''.join(f'{name:>12}' for name in figures)}")
    for one in found:
        told = "".join(f"{one[name]:>12.2f}" for name in figures)
        print(f"{one['database']:12}{one['comments']:>10}  {one['what']:22}{told}")


if __name__ == "__main__":
    try:
        main()
    except ChaffinchError as error:
        sys.exit(str(error))
