"""The pages of rules: what they show, who may change what, and what is said when something came in between."""

from __future__ import annotations

import html
import re
import tomllib
from datetime import date, timedelta
from itertools import combinations

import pytest

from console.rule_text import text_of
from console.rule_view import differences
from governance import rules as life
from governance.rules import as_document, ways_on
from moderation.decision import RuleEffect
from moderation.errors import ConflictError
from moderation.rules import RuleState
from records import approvals, rule_hits, rules
from tests.console.house import House, Visitor, csrf_in
from tests.governance.test_rules import PACK, a_rule

DRAFT, SHADOW, LIVE, RETIRED = RuleState


def rows(page: str) -> list[str]:
    """Ids of the rules in the table."""
    return re.findall(r"data-row>[^<]*</a><br><code>([^<]+)</code>", page)


def wish(visitor: Visitor, name: str, to: str, why: str = "it held", expect: int | None = None):  # noqa: ANN201
    page = visitor.page(f"/rules/{name}")
    seen = re.search(r'name="expect" value="(\d+)"', page)
    told = str(expect) if expect is not None else seen[1] if seen else "0"
    return visitor.post(f"/rules/{name}", {"csrf": csrf_in(page), "to": to, "why": why, "expect": told})


def held(house: House, name: str = "ads.one") -> set[RuleState]:
    with house.database.reading() as look:
        return set(rules.held(look, name))


def test_the_table_has_the_rules_of_packs_and_database_with_their_states(house: House) -> None:
    (house.parts.packs / "ads.toml").write_text(PACK, encoding="utf-8")
    house.rule("ads.one", action="review", owner="trust team", expires=date(2031, 5, 4))
    house.promote("ads.one", LIVE)
    house.rule("ads.one", action="review", term="特价")
    page = house.logged_in("mei").page("/rules")
    assert ["ads.one", "ads.one", "ads.packed"] == rows(page)
    assert '<code class="once">ads.toml</code>' in page
    assert all(part in page for part in ("ads.toml", "database, version 2", "database, version 3", "trust team"))
    assert "2031-05-04" in page
    assert ["ads.one"] == rows(house.logged_in("mei").page("/rules?state=draft"))


@pytest.mark.parametrize(
    ("sought", "found"),
    [("特价", ["ads.two"]), ("ADS.ONE", ["ads.one"]), ("nothing like it", []), ("", ["ads.one", "ads.two"])],
)
def test_a_rule_is_found_by_its_id_or_a_term(house: House, sought: str, found: list[str]) -> None:
    house.rule("ads.one")
    house.rule("ads.two", term="特价")
    assert found == rows(house.logged_in("mei").page(f"/rules?q={sought}"))


def test_hits_of_the_last_days_are_shown_by_state(house: House) -> None:
    house.rule(action="review")
    house.promote("ads.one", SHADOW)
    with house.database.unit() as unit:
        effects = [RuleEffect("ads.one", SHADOW, hit=True, changes=at < 2) for at in range(5)]
        rule_hits.count(unit, effects, now=house.clock() - timedelta(days=6))
        rule_hits.count(unit, effects * 9, now=house.clock() - timedelta(days=7))
        unit.commit()
    visitor = house.logged_in("mei")
    assert '<td class="figure">5<br><span class="muted small once">2 it would change</span></td>' in visitor.page(
        "/rules"
    )
    assert "Hits in 7 days: 5, 2 it would change" in visitor.page("/rules/ads.one")


def test_what_has_expired_and_what_is_broken_is_said(house: House) -> None:
    house.rule("ads.old", action="review", expires=date(2020, 1, 1))
    with house.database.unit() as unit:
        broken = as_document(a_rule("ads.bad")) | {"patterns": 7}
        rules.add_version(unit, rules.RuleChange("ads.bad", LIVE, broken, 0, (), "ben", "w"), now=house.clock())
        unit.commit()
    (house.parts.packs / "torn.toml").write_text("[[rules]\n", encoding="utf-8")
    visitor = house.logged_in("mei", "lead")
    page = visitor.page("/rules")
    assert all(part in page for part in ("expired: it is not looked for", "cannot be read", "torn.toml:1:"))
    assert "cannot be read" in visitor.page("/rules/ads.bad")


def test_a_rule_s_page_has_its_text_and_each_change_with_who_why_and_what(house: House) -> None:
    house.person("ben", "senior")
    house.rule(terms=["优惠", "包邮"], action="review")
    house.promote("ads.one", LIVE, why="three days without a ghost")
    house.rule(terms=["优惠", "特价"], action="review")
    page = house.logged_in("mei").page("/rules/ads.one")
    assert "terms = [&#34;优惠&#34;, &#34;特价&#34;]" in page
    assert all(part in page for part in ("three days without a ghost", "seen today", "ben", "the first version"))
    changes = page[page.index("<tbody>") :]
    assert ["包邮", "特价"] == [part for part in ("包邮", "特价", "优惠") if f"</b> {part}" in changes]
    assert "says the same" in changes


def test_what_a_rule_s_text_says_is_what_a_pack_would_say() -> None:
    rule = a_rule(terms=["优惠", 'a"b\\'], near=None, when={"surfaces": ["live"], "features": {"x": {"below": 3}}})
    document = as_document(rule)
    assert {"rules": [document]} == tomllib.loads(text_of(document).replace("near = null\n", "")) | {
        "rules": [document]
    }
    written = tomllib.loads("\n".join(line for line in text_of(document).splitlines() if not line.endswith("= null")))
    assert {name: value for name, value in document.items() if value is not None} == written["rules"][0]


def test_differences_name_fields_as_packs_do_and_never_the_state() -> None:
    before = a_rule(all=[["a1", "b1"]], state="shadow").as_rule()
    after = a_rule(all=[["a1", "c1"]], state="live").as_rule()
    assert ["all"] == [change.field for change in differences(before, after)]


def test_markup_and_bidi_in_a_rule_are_shown_and_lose_their_effect(house: House) -> None:
    house.rule(term="<b>x\u202e", why="<script>alert(1)</script>")
    asked = house.promote("ads.one", LIVE, why="<i>now</i>").approval
    assert asked is not None
    visitor = house.logged_in("mei", "lead")
    for path in ("/rules", "/rules/ads.one", "/approvals", f"/approvals/{asked.id}"):
        page = visitor.page(path)
        assert [] == [part for part in ("<b>x", "\u202e", "<script>alert", "<i>now") if part in page]


@pytest.mark.parametrize(
    ("role", "may"), [("moderator", False), ("data_scientist", False), ("inspector", False), ("senior", True)]
)
def test_seniors_lead_rules_on_and_others_are_told_so(house: House, role: str, may: bool) -> None:
    house.rule()
    visitor = house.logged_in("mei", role)
    page = visitor.page("/rules/ads.one")
    assert (may, not may) == ('name="to" value="shadow"' in page, "Seniors, leads and administrators may" in page)
    assert (303 if may else 403) == wish(visitor, "ads.one", "shadow").status_code
    assert ({SHADOW} if may else {DRAFT}) == held(house)


def test_a_rule_goes_on_by_who_is_logged_in_with_their_reason(house: House) -> None:
    house.rule(action="review")
    visitor = house.logged_in("mei", "senior")
    answer = visitor.post(
        "/rules/ads.one",
        {
            "csrf": csrf_in(visitor.page("/rules")),
            "to": "shadow",
            "why": "no ghosts",
            "expect": "1",
            "by": "someone else",
        },
    )
    assert "/console/rules/ads.one" == answer.headers["location"]
    with house.database.reading() as look:
        last = rules.newest(look, "ads.one")
    assert last is not None
    assert ("mei", "no ghosts", SHADOW) == (last.author, last.why, last.state)
    assert "at version 2" in visitor.page("/rules/ads.one")


@pytest.mark.parametrize("action", ["block", "review"])
def test_a_rule_that_holds_or_blocks_asks_a_second_person(house: House, action: str) -> None:
    house.rule(action=action)
    visitor = house.logged_in("mei", "senior")
    assert "a second person has to approve" in visitor.page("/rules/ads.one")
    answer = wish(visitor, "ads.one", "live")
    with house.database.reading() as look:
        (asked,) = approvals.waiting(look)
    assert f"/console/approvals/{asked.id}" == answer.headers["location"]
    assert ({DRAFT}, "mei") == (held(house), asked.asked_by)
    assert f"/console/approvals/{asked.id}" in visitor.page("/rules/ads.one")
    assert "waits for a second person" in visitor.page("/rules")


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("shadow", "But running servers cannot load the rules: they keep those they had until torn.toml is mended."),
        ("retired", "Servers take it out within two seconds, but else they cannot load the rules"),
    ],
)
def test_who_changes_a_rule_while_a_pack_is_broken_is_told_what_servers_do(house: House, to: str, said: str) -> None:
    house.rule(action="review")
    (house.parts.packs / "torn.toml").write_text("[[rules]\n", encoding="utf-8")
    visitor = house.logged_in("mei", "senior")
    assert 303 == wish(visitor, "ads.one", to).status_code
    page = visitor.page("/rules/ads.one")
    assert all(part in page for part in (said, "The first of 1 faults", "torn.toml:1:", f"It is {to}"))
    assert "Servers follow within two seconds.</p>" not in page
    (house.parts.packs / "torn.toml").unlink()
    assert "cannot load the rules" not in visitor.page("/rules/ads.one")


def test_a_rule_that_cannot_be_used_beside_the_others_is_told_after_a_change(house: House) -> None:
    """What no page reads on its own: the examples of a pack's rule."""
    wrong = PACK.replace('no_match = ["你好"]', 'no_match = ["包邮"]')
    (house.parts.packs / "ads.toml").write_text(wrong, encoding="utf-8")
    house.rule("ads.two", action="review")
    visitor = house.logged_in("mei", "senior")
    wish(visitor, "ads.two", "shadow")
    page = visitor.page("/rules/ads.two")
    assert all(part in page for part in ("until ads.toml is mended", "must not match but does"))
    house.clock.forward(minutes=2)
    assert "cannot load the rules" not in visitor.page("/rules/ads.two")


def test_the_table_says_everything_that_keeps_servers_from_loading_the_rules(house: House) -> None:
    """An example that does not hold, and a rule of the database that would be refused: both, and each once."""
    wrong = PACK.replace('no_match = ["你好"]', 'no_match = ["包邮"]')
    (house.parts.packs / "ads.toml").write_text(wrong, encoding="utf-8")
    (house.parts.packs / "torn.toml").write_text("[[rules]\n", encoding="utf-8")
    house.rule("ads.two", action="review", label="advertising")
    page = house.logged_in("mei").page("/rules")
    assert "Servers cannot load the rules" in page
    assert "must not match but does" in page
    assert 1 == page.count("torn.toml:1:")
    (house.parts.packs / "torn.toml").unlink()
    (house.parts.packs / "ads.toml").write_text(PACK, encoding="utf-8")
    assert "Servers cannot load" not in house.logged_in("mei").page("/rules")


def test_more_faults_than_a_page_lists_are_counted(house: House) -> None:
    for number in range(25):
        (house.parts.packs / f"torn{number}.toml").write_text("[[rules]\n", encoding="utf-8")
    page = house.logged_in("mei").page("/rules")
    assert 20 == len(re.findall(r"torn\d+\.toml:1:", page))
    assert "And 5 more" in page


def test_a_rule_whose_pack_cannot_be_read_is_not_said_to_be_nowhere(house: House) -> None:
    (house.parts.packs / "ads.toml").write_text(PACK, encoding="utf-8")
    visitor = house.logged_in("mei", "lead")
    sent = {"csrf": csrf_in(visitor.page("/rules/ads.packed")), "to": "retired", "why": "hits good talk", "expect": "0"}
    (house.parts.packs / "ads.toml").write_text("[[rules]\n" + PACK, encoding="utf-8")
    for answer in (visitor.post("/rules/ads.packed", sent), visitor.get("/rules/ads.packed")):
        assert 404 == answer.status_code
        assert "No rule ads.packed can be read." in answer.text
        assert "ads.toml:1:" in answer.text
    assert not held(house, "ads.packed")


def test_a_pack_s_rule_is_retired_from_its_page(house: House) -> None:
    (house.parts.packs / "ads.toml").write_text(PACK, encoding="utf-8")
    visitor = house.logged_in("mei", "lead")
    assert "never changed here" in visitor.page("/rules/ads.packed")
    assert 303 == wish(visitor, "ads.packed", "retired", "hits good talk").status_code
    page = visitor.page("/rules/ads.packed")
    assert "retired" in page
    assert "chaffinch rules add" in page


def test_who_saw_an_older_version_is_told_and_their_reason_is_kept(house: House) -> None:
    house.rule()
    visitor = house.logged_in("mei", "senior")
    house.rule(term="特价")
    answer = wish(visitor, "ads.one", "shadow", "my long thought", expect=1)
    assert 409 == answer.status_code
    assert "Somebody else changed this rule in the meantime" in answer.text
    assert "my long thought" in answer.text
    assert {DRAFT} == held(house)


@pytest.mark.parametrize("why", ["", "   ", "x" * 2001])
def test_nothing_is_changed_without_a_reason(house: House, why: str) -> None:
    house.rule()
    answer = wish(house.logged_in("mei", "senior"), "ads.one", "shadow", why)
    assert (422, True) == (answer.status_code, "Say why" in answer.text)
    assert {DRAFT} == held(house)


def test_a_rule_that_cannot_be_used_says_why(house: House) -> None:
    house.rule(label="gossip")
    answer = wish(house.logged_in("mei", "senior"), "ads.one", "shadow")
    assert (422, True) == (answer.status_code, "there is no label &#39;gossip&#39;" in answer.text)


@pytest.mark.parametrize("form", [{"to": "draft"}, {"to": "x"}, {"expect": "-1"}, {"expect": ""}])
def test_a_wish_that_no_page_makes_is_refused(house: House, form: dict[str, str]) -> None:
    house.rule()
    visitor = house.logged_in("mei", "senior")
    sent = {"csrf": csrf_in(visitor.page("/rules")), "to": "shadow", "why": "w", "expect": "1"} | form
    assert 422 == visitor.post("/rules/ads.one", sent).status_code
    assert {DRAFT} == held(house)


def test_an_unknown_rule_is_a_page_with_a_sentence(house: House) -> None:
    visitor = house.logged_in("mei", "lead")
    assert 404 == visitor.get("/rules/ads.none").status_code
    sent = {"csrf": csrf_in(visitor.page("/rules")), "to": "live", "why": "w", "expect": "0"}
    assert 404 == visitor.post("/rules/ads.none", sent).status_code


@pytest.mark.parametrize("states", [pair for size in (1, 2, 3) for pair in combinations((DRAFT, SHADOW, LIVE), size)])
def test_the_ways_that_are_offered_are_those_that_are_open(house: House, states: tuple[RuleState, ...]) -> None:
    with house.database.unit() as unit:
        for state in states:
            last = rules.newest(unit, "ads.one")
            change = rules.RuleChange(
                "ads.one", state, as_document(a_rule()), last.version if last else 0, (), "ben", "w"
            )
            rules.add_version(unit, change, now=house.clock())
        found = rules.held(unit, "ads.one")
        open_ways = []
        for to in (SHADOW, LIVE, RETIRED):
            try:
                life._source("ads.one", found, to)
            except ConflictError:
                continue
            open_ways.append(to)
    assert tuple(open_ways) == ways_on(found)


def test_the_page_unescapes_to_the_rule_as_written(house: House) -> None:
    house.rule(term="<&>")
    page = house.logged_in("mei").page("/rules/ads.one")
    source = page[page.index('<pre class="source"') :].partition(">")[2].partition("</pre>")[0]
    assert ["<&>"] == tomllib.loads(html.unescape(source))["rules"][0]["terms"]


def test_what_went_live_untried_says_so_in_the_history(house: House) -> None:
    with house.database.unit() as unit:
        life.add(unit, a_rule("ads.one", action="review"), by="ben", why="seen today", now=house.clock())
        wish = life.Wish("ads.one", RuleState.LIVE, "ben", "a flood just now", urgent="it goes on")
        standards = life.Standards(house.parts.taxonomy, house.clock().date(), tried_first=True)
        life.promote(unit, wish, standards=standards, packed=lambda _: None, now=house.clock())
        unit.commit()
    page = house.logged_in("ben", "senior").page("/rules/ads.one")
    assert 1 == page.count("Live without a backtest:")
