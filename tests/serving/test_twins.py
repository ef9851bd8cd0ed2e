"""Blindness as a whole, over HTTP: of a second look a person's key reads what it reads of a first one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from governance import complaints
from governance.complaint_rules import shipped
from governance.complaints import Report, Reporter
from records import cases, decisions, leases, verdicts
from records.cases import A_MOMENT
from records.ids import made_at
from records.personal import Keyring
from records.values import CaseRecord, CaseState, Purpose
from records.waiting import ANYTHING
from review import chosen, gold, quality
from review.chosen import Chosen, Why
from review.quality import Quality
from serving.parts import utc_now
from tests.serving.asking import CLEAN, GAMBLING
from tests.serving.conftest import PATIENT
from tests.serving.test_telling import House, _people, house

__all__ = ["house"]

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
FIRST, SECOND = "周末有空的来加群聊聊摄影", "想学做菜就加群，老师每晚直播"


def plain(document: dict[str, Any], opened: datetime) -> str:
    """With ids numbered as they come, moments as minutes since the comment came, and without what was written."""
    names: dict[str, str] = {}
    text = _ID.sub(lambda found: names.setdefault(found[0], f"id-{len(names) + 1}"), json.dumps(document, indent=1))
    text = _MOMENT.sub(
        lambda found: f"{round((datetime.fromisoformat(found[0]) - opened) / timedelta(minutes=1))} min", text
    )
    return re.sub(r'"(latency_ms|text|start|end|id)": ([\d.]+|"(?!id-)[^"]*")', r'"\1": …', text)


def in_hand(house: House, case: CaseRecord, opened: datetime) -> CaseRecord:
    with house.database.unit() as unit:
        ben = {each.name: each.id for each in _people(house)}["ben"]
        leased = leases.lease(unit, case.id, ben, expires_at=opened + timedelta(minutes=20))
        unit.commit()
    return leased


def read(house: House, case: CaseRecord, opened: datetime) -> dict[str, str]:
    """All that ben's key reads of the case, in its list, by itself, and of the decision."""
    of_case = house.call("ben", "GET", f"/v1/cases/{case.id}")
    of_decision = house.call("ben", "GET", f"/v1/decisions/{case.decision_id}")
    listed = [
        each for each in house.call("ben", "GET", "/v1/cases").json()["items"]
        if each["comment"]["comment_id"] == case.comment_id
    ]  # fmt: skip
    labelled = house.call("ben", "GET", f"/v1/cases?label={case.label or 'gambling'}").json()["items"]
    found = {"case": of_case, "decision": of_decision}
    told = {name: plain({"status": one.status_code, **one.json()}, opened) for name, one in found.items()}
    told["headers"] = str(sorted(set(of_case.headers) | set(of_decision.headers)))
    told["list"] = plain({"items": listed}, opened)
    told["under its label"] = str(case.id in {each["id"] for each in labelled})
    return told


def waiting(house: House, comment_id: str) -> CaseRecord:
    with house.database.reading() as look:
        found = cases.page(look, comment_id=comment_id).items
    return next(each for each in found if each.state is not CaseState.CLOSED)


@pytest.mark.parametrize("reported", [False, True], ids=["plain", "reported"])
def test_a_second_look_is_the_twin_of_a_first_one(house: House, keyring: Keyring, reported: bool) -> None:
    told = []
    for text, again in ((FIRST, False), (SECOND, True)):
        opened = utc_now()
        scored = house.scored(text, id=f"c-{again}")
        if reported:
            with house.database.unit() as unit:
                report = Report(f"c-{again}", "spam", "look", Reporter("platform", "r"))
                complaints.make(unit, report, shipped(), keyring=keyring, now=utc_now())
                unit.commit()
        comment_id = _comment_of(house, scored["decision_id"])
        case = waiting(house, comment_id)
        if again:
            (first,) = house.claimed("robot", queue=case.queue)
            house.rejected("robot", first)
            _weigh(house, opened)
            case = waiting(house, comment_id)
        assert case.purpose is (Purpose.OPINION if again else Purpose.DECIDE)
        told.append(read(house, in_hand(house, case, opened), opened))
    assert told[0] == told[1]


def test_a_second_look_has_the_place_and_the_age_of_the_first_one(house: House) -> None:
    opened = utc_now()
    told = [_comment_of(house, house.scored(FIRST, id=f"c-{each}")["decision_id"]) for each in range(3)]
    case = waiting(house, told[0])

    def listed() -> list[str]:
        return [each["comment"]["comment_id"] for each in house.call("ben", "GET", "/v1/cases").json()["items"]]

    assert told == listed()
    (first,) = house.claimed("robot", queue=case.queue)
    assert case.id == first["id"]
    house.rejected("robot", first)
    _weigh(house, opened)
    again = waiting(house, told[0])
    assert Purpose.OPINION is again.purpose
    assert again.id != case.id
    assert made_at(case.id) == made_at(again.id), "its address says no more than its page"
    waits = house.call("ben", "GET", "/v1/cases?state=open").json()["items"]
    assert told == [each["comment"]["comment_id"] for each in waits]


def test_a_known_answer_over_http_is_a_case_like_any(house: House) -> None:
    told = []
    for text, known in ((FIRST, False), (SECOND, True)):
        opened = utc_now()
        scored = house.scored(text)
        case = waiting(house, _comment_of(house, scored["decision_id"]))
        if known:
            (first,) = house.claimed("robot")
            house.rejected("robot", first)
            house.scored("夜里一起加群看流星雨", id="another")
            with house.database.unit() as unit:
                gold.vouch(unit, case.id, why="plain", author="li", now=utc_now())
                ben = {each.name: each.id for each in _people(house)}["ben"]
                found = gold.hand_out(unit, ben, ANYTHING, expires_at=utc_now(), now=utc_now())
                unit.commit()
            assert found is not None
            assert timedelta(milliseconds=-1) < made_at(found.id) - found.created_at <= A_MOMENT
            case = found
        told.append(read(house, in_hand(house, case, opened), opened))
    assert told[0] == told[1]


def test_a_claim_gives_known_answers_too_and_nothing_tells_which(
    make_client: Callable[..., TestClient], house: House
) -> None:
    opened = utc_now()
    made_known = house.scored(SECOND)
    (first,) = house.claimed("robot")
    house.rejected("robot", first)
    with house.database.unit() as unit:
        verdict = verdicts.of_case(unit, first["id"])[-1]
        gold.vouch(unit, verdict.case_id, why="plain", author="li", now=utc_now())
        unit.commit()
    for each in range(2):
        house.scored(FIRST, id=f"c-{each}")
    options = replace(PATIENT, open_without_keys=False)
    measured = replace(house, client=make_client(options=options, quality=Quality(gold_share=1.0)))
    known, plain_one = measured.claimed("ben"), measured.claimed("ben")
    assert [_comment_of(house, made_known["decision_id"])] == [each["comment"]["comment_id"] for each in known]
    told = []
    for (case,) in (known, plain_one):
        assert ("decide", None) == (case["purpose"], case["decision"]["final"])
        path, lease = f"/v1/cases/{case['id']}", case["lease_token"]
        given = measured.call("ben", "POST", f"{path}/verdict", lease_token=lease, verdict="approve").json()
        undone = measured.call("ben", "POST", f"{path}/undo").json()
        doubt = measured.call("ben", "POST", f"{path}/verdict", lease_token=undone["lease_token"], verdict="unsure")
        told.append(plain({"given": given, "doubt": doubt.json()}, opened))
        assert undone["decision"]["final"] is None
    assert told[0] == told[1]


def test_what_is_drawn_at_random_says_the_same_whatever_the_machine_thinks(house: House) -> None:
    told = []
    for text in (CLEAN, GAMBLING):
        opened = utc_now()
        scored = house.scored(text)
        comment_id = _comment_of(house, scored["decision_id"])
        with house.database.unit() as unit:
            record = decisions.get(unit, scored["decision_id"])
            drawn = Chosen(comment_id, record.id, record.decision, "forum", Why.RANDOM, in_turn=True)
            chosen.ask(unit, [drawn], now=utc_now())
            unit.commit()
        case = in_hand(house, waiting(house, comment_id), opened)
        told.append({name: page for name, page in read(house, case, opened).items() if name != "decision"})
        assert '"why": "chosen"' in told[-1]["case"]
    assert told[0] == told[1]


def _comment_of(house: House, decision_id: str) -> str:
    with house.database.reading() as look:
        return decisions.get(look, decision_id).comment_id


def _weigh(house: House, opened: datetime) -> None:
    """The last verdict goes to a second person, as it may be drawn."""
    with house.database.unit() as unit:
        for case in cases.page(unit, state=CaseState.CLOSED).items:
            given = verdicts.of_case(unit, case.id)
            if given and case.purpose is Purpose.DECIDE:
                verdicts.weigh_from(unit, given[-1].id, opened)
        quality.weigh(unit, now=utc_now())
        unit.commit()
