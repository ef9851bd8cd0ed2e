"""Whether a term is meant where disguises of several kinds are laid over one another (`paths.py`).

A path over the readings of a text says in what way each character of the term is written. What it costs is the sum of
its substitutions; what speaks for it is that kinds are mixed, as nobody writes by accident, how unlikely the characters
are beside each other, and what stands around. Weights in natural logarithms as those of `believing.py`, set by hand.
"""

from __future__ import annotations

from itertools import pairwise

from moderation.readings import tone
from moderation.rules.found import ALL_HAN
from moderation.rules.paths import Step
from moderation.rules.pictures import is_elsewhere
from moderation.rules.surroundings import Surroundings
from moderation.views.lattice import Way
from moderation.views.letters import pictures

ASKED = 1.0
"""What is asked of the sum of all that follows."""

KEPT = 2.0
"""A character of the term as it is."""

WEIGHTS = {
    Way.HAN: -0.5, Way.LOOKS: -1.5, Way.SPELT: 0.8, Way.LEET: 1.2, Way.SCRIPTS: 2.0, Way.TRADED: -0.5,
    Way.INITIAL: -1.0, Way.DIGIT: -0.7, Way.DRAWN: 2.2, Way.PICTURE: -0.5, Way.LETTER: 1.5, Way.BOPOMOFO: 2.0,
    Way.PARTS: 1.0,
}  # fmt: skip
"""Each character written in such a way."""

SHOWN, OTHER_TONE = 1.7, -1.0
"""What a picture that shows the very character says more; a homophone in another tone."""

KINDS = {
    Way.SPELT: "letters", Way.LEET: "leet", Way.SCRIPTS: "leet", Way.TRADED: "trade", Way.INITIAL: "letters",
    Way.DIGIT: "digit", Way.DRAWN: "digit", Way.PICTURE: "picture", Way.LETTER: "letter", Way.BOPOMOFO: "letter",
    Way.PARTS: "parts", Way.HAN: "characters", Way.LOOKS: "characters",
}  # fmt: skip
"""Which kind of disguise a way is."""

ELSEWHERE_WEIGHED = frozenset({"picture", "marks", "trade"})
"""Pictures among the characters of the term, and letters that the trade reads, are weighed by `pictures.py`."""

SEVERAL, FILLER, SYMBOL, PAUSE = 1.2, 0.7, 0.5, -1.5
"""Each kind of disguise beyond the first; what stands between the characters of the term: a picture, another sign, a
mark at which sentences pause."""

GAINED, LEAST_GAINED, MOST_GAINED = 0.2, 12.0, 24.0
"""What of `likelihood.gain` counts, between which bounds."""

SHADY, PLAIN, ELSEWHERE, NONE_KEPT, LONG = 1.5, 1.0, -2.5, 1.0, 1.3
"""Each word around that speaks for a disguise and each that an innocent text holds; a picture that stands near it
again; where nothing of the term is left, what is asked besides; what each character more than two gives back."""

PAUSES = frozenset(",!?;:。、")


def is_composed(steps: tuple[Step, ...], term: str, text: str, near: Surroundings, gained: float) -> bool:
    """Whether `term` is meant by a path; `text` is the canonical view, `gained` what the term makes likelier there."""
    score = GAINED * (min(MOST_GAINED, gained) - LEAST_GAINED)
    kinds: set[str] = set()
    kept = False
    at = 0
    for step in steps:
        written, meant = text[step.start : step.end], term[at : at + step.size]
        at += step.size
        if written == meant:
            score += KEPT
            kept = True
            continue
        kinds.add(KINDS[step.way])
        score += _of_step(step, written, meant)
    between = [text[one.end : other.start] for one, other in pairwise(steps) if one.end < other.start]
    if between:
        kinds.add("aside" if any(filler[0] in "(ゝゞヽヾ丨丶" for filler in between) else "marks")
        score += max(_of_filler(filler) for filler in between)
    if kinds <= ELSEWHERE_WEIGHED:
        return False
    score += SEVERAL * max(0, len(kinds) - 1)
    score += LONG * max(0, len(term) - 2)
    if not kept:
        score -= NONE_KEPT
    if is_elsewhere(text[steps[0].start : steps[-1].end], term, near):
        score += ELSEWHERE
    return score + SHADY * (near.shady + near.is_called) + near.said - PLAIN * min(2, near.plain) > ASKED


def _of_step(step: Step, written: str, meant: str) -> float:
    weight = WEIGHTS[step.way]
    if step.way is Way.PICTURE and any(meant in read for read in pictures()[written[0]][0]):
        return weight + SHOWN
    if step.way is Way.HAN and ALL_HAN.fullmatch(written) and tone(written) != tone(meant):
        return weight + OTHER_TONE
    return weight


def _of_filler(filler: str) -> float:
    if any(sign in pictures() for sign in filler):
        return FILLER
    return PAUSE if any(sign in PAUSES for sign in filler) else SYMBOL if not filler.isspace() else 0.0
