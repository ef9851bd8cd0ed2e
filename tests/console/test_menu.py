"""The menu: everybody sees what their role may, and nothing else."""

from __future__ import annotations

import re

import pytest

from console.menu import menu
from console.permissions import Role, may
from console.routes import PAGES
from tests.console.house import House


def links(page: str) -> list[str]:
    nav = page[page.index("<nav") : page.index("</nav>")]
    return re.findall(r'href="/console([^"]+)"', nav)


@pytest.mark.parametrize("role", list(Role))
def test_every_link_opens_for_whoever_sees_it(house: House, role: Role) -> None:
    visitor = house.logged_in("ada", role)
    shown = links(visitor.page("/help"))
    asked = {page.path: page.action for page in PAGES if page.method == "GET"}
    assert len(shown) == len(set(shown))
    for path in shown:
        if path != "/help":
            assert may(role, asked[path])
            assert visitor.get(path).status_code in (200, 303), path
    assert ("/work" in shown) == (role in (Role.MODERATOR, Role.SENIOR, Role.LEAD, Role.ADMIN))


def test_an_admin_has_groups_and_a_moderator_s_work_stands_by_itself(house: House) -> None:
    admin = house.logged_in("ada", "admin").page("/rules")
    assert admin.count('<details class="menu"') == 5
    assert '<summary class="here">Rules</summary>' in admin
    operations = admin[admin.index("Operations</summary>") :]
    assert 'href="/console/approvals"' in operations, "most questions to a second person are about no rule"
    moderator = house.logged_in("mei", "moderator").page("/queue")
    before = moderator[: moderator.index("<details") if "<details" in moderator else len(moderator)]
    assert 'href="/console/work"' in before
    assert 'href="/console/queue" aria-current="page"' in before


def test_a_group_of_one_is_no_group() -> None:
    class Somebody:
        path = "/console/queue"

        def url(self, path: str) -> str:
            return f"/console{path}"

        def may(self, action: str) -> bool:
            return action in ("see_rules", "see_lists", "see_measures")

    groups = menu(Somebody())  # type: ignore[arg-type]
    assert [(None, 0), ("rules", 2), (None, 1)] == [(group.name, len(group.entries)) for group in groups]
