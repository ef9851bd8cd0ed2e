"""Webhooks in the console: a secret is shown once, everything has a reason, dead letters are sent again."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from records import outbox, webhooks
from tests.console.house import House, Visitor, csrf_in

URL = "https://platform.example/hooks/t0ken"


@pytest.fixture
def ada(house: House) -> Visitor:
    return house.logged_in("ada", "admin")


def post(visitor: Visitor, path: str, **form: object):  # noqa: ANN201
    return visitor.post(path, {"csrf": csrf_in(visitor.page("/help")), **form})


def added(house: House, visitor: Visitor) -> str:
    assert 200 == post(visitor, "/webhooks", url=URL, events=["decision.final"], description="shop").status_code
    with house.database.reading() as look:
        [endpoint] = webhooks.page(look).items
    return endpoint.id


def entries(house: House) -> list[str]:
    with house.database.reading() as look:
        query = text("SELECT kind FROM ledger WHERE kind LIKE 'webhook.%' ORDER BY id")
        return list(look.execute(query).scalars())


def test_a_secret_is_shown_once_and_stands_on_no_other_page(house: House, ada: Visitor) -> None:
    answer = post(ada, "/webhooks", url=URL, description="shop")
    [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    with house.database.reading() as look:
        [endpoint] = webhooks.page(look).items
    pages = ada.page("/webhooks") + ada.page(f"/webhooks/{endpoint.id}")
    assert (True, False) == (URL in pages, "whsec_" in pages)
    rolled = post(ada, f"/webhooks/{endpoint.id}", act="rotate", overlap="24", why="yearly")
    [other] = re.findall(r"whsec_[A-Za-z0-9+/=]+", rolled.text)
    assert other != secret
    assert ["webhook.added", "webhook.rotated"] == entries(house)


@pytest.mark.parametrize("url", ["http://platform.example/x", "https://127.0.0.1/x", "nonsense"])
def test_an_address_that_nothing_may_be_sent_to_is_refused_in_words(house: House, ada: Visitor, url: str) -> None:
    answer = post(ada, "/webhooks", url=url, description="kept")
    assert (422, True) == (answer.status_code, 'value="kept"' in answer.text)
    assert [] == entries(house)


def test_an_endpoint_is_turned_off_and_on_and_taken_away_with_a_reason(house: House, ada: Visitor) -> None:
    place = f"/webhooks/{added(house, ada)}"
    assert 422 == post(ada, place, act="disable", why=" ").status_code
    for act in ("disable", "enable", "remove"):
        assert 303 == post(ada, place, act=act, why="asked for").status_code
    assert ["webhook.added", "webhook.disabled", "webhook.enabled", "webhook.removed"] == entries(house)
    assert 404 == ada.get(place).status_code
    assert 404 == post(ada, place, act="enable", why="x").status_code


def test_what_is_off_is_not_turned_off_again_and_an_act_that_nobody_knows_is_none(house: House, ada: Visitor) -> None:
    place = f"/webhooks/{added(house, ada)}"
    post(ada, place, act="disable", why="asked for")
    again = post(ada, place, act="disable", why="asked for")
    assert (409, True) == (again.status_code, "disabled already" in again.text)
    assert 422 == post(ada, place, act="explode", why="x").status_code


def test_dead_letters_are_shown_and_sent_again(house: House, ada: Visitor) -> None:
    endpoint_id = added(house, ada)
    event = outbox.NewEvent("decision.final", "subject", {"decision_id": "d"}, house.clock())
    with house.database.unit() as unit:
        outbox.put(unit, event, now=house.clock())
        [delivery] = outbox.take(unit, endpoint_id, count=5, now=house.clock())
        outbox.bury(unit, endpoint_id, error="it answered 500", now=house.clock())
        unit.commit()
    page = ada.page(f"/webhooks/{endpoint_id}")
    assert "it answered 500" in page
    assert delivery.id in page
    assert 404 == post(ada, f"/webhooks/{endpoint_id}", act="replay", delivery="unknown").status_code
    assert 303 == post(ada, f"/webhooks/{endpoint_id}", act="replay", delivery=delivery.id).status_code
    with house.database.reading() as look:
        assert 0 == outbox.count_dead(look, endpoint_id)
    assert "decision.final" in ada.page(f"/webhooks/{endpoint_id}?state=waiting")


def test_only_admins_see_where_platforms_are_told(house: House) -> None:
    assert 403 == house.logged_in("lea", "lead").get("/webhooks").status_code
