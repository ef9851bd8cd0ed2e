"""Doubt by way of the drop-ins: the stored comment is found again, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from records.database import Database
from records.personal import Keyring, rotate
from serving.app import create_app
from serving.engine_holder import EngineHolder
from serving.parts import Parts
from tests.records.databases import new_postgres_url, new_sqlite_url
from tests.serving.asking import CLEAN, GAMBLING, UNSURE
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader, shipped_dropins

FORM = {"api_key": "x", "blog": "https://blog.example", "user_ip": "192.0.2.1"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = new_sqlite_url(tmp_path) if request.param == "sqlite" else new_postgres_url()
    made = Database(url, busy_seconds=5)
    yield made
    made.close()


def cases(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/cases").json()["items"]
    return found


def suggest(client: TestClient, text: str, value: float, **more: Any) -> int:
    scores = {"SPAM": {"summaryScore": {"value": value}}}
    body = {"comment": {"text": text}, "attributeScores": scores} | more
    return client.post("/v1alpha1/comments:suggestscore", json=body).status_code


def test_doubt_is_about_the_comment_that_was_judged(client: TestClient) -> None:
    asked = {"comment": {"text": GAMBLING}, "requestedAttributes": {"SPAM": {}}}
    judged = client.post("/v1alpha1/comments:analyze", json=asked).headers["x-chaffinch-decision-id"]
    checked = client.post("/1.1/comment-check", data=FORM | {"comment_content": GAMBLING})
    assert [200, 200] == [suggest(client, GAMBLING, 0.0), suggest(client, GAMBLING, 0.1, communityId="/c")]
    assert 200 == client.post("/1.1/submit-ham", data=FORM | {"comment_content": GAMBLING}).status_code
    assert {judged, checked.headers["x-chaffinch-decision-id"]} == {
        case["decision"]["decision_id"] for case in cases(client)
    }


def test_doubt_joins_the_case_that_waits_already(client: TestClient) -> None:
    client.post("/1.1/comment-check", data=FORM | {"comment_content": UNSURE})
    (before,) = cases(client)
    client.post("/1.1/submit-spam", data=FORM | {"comment_content": UNSURE})
    (after,) = cases(client)
    assert (before["id"], "advertising") == (after["id"], after["label"])
    assert before["priority"] < after["priority"]


def test_another_blog_or_address_is_another_comment(client: TestClient) -> None:
    for other in ({}, {"blog": "https://other.example"}, {"user_ip": "192.0.2.2"}):
        client.post("/1.1/submit-spam", data=FORM | {"comment_content": CLEAN} | other)
    assert 3 == len(cases(client))


def test_what_the_key_before_named_is_found_by_the_key_after(
    client: TestClient, database: Database, keyring: Keyring, loader: FakeLoader, tmp_path: Path
) -> None:
    client.post("/1.1/comment-check", data=FORM | {"comment_content": CLEAN})
    newer = rotate(database, tmp_path / "keys", now=datetime.now(UTC))
    assert newer.index("akismet", "x") != keyring.index("akismet", "x")
    parts = Parts(database, newer, EngineHolder(loader), options=PATIENT, dropins=shipped_dropins())
    with TestClient(create_app(parts), base_url="http://localhost") as later:
        later.post("/1.1/submit-spam", data=FORM | {"comment_content": CLEAN})
        (case,) = cases(later)
    assert case["comment"]["id"].startswith("akismet:1:")
