"""Every fault that a value of a request may have is told in a sentence of ours, and none is a crash."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import SchemaValidator, core_schema
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

import serving
from serving.sentences import _PATTERNS, _SENTENCES, sentence
from tests.serving.test_flaggers import MARK
from tests.serving.test_oversight import ask, client, keys

__all__ = ["ask", "client", "keys"]

PYDANTICS = frozenset(get_args(core_schema.ErrorType))
"""Kinds of faults that pydantic finds by itself; those of our own validators bring their sentences."""

WRONG: tuple[Any, ...] = (
    None, True, 3, -1, 0, 1.5, -0.5, 10**40, math.inf, math.nan, "", " ", "x", "X" * 100_000, "germany",
    "\ud800", b"\xff", "2026-13-45", "2026-01-31", "2026-01-31T08:00:00", "1e999", [], [None], [3] * 300, {},
    {"x": 3}, object(),
)  # fmt: skip
"""Values that one kind of field or another cannot take; as from JSON and, of queries, as texts."""

LEAVES = frozenset({"str", "int", "float", "bool", "datetime", "date", "literal", "enum", "list", "tuple", "dict"})


CONFIGS = "serving.dropins.configs"

INNER = frozenset({"items_schema", "keys_schema", "values_schema", "serialization", "metadata"})


def asked() -> set[type[BaseModel]]:
    """What the server reads of anybody: models that are no answer, no config and no settings."""
    for module in pkgutil.walk_packages(serving.__path__, "serving."):
        importlib.import_module(module.name)
    return {each for each in below(BaseModel) if each.__module__.startswith("serving.") and each.__module__ != CONFIGS}


def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in model.__subclasses__():
        yield each
        yield from below(each)


def nodes(schema: object) -> Iterator[dict[str, Any]]:
    """All parts of one of pydantic's schemas that say what a value may be."""
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for name, value in schema.items():
            if name not in ("metadata", "serialization"):
                yield from nodes(value)
    elif isinstance(schema, list | tuple):
        for each in schema:
            yield from nodes(each)


def query_fields(routes: list[BaseRoute]) -> Iterator[Any]:
    for route in routes:
        yield from query_fields(getattr(route, "routes", []))
        if (dependant := getattr(route, "dependant", None)) is not None:
            yield from (*dependant.query_params, *dependant.path_params, *dependant.header_params)


def schemas_of(client: TestClient) -> Iterator[Any]:
    yield from (model.__pydantic_core_schema__ for model in asked())
    yield from (field._type_adapter.core_schema for field in query_fields(client.app.routes))  # type: ignore[attr-defined]


def faults(validator: Any, value: object) -> list[Any]:
    try:
        validator.validate_python(value)
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)
    return []


def leaves(client: TestClient) -> list[dict[str, Any]]:
    """Each kind of value that is asked for, once: with its limits, and of lists without what stands in them."""
    found = {}
    for schema in schemas_of(client):
        for node in nodes(schema):
            if node["type"] in LEAVES:
                bare = {name: value for name, value in node.items() if name not in INNER}
                if node["type"] == "tuple":
                    bare |= {"items_schema": [{"type": "any"}], "variadic_item_index": 0}
                found[repr(bare)] = bare
    return list(found.values())


def test_each_fault_that_can_be_found_in_a_value_has_a_sentence_of_ours(client: TestClient) -> None:
    found = [each for leaf in leaves(client) for value in WRONG for each in faults(SchemaValidator(leaf), value)]
    assert {"str", "int", "float", "bool", "datetime", "literal", "list"} <= {leaf["type"] for leaf in leaves(client)}
    assert set() == {each["type"] for each in found} & (PYDANTICS - set(_SENTENCES))
    assert all(sentence(each) for each in found)


def test_each_model_that_is_asked_tells_what_is_missing_and_what_is_too_much() -> None:
    for model in asked():
        for value in (*WRONG, {"no such field": 1}):
            told = {each["type"] for each in faults(model.__pydantic_validator__, value)}
            assert set() == told & (PYDANTICS - set(_SENTENCES)), model


def test_each_pattern_of_the_description_has_a_sentence(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    patterns = {each["pattern"] for each in parts(described) if isinstance(each.get("pattern"), str)}
    read = {node["pattern"] for schema in schemas_of(client) for node in nodes(schema) if "pattern" in node}
    assert set() == (patterns | read) - set(_PATTERNS)


def parts(document: object) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
    for each in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from parts(each)


def test_a_form_that_nobody_has_words_for_is_told_all_the_same() -> None:
    told = sentence({"type": "string_pattern_mismatch", "msg": "no", "ctx": {"pattern": "^[0-9]$"}})
    assert "is not of the form that this field has" == told


@pytest.mark.parametrize("country", ["germany", "de", "D", "DEU", "", "ＤＥ", "DE\n"])
def test_an_authority_s_country_that_is_none_is_refused_at_its_place(ask: Callable[..., Any], country: str) -> None:
    refused = ask("platform", "POST", "/v1/flaggers", MARK | {"country": country}, status=422)
    said = "must be a country's two capital letters as in ISO 3166, such as DE"
    assert [{"pointer": "/country", "detail": said}] == refused["errors"]
