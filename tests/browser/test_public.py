"""The public pages in a browser without script: a complaint and an appeal, on a telephone and on a screen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance import agreements, appeals, complaints, receipts, verdicts
from governance.agreements import Wish
from governance.verdicts import HouseRules
from records import leases
from records.cases import Wanted
from records.values import Judgement, VerdictKind
from review import queue
from tests.album.affairs import settle
from tests.browser.driving import Desk
from tests.console.house import House
from tests.governance.public import RULES

NOTE = "他连续三天在我妹妹的每条评论下辱骂她，还公布了她的学校。\n<b>请尽快处理</b> \u202etxt.exe"


@pytest.fixture
def telephone(chromium: object, address: str, house: House) -> Any:
    """A narrow window that runs no script."""
    options = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False, "locale": "zh-CN"}
    with Desk.opened(chromium, address, house, **options) as desk:
        yield desk
        assert [] == desk.foreign
        assert [] == desk.complaints


def too_wide(desk: Desk) -> bool:
    """Without script nothing can be asked of the page; a picture of all of it is as wide as it is."""
    box = desk.page.locator("html").bounding_box()
    return bool(box["width"] > desk.page.viewport_size["width"])


def publish_agreement(house: House) -> None:
    """One that holds, with a long word in it, and one that will."""
    zh, en = "一、请文明发言。\n\n二、不发布广告。", f"1. Be civil.\n\n2. No advertising.\n{'x' * 90}"
    with house.database.unit() as unit:
        for version, begins in (("2026-01", None), ("2027-01", house.clock() + timedelta(days=30))):
            agreements.publish(unit, Wish(version, zh, en, begins, "lin", "seen"), now=house.clock())
        unit.commit()


def decide(house: House, judgement: Judgement, *, who: str) -> None:
    with house.database.unit() as unit:
        [case] = queue.take(unit, who, Wanted(), now=house.clock())
        rules = HouseRules(house.parts.taxonomy, house.parts.policies())
        verdicts.give(unit, rules, case.id, judgement, moderator=who, token=case.lease_token, now=house.clock())
        unit.commit()
    settle(house)


def test_a_complaint_and_an_appeal_without_script_on_a_telephone(telephone: Desk, house: House) -> None:
    public = telephone.address.replace("/console", "/public")
    house.comment("你这个蠢货", id="c-20260301-77")
    page = telephone.page
    page.goto(f"{public}/complaints?comment=c-20260301-77")
    telephone.picture("public-complain-zh-360")
    assert not too_wide(telephone)
    page.get_by_label("辱骂骚扰").check()
    page.locator("#text").fill(NOTE)
    page.locator("button").click()
    assert "已收到，等待人工核实" in telephone.text("main")
    telephone.picture("public-receipt-zh-360")
    receipt = page.url
    decide(house, Judgement(VerdictKind.REJECT, ("abuse",)), who="mei")
    page.goto(receipt)
    assert "评论已处理" in telephone.text("main")
    telephone.picture("public-answered-zh-360")
    with house.database.reading() as look:
        known = complaints.comments.known_ids(look, ["c-20260301-77"])["c-20260301-77"]
        decision = complaints.decisions.latest_of(look, known)
    reference = receipts.given_for(house.keyring, receipts.REFERENCE, decision.id)
    page.goto(f"{public}/appeals?reference={reference}&lang=en")
    page.locator("#text").fill("We are friends; she laughed.")
    telephone.picture("public-contest-en-360")
    page.locator("button").click()
    assert "received, waits for a person" in telephone.text("main")
    publish_agreement(house)
    page.goto(f"{public}/agreement?lang=zh")
    telephone.picture("public-agreement-zh-360")
    for path in ("", "/civility", "/agreement", "/agreement/2027-01", "/collected", "/appeals"):
        page.goto(f"{public}{path or '/'}?lang=en")
        telephone.picture(f"public{path.replace('/', '-') or '-home'}-en-360")
        assert not too_wide(telephone)


def test_another_look_is_asked_for_without_script(chromium: object, address: str, house: House) -> None:
    """On a telephone and a screen, in both languages, light and dark; the receipt's page is all it takes."""
    public = address.replace("/console", "/public")
    looks = [(360, "zh", "light"), (360, "en", "dark"), (1280, "zh", "dark"), (1280, "en", "light")]
    for place, (width, locale, scheme) in enumerate(looks):
        name = f"c-{place}"
        house.comment("你这个蠢货", id=name)
        with house.database.unit() as unit:
            said = complaints.Report(
                name, "harassment", NOTE, complaints.Reporter(complaints.PLATFORM, f"r{place}")
            )  # fmt: skip
            made = complaints.make(unit, said, RULES, keyring=house.keyring, now=house.clock())
            unit.commit()
        decide(house, Judgement(VerdictKind.APPROVE), who="mei")
        receipt = receipts.given_for(house.keyring, "complaint", made.id)
        options = {"viewport": {"width": width, "height": 740}, "java_script_enabled": False, "color_scheme": scheme}
        with Desk.opened(chromium, address, house, **options) as desk:
            desk.page.goto(f"{public}/complaints/{receipt}?lang={locale}")
            assert not too_wide(desk)
            desk.page.locator("#text").fill("她说她害怕。\nHe means it.")
            desk.picture(f"public-again-{locale}-{width}-{scheme}")
            desk.page.locator("form[action*=contests] button").click()
            desk.picture(f"public-again-waiting-{locale}-{width}-{scheme}")
            assert not too_wide(desk)
            decide(house, Judgement(VerdictKind.REJECT if place % 2 else VerdictKind.APPROVE,
                                    ("abuse",) if place % 2 else ()), who="ben")  # fmt: skip
            desk.page.goto(f"{public}/complaints/{receipt}?lang={locale}")
            desk.picture(f"public-again-final-{locale}-{width}-{scheme}")
            assert not too_wide(desk)
            assert ([], []) == (desk.foreign, desk.complaints)


def test_pictures_of_a_complaint_an_appeal_and_a_finding(chromium: object, address: str, house: House) -> None:
    public = address.replace("/console", "/public")
    house.comment("你这个蠢货", id="c-77", thread_id="t")
    with Desk.opened(chromium, address, house, color_scheme="dark") as desk:
        desk.page.goto(f"{public}/complaints?comment=c-77&lang=en")
        desk.page.get_by_label("Harassment").check()
        desk.page.locator("#text").fill(NOTE)
        desk.picture("public-complain-en-dark")
        desk.page.locator("button").click()
        desk.log_in("mei")
        desk.go("/work")
        desk.picture("work-complaint-en-dark")
        assert "Reports: 1 · reporters: 1" in desk.text("main")
        with house.database.unit() as unit:
            [case] = leases.leased_by(unit, house.people["mei"].id, now=house.clock())
            rules = HouseRules(house.parts.taxonomy, house.parts.policies())
            verdicts.give(
                unit, rules, case.id, Judgement(VerdictKind.REJECT, ("abuse",)), moderator=house.people["mei"].id,
                token=case.lease_token, now=house.clock(),
            )  # fmt: skip
            appeals.make(unit, case.decision_id, "We are friends; she laughed.", RULES, sender="t", now=house.clock())
            unit.commit()
        settle(house)
        assert [] == desk.complaints
    with Desk.opened(chromium, address, house) as other:
        other.log_in("ben", "senior")
        other.go("/work?queue=appeals")
        other.picture("work-appeal-en")
        assert "We are friends" in other.text("main")
        decide_all(house)
        for number in range(12):
            house.comment("早上好", id=f"f-{number}")
            with house.database.unit() as unit:
                said = complaints.Report(
                    f"f-{number}", "spam", "", complaints.Reporter(complaints.PLATFORM, f"r{number % 8}")
                )
                complaints.make(unit, said, RULES, keyring=house.keyring, now=house.clock())
                unit.commit()
            decide(house, Judgement(VerdictKind.APPROVE), who="cle")
        other.go("/reports")
        other.picture("reports-en")
        other.page.locator("table a").first.click()
        other.picture("report-en")
        assert "12" in other.text("main")
        assert [] == other.complaints


def decide_all(house: House) -> None:
    with house.database.unit() as unit:
        [case] = leases.leased_by(unit, house.people["ben"].id, now=house.clock())
        rules = HouseRules(house.parts.taxonomy, house.parts.policies())
        verdicts.give(
            unit, rules, case.id, Judgement(VerdictKind.APPROVE), moderator=house.people["ben"].id,
            token=case.lease_token, now=house.clock(),
        )  # fmt: skip
        unit.commit()
    settle(house)
