"""Emergencies as platforms meet them: every worker in step within two seconds, a drill practised from end to end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from governance import emergencies
from governance.emergencies import Wish
from moderation.emergency import Effect, Kind, Scope
from moderation.errors import PartUnavailableError
from records import decisions, epoch, ledger
from records import emergencies as stored
from records.database import Database
from records.emergencies import EmergencyRecord
from records.house_values import EpochPart
from serving import worker
from serving.alarm import Alarm
from serving.engine_holder import EngineHolder
from serving.parts import Options, utc_now
from serving.whereabouts import Whereabouts
from tests.records.databases import new_postgres_url
from tests.serving.asking import on_news, score
from tests.serving.loaders import FakeLoader
from tests.serving.processes import Server, running
from tests.serving.test_engine_holder import CLEAN

Make = Callable[..., TestClient]
CLOSED = Wish(Scope("news"), Effect(Kind.CLOSED), 30, "mia", "a raid")
IN_STEP = 2.0
PATIENCE = 60.0
"""Seconds on a busy machine."""


def begin(database: Database, wish: Wish = CLOSED, *, now: datetime | None = None) -> EmergencyRecord:
    now = now or utc_now()
    with database.unit() as unit:
        asked = emergencies.ask(unit, wish, labels=("gambling",), surfaces=("news", "forum"), now=now)
        begun = emergencies.answer(unit, asked.id, by="ben", approve=True, note="yes", now=now).emergency
        unit.commit()
    assert begun is not None
    return begun


def outcome(client: TestClient) -> Any:
    return client.post("/v1/score", json=on_news()).json()["decision"]


def until(client: TestClient, wanted: str) -> None:
    """Waits until the service answers so; how long a look takes is the machine's."""
    ends = time.monotonic() + PATIENCE
    while outcome(client) != wanted:
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_every_worker_looks_twice_in_two_seconds_and_follows_the_start_and_the_end(
    make_client: Make, database: Database
) -> None:
    assert 2 * Options().follow_every <= IN_STEP
    first, second = make_client(), make_client()
    assert {"pass"} == {outcome(first), outcome(second)}
    begun = begin(database)
    for service in (first, second):
        until(service, "block")
    answer = first.post("/v1/score", json=on_news()).json()
    assert [("emergency_closed", f"emergency:{begun.id}")] == [(r["code"], r["ground"]) for r in answer["reasons"]]
    assert "pass" == score(first).json()["decision"]  # another surface
    with database.unit() as unit:
        emergencies.end(unit, begun.id, by="mia", why="they are gone", now=utc_now())
        unit.commit()
    for service in (first, second):
        until(service, "pass")


@pytest.mark.proof
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_processes_of_one_server_are_in_step_within_two_seconds(engine: str, tmp_path: Path) -> None:
    """By the moments in their own logs, held against the moment of the commit."""
    url = f"sqlite:///{tmp_path / 'chaffinch.db'}" if engine == "sqlite" else new_postgres_url(empty=True)
    with running(tmp_path, "--workers", "3", "--no-worker", CHAFFINCH_DATABASE_URL=url) as server:
        taken_up(server, 3)  # each process has looked once
        database = Database(url)
        begun = begin(database)
        committed = [utc_now()]
        taken_up(server, 6)
        with database.unit() as unit:
            emergencies.end(unit, begun.id, by="mia", why="over", now=utc_now())
            unit.commit()
        committed.append(utc_now())
        lines = taken_up(server, 9)
        database.close()
        server.stop()
    late = [(at - committed[0]).total_seconds() for at, ids in lines[3:6] if ids]
    late += [(at - committed[1]).total_seconds() for at, ids in lines[6:] if not ids]
    assert 6 == len(late)
    assert max(late) < IN_STEP, late


def taken_up(server: Server, count: int) -> list[tuple[datetime, list[str]]]:
    """When processes took over which emergencies, once there are so many lines of it."""
    ends = time.monotonic() + PATIENCE
    while True:
        told = [json.loads(line) for line in "".join(server.logged).splitlines() if '"emergencies_live"' in line]
        if len(told) >= count or time.monotonic() > ends:
            return sorted((datetime.fromisoformat(line["timestamp"]), line["ids"]) for line in told)
        time.sleep(0.05)


def test_a_drill_is_practised_from_end_to_end_and_no_platform_sees_it(make_client: Make, database: Database) -> None:
    before = make_client().post("/v1/score", json=on_news()).json()
    drill = begin(database, Wish(Scope("news"), Effect(Kind.CLOSED), 1, "mia", "spring drill", is_drill=True))
    client = make_client()
    during = client.post("/v1/score", json=on_news()).json()
    told = ("decision", "labels", "reasons", "measures", "policy", "ruleset", "model", "degraded")
    assert [before[name] for name in told] == [during[name] for name in told]
    assert 1 == worker._end_emergencies(database, utc_now() + timedelta(minutes=2))
    assert 0 == worker._end_emergencies(database, utc_now() + timedelta(minutes=2))
    with database.reading() as look:
        report = emergencies.report(look, drill.id, now=utc_now())
        assert (True, 1, (("pass", "block", 1),)) == (report.emergency.is_drill, report.changed, report.changes)
        assert 2 == len(decisions.page(look, limit=5).items)
        kinds = [each.kind for each in ledger.page(look, limit=200).items]
    assert ["approval.asked", "approval.approved", "emergency.started", "emergency.ended"] == [
        kind for kind in kinds if kind.startswith(("approval", "emergency"))
    ]


class Moved:
    """A wall clock and a monotonic one that a test sets apart."""

    def __init__(self) -> None:
        self.wall, self.steady = utc_now(), 100.0

    def alarm(self, database: Database, holder: EngineHolder) -> Alarm:
        return Alarm(database, holder, whereabouts=Whereabouts(), now=lambda: self.wall, clock=lambda: self.steady)


@pytest.mark.parametrize("back", [timedelta(0), timedelta(hours=5)])
def test_a_clock_that_is_set_back_makes_no_emergency_longer(
    database: Database, loader: FakeLoader, back: timedelta
) -> None:
    holder, clocks = EngineHolder(loader), Moved()
    record = begin(database, now=clocks.wall)
    alarm = clocks.alarm(database, holder)
    alarm.look()
    [running] = holder.engine.emergencies
    assert 100 + 30 * 60 == pytest.approx(running.until)
    clocks.wall, clocks.steady = clocks.wall - back, 700.0
    with database.unit() as unit:
        epoch.bump(unit, EpochPart.EMERGENCY)
        unit.commit()
    alarm.look()
    assert running.until == holder.engine.emergencies[0].until  # one that is known keeps its end
    clocks.alarm(database, holder).look()  # a process that starts anew: its whole length at the most
    assert holder.engine.emergencies[0].until <= 700 + 30 * 60
    with database.reading() as look:
        assert emergencies.is_ahead(stored.get(look, record.id), clocks.wall) == bool(back)


def test_an_emergency_that_begins_while_a_model_is_loaded_is_not_lost(database: Database, loader: FakeLoader) -> None:
    holder = EngineHolder(loader)
    alarm = Alarm(database, holder, whereabouts=Whereabouts(), now=utc_now)

    class SlowLoader(FakeLoader):
        def load_model(self):  # noqa: ANN202
            begin(database)
            alarm.look()  # the other thread, just now
            return super().load_model()

    holder._loader = slow = SlowLoader(loader.model)
    slow.moves = 1
    holder.look(None)
    assert 1 == len(holder.engine.emergencies)


def test_where_an_emergency_holds_comments_a_refusal_says_that_they_are_held(
    make_client: Make, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(database, Wish(Scope("forum"), Effect(Kind.PRE_REVIEW), 30, "mia", "a raid"))
    client = make_client()
    assert "review" == score(client, CLEAN).json()["decision"]

    def gone(*_: object, **__: object) -> None:
        raise PartUnavailableError("database", "The disk is full.")

    monkeypatch.setattr(database, "unit", gone)
    refused = score(client, CLEAN)
    assert (503, "review") == (refused.status_code, refused.json().get("decision"))
