"""How many ordinary sentences a model stops or holds: `python benchmarks/ordinary.py [MODEL]`.

The sentences lie in `data/ordinary`; no model learns from them. Counts by kind, and no text: whoever mends a model for
one of these rows has spent the set.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import _material  # noqa: F401 - puts the checkout on the path
import numpy as np
from _serving import named_model

from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from eval.metrics import interval
from moderation.normaliser import normalise
from registry.scorers import load_scorer

SENTENCES = Path(__file__).resolve().parent.parent / "data" / "ordinary" / "sentences.tsv"


def main() -> None:
    """Prints two lines, each with the kinds and labels that fail."""
    folder = named_model("ordinary")
    if folder is None:
        return
    scorer = load_scorer(folder, taxonomy_of(load_settings()))
    rows = sentences()
    scores = np.array([each.scores for each in scorer.score([normalise(text) for text, _ in rows])])
    thresholds = list(scorer.thresholds.values())
    block, review = (np.array(each) for each in zip(*((one.block, one.review) for one in thresholds), strict=True))
    stopped = scores >= block
    held = (scores >= review) & ~np.any(stopped, axis=1, keepdims=True)
    print(f"{folder.name}, {len(rows)} ordinary sentences")
    for name, met in (("blocked", stopped), ("reviewed", held)):
        at = np.flatnonzero(met.any(axis=1))
        share = interval(len(at), len(rows))
        kinds = Counter(rows[each][1] for each in at)
        labels = Counter(scorer.labels[each] for each in np.nonzero(met)[1])
        print(f"{name}: {len(at)} ({share.share:.1%}; {share.low:.1%} to {share.high:.1%})")
        print(f"  {_told(kinds)}; {_told(labels)}")


def sentences() -> list[tuple[str, str]]:
    """Text and kind of each."""
    lines = SENTENCES.read_text("utf-8").rstrip("\n").split("\n")[1:]
    return [(text, kind) for text, kind, _ in (line.split("\t") for line in lines)]


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "none"


if __name__ == "__main__":
    main()
