"""How long reading comments as n-grams takes, and showing their words: `python benchmarks/ngrams.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from moderation.normaliser import normalise
from registry.explanation import spans
from registry.ngrams import Ngrams, NgramSettings
from registry.words import words

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
    show_words(comment, long)


def show_words(comment: str, long: str) -> None:
    """Only a comment that is stopped or asked about is explained, so this is no part of every comment's time."""
    begin = perf_counter()
    words(comment)
    sys.stdout.write(f"the dictionary of Chinese words, once a process: {(perf_counter() - begin) * 1e3:.0f} ms\n")
    for text, rounds in ((comment, 500), (long, 20)):
        view, weight = normalise(text).canonical, np.random.default_rng(0).random(len(text))
        spent = microseconds(partial(spans, view, weight), rounds)
        sys.stdout.write(f"the words to show of {len(text):,} characters: {spent:.0f} µs\n")


if __name__ == "__main__":
    main()
