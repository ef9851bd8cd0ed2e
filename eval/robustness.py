"""What disguise takes from a judge, and what it makes him see that is not there.

Violations are disguised where they bear their label, by every family of `data/disguises`, and harmless texts by the
same generators on the same share of their content words. A judge that learnt to distrust disguise itself would lose
nothing on the first and much on the second, so that neither figure is told without the other. A family is measured on
the rows that it can rewrite: those it leaves alone would only thin the fall. Families never trained on stand apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.disguises.families import FAMILIES
from data.disguises.words import BearingWords, bearing_words, content_words
from eval.bootstrap import Difference, paired
from eval.judges import BLOCKED, PASSED, REVIEWED, AsSent, Judge, Outcomes, Reader, outcomes
from eval.metrics import Interval, harmful, interval
from moderation.normaliser import normalise

if TYPE_CHECKING:
    from data.disguises.family import Family, Hidden
    from data.disguises.words import Place
    from data.rows import Rows

ROUNDS = 400
"""Draws of a bootstrap: two are asked for each family."""

Progress = Callable[[str, float], None]
"""Hears the family at work and the share of all families that is done."""


@dataclass(frozen=True, slots=True)
class FamilyFigures:
    """One family, or all of a kind together.

    `before` and `after` are the violations found (reviewed or blocked) of those that the family can rewrite; `change`
    is their difference with its interval, `as_sent` the same for the same judge reading texts without a normaliser.
    Ghosts are harmless texts that are newly reviewed, or newly blocked, once disguised.
    """

    name: str
    held_out: bool
    before: Interval
    after: Interval
    change: Difference | None
    as_sent: Difference | None
    newly_reviewed: Interval
    newly_blocked: Interval


@dataclass(frozen=True)
class Robustness:
    """The report. `together` has one line for the families trained on and one for those held out."""

    model: str
    about: str
    data_hash: str
    strength: float
    seed: int
    violations: int
    harmless: int
    harmless_reviewed: Interval
    """Of the harmless texts as they are, undisguised."""
    harmless_blocked: Interval
    families: list[FamilyFigures]
    together: list[FamilyFigures]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        plain: dict[str, Any] = TypeAdapter(Robustness).dump_python(self, mode="json")
        return plain


@dataclass(frozen=True)
class Asked:
    """What is judged, by whom, and how strongly it is disguised. `bearing` comes of the training side."""

    judge: Judge
    model: str
    about: str
    data_hash: str
    bearing: BearingWords
    strength: float = 0.5
    seed: int = 1
    most: int | None = None
    """Violations, and harmless rows, that are judged at most; drawn by a hash of their ids."""


def robustness(
    rows: Rows,
    asked: Asked,
    *,
    families: Sequence[Family] = FAMILIES,
    progress: Progress = lambda family, share: None,
) -> Robustness:
    """Every family on the same rows. Harmless are the everyday ones or, where there are none, those without a label."""
    bad = harmful(rows.labels, rows.union)
    good = rows.everyday & ~bad if rows.everyday.any() else ~bad
    violations = Group(_drawn(rows, bad, asked.most), asked.bearing.spans)
    harmless = Group(_drawn(rows, good, asked.most), content_words)
    told = []
    for number, family in enumerate(families):
        progress(family.name, number / len(families))
        told.append(Told(family, violations.under(family, asked), harmless.under(family, asked)))
    plain = harmless.judged(asked.judge)
    return Robustness(
        model=asked.model,
        about=asked.about,
        data_hash=asked.data_hash,
        strength=asked.strength,
        seed=asked.seed,
        violations=len(violations.rows),
        harmless=len(harmless.rows),
        harmless_reviewed=_share(plain == REVIEWED),
        harmless_blocked=_share(plain == BLOCKED),
        families=[_figures(each.family.name, [each], asked.seed) for each in told],
        together=[
            _figures(name, [each for each in told if each.family.held_out is held_out], asked.seed)
            for name, held_out in (("trained on", False), ("held out", True))
        ],
    )


def bearing_of(train: Rows) -> BearingWords:
    """The words that bear a label, by rows of a training side."""
    bad = harmful(train.labels, train.union)
    return bearing_words(train.take(bad).texts, train.take(~bad).texts)


@dataclass(frozen=True)
class Slipped:
    """A violation, by its position among the rows, that is found plainly and passes as a family writes it."""

    at: int
    family: str
    held_out: bool
    text: str


def slipped(
    rows: Rows, asked: Asked, *, families: Sequence[Family] = FAMILIES, most: int | None = None
) -> list[Slipped]:
    """Violations that disguise gets past the judge, at most `most` of a family; of the rows that `robustness` draws."""
    places = {identity: at for at, identity in enumerate(rows.ids)}
    violations = Group(_drawn(rows, harmful(rows.labels, rows.union), asked.most), asked.bearing.spans)
    plain = violations.judged(asked.judge)
    found = []
    for family in families:
        texts = [each.text for each in violations.hidden(family, asked)]
        passed = np.flatnonzero((plain != PASSED) & (outcomes(asked.judge, texts) == PASSED))[:most]
        found += [Slipped(places[violations.rows.ids[at]], family.name, family.held_out, texts[at]) for at in passed]
    return found


@dataclass(frozen=True)
class Sides:
    """The rows that a family can rewrite: what is said of them plainly and disguised, `(n,)` each."""

    groups: list[str]
    before: Outcomes
    after: Outcomes
    before_as_sent: Outcomes
    after_as_sent: Outcomes


@dataclass(frozen=True)
class Told:
    """One family's outcomes."""

    family: Family
    violations: Sides
    harmless: Sides


class Group:
    """Rows of one kind, with the words that a disguise is for."""

    def __init__(self, rows: Rows, places: Callable[[str], list[Place] | None]) -> None:
        self.rows = rows
        self._places = places
        self._judged: dict[Reader, Outcomes] = {}

    @cached_property
    def spans(self) -> list[list[Place]]:
        """Of each text; its content words where no word of it is known to bear a label."""
        return [self._places(text) or content_words(text) for text in self.rows.texts]

    def under(self, family: Family, asked: Asked) -> Sides:
        """What the judge says of the rows that the family can rewrite, before and after."""
        hidden = self.hidden(family, asked)
        able = np.array([each.able > 0 for each in hidden], dtype=np.bool_)
        texts = [each.text for each in hidden if each.able > 0]
        return Sides(
            groups=[f"{self.rows.sources[at]}/{self.rows.groups[at]}" for at in np.flatnonzero(able)],
            before=self.judged(asked.judge)[able],
            after=outcomes(asked.judge, texts),
            before_as_sent=self.judged(asked.judge, AsSent)[able],
            after_as_sent=outcomes(asked.judge, texts, AsSent),
        )

    def hidden(self, family: Family, asked: Asked) -> list[Hidden]:
        """Each text as the family writes it; a text that it cannot rewrite stays."""
        return [
            family.hide(text, strength=asked.strength, seed=asked.seed, spans=spans)
            for text, spans in zip(self.rows.texts, self.spans, strict=True)
        ]

    def judged(self, judge: Judge, read: Reader = normalise) -> Outcomes:
        """What the judge says of the rows as they are."""
        if read not in self._judged:
            self._judged[read] = outcomes(judge, self.rows.texts, read)
        return self._judged[read]


def _drawn(rows: Rows, mask: NDArray[np.bool_], most: int | None) -> Rows:
    """The rows of `mask`, at most `most`: the same ones whatever else stands in the set."""
    at = np.flatnonzero(mask).tolist()
    if most is not None and len(at) > most:
        at = sorted(sorted(at, key=lambda each: hashlib.sha256(rows.ids[each].encode()).digest())[:most])
    return rows.take(at)


def _figures(name: str, told: Sequence[Told], seed: int) -> FamilyFigures:
    before, after = _all(told, lambda side: side.before), _all(told, lambda side: side.after)
    plain, hidden = _all(told, lambda side: side.before_as_sent), _all(told, lambda side: side.after_as_sent)
    groups = [group for each in told for group in each.violations.groups]
    was = np.concatenate([each.harmless.before for each in told]) if told else before
    now = np.concatenate([each.harmless.after for each in told]) if told else before
    return FamilyFigures(
        name=name,
        held_out=all(each.family.held_out for each in told),
        before=_share(before),
        after=_share(after),
        change=_change(before, after, groups, seed),
        as_sent=_change(plain, hidden, groups, seed),
        newly_reviewed=_share((now == REVIEWED) & (was == PASSED)),
        newly_blocked=_share((now == BLOCKED) & (was != BLOCKED)),
    )


def _all(told: Sequence[Told], of: Callable[[Sides], Outcomes]) -> NDArray[np.bool_]:
    """Which violations are found, over several families."""
    parts = [of(each.violations) != PASSED for each in told]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)


def _change(before: NDArray[np.bool_], after: NDArray[np.bool_], groups: list[str], seed: int) -> Difference | None:
    return paired(lambda at: (float(before[at].mean()), float(after[at].mean())), groups, seed=seed, rounds=ROUNDS)


def _share(said: NDArray[np.bool_]) -> Interval:
    return interval(int(said.sum()), int(said.size))
