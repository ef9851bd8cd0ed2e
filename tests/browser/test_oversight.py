"""Pages of one thing (a case, a measure, an entry) with something on them: axe-core finds nothing, none is cut."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance import (
    account_measures,
    assessments,
    campaign_findings,
    emergencies,
    incidents,
    inspection_reading,
    inspections,
    measure_wishes,
    returns,
    webhooks,
)
from governance.assessments import FIELDS
from governance.incident_forms import shipped_forms
from moderation.emergency import Effect, Kind, Scope
from records import approvals, authors, ledger, outbox
from records import campaign_findings as weighed
from records.authors import Link, Statement
from records.ledger import Actor
from records.standing_values import TargetKind
from tests.browser.driving import Desk
from tests.browser.test_pages import _looked_at, axe, house
from tests.browser.test_pictures import fill
from tests.console.house import House
from tests.console.test_groups import a_day
from tests.console.test_ledger import sealed

__all__ = ["axe", "house"]

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，加微信 kd8827{}"
SURFACES = ("forum", "news", "live")


def busy(house: House) -> list[tuple[str, str]]:
    """Something of everything; pages with who looks at them."""
    [first, *_] = a_day(house)  # while there is a model that answers
    house.logged_in("ada", "admin").page("/work")  # the day's first case is in her hands
    fill(house)
    house.person("ivy", "inspector")
    house.person("ben", "senior")
    now = house.clock()
    with house.database.unit() as unit:
        effects = (Effect(Kind.CLOSED), Effect(Kind.THRESHOLDS, review=0.5), Effect(Kind.SLOW_MODE, a_minute=3))
        for effect in effects:
            wish = emergencies.Wish(Scope("news", "t-7" * 30), effect, 30, "mia", "a raid on this thread")
            asked = emergencies.ask(unit, wish, labels=(), surfaces=SURFACES, now=now)
            begun = emergencies.answer(unit, asked.id, by="ben", approve=True, note="seen", now=now).emergency
        assert begun is not None
        emergencies.end(unit, begun.id, by="mia", why="they are gone", now=now)
        request = inspections.Wish(
            "Cyberspace office", "2026-17", "decisions on news", "cn-2017:10", "ivy", now - timedelta(days=1),
            now + timedelta(days=1), 14, "mia", "their letter", None, opened=True,
        )  # fmt: skip
        record = inspections.ask(unit, request, surfaces=SURFACES, now=now)
        [asked] = approvals.waiting(unit, subject_id=record.id)
        inspections.answer(unit, asked.id, by="ben", approve=True, note="genuine", now=now)
        found = incidents.Found("leak", "high", now, {"what": "an open export", "people": "12"}, "mia")
        incident = incidents.record(unit, found, forms=shipped_forms(), now=now)
        demand = incidents.Demand(
            "Office", "17", "one exports", "two do", "ben", now + timedelta(days=1), "mia", incident.id
        )
        item = incidents.demand(unit, demand, now=now)
        proved = incidents.prove(unit, item.id, proof="two export now", by="mia", now=now)
        words = {name: f"the {name}" for name in FIELDS}
        wish_ = assessments.Wish("function", "replies", "", ("news",), words, "mia", "asked for")
        assessed = assessments.write(unit, wish_, surfaces=SURFACES, now=now)
        [sign] = approvals.waiting(unit, subject_id=assessed.id)
        page = inspection_reading.read_page(unit, record.id, inspector="ivy", now=now)
        unit.commit()
    house.campaign(*[house.comment(ADVERT.format(n), thread_id=f"t{n % 3}", author=f"a{n % 9}") for n in range(24)])
    campaign_findings.weigh_some(house.database, now)
    with house.database.reading() as look:
        [campaign] = weighed.page(look).items
    decision = page.items[0].id
    measure, finding = came_back(house)
    mine = ["/state", "/emergencies", f"/emergencies/{begun.id}", "/inspections", f"/inspections/{record.id}"]
    mine += ["/incidents", f"/incidents/{incident.id}", f"/approvals/{proved.id}", f"/approvals/{sign.id}"]
    mine += ["/campaigns", f"/campaigns/{campaign.campaign_id}"]
    mine += [
        "/webhooks",
        f"/webhooks/{told(house)}",
        f"/measures/{measure}",
        f"/returns/{finding}",
        "/measures",
        "/accounts",
        "/quality",
    ]
    mine += of_the_ledger(house)
    mine += [f"/work/{first.case_id}/group"]
    theirs = [f"/inspections/{record.id}/evidence", f"/inspections/{record.id}/evidence/{decision}"]
    return [*(("ada", path) for path in mine), *(("ivy", path) for path in theirs)]


def of_the_ledger(house: House) -> list[str]:
    """The pages of a ledger that is sealed, of one entry, and of a checkpoint to print."""
    sealed(house)
    with house.database.reading() as look:
        [entry] = ledger.page(look, limit=1).items
    return ["/ledger", f"/ledger/{entry.id}", "/ledger/checkpoint"]


def came_back(house: House) -> tuple[str, str]:
    """An account that was closed by two, and one that may be the same person's: the measure and the finding."""
    links, why, now = (Link("identity", "card-7"),), {"zh": "广告", "en": "ads"}, house.clock()
    with house.database.unit() as unit:
        for name in ("bad", "new"):
            stated = authors.state(
                unit, house.keyring, name, Statement(links=links), actor=Actor("key", "k"), now=now
            )  # fmt: skip
            found = returns.look(unit, house.keyring, stated.id, links, now=now)
            if name == "bad":
                wish = measure_wishes.Wish(TargetKind.AUTHOR, name, why, "rule 3", "close")
                policy = house.parts.policies()["cn"]
                made = account_measures.take(unit, house.keyring, wish, policy, by="mia", policies={}, now=now)
                account_measures.answer(unit, str(made.approval_id), by="ben", approve=True, note="yes", now=now)
        unit.commit()
    return made.id, found[0].id


def told(house: House) -> str:
    """An endpoint that was told something and did not take it."""
    wish = webhooks.Wish("https://platform.example/hooks/" + "t0ken" * 12, ("decision.final",), "mia", "the shop")
    now, targets = house.clock(), house.parts.targets
    with house.database.unit() as unit:
        endpoint, _ = webhooks.add(unit, wish, targets=targets, keyring=house.keyring, now=now)
        outbox.put(unit, outbox.NewEvent("decision.final", "subject", {"decision_id": "d"}, now), now=now)
        outbox.bury(unit, endpoint.id, error="it answered 500 nine times", now=now)
        unit.commit()
    return endpoint.id


@pytest.mark.proof  # two minutes
@pytest.mark.parametrize(("language", "scheme"), [("zh-CN", "dark"), ("en-GB", "light")])
def test_pages_with_something_on_them_keep_nobody_out(
    chromium: Any, address: str, house: House, axe: str, language: str, scheme: str
) -> None:
    pages = busy(house)
    found = {}
    for name, role in (("ada", "admin"), ("ivy", "inspector")):
        options = {"viewport": {"width": 1280, "height": 860}, "locale": language, "color_scheme": scheme}
        with Desk.opened(chromium, address, house, **options) as desk:
            desk.log_in(name, role)
            if language == "zh-CN":
                desk.in_chinese()
            for number, path in enumerate(path for who, path in pages if who == name):
                assert (200, f"{address}{path}") == (desk.go(path), desk.page.url)
                desk.page.evaluate("for (const one of document.querySelectorAll('details:not(.menu)')) one.open = true")
                if told := _looked_at(desk, axe, f"oversight-{name}-{number}-{language[:2]}-{scheme}"):
                    found[path] = told
            assert ([], []) == (desk.foreign, desk.complaints)
    assert {} == found


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_the_list_of_measures_is_seen_whole_at_1400_pixels(
    chromium: Any, address: str, house: House, language: str
) -> None:
    """Until when was cut off; and a question about a measure is read on a telephone without being pushed aside."""
    house.comment("加微信", id="c-1", policy="cn", author="bad")
    now, policy, why = house.clock(), house.parts.policies()["cn"], {"zh": "多次发布广告" * 9, "en": "ads " * 40}
    with house.database.unit() as unit:
        for days in (9, None):
            wish = measure_wishes.Wish(
                TargetKind.AUTHOR, "bad" if days else "worse", why, "platform-rules:advertising", "suspend", days,
                cause="c-1" if days else None,
            )  # fmt: skip
            made = account_measures.take(unit, house.keyring, wish, policy, by="mia", policies={}, now=now)
        unit.commit()
    with Desk.opened(chromium, address, house, viewport={"width": 1400, "height": 860}, locale=language) as desk:
        desk.log_in("ada", "admin")
        assert 200 == desk.go("/measures")
        box = "document.querySelector('.scroll table').parentElement"
        assert 0 == desk.page.evaluate(f"{box}.scrollWidth - {box}.clientWidth")
        desk.page.set_viewport_size({"width": 360, "height": 800})
        assert 200 == desk.go(f"/approvals/{made.approval_id}")
        assert 0 == desk.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
