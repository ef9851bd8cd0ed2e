"""Whatever the query of a GET says, the API answers it or says what is wrong with it: never a fault of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.console.test_hostile_queries import HOSTILE


def _paths(client: TestClient) -> dict[str, list[str]]:
    """The parameters of each path that is read."""
    described: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    reading = {path: methods["get"] for path, methods in described.items() if "get" in methods}
    return {
        path: [each["name"] for each in said.get("parameters", ()) if each["in"] == "query"]
        for path, said in reading.items()
        if path != "/readyz"
    }


def test_no_query_of_any_operation_is_a_fault(client: TestClient) -> None:
    asked = [
        f"{re.sub(r'{.*?}', 'none', path)}?{name}={value}"
        for path, names in _paths(client).items()
        for name in names
        for value in HOSTILE
    ]
    assert 500 < len(asked)
    assert {} == {path: status for path in asked if (status := client.get(path).status_code) >= 500}


@pytest.mark.parametrize("value", ["%00", "%ED%A0%80", "9" * 400])
def test_no_name_within_a_path_is_a_fault(client: TestClient, value: str) -> None:
    asked = [re.sub(r"{.*?}", value, path) for path in _paths(client) if "{" in path]
    assert {} == {path: status for path in asked if (status := client.get(path).status_code) >= 500}
