"""One comment through the whole path in the process, `store: false`: `python benchmarks/score_path.py`.

Beside it, in the same run: a bare normalise, a bare validation of the request, and the path as the service walks it
(event loop, inference thread and back). Medians in microseconds over everyday comments.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from time import perf_counter

import _material
import orjson

from moderation.answer import as_answer
from moderation.normaliser import normalise
from moderation.pipeline import Engine
from serving.inference import Inference
from serving.schemas import ScoreRequest, parse
from serving.scoring import read

ROUNDS = 300
TARGET = 500.0


def bodies() -> list[bytes]:
    """Requests as a platform sends them."""
    return [
        orjson.dumps({"id": f"c-{at}", "content": {"text": text}, "options": {"store": False}})
        for at, text in enumerate(_material.COMMENTS)
    ]


def whole_path(engine: Engine, body: bytes) -> bytes:
    """Validate, read, score, decide, answer."""
    asked = parse(ScoreRequest, body)
    decision = engine.judge(asked.comment(), policy=asked.policy)
    return orjson.dumps(as_answer(decision, comment_id=asked.id, latency_ms=0.0))


def microseconds(work: Callable[[bytes], object], inputs: Sequence[bytes]) -> float:
    """The median over all inputs, each many times."""
    times = []
    for _ in range(ROUNDS):
        for each in inputs:
            begin = perf_counter()
            work(each)
            times.append(perf_counter() - begin)
    return median(times) * 1e6


async def microseconds_async(work: Callable[[bytes], Awaitable[object]], inputs: Sequence[bytes]) -> float:
    """The same for what is awaited."""
    times = []
    for _ in range(ROUNDS):
        for each in inputs:
            begin = perf_counter()
            await work(each)
            times.append(perf_counter() - begin)
    return median(times) * 1e6


def as_served(engine: Engine) -> Callable[[bytes], Awaitable[bytes]]:
    """The path with the inference thread in it."""
    inference = Inference()
    inference.start()

    async def answer(body: bytes) -> bytes:
        asked = parse(ScoreRequest, body)
        judged = await inference.judge(engine, await read(engine, asked), within=60)
        return orjson.dumps(as_answer(judged.decision, comment_id=asked.id, latency_ms=0.0))

    return answer


def main() -> None:
    """Prints one line a case, and the ratios."""
    engine, model = _material.engine()
    inputs = bodies()
    whole_path(engine, inputs[0])
    texts = [text.encode() for text in _material.COMMENTS]
    bare = microseconds(lambda text: normalise(text.decode()).canonical, texts)
    validated = microseconds(lambda body: parse(ScoreRequest, body), inputs)
    path = microseconds(lambda body: whole_path(engine, body), inputs)
    served = asyncio.run(microseconds_async(as_served(engine), inputs))
    sys.stdout.write(f"model: {model}\n")
    sys.stdout.write(f"normalise alone:                    {bare:7.1f} µs\n")
    sys.stdout.write(f"validate the request alone:         {validated:7.1f} µs\n")
    sys.stdout.write(f"whole path:                         {path:7.1f} µs = {path / bare:.1f} x normalise\n")
    sys.stdout.write(f"whole path, by the inference thread:{served:7.1f} µs = {served / path:.1f} x whole path\n")
    sys.stdout.write(f"target: under {TARGET:.0f} µs: {'reached' if path < TARGET else 'MISSED'}\n")


if __name__ == "__main__":
    main()
