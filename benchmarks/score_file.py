"""`chaffinch score FILE` beside `transformers.pipeline`: `python benchmarks/score_file.py [MODEL] [--rows N]`.

The same everyday comments (snapshot `everyday`, else the starter corpus) as a file: ours as a process from its start to
its end, loading included; the pipeline on the unquantised base, one comment at a time and 32 together, PyTorch with as
many threads as there are cores, loading left out. The pipeline is asked about the first of them for some seconds only,
so that the run is bounded; rates are compared. Beside wall time stands processor time, which neighbours do not change.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import _material  # noqa: F401 - puts the checkout on the path
import orjson
from _serving import ROOT, named_bundle
from serve import base_of, texts

from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from registry.bundle import open_bundle

BARS = {1: 25.0, 32: 5.0}
"""How many times a pipeline's rate ours should be, by the pipeline's batch."""


def main() -> None:
    """Prints a line each, and the ratios beside their bars."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("model", nargs="?")
    given.add_argument("--rows", type=int, default=20_000)
    given.add_argument("--seconds", type=float, default=20.0, help="of each pipeline")
    told = given.parse_args()
    folder = named_bundle("score_file", told.model)
    comments = texts("everyday")
    if folder is None or not comments:
        return
    rows = [comments[at % len(comments)] for at in range(told.rows)]
    wall, used = ours(folder, rows)
    rate, cost = len(rows) / wall, used / len(rows) * 1e3
    print(f"chaffinch score: {len(rows)} rows in {wall:.1f} s, {rate:.0f}/s, {cost:.3f} ms of processor each")
    base = base_of(open_bundle(folder, taxonomy_of(load_settings())))
    for batch, bar in BARS.items():
        naive, naive_cost = pipeline(base, rows, batch, told.seconds)
        ratio = rate / naive
        print(
            f"pipeline, batch {batch}: {naive:.0f}/s, {naive_cost:.2f} ms of processor each: ours is {ratio:.1f}x"
            f" (at least {bar:g}: {'reached' if ratio >= bar else 'MISSED'}; by processor {naive_cost / cost:.1f}x)"
        )


def ours(folder: Path, rows: Sequence[str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor, all processes together; no row may be missing."""
    with tempfile.TemporaryDirectory() as home:
        source, out = Path(home) / "rows.jsonl", Path(home) / "answers.jsonl"
        source.write_bytes(b"".join(orjson.dumps({"text": text}) + b"\n" for text in rows))
        command = [sys.executable, "-m", "chaffinch", "score", str(source), "-o", str(out), "--model", str(folder)]
        environment = {**os.environ, "CHAFFINCH_HOME": home, "PYTHONPATH": str(ROOT)}
        before, begin = _children(), time.perf_counter()
        subprocess.run(command, check=True, env=environment, cwd=ROOT, capture_output=True)
        wall = time.perf_counter() - begin
        answered = out.read_bytes().count(b"\n")
        if answered != len(rows):
            raise SystemExit(f"{answered} answers to {len(rows)} rows")
        return wall, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def pipeline(base: str, rows: Sequence[str], batch: int, seconds: float) -> tuple[float, float]:
    """Rows a second, and milliseconds of processor for each."""
    from naive import classifier

    classify: Callable[..., object] = classifier(base)
    classify(list(rows[:batch]), batch_size=batch)
    done, cpu, begin = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - begin < seconds and done < len(rows):
        some = list(rows[done : done + batch])
        classify(some, batch_size=batch)
        done += len(some)
    return done / (time.perf_counter() - begin), (time.process_time() - cpu) / done * 1e3


if __name__ == "__main__":
    main()
