"""An address with a slash too many is no other address, and nothing sends a client on from it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

ADDRESSES = ("/docs", "/openapi.json", "/public/complaints", "/console/login", "/console/cases")


def test_no_address_is_found_by_a_slash_too_many(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    told = [(method, path) for path, methods in paths.items() for method in methods if method != "parameters"]
    for method, path in [*told, *(("get", path) for path in ADDRESSES)]:
        address = re.sub(r"\{\w+\}", "a", path) + "/"
        found = client.request(method, address, follow_redirects=False)
        assert 404 == found.status_code, (method, address)
        assert "location" not in found.headers
        if path not in ADDRESSES and found.headers["content-type"].startswith("application/problem+json"):
            assert found.json()["instance"] == address


@pytest.mark.parametrize("path", ["/v1/score/", "/v1/cases/", "/healthz/", "/v1/authors/a/"])
def test_it_is_refused_as_a_problem(client: TestClient, path: str) -> None:
    found = client.post(path, json={"content": {"text": "你好"}}, follow_redirects=False)
    assert (404, "application/problem+json") == (found.status_code, found.headers["content-type"])


def test_a_browser_is_sent_to_where_pages_begin(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    found = client.get("/public", follow_redirects=False)
    assert (307, "/public/") == (found.status_code, found.headers["location"])
    assert 405 == client.post("/public", follow_redirects=False).status_code
