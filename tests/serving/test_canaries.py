"""Strings that must be in no log, sent to every endpoint wherever a text, a pseudonym or a key may stand."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from starlette.testclient import TestClient

from records import keys
from records.database import Database
from serving.logs import configure
from serving.parts import utc_now
from tests.serving.asking import question
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader
from tests.serving.models import FaultyScorer

CANARY = "金丝雀canary7f3a"
NAME = "pseudonym-canary-51"
SECRET = "ck_00000000_secretcanaryd1"

Make = Callable[..., TestClient]


class Streams(io.StringIO):
    """Standard error, as text and as bytes."""

    @property
    def buffer(self) -> Any:
        outer = self

        class Bytes(io.RawIOBase):
            def write(self, octets: Any) -> int:
                return outer.write(bytes(octets).decode("utf-8", "backslashreplace"))

        return Bytes()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Streams]:
    """All that this process logs while it runs as it does in earnest, down to the libraries' last word."""
    before, handlers, made = structlog.get_config(), logging.root.handlers[:], Streams()
    level = logging.root.level
    monkeypatch.setattr(sys, "stderr", made)
    configure(logging.DEBUG)
    logging.root.setLevel(logging.DEBUG)
    for client in ("httpx", "httpx2", "httpcore", "asyncio"):  # the test's own client tells what it asks
        monkeypatch.setattr(logging.getLogger(client), "level", logging.WARNING)
    structlog.configure(cache_logger_on_first_use=False)
    yield made
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture
def sources(database: Database) -> dict[str, str]:
    with database.unit() as unit:
        key = keys.create(unit, "admin", scopes=["admin"], now=utc_now())[1]
        unit.commit()
    return {"authorization": f"Bearer {key}"}


def whole() -> dict[str, Any]:
    """A request with a canary wherever one fits."""
    return question(CANARY) | {
        "id": NAME,
        "author": {"id": NAME, "verified": True},
        "context": {"thread_id": NAME, "parent_id": NAME, "parent_text": CANARY, "surface": "forum"},
        "client": {"device": NAME, "network": NAME},
        "options": {"explain": True},
    }


def bodies() -> Iterator[bytes]:
    """Sound, foreign, too long, cut short, no JSON."""
    sound = whole()
    yield json.dumps(sound).encode()
    yield json.dumps({"items": [sound, {"content": {"text": CANARY}, CANARY: CANARY}, CANARY]}).encode()
    yield json.dumps(sound | {CANARY: CANARY, "policy": CANARY}).encode()
    yield json.dumps({"content": {"text": CANARY * 3000}}).encode()
    yield json.dumps({"content": {"text": CANARY + "\x00"}, "context": {"surface": CANARY}}).encode()
    yield json.dumps(sound, ensure_ascii=False).encode()[:-5]
    yield f"comment_content={CANARY}&user_ip={NAME}&blog=http://a.example&api_key={SECRET}&comment_author={NAME}".encode()
    yield json.dumps({"input": [CANARY, CANARY]}).encode()
    yield json.dumps({"comment": {"text": CANARY}, "requestedAttributes": {"TOXICITY": {}, CANARY: {}}}).encode()
    yield json.dumps({"verdict": CANARY, "labels": [CANARY], "note": CANARY, "approve": True, "queue": CANARY}).encode()
    yield json.dumps({"verdict": "false_negative", "labels": ["abuse"], "note": CANARY}).encode()
    yield CANARY.encode()
    yield CANARY.encode("gb18030")


def addresses(client: TestClient) -> list[tuple[str, str]]:
    described = client.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, methods in described.items()
        for method in methods
    ]


def ask_everything(client: TestClient, headers: dict[str, str]) -> set[int]:
    statuses = set()
    for method, path in addresses(client):
        kind = "application/x-www-form-urlencoded" if path.startswith("/1.1/") else "application/json"
        for number, body in enumerate(bodies()):
            named = headers | {"content-type": kind}
            if number == 0:
                named["idempotency-key"] = "canary-key-9e"
            query = {"key": SECRET, "cursor": NAME, "queue": NAME} if number % 2 else {}
            asked = client.request(method, path, content=body, headers=named, params=query)
            statuses.add(asked.status_code)
    return statuses


def check(logged: Streams) -> None:
    told = logged.getvalue()
    assert '"event":"request"' in told, "the log itself is there"
    spelt = {CANARY, CANARY.encode("unicode_escape").decode(), repr(CANARY.encode())[2:-1], "canary7f3a"}
    for secret in (*spelt, NAME, SECRET, "secretcanaryd1"):
        assert secret not in told, next(line for line in told.splitlines() if secret in line)


def test_no_endpoint_logs_what_was_sent(make_client: Make, sources: dict[str, str], logged: Streams) -> None:
    client = make_client(options=replace(PATIENT, open_without_keys=False, access_log=True))
    assert {200, 400, 422} <= ask_everything(client, sources)
    assert {401, 400} <= ask_everything(client, {"authorization": f"Bearer {SECRET}"})
    check(logged)


def test_nothing_that_fails_inside_logs_what_was_sent(
    make_client: Make, loader: FakeLoader, logged: Streams, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """A model, a rule, a row and a handler that each quote the comment in what they raise."""
    loader.model = FaultyScorer()
    client = make_client(options=replace(PATIENT, access_log=True))
    assert 200 == client.post("/v1/score", json=whole()).status_code

    def quoting(*_: object, **__: object) -> None:
        raise ValueError(f"near {CANARY} of {NAME}")

    for place in (
        "records.storing._comment_row",
        "moderation.rules.ruleset.RuleSet.find_all",
        "serving.scoring.as_answer",
    ):
        with monkeypatch.context() as patched:
            patched.setattr(place, quoting)
            assert client.post("/v1/score", json=whole()).status_code in (200, 500), place
    database.close()
    check(logged)


def test_what_people_search_for_in_the_console_is_not_logged(
    make_client: Make, logged: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where it leads to the log-in form, nor where the search fails and says what it was at."""
    client = make_client(options=replace(PATIENT, access_log=True), console_secret=b"s" * 32)
    assert "login" in client.get(f"/console/search?q={CANARY}").url.path
    monkeypatch.setattr("console.permissions.may", lambda *_: True)
    monkeypatch.setattr("console.gate.Jar.opened", lambda *_: "token")
    monkeypatch.setattr("console.gate.sessions.find", lambda *_, **__: _raise(ValueError(f"near {CANARY}")))
    assert 500 == client.get(f"/console/search?q={CANARY}&cursor={NAME}").status_code
    check(logged)


def _raise(error: Exception) -> None:
    raise error
