from __future__ import annotations

import re

from starlette.testclient import TestClient

from chaffinch.settings import CHECKOUT


def test_the_reference_has_every_endpoint_and_no_other(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    served = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    page = (CHECKOUT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert served == set(re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \|", page, re.MULTILINE))
