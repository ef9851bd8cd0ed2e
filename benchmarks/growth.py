"""How costs grow, drawn: `python benchmarks/growth.py [--stored 200000] [--folder FOLDER] [--out FOLDER]`.

* the whole path of one comment by the length of its text (10 to 10,000 code points; the fast tier, no server);
* one comment of a batch by the batch's size (1 to 256);
* one comment by the number of rules (0 to 2,000, each with 50 terms);
* storing 32 decisions in one commit, and looking one up by its id and by the platform's, by how many are stored
  (SQLite in a file), from a thousand on, each time about twice to three times as many.

`--stored 5000000` takes hours and some 18 GB. With `--folder` the records stay there: stopped whenever, the same
command goes on where it was, with more `--stored` too, and what was measured before is in the picture. `--only stored`
leaves the other three out.

Processor time, so that neighbours change little. What has to stay flat is printed: the last figure beside the first.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import _material
import orjson
import rules as rule_material
from sqlalchemy import func, select

from chaffinch.settings import load_settings
from moderation.comment import Comment
from moderation.decision import Decision
from moderation.pipeline import Engine
from moderation.rules import RuleSet
from records import comments, decisions
from records.database import Database
from records.ids import new_id
from records.personal import Keyring, open_keyring
from records.storing import Answered, store_decisions
from records.tables import comments as comment_table

LENGTHS = (10, 30, 100, 300, 1_000, 3_000, 10_000)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RULES = (0, 50, 200, 500, 1_000, 2_000)
TOGETHER, FILLED = 32, 1_000
ROUNDS = 15
STEP = 2.4
LOOKED_UP = 200
BYTES_EACH = 3_600
"""On the disk, for a stored comment of these."""
FLAT = 1.5
"""Times the first figure that the last may be: trees grow by a level."""

Curve = list[tuple[int, float]]
"""(how many, milliseconds)"""


INSERT, BY_ID, BY_OWN = f"storing {TOGETHER}", "look-up by decision", "look-up by the platform's id"


def main() -> None:
    """Prints each curve and draws them."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--stored", type=int, default=200_000, help="rows to which the records grow")
    given.add_argument("--folder", type=Path, help="where the records stand and stay; one that goes away, if not given")
    given.add_argument("--only", choices=["stored"], help="leave out what does not depend on stored rows")
    given.add_argument("--out", type=Path, help="folder for growth.json and growth.png")
    told = given.parse_args()
    engine, model = _material.engine()
    print(f"model: {model}; milliseconds of processor")
    curves = {} if told.only else {"text length": by_length, "batch size": by_batch, "rules": by_rules}
    drawn = {name: curve(engine) for name, curve in curves.items()}
    for name, curve in drawn.items():
        show(name, curve)
    if told.folder:
        told.folder.mkdir(parents=True, exist_ok=True)
        stored = by_stored(engine, told.folder, told.stored)
    else:
        with tempfile.TemporaryDirectory() as home:
            stored = by_stored(engine, Path(home), told.stored)
    for name, curve in stored.items():
        show(name, curve)
        print(f"  {name}: {judged(curve)}")
    out = told.out or load_settings().home / "benchmarks" / "growth"
    keep(out, drawn | stored)
    print(f"figures and a picture: {out}")


def by_length(engine: Engine) -> Curve:
    """A text of everyday comments, one behind the other."""
    joined = "，".join(_material.COMMENTS)
    longest = joined * -(-LENGTHS[-1] // len(joined))
    return [(length, cost(lambda at=length: engine.judge(Comment(longest[:at])))) for length in LENGTHS]  # type: ignore[misc]


def by_batch(engine: Engine) -> Curve:
    """Of each comment in it."""
    texts = [text for _ in range(30) for text in _material.COMMENTS]

    def judge(size: int) -> object:
        return engine.judge_many([engine.read(Comment(text)) for text in texts[:size]])

    return [(size, cost(lambda at=size: judge(at)) / size) for size in BATCHES]  # type: ignore[misc]


def by_rules(engine: Engine) -> Curve:
    """With so many rules in place of the shipped ones."""
    made, _ = rule_material.many_rules(rule_material.Words())
    made = (made * (RULES[-1] // len(made) + 1))[: RULES[-1]]
    numbered = [replace(rule, id=f"bench.r{at}") for at, rule in enumerate(made)]
    curve = []
    for count in RULES:
        rules = RuleSet(numbered[:count], "bench")
        rules.prepare()
        with_rules = replace(engine, rules=rules)
        each = [cost(lambda on=with_rules, text=text: on.judge(Comment(text))) for text in _material.COMMENTS]  # type: ignore[misc]
        curve.append((count, median(each)))
    return curve


def cost(work: Callable[[], object]) -> float:
    """Milliseconds of processor, the median of some rounds."""
    work()
    times = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        times.append((time.process_time() - begin) * 1e3)
    return median(times)


def by_stored(engine: Engine, home: Path, most: int) -> dict[str, Curve]:
    """Inserting and looking up while the records in `home` grow to `most` comments; goes on with what is there."""
    database = Database(f"sqlite:///{home / 'growth.db'}")
    database.migrate()
    keyring = open_keyring(database, home / "keys", now=datetime.now(UTC))
    curves, count, begin = _measured(home), _count(database), time.monotonic()
    if shutil.disk_usage(home).free < (most - count) * BYTES_EACH:
        raise SystemExit(f"{home} has too little room: {most - count:,} rows take {BYTES_EACH:,} bytes each.")
    for target in _targets(most):
        if any(at >= target for at, _ in curves[INSERT]):
            continue
        while count < target:
            size = min(FILLED, target - count)
            _store(database, keyring, _answered(engine, count, size))
            count += size
        timed = []
        for _ in range(ROUNDS):
            batch = _answered(engine, count, TOGETHER)
            started = time.process_time()
            _store(database, keyring, batch)
            timed.append((time.process_time() - started) * 1e3)
            count += TOGETHER
        curves[INSERT].append((count, median(timed)))
        by_own, by_id = _looked_up(database, random.Random(count).sample(range(count), min(count, LOOKED_UP)))
        curves[BY_ID].append((count, by_id))
        curves[BY_OWN].append((count, by_own))
        _remember(home, curves)
        print(f"  {count:,} stored after {time.monotonic() - begin:.0f} s", flush=True)
    database.close()
    return curves


def _measured(home: Path) -> dict[str, Curve]:
    """What an earlier run measured over these records."""
    file = home / "measured.json"
    told = orjson.loads(file.read_bytes()) if file.exists() else {}
    return {name: [(at, cost) for at, cost in told.get(name, [])] for name in (INSERT, BY_ID, BY_OWN)}


def _remember(home: Path, curves: dict[str, Curve]) -> None:
    part = home / "measured.json.part"
    part.write_bytes(orjson.dumps(curves, option=orjson.OPT_INDENT_2))
    part.replace(home / "measured.json")


def _count(database: Database) -> int:
    """A commit is there or it is not: so many comments are called c-0, c-1, ..."""
    with database.reading() as look:
        return int(look.execute(select(func.count()).select_from(comment_table)).scalar_one())


def _targets(most: int) -> list[int]:
    """The same whatever `most` is, so that a run with more goes on: a thousand, each `STEP` times the one before."""
    found, target = list[int](), float(FILLED)
    while round(target) < most:
        found.append(round(target))
        target *= STEP
    return [*found, most]


def _answered(engine: Engine, first: int, size: int) -> list[Answered]:
    """Comments of a platform's own ids, all different; judged once for each text, which is not what is measured."""
    found = []
    for at in range(first, first + size):
        text = _material.COMMENTS[at % len(_material.COMMENTS)]
        comment = Comment(f"{text} {at}", id=f"c-{at}")
        found.append(Answered(comment, _decided(engine, text), new_id(), 1.0))
    return found


_DECIDED: dict[str, Decision] = {}


def _decided(engine: Engine, text: str) -> Decision:
    if text not in _DECIDED:
        _DECIDED[text] = engine.judge(Comment(text))
    return _DECIDED[text]


def _store(database: Database, keyring: Keyring, answered: Sequence[Answered]) -> None:
    with database.unit() as unit:
        store_decisions(unit, answered, keyring=keyring, now=datetime.now(UTC))
        unit.commit()


def _looked_up(database: Database, chosen: Sequence[int]) -> tuple[float, float]:
    """Medians: by the platform's id, and by the id of the decision."""
    by_own, by_id = list[float](), list[float]()
    with database.reading() as look:
        for own in (f"c-{number}" for number in chosen):
            begin = time.process_time()
            known = comments.known_ids(look, [own])
            by_own.append((time.process_time() - begin) * 1e3)
            decision_id = decisions.latest_of(look, known[own]).id
            begin = time.process_time()
            decisions.get(look, decision_id)
            by_id.append((time.process_time() - begin) * 1e3)
    return median(by_own), median(by_id)


def judged(curve: Curve) -> str:
    """Whether it stays flat, in words."""
    (few, first), (many, last) = curve[0], curve[-1]
    ratio = last / first
    return f"{ratio:.2f} times at {many:,} what it is at {few:,}: {'flat' if ratio <= FLAT else 'NOT FLAT'}"


def show(name: str, curve: Curve) -> None:
    """One line."""
    print(f"{name:30} " + "  ".join(f"{count:,}: {milliseconds:.3f}" for count, milliseconds in curve), flush=True)


def keep(out: Path, curves: dict[str, Curve]) -> None:
    """JSON and a picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    out.mkdir(parents=True, exist_ok=True)
    (out / "growth.json").write_bytes(orjson.dumps(curves, option=orjson.OPT_INDENT_2))
    figure = Figure(figsize=(11, 6), layout="constrained")
    FigureCanvasAgg(figure)
    stored = [name for name in (INSERT, BY_ID, BY_OWN) if name in curves]
    names = [[name] for name in curves if name not in stored] + [stored]
    for axes, together in zip(figure.subplots(2, 2).flat, names, strict=False):
        for name in together:
            counts, milliseconds = zip(*curves[name], strict=True)
            axes.plot(counts, milliseconds, marker="o", label=name)
        axes.set(title=together[0] if len(together) == 1 else "stored comments", ylabel="milliseconds of processor",
                 xscale="symlog", yscale="linear" if len(together) == 1 else "log")  # fmt: skip
        axes.legend(fontsize=7)
    figure.savefig(out / "growth.png", dpi=110)


if __name__ == "__main__":
    main()
