"""What is blurred at first: what the machine suspects, what people report, and around it what was found so."""

from __future__ import annotations

import pytest

from console.harshness import harsh_ones
from governance import complaints
from governance.complaint_rules import shipped
from governance.complaints import Report, Reporter
from records.values import Doubt
from review.feedback import give_feedback
from tests.console.house import House
from tests.console.test_work import shown
from tests.governance.public import APPROVE, REJECT, decide


def complain(house: House, about: str, kind: str) -> None:
    with house.database.unit() as unit:
        told = Report(about, kind, "", Reporter(complaints.PLATFORM, "reader-1"))
        complaints.make(unit, told, shipped(), keyring=house.keyring, now=house.clock())
        unit.commit()


@pytest.mark.parametrize(("kind", "title"), [("harassment", "Harassment"), ("spam", None)])
def test_what_a_reader_reports_as_harassment_is_blurred_though_the_machine_suspects_nothing(
    house: House, kind: str, title: str | None
) -> None:
    house.comment("今天的云真好看", id="c-1")
    complain(house, "c-1", kind)
    page = house.logged_in("mei").page("/work")
    assert (title is not None) is ('class="comment blurred"' in page)
    assert title is None or f"Blurred: suspected of {title}." in page


def test_what_the_platform_doubts_as_abuse_is_blurred(house: House) -> None:
    stored = house.comment("今天的云真好看")
    doubt = Doubt("shop", "false_negative", ("abuse",))
    with house.database.unit() as unit:
        give_feedback(unit, house.parts.taxonomy.names, stored.decision_id, doubt, now=house.clock())
        unit.commit()
    assert "Blurred: suspected of Abuse." in house.logged_in("mei").page("/work")


def test_what_a_person_found_to_be_abuse_is_blurred_around_another_text(house: House) -> None:
    texts = {house.comment(text, thread_id="t").comment_id: text for text in ("加微信一", "加微信二")}
    rejected = decide(house.database, REJECT, by="kim", now=house.clock()).comment_id
    approved = decide(house.database, APPROVE, by="kim", now=house.clock()).comment_id
    with house.database.reading() as look:
        assert {rejected} == harsh_ones(look, list(texts))
    house.comment("下注就赢", thread_id="t")
    told = shown(house.logged_in("mei").page("/work"))
    assert (True, False) == (told[texts[rejected]], told[texts[approved]])
