"""How long it takes to read one comment as n-grams, and many at once: `python benchmarks/ngrams.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from registry.ngrams import Ngrams, NgramSettings

COMMENT = "加薇信领福利名额有限先到先得手慢无了"
ROUNDS = 2_000


def microseconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median time of `work`, in microseconds."""
    times = []
    for _ in range(rounds):
        begin = perf_counter()
        work()
        times.append(perf_counter() - begin)
    return median(times) * 1e6


def main() -> None:
    """Prints one line a case."""
    ngrams = Ngrams(NgramSettings())
    comment = f"{COMMENT}x"
    long = (COMMENT * 600)[:10_000]
    many = [f"{comment[: 5 + i % 14]}{i}" for i in range(2_048)]
    sys.stdout.write(
        f"one comment of {len(comment)} characters: {microseconds(lambda: ngrams.features(comment)):.1f} µs\n"
    )
    sys.stdout.write(f"one of 10,000 characters: {microseconds(lambda: ngrams.features(long), 50):.0f} µs\n")
    sys.stdout.write(
        f"one of {len(many)} in a batch: {microseconds(lambda: ngrams.batch(many), 20) / len(many):.1f} µs\n"
    )


if __name__ == "__main__":
    main()
