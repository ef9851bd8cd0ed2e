"""Many comments together, as the service sees them: counted, shared, remembered, shown to people once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from governance.complaint_rules import shipped
from moderation.behaviour import Seen
from moderation.comment import Author, Comment, Context
from moderation.contacts import find_contacts
from moderation.decision import Outcome
from moderation.normaliser import normalise
from moderation.rules import RuleSet
from moderation.rules.rule import Conditions, Range, Rule
from records import behaviour, campaigns, cases
from records.database import Database
from records.ids import new_id
from records.personal import Keyring
from records.storing import Answered, store_decisions
from records.unit_of_work import Reading
from serving.watcher import Watcher
from serving.worker import chores
from tests.records.factories import a_decision
from tests.serving.loaders import FakeLoader
from tests.serving.processes import running

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高"
LYRIC = "谁在用琵琶弹奏一曲东风破，岁月在墙上剥落看见小时候"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def body(text: str = ADVERT, *, author: int = 1, thread: int = 1, **options: Any) -> dict[str, Any]:
    return {
        "content": {"text": text},
        "author": {"id": f"a-{author}"},
        "context": {"thread_id": f"t-{thread}"},
        "options": options,
    }


def on(feature: str, at_least: float) -> RuleSet:
    when = Conditions(features={feature: Range(at_least=at_least)})
    rule = Rule("many.copies", "advertising", {"zh": "重复", "en": "Copies"}, Outcome.REVIEW, "g", when=when)
    return RuleSet([rule], "many")


def ask(client: TestClient, text: str = ADVERT, **more: Any) -> str:
    answer = client.post("/v1/score", json=body(text, **more))
    assert 200 == answer.status_code, answer.text
    return str(answer.json()["decision"])


def size_of_campaign(look: Reading, case_id: str) -> int:
    campaign = campaigns.of_case(look, case_id)
    assert campaign is not None
    return campaigns.size(look, campaign.id)


def test_a_rule_may_ask_how_many_copies_came(make_client: Callable[..., TestClient], loader: FakeLoader) -> None:
    loader.rules = on("duplicates_1h", 3)
    client = make_client()
    assert ["pass", "pass", "review"] == [ask(client, author=n, thread=n) for n in range(3)]


def test_copies_within_one_batch_count(make_client: Callable[..., TestClient], loader: FakeLoader) -> None:
    loader.rules = on("duplicates_1h", 5)
    items = [body(author=n) for n in range(6)]
    answered = make_client().post("/v1/score:batch", json={"items": items}).json()["items"]
    assert 2 == sum(answer["decision"] == "review" for answer in answered)


def test_what_is_not_stored_is_compared_and_does_not_count(
    make_client: Callable[..., TestClient], loader: FakeLoader
) -> None:
    loader.rules = on("duplicates_1h", 2)
    client = make_client()
    assert ["pass", "pass"] == [ask(client, store=False) for _ in range(2)]
    assert "pass" == ask(client)
    assert ["review", "review"] == [ask(client, store=False) for _ in range(2)]


def test_a_burst_opens_one_case_and_nobody_is_blocked(client: TestClient, database: Database) -> None:
    decided = [ask(client, f"{ADVERT}{n}", author=n, thread=n % 4) for n in range(25)]
    assert {"pass"} == set(decided)
    with database.reading() as look:
        [case] = cases.page(look).items
        assert "campaigns" == case.queue
        assert 25 == size_of_campaign(look, case.id)


@pytest.mark.parametrize("text", ["哈哈哈哈", LYRIC])
def test_what_goes_round_in_one_thread_brings_nobody_a_case(client: TestClient, database: Database, text: str) -> None:
    assert {"pass"} == {ask(client, text, author=n) for n in range(60)}
    with database.reading() as look:
        assert () == cases.page(look).items


def test_a_service_that_starts_again_goes_on_counting(
    make_client: Callable[..., TestClient], loader: FakeLoader
) -> None:
    loader.rules = on("duplicates_1h", 3)
    first = make_client()
    assert ["pass", "pass"] == [ask(first, author=n) for n in range(2)]
    assert "review" == ask(make_client(), author=3)


class Shop:
    """A worker without the service around it."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database, self.keyring, self.now = database, keyring, NOW
        self.watcher = Watcher(database, keyring, lambda: self.now)

    def see(self, author: int, *, text: str = ADVERT, stored: bool = True) -> Seen:
        comment = Comment(text, author=Author(f"a-{author}"), context=Context(thread_id=f"t-{author % 3}"))
        read = normalise(text)
        seen = self.watcher.count(comment, read, find_contacts(read))
        if stored:
            answered = [Answered(comment, a_decision(), new_id(), 1.0, seen=seen)]
            with self.database.unit() as unit:
                places = store_decisions(unit, answered, keyring=self.keyring, now=self.now)
                self.watcher.keep(unit, answered, places)
                unit.commit()
        return seen

    def copies(self, author: int) -> float:
        return self.see(author, stored=False).features["duplicates_1h"]


@pytest.fixture
def shops(database: Database, keyring: Keyring) -> tuple[Shop, Shop]:
    made = Shop(database, keyring), Shop(database, keyring)
    for shop in made:
        shop.watcher.start()
    return made


def test_workers_count_as_one_after_they_looked(shops: tuple[Shop, Shop]) -> None:
    one, other = shops
    for author in range(4):
        one.see(author)
    assert 1 == other.copies(9)
    assert [4, 0] == [other.watcher.follow(), other.watcher.follow()]
    assert 6 == other.copies(10)


def test_what_is_committed_late_is_found_all_the_same(shops: tuple[Shop, Shop]) -> None:
    one, other = shops
    other.now = NOW + timedelta(seconds=3)
    other.watcher.follow()
    one.see(1)
    other.now = NOW + timedelta(seconds=4)
    assert [1, 0] == [other.watcher.follow(), other.watcher.follow()]


def test_a_worker_is_not_told_its_own(shops: tuple[Shop, Shop]) -> None:
    one, _ = shops
    one.see(1)
    assert 0 == one.watcher.follow()
    assert 2 == one.copies(2)


def test_two_workers_in_one_burst_open_one_campaign(shops: tuple[Shop, Shop], database: Database) -> None:
    for author in range(24):
        shops[author % 2].see(author)
    with database.reading() as look:
        [case] = cases.page(look).items
        assert 24 == size_of_campaign(look, case.id)


def test_a_contact_from_five_accounts_is_a_campaign(shops: tuple[Shop, Shop], database: Database) -> None:
    for author in range(5):
        seen = shops[0].see(author, text=f"第{author}次了，加微信 abc8827k")
    assert 5 == seen.features["accounts_for_contact"]
    with database.reading() as look:
        assert ["campaigns"] == [case.queue for case in cases.page(look).items]


def test_a_link_that_many_share_is_no_contact(shops: tuple[Shop, Shop]) -> None:
    for author in range(6):
        seen = shops[0].see(author, text="看这个 https://www.example.org/news/today")
    assert "accounts_for_contact" not in seen.features


def test_neither_text_nor_pseudonym_is_kept(shops: tuple[Shop, Shop], database: Database, tmp_path: Path) -> None:
    shops[0].see(1, text=f"{ADVERT} 加微信 abc8827k")
    with database.reading() as look:
        [told] = behaviour.since(look, NOW - timedelta(hours=1), limit=9)
    kept = repr(told)
    assert all(word not in kept for word in ("高价", "abc8827k", "a-1", "t-1"))


def test_what_no_window_needs_is_forgotten(shops: tuple[Shop, Shop], database: Database) -> None:
    shops[0].see(1)
    [chore] = [chore for chore in chores(lambda: None, shipped()) if chore.name == "observations_forgotten"]
    for now, count in ((NOW + timedelta(hours=1), 0), (NOW + timedelta(hours=2, seconds=1), 1)):
        assert count == chore.do(database, now)


def test_a_killed_server_does_not_forget_a_running_burst(tmp_path: Path) -> None:
    for start, author in enumerate((range(9), range(9, 10))):
        with running(tmp_path) as server, server.client() as client:
            for n in author:
                assert 200 == client.post("/v1/score", json=body(author=n, thread=n % 3)).status_code
            server.kill()
        database = Database(f"sqlite:///{tmp_path / 'chaffinch.db'}")
        with database.reading() as look:
            waiting = sum(depth.waiting for depth in cases.depths(look) if depth.queue == "campaigns")
        database.close()
        assert start == waiting
