"""What the ledger costs: verifying many entries, proving one among them, sealing beside scoring.

    python benchmarks/ledger.py [ENTRIES] [BATCHES]          0 batches leave the second part out

Entries are decisions of a real size, in SQLite on a disk. The share of sealing is measured in one run: batches are
judged by the shipped rules (no model, so that the share is at its largest) and stored, in turn with the ledger and
its sealer and without both. Seconds are of this process (CPU) and of the clock; others may use the machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from chaffinch.settings import CHECKOUT
from moderation.comment import Author, Comment
from moderation.decision import Decision
from moderation.effective_rules import NONE_STORED, load_effective
from moderation.pipeline import Engine
from moderation.policy import load_policies
from moderation.taxonomy import load_taxonomy
from records import ledger, sealing, storing
from records.auditing import audit
from records.database import Database
from records.ids import new_id
from records.ledger_keys import open_signer
from records.mapping import decision_columns
from records.marks import Marks
from records.notes import Signer
from records.personal import Keyring, open_keyring
from records.proving import Prover
from records.storing import Answered, store_decisions
from registry.scorers import NoneScorer

NOW = datetime.now(UTC)
AT_ONCE = 64
SEAL_EVERY = 0.5
TEXTS = [
    "今天的菜做得真不错，下次还来", "看完这条新闻心里不是滋味", "加微信 abc_12345 领优惠，量大从优", "up主讲得很清楚",
    "What a lovely photo, where was it taken?", "求问这个型号还有现货吗", "就这水平也敢出来讲", "哈哈哈哈笑死我了",
]  # fmt: skip


class Clock:
    """Seconds of this process and of the wall since it was made."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    @property
    def cpu(self) -> float:
        """Of this process."""
        return time.process_time() - self._cpu

    @property
    def wall(self) -> float:
        """By the clock."""
        return time.perf_counter() - self._wall

    def __str__(self) -> str:
        return f"{self.cpu:.1f} s of CPU, {self.wall:.1f} s by the clock"


def main(entries: int, batches: int) -> None:
    """Prints every figure."""
    engine = the_engine()
    with tempfile.TemporaryDirectory() as folder:
        print("verify:")
        verifying(Path(folder), engine, entries)
    if batches:
        with tempfile.TemporaryDirectory() as folder:
            print("share:")
            share(Path(folder), engine, batches)


def the_engine() -> Engine:
    """The shipped rules without a model."""
    taxonomy = load_taxonomy(CHECKOUT / "configs" / "taxonomy.toml")
    rules = load_effective(taxonomy, today=NOW.date(), folder=CHECKOUT / "configs" / "rules", stored=NONE_STORED)
    policies = load_policies(taxonomy, CHECKOUT / "configs" / "policies")
    return Engine(taxonomy, rules, policies, NoneScorer(taxonomy))


def opened(folder: Path) -> tuple[Database, Keyring, Signer]:
    """A new database with its keys."""
    database = Database(f"sqlite:///{folder}/chaffinch.db", marks=Marks(folder))
    database.migrate()
    return database, open_keyring(database, folder, now=NOW), open_signer(database, folder, now=NOW)


def verifying(folder: Path, engine: Engine, count: int) -> float:
    """Writes and seals `count` entries, then reads them all as `audit verify --ledger-only` does: seconds of that."""
    database, _, signer = opened(folder)
    comment = Comment(TEXTS[2], id="c-1", author=Author("author-7f3a"))
    decision = engine.judge(comment)
    with closing(database):
        clock = Clock()
        for many in chunks(count, 20_000):
            with database.unit() as unit:
                ledger.append_all(unit, [entry_of(comment, decision) for _ in range(many)], now=NOW)
                unit.commit()
        print(f"  {count} entries written: {clock}")
        clock, done = Clock(), 1
        while done:
            with database.unit() as unit:
                done = sealing.seal(unit, signer, owner="benchmark", now=NOW, marks=database.marks)
                unit.commit()
        print(f"  sealed in rounds of {sealing.MOST}: {clock}, {clock.cpu / count * 1e6:.0f} us an entry")
        with database.reading() as look:
            clock = Clock()
            found = audit(look, marks=database.marks)
            took = clock.wall
            print(f"  {found.size} entries verified, {len(found.findings)} findings: {clock}")
            assert (count + 1, ()) == (found.size, found.findings)  # and one that marks begin
            clock = Clock()
            proof = Prover(look).inclusion(count * 7 // 9)
            print(f"  one proof of {len(proof)} hashes: {clock.cpu * 1000:.1f} ms of CPU")
    return took


def entry_of(comment: Comment, decision: Decision) -> ledger.Entry:
    """A decision's entry as it is stored."""
    place = storing._Place(new_id(), 1, bytes(16), bytes(32))
    return storing._entry(Answered(comment, decision, new_id(), 1.0), place, decision_columns(decision), None)


def chunks(count: int, size: int) -> Iterator[int]:
    """`count` in parts of at most `size`."""
    for start in range(0, count, size):
        yield min(size, count - start)


def share(folder: Path, engine: Engine, batches: int) -> dict[str, float]:
    """Judges and stores batches with ledger and sealing, and in turn without both: what these take of the throughput.

    By `CPU` and by `clock`.
    """
    shares: dict[str, float] = {}
    database, keyring, signer = opened(folder)
    spent = {"with": [0.0, 0.0], "without": [0.0, 0.0]}

    def seal() -> None:
        with database.unit() as unit:
            sealing.seal(unit, signer, owner="benchmark", now=NOW, marks=database.marks)
            unit.commit()

    with closing(database):
        scored(database, keyring, engine, 3, lambda: None)
        for _ in range(batches):
            for name, then in (("with", seal), ("without", lambda: None)):
                cpu, wall = time.process_time(), time.perf_counter()
                with patch("records.storing.ledger.append_all", ledger.append_all if name == "with" else _nothing):
                    scored(database, keyring, engine, 8, then)
                spent[name][0] += time.process_time() - cpu
                spent[name][1] += time.perf_counter() - wall
    many = batches * 8 * AT_ONCE
    for at, kind in enumerate(("CPU", "clock")):
        with_, without = spent["with"][at], spent["without"][at]
        shares[kind] = 1 - without / with_
        print(
            f"  by {kind}: {many / with_:.0f} comments/s with ledger and sealing, {many / without:.0f} without: "
            f"{shares[kind]:.1%} of the throughput"
        )
    return shares


def scored(database: Database, keyring: Keyring, engine: Engine, batches: int, then: Callable[[], None]) -> None:
    """Judges and stores; seals as often as the sealer would at 1000 comments a second, and at the end."""
    for _ in range(batches):
        comments = [Comment(TEXTS[at % len(TEXTS)], author=Author(f"a-{at}")) for at in range(AT_ONCE)]
        answered = [Answered(each, engine.judge(each), new_id(), 1.0) for each in comments]
        with database.unit() as unit:
            store_decisions(unit, answered, keyring=keyring, now=NOW)
            unit.commit()
    then()


def _nothing(*_: object, **__: object) -> list[str]:
    return []


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(*(words + [200_000, 10][len(words) :]))
