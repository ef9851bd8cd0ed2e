"""How long erasing an author takes among many comments: `python benchmarks/erasing.py [--comments 1000000]`.

So many of three thousand authors in five hundred threads, a tenth with an open case, all of them found by search; so
one author wrote one in three thousand. Twenty comments of others quote that author's words without saying whose they
are. `governance.erasure.erase` is timed by the clock and by this process; then nothing of the author's may be left.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from _house import fill, index, url_of
from sqlalchemy import func, select, update

from governance.erasure import Order, Report, erase
from records.database import Database
from records.personal import Keyring, open_keyring
from records.quotations import hash_of
from records.tables import comments

AUTHOR = "mia"
QUOTING = 20
TARGET = 5.0
"""Seconds."""


def main() -> None:
    """One line for each database."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--comments", type=int, default=1_000_000)
    given.add_argument("--databases", default="sqlite,postgresql")
    told = given.parse_args()
    for name in told.databases.split(","):
        with tempfile.TemporaryDirectory(prefix="chaffinch-bench-") as folder:
            database = Database(url_of(name, Path(folder)))
            database.migrate()
            keyring = open_keyring(database, Path(folder) / "keys", now=datetime.now(UTC))
            began = perf_counter()
            fill(database, told.comments)
            index(database)
            print(f"{name}: {told.comments} comments and their entries of search in {perf_counter() - began:.0f} s")
            show(database, keyring)
            database.close()


def show(database: Database, keyring: Keyring) -> tuple[float, int]:
    """Erases the author and says what it took: seconds by the clock, and what is left of the author."""
    wrote = own(database, keyring)
    began, worked = perf_counter(), process_time()
    report = erase(database, keyring, Order(AUTHOR, "lead", "they asked for it"), now=datetime.now(UTC))
    took, own_time = perf_counter() - began, process_time() - worked
    left = remaining(database, keyring)
    print(f"  {report.erased.comments} of {wrote} comments, {quotations(report)} quotations, {left} left: "
          f"{took:.2f} s by the clock, {own_time:.2f} s of CPU; target under {TARGET:.0f} s: "
          f"{'reached' if took < TARGET and not left else 'MISSED'}")  # fmt: skip
    return took, left


def own(database: Database, keyring: Keyring) -> int:
    """Makes one of the authors ours, and others quote them; how many comments they wrote."""
    with database.unit() as unit:
        mine = {"author_index": keyring.index("author", AUTHOR), "author_cipher": keyring.encrypt("author", AUTHOR)}
        wrote = unit.execute(update(comments).where(comments.c.author_index == f"1:{7:064x}").values(mine)).rowcount
        words = unit.execute(select(comments.c.text).where(comments.c.author_index == mine["author_index"]).limit(1))
        said = words.scalar_one()
        others = select(comments.c.id).where(comments.c.author_index == f"1:{8:064x}").limit(QUOTING)
        quoting = {"parent_text": said, "parent_hash": hash_of(said)}
        unit.execute(update(comments).where(comments.c.id.in_(others)).values(quoting))
        unit.commit()
    return int(wrote)


def remaining(database: Database, keyring: Keyring) -> int:
    """Comments that still have the author or a quotation."""
    with database.reading() as look:
        named = comments.c.author_index.in_(keyring.indexes("author", AUTHOR))
        return int(look.execute(select(func.count()).where(named | comments.c.parent_hash.is_not(None))).scalar_one())


def quotations(report: Report) -> int:
    """How many were removed from what others wrote."""
    return int(report.erased.quotations)


if __name__ == "__main__":
    main()
