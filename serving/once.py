"""An answer that is given once: what it needs is on disk first, and an `Idempotency-Key` gives the same one again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from records import idempotency
from records.idempotency import Replay
from records.storing import Stored
from records.unit_of_work import Unit
from serving.idempotency import REPLAYED, Claims, Once
from serving.scoring import Result, Scoring
from serving.writer import Then


@dataclass(frozen=True, slots=True)
class Work:
    """What a request comes to: the answer (no text), the results behind it that are to be stored, and what else is."""

    answer: Any
    results: Sequence[Result]
    then: Then | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that may be sent, and whether it was given before."""

    answer: Any
    status: int = 200
    replayed: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What tells a repeated answer."""
        return {REPLAYED: "true"} if self.replayed else {}


async def give_once(
    scoring: Scoring,
    claims: Claims,
    asked: idempotency.Request | None,
    work: Callable[[], Awaitable[Work]],
    *,
    until: float,
) -> Given:
    """The answer, once all of it is on disk; for a key that was used before, the one that was given then.

    `until` is the deadline for finding out which, in `perf_counter` seconds.
    Raises what `work` and storing raise; the key is then as if never used.
    """

    async def do(begun: Once | None) -> Given:
        done = await work()
        then = done.then if begun is None else _both(done.then, begun.then(done.answer))
        await scoring.give(done.results, then)
        return Given(done.answer)

    if asked is None:
        return await scoring.said_before.heeding(lambda: do(None))
    begun = await claims.begin(asked, until=until)
    if isinstance(begun, Replay):
        return Given(begun.response, begun.status, replayed=True)
    try:
        given = await scoring.said_before.heeding(lambda: do(begun))
    except BaseException:
        claims.give_up(begun)
        raise
    claims.done(begun)
    return given


def _both(first: Then | None, second: Then) -> Then:
    def do(unit: Unit, stored: Sequence[Stored]) -> None:
        if first is not None:
            first(unit, stored)
        second(unit, stored)

    return do
