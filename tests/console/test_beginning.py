"""The page of a question about files shows every rule that blocks after a yes; the rule's page what its file says."""

from __future__ import annotations

import json

from governance import changed_parts, rule_packs
from moderation.pack_files import PackFiles
from moderation.shipped import PACKS
from tests.console.house import House, csrf_in
from tests.governance.test_rule_packs import MORE, NONE, packs


def take(house: House, *sets: PackFiles) -> None:
    with house.database.unit() as unit:
        for found in sets:
            rule_packs.take(unit, found, place="here", asks_two=True, now=house.clock())
        unit.commit()


def vouched(house: House, found: PackFiles, file: str) -> str:
    house.person("ben", "senior")
    with house.database.unit() as unit:
        differs = {f"{PACKS}/{file}": found.hashes[file]}
        asked = changed_parts.ask(unit, differs, by="ben", why="new wave", now=house.clock())
        unit.commit()
    return asked.id


def test_who_agrees_to_files_reads_the_rules_that_begin_to_block(house: House) -> None:
    found = packs(term=MORE)
    take(house, packs(), found)
    asked = vouched(house, found, "own.toml")
    lead = house.logged_in("mei", "lead")
    page = lead.page(f"/approvals/{asked}")
    assert "Approved, comments that these rules hit are blocked" in page
    assert "nothing else changes" not in page
    assert "it would have held or stopped" in page
    assert all(part in page for part in ("ads.hippo", "own.toml", "绿色河马", "紫色河马", "action = &#34;block&#34;"))
    lead.post("/preferences", {"csrf": csrf_in(page), "locale": "zh"})
    assert "命中的评论会被拦截" in lead.page(f"/approvals/{asked}")


def test_files_by_which_no_rule_begins_to_block_say_so(house: House) -> None:
    found = packs("review")
    take(house, NONE, found)
    asked = vouched(house, found, "own.toml")
    assert "No rule of packs begins to block by it." in house.logged_in("mei", "lead").page(f"/approvals/{asked}")


def test_a_rule_that_waits_is_shown_as_its_file_has_it_and_said_to_hold(house: House) -> None:
    take(house, NONE, packs())
    lead = house.logged_in("mei", "lead")
    page = lead.page("/rules/ads.hippo")
    assert "action = &#34;block&#34;" in page
    assert "Until two people stand for the file it only holds comments" in page
    assert "only holds: its file waits for a second person" in lead.page("/rules")


def test_a_command_tells_whoever_answers_which_rules_begin_to_block(house: House, capsys) -> None:  # noqa: ANN001
    from chaffinch.commands.rule_samples import begins_of, print_beginning
    from records import approvals

    take(house, NONE, packs())
    asked = vouched(house, packs(), "own.toml")
    with house.database.reading() as look:
        question = approvals.get(look, asked)
        assert ["ads.hippo"] == begins_of(look, question)
        print_beginning(look, question)
    told = capsys.readouterr().err
    assert all(
        part in told for part in ("ads.hippo of own.toml only holds now", json.dumps("紫色河马", ensure_ascii=False))
    )
