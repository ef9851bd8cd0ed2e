"""Every page of the console in a browser: axe-core finds nothing, nothing is wider than its window or from outside.

`make test` looks at one of the four ways to see a page, at two widths, and lets axe-core look at one of these: every
other page at the narrow one. `make proof` looks at all four, with axe-core at both widths, and takes pictures of each
(`var/screenshots/`).
"""

from __future__ import annotations

import importlib.util
import json
import math
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console import assets
from console.routes import PAGES
from governance.staffing_measured import Measured
from moderation.decision import Outcome
from records.flow import Scored
from records.search import catch_up
from tests.browser.driving import Desk
from tests.browser.test_pictures import CUT_OFF, fill, twice
from tests.console.house import House, build
from tests.console.test_gate import _address
from tests.console.test_models import Registry
from tests.console.test_neutrality import AUDIT
from tests.records.factories import a_decision
from tests.registry.bundles import gated

MOST_BYTES = 150_000
WIDTHS = (360, 1280)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

proof = pytest.mark.proof
WAYS = [
    pytest.param("zh-CN", "dark"),
    pytest.param("en-GB", "light", marks=proof),
    pytest.param("en-GB", "dark", marks=proof),
    pytest.param("zh-CN", "light", marks=proof),
]

FINDINGS = """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found =>
    found.violations.map(each => `${each.id}: ` + each.nodes.slice(0, 3).map(one => one.html.slice(0, 120)).join(' | '))
)"""


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's source. It is evaluated by the driver: a script element would be refused by the pages' policy."""
    spec = importlib.util.find_spec("axe_playwright_python")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("axe-core is not here: pip install axe-playwright-python")
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    registry = Registry(tmp_path / "registry")
    registry.root.mkdir()
    gated(registry.add("1"))
    (tmp_path / "house").mkdir()
    built = build(tmp_path / "house", registry.desk())
    (built.folder / "neutrality.json").write_text(json.dumps(AUDIT), encoding="utf-8")
    yield built
    built.database.close()


def paths(house: House) -> dict[str, str]:
    """Every page that can be looked at, by its name; files for spreadsheets are none.

    Pages of one thing that this house does not have are those of `test_oversight`.
    """
    shown = [page.path for page in PAGES if page.method == "GET" and not page.path.endswith((".csv", "/live"))]
    found = {path: _address(path, house) for path in shown}
    return {
        path.strip("/").replace("/", "-").replace("{", "").replace("}", "") or "home": address
        for path, address in found.items()
        if "none" not in address.split("/")
    }


@pytest.mark.parametrize(
    ("language", "scheme", "whole"),
    [("zh-CN", "dark", False), *(pytest.param(*way.values, True, marks=proof) for way in WAYS)],
)
def test_every_page_keeps_nobody_out(
    chromium: Any, address: str, house: House, axe: str, language: str, scheme: str, whole: bool
) -> None:
    fill(house)
    with house.database.unit() as unit:
        catch_up(unit)
        unit.commit()
    options = {"viewport": {"width": 1280, "height": 860}, "locale": language, "color_scheme": scheme}
    with Desk.opened(chromium, address, house, **options) as desk:
        desk.log_in("ada", "admin")
        if language == "zh-CN":
            desk.in_chinese()
        found = {}
        for number, (name, path) in enumerate(paths(house).items()):
            desk.go(path)
            desk.page.evaluate("for (const one of document.querySelectorAll('details:not(.menu)')) one.open = true")
            picture = f"{name}-{language[:2]}-{scheme}" if whole else None
            if told := _looked_at(desk, axe, picture, by_axe=WIDTHS if whole else (WIDTHS[number % 2],)):
                found[path] = told
        assert {} == found
        assert ([], []) == (desk.foreign, desk.complaints)


def _looked_at(desk: Desk, axe: str, picture: str | None, *, by_axe: tuple[int, ...] = WIDTHS) -> list[str]:
    """What is wrong with the page as it stands: at each width, and for axe-core at those of `by_axe`."""
    told: list[str] = []
    for width in WIDTHS:
        desk.page.set_viewport_size({"width": width, "height": 860})
        if picture:
            desk.picture(f"{picture}-{width}")
        wide = desk.page.evaluate("document.documentElement.scrollWidth")
        told += [f"{wide} wide in a window of {width}"] if wide > width else []
        if width in by_axe:
            desk.page.evaluate(axe)
            told += [f"{each} at {width}" for each in desk.page.evaluate(FINDINGS, RULES)]
    return told + [f"cut off: {word}" for word in desk.page.evaluate(CUT_OFF)]


def test_no_page_needs_more_than_a_small_line_can_bear(house: House) -> None:
    fill(house)
    with house.database.unit() as unit:
        catch_up(unit)
        unit.commit()
    carried = sum(len(each.zipped) for each in assets.assets().values() if each.name != "htmx.LICENSE")
    visitor = house.logged_in("ada", "admin")
    heavy = {path: len(visitor.client.get(f"/console{path}").content) + carried for path in paths(house).values()}
    assert {} == {path: size for path, size in heavy.items() if size > MOST_BYTES}


def a_day(hour: int) -> float:
    """Cases in an hour of a house that is busiest in the evening (UTC: noon)."""
    return 20 + 100 * max(0.0, math.sin((hour - 3) / 24 * 2 * math.pi))


@pytest.mark.proof
def test_pictures_for_the_documents(chromium: Any, address: str, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A house at work; what was measured of its flow is made up. `docs/images` holds the pictures, in few colours."""
    for name in ("mei", "wei"):
        house.person(name)
    house.clock.skew = -timedelta(days=1)
    twice(house, 30)
    house.clock.skew = timedelta(0)
    for number in range(9):
        house.comment(f"在家刷单日结{number}00，加微信", surface=("news", "live", "forum")[number % 3], thread_id="t-1")
    with house.database.unit() as unit:
        while catch_up(unit):
            pass
        unit.commit()
    chance = random.Random(3)
    times = [chance.lognormvariate(3.4, 0.8) for _ in range(400)]
    scored = [Scored(a_decision(Outcome.REVIEW, gambling=chance.uniform(0.26, 0.8)), None) for _ in range(400)]
    measured = Measured(28.0, {"forum": [a_day(hour) for hour in range(24)]}, {"forum": times}, scored)
    monkeypatch.setattr("governance.staffing_measured.measure", lambda *_, **__: measured)
    for language, scheme in (("en-GB", "light"), ("zh-CN", "dark")):
        options = {"viewport": {"width": 1180, "height": 900}, "locale": language, "color_scheme": scheme}
        with Desk.opened(chromium, address, house, **options) as desk:
            desk.log_in("li", "lead")
            if language == "zh-CN":
                desk.in_chinese()
            for name, path in (("search", "/search?q=刷单"), ("lead", "/lead"), ("staffing", "/staffing")):
                desk.go(path)
                desk.picture(f"docs-{name}-{language[:2]}-{scheme}", full=False)
