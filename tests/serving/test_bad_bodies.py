from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from moderation.errors import InvalidInputError
from records import decisions
from records.database import Database
from serving.answers import Problem
from serving.bodies import MAX_BODY
from serving.schemas import (
    Author,
    ClaimRequest,
    Content,
    Context,
    FeedbackRequest,
    LeaseRequest,
    ScoreOptions,
    ScoreRequest,
    VerdictRequest,
    parse,
)
from tests.serving.asking import CLEAN, question


def with_text(text: str) -> bytes:
    return json.dumps({"content": {"text": text}}).encode()


def padded(size: int) -> bytes:
    return with_text("好").ljust(size)


HOSTILE: dict[str, tuple[bytes, int, list[str]]] = {
    "nothing": (b"", 400, []),
    "not json": (b"text=hello", 400, []),
    "cut short": (b'{"content": {"text": "a', 400, []),
    "two documents": (b'{"content":{"text":"a"}}{}', 400, []),
    "not utf-8": (b'{"content":{"text":"\xff\xfe"}}', 400, []),
    "utf-16": ('{"content":{"text":"a"}}'.encode("utf-16"), 400, []),
    "byte order mark": (b"\xef\xbb\xbf" + with_text("a"), 400, []),
    "nested ten thousand deep": (b'{"content":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400, []),
    "raw NUL": (b'{"content":{"text":"a\x00b"}}', 400, []),
    "lone surrogate": (b'{"content":{"text":"a\\ud800b"}}', 400, []),
    "reversed surrogates": (b'{"content":{"text":"\\udc00\\ud800"}}', 400, []),
    "a list": (b"[]", 422, [""]),
    "null": (b"null", 422, [""]),
    "a number": (b"1e400", 422, [""]),
    "no content": (b"{}", 422, ["/content"]),
    "no text": (b'{"content":{}}', 422, ["/content/text"]),
    "text is a number": (b'{"content":{"text":5}}', 422, ["/content/text"]),
    "text is null": (b'{"content":{"text":null}}', 422, ["/content/text"]),
    "text is a list": (b'{"content":{"text":["a"]}}', 422, ["/content/text"]),
    "empty": (with_text(""), 422, ["/content/text"]),
    "only spaces": (with_text(" \n\t "), 422, ["/content/text"]),
    "only invisible": (with_text("\u200b\u200d\u2060\ufe0f"), 422, ["/content/text"]),
    "escaped NUL": (with_text("a\x00b"), 422, ["/content/text"]),
    "10,001 code points": (with_text("好" * 10_001), 422, ["/content/text"]),
    "a long id": (json.dumps(question(id="x" * 129)).encode(), 422, ["/id"]),
    "NUL in an id": (json.dumps(question(id="a\x00")).encode(), 422, ["/id"]),
    "a policy that is not there": (json.dumps(question(policy="nix")).encode(), 422, ["/policy"]),
    "yes for true": (json.dumps(question(author={"verified": "yes"})).encode(), 422, ["/author/verified"]),
    "one for true": (json.dumps(question(store=1)).encode(), 422, ["/options/store"]),
    "no deadline at all": (json.dumps(question(deadline_ms=0)).encode(), 422, ["/options/deadline_ms"]),
    "a moment without a zone": (
        json.dumps(question(author={"created_at": "2026-01-01T00:00:00"})).encode(),
        422,
        ["/author/created_at"],
    ),
    "over 1 MiB": (padded(MAX_BODY + 1), 413, []),
    "2 MiB": (padded(2 * MAX_BODY), 413, []),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_a_clear_refusal_and_leaves_nothing(
    client: TestClient, database: Database, name: str
) -> None:
    body, status, pointers = HOSTILE[name]
    refused = client.post("/v1/score", content=body)
    assert status == refused.status_code, refused.text
    assert "application/problem+json" == refused.headers["content-type"]
    problem = Problem.model_validate(refused.json())
    assert pointers == [fault.pointer for fault in problem.errors or []]
    with database.reading() as look:
        assert () == decisions.page(look).items


@pytest.mark.parametrize("text", ["a", "好" * 10_000, "\U0001f600" * 10_000, "a\u0300" * 5_000])
def test_one_to_ten_thousand_code_points_are_a_comment(client: TestClient, text: str) -> None:
    assert 200 == client.post("/v1/score", content=with_text(text)).status_code


def test_exactly_1_mib_is_read(client: TestClient) -> None:
    assert 200 == client.post("/v1/score", content=padded(MAX_BODY)).status_code


def test_a_body_that_does_not_say_how_long_it_is_is_cut_at_the_limit(client: TestClient) -> None:
    def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    assert 413 == client.post("/v1/score", content=endless()).status_code


SURROGATES = [name for name in HOSTILE if "surrogate" in name]


@pytest.mark.parametrize("name", SURROGATES)
def test_half_a_surrogate_pair_is_called_so(client: TestClient, name: str) -> None:
    told = client.post("/v1/score", content=HOSTILE[name][0]).json()["detail"]
    assert told.startswith("The text holds half of a surrogate pair (before line 1 column ")
    item = b'{"items":[' + HOSTILE[name][0] + b"]}"
    refused = client.post("/v1/score:batch", content=item).json()["items"][0]["error"]
    assert "half of a surrogate pair" in refused["detail"]


PLAIN: list[tuple[dict[str, Any], str]] = [
    (question(""), "is empty"),
    (question("好" * 10_001), "is longer than 10,000 characters"),
    ({"content": {"text": 5}}, "must be a text"),
    ({"content": []}, "must be an object"),
    ({"content": {"text": "a", "lang": "chinese!"}}, "must be a language tag such as zh or en-GB"),
    (
        {"content": {"text": "a", "type": "poem"}},
        "must be 'comment', 'reply', 'danmaku', 'nickname' or 'bio'",
    ),
    ({"content": {"text": "a", "attachments": {}}}, "must be a list"),
    ({"content": {"text": "a", "attachments": [{"kind": "file", "sha256": "0" * 64}] * 33}}, "has more than 32 items"),
    (
        {"content": {"text": "a", "attachments": [{"kind": "file", "sha256": "x"}]}},
        "must be a SHA-256 of 64 hexadecimal digits",
    ),
    (question(author={"verified": "yes"}), "must be true or false"),
    (question(author={"created_at": "2026-01-01T00:00:00"}), "needs a time zone, such as Z or +08:00 at its end"),
    *(
        (question(author={"created_at": moment}), "must be a moment as in RFC 3339, such as 2026-01-31T08:00:00Z")
        for moment in ("yesterday", "2026-13-01T00:00:00Z", [])
    ),
    *((question(deadline_ms=number), "must be a whole number") for number in ("soon", 1.5)),
    (question(deadline_ms=0), "must be 1 or more"),
    (question(deadline_ms=30_001), "must be 30000 or less"),
]


@pytest.mark.parametrize(("body", "sentence"), PLAIN, ids=[sentence for _, sentence in PLAIN])
def test_a_fault_is_told_in_plain_words(client: TestClient, body: dict[str, Any], sentence: str) -> None:
    assert [sentence] == [fault["detail"] for fault in client.post("/v1/score", json=body).json()["errors"]]


ODD_VALUES = [None, True, "", "x" * 20_000, -1, 1.5, 10**30, [], {}, [1, "", "Q", None] * 99, "2026-01-01", "\u00e9"]


@pytest.mark.parametrize("schema", [ScoreRequest, ClaimRequest, LeaseRequest, VerdictRequest, FeedbackRequest])
def test_no_value_is_answered_in_the_words_of_a_library(schema: type[BaseModel]) -> None:
    fields = [(name, value) for name in schema.model_fields for value in ODD_VALUES]
    inner = [(name, {deep: value}) for name, inside in INNER.items() for deep in inside for value in ODD_VALUES]
    for name, value in fields + (inner if schema is ScoreRequest else []):
        assert not re.search("[Ii]nput|[Ss]hould|[Vv]alid |String|List", refused_with(schema, {name: value}))


def refused_with(schema: type[BaseModel], body: dict[str, Any]) -> str:
    """The faults as one text; nothing where there are none."""
    try:
        parse(schema, json.dumps(body).encode())
    except InvalidInputError as error:
        return " ".join(fault.detail for fault in error.faults)
    return ""


INNER = {
    name: list(inside.model_fields)
    for name, inside in {"content": Content, "author": Author, "context": Context, "options": ScoreOptions}.items()
}


def test_every_fault_is_told_at_once(client: TestClient) -> None:
    body = {
        "id": 7,
        "content": {"text": "\u200b", "lang": "chinese!", "type": "poem", "mood": "bad"},
        "author": {"verified": "no"},
        "context": {"surface": ""},
        "options": {"deadline_ms": "soon", "colour": 1},
        "policy": "nix",
        "a/b~c": 1,
    }
    refused = client.post("/v1/score", json=body).json()
    expected = {
        "/id",
        "/content/text",
        "/content/lang",
        "/content/type",
        "/content/mood",
        "/author/verified",
        "/context/surface",
        "/options/deadline_ms",
        "/options/colour",
        "/policy",
        "/a~1b~0c",
    }
    assert expected == {fault["pointer"] for fault in refused["errors"]}


def test_a_missing_verification_is_told_beside_other_faults(client: TestClient) -> None:
    refused = client.post("/v1/score", json=question("", policy="cn")).json()
    assert {"/content/text", "/author/verified"} == {fault["pointer"] for fault in refused["errors"]}


def test_a_surface_that_may_be_a_slip_for_the_news_is_told_beside_other_faults(client: TestClient) -> None:
    refused = client.post("/v1/score", json=question("", policy="cn", surface="newz")).json()
    told = {fault["pointer"]: fault["detail"] for fault in refused["errors"]}
    assert {"/content/text", "/author/verified", "/context/surface"} == told.keys()
    assert "policy 'cn' has no such surface; it has forum, live, news" == told["/context/surface"]
    assert 200 == client.post("/v1/score", json=question("你好", surface="newz")).status_code


def test_a_flood_of_faults_is_answered_in_bounded_size(client: TestClient) -> None:
    body = {f"field-{number}": 1 for number in range(50_000)}
    refused = client.post("/v1/score", json=body)
    assert 422 == refused.status_code
    assert 500 == len(refused.json()["errors"])
    assert "more faults" in refused.json()["detail"]


def test_a_refusal_never_repeats_the_text(client: TestClient) -> None:
    secret = "金丝雀在唱歌"
    for body in (
        {"content": {"text": secret * 2_000}},
        {"content": {"text": secret, "lang": secret}},
        {"content": {"text": [secret]}},
        {"content": {"text": secret}, "policy": secret},
    ):
        assert secret not in client.post("/v1/score", json=body).text


def test_a_compressed_body_is_refused_before_anything_is_unpacked(client: TestClient) -> None:
    refused = client.post("/v1/score", content=b"\x1f\x8b", headers={"content-encoding": "gzip"})
    assert 400 == refused.status_code
    assert "Compressed" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/score", 405), ("PUT", "/v1/cases", 405), ("GET", "/v2/score", 404)]
)
def test_addresses_and_methods_that_are_not_there_are_problems_too(
    client: TestClient, method: str, path: str, status: int
) -> None:
    refused = client.request(method, path)
    assert (status, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert path == refused.json()["instance"]
    assert (status == 405) == ("allow" in refused.headers)


def test_the_text_is_still_judged_after_all_that(client: TestClient) -> None:
    assert 200 == client.post("/v1/score", json=question(CLEAN)).status_code
