"""Staffing: Erlang's formula against what is published, and days that are played against the formula."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from governance import erlang, staffing, staffing_measured
from governance.staffing_measured import ENOUGH, USUAL_HANDLING, Measured
from governance.staffing_values import Wish
from moderation.decision import Outcome
from records import cases, flow, ids
from records.database import Database
from records.flow import Arrival, Made, Scored
from records.house_queues import AS_USUAL
from records.ids import made_at
from records.personal import Keyring
from records.values import Judgement, Purpose, VerdictKind
from records.waiting import SECOND_LOOK
from review import queue
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_decision, for_review, put


@pytest.mark.parametrize(
    ("people", "load", "share"),
    # Ten Erlangs at fourteen people, the worked example of call centre textbooks; two at three, by hand (4/9).
    [(14, 10.0, 0.1741), (3, 2.0, 0.4444), (1, 0.5, 0.5), (2, 2.0, 1.0), (300, 280.0, 0.1828)],
)
def test_the_share_that_waits_is_erlang_s(people: int, load: float, share: float) -> None:
    assert share == pytest.approx(erlang.waiting_share(people, load), abs=0.02 if people > 100 else 1e-4)


def test_the_worked_example_of_the_textbooks() -> None:
    assert 0.888 == pytest.approx(erlang.within(14, 10, wait=20, handling=180), abs=0.001)
    assert 14 == erlang.needed(10, wait=20, handling=180, share=0.8, occupancy=1.0)
    assert 0 == erlang.needed(0, wait=20, handling=180, share=0.8, occupancy=0.85)


PYWORKFORCE = Path(__file__).with_name("erlang_by_pyworkforce.csv")


def _by_pyworkforce() -> list[dict[str, Any]]:
    """What the package says (its version stands in the first line), one case a line."""
    lines = PYWORKFORCE.read_text("utf-8").splitlines()
    assert lines[0].startswith("# pyworkforce 0.5.4")
    rows = csv.DictReader(lines[1:])
    return [{name: value if name == "kind" else float(value) for name, value in row.items()} for row in rows]


def test_shares_and_occupancy_are_those_of_pyworkforce() -> None:
    rows = _by_pyworkforce()
    assert len(rows) >= 60
    for row in rows:
        people, load = int(row["people"]), row["an_hour"] * row["handling"] / 3600
        within = erlang.within(people, load, wait=row["wait"], handling=row["handling"])
        ours = (within, erlang.waiting_share(people, load), load / people)
        assert (row["within"], row["waits"], row["occupancy"]) == pytest.approx(ours, abs=1e-9), row


def test_people_needed_are_those_of_pyworkforce_or_one_fewer_that_keep_the_promise_too() -> None:
    """The package never asks for fewer than `round(load + 1)` (decision 74)."""
    fewer = []
    for row in (each for each in _by_pyworkforce() if each["kind"] == "asked"):
        load, wait, handling = row["an_hour"] * row["handling"] / 3600, row["wait"], row["handling"]
        ours = erlang.needed(load, wait=wait, handling=handling, share=row["share"], occupancy=row["most_busy"])
        if ours != row["people"]:
            assert ours == row["people"] - 1 == round(load + 1) - 1
            assert erlang.within(ours, load, wait=wait, handling=handling) >= row["share"]
            assert load / ours <= row["most_busy"]
            fewer.append((row["an_hour"], handling, wait))
    assert [(55.0, 45.0, 300.0), (55.0, 45.0, 3600.0)] == fewer


def _flat(a_day: float, times: list[float]) -> Measured:
    return Measured(28.0, {"live": [a_day / 24] * 24}, {"live": times}, ())


def test_played_days_agree_with_the_formula_where_times_are_spread_like_chance() -> None:
    chance = random.Random(4)
    times = [chance.expovariate(1 / 200) for _ in range(4000)]
    plan = staffing.plan(_flat(4000, times), Wish(share=0.8, occupancy=1.0))
    played = [hour.simulated for hour in plan.hours if hour.simulated is not None]
    assert plan.hours[0].expected == pytest.approx(sum(played) / len(played), abs=0.04)


def test_times_that_are_not_spread_like_chance_make_a_difference_that_is_shown() -> None:
    """Nearly all are quick, some take an hour: the formula, which knows the mean alone, promises too much or little."""
    plan = staffing.plan(_flat(2000, [20.0] * 95 + [3600.0] * 5), Wish(share=0.9, occupancy=1.0))
    played = [hour.simulated_wait for hour in plan.hours if hour.simulated_wait is not None]
    assert abs(sum(played) / len(played) - plan.hours[0].mean_wait) > 5


def test_more_cases_or_a_stricter_promise_never_need_fewer_people() -> None:
    wish = Wish()
    few, many = (staffing.plan(_flat(a_day, [60.0] * 40), wish).person_hours for a_day in (500, 5000))
    strict = staffing.plan(_flat(500, [60.0] * 40), Wish(share=0.99)).person_hours
    assert few < many
    assert few <= strict


def test_moved_thresholds_change_people_and_tell_what_would_pass_unseen() -> None:
    scored = [Scored(a_decision(Outcome.REVIEW, gambling=0.42), Outcome.BLOCK if at % 2 else None) for at in range(50)]
    scored += [Scored(a_decision(Outcome.PASS, gambling=0.38), None) for _ in range(50)]
    found = Measured(28.0, {"forum": [100.0] * 24}, {"forum": [60.0] * 40}, scored)
    changes = {change.shift: change for change in staffing.plan(found, Wish()).changes}
    assert (2400.0, 4800.0, 0.0) == (changes[0.0].a_day, changes[-0.05].a_day, changes[0.05].a_day)
    assert (25, 25) == (changes[0.05].judged, changes[0.05].missed)
    assert changes[0.05].hours < changes[0.0].hours < changes[-0.05].hours
    assert changes[0.05].kept == 1.0 >= changes[0.0].kept >= 0.9 > changes[-0.05].kept
    assert (0.0, None) == (changes[0.05].wait, changes[-0.05].wait), "today's people cannot keep up with twice as much"


def test_one_label_s_threshold_is_moved_by_itself() -> None:
    scored = [Scored(a_decision(Outcome.REVIEW, gambling=0.42), Outcome.BLOCK) for _ in range(30)]
    scored += [Scored(a_decision(Outcome.REVIEW, abuse=0.42), Outcome.PASS) for _ in range(10)]
    found = Measured(28.0, {"forum": [100.0] * 24}, {"forum": [60.0] * 40}, scored)
    both, gambling, abuse = (
        {change.shift: change for change in staffing.plan(found, Wish(label=label)).changes}
        for label in (None, "gambling", "abuse")
    )
    assert (0.0, 600.0, 1800.0) == tuple(pytest.approx(one[0.05].a_day) for one in (both, gambling, abuse))
    assert (30, 30) == (gambling[0.05].judged, gambling[0.05].missed)
    assert (10, 0) == (abuse[0.05].judged, abuse[0.05].missed)
    assert {2400.0} == {round(one[0.0].a_day) for one in (both, gambling, abuse)}
    assert {"gambling", "abuse"} <= set(staffing.plan(found, Wish()).labels)


def test_shifts_cover_who_rests_too_and_people_are_counted_over_the_week() -> None:
    """One who decides the day round and a quarter of paid time resting: two at work, in six shifts of eight hours."""
    plan = staffing.plan(_flat(24, [10.0] * ENOUGH), Wish(breaks=0.25, shift=8, days_a_week=5, away=0.0))
    [day] = plan.shifts
    assert ("day", 6, {2}, {2}) == (day.name, day.number, set(day.at_work), set(day.need))
    assert 9 == plan.heads, "42 shifts a week, five each"
    assert 10 == staffing.plan(_flat(24, [10.0] * ENOUGH), Wish(away=0.1)).heads


def test_what_was_not_measured_is_not_said_to_be() -> None:
    stated = staffing.plan(staffing_measured.assumed(a_day=800, handling=45), Wish())
    assert (0, 45.0, 45.0) == (stated.measured, stated.taken, stated.kinds[0].mean)
    few = staffing.plan(_flat(800, [3.0] * 4), Wish())
    assert (4, USUAL_HANDLING, USUAL_HANDLING) == (few.measured, few.taken, few.kinds[0].mean)
    assert staffing.plan(_flat(800, [3.0] * ENOUGH), Wish()).taken is None


def test_who_rests_in_an_hour_is_not_replaced_by_a_whole_person_in_each() -> None:
    """One at once the day round, a quarter of paid time resting: 24 / 0.75."""
    plan = staffing.plan(_flat(24, [10.0] * ENOUGH), Wish(breaks=0.25))
    assert ({1}, 32) == ({hour.people for hour in plan.hours}, plan.person_hours)
    assert plan.person_hours == pytest.approx(sum(hour.paid for hour in plan.hours)), "paid has one meaning"


def test_arrivals_and_times_are_measured(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(for_review(f"下注{number}", known_as=f"c{number}") for number in range(3)))
    at = NOW + timedelta(minutes=2)
    with database.unit() as unit:
        for seconds in (30, 20, 1000):
            [case] = queue.claim(unit, "mia", now=at)
            at += timedelta(seconds=seconds)
            give_verdict(
                unit, NAMES, case.id, Judgement(VerdictKind.APPROVE), moderator="mia", token=None,
                now=min(at, case.lease_expires_at or at) - timedelta(seconds=1),
            )  # fmt: skip
        unit.commit()
    with database.reading() as look:
        found = staffing_measured.measure(look, now=NOW + timedelta(hours=3), days=28)
    assert {"forum": 3.0} == {queue_: pytest.approx(sum(hours)) for queue_, hours in found.by_hour.items()}
    assert [29.0, 20.0] == [pytest.approx(one, abs=1.5) for one in found.seconds["forum"]][:2]
    assert 3 == len(found.scored)


def test_nothing_measured_is_a_plan_without_hours(database: Database) -> None:
    with database.reading() as look:
        plan = staffing.plan(staffing_measured.measure(look, now=NOW, days=28), Wish())
    assert ((), 0) == (plan.kinds, plan.person_hours)


def _worked(database: Database, keyring: Keyring) -> None:
    """One case decided and asked again, one unsure, one escalated, one passed over; each in hand for half a minute."""
    put(database, keyring, *(for_review(f"下注{number}", known_as=f"c{number}") for number in range(4)))
    at = NOW + timedelta(minutes=2)
    with database.unit() as unit:
        for kind in ("decide", "unsure", "escalate", "skip"):
            [case] = queue.claim(unit, "mia", now=at)
            at += timedelta(seconds=30)
            if kind in ("decide", "unsure"):
                said = Judgement(VerdictKind.APPROVE if kind == "decide" else VerdictKind.UNSURE)
                give_verdict(unit, NAMES, case.id, said, moderator="mia", token=None, now=at)
            if kind == "decide":
                cases.ask_again(unit, case, queue="forum", why="model", purpose=Purpose.OPINION, now=at)
            if kind == "escalate":
                queue.escalate(unit, case.id, "mia", None, now=at)
            if kind == "skip":
                queue.skip(unit, case.id, "mia", None, why=queue.Skip.CONTEXT, now=at)
        unit.commit()


def test_what_the_house_asks_of_itself_is_work_and_counted(database: Database, keyring: Keyring) -> None:
    _worked(database, keyring)
    with database.reading() as look:
        found = staffing_measured.measure(look, now=NOW + timedelta(hours=3), days=28)
    plan = staffing.plan(found, Wish())
    assert {Made.OPINION: 1.0, Made.AGAIN: 3.0} == dict(plan.made)
    assert {"forum": 6.0, "escalated": 1.0, SECOND_LOOK: 1.0} == {
        name: pytest.approx(sum(hours)) for name, hours in found.by_hour.items()
    }
    assert 4 == sum(map(len, found.seconds.values())), "time goes into what was not decided too"
    assert {"forum": 2.0, "escalated": 1.0, SECOND_LOOK: 1.0} == {kind.queue: kind.made for kind in plan.kinds}


def test_a_second_look_is_counted_when_it_is_asked_for_also_long_after_the_first(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "_next_stamp", lambda: int(NOW.timestamp() * 1000) << 12)
    put(database, keyring, for_review("下注", known_as="c1"))
    monkeypatch.undo()
    later = NOW + timedelta(days=3)
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW + timedelta(minutes=2))
        said = Judgement(VerdictKind.APPROVE)
        give_verdict(unit, NAMES, case.id, said, moderator="mia", token=None, now=NOW + timedelta(minutes=3))
        again = cases.ask_again(unit, case, queue="forum", why="model", purpose=Purpose.OPINION, now=later)
        unit.commit()
    assert made_at(case.id) == made_at(again.id)
    with database.reading() as look:
        found = flow.arrivals(look, later - timedelta(hours=1))
    assert [Made.OPINION] == [one.made for one in found]


def _came(monkeypatch: pytest.MonkeyPatch, moments: list[datetime]) -> None:
    monkeypatch.setattr(flow, "arrivals", lambda *_: [Arrival("forum", at) for at in moments])
    monkeypatch.setattr(flow, "first_case", lambda _: moments[0])


MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def test_hours_and_weekends_are_those_of_the_house(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 22:00 UTC it is six in the morning of the next day in Shanghai: Friday's night is Saturday there."""
    days = [MONDAY + timedelta(days=day, hours=22) for day in range(28)]
    _came(monkeypatch, [at for at in days for _ in range(5 if at.weekday() in (4, 5) else 20)])
    with sqlite.unit() as unit:
        unit._queues = lambda: replace(AS_USUAL, zone="Asia/Shanghai")
        plan = staffing.plan(staffing_measured.measure(unit, now=MONDAY + timedelta(days=28), days=28), Wish())
    weekday, weekend = plan.parts
    assert ("weekday", "weekend", "Asia/Shanghai") == (weekday.name, weekend.name, plan.zone)
    assert [6] == [hour.hour for hour in plan.hours if hour.arrivals]
    assert 20.0 == pytest.approx(weekday.hours[6].arrivals, abs=1.2)
    assert 5.0 == pytest.approx(weekend.hours[6].arrivals, abs=0.8)


def test_an_even_day_that_nobody_measured_is_said(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty-three cases of one minute stood as two in each of 24 hours, for each of their queues had few."""
    _came(monkeypatch, [MONDAY] * 20)
    with sqlite.reading() as look:
        few = staffing.plan(staffing_measured.measure(look, now=MONDAY + timedelta(hours=2), days=28), Wish())
    assert (("forum", 20),) == few.spread
    _came(monkeypatch, [MONDAY] * 43)
    with sqlite.reading() as look:
        enough = staffing.plan(staffing_measured.measure(look, now=MONDAY + timedelta(hours=2), days=28), Wish())
    assert () == enough.spread
    assert (("forum", 0),) == staffing.plan(staffing_measured.assumed(a_day=800, handling=40), Wish()).spread


def test_too_short_a_look_back_tells_no_weekends_apart(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    _came(monkeypatch, [MONDAY + timedelta(days=day) for day in range(7) for _ in range(40)])
    with sqlite.reading() as look:
        assert {} == staffing_measured.measure(look, now=MONDAY + timedelta(days=7), days=28).parts


def test_the_difference_between_formula_and_played_days_is_a_figure_of_its_own() -> None:
    plan = staffing.plan(_flat(2000, [20.0] * 95 + [3600.0] * 5), Wish(share=0.9, occupancy=1.0))
    for hour in plan.hours:
        assert hour.simulated is not None
        assert hour.difference == hour.simulated - hour.expected
