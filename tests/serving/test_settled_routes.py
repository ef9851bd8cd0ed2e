"""Every operation of the API by which something is decided: none reverses what was decided on appeal, with any key.

The table names each operation that changes something about comments. A new one fails the last test until it is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from moderation.decision import Outcome
from records import decisions, keys, users
from records.database import Database
from serving.operation_ids import NAMES
from serving.parts import utc_now
from tests.serving.asking import UNSURE, question
from tests.serving.conftest import PATIENT
from tests.serving.test_complaints import MANY, REPORT, decide, settle

Make = Callable[..., TestClient]
REASON = {"zh": "辱骂他人", "en": "abuse"}


@dataclass
class Scene:
    """A comment that mia removed with her key, and bob restored on appeal."""

    client: TestClient
    database: Database
    decision_id: str
    case_id: str
    headers: dict[str, str]

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, json=body, headers=self.headers)

    def claimed(self) -> dict[str, Any] | None:
        found = self.post("/v1/cases:claim").json()["items"]
        return found[0] if found else None

    def reject(self, case: dict[str, Any]) -> Any:
        said = {"verdict": "reject", "labels": ["abuse"], "lease_token": case["lease_token"]}
        return self.post(f"/v1/cases/{case['id']}/verdict", **said)


def key(database: Database, name: str) -> dict[str, str]:
    with database.unit() as unit:
        made = keys.create(unit, name, scopes=["admin"], now=utc_now())[1]
        unit.commit()
    return {"authorization": f"Bearer {made}"}


@pytest.fixture(params=["mia", "mia again", "plat"])
def scene(make_client: Make, database: Database, request: pytest.FixtureRequest) -> Scene:
    with database.unit() as unit:
        users.create(unit, "mia", password_hash="-", role="senior", now=utc_now())
        unit.commit()
    mia, bob = key(database, "mia"), key(database, "bob")
    who = {"mia": mia, "mia again": key(database, "Mia"), "plat": key(database, "plat")}[request.param]
    client = make_client(options=replace(PATIENT, open_without_keys=False), complaints=MANY)
    client.post("/v1/score", json=question(UNSURE, id="c-1"), headers=mia).raise_for_status()
    case = decide(client, mia, verdict="reject", labels=["abuse"], measure="delete")
    settle(database)
    decision_id = case["decision"]["decision_id"]
    client.post("/v1/appeals", json={"decision_id": decision_id, "text": ""}, headers=mia).raise_for_status()
    decide(client, bob, verdict="approve")
    settle(database)
    return Scene(client, database, decision_id, case["id"], who)


def verdict(scene: Scene) -> None:
    """A doubt or a report opens a plain case; who claims it says nothing else than what was decided."""
    scene.post(f"/v1/decisions/{scene.decision_id}/feedback", verdict="false_negative").raise_for_status()
    case = scene.claimed()
    assert case is not None
    refused = scene.reject(case)
    assert (403, True) == (refused.status_code, "open it again" in refused.json()["detail"])


def reported(scene: Scene) -> None:
    scene.client.post("/v1/complaints", json=REPORT).raise_for_status()
    case = scene.claimed()
    assert case is not None
    assert 403 == scene.reject(case).status_code


def reopen(scene: Scene) -> None:
    """Nobody's at once: whoever knows nothing of it may claim it."""
    done = scene.post(f"/v1/cases/{scene.case_id}/reopen", reason="new facts")
    if done.status_code == 200:
        assert ("appeals", None) == (done.json()["queue"], done.json().get("lease_token"))
    else:
        assert (403, True) == (done.status_code, "somebody else opens it" in done.json()["detail"])


def measure(scene: Scene) -> None:
    about = {"target": {"kind": "comment", "id": "c-1"}, "measure": "delete", "reason": REASON, "ground": "rule 3"}
    refused = scene.post("/v1/measures", **about)
    assert (403, True) == (refused.status_code, "no measure says otherwise" in refused.json()["detail"])


def measures(scene: Scene) -> None:
    about = {"targets": [{"kind": "comment", "id": "c-1"}], "measure": "delete", "reason": REASON, "ground": "rule 3"}
    assert scene.post("/v1/measures:bulk", **about).status_code in (403, 422)


def scored_again(scene: Scene) -> None:
    answered = scene.client.post("/v1/score", json=question(UNSURE, id="c-1"), headers=scene.headers)
    assert "pass" == answered.json()["decision"]
    reopen(scene)


WALK: dict[str, Callable[[Scene], None]] = {
    "decide_case": verdict,
    "doubt_decision": verdict,
    "make_complaint": reported,
    "reopen_case": reopen,
    "take_measure": measure,
    "take_measures": measures,
    "score": scored_again,
}
"""How each operation that may decide about a comment is tried."""

DECIDES_NOTHING = {
    "contest_complaint": "asks for another person's look",
    "make_appeal": "asks for another person's look",
    "claim_cases": "a lease",
    "undo_verdict": "one's own verdict, within ten seconds: what was before holds again",
    "release_case": "a lease",
    "escalate_case": "hands on: a senior's plain verdict reverses nothing either (`settled.check`)",
    "answer_approval": "what was asked is checked when it begins (`account_measures`, `bulk_steps`)",
    "withdraw_approval": "a question",
    "lift_measure": "what verdicts made of the comment holds again",
    "recommend_comment": "puts a comment forward that is shown",
}
"""Operations about comments that decide nothing by themselves, and why."""

OF_THE_HOUSE = ("rule", "emergenc", "incident", "rectification", "inspection", "hold", "flagger", "webhook")
"""What other operations are about."""


@pytest.mark.parametrize("operation", WALK)
def test_no_operation_reverses_what_was_decided_on_appeal(scene: Scene, operation: str) -> None:
    WALK[operation](scene)
    with scene.database.reading() as look:
        comment_id = decisions.get(look, scene.decision_id).comment_id
        assert Outcome.PASS is decisions.latest_of(look, comment_id).outcome


def test_every_operation_about_comments_is_in_the_table() -> None:
    changing = {name for (method, path), name in NAMES.items() if method != "GET" and path.startswith("/v1/")}
    about_comments = {name for name in changing if not any(thing in name for thing in OF_THE_HOUSE)}
    assert about_comments == (set(WALK) - {"score"}) | set(DECIDES_NOTHING)
