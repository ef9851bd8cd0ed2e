"""A rule is looked at over HTTP as the console's editor looks at it."""

from __future__ import annotations

from starlette.testclient import TestClient

from serving.examples import LINT
from serving.rule_answers import LintAnswer


def test_a_sound_rule_is_usable_and_says_what_it_does(client: TestClient) -> None:
    told = client.post("/v1/rules:lint", json=LINT)
    broken = client.post(
        "/v1/rules:lint", json={"text": LINT["text"].replace('label = "advertising"', 'label = "adverts"')}
    )
    nothing = client.post("/v1/rules:lint", json={"text": "id = ["})
    odd = client.post("/v1/rules:lint", json={"rule": ""})
    found = LintAnswer.model_validate(told.json())
    assert (True, [True, True]) == (found.usable, [one.holds for one in found.examples])
    assert found.tried is not None
    assert found.tried.hit
    assert found.tried.spans
    [first, *_] = broken.json()["mistakes"]
    assert not broken.json()["usable"]
    assert "adverts" in first["detail"]
    assert first["line"] > 1
    assert not nothing.json()["usable"]
    assert 422 == odd.status_code
