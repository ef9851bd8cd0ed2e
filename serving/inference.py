"""The thread in which models answer. It takes whatever waits as one batch, and nobody waits for it beyond a deadline.

A model that does not answer in time, fails, or is not there gives the policy's fallback: the comment is decided by the
fast tier's scores where that can be asked, and else without any; `degraded`, with `model` among what is missing. A
thread that has hung on one batch for `stuck_after` seconds is not waited for at all until it moves again or another
model comes. The queue is bounded, in number and by what the model can answer before the deadline: beyond it there is a
refusal at once, never a growing wait for an answer without scores.
Keys take turns (`fairness.py`). A comment of which the fast tier is sure is answered where it was asked: nothing takes
its place in the queue, and a thread that has hung does not keep it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from moderation.decision import Decision
from moderation.normaliser import Normalised
from moderation.pipeline import Engine, Reading
from moderation.spans import Span
from serving.errors import OverloadedError
from serving.fairness import SHARED, FairQueue, Pace
from serving.logs import log
from serving.tracing import NO_SPANS, Spans

EXPLAINED_FROM = 0.1
"""Labels with at least this probability are explained where a request asks for it."""

LONG_TEXT = 2000
"""Code points from which reading (about 0.7 microseconds each) leaves the event loop, so that others are not kept."""

PART = "model"
BATCH_SECONDS = 0.1
"""How long one batch may take: whoever comes in the meantime waits for it, whosever turn it is."""

Explanation = tuple[tuple[str, tuple[Span, ...]], ...]
"""(label, the words that speak most for it), in the taxonomy's order."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision, and the explanation if one was asked for."""

    decision: Decision
    explanation: Explanation = ()


@dataclass(slots=True, eq=False)
class _Job:
    engine: Engine
    reading: Reading
    explain: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Judged]
    moments: list[float] = field(default_factory=lambda: [time.monotonic()])


@dataclass(slots=True)
class _Thread:
    """One life of the thread: `begun` is when its present batch began, None between batches.

    `failed`: the model answered for no comment of the last batch.
    """

    jobs: FairQueue[_Job]
    pace: Pace = field(default_factory=Pace)
    begun: float | None = None
    failed: bool = False


class Inference:
    """Start it, judge, stop it."""

    def __init__(self, *, most_waiting: int = 512, most_together: int = 64, stuck_after: float = 2.0) -> None:
        self.spans: Spans = NO_SPANS
        self._most_waiting = most_waiting
        self._most_together = most_together
        self._stuck_after = stuck_after
        self._thread = self._new_thread()
        self._running: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """Comments that wait for the model or are in its hands."""
        return self._thread.jobs.waiting

    def fitting(self, seconds: float) -> int:
        """How many comments the model answers in so many seconds, as it lately did: one at least."""
        return self._thread.pace.fitting(seconds, self._most_waiting)

    @property
    def stuck(self) -> bool:
        """Whether the model has hung on one batch for longer than it may."""
        begun = self._thread.begun
        return begun is not None and time.monotonic() - begun > self._stuck_after

    async def answers(self, engine: Engine, reading: Reading, *, within: float) -> bool:
        """Whether the model answers: it did when last asked, or does for `reading`, whose text is known to be good.

        What one comment does to a model says nothing of the next one, so a failure alone does not decide it. Busy is
        not broken.
        """
        if self.stuck:
            return False
        if not self._thread.failed:
            return True
        try:
            return PART not in (await self.judge(engine, reading, within=within)).decision.missing
        except OverloadedError:
            return True

    def start(self) -> None:
        """Starts the thread. A model that hangs for ever does not keep the process from ending."""
        life = self._thread
        self._running = threading.Thread(target=self._work, args=(life,), name="inference", daemon=True)
        self._running.start()

    def stop(self) -> None:
        """Answers what waits, then ends; a stuck thread is left behind."""
        self._thread.jobs.close()
        if self._running is not None and not self.stuck:
            self._running.join(timeout=self._stuck_after)

    def renew(self) -> None:
        """Another model has come: a thread that the old one holds is left behind and a new one started."""
        if not self.stuck:
            self._thread.pace = Pace()
            self._thread.failed = False
            return
        log.warning("inference_renewed", detail="the model before did not answer; a new thread takes over")
        self._thread.jobs.close()
        self._thread = self._new_thread()
        self.start()

    async def judge(
        self,
        engine: Engine,
        reading: Reading,
        *,
        explain: bool = False,
        within: float,
        deadline: float = 0.0,
        by: str = SHARED,
        own: int = 0,
    ) -> Judged:
        """The engine's decision, or the policy's fallback after `within` seconds, which are left of `deadline`.

        `by` is whose turn it takes; `own` is how many of those before it the same asker sent, who is no crowd.

        Raises `OverloadedError`, also where so many wait that the model would not come to it in time. A model too slow
        for even one is no overload: the policy answers in its place.
        """
        if within > 0 and not explain and (decision := _at_once(engine, reading)):
            return Judged(decision)
        if self.stuck:
            return fallback(engine, reading)
        queue, pace = self._thread.jobs, self._thread.pace
        is_able = pace.each <= max(within, deadline)
        ahead = queue.ahead(by)  # who waits; for what the thread works on nobody may wait any more
        if is_able and ahead > own and (ahead + 1) * pace.each > within:
            raise OverloadedError(PART)
        if within <= 0:
            return fallback(engine, reading)
        loop = asyncio.get_running_loop()
        job = _Job(engine, reading, explain, loop, loop.create_future())
        gone = queue.put(by, job)
        if gone is not None:
            gone.loop.call_soon_threadsafe(_turn_out, gone.future)
        try:
            async with asyncio.timeout(within):
                return await job.future
        except TimeoutError:
            return fallback(engine, reading)
        finally:
            queue.left(job)
            self.spans.waited("model.wait", "model.judge", job.moments)

    def _new_thread(self) -> _Thread:
        return _Thread(FairQueue(PART, self._most_waiting))

    def _work(self, life: _Thread) -> None:
        last = False
        while not last:
            taken, last = life.jobs.take(life.pace.fitting(BATCH_SECONDS, self._most_together))
            jobs = [job for job in taken if not job.future.done()]
            if not jobs:
                continue
            life.begun = began = time.monotonic()
            groups = [list(same) for _, same in groupby(jobs, key=lambda job: id(job.engine))]
            answers = [answer for group in groups for answer in _answers(group)]
            ended = time.monotonic()
            for job in jobs:
                job.moments += (began, ended)
            life.pace.note(ended - began, len(jobs))  # known before who waited comes back with more
            life.begun = None
            life.failed = all(PART in answer.decision.missing for answer in answers)
            _tell(jobs, answers)


def is_long(parts: Sequence[Normalised]) -> bool:
    """Whether they are read and judged beside the event loop."""
    return sum(len(part.source) for part in parts) >= LONG_TEXT


def _at_once(engine: Engine, reading: Reading) -> Decision | None:
    """The decision where the model is sure of a short comment in microseconds: it queues for nobody."""
    if is_long(reading.parts):
        return None
    try:
        return engine.judge_at_once(reading)
    except Exception as error:  # whatever a model raises; the thread asks it once more, and falls back
        log.error("model_failed", error=type(error).__name__, comments=1)
        return None


def fallback(engine: Engine, reading: Reading) -> Judged:
    """The policy's answer where the model gave none in time: by the fast tier, where there is one."""
    return Judged(engine.decide_without_model(reading))


def _turn_out(future: asyncio.Future[Judged]) -> None:
    if not future.done():
        future.set_exception(OverloadedError(PART))


def _answers(jobs: Sequence[_Job]) -> list[Judged]:
    """Judges jobs of one engine together; where that fails each is judged alone, and what fails alone falls back."""
    try:
        return _judge(jobs)
    except Exception as error:  # whatever a model raises, comments are decided by the policy
        log.error("model_failed", error=type(error).__name__, comments=len(jobs))
        return [_alone(job) for job in jobs]


def _tell(jobs: Sequence[_Job], answers: Sequence[Judged]) -> None:
    for loop in {id(job.loop): job.loop for job in jobs}.values():
        pairs = [(job.future, answer) for job, answer in zip(jobs, answers, strict=True) if job.loop is loop]
        try:
            loop.call_soon_threadsafe(_deliver, pairs)
        except RuntimeError:  # the loop has closed: nobody waits any more
            return


def _alone(job: _Job) -> Judged:
    try:
        return _judge([job])[0]
    except Exception:  # as above
        return fallback(job.engine, job.reading)


def _judge(jobs: Sequence[_Job]) -> list[Judged]:
    engine = jobs[0].engine
    decisions = engine.judge_many([job.reading for job in jobs])
    return [
        Judged(decision, _explained(engine, job.reading, decision) if job.explain else ())
        for job, decision in zip(jobs, decisions, strict=True)
    ]


def _explained(engine: Engine, reading: Reading, decision: Decision) -> Explanation:
    return tuple(
        (label.name, engine.scorer.explain(reading.text, label.name))
        for label in decision.labels
        if label.score >= EXPLAINED_FROM
    )


def _deliver(pairs: Sequence[tuple[asyncio.Future[Judged], Judged]]) -> None:
    for future, answer in pairs:
        if not future.done():
            future.set_result(answer)
