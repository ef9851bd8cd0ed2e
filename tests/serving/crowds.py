"""Many clients at once, each with a connection of its own, and a notebook of what they asked and were told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.serving.asking import CLEAN, question
from tests.serving.processes import Server

FOUND = "百家乐带单回血，加薇bjl7712"
PATIENT_MS = 10_000
"""No deadline that a busy machine could miss by itself."""

PATIENCE = 60.0
"""Seconds in which everything that was not answered has to be answered once the server is there again."""


Said = tuple[str, dict[str, float]]
"""An outcome, and a score for each label."""


def said(answer: dict[str, Any]) -> Said:
    """What an answer decided."""
    return answer["decision"], {label["name"]: label["score"] for label in answer["labels"]}


@dataclass
class Notebook:
    """Decision ids by idempotency key of what was answered; keys of what was sent and was not; other answers as they
    came. `turned_away` are keys of what was never sent: nobody took the connection. `said` is what each decision was.
    """

    answered: dict[str, str] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    turned_away: set[str] = field(default_factory=set)
    said: dict[str, Said] = field(default_factory=dict)
    refused: list[httpx.Response] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Crowd:
    """Asks comment after comment until it is told to stop or the server is gone."""

    server: Server
    notes: Notebook
    name: str
    text: str | None = None
    keep_answers: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)

    def ask(self, client: int) -> None:
        with self.server.client() as link:
            number = 0
            while not self.stopped.is_set():
                number += 1
                key = f"{self.name}-{client}-{number}"
                try:
                    self.note(key, ask_once(link, key, self.text))
                except httpx.ConnectError:
                    self.notes.turned_away.add(key)
                    return
                except httpx.HTTPError:
                    self.notes.unanswered.add(key)
                    return

    def note(self, key: str, answered: httpx.Response) -> None:
        if answered.status_code != 200:
            self.notes.unanswered.add(key)
            self.notes.refused.append(answered)
            return
        answer = answered.json()
        self.notes.said[answer["decision_id"]] = said(answer)
        self.notes.answered[key] = answer["decision_id"]
        if self.keep_answers:
            self.notes.answers.append(answer)


def ask_once(link: httpx.Client, key: str, text: str | None = None) -> httpx.Response:
    """Without a text, every other client says what a rule finds."""
    client = int(key.split("-")[-2])
    asked = question(text or (FOUND if client % 2 else CLEAN), id=key, deadline_ms=PATIENT_MS)
    return link.post("/v1/score", json=asked, headers={"idempotency-key": key})


def ask_until_answered(link: httpx.Client, key: str) -> str:
    """The decision's id; whatever was refused or is in progress is asked again, as its `Retry-After` says."""
    until = time.monotonic() + PATIENCE
    while True:
        answered = ask_once(link, key)
        if answered.status_code == 200:
            return str(answered.json()["decision_id"])
        assert answered.status_code in (409, 429, 503), answered.text
        assert time.monotonic() < until, answered.text
        time.sleep(float(answered.headers["retry-after"]))


@contextmanager
def asking(
    server: Server, notes: Notebook, name: str, *, clients: int, text: str | None = None, keep_answers: bool = False
) -> Iterator[Crowd]:
    """A crowd at work; at the end it has stopped."""
    crowd = Crowd(server, notes, name, text, keep_answers)
    with ThreadPoolExecutor(clients) as pool:
        asked = [pool.submit(crowd.ask, one) for one in range(clients)]
        try:
            yield crowd
        finally:
            crowd.stopped.set()
        for one in asked:
            one.result(PATIENCE)


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)
