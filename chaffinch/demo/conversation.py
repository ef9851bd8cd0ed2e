"""What a platform and a moderator do over HTTP: score, object, claim, decide."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chaffinch.demo.script import Script, ScriptedComment
from chaffinch.demo.server import Client
from moderation.errors import ChaffinchError

FOLLOW_SECONDS = 10
CLAIM = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """A comment and the server's answer."""

    comment: ScriptedComment
    answer: dict[str, Any]

    @property
    def top(self) -> dict[str, Any]:
        """The label with the highest score."""
        best: dict[str, Any] = max(self.answer["labels"], key=lambda label: label["score"])
        return best

    @property
    def label(self) -> str:
        """What the answer is about: the severest reason's code, or ok where nothing was found."""
        reasons = self.answer["reasons"]
        return str(reasons[0]["code"]) if reasons else "ok"

    @property
    def is_special(self) -> bool:
        """Whether another policy than the default one judged it."""
        return self.comment.policy != "default"

    def score(self, name: str) -> float:
        """The model's probability for a label."""
        return next(float(label["score"]) for label in self.answer["labels"] if label["name"] == name)

    @property
    def words(self) -> list[str]:
        """The words that did it, as they were sent; one that stands within another is not told again."""
        text = self.comment.text
        told: list[str] = []
        for span in (span for reason in self.answer["reasons"] for span in reason["spans"]):
            word = text[span["start"] : span["end"]]
            if not any(word in earlier for earlier in told):
                told.append(word)
        return told

    @property
    def found_by(self) -> str:
        """The rules that hit, the tier that scored, or the account."""
        reasons = self.answer["reasons"]
        rules = [reason["rule_id"] for reason in reasons if reason.get("rule_id")]
        others = [reason["code"] for reason in reasons if reason["source"] in ("account", "policy")]
        tier = [f"model ({self.answer['model']['tier']})"] if any(r["source"] == "model" for r in reasons) else []
        return ", ".join([*rules, *tier, *others])


@dataclass(frozen=True, slots=True)
class Verdict:
    """A moderator's verdict on a case, and whether it overturned what the machine had said."""

    comment: ScriptedComment
    machine: str
    verdict: str
    overturned: bool


def score_all(client: Client, script: Script) -> list[Scored]:
    """Every comment of the script, scored and stored."""
    return [Scored(comment, client.post("/v1/score", comment.request())) for comment in script.comments]


def score_again(client: Client, script: Script) -> list[Scored]:
    """The same comments once more, leaving nothing behind."""
    asked = [
        (comment, {**comment.request(), "options": {"store": False, "deadline_ms": 5000}})
        for comment in script.comments
    ]
    return [Scored(comment, client.post("/v1/score", request)) for comment, request in asked]


def object_to(client: Client, scored: list[Scored]) -> int:
    """The platform's feedback, where the script has any; each opens or joins a case."""
    doubts = [item for item in scored if item.comment.feedback]
    for item in doubts:
        client.post(f"/v1/decisions/{item.answer['decision_id']}/feedback", {"verdict": item.comment.feedback})
    return len(doubts)


def decide_all(client: Client, script: Script) -> Iterator[Verdict]:
    """Claims every waiting case and decides those of the script; other people's go back undecided."""
    others: list[dict[str, Any]] = []
    while cases := client.post("/v1/cases:claim", {"count": CLAIM})["items"]:
        for case in cases:
            comment = script.by_id(case["comment"]["id"])
            if comment is None:
                others.append(case)
            else:
                yield _decided(client, case, comment)
    for case in others:
        client.post(f"/v1/cases/{case['id']}/release", {"lease_token": case["lease_token"]})


def _decided(client: Client, case: dict[str, Any], comment: ScriptedComment) -> Verdict:
    verdict = "reject" if comment.labels else "approve"
    body = {"verdict": verdict, "labels": comment.labels, "lease_token": case["lease_token"]}
    answer = client.post(f"/v1/cases/{case['id']}/verdict", body)
    return Verdict(comment, case["decision"]["decision"], verdict, bool(answer["overturned"]))


def wait_for_version(client: Client, version: str) -> float:
    """Seconds until the running server answered with `version`. Raises `ChaffinchError` where it never does."""
    begun = time.monotonic()
    probe = {"content": {"text": "版本"}, "options": {"store": False, "deadline_ms": 5000}}
    while time.monotonic() - begun < FOLLOW_SECONDS:
        if client.post("/v1/score", probe)["model"]["version"] == version:
            return time.monotonic() - begun
        time.sleep(0.1)
    raise ChaffinchError(f"The server did not follow to version {version} within {FOLLOW_SECONDS} seconds.")
