"""How much somebody decided is counted in one place: the lead's page and *Quality* tell the same number."""

from __future__ import annotations

import csv
import io
import re

from governance import bulk_steps
from governance.verdicts import HouseRules
from tests.console.house import House, Visitor, case_in
from tests.console.test_campaigns import ADVERT, _form
from tests.console.test_desk import _known as known
from tests.console.test_desk import _trainee as trainee


def rows(visitor: Visitor, path: str) -> dict[str, dict[str, str]]:
    told = csv.DictReader(io.StringIO(visitor.get(path).text.removeprefix("\ufeff")))
    return {row["moderator"]: row for row in told}


def test_lead_and_quality_tell_one_number_and_how_much_of_it_was_over_many(house: House) -> None:
    house.campaign(*[house.comment(f"{ADVERT}{n}") for n in range(6)])
    mei, lead = house.logged_in("mei"), house.logged_in("li", "lead")
    case_id = case_in(mei.page("/work"))
    form = _form(mei.page(f"/work/{case_id}/campaign"))
    assert 303 == mei.post(f"/work/{case_id}/campaign", {**form, "action": "reject", "labels": "gambling"}).status_code
    house.comment("下注")
    mei.decide("reject", labels="gambling")
    house.clock.forward(seconds=15)
    bulk_steps.step(house.database, lambda: HouseRules(house.parts.taxonomy, house.parts.policies()), house.clock())
    load, worst = rows(lead, "/lead/load.csv")["mei"], rows(lead, "/quality/worst.csv")["mei"]
    assert ("7", "5") == (load["given_last_day"], load["by_verdicts_over_many"])
    assert ("7", "5", "2") == (
        worst["given_last_day"], worst["by_verdicts_over_many"], worst["texts_read_last_day"],
    )  # fmt: skip
    for path in ("/lead", "/quality"):
        page = lead.page(path)
        assert "Verdicts in 24 hours" in page
        assert re.search(r"7\s*<span[^>]*>of which 5 by verdicts over many</span>", page)


def test_a_lesson_is_no_load_answered_or_in_hand(house: House) -> None:
    known(house, 2)
    xin, lead = trainee(house), house.logged_in("li", "lead")
    xin.page("/work")
    assert "xin" not in rows(lead, "/lead/load.csv"), "in hand"
    xin.decide("reject", labels="gambling")
    xin.page("/work")
    assert "xin" not in rows(lead, "/lead/load.csv"), "answered"
