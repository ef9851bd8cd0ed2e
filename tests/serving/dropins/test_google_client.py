"""The Perspective endpoints, asked by Google's own client, which builds itself from our discovery document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.serving.dropins.clients import (
    CLEAN,
    DOCUMENT,
    MANY,
    RUDE,
    asking,
    case_about,
    cases,
    google,
    refused,
    value,
)  # fmt: skip
from tests.serving.processes import Server


@pytest.fixture(scope="module")
def comments(server: Server) -> Iterator[Any]:
    with google(server) as built:
        yield built


def test_the_published_sample_is_answered(comments: Any) -> None:
    sample = {"comment": {"text": "friendly greetings from python"}, "requestedAttributes": {"TOXICITY": {}}}
    answer = comments.analyze(body=sample).execute()
    assert {"attributeScores", "languages", "detectedLanguages"} == answer.keys()
    score = answer["attributeScores"]["TOXICITY"]
    assert "PROBABILITY" == score["summaryScore"]["type"]
    assert [{"begin": 0, "end": 30, "score": score["summaryScore"]}] == score["spanScores"]
    assert (["en"], ["en"]) == (answer["languages"], answer["detectedLanguages"])


def test_scores_are_the_labels_own(comments: Any, server: Server) -> None:
    answer = comments.analyze(body=asking(RUDE, "TOXICITY", "IDENTITY_ATTACK", "SEXUALLY_EXPLICIT", "SPAM")).execute()
    with server.client() as client:
        scored = client.post("/v1/score", json={"content": {"text": RUDE}}).json()
    labels = {label["name"]: label["score"] for label in scored["labels"]}
    assert 0.9 < labels["abuse"]
    assert {
        "TOXICITY": labels["abuse"],
        "IDENTITY_ATTACK": labels["hate"],
        "SEXUALLY_EXPLICIT": labels["sexual"],
        "SPAM": max(labels[name] for name in ("advertising", "gambling", "fraud", "contraband")),
    } == {name: value(answer, name) for name in answer["attributeScores"]}


def test_scores_below_the_threshold_are_left_out(comments: Any) -> None:
    body = asking(RUDE, TOXICITY={}) | {
        "requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.5}, "SPAM": {"scoreThreshold": 0.5}}
    }
    body.pop("TOXICITY")
    assert ["TOXICITY"] == list(comments.analyze(body=body).execute()["attributeScores"])
    none = comments.analyze(body=body | {"comment": {"text": CLEAN}}).execute()
    assert {"languages", "detectedLanguages"} == none.keys()


def test_spans_are_the_sentences_each_scored_alone(comments: Any) -> None:
    text = "今天天气很好。你这个混蛋！"
    body = asking(text, spanAnnotations=True)
    score = comments.analyze(body=body).execute()["attributeScores"]["TOXICITY"]
    assert [(0, 7), (7, 13)] == [(span["begin"], span["end"]) for span in score["spanScores"]]
    kind, rude = (span["score"]["value"] for span in score["spanScores"])
    assert kind < 0.5 < rude
    body["requestedAttributes"] = {"TOXICITY": {"scoreThreshold": 0.5}}
    over = comments.analyze(body=body).execute()["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(7, 13)] == [(span["begin"], span["end"]) for span in over]


@pytest.mark.parametrize("stated", [["zh"], ["en", "zh"], ["zh-CN"]])
def test_stated_languages_are_mirrored_beside_the_detected_one(comments: Any, stated: list[str]) -> None:
    answer = comments.analyze(body=asking("hello there, my friend", languages=stated)).execute()
    assert (stated, ["en"]) == (answer["languages"], answer["detectedLanguages"])


def test_every_field_of_the_api_is_taken_and_the_token_comes_back(comments: Any) -> None:
    body = asking(
        CLEAN,
        clientToken="comment-53922",
        sessionId="s-1",
        communityId="/forum/movies",
        doNotStore=True,
        context={"articleAndParentComment": {"parentComment": {"text": "昨天呢", "type": "PLAIN_TEXT"}}},
        languages=None,
    )
    body["comment"]["type"] = "PLAIN_TEXT"
    body["requestedAttributes"]["TOXICITY"] = {"scoreType": "PROBABILITY", "scoreThreshold": 0}
    assert "comment-53922" == comments.analyze(body=body).execute()["clientToken"]


def test_what_is_not_to_be_stored_is_not(comments: Any, server: Server) -> None:
    with server.client() as client:
        url, body = "/v1alpha1/comments:analyze", asking("只说一次的话")
        stored = client.post(url, json=body)
        unstored = client.post(url, json=body | {"doNotStore": True})
        assert "x-chaffinch-decision-id" not in unstored.headers
        found = client.get(f"/v1/decisions/{stored.headers['x-chaffinch-decision-id']}")
    assert (200, "pass") == (found.status_code, stored.headers["x-chaffinch-decision"])


def test_a_suggestion_opens_a_case_about_the_comment_that_was_analysed(comments: Any, server: Server) -> None:
    text = "你是混蛋吗"
    comments.analyze(body=asking(text)).execute()
    suggestion = {
        "comment": {"text": text},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
        "communityId": "/forum/movies",
        "clientToken": "c-1",
    }
    before = cases(server)
    assert "c-1" == comments.suggestscore(body=suggestion).execute()["clientToken"]
    comments.suggestscore(body=suggestion).execute()
    case = case_about(server, text)
    assert ("false_positive", "feedback", 1) == (case["why"], case["opened_by"], case["comment"]["revision"])
    assert 1 == len(cases(server)) - len(before)


def test_a_suggestion_about_a_comment_that_nobody_saw_stores_it(comments: Any, server: Server) -> None:
    text = "没有人见过的一句话"
    scores = {"INSULT": {"summaryScore": {"value": 0.9}}, "SPAM": {"spanScores": [{"score": {"value": 0.1}}]}}
    comments.suggestscore(body={"comment": {"text": text}, "attributeScores": scores}).execute()
    case = case_about(server, text)
    assert ("false_negative", "abuse", "pass") == (case["why"], case["label"], case["decision"]["decision"])


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (asking(""), "COMMENT_EMPTY", "Comment must be non-empty."),
        (asking("\u200b\u200d"), "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"requestedAttributes": {"TOXICITY": {}}}, "COMMENT_EMPTY", "Comment must be non-empty."),
        (asking(MANY), "COMMENT_TOO_LONG", "Comment text too long."),
        ({"comment": {"text": CLEAN}}, "NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes"),
        (asking(CLEAN, "NICENESS"), "INVALID_REQUEST", "Unknown requested attribute: NICENESS"),
        (asking(CLEAN, "TOXICITY@6"), "INVALID_REQUEST", "Unknown requested attribute: TOXICITY@6"),
        (asking(CLEAN, "SEVERE_TOXICITY"), "INVALID_REQUEST", "degrees of abuse are not learnt"),
        (asking(CLEAN, "INSULT"), "INVALID_REQUEST", "no measured scores for the kind abuse.insult"),
        (asking(CLEAN, "THREAT"), "INVALID_REQUEST", "no measured scores for the kind abuse.threat"),
        (asking(CLEAN, "PROFANITY"), "INVALID_REQUEST", "no measured scores for the kind abuse.profanity"),
        (
            {"comment": {"text": CLEAN}, "requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}}},
            "INVALID_REQUEST",
            "Requested score type RAW is not supported by attribute TOXICITY",
        ),
        (
            {"comment": {"text": CLEAN, "type": "HTML"}, "requestedAttributes": {"TOXICITY": {}}},
            "INVALID_REQUEST",
            "Currently, only 'PLAIN_TEXT' comments are supported",
        ),
        (
            {"comment": {"text": CLEAN, "type": "RTF"}, "requestedAttributes": {"TOXICITY": {}}},
            "INVALID_REQUEST",
            "Unknown text type",
        ),
        (
            asking(languages=["nl"]),
            "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            "Attribute TOXICITY does not support request languages: nl",
        ),
        (asking(languages=["english!"]), "INVALID_REQUEST", "Languages are ISO 639-1 codes"),
        (
            asking(context={"entries": [{"text": "a"}], "articleAndParentComment": {"article": {"text": "b"}}}),
            "INVALID_REQUEST",
            "Context can have either entries or article_and_parent_comment, but both fields were populated.",
        ),
        (asking("a\x00b"), "INVALID_REQUEST", "NUL"),
    ],
)
def test_what_perspective_refuses_is_refused_in_its_words(
    comments: Any, body: dict[str, Any], kind: str, message: str
) -> None:
    code, status, told, details = refused(comments.analyze(body=body))
    assert (400, "INVALID_ARGUMENT") == (code, status)
    assert message in told
    assert kind == details[0]["errorType"]
    assert "type.googleapis.com/google.commentanalyzer.v1alpha1.Error" == details[0]["@type"]


def test_every_fault_is_told_at_once(comments: Any) -> None:
    *errors, violations = refused(comments.analyze(body=asking(MANY, "INSULT", "NICENESS")))[3]
    assert ["COMMENT_TOO_LONG", "INVALID_REQUEST", "INVALID_REQUEST"] == [error["errorType"] for error in errors]
    assert ["comment.text", "requested_attributes.INSULT", "requested_attributes.NICENESS"] == [
        found["field"] for found in violations["fieldViolations"]
    ]


def test_faults_of_form_hide_none_of_meaning(comments: Any) -> None:
    wanted = {"TOXICITY": {"scoreType": "STD_DEV_SCORE"}, "FOO": {}, "SPAM": {"scoreThreshold": 7}}
    body = {"comment": {"text": "", "type": "HTML"}, "requestedAttributes": wanted, "languages": ["de"], "mood": 1}
    violations, *errors = refused(comments.analyze(body=body))[3]
    fields = [found["field"] for found in violations["fieldViolations"]]
    assert {
        "", "requestedAttributes.SPAM.scoreThreshold", "comment.text", "comment.type", "languages",
        "requested_attributes.TOXICITY.score_type", "requested_attributes.FOO",
    } == set(fields)  # fmt: skip
    assert "COMMENT_EMPTY" in [error["errorType"] for error in errors]
    violations, *errors = refused(comments.analyze(body={"comment": 1, "requestedAttributes": {"SPAM": {}}}))[3]
    assert ([], ["comment"]) == (errors, [found["field"] for found in violations["fieldViolations"]])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (asking(mood="bright"), 'Unknown name "mood": Cannot find field.'),
        ({"comment": {"text": CLEAN, "html": True}}, "Unknown name \"html\" at 'comment': Cannot find field."),
        ({"comment": CLEAN}, "Invalid value at 'comment'"),
        (asking(doNotStore="yes"), "Invalid value at 'doNotStore'"),
        (asking(clientToken="x" * 2000), "Invalid value at 'clientToken'"),
        ({"comment": {"text": CLEAN}, "requestedAttributes": {"TOXICITY": {"scoreThreshold": 2}}}, "Invalid value at"),
    ],
)
def test_what_is_no_message_is_refused_as_google_refuses_it(comments: Any, body: dict[str, Any], message: str) -> None:
    code, status, told, details = refused(comments.analyze(body=body))
    assert (400, "INVALID_ARGUMENT") == (code, status)
    assert message in told
    assert "type.googleapis.com/google.rpc.BadRequest" == details[0]["@type"]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({}, "Missing attribute_scores"),
        ({"TOXICITY": {}}, "Missing attribute_scores"),
        ({"NICENESS": {"summaryScore": {"value": 1}}}, "Unknown requested attribute: NICENESS"),
        ({"TOXICITY": {"summaryScore": {"value": 1.5}}}, "a number from 0 to 1"),
    ],
)
def test_a_suggestion_that_says_nothing_is_refused(comments: Any, scores: dict[str, Any], message: str) -> None:
    code, _, told, _ = refused(comments.suggestscore(body={"comment": {"text": CLEAN}, "attributeScores": scores}))
    assert 400 == code
    assert message in told


@pytest.mark.parametrize(
    ("send", "status", "name"),
    [
        (lambda client, url: client.get(url), 405, "UNIMPLEMENTED"),
        (lambda client, url: client.post(url, content=b"{comment: {}}"), 400, "INVALID_ARGUMENT"),
        (lambda client, url: client.post(url, content=b"\xff\xfe"), 400, "INVALID_ARGUMENT"),
        (lambda client, url: client.post(url, content=b" " * (2 << 20)), 413, "INVALID_ARGUMENT"),
        (lambda client, url: client.post(url + "x", json={}), 404, "NOT_FOUND"),
        (lambda client, _: client.get("/$discovery/rest?version=v2"), 404, "NOT_FOUND"),
        (
            lambda client, url: client.post(url, json={}, headers={"host": "moderation.example"}),
            403,
            "PERMISSION_DENIED",
        ),
    ],
)
def test_what_goes_wrong_around_it_has_googles_form_too(
    server: Server, send: Callable[[httpx.Client, str], httpx.Response], status: int, name: str
) -> None:
    with server.client() as client:
        answer = send(client, "/v1alpha1/comments:analyze")
    error = answer.json()["error"]
    assert (status, status, name) == (answer.status_code, error["code"], error["status"])
    assert {"code", "message", "status", "details"} == error.keys()


def test_the_document_names_the_address_that_was_asked(server: Server) -> None:
    with server.client() as client:
        assert f"{server.address}/" == client.get(DOCUMENT).json()["rootUrl"]
        behind = client.get(DOCUMENT, headers={"host": "moderation.example", "x-forwarded-proto": "https"})
        assert "https://moderation.example/" == behind.json()["rootUrl"]
        assert "no-store" == behind.headers["cache-control"]
        assert 400 == client.get(DOCUMENT, headers={"host": "evil/path"}).status_code


def test_a_repeated_key_gives_the_same_answer_and_its_own_token(server: Server) -> None:
    url, headers = "/v1alpha1/comments:analyze", {"idempotency-key": "perspective-1"}
    with server.client() as client:
        body = asking("重复一次", clientToken="one")
        first, again = (client.post(url, json=body, headers=headers) for _ in range(2))
        other = client.post(url, json=asking("别的话"), headers=headers)
    assert first.json() == again.json()
    assert first.headers["x-chaffinch-decision-id"] == again.headers["x-chaffinch-decision-id"]
    assert ("true", "one") == (again.headers["idempotency-replayed"], again.json()["clientToken"])
    assert (400, "INVALID_ARGUMENT") == (other.status_code, other.json()["error"]["status"])
