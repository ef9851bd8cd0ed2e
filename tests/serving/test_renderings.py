"""One decision over HTTP as record, notice and statement."""

from __future__ import annotations

from collections.abc import Callable

from starlette.testclient import TestClient

from governance.dsa import faults, shipped
from serving.renderings import RenderingsAnswer
from tests.serving.asking import CLEAN, GAMBLING, score


def test_a_removal_has_its_record_its_notice_and_its_statement(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    decision_id = score(client, GAMBLING, id="c-1").json()["decision_id"]
    body = client.get(f"/v1/decisions/{decision_id}/renderings").json()
    told = RenderingsAnswer.model_validate(body)
    reference = client.get(f"/v1/decisions/{decision_id}").json()["appeal"]["reference"]
    assert f"/public/appeals?reference={reference}" in told.notice.zh[-1]
    assert f"/public/appeals?reference={reference}" in told.notice.en[-1]
    assert told.statement is not None
    assert [] == list(faults(told.statement, shipped().published))
    assert decision_id == told.record["处置编号"] == told.statement["puid"]
    assert GAMBLING not in str(body)


def test_the_notice_of_an_account_that_is_not_verified_says_one_thing(make_client: Callable[..., TestClient]) -> None:
    """It said that no rule was broken and, beside, that the comment offers gambling; the decision keeps both."""
    client = make_client()
    sent = score(client, GAMBLING, id="c-1", author={"id": "a", "verified": False}, policy="cn").json()
    told = RenderingsAnswer.model_validate(client.get(f"/v1/decisions/{sent['decision_id']}/renderings").json())
    assert {"gambling", "identity_unverified"} <= {each["code"] for each in sent["reasons"]}
    assert "You broke no rule." in told.notice.en[0]
    assert not [each for each in (*told.notice.en, *told.notice.zh) if "gambl" in each or "赌博" in each]
    assert (None, "系统自动（账号或版面状态）", "未发布") == (
        told.statement, told.record["发现方式"], told.record["发布时间"],
    )  # fmt: skip
    assert "赌博" not in str(told.record)


def test_a_comment_that_stands_has_a_record_and_nothing_to_tell(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    decision_id = score(client, CLEAN, id="c-1").json()["decision_id"]
    told = RenderingsAnswer.model_validate(client.get(f"/v1/decisions/{decision_id}/renderings").json())
    assert ([], [], None, ["未作处置"]) == (
        told.notice.zh, told.notice.en, told.statement, told.record["处置措施"],
    )  # fmt: skip
    assert 404 == client.get("/v1/decisions/nothing/renderings").status_code
