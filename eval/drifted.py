"""How far a model's answers to some texts lie from what it was made on: what `chaffinch watch` asks of a day's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from eval.metrics import Scores
from moderation.drift import Drift, drift, drift_of_names
from moderation.language import detect
from moderation.normaliser import normalise
from registry.reference import Spread

LANGUAGE: Final = "language"


def drifted(spread: Spread, texts: Sequence[str], scores: Scores, names: tuple[str, ...]) -> dict[str, Drift]:
    """The drift of each label's `scores` `(n, labels)`, and of the texts' languages; nothing for no text."""
    counts = {name: np.histogram(scores[:, at], spread.edges)[0].tolist() for at, name in enumerate(names)}
    found = {name: drift(spread.scores[name], counts[name]) for name in names if name in spread.scores}
    languages = Counter(detect(normalise(text).canonical.text) for text in texts)
    found[LANGUAGE] = drift_of_names(spread.languages, languages)
    return {name: each for name, each in found.items() if each is not None}
