"""One file scored by several processes: each opens the engine for itself, and answers come back in the file's order.

Only some batches are on their way at once, so that memory does not grow with the file. What is asked for by an alias
may move while processes start: whoever answers says by what it answers, and answers by two are refused.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

from chaffinch.settings import load_settings
from chaffinch.wiring import load_engine
from moderation.errors import ChaffinchError
from moderation.normaliser import VERSION as NORMALISER
from moderation.pipeline import Engine
from serving.bulk import Batch, Scored, score_batch

AHEAD = 3
"""Batches that wait for each process: it must never wait for the file."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A batch, its answers, and by what they were given."""

    batch: Batch
    scored: Scored
    mark: str


def alone(engine: Engine, batches: Iterator[Batch], policy: str) -> Iterator[Answered]:
    """Scores in this process."""
    mark = mark_of(engine, policy)
    return (Answered(batch, score_batch(engine, batch, policy), mark) for batch in batches)


def together(batches: Iterator[Batch], *, model: str | None, policy: str, jobs: int) -> Iterator[Answered]:
    """Scores in `jobs` processes. Raises `ChaffinchError` where one cannot open the engine, dies, or has another."""
    waiting: deque[tuple[Batch, Future[tuple[Scored, str]]]] = deque()
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_open, initargs=(model,))
    first = None
    try:
        for batch in batches:
            waiting.append((batch, pool.submit(_score, batch, policy)))
            if len(waiting) > AHEAD * jobs:
                first = _same(answered := _next(waiting), first)
                yield answered
        while waiting:
            first = _same(answered := _next(waiting), first)
            yield answered
    except BrokenProcessPool as error:
        raise ChaffinchError(
            "A process that scored has died; there may be too little memory for so many. Try --jobs 1."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def mark_of(engine: Engine, policy: str) -> str:
    """By what an engine answers: model, rules, lists, policy, normaliser."""
    rules = engine.rules.version if engine.rules else "none"
    lists = engine.lists.version if engine.lists else "none"
    model = f"{engine.scorer.name}@{engine.scorer.version}"
    chosen = engine.policies[policy].reference
    return f"model {model}, rules {rules}, lists {lists}, policy {chosen}, normaliser {NORMALISER}"


def _next(waiting: deque[tuple[Batch, Future[tuple[Scored, str]]]]) -> Answered:
    batch, future = waiting.popleft()
    scored, mark = future.result()
    return Answered(batch, scored, mark)


def _same(answered: Answered, first: str | None) -> str:
    if first not in (None, answered.mark):
        raise ChaffinchError(
            f"The model or the rules changed while the file was being scored ({first}; {answered.mark}); run it again."
        )
    return answered.mark


_opened: list[Engine | str] = []
"""This process's engine, or why it has none."""


def _open(model: str | None) -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the others have the other cores
    try:
        _opened.append(load_engine(load_settings(), model=model))
    except ChaffinchError as error:
        _opened.append(str(error))


def _score(batch: Batch, policy: str) -> tuple[Scored, str]:
    engine = _opened[0]
    if isinstance(engine, str):
        raise ChaffinchError(engine)
    return score_batch(engine, batch, policy), mark_of(engine, policy)
