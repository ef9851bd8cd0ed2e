"""Does the starter corpus read like what people write? Its rows beside real ones of the same language and label.

The hard question is put to a classifier: which of these did somebody write for us? Character n-grams, a linear model,
groups kept together, every row judged by a model that did not see it. It is asked about what is said and not about how
a set was written down: punctuation, spaces, case, numbers, links and masked names are evened out on both sides
(`content`), and rows are weighed so that both sides are equally long. An area under the curve of 0.5 is a corpus that
cannot be told from the real thing, 1 one that gives itself away; the n-grams that do so are named, file by file.
Beside it stand plainer figures. A platform's subjects and habits differ from another's too, so that two real sets are
told apart as well: the figures rank files, and 0.5 is not the aim. Files with the same area are told apart by their
margin, how far beyond real rows the classifier places them. Where the real side is no comments but text messages,
`form` says so: such a cell ranks files among each other, and says nothing of how far they are from comments.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
LENGTHS = (8, 12, 16, 22, 30, 42, 60, 90, 140)
"""Where bands of like length end, in code points of the content."""

COMMENTS = "comments"
_SEED = 20171001
_NUMBER = re.compile(r"[a-z]*[0-9][a-z0-9]*")
_BESIDE = re.compile(r"[^\w]+|_+")
_SPACE_AT_WIDE = re.compile("(?<=[\u2e80-\u9fff\u0e00-\u0e7f]) | (?=[\u2e80-\u9fff\u0e00-\u0e7f])")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S+\.(?:com|cn|net|org|cc|top|vip|xyz)\S*", re.ASCII)
_READER = NgramSettings(orders=(1, 2, 3, 4), bits=17)

Progress = Callable[[str, float], None]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Text:
    """A canonical text, the group it stays with, and where it is from: a file of the corpus, or a source."""

    text: str
    group: str
    origin: str
    form: str = COMMENTS
    """What kind of writing: comments, messages (SMS), reviews."""


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
    """One file of the corpus within a cell: how well its rows are told from real ones, by how much, and by what."""

    file: str
    rows: int
    auc: float
    margin: float
    """How far the middle of its rows lies beyond that of real ones, in spreads of the latter's scores."""
    tells: tuple[str, ...]
    """n-grams that the classifier takes for ours, the strongest first."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One language and label: written rows beside real ones. `files` has those most easily told first."""

    lang: str
    label: str
    sources: tuple[str, ...]
    form: str
    """What the real side is: `comments`, or, where there are none, what there is."""
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
    return sorted(cells, key=lambda cell: (cell.form != COMMENTS, -cell.auc))


def content(text: str) -> str:
    """What a text says, without the form in which a set was written down.

    Of links, numbers, whatever has digits in it (contacts, codes, what was put in the place of a mask) and punctuation
    nothing is left, and of spaces those between words that are written with them.
    """
    bare = _NUMBER.sub(" ", _LINK.sub(" ", text.lower()))
    return _SPACE_AT_WIDE.sub("", _BESIDE.sub(" ", bare)).strip()


def _drawn(texts: Sequence[Text]) -> list[Text]:
    """At most `MOST`, the same ones each time; equal texts once."""
    distinct = {each.text: each for each in texts}
    return sorted(distinct.values(), key=lambda each: uniform(_SEED, each.text))[:MOST]


def _cell(key: Key, written: list[Text], real: list[Text]) -> Cell:
    both = [replace(each, text=content(each.text)) for each in (*written, *real)]
    is_ours = np.arange(len(both)) < len(written)
    bands = np.digitize([len(each.text) for each in both], LENGTHS)
    counts = as_long(bands[~is_ours], bands[is_ours])
    said, weight = _told_apart(both, is_ours, np.concatenate([_met(bands[is_ours], bands[~is_ours]), counts]))
    figures = _files(both[: len(written)], said, bands, weight)
    return Cell(
        lang=key[0],
        label=key[1],
        sources=tuple(sorted({each.origin for each in real})),
        form=COMMENTS if COMMENTS in {each.form for each in real} else real[0].form,
        auc=_area(said[is_ours], said[~is_ours], bands[is_ours], bands[~is_ours]),
        written=look([each.text for each in written], [each.text for each in real]),
        real=look([each.text for each in real], [each.text for each in written]),
        files=tuple(sorted(figures, key=lambda each: (-round(each.auc, 3), -each.margin, each.file))),
    )


def as_long(bands: NDArray[np.int64], as_those: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights, `(n,)`, by which rows in these bands of length are as long as `as_those`, band for band."""
    size = len(LENGTHS) + 1
    there, wanted = np.bincount(bands, minlength=size), np.bincount(as_those, minlength=size)
    return np.asarray((wanted / np.maximum(there, 1))[bands])


def _met(bands: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 for rows in a band that the other side has too, else 0: by their length alone they would be told apart."""
    return np.isin(bands, others).astype(np.float64)


def _area(ours: Scores, theirs: Scores, our_bands: NDArray[np.int64], their_bands: NDArray[np.int64]) -> float:
    """The area under the curve among rows of like length; a half where no two rows are."""
    from sklearn.metrics import roc_auc_score

    weights = np.concatenate([_met(our_bands, their_bands), as_long(their_bands, our_bands)])
    truth = np.arange(ours.size + theirs.size) < ours.size
    if not weights[truth].any():
        return 0.5
    return float(roc_auc_score(truth, np.concatenate([ours, theirs]), sample_weight=weights))


def _margin(ours: Scores, theirs: Scores) -> float:
    return float((np.median(ours) - np.median(theirs)) / max(float(theirs.std()), 1e-9))


def _files(
    written: Sequence[Text], said: Scores, bands: NDArray[np.int64], weight: NDArray[np.float64]
) -> Iterator[FileFigures]:
    theirs, their_bands = said[len(written) :], bands[len(written) :]
    origins = np.array([each.origin for each in written])
    for file in sorted(set(origins)):
        own = np.flatnonzero(origins == file)
        if own.size < LEAST_IN_FILE:
            continue
        auc = _area(said[own], theirs, bands[own], their_bands)
        texts = [written[at].text for at in own.tolist()]
        yield FileFigures(str(file), own.size, auc, _margin(said[own], theirs), tells(texts, weight))


def _told_apart(
    texts: Sequence[Text], is_ours: NDArray[np.bool_], counts: NDArray[np.float64]
) -> tuple[Scores, NDArray[np.float64]]:
    """Each text's score by a model that did not see its group, `(n,)`, and the weights of one that saw all."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = Ngrams(_READER).batch([each.text for each in texts])
    matrix = csr_matrix((rows.values, rows.indices, rows.indptr), shape=(len(texts), _READER.size))
    fold = np.array([int(uniform(_SEED, f"{each.origin}/{each.group}") * FOLDS) for each in texts])
    said = np.zeros(len(texts))

    def fitted(at: NDArray[np.bool_]) -> LogisticRegression:
        return LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=0).fit(
            matrix[at], is_ours[at], sample_weight=counts[at]
        )

    for each in range(FOLDS):
        own = fold == each
        learnt = ~own & (counts > 0)
        if own.any() and np.unique(is_ours[learnt]).size == 2:
            said[own] = fitted(learnt).decision_function(matrix[own])
    return said, fitted(counts > 0).coef_[0]


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
