"""From the outbox to receivers that answer, fail, hang, lie and go."""

from __future__ import annotations

import time
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from governance import webhooks as governing
from records import jobs, ledger, moved_away, outbox
from records.house_values import DeliveryRecord, DeliveryState, EndpointRecord, JobState
from records.ids import new_id
from records.outbox import NewEvent
from records.personal import Keyring, rotate
from records.tables import webhook_deliveries, webhook_events
from serving.parts import utc_now
from serving.webhooks import courier as couriers
from serving.webhooks.sending import Answer
from tests.serving.webhooks.receiver import Got, Receiver, Reply, receiving, until, unused_port
from tests.serving.webhooks.world import World

MINUTE = timedelta(minutes=1)


def taken_by(receiver: Receiver) -> list[Any]:
    return [got.message["data"]["n"] for got in receiver.got]


def is_quiet(world: World) -> bool:
    """Nothing waits, and no job is left behind."""
    with world.database.reading() as look:
        return not outbox.backlog(look) and not jobs.counts(look)


def test_an_event_is_sent_once_with_headers_that_the_reference_library_takes(world: World, receiver: Receiver) -> None:
    endpoint, secret = world.endpoint(receiver.url)
    [event_id] = world.events(label="gambling")
    with world.sending():
        until(lambda: is_quiet(world))
    [got] = receiver.got
    told = Webhook(secret).verify(got.body, dict(got.headers))
    assert ("decision.final", {"n": 0, "label": "gambling"}, event_id) == (told["type"], told["data"], got.id)
    assert "application/json" == got.headers["content-type"]
    assert ({"delivered": 1}, 1, 0) == (world.states(), world.of(endpoint.id).delivered, world.of(endpoint.id).failed)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(got.body + b" ", dict(got.headers))


def test_what_was_committed_before_a_kill_is_sent_after_the_restart(world: World, receiver: Receiver) -> None:
    world.endpoint(receiver.url)
    world.events(3)  # no worker was there, or it was killed before it looked
    with world.sending("the next"):
        until(lambda: is_quiet(world))
    assert [0, 1, 2] == sorted(taken_by(receiver))


def test_a_worker_killed_between_answer_and_note_has_it_sent_again_under_the_same_id(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.endpoint(receiver.url)
    [event_id] = world.events()
    first = world.courier("the killed")
    with monkeypatch.context() as patch:
        patch.setattr(couriers, "_settled", lambda *_: (_ for _ in ()).throw(OSError("killed here")))
        patch.setattr(first, "_put_off", lambda _: None)
        first.start()
        receiver.wait_for(1)
        first.stop()
    assert {"waiting": 1} == world.states()
    world.clock.ahead = 2 * MINUTE  # its lease runs out
    with world.sending("the next"):
        until(lambda: is_quiet(world))
    assert [event_id, event_id] == receiver.ids
    assert {"delivered": 1} == world.states()


def test_nothing_is_sent_from_records_that_were_copied_away(world: World, receiver: Receiver) -> None:
    world.endpoint(receiver.url)
    world.events()
    with world.database.unit() as unit:
        moved_away.begin(unit, "sqlite:////other.db", who="ada", now=utc_now())
        unit.commit()
    with world.sending("the old one"):
        time.sleep(2)
    assert ([], {"waiting": 1}) == (receiver.got, world.states())
    with world.database.unit() as unit:
        moved_away.take_back(unit)
        unit.commit()
    with world.sending("the old one again"):
        until(lambda: is_quiet(world))
    assert 1 == len(receiver.got)


def test_of_two_workers_each_event_is_sent_by_one(world: World) -> None:
    with ExitStack() as stack:
        receivers = [stack.enter_context(receiving()) for _ in range(3)]
        for receiver in receivers:
            world.endpoint(receiver.url)
        ids = world.events(12)
        for name in ("one", "two", "three"):
            stack.enter_context(world.sending(name))
        until(lambda: is_quiet(world))
        for receiver in receivers:
            assert sorted(ids) == sorted(receiver.ids)


def test_a_failed_event_comes_again_later_with_a_fresh_timestamp_and_the_same_id(
    world: World, receiver: Receiver
) -> None:
    receiver.behave = lambda _: Reply(500)
    endpoint, secret = world.endpoint(receiver.url)
    [event_id] = world.events()
    with world.sending():
        receiver.wait_for(1)
        until(lambda: world.of(endpoint.id).failures == 1)
        [waits] = world.all_in(DeliveryState.WAITING)
        assert (500, 1, "answered 500") == (waits.status, waits.attempts, waits.error)
        assert world.of(endpoint.id).failing_since is not None
        receiver.behave = lambda _: Reply(200, body=b"ok")
        world.clock.ahead = timedelta(minutes=4)
        until(lambda: is_quiet(world))
    first, second = receiver.got
    assert (event_id, event_id) == (first.id, second.id)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 240
    assert Webhook(secret).verify(second.body, dict(second.headers))
    assert (0, None) == (world.of(endpoint.id).failures, world.of(endpoint.id).failing_since)


def test_it_is_given_up_after_three_days_and_not_before(world: World, receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(500)
    endpoint, _ = world.endpoint(receiver.url)
    world.events()
    began = world.clock()
    waits: list[timedelta] = []
    with world.sending():
        while not world.all_in(DeliveryState.DEAD):
            until(lambda: len(receiver.got) > len(waits))
            until(lambda: world.of(endpoint.id).failed > len(waits))
            for waiting in world.all_in(DeliveryState.WAITING):
                world.clock.ahead += max(waiting.next_at - world.clock(), MINUTE)
            waits.append(world.clock() - began)
    [dead] = world.all_in(DeliveryState.DEAD)
    assert dead.settled_at is not None
    assert timedelta(days=3) <= dead.settled_at - began <= timedelta(days=3, minutes=5)
    assert 10 <= dead.attempts == len(receiver.got) <= 25
    assert 1 == world.of(endpoint.id).died


def test_410_disables_and_what_happens_then_becomes_dead_letters(world: World, receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(410)
    endpoint, _ = world.endpoint(receiver.url)
    world.events(20)
    with world.sending():
        until(lambda: world.of(endpoint.id).disabled_at is not None)
        until(lambda: is_quiet(world))
        seen = len(receiver.got)
        world.events()
        time.sleep(0.2)
    assert (seen, "it answered 410 (gone)") == (len(receiver.got), world.of(endpoint.id).disabled_why)
    assert seen <= couriers.AT_ONCE
    assert {"dead": 21} == world.states()
    with world.database.reading() as look:
        entry = ledger.page(look, subject_id=endpoint.id).items[-1]
    assert "webhook.disabled" == entry.kind
    assert b'"machine"' in entry.body


def test_dead_letters_are_replayed_once_the_endpoint_is_enabled(world: World, receiver: Receiver) -> None:
    endpoint, _ = world.endpoint(receiver.url)
    with world.database.unit() as unit:
        governing.disable(unit, endpoint.id, by="mia", why="moving", now=world.clock())
        unit.commit()
    ids = world.events(3)
    with world.database.unit() as unit:
        governing.enable(unit, endpoint.id, by="mia", why="moved", now=world.clock())
        [one, *_] = outbox.page(unit, DeliveryState.DEAD).items
        assert 1 == governing.replay(unit, endpoint.id, by="mia", ids=[one.id], now=world.clock())
        unit.commit()
    with world.sending():
        until(lambda: is_quiet(world))
        assert [one.event_id] == receiver.ids
        with world.database.unit() as unit:
            assert 2 == governing.replay(unit, endpoint.id, by="mia", now=world.clock())
            unit.commit()
        until(lambda: is_quiet(world))
    assert sorted(ids) == sorted(receiver.ids)


def test_while_a_secret_rolls_both_sign_and_then_one(world: World, receiver: Receiver) -> None:
    endpoint, old = world.endpoint(receiver.url)
    overlap = timedelta(hours=1)
    with world.database.unit() as unit:
        _, new = governing.rotate(
            unit, endpoint.id, overlap=overlap, by="mia", why="yearly", keyring=world.keyring, now=world.clock()
        )  # fmt: skip
        unit.commit()
    world.events()
    with world.sending():
        [during] = receiver.wait_for(1)
        world.clock.ahead = timedelta(hours=2)
        world.events()
        after = receiver.wait_for(2)[1]
    for secret in (old, new):
        assert Webhook(secret).verify(during.body, dict(during.headers))
    assert (2, 1) == tuple(len(got.headers["webhook-signature"].split(" ")) for got in (during, after))
    signature = Webhook(new).sign(after.id, moment_of(after), after.body.decode())
    assert signature == after.headers["webhook-signature"]


def moment_of(got: Got) -> datetime:
    return datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)


def test_a_clock_that_is_off_is_refused_by_the_receiver_and_tried_again_once_it_is_right(
    world: World, receiver: Receiver
) -> None:
    secrets: list[str] = []

    def strict(got: Got) -> Reply:
        try:
            Webhook(secrets[0]).verify(got.body, dict(got.headers))
        except WebhookVerificationError:
            return Reply(400)
        return Reply()

    receiver.behave = strict
    world.clock.ahead = timedelta(minutes=-20)
    secrets.append(world.endpoint(receiver.url)[1])
    world.events()
    with world.sending():
        receiver.wait_for(1)
        until(lambda: world.all_in(DeliveryState.WAITING)[0].status == 400)
        world.clock.ahead = timedelta(0)
        until(lambda: is_quiet(world))
    assert {"delivered": 1} == world.states()


def test_a_clock_set_back_loses_nothing_and_sends_nothing_twice(world: World, receiver: Receiver) -> None:
    world.endpoint(receiver.url)
    world.clock.ahead = timedelta(hours=1)
    world.events(2)
    world.clock.ahead = timedelta(0)
    with world.sending():
        time.sleep(0.2)
        assert [] == receiver.got
        world.clock.ahead = timedelta(hours=1, minutes=1)
        until(lambda: is_quiet(world))
    assert 2 == len(set(receiver.ids)) == len(receiver.ids)


@pytest.mark.parametrize("bad", ["hangs", "refuses", "fails"])
def test_one_bad_endpoint_delays_no_other(world: World, receiver: Receiver, bad: str) -> None:
    replies = {"hangs": Reply(wait=600), "fails": Reply(500)}
    with receiving(lambda _: replies[bad]) as slow:
        world.seconds = 600
        world.endpoint(f"http://127.0.0.1:{unused_port()}/" if bad == "refuses" else slow.url)
        world.endpoint(receiver.url)
        ids = world.events(30)
        with world.sending():
            receiver.wait_for(30)
            assert slow.at_once == (couriers.AT_ONCE if bad == "hangs" else 0)
            slow.let_go.set()
        assert sorted(ids) == sorted(receiver.ids)
    assert len(slow.got) <= 4 * couriers.AT_ONCE, "what does not answer is tried with single events, and rests"


def test_what_does_not_answer_is_asked_again_with_one_event(world: World, receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(503)
    endpoint, _ = world.endpoint(receiver.url)
    world.events(20)
    asked = [0]
    with world.sending():
        for failures in (1, 2, 3):
            until(lambda: world.of(endpoint.id).failures == failures)  # noqa: B023 - used at once
            asked.append(len(receiver.got))
            world.clock.ahead += MINUTE + timedelta(seconds=1)
    assert [couriers.AT_ONCE, 1, 1] == [after - before for before, after in pairwise(asked)]


def test_who_lays_a_job_down_waits_for_who_writes_an_event(world: World) -> None:
    """Written, not yet committed: the job still runs, so none is made; it must not end before it sees the event."""
    endpoint, _ = world.endpoint("https://hooks.example.com/")
    [first] = world.events()
    with world.database.unit() as unit:
        [job] = jobs.claim(unit, "one", now=world.clock(), kinds=(outbox.JOB,))
        [sent] = outbox.take(unit, endpoint.id, count=4, now=world.clock())
        unit.commit()
    assert first == sent.event_id
    courier = world.courier()
    with ThreadPoolExecutor(1) as pool:
        with world.database.unit() as unit:
            event = NewEvent("decision.final", "v-2", {"n": 2}, world.clock())
            second = outbox.put(unit, event, now=world.clock())
            outbox.wake(unit, [endpoint.id], at=world.clock(), now=world.clock())
            noting = pool.submit(courier._next, job, [(sent, Answer(204, ""))], over=False)
            time.sleep(0.5)
            assert not noting.done()
            unit.commit()
        batch = noting.result(60)
    assert batch is not None
    assert [second] == [each.event_id for each in batch.deliveries]


def test_more_endpoints_that_hang_than_hands_hold_the_others_up_for_one_timeout(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(couriers, "ENDPOINTS_AT_ONCE", 2)
    with receiving(lambda _: Reply(wait=600)) as slow:
        world.seconds = 1
        for n in range(4):
            world.endpoint(f"{slow.url}/{n}")
        world.endpoint(receiver.url)
        world.events()
        with world.sending():
            receiver.wait_for(1)
            slow.let_go.set()
    assert {f"/hooks/{n}" for n in range(4)} >= {got.path for got in slow.got}


def test_an_answer_that_never_ends_is_cut_off_and_counts_by_its_head(world: World, receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(200, body=b"x" * 65536, pieces=20_000)
    world.endpoint(receiver.url)
    world.events()
    with world.sending():
        until(lambda: is_quiet(world))
    assert {"delivered": 1} == world.states()
    until(lambda: receiver.at_once == 0)
    assert receiver.pieces_sent * 65536 < 20_000_000


def test_a_receiver_that_asks_for_time_gets_it(world: World, receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(429, {"retry-after": "600"})
    endpoint, _ = world.endpoint(receiver.url)
    world.events(2)
    with world.sending():
        until(lambda: world.of(endpoint.id).resting_until is not None)
        until(lambda: world.of(endpoint.id).failures == 1)
        resting = world.of(endpoint.id).resting_until
        assert resting is not None
        assert timedelta(minutes=9) < resting - world.clock() <= timedelta(minutes=10)
        seen = len(receiver.got)
        world.clock.ahead = timedelta(minutes=5)
        time.sleep(0.2)
        assert seen == len(receiver.got)


def test_an_event_that_one_receiver_cannot_take_holds_up_nothing_after_it(world: World, receiver: Receiver) -> None:
    receiver.behave = lambda got: Reply(422 if got.message["data"]["n"] == 0 else 204)
    world.endpoint(receiver.url)
    world.events(20)
    with world.sending():
        until(lambda: {"delivered": 19, "waiting": 1} == world.states())
    assert 1 == Counter(taken_by(receiver))[0]


def test_keys_that_were_rotated_while_a_worker_runs_are_opened_anew(
    world: World, receiver: Receiver, tmp_path: Path
) -> None:
    world.endpoint(receiver.url)
    world.events()
    folder = tmp_path / "keys"
    with world.sending():
        receiver.wait_for(1)
        world.keyring = rotate(world.database, folder, now=world.clock())
        endpoint, secret = world.endpoint(f"{receiver.url}/new")
        world.events()
        got = next(each for each in receiver.wait_for(3) if each.path.endswith("new"))
    assert Webhook(secret).verify(got.body, dict(got.headers))
    assert 0 == world.of(endpoint.id).failed


def test_a_worker_without_the_keys_sends_nothing_unsigned_and_tries_again(world: World, receiver: Receiver) -> None:
    world.endpoint(receiver.url)
    world.events()
    right, world.keys = world.keys, lambda: Keyring({9: b"x" * 32})
    with world.sending():
        time.sleep(0.3)
        assert ([], 0) == (receiver.got, world.all_in(DeliveryState.WAITING)[0].attempts)
        world.keys = right
        world.clock.ahead = 2 * MINUTE
        until(lambda: is_quiet(world))
    assert 1 == len(receiver.got)


def test_a_removed_endpoint_gets_nothing_more_and_leaves_no_secret(world: World, receiver: Receiver) -> None:
    endpoint, _ = world.endpoint(receiver.url)
    world.events(5)
    with world.database.unit() as unit:
        governing.remove(unit, endpoint.id, by="mia", why="closed", now=world.clock())
        unit.commit()
    with world.sending():
        until(lambda: is_quiet(world))
    assert ([], {}) == (receiver.got, world.states())


def test_a_backlog_of_ten_thousand_is_never_held_at_once(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.database.dialect != "sqlite":
        pytest.skip("what is counted does not depend on the database")
    endpoint, _ = world.endpoint(receiver.url)
    fill(world, endpoint, 10_000)
    sizes: list[int] = []
    taken = outbox.take

    def counted(*given: Any, **named: Any) -> list[DeliveryRecord]:
        found = taken(*given, **named)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(outbox, "take", counted)
    tracemalloc.start()
    try:
        with world.sending():
            receiver.wait_for(100)
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(sizes) == couriers.AT_ONCE >= receiver.most_at_once
    assert peak < 6_000_000, "10,000 events of a thousand bytes were in memory at once"


def fill(world: World, endpoint: EndpointRecord, count: int) -> None:
    """So many events, of which one wakes the courier."""
    now, filler = world.clock(), "x" * 1000
    ids = [new_id() for _ in range(count)]
    told = {"type": "decision.final", "subject_id": "v-1", "data": {"n": 1, "filler": filler}, "happened_at": now}
    waits = {"endpoint_id": endpoint.id, "state": "waiting", "attempts": 0, "next_at": now, "made_at": now}
    with world.database.unit() as unit:
        unit.execute(insert(webhook_events), [{"id": each, **told} for each in ids])
        unit.execute(insert(webhook_deliveries), [{"id": each, "event_id": each, **waits} for each in ids])
        unit.commit()
    world.events()


def test_a_worker_that_lost_its_lease_notes_nothing(world: World, receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(wait=30)
    endpoint, _ = world.endpoint(receiver.url)
    world.events()
    with world.sending("the slow"):
        receiver.wait_for(1)
        with world.database.unit() as unit:
            [stolen] = jobs.claim(unit, "thief", now=world.clock() + 5 * MINUTE, kinds=(outbox.JOB,))
            unit.commit()
        receiver.let_go.set()
        until(lambda: receiver.at_once == 0)
        time.sleep(0.3)
        assert (JobState.RUNNING, "thief") == (job_of(world, stolen.id).state, job_of(world, stolen.id).lease_owner)
    assert ({"waiting": 1}, 0) == (world.states(), world.of(endpoint.id).delivered)


def job_of(world: World, job_id: str) -> Any:
    with world.database.reading() as look:
        return jobs.get(look, job_id)


def test_an_event_written_while_the_job_is_laid_down_is_not_forgotten(world: World, receiver: Receiver) -> None:
    world.endpoint(receiver.url)
    with world.sending():
        for n in range(30):
            world.events()
            time.sleep(0.01 * (n % 7))
        until(lambda: is_quiet(world))
    assert 30 == len(receiver.got)
