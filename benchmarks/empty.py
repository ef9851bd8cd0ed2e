"""An empty validated POST: what FastAPI alone costs. `python benchmarks/empty.py --port 8703`; `serve.py` starts it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import uvicorn
from fastapi import FastAPI

from serving.schemas import ScoreRequest

app = FastAPI()


@app.post("/v1/score")
async def answer(asked: ScoreRequest) -> dict[str, str]:
    """A body of ours, checked; nothing is answered."""
    return {}


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("--port", type=int, default=8703)
    uvicorn.run(
        app, host="127.0.0.1", port=given.parse_args().port, loop="uvloop", http="httptools", access_log=False,
        log_level="warning",
    )  # fmt: skip
