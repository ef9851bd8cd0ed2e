"""Does the starter corpus read like what people write? Its rows beside real ones of the same language and label.

The hard question is put to a classifier: which of these did somebody write for us? Character n-grams, a linear model,
groups kept together, every row judged by a model that did not see it. An area under the curve of 0.5 is a corpus that
cannot be told from the real thing, 1 one that gives itself away; the n-grams that do so are named, file by file.
Beside it stand plainer figures. A platform's subjects and habits differ from another's too, so that two real sets are
told apart as well: the figures rank files, and 0.5 is not the aim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from data.near_duplicates import near_duplicates
from data.splits import uniform
from registry.ngrams import Ngrams, NgramSettings

FOLDS = 5
MOST = 2_000
"""Rows of either side that a cell takes, drawn by a hash of their texts."""

LEAST_REAL, LEAST_WRITTEN, LEAST_IN_FILE = 100, 50, 10
NEAR_AT = 0.6
"""Similarity of 3-grams from which two rows say nearly the same, as the corpus is looked over."""

GRAMS = 20_000
"""4-grams among which the distinct ones are counted: their share falls with the size of the sample."""

SHOWN = 8
_SEED = 20171001
_READER = NgramSettings(orders=(1, 2, 3, 4), bits=17)

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Text:
    """A canonical text, the group it stays with, and where it is from: a file of the corpus, or a source."""

    text: str
    group: str
    origin: str


@dataclass(frozen=True, slots=True)
class Look:
    """Plain figures of some texts.

    `distinct` is the share of distinct 4-grams among the first 20,000 (fewer where there are no more), `near` that of
    texts with another like them, `length` the 10th, 50th and 90th percentile in code points, `known` the share of the
    other side's 2-grams that occur here.
    """

    rows: int
    distinct: float
    near: float
    length: tuple[float, float, float]
    known: float


@dataclass(frozen=True, slots=True)
class FileFigures:
    """One file of the corpus within a cell: how well its rows are told from real ones, and by what."""

    file: str
    rows: int
    auc: float
    tells: tuple[str, ...]
    """n-grams that the classifier takes for ours, the strongest first."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One language and label: written rows beside real ones. `files` has those most easily told first."""

    lang: str
    label: str
    sources: tuple[str, ...]
    auc: float
    written: Look
    real: Look
    files: tuple[FileFigures, ...]


Key = tuple[str, str]


def compare(
    written: Mapping[Key, Sequence[Text]],
    real: Mapping[Key, Sequence[Text]],
    *,
    progress: Progress = lambda _, __: None,
) -> list[Cell]:
    """A cell for each language and label of which both sides have enough, those most easily told first."""
    both = [
        key for key in sorted(written) if len(written[key]) >= LEAST_WRITTEN and len(real.get(key, ())) >= LEAST_REAL
    ]
    cells = []
    for at, key in enumerate(both):
        progress(" ".join(key), at / len(both))
        cells.append(_cell(key, _drawn(written[key]), _drawn(real[key])))
    return sorted(cells, key=lambda cell: -cell.auc)


def _drawn(texts: Sequence[Text]) -> list[Text]:
    """At most `MOST`, the same ones each time; equal texts once."""
    distinct = {each.text: each for each in texts}
    return sorted(distinct.values(), key=lambda each: uniform(_SEED, each.text))[:MOST]


def _cell(key: Key, written: list[Text], real: list[Text]) -> Cell:
    from sklearn.metrics import roc_auc_score

    said, weight = _told_apart([*written, *real], np.arange(len(written) + len(real)) < len(written))
    ours, theirs = said[: len(written)], said[len(written) :]
    truth = np.concatenate([np.ones(len(ours)), np.zeros(len(theirs))])
    return Cell(
        lang=key[0],
        label=key[1],
        sources=tuple(sorted({each.origin for each in real})),
        auc=float(roc_auc_score(truth, said)),
        written=look([each.text for each in written], [each.text for each in real]),
        real=look([each.text for each in real], [each.text for each in written]),
        files=tuple(sorted(_files(written, ours, theirs, weight), key=lambda each: (-each.auc, each.file))),
    )


def _files(
    written: Sequence[Text], ours: NDArray[np.float64], theirs: NDArray[np.float64], weight: NDArray[np.float64]
) -> Iterator[FileFigures]:
    from sklearn.metrics import roc_auc_score

    origins = np.array([each.origin for each in written])
    for file in sorted(set(origins)):
        own = origins == file
        if own.sum() < LEAST_IN_FILE:
            continue
        said = np.concatenate([ours[own], theirs])
        auc = float(roc_auc_score(np.arange(said.size) < own.sum(), said))
        texts = [written[at].text for at in np.flatnonzero(own).tolist()]
        yield FileFigures(str(file), int(own.sum()), auc, tells(texts, weight))


def _told_apart(texts: Sequence[Text], is_ours: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each text's score by a model that did not see its group, `(n,)`, and the weights of one that saw all."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = Ngrams(_READER).batch([each.text for each in texts])
    matrix = csr_matrix((rows.values, rows.indices, rows.indptr), shape=(len(texts), _READER.size))
    fold = np.array([int(uniform(_SEED, f"{each.origin}/{each.group}") * FOLDS) for each in texts])
    said = np.zeros(len(texts))

    def fitted(at: NDArray[np.bool_]) -> LogisticRegression:
        return LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=0).fit(
            matrix[at], is_ours[at]
        )

    for each in range(FOLDS):
        own = fold == each
        if own.any() and np.unique(is_ours[~own]).size == 2:
            said[own] = fitted(~own).decision_function(matrix[own])
    return said, fitted(np.ones(len(texts), dtype=np.bool_)).coef_[0]


def tells(texts: Sequence[str], weight: NDArray[np.float64]) -> tuple[str, ...]:
    """The n-grams (two characters or more) that speak loudest for us over these texts, none within another."""
    reader = Ngrams(_READER)
    seen: Counter[str] = Counter()
    strength: dict[str, float] = {}
    for text in texts:
        padded, found = f" {text} ", reader.occurrences(text)
        for at, start, length in zip(found.indices, found.starts, found.lengths, strict=True):
            if length > 1:
                gram = padded[start : start + length]
                strength[gram] = float(weight[at])
                seen[gram] += 1
    loud = sorted((each for each in seen if seen[each] > 2), key=lambda each: (-seen[each] * strength[each], each))
    return tuple(islice(_apart(each for each in loud if strength[each] > 0), SHOWN))


def _apart(grams: Iterator[str]) -> Iterator[str]:
    shown: list[str] = []
    for gram in grams:
        bare = gram.strip()
        if bare and not any(bare in other or other in bare for other in shown):
            shown.append(bare)
            yield bare


def look(texts: Sequence[str], others: Sequence[str]) -> Look:
    """The plain figures of `texts`; `others` are those of the other side."""
    fours = list(islice((gram for text in texts for gram in grams(text, 4)), GRAMS))
    edges = near_duplicates(texts, NEAR_AT)
    alike = {place for edge in edges for place in (edge.first, edge.second)}
    own = {gram for text in texts for gram in grams(text, 2)}
    asked = [gram in own for text in others for gram in grams(text, 2)]
    low, middle, high = np.percentile([len(text) for text in texts], [10, 50, 90]).tolist()
    return Look(
        rows=len(texts),
        distinct=len(set(fours)) / max(len(fours), 1),
        near=len(alike) / max(len(texts), 1),
        length=(low, middle, high),
        known=sum(asked) / max(len(asked), 1),
    )


def grams(text: str, order: int) -> Iterator[str]:
    """Runs of `order` characters."""
    return (text[at : at + order] for at in range(len(text) - order + 1))
