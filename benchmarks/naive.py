"""What an engineer writes in ten minutes, to be measured beside ours: `transformers.pipeline` in a FastAPI endpoint.

    python benchmarks/naive.py FOLDER --port 8701

`benchmarks/serve.py` and `benchmarks/encoder.py` start it. It is frozen: a baseline that changes measures nothing.
FOLDER is the base encoder; its seven-label head is random, which costs the same time as a fine-tuned one. Nothing is
tuned: PyTorch takes as many threads as there are cores.
"""

from __future__ import annotations

import argparse

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Pipeline, logging, pipeline

LABELS = 7


class Comment(BaseModel):
    """What is asked."""

    text: str


def classifier(folder: str) -> Pipeline:
    """The pipeline that the documentation of transformers shows, with a score for every label."""
    logging.set_verbosity_error()  # it would warn that the head is random
    logging.disable_progress_bar()
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=LABELS, problem_type="multi_label_classification"
    )
    return pipeline("text-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(folder), top_k=None)


def application(folder: str) -> FastAPI:
    """One endpoint."""
    classify = classifier(folder)
    app = FastAPI()

    @app.post("/v1/score")
    def score(comment: Comment) -> list[dict[str, str | float]]:
        return classify(comment.text)[0]

    return app


if __name__ == "__main__":
    given = argparse.ArgumentParser()
    given.add_argument("folder")
    given.add_argument("--port", type=int, default=8701)
    told = given.parse_args()
    uvicorn.run(application(told.folder), host="127.0.0.1", port=told.port)
