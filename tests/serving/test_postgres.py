"""The same service over PostgreSQL: the URL is the only difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from records import decisions
from records.database import Database
from records.personal import open_keyring
from serving.app import create_app
from serving.engine_holder import EngineHolder
from serving.parts import Parts, utc_now
from tests.records.databases import let_in, new_postgres_url
from tests.serving.asking import CLEAN, UNSURE, claim_one, on_news, question, score
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader
from tests.serving.models import StuckScorer

KEY = {"idempotency-key": "order-66"}


@pytest.fixture
def stuck() -> Iterator[StuckScorer]:
    scorer = StuckScorer()
    yield scorer
    scorer.let_go.set()


@pytest.fixture
def url() -> str:
    return new_postgres_url()


@pytest.fixture
def postgres(url: str) -> Iterator[Database]:
    made = Database(url, busy_seconds=5)
    yield made
    made.close()


@pytest.fixture
def client(postgres: Database, loader: FakeLoader, tmp_path: Path) -> Iterator[TestClient]:
    keyring = open_keyring(postgres, tmp_path / "keys", now=utc_now())
    app = create_app(Parts(postgres, keyring, EngineHolder(loader), options=PATIENT))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as made:
        yield made


def ids(database: Database) -> set[str]:
    with database.reading() as look:
        return {record.id for record in decisions.page(look, limit=200).items}


def test_what_many_are_answered_at_once_is_on_disk(client: TestClient, postgres: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: score(client).json()["decision_id"], range(40)))
    assert set(answers) == ids(postgres)


def test_the_same_request_many_times_at_once_is_done_once(client: TestClient, postgres: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: score(client, UNSURE, headers=KEY), range(16)))
    assert {200, 409} >= {answer.status_code for answer in answers}
    assert 1 == len(ids(postgres))


def test_a_case_goes_from_comment_to_verdict_and_back(client: TestClient) -> None:
    case = claim_one(client)
    path = f"/v1/cases/{case['id']}"
    given = client.post(f"{path}/verdict", json={"verdict": "reject", "labels": ["advertising"]}, headers=KEY)
    assert "closed" == given.json()["case"]["state"]
    again = client.post(f"{path}/verdict", json={"verdict": "reject", "labels": ["advertising"]}, headers=KEY)
    assert given.json() == again.json()
    assert "claimed" == client.post(f"{path}/undo").json()["state"]


@pytest.fixture
def cut_off(url: str) -> Iterator[Callable[[], None]]:
    yield lambda: let_in(url, allowed=False)
    let_in(url, allowed=True)


def test_a_lost_connection_is_503_not_a_lost_decision(
    client: TestClient, postgres: Database, url: str, cut_off: Callable[[], None]
) -> None:
    before = {score(client).json()["decision_id"]}
    cut_off()
    lost = client.post("/v1/score", json=on_news())
    assert (503, "review") == (lost.status_code, lost.json()["decision"])
    assert 503 == client.post("/v1/score", json=question(CLEAN), headers=KEY).status_code
    assert 503 == client.get("/readyz").status_code
    let_in(url, allowed=True)
    after = {score(client, headers=KEY).json()["decision_id"]}
    assert before | after == ids(postgres)


def test_a_server_that_is_lost_in_the_middle_leaves_the_idempotency_key_unused(
    client: TestClient, loader: FakeLoader, stuck: StuckScorer, url: str, cut_off: Callable[[], None]
) -> None:
    loader.put_model(stuck)
    client.app.state.machinery.follower.look()  # type: ignore[attr-defined]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.post, "/v1/score", json=question(CLEAN), headers=KEY)
        assert stuck.reached.wait(10)
        cut_off()
        stuck.let_go.set()
        assert 503 == asked.result(30).status_code
    let_in(url, allowed=True)
    assert 200 == client.post("/v1/score", json=question(CLEAN), headers=KEY).status_code
