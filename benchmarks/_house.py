"""A house of many comments, for what is measured beside stored rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

import _material
from sqlalchemy import insert, text

from records import search
from records.database import Database
from records.ids import new_id
from records.tables import cases as cases_table
from records.tables import comments, decisions, search_pending

NAMES = ("advertising", "gambling", "sexual", "fraud", "contraband", "abuse", "hate")
BATCH = 2000
RUNS = 200
AUTHORS = 3000
"""Who wrote them, alike many each: author `n` has the index `1:` and `n` in hexadecimal."""

_ENDS = ("评论一下", "支持", "路过", "学习了", "收藏", "真的假的", "加微信领福利", "下注回血", "在家刷单")


def url_of(name: str, folder: Path) -> str:
    """Where a database of that kind stands; PostgreSQL is started for it."""
    if name == "sqlite":
        return f"sqlite:///{folder}/chaffinch.db"
    from tests.records.databases import new_postgres_url

    return new_postgres_url()


def fill(database: Database, size: int) -> None:
    """`size` comments with their decisions, straight into the tables; a tenth has an open case."""
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
        "thread_id": f"t{at % 500}", "author_index": f"1:{at % AUTHORS:064x}", "author_cipher": "1:none",
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


def index(database: Database) -> None:
    """The entries of search of all of them, by the worker's own code."""
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


def timed(work: Callable[[int], None]) -> dict[str, float]:
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


def print_table(found: list[dict[str, Any]]) -> None:
    """A line of milliseconds for each thing that was measured."""
    figures = ("median_ms", "p95_ms", "cpu_ms", "cpu_p95_ms")
    print(f"{'database':12}{'comments':>10}  {'what':22}{''.join(f'{name:>12}' for name in figures)}")
    for one in found:
        told = "".join(f"{one[name]:>12.2f}" for name in figures)
        print(f"{one['database']:12}{one['comments']:>10}  {one['what']:22}{told}")
