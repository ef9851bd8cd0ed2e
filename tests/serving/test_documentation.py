from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from fastapi.openapi.utils import get_openapi
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from starlette.testclient import TestClient

from serving import examples, oversight_schemas, schemas, standing_schemas
from serving.answers import BatchAnswer, Problem, RefusedInStream, ScoreAnswer, TranscriptAnswer
from serving.operation_ids import NAMES
from serving.schemas import parse
from serving.standing_answers import AuthorAnswer
from serving.streams.conversation import Close

READERS = schemas, standing_schemas, oversight_schemas


@pytest.fixture
def schema(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set[str]()
        return own.union(*(references(value) for value in node.values()))
    return set[str]().union(*(references(value) for value in node)) if isinstance(node, list) else set()


def test_the_description_is_openapi_3_1_and_whole(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    known = {f"#/components/{kind}/{name}" for kind in ("schemas", "headers") for name in schema["components"][kind]}
    assert references(schema) <= known


def test_the_hot_routes_are_described_with_examples(schema: dict[str, Any]) -> None:
    for path in ("/v1/score", "/v1/score:batch"):
        operation = schema["paths"][path]["post"]
        assert "example" in operation["requestBody"]["content"]["application/json"]
        assert {"200", "400", "401", "403", "409", "413", "422", "429", "503"} <= operation["responses"].keys()


def test_every_route_is_described(client: TestClient, schema: dict[str, Any]) -> None:
    served = {
        (route.path, method.lower())
        for route in client.app.routes  # type: ignore[attr-defined]
        for method in getattr(route, "methods", None) or ()
        if method != "HEAD"
    }
    shown = {(path, method) for path, methods in schema["paths"].items() for method in methods}
    pages = {("/openapi.json", "get"), ("/docs", "get"), ("/docs/style.css", "get"), ("/", "get"), ("/public", "get")}
    assert served - pages <= shown


def test_operation_ids_are_unique_and_snake_case(schema: dict[str, Any]) -> None:
    ids = [operation["operationId"] for methods in schema["paths"].values() for operation in methods.values()]
    assert sorted(set(ids)) == sorted(ids)
    assert [] == [each for each in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)*", each)]
    assert {"score_comment", "list_cases", "state_author", "analyze_comment", "akismet_comment_check"} <= set(ids)


def test_every_operation_is_summed_up_in_a_sentence_of_its_own(schema: dict[str, Any]) -> None:
    said = [operation.get("summary", "") for methods in schema["paths"].values() for operation in methods.values()]
    assert [] == [each for each in said if " " not in each or not each.endswith(".")]


def test_every_route_that_fastapi_describes_has_a_name_of_its_own(client: TestClient, schema: dict[str, Any]) -> None:
    described = get_openapi(title="", version="", routes=client.app.routes)["paths"]  # type: ignore[attr-defined]
    assert set(NAMES) == {(method.upper(), path) for path, methods in described.items() for method in methods}
    for (method, path), name in NAMES.items():
        assert name == schema["paths"][path][method.lower()]["operationId"]


def test_the_examples_of_requests_are_answered(client: TestClient) -> None:
    assert 200 == client.post("/v1/score", json=examples.SCORE).status_code
    assert 200 == client.post("/v1/score:batch", json=examples.BATCH).status_code
    assert 200 == client.put("/v1/authors/pseudonym-77", json=examples.AUTHOR).status_code


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (ScoreAnswer, examples.SCORE_ANSWER),
        (BatchAnswer, examples.BATCH_ANSWER),
        (Problem, examples.PROBLEM),
        (RefusedInStream, examples.REFUSED_IN_STREAM),
        (AuthorAnswer, examples.AUTHOR_ANSWER),
        (TranscriptAnswer, examples.TRANSCRIPT),
    ],
)
def test_the_examples_of_answers_are_of_their_schema(model: type[BaseModel], example: dict[str, Any]) -> None:
    model.model_validate(example)


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(
    client: TestClient, schema: dict[str, Any]
) -> None:
    page = client.get("/docs")
    assert all(path in page.text for path in schema["paths"])
    assert [] == re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert 200 == client.get("/docs/style.css").status_code
    assert "style-src 'self'" in page.headers["content-security-policy"]


def test_the_stream_is_described_with_its_messages_and_ends(client: TestClient, schema: dict[str, Any]) -> None:
    told = schema["paths"]["/v1/stream"]["get"]["x-websocket"]
    document = client.get(told["asyncapi"]).json()
    assert "3.0.0" == document["asyncapi"]
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    known |= {f"#/channels/stream/messages/{name}" for name in document["channels"]["stream"]["messages"]}
    assert references(document) <= known | {"#/channels/stream", "#/components/securitySchemes/key"}
    assert {"item", "answer", "refusal"} == document["channels"]["stream"]["messages"].keys()
    assert {str(int(code)) for code in Close} <= told["closes"].keys()
    assert {str(int(code)) for code in Close} <= set(re.findall(r"^\* (\d{4}):", document["info"]["description"], re.M))


def media_of(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(operation, status or "body", media type's member) of everything that holds JSON."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            yield from ((where, "body", each) for each in contents(operation.get("requestBody", {})))
            for status, answer in operation["responses"].items():
                yield from ((where, status, each) for each in contents(answer))


def contents(holder: dict[str, Any]) -> list[dict[str, Any]]:
    return [media for kind, media in holder.get("content", {}).items() if "json" in kind]


def test_every_body_answer_and_refusal_has_an_example_of_its_schema(schema: dict[str, Any]) -> None:
    lacking = {(where, status) for where, status, media in media_of(schema) if "example" not in media}
    documents = {("get /asyncapi.json", "200"), ("get /$discovery/rest", "200")}
    assert documents == lacking
    for where, status, media in media_of(schema):
        if "example" in media:
            whole = {**media["schema"], "components": schema["components"]}
            faults = [f.message for f in Draft202012Validator(whole).iter_errors(media["example"])]
            assert [] == faults, f"{where} {status}"


def test_an_example_of_a_refusal_is_of_its_status_and_address(schema: dict[str, Any]) -> None:
    for where, status, media in media_of(schema):
        example = media.get("example", {})
        if status.startswith(("4", "5")) and "instance" in example:
            assert (int(status), where.partition(" ")[2]) == (example["status"], example["instance"])
    told = schema["paths"]["/v1/score"]["post"]["responses"]["503"]["content"]["application/problem+json"]["example"]
    assert ["database"] == told["missing"]


@pytest.mark.parametrize("name", sorted(examples.asked()))
def test_the_examples_of_bodies_are_what_their_readers_take(name: str) -> None:
    found: Any = next(vars(module)[name] for module in READERS if name in vars(module))
    parse(found, orjson.dumps(examples.asked()[name]))
