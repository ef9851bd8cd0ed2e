"""The challenger beside the answers: scored later, by one worker, bounded, and seen by nobody who is answered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from moderation.decision import Outcome
from moderation.policy import Policy
from records import comments, shadow
from records.database import Database
from records.personal import Keyring
from records.shadow import LEASE, Cell, ShadowRun
from registry.names import CHALLENGER, CHAMPION, MODEL_NAME
from registry.ngrams import Ngrams
from registry.pointers import Pointer, remove_pointer, write_pointer
from serving import shadow as serving_shadow
from serving.parts import Options, utc_now
from serving.shadow import RETRY_SECONDS, Shadow
from serving.worker import Worker
from tests.records.factories import a_comment, a_decision, an_answer, put
from tests.serving.bundles import make_bundle
from tests.serving.loaders import shipped_policies, taxonomy

PATIENT = Options(open_without_keys=True, deadline_ms=20_000, batch_deadline_ms=20_000, worker=False, access_log=False)


@dataclass
class World:
    """A home with a challenger, and workers whose clocks a test moves."""

    folder: Path
    database: Database
    keyring: Keyring
    ahead: timedelta = timedelta(seconds=30)
    seconds: float = 0.0
    policies: dict[str, Policy] = field(default_factory=lambda: dict(shipped_policies()))

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def tick(self) -> float:
        return self.seconds

    def settings(self, text: str = "share = 1.0\nper_second = 3\n") -> None:
        (self.folder / "shadow.toml").write_text(text, encoding="utf-8")

    def challenger(self, version: str = "4", **model: object) -> Pointer:
        pointer = make_bundle(self.folder / "bundles" / version, **model)  # type: ignore[arg-type]
        write_pointer(self.folder / "registry", MODEL_NAME, CHALLENGER, pointer)
        return pointer

    def worker(self) -> Shadow:
        return Shadow(
            self.database,
            taxonomy(),
            home=self.folder,
            configs=self.folder,
            policies=lambda: self.policies,
            now=self.now,
            clock=self.tick,
        )

    def turns(self, worker: Shadow, count: int = 1) -> None:
        for _ in range(count):
            self.seconds += 1
            worker.turn()

    def answered(self, *texts: str, policy: str = "") -> list[str]:
        decision = a_decision()
        reference = policy or shipped_policies()["default"].reference
        decision = replace(decision, versions=replace(decision.versions, policy=reference))
        some = [an_answer(a_comment(text), decision) for text in texts]
        return [stored.comment_id for stored in put(self.database, self.keyring, *some, now=utc_now())]

    def run(self) -> ShadowRun | None:
        with self.database.reading() as look:
            return next(iter(shadow.runs(look)), None)

    def cells(self) -> list[Cell]:
        run = self.run()
        assert run is not None
        with self.database.reading() as look:
            return shadow.cells(look, run.hash)

    def counted(self) -> tuple[int, int, int]:
        run = self.run()
        return (0, 0, 0) if run is None else (run.scored, run.agreed, run.left_out)


@pytest.fixture
def world(tmp_path: Path, database: Database, keyring: Keyring) -> World:
    made = World(tmp_path, database, keyring)
    made.settings()
    return made


def test_stored_decisions_are_held_against_the_challenger(world: World) -> None:
    world.challenger()
    world.answered("今天天气好", "来博彩吧")
    world.turns(world.worker())
    assert (2, 1, 0) == world.counted()
    found = {(cell.answered, cell.shadow, cell.cause) for cell in world.cells()}
    assert {(Outcome.PASS, Outcome.PASS, None), (Outcome.PASS, Outcome.BLOCK, "gambling")} == found


def test_at_most_so_many_a_second(world: World) -> None:
    world.challenger()
    world.answered(*(f"第{at}条" for at in range(8)))
    worker = world.worker()
    world.turns(worker)
    for _ in range(20):
        worker.turn()
    assert 3 == world.counted()[0]
    world.turns(worker, 5)
    assert 8 == world.counted()[0]


def test_what_is_older_than_it_may_be_is_left_where_it_is(world: World) -> None:
    world.challenger()
    world.settings("share = 1.0\nmax_age_minutes = 1\n")
    world.answered("旧的")
    world.ahead = timedelta(minutes=2)
    world.turns(world.worker())
    assert 0 == world.counted()[0]


def test_what_was_just_answered_waits_until_all_of_that_moment_is_on_disk(world: World) -> None:
    world.challenger()
    world.answered("刚刚")
    world.ahead = timedelta(0)
    worker = world.worker()
    world.turns(worker)
    assert 0 == world.counted()[0]
    world.ahead = timedelta(seconds=30)
    world.turns(worker)
    assert 1 == world.counted()[0]


def test_without_a_challenger_nothing_is_done_and_one_that_is_called_off_ends(world: World) -> None:
    worker = world.worker()
    world.answered("一")
    world.turns(worker)
    assert world.run() is None
    world.challenger()
    world.turns(worker)
    remove_pointer(world.folder / "registry", MODEL_NAME, CHALLENGER)
    world.answered("二")
    world.turns(worker, 3)
    assert 1 == world.counted()[0]
    assert worker._held is None


def test_a_challenger_that_became_champion_is_scored_no_more(world: World) -> None:
    pointer = world.challenger()
    worker = world.worker()
    world.answered("一")
    world.turns(worker)
    write_pointer(world.folder / "registry", MODEL_NAME, CHAMPION, pointer)
    world.answered("二")
    world.turns(worker, 2)
    assert (1, None) == (world.counted()[0], worker._held)


def test_another_challenger_is_taken_up_within_a_turn_and_counted_by_itself(world: World) -> None:
    world.challenger("4")
    worker = world.worker()
    world.answered("今天天气好")
    world.turns(worker)
    world.challenger("5", bias=3.0)
    world.turns(worker)
    with world.database.reading() as look:
        outcomes = {run.version: [cell.shadow for cell in shadow.cells(look, run.hash)] for run in shadow.runs(look)}
    assert {"4": [Outcome.PASS], "5": [Outcome.BLOCK]} == outcomes


def test_an_erased_text_and_a_policy_that_changed_since_are_left_out_and_counted(world: World) -> None:
    world.challenger()
    gone, _ = world.answered("会被删", "今天天气好")
    world.answered("旧规矩", policy="default@0")
    with world.database.unit() as unit:
        comments.erase(unit, gone, now=utc_now())
        unit.commit()
    world.turns(world.worker())
    assert (1, 1, 2) == world.counted()


def test_one_text_that_breaks_the_model_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.challenger()
    normal = serving_shadow.normalise

    def odd(text: str) -> object:
        if text == "坏坏坏":
            raise ValueError(text)
        return normal(text)

    monkeypatch.setattr(serving_shadow, "normalise", odd)
    world.answered("今天天气好", "坏坏坏", "今天天气真好")
    world.turns(world.worker())
    assert (2, 2, 1) == world.counted()
    told = capsys.readouterr()
    assert "坏坏坏" not in told.out + told.err


def test_a_bundle_that_cannot_be_loaded_is_told_and_taken_up_once_it_is_whole(world: World) -> None:
    pointer = world.challenger()
    shutil.move(pointer.path, world.folder / "away")
    worker = world.worker()
    world.answered("一")
    world.turns(worker, 2)
    run = world.run()
    assert run is not None
    assert run.fault
    shutil.move(world.folder / "away", pointer.path)
    world.seconds += RETRY_SECONDS
    world.turns(worker)
    mended = world.run()
    assert mended is not None
    assert (None, 1) == (mended.fault, mended.scored)


@pytest.mark.parametrize("text", ["share = 2.0\n", "nonsense", "share = 0.5\nsped = 3\n"])
def test_settings_that_cannot_be_used_score_nothing_and_are_told(world: World, text: str) -> None:
    world.challenger()
    world.settings(text)
    world.answered("一")
    world.turns(world.worker())
    run = world.run()
    assert run is not None
    assert run.fault
    assert 0 == run.scored


def test_of_two_workers_one_scores_and_the_other_loads_no_model(world: World) -> None:
    world.challenger()
    one, two = world.worker(), world.worker()
    world.answered(*(f"第{at}条" for at in range(6)))
    for _ in range(4):
        world.turns(one)
        two.turn()
    assert (6, None) == (world.counted()[0], two._held)


def test_when_a_worker_is_killed_another_goes_on_after_its_last_result(world: World) -> None:
    world.challenger()
    one, two = world.worker(), world.worker()
    world.answered(*(f"第{at}条" for at in range(5)))
    world.turns(one)  # three of five, and then it is gone
    world.turns(two, 2)
    assert 3 == world.counted()[0]
    world.ahead += LEASE
    world.turns(two, 2)
    assert 5 == world.counted()[0]
    assert 5 == sum(cell.count for cell in world.cells())
    world.answered("又一条")
    world.turns(one, 2)  # it was alive after all, and has to let go
    assert one._held is None


def test_a_lease_is_renewed_while_there_is_nothing_to_score(world: World) -> None:
    world.challenger()
    one, two = world.worker(), world.worker()
    world.turns(one)
    for _ in range(4):
        world.ahead += LEASE * 0.6
        world.turns(one)
        two.turn()
    assert two._held is None


def test_the_worker_gives_jobs_the_way_and_outlives_a_shadow_that_fails(world: World) -> None:
    turns: list[str] = []

    def fail() -> None:
        turns.append("shadow")
        raise ValueError("no")

    worker = Worker(world.database, now=utc_now, when_idle=fail)
    assert not worker.turn()
    worker._idle.last = float("-inf")
    assert not worker.turn()
    assert ["shadow", "shadow"] == turns


def test_no_answer_shows_what_the_challenger_thinks(
    world: World, make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.challenger("44", bias=3.0)  # blocks everything
    scored: list[str] = []
    features = Ngrams.features
    monkeypatch.setattr(Ngrams, "features", lambda ngrams, text: scored.append(text) or features(ngrams, text))
    worker = world.worker()
    client = make_client(options=PATIENT, shadow=worker)
    given = client.post("/v1/score", json={"id": "c1", "content": {"text": "今天天气好"}})
    assert (200, []) == (given.status_code, scored)
    world.turns(worker)
    assert [Outcome.BLOCK] == [cell.shadow for cell in world.cells()]
    kept = client.get(f"/v1/decisions/{given.json()['decision_id']}")
    assert 200 == kept.status_code
    assert "pass" == given.json()["decision"] == kept.json()["decision"]
    told = json.dumps([given.json(), kept.json()])
    assert not any(word in told for word in ("shadow", "challenger", '"44"'))


def test_metrics_show_how_far_the_challenger_is(world: World, make_client: Callable[..., TestClient]) -> None:
    world.challenger()
    world.answered("今天天气好", "来博彩吧")
    client = make_client(options=PATIENT)
    world.turns(world.worker())
    client.app.state.machinery.follower.look()  # type: ignore[attr-defined]
    text = client.get("/metrics").text
    assert 'chaffinch_shadow_decisions{result="agreed",version="4"} 1.0' in text
    assert 'chaffinch_shadow_decisions{result="differed",version="4"} 1.0' in text
    assert 'chaffinch_shadow_fault{version="4"} 0.0' in text
