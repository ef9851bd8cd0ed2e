"""The use case behind both scoring endpoints: read, judge, answer, store. The decision itself is `moderation`'s.

With `store` nothing is answered before it is on disk. Where it cannot be written there is no answer at all, and on a
surface that is seen before publication the refusal says that the comment is held.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moderation.answer import as_answer
from moderation.decision import Decision
from moderation.pipeline import Engine, Reading
from moderation.policy import When
from moderation.ports import Watch
from records.ids import new_id
from records.storing import Answered
from serving.engine_holder import EngineHolder
from serving.inference import Explanation, Inference
from serving.metrics import Metrics
from serving.schemas import ScoreRequest
from serving.watcher import Watcher
from serving.writer import Then, Writer

LONG_TEXT = 2000
"""Code points from which reading (about 0.7 microseconds each) leaves the event loop, so that others are not kept."""


@dataclass(frozen=True, slots=True)
class Result:
    """An answer as JSON, and what has to be on disk before it may be given (None: nothing)."""

    answer: dict[str, Any]
    decision: Decision
    seconds: float
    answered: Answered | None


class Scoring:
    """Judges and stores; made once."""

    def __init__(
        self, holder: EngineHolder, inference: Inference, writer: Writer, metrics: Metrics, watcher: Watcher
    ) -> None:
        self.holder = holder
        self.writer = writer
        self._inference = inference
        self._metrics = metrics
        self._watcher = watcher

    async def judge(self, asked: ScoreRequest, *, arrived: float, deadline_ms: int) -> Result:
        """The answer to one comment; `arrived` is `perf_counter` seconds. Nothing is stored yet.

        Raises `InvalidInputError`, `OverloadedError`.
        """
        options = asked.asked
        if options.store:
            self.writer.check_room()
        engine = self.holder.engine
        reading = await read(engine, asked, self._watcher.count if options.store else self._watcher.look)
        self._metrics.found(reading)
        within = (options.deadline_ms or deadline_ms) / 1000 - (time.perf_counter() - arrived)
        judged = await self._inference.judge(engine, reading, explain=options.explain, within=within)
        seconds = time.perf_counter() - arrived
        return _result(asked, reading, judged.decision, judged.explanation, seconds)

    async def give(self, results: Sequence[Result], then: Then | None = None) -> None:
        """Stores what is to be stored, all or nothing, and returns once it is on disk and may be answered.

        Raises `PartUnavailableError`, `OverloadedError`.
        """
        to_store = [result.answered for result in results if result.answered]
        if to_store or then:
            await self.writer.store(to_store, then)
        for result in results:
            self._metrics.decided(result.decision, result.seconds)

    def holds(self, asked: ScoreRequest) -> bool:
        """Whether the surface is seen before publication, so that a comment without an answer is held there."""
        policy = self.holder.engine.policies.get(asked.policy)
        surface = asked.comment().context.surface
        return policy is not None and policy.surface(surface).review is When.PRE


async def read(engine: Engine, asked: ScoreRequest, watch: Watch | None = None) -> Reading:
    """The comment as the engine reads it. Raises `InvalidInputError`."""
    comment = asked.comment()
    size = len(comment.text) + sum(len(item.alt or "") for item in comment.attachments)
    if size < LONG_TEXT:
        return engine.read(comment, policy=asked.policy, watch=watch)
    return await asyncio.to_thread(engine.read, comment, policy=asked.policy, watch=watch)


def _result(
    asked: ScoreRequest, reading: Reading, decision: Decision, explanation: Explanation, seconds: float
) -> Result:
    stored, milliseconds = asked.asked.store, round(seconds * 1000, 3)
    decision_id = new_id() if stored else None
    answer = as_answer(decision, comment_id=asked.id, decision_id=decision_id, latency_ms=milliseconds)
    if asked.asked.explain:
        answer["explanation"] = [
            {"name": name, "spans": [{"start": span.start, "end": span.end} for span in spans]}
            for name, spans in explanation
        ]
    if decision_id is None:
        return Result(answer, decision, seconds, None)
    return Result(
        answer, decision, seconds, Answered(reading.comment, decision, decision_id, milliseconds, seen=reading.seen)
    )
