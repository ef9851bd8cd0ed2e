"""Invariant 1: on a surface that is seen before publication nothing passes undecided, whatever is missing.

On SQLite and on PostgreSQL alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from moderation.errors import ConfigError, Fault
from records import decisions
from records.database import Database
from records.personal import Keyring
from serving.parts import Options
from tests.fakes import BrokenScorer
from tests.records.databases import let_in, new_postgres_url, new_sqlite_url
from tests.serving.asking import CLEAN, on_news, question, score
from tests.serving.conftest import PATIENT
from tests.serving.loaders import BROKEN, FakeLoader
from tests.serving.models import FaultyScorer, StuckScorer

STILL = replace(PATIENT, follow_every=3600)
"""Nobody but the requests opens the database."""

HASTY = Options(open_without_keys=True, deadline_ms=50, worker=False, access_log=False, stuck_after=60, store_grace=60)

Make = Callable[..., TestClient]
FILE = "chaffinch.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_sqlite_url(tmp_path, FILE) if request.param == "sqlite" else new_postgres_url()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(url, busy_seconds=5)
    yield made
    made.close()


@pytest.fixture
def stuck() -> Iterator[StuckScorer]:
    scorer = StuckScorer()
    yield scorer
    scorer.let_go.set()


def no_model(loader: FakeLoader) -> str:
    loader.model = BROKEN
    return "model"


def model_that_cannot(loader: FakeLoader) -> str:
    loader.model = BrokenScorer()
    return "model"


def model_that_crashes(loader: FakeLoader) -> str:
    loader.model = FaultyScorer()
    return "model"


def no_rules(loader: FakeLoader) -> str:
    loader.rules = ConfigError("The rules cannot be used.", [Fault("abuse.toml", "broken")])
    return "rules"


FAULTS = [no_model, model_that_cannot, model_that_crashes, no_rules]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_missing_part_holds_the_comment_where_it_is_seen_first(
    make_client: Make, loader: FakeLoader, fault: Callable[[FakeLoader], str]
) -> None:
    part = fault(loader)
    answer = make_client().post("/v1/score", json=on_news()).json()
    assert ("review", True, [part]) == (answer["decision"], answer["degraded"], answer["missing"])
    assert 7 == len(answer["labels"])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_missing_part_follows_the_policy_elsewhere(
    make_client: Make, loader: FakeLoader, fault: Callable[[FakeLoader], str]
) -> None:
    part = fault(loader)
    client = make_client()
    lenient = client.post("/v1/score", json=question(CLEAN)).json()
    strict = client.post("/v1/score", json=on_news() | {"context": {"surface": "forum"}}).json()
    assert ("pass", [part]) == (lenient["decision"], lenient["missing"])
    assert ("review", [part]) == (strict["decision"], strict["missing"])


def test_a_stuck_model_holds_the_comment_at_the_deadline(
    make_client: Make, loader: FakeLoader, stuck: StuckScorer
) -> None:
    loader.model = stuck
    client = make_client(options=HASTY)
    answer = client.post("/v1/score", json=on_news()).json()
    assert ("review", ["model"]) == (answer["decision"], answer["missing"])
    assert 50 <= answer["latency_ms"]
    answer = client.post("/v1/score", json=question(CLEAN, deadline_ms=20)).json()
    assert ("pass", True) == (answer["decision"], answer["degraded"])


def test_a_stuck_model_holds_every_item_of_a_batch(make_client: Make, loader: FakeLoader, stuck: StuckScorer) -> None:
    loader.model = stuck
    items = [on_news(deadline_ms=50), question(CLEAN, deadline_ms=50)]
    answered = make_client(options=HASTY).post("/v1/score:batch", json={"items": items}).json()["items"]
    assert ["review", "pass"] == [item["decision"] for item in answered]


class GoneDatabase(Database):
    """A real database that can be taken away under a running service."""

    def __init__(self, url: str, file: Path) -> None:
        super().__init__(url, busy_seconds=1)
        self.where, self.file = url, file

    def vanish(self) -> None:
        """SQLite's last connection that closes puts everything into the one file; PostgreSQL lets nobody in."""
        if self.where.startswith("sqlite"):
            self.close()
            self.file.rename(self.file.with_suffix(".elsewhere"))
        else:
            let_in(self.where, allowed=False)

    def come_back(self) -> None:
        if self.where.startswith("sqlite"):
            self.file.with_suffix(".elsewhere").rename(self.file)
        else:
            let_in(self.where, allowed=True)


@pytest.fixture
def vanishing(url: str, database: Database, keyring: Keyring, tmp_path: Path) -> Iterator[GoneDatabase]:
    database.close()  # SQLite remembers files that a process has open, also those that were renamed
    made = GoneDatabase(url, tmp_path / FILE)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("body", "held"),
    [(on_news(), True), (question(CLEAN), False), (on_news() | {"context": {"surface": "forum"}}, False)],
)
def test_without_a_database_nothing_is_answered_and_news_are_held(
    make_client: Make, vanishing: GoneDatabase, body: dict[str, Any], held: bool
) -> None:
    client = make_client(database=vanishing, options=STILL)
    vanishing.vanish()
    for headers in ({}, {"idempotency-key": "k"}):
        refused = client.post("/v1/score", json=body, headers=headers)
        assert 503 == refused.status_code
        assert ("review" if held else None) == refused.json().get("decision")
        assert "1" == refused.headers["retry-after"]
        assert vanishing.where.partition("://")[2].strip("/") not in refused.text
    assert 503 == client.post("/v1/score:batch", json={"items": [body]}).status_code


def test_what_is_not_stored_is_still_answered_without_a_database(make_client: Make, vanishing: GoneDatabase) -> None:
    client = make_client(database=vanishing, options=STILL)
    vanishing.vanish()
    assert 200 == client.post("/v1/score", json=question(CLEAN, store=False)).status_code


def test_a_database_that_comes_back_is_used_again(make_client: Make, vanishing: GoneDatabase) -> None:
    client = make_client(database=vanishing, options=STILL)
    vanishing.vanish()
    assert 503 == client.post("/v1/score", json=question(CLEAN)).status_code
    vanishing.come_back()
    answer = client.post("/v1/score", json=question(CLEAN)).json()
    with vanishing.reading() as look:
        assert [answer["decision_id"]] == [item.id for item in decisions.page(look).items]


def test_a_database_that_goes_in_the_middle_leaves_the_idempotency_key_unused(
    make_client: Make, vanishing: GoneDatabase, loader: FakeLoader, stuck: StuckScorer
) -> None:
    loader.model = stuck
    client = make_client(database=vanishing, options=STILL)
    key = {"idempotency-key": "k"}
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.post, "/v1/score", json=question(CLEAN), headers=key)
        assert stuck.reached.wait(10)
        vanishing.vanish()
        stuck.let_go.set()
        assert 503 == asked.result(30).status_code
    vanishing.come_back()
    assert 200 == client.post("/v1/score", json=question(CLEAN), headers=key).status_code


def test_a_key_that_cannot_be_looked_up_lets_nobody_in_and_holds_news(
    make_client: Make, vanishing: GoneDatabase
) -> None:
    client = make_client(database=vanishing, options=replace(STILL, open_without_keys=False))
    vanishing.vanish()
    refused = client.post("/v1/score", json=on_news(), headers={"authorization": "Bearer ck_1234abcd_secret"})
    assert (503, "review") == (refused.status_code, refused.json()["decision"])


def test_the_server_starts_without_a_model_and_says_what_is_missing(make_client: Make, loader: FakeLoader) -> None:
    loader.model = BROKEN
    client = make_client(options=PATIENT)
    told = client.get("/readyz")
    assert (503, ["model"]) == (told.status_code, told.json()["missing"])
    assert str(BROKEN) == told.json()["parts"]["model"]["detail"]
    assert 200 == client.get("/healthz").status_code


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_database_file_moved_under_open_connections_takes_no_answer_with_it(
    make_client: Make, database: Database, tmp_path: Path
) -> None:
    """SQLite would go on writing into the moved file: answers that nobody finds again."""
    client = make_client(options=STILL)
    assert 200 == client.post("/v1/score", json=question(CLEAN)).status_code
    (tmp_path / "chaffinch.db").rename(tmp_path / "elsewhere.db")
    assert 503 == client.post("/v1/score", json=question(CLEAN)).status_code
    assert 503 == client.get("/readyz").status_code
    (tmp_path / "elsewhere.db").rename(tmp_path / "chaffinch.db")
    assert 200 == client.post("/v1/score", json=question(CLEAN)).status_code


def test_zeros_of_nobody_are_told_by_the_tier_and_by_what_is_missing(make_client: Make, loader: FakeLoader) -> None:
    loader.model = BROKEN
    client = make_client()
    answer = score(client).json()
    assert {0.0} == {label["score"] for label in answer["labels"]}
    assert ("none", True, ["model"]) == (answer["model"]["tier"], answer["degraded"], answer["missing"])
    asked = {"comment": {"text": "what a fine day"}, "requestedAttributes": {"TOXICITY": {}}}
    assert 503 == client.post("/v1alpha1/comments:analyze", json=asked).status_code
    assert 503 == client.post("/v1/moderations", json={"input": "what a fine day"}).status_code
    form = {"blog": "https://blog.example", "user_ip": "203.0.113.7", "comment_content": "what a fine day"}
    said = client.post("/1.1/comment-check", data=form)
    assert (200, "model") == (said.status_code, said.headers["x-chaffinch-missing"])


def test_the_description_says_what_a_zero_without_a_model_is(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert "says nothing" in schemas["LabelAnswer"]["properties"]["score"]["description"]
    assert "no model judged" in schemas["ModelAnswer"]["properties"]["tier"]["description"]
