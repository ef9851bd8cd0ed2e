"""`POST /v1/moderations`, asked by OpenAI's own client with only its address changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest

from serving.dropins.openai_schema import CATEGORIES
from tests.serving.dropins.clients import ADVERT, CLEAN, MANY, RUDE, openai_client
from tests.serving.processes import Server

PATH = "/v1/moderations"
IMAGE = {"type": "image_url", "image_url": {"url": "https://pictures.example/1.png"}}


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai_client(server) as made:
        yield made


def test_one_text_is_one_result(client: openai.OpenAI, server: Server) -> None:
    answer = client.moderations.create(input=RUDE, model="omni-moderation-latest")
    (result,) = answer.results
    assert (True, True, False) == (result.flagged, result.categories.harassment, result.categories.hate)
    assert result.category_scores.harassment > 0.9
    assert "chaffinch@1" == answer.model
    assert answer.id.startswith("modr-")
    with server.client() as http:
        scored = http.post("/v1/score", json={"content": {"text": RUDE}}).json()
    labels = {label["name"]: label["score"] for label in scored["labels"]}
    assert (labels["abuse"], labels["sexual"]) == (result.category_scores.harassment, result.category_scores.sexual)


def test_every_category_of_the_contract_is_there_and_says_whether_it_was_looked_for(client: openai.OpenAI) -> None:
    (result,) = client.moderations.create(input=CLEAN).results
    told = result.model_dump(by_alias=True)
    for part in ("categories", "category_scores", "category_applied_input_types"):
        assert set(CATEGORIES) <= told[part].keys()
    looked_for = {name for name, types in told["category_applied_input_types"].items() if types}
    assert {"harassment", "hate", "sexual", "advertising", "gambling", "fraud", "contraband"} == looked_for
    nobody = [name for name in CATEGORIES if name not in looked_for]
    assert {(False, 0.0)} == {(told["categories"][name], told["category_scores"][name]) for name in nobody}
    assert not result.flagged


def test_many_texts_are_answered_in_their_order(client: openai.OpenAI) -> None:
    answer = client.moderations.create(input=[CLEAN, RUDE, ADVERT, CLEAN])
    assert [False, True, True, False] == [result.flagged for result in answer.results]


def test_what_a_rule_finds_is_flagged_whatever_the_model_thinks(client: openai.OpenAI) -> None:
    raw = client.moderations.with_raw_response.create(input=ADVERT)
    (result,) = raw.parse().results
    told = result.model_dump(by_alias=True)
    assert told["categories"]["gambling"]
    assert told["category_scores"]["gambling"] < 0.5
    assert ("review", True) == (raw.headers["x-chaffinch-decision"], "gambling" in raw.headers["x-chaffinch-reasons"])


def test_the_parts_of_one_message_are_one_result(client: openai.OpenAI) -> None:
    parts: Any = [{"type": "text", "text": CLEAN}, {"type": "text", "text": RUDE}]
    (result,) = client.moderations.create(input=parts).results
    assert result.flagged


def test_what_is_judged_is_stored_and_can_be_looked_up(client: openai.OpenAI, server: Server) -> None:
    raw = client.moderations.with_raw_response.create(input=CLEAN)
    with server.client() as http:
        found = http.get(f"/v1/decisions/{raw.headers['x-chaffinch-decision-id']}")
    assert (200, "pass") == (found.status_code, found.json()["decision"])


@pytest.mark.parametrize(
    ("given", "param", "code", "message"),
    [
        ("", "input", "empty_string", "no visible text"),
        ("\u200b", "input", "empty_string", "no visible text"),
        ([CLEAN, ""], "input[1]", "empty_string", "no visible text"),
        ([CLEAN, "\u200b"], "input[1]", "empty_string", "no visible text"),
        ([], "input", "empty_array", "1 to 256 items"),
        ([CLEAN] * 257, "input", "array_above_max_length", "1 to 256 items"),
        (MANY, "input", "string_above_max_length", "string too long"),
        ([CLEAN, MANY], "input[1]", "string_above_max_length", "string too long"),
        ("a\x00b", "input", "invalid_value", "NUL"),
        ([{"type": "text", "text": CLEAN}, IMAGE], "input[1]", "unsupported_image", "Images cannot be judged"),
        ([IMAGE], "input[0]", "unsupported_image", "Images cannot be judged"),
        ([{"type": "text", "text": ""}], "input[0]", "empty_string", "no visible text"),
        (7, "input", "invalid_type", "expected a string"),
        ([CLEAN, 7], "input", "invalid_type", "expected a string"),
        ([{"type": "audio", "text": CLEAN}], "input", "invalid_type", "expected a string"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_openais_form(
    client: openai.OpenAI, given: Any, param: str, code: str, message: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.moderations.create(input=given)
    assert (param, code, "invalid_request_error") == (caught.value.param, caught.value.code, caught.value.type)
    assert message in caught.value.message


def test_a_model_that_nobody_knows_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Known names: omni-moderation-latest"):
        client.moderations.create(input=CLEAN, model="gpt-4o")


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        (lambda http: http.get(PATH), 405, None),
        (lambda http: http.post(PATH, content=b"{input: 1}"), 400, None),
        (lambda http: http.post(PATH, content=b'"text"'), 400, "invalid_type"),
        (lambda http: http.post(PATH, json={}), 400, "missing_required_parameter"),
        (lambda http: http.post(PATH, json={"input": CLEAN, "user": "u"}), 400, "unknown_parameter"),
        (lambda http: http.post(PATH, json={"input": CLEAN, "model": 4}), 400, "invalid_type"),
        (lambda http: http.post(PATH, content=b" " * (2 << 20)), 413, None),
        (lambda http: http.post(PATH, json={"input": CLEAN}, headers={"host": "moderation.example"}), 403, None),
    ],
)
def test_what_goes_wrong_around_it_has_openais_form_too(
    server: Server, send: Callable[[httpx.Client], httpx.Response], status: int, code: str | None
) -> None:
    with server.client() as http:
        answer = send(http)
    error = answer.json()["error"]
    assert (status, code, "invalid_request_error") == (answer.status_code, error["code"], error["type"])
    assert {"message", "type", "param", "code"} == error.keys()


def test_a_repeated_key_gives_the_same_answer(client: openai.OpenAI) -> None:
    headers = {"Idempotency-Key": "openai-1"}
    first, again = (client.moderations.create(input="重复一次", extra_headers=headers) for _ in range(2))
    assert first == again
    with pytest.raises(openai.BadRequestError, match="was used for another request"):
        client.moderations.create(input="别的话", extra_headers=headers)
