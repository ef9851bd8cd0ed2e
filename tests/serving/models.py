"""Models that misbehave, and one that says who it is in every score."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from moderation.normaliser import Normalised
from moderation.ports import Scored
from moderation.spans import Span
from tests.fakes import LABELS, KeywordScorer


class StuckScorer(KeywordScorer):
    """Hangs until it is let go."""

    def __init__(self) -> None:
        super().__init__({})
        self.let_go = threading.Event()
        self.reached = threading.Event()

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        self.reached.set()
        assert self.let_go.wait(30)
        return super().score(texts)


class SlowScorer(KeywordScorer):
    """Takes its time over each comment."""

    def __init__(self, seconds: float) -> None:
        super().__init__({})
        self.seconds = seconds

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        time.sleep(self.seconds * len(texts))
        return super().score(texts)


class FaultyScorer(KeywordScorer):
    """Fails in a way that nobody foresaw; with `only`, on texts that hold it."""

    def __init__(self, only: str = "") -> None:
        super().__init__({"博彩": ("gambling", 0.97)})
        self.only = only

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        if any(self.only in text.source for text in texts):
            raise RuntimeError(f"index out of range near {texts[0].source}")
        return super().score(texts)


class SignedScorer(KeywordScorer):
    """Its version stands in every score, so that an answer from a mixture would be seen."""

    def __init__(self, version: int) -> None:
        super().__init__({})
        self.version = str(version)
        self.signature = version / 1000

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        return [Scored((self.signature,) * len(LABELS), "fast") for _ in texts]

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        return ()


class SureScorer(KeywordScorer):
    """Sure at once of everything but what holds `unless`; counts what it was asked in earnest."""

    def __init__(self, unless: str = "\0") -> None:
        super().__init__({"博彩": ("gambling", 0.97)})
        self.unless = unless
        self.asked = 0

    def at_once(self, texts: Sequence[Normalised]) -> list[Scored] | None:
        return None if any(self.unless in text.source for text in texts) else super().score(texts)

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        self.asked += len(texts)
        return super().score(texts)


class HastyScorer(SureScorer):
    """Its quick answer fails; asked in earnest it answers."""

    def at_once(self, texts: Sequence[Normalised]) -> list[Scored] | None:
        raise RuntimeError(f"index out of range near {texts[0].source}")
