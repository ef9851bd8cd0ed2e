"""How long each view of a comment takes, beside a bare Aho-Corasick scan of the raw text in the same run, on one core.

python benchmarks/normalise.py [SNAPSHOT_HOME]   # the `everyday` snapshot there; without, the comments written here

Each view is made eagerly and alone: what it is made from is timed by itself. Times are of the processor, so that what
else runs on the machine does not count.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import ahocorasick_rs
from _material import COMMENTS

from moderation.normaliser import View, ViewName, normalise
from moderation.views.shape import whole

ROUNDS = 7
HOSTILE = {
    "letters and dots": "c.a.s.i.n.o",
    "marks": "q\u0301\u0335\u0336\u0337\u0338",
    "mixed alphabets": "cа",
    "split characters": "木又益女干",
    "financial numerals": "壹2",
    "zero-width": "赌\u200b\u200d",
    "pinyin": "weixin",
    "flags": "🇻🇽🇨",
    "emoji": "👩\u200d🚀🐎",
    "parts and fillers": "女.子-日 月",
}


def main() -> None:
    """Prints one line a view, and one a hostile text."""
    texts = _texts()
    characters = sum(map(len, texts)) / len(texts)
    scan = _scan()
    bare = _microseconds(lambda: [scan(text) for text in texts]) / len(texts)
    print(f"{len(texts):,} comments of {characters:.0f} characters; a bare scan of the raw text: {bare:.2f} µs")
    _compare_with_scan(texts, bare)
    for name, unit in HOSTILE.items():
        short, long = ((unit * 10_000)[:size] for size in (200, 10_000))
        few, many = (_all_views(text) for text in (short, long))
        print(f"hostile, {name}: {few:.0f} µs at 200 characters, {many:.0f} at 10,000: {many / few:.0f} times")


def _compare_with_scan(texts: Sequence[str], bare: float) -> None:
    for name in ViewName:
        _alone(texts, name)
        spent = median(_alone(texts, name) for _ in range(ROUNDS)) / len(texts) * 1e6
        print(f"{name.value}: {spent:.2f} µs a comment, {spent / bare:.1f} bare scans")
    read = [normalise(text).view(ViewName.EMOJI) for text in texts]
    split = _microseconds(lambda: [whole(view) for view in read]) / len(texts)
    print(f"split characters joined, for phonetic and shape: {split:.2f} µs a comment")
    every = _microseconds(lambda: [_read_all(text) for text in texts]) / len(texts)
    print(f"all five: {every:.2f} µs a comment, {every / bare:.1f} bare scans")


def _alone(texts: Sequence[str], name: ViewName) -> float:
    """Seconds that one view of every text takes, those that it is made from being there."""
    spent = 0.0
    for at in range(0, len(texts), 500):
        read = [normalise(text) for text in texts[at : at + 500]]
        for text in read:
            for each in _NEEDS[name]:
                text.view(each)
            if name in _OF_WHOLE:
                assert text.whole
        begin = process_time()
        for text in read:
            text.view(name)
        spent += process_time() - begin
    return spent


_OF_WHOLE = (ViewName.PHONETIC, ViewName.SHAPE)
"""Made of the view with split characters joined, which is timed by itself."""

_NEEDS = {
    ViewName.CANONICAL: [],
    ViewName.JOINED: [ViewName.CANONICAL],
    ViewName.EMOJI: [ViewName.CANONICAL, ViewName.JOINED],
    ViewName.PHONETIC: [ViewName.EMOJI],
    ViewName.SHAPE: [ViewName.EMOJI],
}


def _all_views(text: str) -> float:
    _read_all(text)
    return _microseconds(lambda: _read_all(text))


def _read_all(text: str) -> list[View]:
    read = normalise(text)
    return [read.view(name) for name in ViewName]


def _scan() -> Callable[[str], object]:
    """A scan for 5,000 terms: four-digit numbers, so that everyday comments hit none."""
    return ahocorasick_rs.AhoCorasick([f"{number}号" for number in range(1_000, 6_000)]).find_matches_as_indexes


def _texts() -> list[str]:
    if len(sys.argv) < 2:
        return list(COMMENTS) * 200
    from data.snapshot import find  # only where a snapshot is asked for

    return find("everyday", Path(sys.argv[1])).split("test").texts[:20_000]


def _microseconds(work: Callable[[], object]) -> float:
    """The median time of `work`, in microseconds."""
    times = []
    for _ in range(ROUNDS):
        begin = process_time()
        work()
        times.append(process_time() - begin)
    return median(times) * 1e6


if __name__ == "__main__":
    main()
