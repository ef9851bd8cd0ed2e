from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from records import decisions
from records.database import Database
from records.tables import idempotency
from serving.parts import utc_now
from tests.serving.asking import CLEAN, UNSURE, claim_one, question, score
from tests.serving.loaders import FakeLoader
from tests.serving.models import StuckScorer
from tests.serving.test_keys import CLOSED, create

KEY = {"idempotency-key": "order-66"}

Make = Callable[..., TestClient]


def stored(database: Database) -> int:
    with database.reading() as look:
        return len(decisions.page(look, limit=200).items)


def test_the_same_request_is_done_once_and_answered_the_same(client: TestClient, database: Database) -> None:
    first, second = (score(client, UNSURE, headers=KEY) for _ in range(2))
    assert first.json() == second.json()
    assert (1, "true") == (stored(database), second.headers["idempotency-replayed"])
    assert "idempotency-replayed" not in first.headers


def test_what_is_kept_of_a_request_confirms_no_guess_of_its_text(client: TestClient, database: Database) -> None:
    """The body's hash is keyed: whoever has the table alone cannot try texts and pseudonyms."""
    body = json.dumps(question(CLEAN, author={"id": "k-canary"})).encode()
    assert 200 == client.post("/v1/score", content=body, headers=KEY).status_code
    assert hashlib.sha256(body).digest() != kept_hash(database)
    assert hashlib.sha256(body).hexdigest().encode() not in kept_hash(database)


def test_what_was_kept_under_a_plain_hash_is_still_answered(client: TestClient, database: Database) -> None:
    """Rows of an earlier program, for the day that they live."""
    body = json.dumps(question(CLEAN)).encode()
    client.post("/v1/score", content=body, headers=KEY)
    with database.unit() as unit:
        unit.execute(update(idempotency).values(body_hash=hashlib.sha256(body).digest()))
        unit.commit()
    assert "true" == client.post("/v1/score", content=body, headers=KEY).headers["idempotency-replayed"]
    assert 422 == client.post("/v1/score", json=question(UNSURE), headers=KEY).status_code


def kept_hash(database: Database) -> bytes:
    with database.reading() as look:
        return bytes(look.execute(select(idempotency.c.body_hash)).scalar_one())


def test_another_body_under_the_same_key_is_refused(client: TestClient, database: Database) -> None:
    score(client, CLEAN, headers=KEY)
    refused = score(client, UNSURE, headers=KEY)
    assert (422, "Idempotency-Key") == (refused.status_code, refused.json()["errors"][0]["header"])
    assert 1 == stored(database)


def test_the_key_also_tells_addresses_apart(client: TestClient) -> None:
    score(client, CLEAN, headers=KEY)
    assert 422 == client.post("/v1/score:batch", json={"items": [question(CLEAN)]}, headers=KEY).status_code


def test_the_same_key_of_another_platform_is_another(make_client: Make, database: Database) -> None:
    client = make_client(options=CLOSED)
    told = [score(client, headers=KEY | create(database, "score")) for _ in range(2)]
    assert [200, 200] == [answer.status_code for answer in told]
    assert [] == [answer for answer in told if "idempotency-replayed" in answer.headers]
    assert 2 == stored(database)


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_cannot_be_kept_is_refused(client: TestClient, key: str) -> None:
    assert 422 == score(client, headers={"idempotency-key": key}).status_code


def test_a_refused_request_leaves_its_key_unused(client: TestClient, database: Database) -> None:
    assert 422 == score(client, "\u200b", headers=KEY).status_code
    assert 200 == score(client, CLEAN, headers=KEY).status_code
    assert 1 == stored(database)


def test_what_is_not_stored_needs_no_key_and_keeps_none(client: TestClient) -> None:
    assert 200 == score(client, CLEAN, store=False, headers=KEY).status_code
    assert 200 == score(client, UNSURE, store=False, headers=KEY).status_code


def test_a_batch_is_done_once(client: TestClient, database: Database) -> None:
    body = {"items": [question(CLEAN), question("")]}
    first, second = (client.post("/v1/score:batch", json=body, headers=KEY) for _ in range(2))
    assert first.json() == second.json()
    assert 1 == stored(database)


@pytest.fixture
def stuck() -> Iterator[StuckScorer]:
    scorer = StuckScorer()
    yield scorer
    scorer.let_go.set()


def test_while_it_is_in_progress_a_second_one_is_told_so(
    make_client: Make, loader: FakeLoader, stuck: StuckScorer, database: Database
) -> None:
    loader.model = stuck
    client = make_client()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(score, client, CLEAN, headers=KEY)
        assert stuck.reached.wait(10)
        second = score(client, CLEAN, headers=KEY)
        assert (409, "1") == (second.status_code, second.headers["retry-after"])
        stuck.let_go.set()
        assert 200 == first.result(20).status_code
    assert "true" == score(client, CLEAN, headers=KEY).headers["idempotency-replayed"]
    assert 1 == stored(database)


def test_many_at_once_are_done_once(client: TestClient, database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: score(client, CLEAN, headers=KEY), range(24)))
    assert {200, 409} >= {answer.status_code for answer in answers}
    assert 1 == len({answer.json()["decision_id"] for answer in answers if answer.status_code == 200})
    assert 1 == stored(database)


def test_after_a_day_the_key_is_free_again(make_client: Make, database: Database) -> None:
    late = [timedelta(0)]

    def now() -> datetime:
        return utc_now() + late[0]

    client = make_client(now=now)
    score(client, CLEAN, headers=KEY)
    late[0] = timedelta(hours=25)
    assert 200 == score(client, UNSURE, headers=KEY).status_code
    assert 2 == stored(database)


def test_no_text_is_kept_with_an_answer(client: TestClient, database: Database) -> None:
    """A claim shows texts; what is kept of its answer for a day holds none, and a replay looks them up again."""
    score(client, UNSURE + "金丝雀")
    first, second = (client.post("/v1/cases:claim", json={}, headers=KEY).json() for _ in range(2))
    assert first == second
    assert UNSURE + "金丝雀" == second["items"][0]["comment"]["text"]
    with database.reading() as look:
        kept = [str(row.response) for row in look.execute(select(idempotency))]
    assert kept
    assert not any("金丝雀" in response for response in kept)


def test_a_verdict_is_applied_once(client: TestClient) -> None:
    case = claim_one(client)
    body = {"verdict": "reject", "labels": ["advertising"], "lease_token": case["lease_token"]}
    path = f"/v1/cases/{case['id']}/verdict"
    first, second = (client.post(path, json=body, headers=KEY) for _ in range(2))
    assert (200, first.json()) == (second.status_code, second.json())
    assert 409 == client.post(path, json=body).status_code
