"""Whoever opens what they have no case about leaves a trace, that leads and administrators read, themselves in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from console.pages import looks as page
from governance import retention
from governance.retention import Retention
from records import ledger, looks, search
from records.underlying import differences
from records.underlying_looks import look_differences
from tests.console.house import House


@pytest.mark.parametrize(
    ("path", "trace"),
    [
        ("/decisions/{decision}", ("comment", "decision")),
        ("/comments/{comment}/account", ("account", "account")),
        ("/comments/{comment}/thread", ("thread", "thread")),
        ("/comments/{comment}/standing", ("account", "standing")),
        ("/search?by={comment}", ("account", "search")),
    ],
)
def test_each_page_leaves_one_trace_an_hour_of_who_has_no_case_about_it(
    house: House, path: str, trace: tuple[str, str]
) -> None:
    stored = house.comment("加微信", id="c-1", thread_id="t-1")
    house.clock.forward(minutes=62 - house.clock().minute)  # not across the end of an hour
    ada = house.logged_in("ada", "admin")
    at = path.format(decision=stored.decision_id, comment=stored.comment_id)
    for _ in range(3):
        ada.page(at)
    with house.database.reading() as look:
        (only,) = look.execute(text("SELECT who, thing_kind, thing_id, page FROM looks")).all()
    assert (*trace, True) == (only.thing_kind, only.page, len(only.thing_id) == 36)
    house.clock.forward(hours=1)
    ada.page(at)
    with house.database.reading() as look:
        assert 2 == look.execute(text("SELECT count(*) FROM looks")).scalar_one()


def test_whoever_has_the_case_in_hand_leaves_none(house: House) -> None:
    stored = house.comment("加微信", id="c-1")
    mei = house.logged_in("mei", "senior")
    mei.page("/work")
    mei.page(f"/decisions/{stored.decision_id}")
    mei.page(f"/comments/{stored.comment_id}/account")
    with house.database.reading() as look:
        assert 0 == look.execute(text("SELECT count(*) FROM looks")).scalar_one()


def test_leads_read_who_looked_with_the_unusual_on_top_and_stand_in_it(house: House) -> None:
    many = [house.comment(f"一条评论 {n}", id=f"c-{n}") for n in range(page.ENOUGH)]
    ada, lee = house.logged_in("ada", "admin"), house.logged_in("lee", "lead")
    for each in many:
        ada.page(f"/decisions/{each.decision_id}")
    lee.page(f"/decisions/{many[0].decision_id}")
    told = " ".join(lee.page("/looks").split())
    assert told.index("unusual") < told.index("(you)")
    assert f"<code>{many[0].comment_id}</code>" in told
    rows = lee.get("/looks/people.csv").text.splitlines()
    assert [["ada", "20", "True"], ["lee", "1", "False"]] == [
        [line.split(",")[0], line.split(",")[1], line.split(",")[-1]] for line in rows[1:]
    ]
    assert 22 == len(lee.get("/looks/looks.csv").text.splitlines())
    assert 403 == house.logged_in("ina", "inspector").get("/looks").status_code
    assert 403 == house.logged_in("sam", "senior").get("/looks").status_code


def test_each_day_is_counted_in_the_ledger_and_what_is_altered_is_told(house: House) -> None:
    stored = house.comment("加微信", id="c-1")
    house.logged_in("ada", "admin").page(f"/decisions/{stored.decision_id}")
    house.clock.forward(days=1)
    for written in (1, 0):
        with house.database.unit() as unit:
            assert written == looks.count_days(unit, now=house.clock())
            unit.commit()
    with house.database.reading() as look:
        assert [] == list(look_differences(look))
    with house.database.unit() as unit:
        unit.execute(text("DELETE FROM looks"))
        (finding,) = look_differences(unit)
    assert "is not what entry" in finding.sentence
    retention.run(house.database, Retention(), now=house.clock() + timedelta(days=400))
    with house.database.reading() as look:
        assert 0 == look.execute(text("SELECT count(*) FROM looks")).scalar_one()
        assert [] == [each for each in differences(look) if "looked at" in each.sentence]


def test_a_decisions_page_leads_to_its_entry_and_proof(house: House) -> None:
    stored = house.comment("加微信", id="c-1")
    page = house.logged_in("lee", "lead").page(f"/decisions/{stored.decision_id}")
    with house.database.reading() as look:
        entry = ledger.last(look, "decision", stored.decision_id)
    assert entry is not None
    assert f'/ledger/{entry.id}"' in page
    assert "/ledger/" not in house.logged_in("sam", "senior").page(f"/decisions/{stored.decision_id}")


@pytest.mark.parametrize(
    ("path", "name", "shown"),
    [
        ("/search?q=微信", "search", 2),
        ("/search?q=微信&surface=forum", "search", 2),
        ("/campaigns", "campaigns", 0),
        ("/reports", "reports", 0),
        ("/measures?state=all", "measures", 0),
        ("/measures/table/measures.csv?state=all", "measures_csv", 0),
        ("/quality/gold", "gold", 0),
        ("/lists?kind=account", "lists", 0),
    ],
)
def test_a_list_leaves_one_trace_an_hour_of_how_many_it_showed_and_no_word_of_what_was_asked(
    house: House, path: str, name: str, shown: int
) -> None:
    for number in range(2):
        house.comment(f"加微信 {number}", id=f"c-{number}")
    with house.database.unit() as unit:
        search.catch_up(unit)
        unit.commit()
    house.clock.forward(minutes=62 - house.clock().minute)
    ada = house.logged_in("ada", "admin")
    for _ in range(3):
        ada.get(path)
    with house.database.reading() as look:
        (only,) = look.execute(text("SELECT thing_kind, thing_id, page, shown FROM looks")).all()
    assert ("list", name, shown) == (only.thing_kind, only.page, only.shown)
    assert "微信" not in only.thing_id
    assert "forum" not in only.thing_id
    told = house.logged_in("lee", "lead").page("/looks?kind=list")
    assert f"{shown} shown" in told


def test_searches_are_told_apart_by_a_mark_that_nobody_can_guess_back(house: House) -> None:
    ada = house.logged_in("ada", "admin")
    for asked in ("微信", "优惠", "微信"):
        ada.page(f"/search?q={asked}")
    with house.database.reading() as look:
        marks = look.execute(text("SELECT thing_id FROM looks")).scalars().all()
    assert 2 == len(set(marks))
    assert set(marks) == {house.parts.keyring.index("asked", f'["search", {{"q": "{q}"}}]') for q in
                          ("\\u5fae\\u4fe1", "\\u4f18\\u60e0")}  # fmt: skip


def test_lists_are_counted_in_the_ledger_forgotten_in_time_and_what_is_altered_is_told(house: House) -> None:
    house.logged_in("ada", "admin").page("/search?q=微信")
    house.clock.forward(days=1)
    with house.database.unit() as unit:
        assert 1 == looks.count_days(unit, now=house.clock())
        unit.commit()
    with house.database.unit() as unit:
        assert [] == list(look_differences(unit))
        unit.execute(text("UPDATE looks SET shown = 7"))
        assert 1 == len(list(look_differences(unit)))
    with house.database.unit() as unit:
        assert 1 == looks.forget(unit, before=house.clock().date(), now=house.clock())
