"""What pages say of themselves: which cases they count, what is known beforehand, what is decided."""

from __future__ import annotations

import html
from dataclasses import replace

from console.routes import application
from governance import campaign_findings
from review.quality import Quality
from tests.console.house import House

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高，下注"


def _with_gold(house: House) -> None:
    house.app.routes[:] = [each for each in house.app.routes if getattr(each, "path", "") != "/console"]
    house.parts = replace(house.parts, quality=Quality(0.1, 0.3))
    house.app.mount("/console", application(house.parts))


def test_quality_says_that_no_answer_is_known_where_none_is(house: House) -> None:
    _with_gold(house)
    page = house.logged_in("lea", "lead").page("/quality")
    assert "No answer is known beforehand" in page
    assert "30 %" not in page


def test_queue_and_lead_say_what_they_count(house: House) -> None:
    house.comment("下注")
    visitor = house.logged_in("lea", "lead")
    assert "1 of it are cases that an answer is promised for" in visitor.page("/queue")
    assert "Counted are the cases that a decision is promised for" in visitor.page("/lead")


def test_how_an_account_stands_opens_under_the_policy_that_judged_it(house: House) -> None:
    visitor = house.logged_in("sia", "senior")
    for policy in ("default", "cn"):
        stored = house.comment(f"加微信 {policy}", policy=policy, author=policy)
        page = visitor.page(f"/comments/{stored.comment_id}/standing")
        assert f'aria-current="true">{policy}</a>' in page


def test_a_finding_says_that_every_comment_of_it_is_decided(house: House) -> None:
    made = [house.comment(f"{ADVERT}{n}", author=f"a{n}") for n in range(6)]
    house.campaign(*made)
    campaign_findings.weigh_some(house.database, house.clock())
    visitor = house.logged_in("lea", "lead")
    page = html.unescape(visitor.page("/campaigns"))
    assert "all decided" not in page
    mine = house.logged_in("mei")
    for _ in made:
        mine.decide("approve")
    assert "all decided" in visitor.page("/campaigns")
