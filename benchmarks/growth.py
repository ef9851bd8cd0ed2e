"""How costs grow: `python benchmarks/growth.py [--stored 200000] [--out FOLDER]`, as four drawings and their figures.

* the whole path of one comment by the length of its text (10 to 10,000 code points; the fast tier, no server);
* one comment of a batch by the batch's size (1 to 256);
* one comment by the number of rules (0 to 2,000, each with 50 terms);
* storing 32 decisions in one commit, and looking one up by its id and by the platform's, by how many are stored
  (SQLite in a file). `--stored 5000000` takes hours and some 10 GB under `--folder`; it goes on filling between
  measurements in commits of a thousand.

Processor time, so that neighbours change little. What has to stay flat is printed: the last figure beside the first.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import _material
import orjson
import rules as rule_material

from chaffinch.settings import load_settings
from moderation.comment import Comment
from moderation.decision import Decision
from moderation.pipeline import Engine
from moderation.rules import RuleSet
from records import comments, decisions
from records.database import Database
from records.ids import new_id
from records.personal import Keyring, open_keyring
from records.storing import Answered, Stored, store_decisions

LENGTHS = (10, 30, 100, 300, 1_000, 3_000, 10_000)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RULES = (0, 50, 200, 500, 1_000, 2_000)
TOGETHER, FILLED = 32, 1_000
ROUNDS = 15
POINTS = 8
FLAT = 1.5
"""Times the first figure that the last may be: trees grow by a level."""

Curve = list[tuple[int, float]]
"""(how many, milliseconds)"""


def main() -> None:
    """Prints each curve and draws them."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--stored", type=int, default=200_000, help="rows to which the records grow")
    given.add_argument("--folder", type=Path, help="where the records stand; a folder that goes away, if not given")
    given.add_argument("--out", type=Path, help="folder for growth.json and growth.png")
    told = given.parse_args()
    engine, model = _material.engine()
    print(f"model: {model}; milliseconds of processor")
    curves = {
        "text length": by_length(engine),
        "batch size": by_batch(engine),
        "rules": by_rules(engine),
    }
    for name, curve in curves.items():
        show(name, curve)
    with tempfile.TemporaryDirectory(dir=told.folder) as home:
        stored = by_stored(engine, Path(home), told.stored)
    for name, curve in stored.items():
        show(name, curve)
        print(f"  {name}: {judged(curve)}")
    out = told.out or load_settings().home / "benchmarks" / "growth"
    keep(out, curves | stored)
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
    """Inserting and looking up while the records grow to `most` comments."""
    database = Database(f"sqlite:///{home / 'growth.db'}")
    database.migrate()
    keyring = open_keyring(database, home / "keys", now=datetime.now(UTC))
    insert, by_id, by_own = list[tuple[int, float]](), list[tuple[int, float]](), list[tuple[int, float]]()
    known: list[tuple[Stored, str]] = []
    count, begin = 0, time.monotonic()
    for target in _targets(most):
        while count < target:
            size = min(FILLED, target - count)
            known += _sample(_store(database, keyring, _answered(engine, count, size)), count)
            count += size
        timed = []
        for _ in range(ROUNDS):
            batch = _answered(engine, count, TOGETHER)
            started = time.process_time()
            _store(database, keyring, batch)
            timed.append((time.process_time() - started) * 1e3)
            count += TOGETHER
        chosen = random.Random(count).sample(known, min(len(known), 200))
        insert.append((count, median(timed)))
        by_id.append(
            (count, _looked_up(database, (lambda look, s=s: decisions.get(look, s.decision_id) for s, _ in chosen)))
        )
        by_own.append(
            (count, _looked_up(database, (lambda look, o=own: comments.known_ids(look, [o]) for _, own in chosen)))
        )
        print(f"  {count:,} stored after {time.monotonic() - begin:.0f} s", flush=True)
    database.close()
    return {f"storing {TOGETHER}": insert, "look-up by decision": by_id, "look-up by the platform's id": by_own}


def _targets(most: int) -> list[int]:
    """From a thousand on, each about as many times the one before."""
    step = (most / FILLED) ** (1 / (POINTS - 1)) if most > FILLED else 1.0
    return sorted({min(most, round(FILLED * step**at)) for at in range(POINTS)})


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


def _store(database: Database, keyring: Keyring, answered: Sequence[Answered]) -> list[Stored]:
    with database.unit() as unit:
        stored = store_decisions(unit, answered, keyring=keyring, now=datetime.now(UTC))
        unit.commit()
    return stored


def _sample(stored: Sequence[Stored], first: int) -> list[tuple[Stored, str]]:
    """One of a hundred, with the id that the platform gave it."""
    return [(each, f"c-{first + at}") for at, each in enumerate(stored) if at % 100 == 0]


def _looked_up(database: Database, questions: Iterable[Callable[..., object]]) -> float:
    times = []
    with database.reading() as look:
        for ask in questions:
            begin = time.process_time()
            ask(look)
            times.append((time.process_time() - begin) * 1e3)
    return median(times)


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
    names = [[name] for name in list(curves)[:3]] + [list(curves)[3:]]
    for axes, together in zip(figure.subplots(2, 2).flat, names, strict=True):
        for name in together:
            counts, milliseconds = zip(*curves[name], strict=True)
            axes.plot(counts, milliseconds, marker="o", label=name)
        axes.set(title=together[0] if len(together) == 1 else "stored comments", ylabel="milliseconds of processor",
                 xscale="symlog", yscale="linear" if len(together) == 1 else "log")  # fmt: skip
        axes.legend(fontsize=7)
    figure.savefig(out / "growth.png", dpi=110)


if __name__ == "__main__":
    main()
