from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from records import comments, decisions, ledger
from records.database import Database
from serving.answers import ScoreAnswer
from tests.fakes import LABELS
from tests.serving.asking import CLEAN, GAMBLING, UNSURE, on_news, question, score


def test_only_the_text_is_required(client: TestClient) -> None:
    answered = client.post("/v1/score", json={"content": {"text": CLEAN}})
    assert (200, "pass") == (answered.status_code, answered.json()["decision"])


@pytest.mark.parametrize(("text", "decision"), [(CLEAN, "pass"), (UNSURE, "review"), (GAMBLING, "block")])
def test_every_answer_lists_every_label_in_order(client: TestClient, text: str, decision: str) -> None:
    answer = score(client, text).json()
    assert decision == answer["decision"]
    assert list(LABELS) == [label["name"] for label in answer["labels"]]
    ScoreAnswer.model_validate(answer)


def test_a_reason_says_who_why_where_and_on_which_ground(client: TestClient) -> None:
    (reason,) = score(client, GAMBLING).json()["reasons"]
    assert ("gambling", "model", "platform-rules:gambling") == (reason["code"], reason["source"], reason["ground"])
    assert [{"start": 2, "end": 4}] == reason["spans"]
    assert {"zh", "en"} == reason["message"].keys()


def test_versions_of_everything_are_told(client: TestClient) -> None:
    answer = score(client).json()
    assert {"name": "keywords", "version": "7", "tier": "fast"} == answer["model"]
    assert "default@2" == answer["policy"]
    assert 12 == len(answer["ruleset"])


@pytest.mark.parametrize(
    "text",
    [
        "😀😀来玩博彩",
        "👨‍👩‍👧博\u200b彩\u200d",
        "ＣＡＳＩＮＯ😀",
        "𝐜𝐚𝐬𝐢𝐧𝐨 e\u0301🇨🇳",
        "\U00020bb7\U00020bb7 博 彩 \U0001f468\u200d\U0001f469",
    ],
)
def test_spans_count_code_points_of_the_text_as_sent(client: TestClient, text: str) -> None:
    spans = [span for reason in score(client, text).json()["reasons"] for span in reason["spans"]]
    shown = [text[span["start"] : span["end"]] for span in spans]
    assert spans
    assert any("博" in part or part.casefold().startswith(("c", "ｃ", "𝐜")) for part in shown), shown
    assert all(0 <= span["start"] < span["end"] <= len(text) for span in spans)


def test_an_explanation_is_given_where_asked_for_labels_from_a_tenth_on(client: TestClient) -> None:
    answer = score(client, GAMBLING, explain=True).json()
    assert [{"name": "gambling", "spans": [{"start": 2, "end": 4}]}] == answer["explanation"]
    assert "explanation" not in score(client, GAMBLING).json()
    assert [] == score(client, CLEAN, explain=True).json()["explanation"]


def test_store_false_writes_nothing_and_names_no_decision(client: TestClient, database: Database) -> None:
    assert "decision_id" not in score(client, UNSURE, store=False).json()
    with database.reading() as look:
        assert () == decisions.page(look).items
        assert () == ledger.page(look).items


def test_a_stored_answer_is_on_disk_with_comment_and_ledger_entry(client: TestClient, database: Database) -> None:
    answer = client.post("/v1/score", json=question(UNSURE, id="c-1", author={"id": "p-7"})).json()
    with database.reading() as look:
        stored = decisions.get(look, answer["decision_id"])
        comment = comments.get(look, stored.comment_id)
        entries = [entry.subject_id for entry in ledger.page(look).items]
    assert ("review", UNSURE, "c-1") == (stored.outcome.value, comment.text, comment.external_id)
    assert answer["decision_id"] in entries


def test_an_id_is_given_back(client: TestClient) -> None:
    assert "c-1001" == score(client, id="c-1001").json()["id"]


def test_a_person_is_asked_on_a_surface_seen_before_publication_where_something_is_unsure(client: TestClient) -> None:
    assert "review" == client.post("/v1/score", json=on_news(UNSURE)).json()["decision"]
    assert "pass" == client.post("/v1/score", json=on_news(CLEAN)).json()["decision"]


def test_an_unverified_author_is_refused_under_the_cn_policy(client: TestClient) -> None:
    body = on_news(CLEAN) | {"author": {"verified": False}}
    answer = client.post("/v1/score", json=body).json()
    assert ("block", "account") == (answer["decision"], answer["reasons"][0]["source"])


def test_words_of_an_attachment_are_judged(client: TestClient) -> None:
    content = {"text": CLEAN, "attachments": [{"kind": "image", "sha256": "A" * 64, "alt": "博彩群"}]}
    assert "block" == client.post("/v1/score", json={"content": content}).json()["decision"]


def test_an_attachment_that_nothing_could_judge_is_held_where_comments_are_seen_first(client: TestClient) -> None:
    content = {"text": CLEAN, "attachments": [{"kind": "image", "sha256": "a" * 64}]}
    assert "review" == client.post("/v1/score", json=on_news() | {"content": content}).json()["decision"]
    assert "pass" == client.post("/v1/score", json={"content": content}).json()["decision"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", None])
def test_a_json_body_is_read_whatever_it_calls_itself(client: TestClient, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    body = '{"content": {"text": "你好"}}'.encode()
    assert 200 == client.post("/v1/score", content=body, headers=headers).status_code


def test_a_long_comment_is_read_beside_the_event_loop_and_judged_alike(client: TestClient) -> None:
    answer = score(client, "好" * 9_990 + "博彩").json()
    assert ("block", [{"start": 9990, "end": 9992}]) == (answer["decision"], answer["reasons"][0]["spans"])
