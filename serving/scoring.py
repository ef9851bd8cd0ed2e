"""The use case behind both scoring endpoints: read, judge, answer, store. The decision itself is `moderation`'s.

With `store` nothing is answered before it is on disk. Where it cannot be written there is no answer at all, and on a
surface that is seen before publication the refusal says that the comment is held.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from moderation.answer import as_answer
from moderation.comment import Author, Comment
from moderation.decision import Decision
from moderation.errors import InvalidInputError, PartUnavailableError
from moderation.pipeline import Engine, Reading
from moderation.ports import Watch
from moderation.spans import Span
from records.ids import new_id
from records.storing import Answered
from serving.engine_holder import EngineHolder
from serving.fairness import SHARED
from serving.faults import author_in, with_every_fault
from serving.inference import LONG_TEXT, Explanation, Inference, Judged, is_long
from serving.known_authors import KnownAuthors
from serving.known_threads import KnownThreads
from serving.metrics import Metrics
from serving.said_before import SaidBefore, what_holds
from serving.schemas import ScoreRequest
from serving.watcher import Watcher
from serving.writer import Then, Writer


@dataclass(frozen=True, slots=True)
class Result:
    """An answer as JSON, and what has to be on disk before it may be given (None: nothing).

    `parts` are decisions on parts of the text alone, where they were asked for; nothing of them is stored. `by` is the
    key that asked. `until` is its deadline in `perf_counter` seconds.
    """

    answer: dict[str, Any]
    decision: Decision
    seconds: float
    answered: Answered | None
    parts: tuple[tuple[Span, Decision], ...] = ()
    by: str = SHARED
    until: float | None = None


class Scoring:
    """Judges and stores; made once."""

    def __init__(
        self,
        holder: EngineHolder,
        inference: Inference,
        writer: Writer,
        metrics: Metrics,
        watcher: Watcher,
        authors: KnownAuthors,
        threads: KnownThreads,
    ) -> None:
        self.holder = holder
        self.writer = writer
        self._inference = inference
        self._metrics = metrics
        self._watcher = watcher
        self._authors = authors
        self._threads = threads
        self.said_before = SaidBefore()

    async def judge(
        self,
        asked: ScoreRequest,
        *,
        arrived: float,
        deadline_ms: int,
        parts: Sequence[Span] = (),
        engine: Engine | None = None,
        by: str = SHARED,
        own: int = 0,
    ) -> Result:
        """The answer to one comment; `arrived` is `perf_counter` seconds, `by` who asks. Nothing is stored yet.

        `own` is how many that wait for the model it sent before. `parts` of its text are judged alone too, by the same
        engine and within the same deadline. `engine` is for answers about several comments that speak of one model;
        without it, the one that is live. What a long text takes to be read is not the model's time: else a text that
        is dear to read would keep the model from being asked.
        Raises `InvalidInputError`, `OverloadedError`, and `PartUnavailableError` where the policy has to know about an
        author what nobody can look up.
        """
        options = asked.asked
        if options.store:
            self.writer.check_room(by)
        engine = engine or self.holder.engine
        began = time.perf_counter()
        reading = await self._read(engine, asked, self._watcher.count if options.store else self._watcher.look)
        self._metrics.found(reading)
        deadline = (options.deadline_ms or deadline_ms) / 1000
        arrived_read = arrived + (time.perf_counter() - began if is_long(reading.parts) else 0.0)
        within = deadline - (time.perf_counter() - arrived_read)
        judged = await self._inference.judge(
            engine, reading, explain=options.explain, within=within, deadline=deadline, by=by, own=own
        )
        alone = await self._alone(engine, reading, parts, arrived_read + deadline, by)
        seconds = time.perf_counter() - arrived
        result = self._result(asked, reading, judged, seconds)
        return replace(result, parts=alone, by=by, until=arrived_read + deadline)

    def _result(self, asked: ScoreRequest, reading: Reading, judged: Judged, seconds: float) -> Result:
        """The answer that holds already, where a person decided about these very words; else the new one."""
        told = self.said_before.of(reading.comment) if reading.comment.before else None
        held = what_holds(told, judged.decision, reading.policy) if told else None
        if held is None:
            return _result(asked, reading, judged.decision, judged.explanation, seconds)
        decision_id, decision = held
        milliseconds = round(seconds * 1000, 3)
        answer = as_answer(decision, comment_id=asked.id, decision_id=decision_id, latency_ms=milliseconds)
        return Result(answer, decision, seconds, None)

    def fitting(self, deadline_ms: int) -> int:
        """How many comments the model answers within a deadline, one at least."""
        return self._inference.fitting(deadline_ms / 1000)

    async def _read(self, engine: Engine, asked: ScoreRequest, watch: Watch) -> Reading:
        """The comment as the engine reads it, with what is known of its author and its thread."""
        comment, missing = asked.comment(), list[str]()
        try:
            comment = await self._authors.complete(comment)
        except PartUnavailableError as error:
            policy = engine.policies.get(asked.policy)
            if policy is not None and policy.require_verified and comment.author.verified is None:
                raise
            missing.append(error.part)
        try:
            comment = await self._threads.complete(comment, counts=asked.asked.store)
        except PartUnavailableError as error:
            missing.append(error.part)
        told = self.said_before.of(comment) if asked.asked.store else None
        if told is not None:
            comment = replace(comment, before=told.word)
        reading = await read(engine, asked, watch, comment)
        return replace(reading, missing=(*reading.missing, *missing)) if missing else reading

    async def every_fault(self, error: InvalidInputError, body: bytes, *, policy: str) -> InvalidInputError:
        """`error`, and beside its faults those that the engine would have found in the same request.

        `policy` holds where the request names none.
        """
        author = author_in(body)
        known = Author()
        with suppress(PartUnavailableError):
            known = (await self._authors.complete(Comment("", author=Author(author)))).author
        return with_every_fault(error, body, self.holder.engine, known=known, policy=policy)

    async def _alone(
        self, engine: Engine, whole: Reading, parts: Sequence[Span], until: float, by: str
    ) -> tuple[tuple[Span, Decision], ...]:
        """The parts that have something to judge."""
        if not parts:
            return ()
        read = await asyncio.to_thread(_parts_of, engine, whole, parts)
        within = until - time.perf_counter()
        judged = await asyncio.gather(
            *(self._inference.judge(engine, part, within=within, by=by, own=n) for n, (_, part) in enumerate(read))
        )
        return tuple((span, each.decision) for (span, _), each in zip(read, judged, strict=True))

    async def give(self, results: Sequence[Result], then: Then | None = None) -> None:
        """Stores what is to be stored, all or nothing, and returns once it is on disk and may be answered.

        What is not stored by the last of their deadlines, and a little longer, is given up and never stored.
        Raises `PartUnavailableError`, `OverloadedError`.
        """
        to_store = [result.answered for result in results if result.answered]
        if to_store or then:
            by = next((result.by for result in results), SHARED)
            until = max((result.until for result in results if result.until), default=None)
            await self.writer.store(to_store, then, by=by, until=until)
        for answered in to_store:
            self.said_before.forget(answered.comment)
        for result in results:
            self._metrics.decided(result.decision, result.seconds)

    def holds(self, asked: ScoreRequest) -> bool:
        """Whether a comment without an answer is held: by its surface, an emergency, or a measure on its thread."""
        comment = asked.comment()
        return self._threads.holds_back(comment) or self.holder.engine.is_held(comment, asked.policy)


async def read(
    engine: Engine, asked: ScoreRequest, watch: Watch | None = None, comment: Comment | None = None
) -> Reading:
    """The comment (that of the request, if no other is given) as the engine reads it. Raises `InvalidInputError`."""
    comment = comment or asked.comment()
    size = len(comment.text) + sum(len(item.alt or "") for item in comment.attachments)
    if size < LONG_TEXT:
        return engine.read(comment, policy=asked.policy, watch=watch)
    return await asyncio.to_thread(engine.read, comment, policy=asked.policy, watch=watch)


def _parts_of(engine: Engine, whole: Reading, parts: Sequence[Span]) -> list[tuple[Span, Reading]]:
    read = []
    for span in parts:
        part = replace(whole.comment, text=whole.comment.text[span.start : span.end], lang=whole.language)
        with suppress(InvalidInputError):  # nothing visible in it
            read.append((span, engine.read(part, policy=whole.policy.name)))
    return read


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
    answered = Answered(reading.comment, decision, decision_id, milliseconds, seen=reading.seen, said=asked.writer)
    return Result(answer, decision, seconds, answered)
