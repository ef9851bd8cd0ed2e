"""Stand-ins shared by the tests, written out so that what they do can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moderation.errors import PartUnavailableError
from moderation.normaliser import Normalised
from moderation.ports import Scored, Thresholds
from moderation.spans import Span

LABELS = ("advertising", "gambling", "sexual", "fraud", "contraband", "abuse", "hate")


class KeywordScorer:
    """Answers a fixed probability for a label where a keyword stands in the canonical text, else 0.01."""

    name = "keywords"
    version = "7"

    def __init__(self, scores: Mapping[str, tuple[str, float]]) -> None:
        self.scores = dict(scores)
        self.thresholds = {label: Thresholds(review=0.4, block=0.9) for label in LABELS}

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        return [Scored(tuple(self._one(text, label) for label in LABELS), "fast") for text in texts]

    def _one(self, text: Normalised, label: str) -> float:
        found = [
            score for word, (named, score) in self.scores.items() if named == label and word in text.canonical.text
        ]
        return max(found, default=0.01)

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        view = text.canonical
        words = [word for word, (named, _) in self.scores.items() if named == label and word in view.text]
        starts = [(view.text.index(word), len(word)) for word in words]
        return tuple(view.to_source(start, start + length) for start, length in starts)


class BrokenScorer(KeywordScorer):
    """A model that never answers."""

    def __init__(self) -> None:
        super().__init__({})

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        raise PartUnavailableError("model", "the model does not answer")
