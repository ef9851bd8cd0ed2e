"""Every operation of the OpenAPI, asked with what fits its schema and with what does not (schemathesis).

No answer is a 500, and none has a status or a header that is not written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.openapi import from_dict
from starlette.testclient import TestClient

from tests.proofs import full, report
from tests.serving.asking import undeclared

SMALL, FULL = 2, 400
"""Cases an operation, of each kind."""


def ask_everything(client: TestClient, cases: int) -> list[str]:
    """What was answered and should not have been."""
    document = client.get("/openapi.json").json()
    faults: list[str] = []
    for found in from_dict(document).get_all_operations():
        operation = found.ok()
        written = document["paths"][operation.path][operation.method]["responses"]
        for mode in GenerationMode:
            faults += ask(client, operation, mode, written, cases)
    return faults


def ask(
    client: TestClient, operation: APIOperation, mode: GenerationMode, written: Mapping[str, Any], cases: int
) -> list[str]:
    faults: dict[int, str] = {}

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def one(case: Case) -> None:
        asked = requests.Request(**case.as_transport_kwargs(base_url="http://localhost")).prepare()
        answer = client.request(
            str(asked.method), str(asked.url), headers=sent(asked.headers), content=asked.body or b""
        )  # fmt: skip
        if answer.status_code == 500 or str(answer.status_code) not in written:
            faults[answer.status_code] = f"{answer.status_code} to {asked.method} {asked.url} {asked.body!r:.300}"
        elif more := undeclared(answer, written):
            faults[answer.status_code] = f"{', '.join(sorted(more))} with {answer.status_code} to {asked.url}"

    try:
        one()
    except Unsatisfiable:  # nothing of this kind can be asked here
        return []
    return list(faults.values())


def sent(headers: Mapping[str, str | bytes]) -> dict[str, bytes]:
    """As bytes: a client of its own would refuse what is not ASCII, and a server has to bear it."""
    return {name: value if isinstance(value, bytes) else value.encode() for name, value in headers.items()}


def test_headers_are_sent_that_no_client_of_good_manners_would_send() -> None:
    assert {"x": "\x9c".encode(), "y": b"\xff"} == sent({"x": "\x9c", "y": b"\xff"})


def test_nothing_that_is_asked_is_a_500_or_answered_with_what_is_not_written_down(client: TestClient) -> None:
    assert [] == ask_everything(client, SMALL)


@pytest.mark.proof
@pytest.mark.timeout(7200)
def test_hundreds_of_questions_to_every_operation(client: TestClient) -> None:
    cases = full(FULL)
    faults = ask_everything(client, cases)
    report("schemathesis", cases_of_each_kind=cases, faults=faults)
    assert [] == faults
