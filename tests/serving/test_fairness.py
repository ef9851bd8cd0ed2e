"""No key starves another: turns in every queue, and a rate for each key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from moderation.comment import Comment
from moderation.normaliser import Normalised
from moderation.pipeline import Engine
from moderation.ports import Scored
from records import keys
from records.database import Database
from serving.errors import OverloadedError, TooOftenError
from serving.fairness import FairQueue, Limits, Pace
from serving.inference import Inference, Judged
from serving.parts import utc_now
from tests.fakes import KeywordScorer
from tests.serving.asking import CLEAN, question, score
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader, shipped_policies, shipped_rules, taxonomy
from tests.serving.models import StuckScorer

CLOSED = replace(PATIENT, open_without_keys=False)

Make = Callable[..., TestClient]


class Item:
    """Told apart by identity, as requests are."""

    def __init__(self, name: str) -> None:
        self.name = name


def put(queue: FairQueue[Item], *names: str) -> list[Item]:
    """Each under the key that its first letter is."""
    items = [Item(name) for name in names]
    for item in items:
        queue.put(item.name[0], item)
    return items


def names(items: Sequence[Item]) -> list[str]:
    return [item.name for item in items]


def test_keys_take_turns_and_each_keeps_its_order() -> None:
    queue = FairQueue[Item]("model", 9)
    put(queue, "a1", "a2", "a3", "b1", "c1", "c2")
    assert (["a1", "b1", "c1", "a2"], False) == (names(queue.take(4)[0]), False)
    put(queue, "b2")
    assert ["c2", "a3", "b2"] == names(queue.take(9)[0])


def test_a_full_queue_makes_room_at_the_cost_of_who_has_most() -> None:
    queue = FairQueue[Item]("model", 4)
    put(queue, "a1", "a2", "a3", "a4")
    gone = queue.put("b", Item("b1"))
    assert gone is not None
    assert "a4" == gone.name
    assert "a3" == getattr(queue.put("b", Item("b2")), "name", None)
    for key in "ab":  # two and two: nobody has more than a fair share
        with pytest.raises(OverloadedError):
            queue.put(key, Item("late"))
        with pytest.raises(OverloadedError):
            queue.check_room(key)
    queue.check_room("c")
    assert ["a1", "b1", "a2", "b2"] == names(queue.take(9)[0])


def test_what_is_worked_on_has_its_place_until_it_leaves() -> None:
    queue = FairQueue[Item]("model", 2)
    first, second = put(queue, "a1", "a2")
    queue.take(2)
    with pytest.raises(OverloadedError):
        queue.put("b", Item("b1"))
    queue.left(first)
    queue.left(first)
    assert 1 == queue.waiting
    queue.put("b", Item("b1"))
    queue.left(second)
    assert (1, ["b1"]) == (queue.waiting, names(queue.take(2)[0]))


def test_who_stopped_waiting_has_no_place_to_give_up() -> None:
    queue = FairQueue[Item]("model", 3)
    a1, _, a3 = put(queue, "a1", "a2", "a3")
    queue.left(a3)
    put(queue, "b1")
    gone = queue.put("c", Item("c1"))
    assert gone is not None
    assert ("a2", 3) == (gone.name, queue.waiting)
    assert a1 in queue.take(9)[0]


def test_a_closed_queue_gives_what_waits_and_then_ends() -> None:
    queue = FairQueue[Item]("model", 3)
    put(queue, "a1", "a2")
    queue.close()
    assert (["a1"], False) == (names((taken := queue.take(1))[0]), taken[1])
    assert (["a2"], True) == (names((taken := queue.take(1))[0]), taken[1])


def test_one_slow_batch_says_nothing_of_the_pace() -> None:
    pace = Pace()
    assert 64 == pace.fitting(0.1, 64)
    for seconds in (0.004, 0.004, 3.0, 0.004):
        pace.note(seconds, 1)
    assert (0.004, 25) == (pace.each, pace.fitting(0.1, 64))
    pace.note(10.0, 1)
    assert 1 == Pace().fitting(0.1, 1)


@pytest.fixture
def stuck() -> Iterator[StuckScorer]:
    scorer = StuckScorer()
    yield scorer
    scorer.let_go.set()


def test_a_key_that_fills_the_queue_refuses_itself_and_nobody_else(stuck: StuckScorer) -> None:
    inference = Inference(most_waiting=8, stuck_after=60)
    inference.start()
    on = Engine(taxonomy(), shipped_rules(), shipped_policies(), stuck)
    reading = on.read(Comment(text=CLEAN))

    async def offer() -> tuple[list[Judged | BaseException], list[Judged]]:
        def ask(by: str) -> asyncio.Task[Judged]:
            return asyncio.create_task(inference.judge(on, reading, within=60, by=by))

        greedy = [ask("greedy")]
        await asyncio.to_thread(stuck.reached.wait, 10)  # this one is in the model's hands, the others wait
        greedy += [ask("greedy") for _ in range(19)]
        await asyncio.sleep(0)
        modest = [ask("modest") for _ in range(3)]
        await asyncio.sleep(0)
        stuck.let_go.set()
        return await asyncio.gather(*greedy, return_exceptions=True), await asyncio.gather(*modest)

    greedy, modest = asyncio.run(offer())
    inference.stop()
    refused = [outcome for outcome in greedy if isinstance(outcome, OverloadedError)]
    assert (15, 3) == (len(refused), len(modest))
    assert not any(judged.decision.degraded for judged in modest)
    assert 0 == inference.waiting


class SlowScorer(KeywordScorer):
    """Twenty comments a second."""

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        time.sleep(0.05 * len(texts))
        return super().score(texts)


def test_what_the_model_would_not_come_to_in_time_is_refused_at_once() -> None:
    inference = Inference(stuck_after=60)
    inference.start()
    on = Engine(taxonomy(), shipped_rules(), shipped_policies(), SlowScorer({}))
    reading = on.read(Comment(text=CLEAN))

    async def offer() -> list[Judged | BaseException]:
        await inference.judge(on, reading, within=60)
        return await asyncio.gather(
            *(inference.judge(on, reading, within=2.0) for _ in range(400)), return_exceptions=True
        )

    outcomes = asyncio.run(offer())
    inference.stop()
    refused = [outcome for outcome in outcomes if isinstance(outcome, OverloadedError)]
    assert 1 <= 400 - len(refused) <= 40
    assert 400 == len(refused) + sum(isinstance(outcome, Judged) for outcome in outcomes)


def test_one_whose_time_is_over_before_a_busy_model_is_asked_is_refused_and_not_decided_unseen() -> None:
    inference = Inference(stuck_after=60)
    inference.start()
    on = Engine(taxonomy(), shipped_rules(), shipped_policies(), SlowScorer({}))
    reading = on.read(Comment(text=CLEAN))

    async def offer() -> None:
        await inference.judge(on, reading, within=60)
        busy = asyncio.create_task(inference.judge(on, reading, within=60))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await inference.judge(on, reading, within=-0.1, deadline=20)
        await busy
        while inference._thread.begun is not None:
            await asyncio.sleep(0.01)
        assert (await inference.judge(on, reading, within=-0.1, deadline=20)).decision.degraded

    asyncio.run(offer())
    inference.stop()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_a_second_and_fills_at_its_rate() -> None:
    clock = Clock()
    limits = Limits(clock)
    for _ in range(4):
        limits.take("a", 4)
    with pytest.raises(TooOftenError) as refused:
        limits.take("a", 4)
    assert 1 == refused.value.retry_after
    limits.take("b", 4)
    clock.now += 0.25
    limits.take("a", 4)
    with pytest.raises(TooOftenError):
        limits.take("a", 4)


def test_a_batch_leaves_a_debt() -> None:
    clock = Clock()
    limits = Limits(clock)
    limits.take("a", 2)
    limits.charge("a", 2, 9)
    with pytest.raises(TooOftenError) as refused:
        limits.take("a", 2)
    assert 5 == refused.value.retry_after
    clock.now += refused.value.retry_after
    limits.take("a", 2)


def test_a_rate_below_one_lets_one_through() -> None:
    clock = Clock()
    limits = Limits(clock)
    limits.take("a", 0.1)
    with pytest.raises(TooOftenError) as refused:
        limits.take("a", 0.1)
    assert 10 == refused.value.retry_after


def created(database: Database, rate: float | None) -> tuple[dict[str, str], str]:
    """A new key as a header, and its prefix."""
    with database.unit() as unit:
        record, key = keys.create(unit, "shop", scopes=["score"], now=utc_now(), rate=rate)
        unit.commit()
    return {"authorization": f"Bearer {key}"}, record.prefix


def refused_for_rate(client: TestClient) -> bool:
    return 'chaffinch_refused_total{part="rate"}' in client.get("/metrics").text


def test_a_key_that_asks_too_often_is_told_when_to_come_back(make_client: Make, database: Database) -> None:
    client = make_client(options=CLOSED)
    (slow, prefix), (other, _) = created(database, 0.0001), created(database, None)
    assert 200 == score(client, headers=slow).status_code
    refused = score(client, headers=slow)
    assert (429, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert 9_000 <= int(refused.headers["retry-after"]) <= 10_000
    assert refused_for_rate(client)
    assert [200] * 5 == [score(client, headers=other).status_code for _ in range(5)]
    with database.unit() as unit:
        assert 1000 == keys.limit(unit, prefix, 1000).rate
        unit.commit()
    client.app.state.machinery.gate._remembered.clear()  # type: ignore[attr-defined]
    time.sleep(0.01)  # ten comments' worth of time
    assert 200 == score(client, headers=slow).status_code


def test_the_setting_holds_for_keys_without_a_limit_and_a_batch_counts_its_items(
    make_client: Make, database: Database
) -> None:
    client = make_client(options=replace(CLOSED, rate=0.0001))
    mine, _ = created(database, None)
    items = {"items": [question(CLEAN)] * 3}
    assert 200 == client.post("/v1/score:batch", json=items, headers=mine).status_code
    refused = client.post("/v1/score:batch", json=items, headers=mine)
    assert 429 == refused.status_code
    assert 29_000 <= int(refused.headers["retry-after"]) <= 30_000
    text = client.post("/v1/moderations", json={"input": CLEAN}, headers=mine)
    assert (429, "rate_limit_exceeded") == (text.status_code, text.json()["error"]["code"])


def test_a_server_that_runs_open_counts_nobody(make_client: Make) -> None:
    client = make_client(options=replace(PATIENT, rate=0.0001))
    assert [200, 200] == [score(client).status_code for _ in range(2)]


def test_under_a_flood_of_one_key_another_is_answered(
    make_client: Make, database: Database, loader: FakeLoader, stuck: StuckScorer
) -> None:
    loader.model = stuck
    client = make_client(options=replace(CLOSED, most_scoring=4, stuck_after=60))
    (greedy, _), (modest, _) = created(database, None), created(database, None)
    inference = client.app.state.machinery.inference  # type: ignore[attr-defined]
    with ThreadPoolExecutor(6) as pool:
        flood = [pool.submit(score, client, headers=greedy)]
        assert stuck.reached.wait(20)
        flood += [pool.submit(score, client, headers=greedy) for _ in range(3)]
        deadline = time.monotonic() + 20
        while inference.waiting < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        asked = pool.submit(score, client, headers=modest)
        while not any(one.done() for one in flood) and time.monotonic() < deadline:
            time.sleep(0.01)
        stuck.let_go.set()
        assert 200 == asked.result(30).status_code
        assert [200, 200, 200, 429] == sorted(one.result(30).status_code for one in flood)
