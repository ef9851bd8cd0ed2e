"""The page of rules tells what packs on the disk would take from rules that decide, and marks packs in force."""

from __future__ import annotations

from governance import rule_packs
from moderation.pack_files import place_of, read_files
from tests.console.house import House
from tests.governance.test_rule_packs import packs

TEXT = packs("review").files["own.toml"]


def take(house: House) -> None:
    found, place = read_files(house.parts.packs), place_of(house.parts.packs.parent)
    with house.database.unit() as unit:
        rule_packs.take(unit, found, place=place, asks_two=True, now=house.clock())
        unit.commit()


def test_the_page_tells_what_waits_and_what_rules_would_lose_by_it(house: House) -> None:
    own = house.parts.packs / "own.toml"
    own.write_text(TEXT, encoding="utf-8")
    take(house)
    visitor = house.logged_in("mei", "lead")
    assert "chaffinch rules take" not in visitor.page("/rules")
    own.write_text(TEXT.replace("examples =", 'not = ["<i>bjl7712"]\nexamples ='), encoding="utf-8")
    page = visitor.page("/rules")
    assert "chaffinch rules take --by NAME --why REASON" in page
    assert "<li><code>ads.hippo: not: + &lt;i&gt;bjl7712</code></li>" in page


def test_a_pack_in_force_that_was_taken_away_is_marked_as_changed_here(house: House) -> None:
    own = house.parts.packs / "own.toml"
    own.write_text(TEXT, encoding="utf-8")
    take(house)
    own.unlink()
    page = house.logged_in("mei", "lead").page("/rules?q=ads.hippo")
    assert "changed here" in page
    assert "<li><code>ads.hippo: -</code></li>" in page
