"""An account on a list, over HTTP: what is told of it, and that the entry is appealed."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from records.database import Database
from records.personal import Keyring
from serving.complaint_answers import AppealReceipt
from serving.standing_answers import AuthorAnswer
from tests.serving.asking import CLEAN, question
from tests.serving.test_stored import look, put_on_list, served  # noqa: F401 - a fixture

ACCOUNT = "a-7"


@pytest.fixture
def listed(
    served: TestClient,  # noqa: F811 - the fixture of that file
    database: Database,
    keyring: Keyring,
) -> TestClient:
    put_on_list(database, keyring, "account", ACCOUNT)
    look(served)
    return served


def refused(client: TestClient) -> Any:
    asked = question(CLEAN, id="c-1", author={"id": ACCOUNT}, options={"store": True})
    return client.post("/v1/score", json=asked).json()


def test_the_author_s_answer_tells_the_entry_with_the_words_for_the_person(listed: TestClient) -> None:
    told = AuthorAnswer.model_validate(listed.get(f"/v1/authors/{ACCOUNT}").json())
    assert told.listed is not None
    assert ("block", "phishing", "report", True) == (
        told.listed.action, told.listed.reason, told.listed.source, told.listed.tells
    )  # fmt: skip
    assert told.listed.id in told.listed.notice.zh
    assert "phishing" in told.listed.notice.en
    assert 404 == listed.get("/v1/authors/nobody").status_code


def test_a_refused_comment_s_renderings_speak_of_the_list_and_its_appeal_is_of_the_entry(listed: TestClient) -> None:
    answer = refused(listed)
    assert ("block", ["listed_account"]) == (answer["decision"], [each["code"] for each in answer["reasons"]])
    told = listed.get(f"/v1/decisions/{answer['decision_id']}/renderings").json()
    assert told["statement"] is None
    assert "breaks a rule" not in str(told)
    offered = listed.get(f"/v1/decisions/{answer['decision_id']}").json()["appeal"]
    assert offered["reference"]
    asked = {"decision_id": answer["decision_id"], "text": "it was not me"}
    appealed = AppealReceipt.model_validate(listed.post("/v1/appeals", json=asked).json())
    assert ("entry", "waiting", None) == (appealed.about, appealed.state, appealed.comment_id)
    assert ["list.appeal"] == [each["kind"] for each in listed.get("/v1/approvals?state=waiting").json()["items"]]
    entry = listed.get(f"/v1/authors/{ACCOUNT}").json()["listed"]["id"]
    assert 409 == listed.post("/v1/appeals", json={"entry_id": entry}).status_code
    assert 422 == listed.post("/v1/appeals", json={"entry_id": entry, "measure_id": entry}).status_code
    assert 404 == listed.post("/v1/appeals", json={"entry_id": "nowhere"}).status_code
