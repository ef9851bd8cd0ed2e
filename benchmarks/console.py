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
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from _house import fill, index, print_table, timed, url_of

from moderation.errors import ChaffinchError
from records import leases, search
from records.database import Database
from records.search import Sought
from records.waiting import Wanted

SEARCHES = {
    "a common word": Sought("评论"),
    "a rare word": Sought("晚霞"),
    "two words": Sought("加微信 福利"),
    "in quotation marks": Sought("“名额有限”"),
    "a word and a label": Sought("微信", label="fraud", outcome="review"),
    "no word": Sought(surface="news", decided="machine"),
}


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
    print_table(found)
    print(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), "found": found}, ensure_ascii=False))


def _measured(name: str, size: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="chaffinch-bench-") as folder:
        database = Database(url_of(name, Path(folder)))
        database.migrate()
        began = perf_counter()
        fill(database, size)
        filled = perf_counter()
        index(database)
        indexed = perf_counter()
        print(f"{name} {size}: filled in {filled - began:.0f} s, entries in {indexed - filled:.0f} s", file=sys.stderr)
        yield {"database": name, "comments": size, "what": "next case", **timed(lambda at: _next_case(database, at))}
        for what, sought in SEARCHES.items():
            yield {"database": name, "comments": size, "what": what, **timed(_searching(database, sought))}
        database.close()


def _searching(database: Database, sought: Sought) -> Callable[[int], None]:
    def ask(_: int) -> None:
        with database.reading() as look:
            search.find(look, sought, limit=25)

    return ask


def _next_case(database: Database, at: int) -> None:
    """Leases the next case as a moderator of their own, and puts it back."""
    with database.unit() as unit:
        now = datetime.now(UTC)
        taken = leases.claim(
            unit, f"m{at % 50}", count=1, expires_at=now + timedelta(minutes=10), now=now, wanted=Wanted(blind=True)
        )
        leases.put_back(unit, taken[0])
        unit.commit()


if __name__ == "__main__":
    try:
        main()
    except ChaffinchError as error:
        sys.exit(str(error))
