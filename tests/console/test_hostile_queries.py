"""Whatever an address says, a page answers it: no day, number, cursor or odd character makes a fault of the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import pytest
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from console import gate
from console.routes import PAGES
from records import saved_views
from records.paging import encode
from tests.console.house import House, Visitor
from tests.console.test_gate import _address

HOSTILE = (
    "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-14:00", "2026-02-30", "9" * 30, "-1", "nan", "²", "a%00b",
    "%ED%A0%80", "%E2%80%AE'\"<", "x" * 500, *map(encode, ("9" * 500, "a\0b", 10**40)),
)  # fmt: skip
SPANS = ("since=0001-01-01&until=0001-01-02", "since=9999-12-30&until=9999-12-31", "since=0001-01-01&until=9999-12-31")


class Asked(Mapping[str, str]):
    """A query that notes what a page asks of it."""

    def __init__(self, query: QueryParams, names: set[str]) -> None:
        self._query, self._names = query, names

    def __getitem__(self, name: str) -> str:
        self._names.add(name)
        return self._query[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._query)

    def __len__(self) -> int:
        return len(self._query)


def _names(monkeypatch: pytest.MonkeyPatch, visitor: Visitor, address: str) -> list[str]:
    """The parameters that the page reads."""
    names: set[str] = set()
    with monkeypatch.context() as patched:
        whole = gate.Visit
        patched.setattr(gate, "Visit", lambda **given: whole(**given | {"query": Asked(given["query"], names)}))
        visitor.get(address)
    return sorted(names)


def _pages() -> list[str]:
    return [page.path for page in PAGES if page.method == "GET" and "{link}" not in page.path]


@pytest.mark.parametrize("path", _pages())
def test_no_query_of_any_page_is_a_fault(monkeypatch: pytest.MonkeyPatch, house: House, path: str) -> None:
    visitor = house.logged_in("ada", "admin")
    client = visitor.client = TestClient(house.app, raise_server_exceptions=False, cookies=visitor.client.cookies)
    address = _address(path, house)
    names = _names(monkeypatch, visitor, address)
    queries = [f"{name}={value}" for name in names for value in HOSTILE]
    queries += SPANS if {"since", "until"} <= set(names) else ()
    answers = {query: client.get(f"/console{address}?{query}", follow_redirects=False).status_code for query in queries}
    assert {} == {query: status for query, status in answers.items() if status >= 500}


@pytest.mark.parametrize("value", ["%00", quote("\ud800", errors="surrogatepass"), "9" * 400])
def test_no_name_within_an_address_is_a_fault(house: House, value: str) -> None:
    visitor = house.logged_in("ada", "admin")
    client = TestClient(house.app, raise_server_exceptions=False, cookies=visitor.client.cookies)
    paths = [path[: path.index("{")] + value for path in _pages() if "{" in path]
    assert {} == {path: status for path in paths if (status := client.get(f"/console{path}").status_code) >= 500}


@pytest.mark.parametrize("query", ["until=9999-12-31", "since=0001-01-01"])
def test_a_view_that_was_saved_with_a_day_out_of_time_opens_for_every_colleague(house: House, query: str) -> None:
    lead, mei = house.logged_in("lea", "lead"), house.logged_in("mei")
    with house.database.unit() as unit:
        saved_views.save(unit, house.people["lea"].id, "odd", query, shared=True, now=house.clock())
        unit.commit()
    assert [200, 200] == [each.get(f"/search?{query}").status_code for each in (lead, mei)]
