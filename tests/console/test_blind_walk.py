"""Every page, walked by who has a case in hand: none differs by what the first person said of it.

Two houses are the same but for one thing: in one the first moderator rejected the comment, in the other approved it.
Whatever page differs between them tells the visitor what they must not know.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.routes import PAGES
from governance import appeals
from records import cases, leases, ledger_pages
from records.proving import Wanted
from records.storing import Stored
from records.tables import cases as cases_table
from records.values import Purpose
from tests.console.house import House, Visitor, build
from tests.console.test_search import index

COUNTS_ALL = {
    "/lead", "/lead/live", "/lead/load.csv", "/lead/machine.csv", "/lead/overturns.csv", "/lead/queues.csv",
    "/lead/let_through.csv",
    "/lead/random.csv", "/quality", "/quality/appeals.csv", "/queue", "/staffing", "/staffing/changes.csv",
    "/staffing/hours.csv", "/staffing/kinds.csv", "/staffing/shifts.csv", "/staffing/skills.csv", "/state",
    "/state/live", "/state/minutes.csv", "/transparency", "/transparency/report.html", "/transparency/accuracy.csv",
    "/transparency/categories.csv", "/transparency/languages.csv", "/transparency/months.csv",
    "/transparency/surfaces.csv",
}  # fmt: skip
"""Pages of sums over the whole house, in which one verdict among a day's cannot be made out, or by the minute; here
there is one verdict, and a minute may pass between the houses."""

FILTERS = {
    "/search": ("", "?q=加微信", "?decided=person", "?outcome=block", "?outcome=pass", "?decided=overturned",
                "?label=contraband", "?who={mia}", "?state=decided", "?state=waiting", "?asked=delete"),
    "/ledger": ("", "?kind=verdict", "?kind=verdict.drawn", "?kind=appeal", "?kind=case.opened", "?actor=mia",
                "?subject={case}", "?subject={decision}", "?subject={again}", "?actor=chaffinch"),
    "/work": ("", "?queue=appeals"),
}  # fmt: skip


def _stored(house: House, said: dict[str, str], kind: str) -> tuple[Stored, str, Visitor]:
    """The comment, decided by mia, in lea's hands again."""
    stored = house.comment("加微信", id="c1", thread_id="t-1")
    house.comment("今天的云真好看", id="c2", thread_id="t-1")
    mia, lea = house.logged_in("mia"), house.logged_in("lea", "lead" if kind != "by_admin" else "admin")
    assert 303 == mia.decide(**said).status_code
    with house.database.unit() as unit:
        if kind == "appeal":
            appeals.make(unit, stored.decision_id, "a joke", house.parts.complaints, sender="t", now=house.clock())
        else:
            decided = cases.get(unit, str(stored.case_id))
            cases.ask_again(unit, decided, queue="forum", why="model", purpose=Purpose.OPINION, now=house.clock())
        unit.commit()
    with house.database.unit() as unit:
        rows = unit.execute(cases_table.select().where(cases_table.c.id != stored.case_id)).all()
        [again] = [row.id for row in rows if row.comment_id == stored.comment_id]
        leases.lease(unit, again, house.people["lea"].id, expires_at=house.clock().replace(year=2999))
        unit.commit()
    index(house)
    return stored, again, lea


def _paths(house: House, stored: Stored, again: str) -> list[str]:
    with house.database.reading() as look:
        found = ledger_pages.leaf(look, Wanted(), limit=100).items
    told = {
        "decision_id": stored.decision_id, "comment_id": stored.comment_id, "case_id": stored.case_id,
        "label": "contraband", "user_id": house.people["mia"].id, "mia": house.people["mia"].id,
        "case": stored.case_id, "decision": stored.decision_id, "again": again,
    }  # fmt: skip
    paths: list[str] = []
    for page in PAGES:
        if page.method != "GET":
            continue
        if page.path == "/ledger/{entry_id}":
            paths += [f"/ledger/{each.id}" for each in found]
        elif all(name in told for name in re.findall(r"\{(\w+)\}", page.path)):
            of_page = [page.path, page.path.replace("{case_id}", again)]
            paths += [
                (path + rest).format(**told)
                for path in dict.fromkeys(of_page)
                for rest in FILTERS.get(page.path, ("",))
            ]
    return paths


def _plain(text: str) -> str:
    """Without what differs between any two houses: ids, moments, marks."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{1,12})*", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00|Z)?|\b\d\d-\d\d \d\d:\d\d\b", "AT", text)
    text = re.sub(r"1:[0-9a-f]{12}…|(?<=value=\")[\w-]{22}(?=\")|\"lease\": \"[\w-]+\"|\b\d+\.\d+\b", "MARK", text)
    text = re.sub(r"data-(seconds|left)[\w-]*=\"\d+\"|\b[0-9a-f]{16,}\b", "HEX", text)
    text = re.sub(r"cursor=[\w-]+|[A-Za-z0-9_+/-]{40,}={0,2}|\b\d{8,}\b", "MARK", text)
    text = re.sub(r"[A-Z]?\b\d\d:\d\d\b|[A-Z]\d+\.\d+", "AT", text)
    return re.sub(r"\d+ (second|minute)s?|\d+(\.\d+)? (s|ms|min)\b", "SPAN", text)


SAID = {
    "opinion": ({"action": "reject", "labels": "contraband", "note": "because"}, {"action": "approve"}),
    "appeal": (
        {"action": "reject", "labels": "contraband", "note": "because"},
        {"action": "reject", "labels": "fraud"},
    ),
    "by_admin": (
        {"action": "reject", "labels": "contraband", "measure": "delete"},
        {"action": "reject", "labels": "fraud", "measure": "delete"},
    ),
}
"""What the first person said in the one house and in the other."""


def _seen(folder: Path, said: dict[str, str], kind: str) -> dict[str, str]:
    folder.mkdir()
    house = build(folder)
    stored, again, lea = _stored(house, said, kind)
    names: dict[str, str] = {}
    for place, path in enumerate(_paths(house, stored, again)):
        answer = lea.get(path)
        assert answer.status_code < 500, path
        name = re.sub(r"[0-9a-f-]{36}", "ID", path) + (f" {place}" if path.startswith("/ledger/") else "")
        names[name] = f"{answer.status_code} {_plain(answer.text)}"
    house.database.close()
    return names


@pytest.mark.parametrize("kind", SAID)
def test_no_page_differs_by_what_the_first_person_said(tmp_path: Path, kind: str) -> None:
    one, other = (_seen(tmp_path / f"{place}", said, kind) for place, said in enumerate(SAID[kind]))
    assert one.keys() == other.keys()
    differ = [path for path in one if one[path] != other[path] and path not in COUNTS_ALL]
    assert [] == differ, _difference(one, other, differ)


def _difference(one: dict[str, str], other: dict[str, str], paths: list[str]) -> str:
    lines = []
    for path in paths:
        left, right = one[path].splitlines(), other[path].splitlines()
        lines += [path, *(f"  - {each}" for each in left if each not in right)][:8]
        lines += [f"  + {each}" for each in right if each not in left][:8]
    return "\n".join(lines)
