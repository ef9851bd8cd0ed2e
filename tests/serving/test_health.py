from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from moderation.errors import BundleError
from serving.answers import Readiness
from tests.serving.asking import CLEAN, GAMBLING, UNSURE, score
from tests.serving.conftest import keywords
from tests.serving.loaders import BROKEN, FakeLoader
from tests.serving.models import FaultyScorer

Make = Callable[..., TestClient]


def metric(client: TestClient, line: str) -> float | None:
    found = re.search(rf"^{re.escape(line)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else None


def test_a_whole_server_is_alive_and_ready(client: TestClient) -> None:
    assert {"status": "ok"} == client.get("/healthz").json()
    told = client.get("/readyz")
    assert (200, []) == (told.status_code, Readiness.model_validate(told.json()).missing)
    assert "keywords@7" == told.json()["parts"]["model"]["version"]


def test_a_load_balancer_may_ask_by_head(make_client: Make, loader: FakeLoader) -> None:
    assert [200, 200] == [make_client().head(path).status_code for path in ("/healthz", "/readyz")]
    loader.model = BROKEN
    assert [200, 503] == [make_client().head(path).status_code for path in ("/healthz", "/readyz")]


@pytest.mark.parametrize("part", ["model", "rules"])
def test_readiness_names_what_is_missing(make_client: Make, loader: FakeLoader, part: str) -> None:
    setattr(loader, part, BROKEN)
    told = make_client().get("/readyz")
    assert (503, [part]) == (told.status_code, told.json()["missing"])
    assert str(BROKEN) == told.json()["parts"][part]["detail"]


def test_a_refused_new_model_is_told_while_the_old_one_answers(client: TestClient, loader: FakeLoader) -> None:
    loader.put_model(BundleError("ngram.npz is altered."))
    with capture_logs() as lines:
        client.app.state.machinery.follower.look()  # type: ignore[attr-defined]
    refused = {"event": "part_refused", "log_level": "error", "part": "model", "detail": "ngram.npz is altered."}
    assert [refused] == [{key: line[key] for key in refused} for line in lines if line["event"] == "part_refused"]
    told = client.get("/readyz")
    assert (200, "ngram.npz is altered.") == (told.status_code, told.json()["parts"]["model"]["detail"])
    assert 1.0 == metric(client, 'chaffinch_reload_failures_total{part="model"}')
    assert "7" == score(client).json()["model"]["version"]


def test_a_model_that_fails_on_everything_is_not_ready_until_another_comes(
    client: TestClient, loader: FakeLoader
) -> None:
    follower = client.app.state.machinery.follower  # type: ignore[attr-defined]
    loader.put_model(FaultyScorer())
    follower.look()
    assert ["model"] == score(client).json()["missing"]
    told = client.get("/readyz")
    assert (503, ["model"]) == (told.status_code, told.json()["missing"])
    assert "the model does not answer" == told.json()["parts"]["model"]["detail"]
    loader.put_model(keywords())
    follower.look()
    assert 200 == client.get("/readyz").status_code


def test_a_comment_that_a_model_fails_on_does_not_take_the_server_out_of_service(
    make_client: Make, loader: FakeLoader
) -> None:
    loader.model = FaultyScorer(only="poison")
    client = make_client()
    assert ["model"] == score(client, "poison").json()["missing"]
    assert 200 == client.get("/readyz").status_code


NAMES = [
    "chaffinch_score_seconds",
    "chaffinch_decisions_total",
    "chaffinch_degraded_total",
    "chaffinch_queue_depth",
    "chaffinch_queue_age_seconds",
    "chaffinch_model_info",
    "chaffinch_drift_psi",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_metrics_of_the_contract_are_there(client: TestClient, name: str) -> None:
    assert f"# TYPE {name} " in client.get("/metrics").text


def test_decisions_are_counted_by_outcome_label_and_language(client: TestClient) -> None:
    for text in (CLEAN, CLEAN, UNSURE, GAMBLING):
        score(client, text)
    assert 2.0 == metric(client, 'chaffinch_decisions_total{decision="pass",label="none",lang="zh"}')
    assert 1.0 == metric(client, 'chaffinch_decisions_total{decision="review",label="advertising",lang="zh"}')
    assert 1.0 == metric(client, 'chaffinch_decisions_total{decision="block",label="gambling",lang="zh"}')
    assert 4.0 == metric(client, 'chaffinch_score_seconds_count{tier="fast"}')


def test_a_language_that_a_client_made_up_makes_no_new_series(client: TestClient) -> None:
    client.post("/v1/score", json={"content": {"text": CLEAN, "lang": "xx-made-up"}})
    assert 1.0 == metric(client, 'chaffinch_decisions_total{decision="pass",label="none",lang="other"}')


def test_degraded_answers_are_counted_by_what_was_missing(make_client: Make, loader: FakeLoader) -> None:
    loader.model = BROKEN
    client = make_client()
    score(client)
    assert 1.0 == metric(client, 'chaffinch_degraded_total{part="model"}')


def test_the_live_model_and_the_waiting_cases_are_shown(client: TestClient) -> None:
    score(client, UNSURE)
    client.app.state.machinery.follower.look()  # type: ignore[attr-defined]
    assert 1.0 == metric(client, 'chaffinch_model_info{name="keywords",version="7"}')
    assert 1.0 == metric(client, 'chaffinch_queue_depth{queue="forum"}')
    assert (metric(client, 'chaffinch_queue_age_seconds{queue="forum"}') or -1) >= 0
