"""Every form by which something is decided: none reverses what was decided on appeal, whoever sends it.

The table names each form that people who decide may send. A new one fails the last test until it is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from console.permissions import Action
from console.preferences import COOKIE
from console.routes import PAGES, application
from governance import appeals, bulk_steps, complaints, verdicts
from governance.verdicts import HouseRules
from moderation.decision import Outcome
from records import approvals, decisions, leases
from records.cases import Wanted
from records.storing import Stored
from records.values import Doubt, Judgement, VerdictKind
from review import queue
from review.feedback import give_feedback
from review.groups import gather
from tests.console.house import House, Visitor, case_in, csrf_in
from tests.console.test_approvals import answer
from tests.console.test_campaigns import _form
from tests.console.test_groups import picks
from tests.console.test_search import ticked

TEXT = "你这个蠢货"
REJECT = {"verdict": "reject", "labels": "abuse", "reason": "I still think so"}
DELETE = Judgement(VerdictKind.REJECT, ("abuse",), "delete")
APPROVE = Judgement(VerdictKind.APPROVE)
MEASURE = {"reason_zh": "辱骂他人", "reason_en": "abuse", "ground": "rule 3"}


@dataclass
class Scene:
    """A comment that mia removed and bob restored on appeal."""

    house: House
    item: Stored
    who: Visitor
    name: str

    @property
    def by(self) -> str:
        return self.house.people[self.name].id

    @property
    def csrf(self) -> str:
        return csrf_in(self.who.page("/help"))


def given(house: House, judgement: Judgement, by: str, wanted: str | None = None) -> None:
    rules = HouseRules(house.parts.taxonomy, house.parts.policies())
    with house.database.unit() as unit:
        who = house.people[by].id
        [case] = queue.take(unit, who, Wanted(wanted), now=house.clock())
        verdicts.give(unit, rules, case.id, judgement, moderator=who, token=case.lease_token, now=house.clock())
        unit.commit()
    house.clock.forward(seconds=13)
    with house.database.unit() as unit:
        complaints.settle(unit, house.parts.complaints, now=house.clock())
        appeals.settle(unit, house.parts.complaints, now=house.clock())
        unit.commit()


def restored(house: House, name: str) -> Scene:
    for who, role in (("mia", "senior"), ("bob", "moderator"), ("lea", "admin")):
        house.person(who, role)
    item = house.comment(TEXT, id="c-1", thread_id="t-1")
    given(house, DELETE, "mia")
    with house.database.unit() as unit:
        appeals.make(unit, item.decision_id, "", house.parts.complaints, sender="page", now=house.clock())
        unit.commit()
    given(house, APPROVE, "bob", "appeals")
    return Scene(house, item, house.logged_in(name), name)


def doubted(scene: Scene) -> str:
    """A key doubts what was decided: a plain case, in the hands of who is asked about."""
    with scene.house.database.unit() as unit:
        names = scene.house.parts.taxonomy.names
        doubt = Doubt("key:plat", "false_negative", ("abuse",))
        made = give_feedback(unit, names, scene.item.decision_id, doubt, now=scene.house.clock())
        unit.commit()
    return made.case_id


def in_hand(scene: Scene, case_id: str) -> str:
    with scene.house.database.unit() as unit:
        leases.lease(unit, case_id, scene.by, expires_at=scene.house.clock() + timedelta(minutes=9))
        unit.commit()
    return scene.who.page(f"/work?case={case_id}")


def work(scene: Scene) -> int:
    case_id = doubted(scene)
    page = in_hand(scene, case_id)
    done = scene.who.decide("reject", page=page, case_id=case_id, labels="abuse")
    assert "decided on appeal" in done.text
    return done.status_code


def group(scene: Scene) -> int:
    """The others of the account's day are decided, this one is not."""
    for n in range(5):
        scene.house.comment(f"蠢货第{n}期", thread_id=f"t{n}")
    doubted(scene)
    gather(scene.house.database, scene.house.clock())
    scene.who.client.cookies.set(COOKIE, "en-auto-off", path="/console")
    case_id = case_in(scene.who.page("/work"))
    page = scene.who.page(f"/work/{case_id}/group")
    assert any(each.startswith(scene.item.comment_id) for each in picks(page))
    form = {**scene.who.form(page), "comments": picks(page), "action": "reject", "labels": "abuse"}
    done = scene.who.post(f"/work/{case_id}/group", form)
    assert "blurred" not in done.text
    return 403


def campaign(scene: Scene) -> int:
    doubted(scene)
    others = [scene.house.comment(f"{TEXT}{n}", author=f"a{n}") for n in range(3)]
    scene.house.campaign(*others, replace(scene.item))
    page = in_hand(scene, str(others[0].case_id))
    case_id = case_in(page)
    form = {**_form(scene.who.page(f"/work/{case_id}/campaign")), "action": "reject", "labels": "abuse", "why": "same"}
    assert 303 == scene.who.post(f"/work/{case_id}/campaign", form).status_code
    return 403


def by_path(path: str) -> Callable[[Scene], int]:
    def send(scene: Scene) -> int:
        to = path.format(comment_id=scene.item.comment_id)
        done = ticked(scene.house, scene.who, to, scene.item, **REJECT)
        assert "settled on appeal" in done.text
        return int(done.status_code)

    return send


def reopen(scene: Scene) -> int:
    """Who lost may not; anybody else hands it to a third person, and nothing is decided yet."""
    path = f"/decisions/{scene.item.decision_id}/reopen"
    done = scene.who.post(path, {"csrf": scene.csrf, "reason": "new facts"})
    assert (403 if scene.name == "mia" else 303) == done.status_code
    if scene.name != "mia":
        assert "a third person looks at it" in scene.who.page(done.headers["location"].removeprefix("/console"))
    return 403


def standing(scene: Scene) -> int:
    path = f"/comments/{scene.item.comment_id}/standing"
    cause = scene.item.comment_id
    done = scene.who.post(path, {"csrf": scene.csrf, "measure": "warn", "cause": cause, **MEASURE})
    assert "no measure says otherwise" in done.text
    return int(done.status_code)


def on_thread(scene: Scene) -> int:
    """A measure on the thread is none on the comment."""
    path = f"/comments/{scene.item.comment_id}/thread/measures"
    assert 303 == scene.who.post(path, {"csrf": scene.csrf, "measure": "suspend", "days": "1", **MEASURE}).status_code
    return 403


def apart(scene: Scene) -> int:
    path = f"/quality/disagreements/{scene.item.decision_id}"
    return int(scene.who.post(path, {"csrf": scene.csrf, "edge": "", **REJECT}).status_code)


def approval(scene: Scene) -> int:
    """What was ticked waits for a second person, whose yes decides the rest of it."""
    house = scene.house
    house.parts = replace(house.parts, bulk_alone=1)
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    other = house.comment("蠢货二号", author="b")
    assert "wait for a second person" in ticked(house, scene.who, "/search/decide", scene.item, other, **REJECT).text
    with house.database.reading() as look:
        [asked] = approvals.waiting(look)
    house.person("sia", "senior")
    assert 303 == answer(house.logged_in("sia"), asked.id).status_code
    return 403


WALK: dict[str, Callable[[Scene], int]] = {
    "/work/{case_id}": work,
    "/work/{case_id}/campaign": campaign,
    "/work/{case_id}/group": group,
    "/search/decide": by_path("/search/decide"),
    "/comments/{comment_id}/account": by_path("/comments/{comment_id}/account"),
    "/comments/{comment_id}/thread": by_path("/comments/{comment_id}/thread"),
    "/decisions/{decision_id}/reopen": reopen,
    "/comments/{comment_id}/standing": standing,
    "/comments/{comment_id}/thread/measures": on_thread,
    "/quality/disagreements/{decision_id}": apart,
    "/approvals/{approval_id}": approval,
}
"""How each form that may decide about a comment is tried."""

DECIDES_NOTHING = {
    "/work/rest": "a break",
    "/work/again": "takes up what was put off",
    "/work/{case_id}/undo": "one's own verdict, within ten seconds: what was before holds again",
    "/work/{case_id}/renew": "a lease",
    "/work/{case_id}/leave": "a lease",
    "/bulk/{bulk_id}/undo": "one's own verdict over many; later each is opened for people",
    "/campaigns/{campaign_id}": "what a campaign is",
    "/campaigns/{campaign_id}/open": "a lease: decided by /work/{case_id}/campaign",
    "/quality/promote/{user_id}": "a newcomer",
    "/quality/gold": "a known answer, without effect",
    "/quality/gold/{gold_id}/retire": "a known answer, without effect",
    "/labels/edge-cases/{edge_id}": "an example beside a policy",
    "/neutrality": "an answer to a finding",
    "/reports/people/{finding_id}": "who reports",
    "/reports/{finding_id}": "who reports",
    "/measures/{measure_id}/lift": "what verdicts made of the comment holds again",
    "/comments/{comment_id}/thread/measures/{measure_id}": "a thread",
    "/returns/{finding_id}": "accounts",
    "/accounts/{user_id}/vouch": "whose an account is",
    "/approvals/{approval_id}/withdraw": "a question",
}
"""Forms of who decides that decide about no comment, and what they do."""

DECIDERS = {
    Action.DECIDE,
    Action.DECIDE_ANEW,
    Action.DECIDE_ESCALATED,
    Action.TAKE_MEASURES,
    Action.LEAD_PEOPLE,
    Action.DECIDE_REPORTS,
    Action.APPROVE,
    Action.WITHDRAW_OWN_QUESTION,
}


@pytest.mark.parametrize("name", ["mia", "lea"])
@pytest.mark.parametrize("path", WALK)
def test_no_form_reverses_what_was_decided_on_appeal(house: House, path: str, name: str) -> None:
    scene = restored(house, name)
    status = WALK[path](scene)
    house.clock.forward(seconds=15)
    rules = HouseRules(house.parts.taxonomy, house.parts.policies())
    while bulk_steps.step(house.database, lambda: rules, house.clock()):
        pass
    assert 400 <= status < 500
    with house.database.reading() as look:
        assert Outcome.PASS is decisions.latest_of(look, scene.item.comment_id).outcome


def test_every_form_of_who_decides_is_in_the_table() -> None:
    forms = {page.path for page in PAGES if page.method == "POST" and page.action in DECIDERS}
    assert forms == set(WALK) | set(DECIDES_NOTHING)


def test_stories_and_the_decision_say_which_verdict_answered_an_appeal(house: House) -> None:
    scene = restored(house, "lea")
    about = scene.item
    for path in (f"/decisions/{about.decision_id}", *(f"/comments/{about.comment_id}/{one}" for one in KINDS)):
        assert 1 == scene.who.page(path).count("answered an appeal"), path


KINDS = ("account", "thread")
