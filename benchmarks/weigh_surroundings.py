"""Writes `moderation/tables/weights.tsv`: how much each string beside a find says for a disguise or against one.

    python benchmarks/weigh_surroundings.py

A logistic regression, its steps averaged (Polyak and Juditsky 1992), over the strings of one to four Han characters
and the Latin words that stand in windows of the starter corpus, cut as `moderation/rules/surroundings.py` cuts them,
with a gap where a find would be. Rows that break a rule are those among which words are hidden; ordinary rows and
hard negatives are the others. Hate alone is left out, whose words name groups of people. What it prints is measured
on files that it did not learn.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from data.starter import Written, read_file
from moderation.normaliser import normalise
from moderation.rules.surroundings import AROUND, GAP
from moderation.taxonomy import load_taxonomy

ROOT = Path(__file__).resolve().parent.parent

LANGS = ("zh", "en")
LEAST_WINDOWS, PENALTY, SMALLEST = 8, 1e-4, 0.2
"""Windows that a string must be in, the strength of the penalty, and the weight below which none is kept."""

NAMED = re.compile(
    "[党族裔籍政官军]|[中美韩英法德俄]国|国家|国人|外国|日本|上海|北京|河南|东北|广东|新疆|香港|农村|外地|乡下|残疾|黑人"
    "|同性|男人|女人|女的|老人|gay|^[国民男女农韩港穷]$|xx|example"
)
"""Strings that name people or where they are from are no evidence, whatever the corpus says, nor are placeholders."""

_RUN = re.compile("[\u3400-\u9fff]+|[a-z]{2,}")


def main() -> None:
    """Learns, says how well it tells unseen files apart, and writes the table."""
    windows, breaks, files = sampled(Random(7))
    vectorizer = CountVectorizer(analyzer=strings, min_df=LEAST_WINDOWS, binary=True)
    seen = vectorizer.fit_transform(windows)
    scores = np.zeros(len(breaks))
    for learnt, held in GroupKFold(4).split(seen, breaks, files):
        scores[held] = learner().fit(seen[learnt], breaks[learnt]).decision_function(seen[held])
    print(f"{len(windows):,} windows, area under the curve on unseen files {roc_auc_score(breaks, scores):.3f}")
    learnt_of_all = learner().fit(seen, breaks)
    weights = dict(zip(vectorizer.get_feature_names_out(), learnt_of_all.coef_[0], strict=True))
    write(weights, float(learnt_of_all.intercept_[0]))


def learner() -> SGDClassifier:
    """The model, not yet fitted."""
    return SGDClassifier(loss="log_loss", alpha=PENALTY, average=True, max_iter=20, random_state=7)


def sampled(random: Random) -> tuple[list[str], np.ndarray, list[str]]:
    """A window or two of every row, whether the row breaks a rule, and its file."""
    windows, breaks, files = [], [], []
    for row in written():
        for _ in range(1 if len(row.text) < 2 * AROUND else 2):
            windows.append(window(normalise(row.text).canonical.text, random))
            breaks.append(bool(row.labels))
            files.append(row.file)
    return windows, np.array(breaks), files


def written() -> Iterator[Written]:
    """The rows of the corpus but those that are hate and nothing else."""
    labels = load_taxonomy().names
    for lang in LANGS:
        for path in sorted((ROOT / "data" / "starter" / lang).glob("*.tsv")):
            for row in read_file(path, f"{lang}/{path.name}", labels):
                if isinstance(row, Written) and row.labels != ("hate",):
                    yield row


def window(text: str, random: Random) -> str:
    """What stands around a place drawn at random."""
    at, size = random.randrange(max(1, len(text) - 1)), random.choice((2, 2, 2, 3, 4))
    return text[max(0, at - AROUND) : at] + GAP + text[at + size : at + size + AROUND]


def strings(text: str) -> set[str]:
    """Every run of one to four Han characters, and every Latin word."""
    found: set[str] = set()
    for match in _RUN.finditer(text):
        run = match[0]
        found |= {run} if run.isascii() else set(parts(run))
    return {each for each in found if not NAMED.search(each)}


def parts(run: str) -> Iterable[str]:
    """The pieces of a run of Han characters."""
    return (run[at : at + size] for size in range(1, 5) for at in range(len(run) - size + 1))


def write(weights: dict[str, float], intercept: float) -> None:
    """The table: a line for each weight, rounded, with its strings."""
    by_weight: dict[str, list[str]] = defaultdict(list)
    for string, weight in weights.items():
        if abs(weight) >= SMALLEST:
            by_weight[f"{weight:.1f}"].append(string)
    lines = [f"{weight}\t{' '.join(sorted(by_weight[weight]))}" for weight in sorted(by_weight, key=float)]
    head = "weight\tstrings\n# Made by benchmarks/weigh_surroundings.py from data/starter; do not edit by hand.\n"
    path = ROOT / "moderation" / "tables" / "weights.tsv"
    path.write_text(head + f"{intercept:.1f}\t\n" + "\n".join(lines) + "\n", "utf-8")
    print(f"{sum(map(len, by_weight.values())):,} strings, intercept {intercept:.2f}: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
