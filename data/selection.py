"""Which comments people should look at next: the unsure, the unlike, and some drawn at random.

* *uncertain*: the scores nearest to a threshold, in log-odds. Their answers move the model most, and say nothing of
  how good it is.
* *diverse*: comments that are unlike each other and unlike the uncertain ones, so that what the model is sure of and
  has never been asked about is seen too. Drawn one after the other, each with a chance that grows with the square of
  its distance to the nearest one drawn before (the seeding of k-means++: Arthur and Vassilvitskii 2007). The farthest
  would always be the oddest; a chance lets crowds be drawn from.
* *random*: uniformly from **all** comments, whatever is known of them, each with the same inclusion probability. Only
  this slice says how often the machine is wrong.

One pass over any number of comments; what is held is bounded by `Plan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappush, heappushpop

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from moderation.toml import StrictModel
from registry.ngrams import Ngrams, NgramSettings

SPARE = 4
"""So many times as many uncertain comments are held as are wanted: some say the same."""

_READER = NgramSettings(orders=(1, 2, 3), bits=16)


class Reason(StrEnum):
    """Why a comment was chosen."""

    UNCERTAIN = "uncertain"
    DIVERSE = "diverse"
    RANDOM = "random"


class Shares(StrictModel):
    """How a selection is made up; compared with each other, they need not add up to one."""

    uncertain: float = Field(0.5, ge=0)
    diverse: float = Field(0.3, ge=0)
    random: float = Field(0.2, gt=0)
    """Never nothing: without it no one would know how often the machine is wrong."""


class Plan(StrictModel):
    """`configs/selection.toml`."""

    count: int = Field(100, ge=1, le=5_000)
    pool: int = Field(20_000, ge=100, le=200_000)
    """From so many comments, themselves drawn at random, the diverse ones are chosen."""
    shares: Shares = Shares()

    def counts(self) -> dict[Reason, int]:
        """How many of each; the random ones rounded up."""
        shares = self.shares
        whole = shares.uncertain + shares.diverse + shares.random
        drawn = min(self.count, int(np.ceil(self.count * shares.random / whole)))
        unsure = min(self.count - drawn, round(self.count * shares.uncertain / whole))
        return {Reason.RANDOM: drawn, Reason.UNCERTAIN: unsure, Reason.DIVERSE: self.count - drawn - unsure}


@dataclass(frozen=True, slots=True)
class Item:
    """A comment that might be chosen.

    `text` is its canonical view, `distance` the log-odds from its nearest threshold, `asked` whether a person was
    asked about it already: then it may stand in the random slice, whose verdict is known, and nowhere else.
    """

    key: str
    text: str
    distance: float
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """A chosen comment; `probability` is the chance it had to be drawn, None where chance is not why it is here."""

    item: Item
    reason: Reason
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, from how many comments."""

    picks: tuple[Pick, ...]
    population: int

    @property
    def probability(self) -> float:
        """The chance of each comment to stand in the random slice."""
        drawn = sum(pick.reason is Reason.RANDOM for pick in self.picks)
        return drawn / self.population if self.population else 0.0


def select(items: Iterable[Item], plan: Plan, *, seed: int) -> Selection:
    """Chooses; the same items, plan and seed give the same. A comment is chosen once, the random draw comes first."""
    counts = plan.counts()
    generator = np.random.default_rng(seed)
    random, pool = _Reservoir(counts[Reason.RANDOM], generator), _Reservoir(plan.pool, generator)
    unsure = _Nearest(SPARE * counts[Reason.UNCERTAIN])
    population = 0
    for item in items:
        population += 1
        random.offer(item)
        if not item.asked:
            pool.offer(item)
            unsure.offer(item)
    drawn = random.held
    probability = len(drawn) / population if population else 0.0
    picks = [Pick(item, Reason.RANDOM, probability) for item in drawn]
    taken = _Taken(drawn)
    picks += [Pick(item, Reason.UNCERTAIN) for item in taken.first(unsure.nearest(), counts[Reason.UNCERTAIN])]
    beside = [pick.item.text for pick in picks]
    far = spread([item for item in pool.held if taken.is_new(item)], beside, counts[Reason.DIVERSE], generator)
    picks += [Pick(item, Reason.DIVERSE) for item in taken.first(far, counts[Reason.DIVERSE])]
    return Selection(tuple(picks), population)


def spread(items: Sequence[Item], beside: Sequence[str], count: int, generator: np.random.Generator) -> Iterator[Item]:
    """Up to `count` of `items`, unlike each other and the texts `beside`; distances are of n-gram vectors, 0 to 2."""
    from scipy.sparse import csr_matrix

    if not items or count < 1:
        return
    rows = Ngrams(_READER).batch([item.text for item in items])
    matrix = csr_matrix((rows.values, rows.indices, rows.indptr), shape=(len(items), _READER.size))
    distance = np.full(len(items), 2.0)
    if beside:
        other = Ngrams(_READER).batch(beside)
        given = csr_matrix((other.values, other.indices, other.indptr), shape=(len(beside), _READER.size))
        for at in range(len(beside)):
            _draw_near(distance, matrix, given[at])
    for _ in range(min(count, len(items))):
        chances = distance.clip(min=0.0)
        if (total := float(chances.sum())) <= 1e-9:
            return
        chosen = int(generator.choice(len(items), p=chances / total))
        _draw_near(distance, matrix, matrix[chosen])
        distance[chosen] = 0.0
        yield items[chosen]


def _draw_near(distance: NDArray[np.float64], matrix: object, one: object) -> None:
    """Squared distances of unit vectors: 2 - 2 cos; the nearest so far holds."""
    likeness = (matrix @ one.T).toarray().ravel()  # type: ignore[attr-defined]
    np.minimum(distance, 2.0 - 2.0 * likeness, out=distance)


@dataclass
class _Reservoir:
    """So many of a stream, each with the same chance (Vitter 1985, algorithm R)."""

    size: int
    generator: np.random.Generator
    held: list[Item] = field(default_factory=list)
    seen: int = 0

    def offer(self, item: Item) -> None:
        self.seen += 1
        if len(self.held) < self.size:
            self.held.append(item)
        elif (place := int(self.generator.integers(self.seen))) < self.size:
            self.held[place] = item


@dataclass
class _Nearest:
    """The items nearest to a threshold."""

    size: int
    heap: list[tuple[float, str, Item]] = field(default_factory=list)

    def offer(self, item: Item) -> None:
        entry = (-item.distance, item.key, item)
        if len(self.heap) < self.size:
            heappush(self.heap, entry)
        elif self.heap and entry[:2] > self.heap[0][:2]:
            heappushpop(self.heap, entry)

    def nearest(self) -> list[Item]:
        return [item for *_, item in sorted(self.heap, key=lambda entry: (-entry[0], entry[1]))]


class _Taken:
    """What was chosen; a text that was, in whatever comment, is not chosen again."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.texts = {item.text for item in items}
        self.keys = {item.key for item in items}

    def is_new(self, item: Item) -> bool:
        return item.key not in self.keys and item.text not in self.texts

    def first(self, items: Iterable[Item], count: int) -> list[Item]:
        found: list[Item] = []
        for item in items:
            if len(found) == count:
                break
            if self.is_new(item):
                found.append(item)
                self.texts.add(item.text)
                self.keys.add(item.key)
        return found
