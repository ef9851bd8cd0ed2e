"""What a good engineer writes in a day: the same encoder as int8 ONNX, and requests that wait answered as one batch.

    python benchmarks/int8.py ENCODER.onnx TOKENIZER.json --port 8702

`benchmarks/serve.py` makes both files of the base encoder (`made`) and starts it. onnxruntime takes as many threads as
there are cores, batches hold up to 32 comments of like length, and nobody waits for a fuller one.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from fastapi.responses import ORJSONResponse
from pydantic import BaseModel
from tokenizers import Tokenizer

LABELS = 7
LENGTH = 128
MOST = 32
NAMES = [f"LABEL_{at}" for at in range(LABELS)]


class Comment(BaseModel):
    """What is asked."""

    text: str


class Batches:
    """Takes what waits, answers it together in a thread."""

    def __init__(self, onnx: str, tokenizer: str) -> None:
        self._session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(tokenizer)
        self._tokenizer.enable_truncation(LENGTH)
        self._tokenizer.enable_padding(pad_id=self._tokenizer.token_to_id("<pad>") or 0)
        self._queue: asyncio.Queue[tuple[str, asyncio.Future[list[float]]]] = asyncio.Queue()

    async def score(self, text: str) -> list[float]:
        """Probabilities."""
        future: asyncio.Future[list[float]] = asyncio.get_running_loop().create_future()
        await self._queue.put((text, future))
        return await future

    async def work(self) -> None:
        """For ever."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < MOST and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            batch.sort(key=lambda item: len(item[0]))
            answers = await asyncio.to_thread(self.run, [text for text, _ in batch])
            for (_, future), answer in zip(batch, answers, strict=True):
                future.set_result(answer)

    def run(self, texts: list[str]) -> list[list[float]]:
        """One batch."""
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([each.ids for each in encoded], dtype=np.int64)
        mask = np.array([each.attention_mask for each in encoded], dtype=np.int64)
        logits = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        scores: list[list[float]] = (1 / (1 + np.exp(-logits))).tolist()
        return scores


def application(onnx: str, tokenizer: str) -> FastAPI:
    """One endpoint."""
    batches = Batches(onnx, tokenizer)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        working = asyncio.create_task(batches.work())
        yield
        working.cancel()

    app = FastAPI(lifespan=lifespan, default_response_class=ORJSONResponse)

    @app.post("/v1/score")
    async def score(comment: Comment) -> ORJSONResponse:
        scores = await batches.score(comment.text)
        return ORJSONResponse([{"label": name, "score": score} for name, score in zip(NAMES, scores, strict=True)])

    return app


def made(base: str, folder: Path) -> tuple[Path, Path]:
    """`(encoder, tokenizer)` in `folder`: the base with a random head made int8 by `quantize_dynamic`, once."""
    import shutil

    onnx, tokenizer = folder / "int8.onnx", folder / "tokenizer.json"
    if not onnx.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(base) / "tokenizer.json", tokenizer)
        half_made = folder / "made.onnx"
        _export(base, folder / "whole.onnx", half_made)
        half_made.rename(onnx)
    return onnx, tokenizer


def _export(base: str, whole: Path, small: Path) -> None:
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=LABELS, attn_implementation="eager")
    model.eval()
    ids = torch.ones((2, 8), dtype=torch.long)
    torch.onnx.export(
        model, (ids, torch.ones_like(ids)), str(whole), dynamo=False,
        input_names=["input_ids", "attention_mask"], output_names=["logits"],
        dynamic_axes={name: {0: "rows", 1: "pieces"} for name in ("input_ids", "attention_mask")},
    )  # fmt: skip
    quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True)
    for each in whole.parent.glob("whole.onnx*"):
        each.unlink()


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("onnx")
    given.add_argument("tokenizer")
    given.add_argument("--port", type=int, default=8702)
    told = given.parse_args()
    uvicorn.run(
        application(told.onnx, told.tokenizer), host="127.0.0.1", port=told.port, loop="uvloop", http="httptools",
        access_log=False, log_level="warning",
    )  # fmt: skip
