"""`/v1/webhooks`: what a platform does to its endpoints over HTTP."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from governance.events import DECISION_FINAL
from governance.targets import Targets
from moderation.errors import InvalidInputError
from records import keys, ledger, outbox, webhooks
from records.database import Database
from records.house_values import DeliveryState
from records.outbox import NewEvent
from records.personal import open_keyring
from serving.app import create_app
from serving.engine_holder import EngineHolder
from serving.parts import Parts, utc_now
from serving.webhooks.answers import DeliveryPage, EndpointAnswer, EndpointPage, ReplayAnswer, SecretAnswer
from serving.webhooks.sending import Answer, Sender
from tests.fakes import KeywordScorer
from tests.records.databases import new_sqlite_url
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader

URL = "https://hooks.example.com/t0ken"
WHY = {"reason": "yearly"}
Make = Callable[..., TestClient]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = Database(new_sqlite_url(tmp_path), busy_seconds=20)
    yield made
    made.close()


@pytest.fixture
def client(store: Database, tmp_path: Path) -> Iterator[TestClient]:
    """With a key of an admin; those of others are asked for by name."""
    keyring, made_first = open_keyring(store, tmp_path / "keys", now=utc_now()), key(store, "mia", "admin")
    with serving(Parts(store, keyring, EngineHolder(FakeLoader(KeywordScorer({}))), options=PATIENT)) as made:
        made.headers["authorization"] = f"Bearer {made_first}"
        yield made


@contextmanager
def serving(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts), base_url="http://localhost", raise_server_exceptions=False) as made:
        yield made


def key(store: Database, name: str, scope: str) -> str:
    with store.unit() as unit:
        _, made = keys.create(unit, name, scopes=[scope], now=utc_now())
        unit.commit()
    return made


def added(client: TestClient, **more: Any) -> dict[str, Any]:
    answered = client.post("/v1/webhooks", json={"url": URL, **more})
    assert 200 == answered.status_code, answered.text
    return SecretAnswer.model_validate(answered.json()).model_dump()


def told(store: Database) -> None:
    """Something happens that every endpoint hears of."""
    with store.unit() as unit:
        outbox.put(unit, NewEvent(DECISION_FINAL, "v-1", {"n": 1}, utc_now()), now=utc_now())
        unit.commit()


def signing(store: Database, endpoint_id: str) -> int:
    with store.reading() as look:
        return len(webhooks.secrets_of(look, endpoint_id, now=utc_now()))


def entries(store: Database) -> list[tuple[str, str, str]]:
    with store.reading() as look:
        found = ledger.page(look, limit=200).items
    bodies = [json.loads(entry.body) for entry in found if entry.kind.startswith("webhook.")]
    return [(body["kind"], body["actor"]["kind"], body["reason"]) for body in bodies]


def test_an_endpoint_is_added_shown_and_taken_away(client: TestClient, store: Database) -> None:
    made = added(client, events=[DECISION_FINAL], description="the shop's")
    assert made["secret"].startswith("whsec_")
    shown = client.get(f"/v1/webhooks/{made['id']}").json()
    assert "secret" not in shown
    assert EndpointAnswer.model_validate(shown).model_dump() == {
        name: value for name, value in made.items() if name not in ("secret", "made_at")
    }
    assert [shown] == EndpointPage.model_validate(client.get("/v1/webhooks").json()).model_dump()["items"]
    removed = client.request("DELETE", f"/v1/webhooks/{made['id']}", json={"reason": "moved"})
    assert "removed" == removed.json()["state"]
    assert (404, 0) == (client.get(f"/v1/webhooks/{made['id']}").status_code, signing(store, made["id"]))
    assert [("webhook.added", "key", "added"), ("webhook.removed", "key", "moved")] == entries(store)


def test_a_secret_is_rolled_with_an_overlap_or_without(client: TestClient, store: Database) -> None:
    made = added(client)
    rolled = client.post(f"/v1/webhooks/{made['id']}/rotate", json=WHY).json()
    assert (True, 2) == (rolled["secret"] != made["secret"], signing(store, made["id"]))
    last = client.post(f"/v1/webhooks/{made['id']}/rotate", json=WHY | {"overlap_hours": 0}).json()
    assert (3, 1) == (len({made["secret"], rolled["secret"], last["secret"]}), signing(store, made["id"]))


def test_the_same_request_again_has_the_same_secret_and_what_is_kept_has_none(
    client: TestClient, store: Database
) -> None:
    asked = {"headers": {"idempotency-key": "k-1"}, "json": {"url": URL}}
    first, again = client.post("/v1/webhooks", **asked), client.post("/v1/webhooks", **asked)
    assert first.json() == again.json()
    assert "true" == again.headers["idempotency-replayed"]
    endpoint_id, secret = first.json()["id"], first.json()["secret"]
    assert secret.encode() not in b"".join(each.read_bytes() for each in Path(store.address[10:]).parent.glob("*.db*"))
    client.post(f"/v1/webhooks/{endpoint_id}/rotate", json=WHY | {"overlap_hours": 0})
    assert client.post("/v1/webhooks", **asked).json()["secret"] is None


def test_what_died_while_it_was_disabled_is_shown_and_sent_again(client: TestClient, store: Database) -> None:
    made = added(client)
    one = f"/v1/webhooks/{made['id']}"
    assert "disabled" == client.post(f"{one}/disable", json=WHY).json()["state"]
    assert 409 == client.post(f"{one}/disable", json=WHY).status_code
    told(store)
    assert (0, 1) == tuple(client.get(one).json()[name] for name in ("waiting", "dead"))
    assert 409 == client.post(f"{one}/replay").status_code
    assert "enabled" == client.post(f"{one}/enable", json=WHY).json()["state"]
    (dead,) = DeliveryPage.model_validate(client.get(f"{one}/deliveries").json()).items
    assert (DECISION_FINAL, {"n": 1}) == (dead.type, dead.data)
    assert 404 == client.post(f"{one}/replay", json={"ids": ["no-such"]}).status_code
    assert 1 == ReplayAnswer.model_validate(client.post(f"{one}/replay", json={"ids": [dead.id]}).json()).replayed
    assert [dead.id] == [each["id"] for each in client.get(f"{one}/deliveries?state=waiting").json()["items"]]
    with store.reading() as look:
        assert utc_now() - outbox.find(look, [dead.id])[0].next_at < timedelta(minutes=5)
        assert () == outbox.page(look, DeliveryState.DEAD).items


def test_every_fault_of_an_endpoint_is_told_where_it_lies(client: TestClient) -> None:
    refused = client.post(
        "/v1/webhooks",
        json={"url": "http://10.0.0.7/x#y", "events": ["decision.final", "emergency.startd", "nothing"]},
    )
    assert (422, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert ["/url", "/url", "/url", "/events", "/events"] == [each["pointer"] for each in refused.json()["errors"]]
    late = client.post("/v1/webhooks/no-such/rotate", json={"reason": " ", "overlap_hours": 721})
    assert {"/reason", "/overlap_hours"} == {each["pointer"] for each in late.json()["errors"]}
    assert 404 == client.post("/v1/webhooks/no-such/rotate", json=WHY).status_code


@pytest.mark.parametrize("scope", ["score", "feedback", "records"])
def test_only_an_admin_s_key_sees_or_changes_them(client: TestClient, store: Database, scope: str) -> None:
    headers = {"authorization": f"Bearer {key(store, 'other', scope)}"}
    for method, path, body in (
        ("GET", "/v1/webhooks", None),
        ("POST", "/v1/webhooks", {"url": URL}),
        ("GET", "/v1/webhooks/x", None),
        ("DELETE", "/v1/webhooks/x", WHY),
        ("POST", "/v1/webhooks/x/rotate", WHY),
        ("POST", "/v1/webhooks/x/replay", None),
    ):
        assert 403 == client.request(method, path, json=body, headers=headers).status_code
    assert {"items": [], "next_cursor": None} == client.get("/v1/webhooks").json()


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f.1", "0x7f000001", "127.1", "0177.0.0.1", "10.0x1", "1.2.3.256",
        "127.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1%25eth0]",
        "localhost", "LocalHost", "localhost.", "shop.localhost", "127.0.0.1.", "hooks.example.com.", "127%2e0.0.1",
        "user@hooks.example.com", "user:word@hooks.example.com", "0", "0x",
    ],
)  # fmt: skip
def test_hosts_in_disguise_are_refused_when_they_are_added_and_when_something_is_sent(
    client: TestClient, host: str
) -> None:
    refused = client.post("/v1/webhooks", json={"url": f"https://{host}/hook"})
    assert 422 == refused.status_code
    [fault] = refused.json()["errors"]
    assert "/url" == fault["pointer"]
    sent = asyncio.run(_sent(f"https://{host}/hook"))
    assert fault["detail"] in sent.error


async def _sent(url: str) -> Answer:
    async def nowhere(_: str, __: int) -> list[str]:
        raise AssertionError("it was resolved")

    async with Sender(Targets(), resolve=nowhere) as sender:
        return await sender.send(url, b"{}", {})


@pytest.mark.parametrize(
    "host", ["hooks.example.com", "203.0.113.7.example.com", "x1.example", "0x7f.example", "1.1.1.1"]
)
def test_plain_hosts_may_be_told(client: TestClient, host: str) -> None:
    assert 200 == client.post("/v1/webhooks", json={"url": f"https://{host}/hook"}).status_code


def test_localhost_may_be_told_where_the_loopback_network_is_allowed() -> None:
    near = Targets((ipaddress.ip_network("127.0.0.0/8"),), http=True)
    assert "localhost" == near.check("http://localhost:9000/x").hostname
    with pytest.raises(InvalidInputError, match="in disguise"):
        near.check("http://127.1/")


def test_an_address_is_told_once_of_an_event(client: TestClient) -> None:
    first = client.post("/v1/webhooks", json={"url": URL, "events": ["decision.final", "appeal.resolved"]}).json()
    other = client.post("/v1/webhooks", json={"url": URL, "events": ["model.promoted"]})
    assert 200 == other.status_code
    for url in (URL, URL.replace("https://", "HTTPS://")):
        for events in ([], ["decision.final"]):
            refused = client.post("/v1/webhooks", json={"url": url, "events": events})
            assert 409 == refused.status_code
            assert first["id"] in refused.json()["detail"]
            assert "decision.final" in refused.json()["detail"]
    assert 2 == len(client.get("/v1/webhooks").json()["items"])
    client.request("DELETE", f"/v1/webhooks/{first['id']}", json={"reason": "moved"})
    assert 200 == client.post("/v1/webhooks", json={"url": URL, "events": ["decision.final"]}).status_code


def test_a_disabled_endpoint_is_to_be_enabled_and_not_added_again(client: TestClient) -> None:
    first = client.post("/v1/webhooks", json={"url": URL}).json()
    client.post(f"/v1/webhooks/{first['id']}/disable", json={"reason": "moved"})
    refused = client.post("/v1/webhooks", json={"url": URL})
    assert 409 == refused.status_code
    assert "enable it" in refused.json()["detail"]
