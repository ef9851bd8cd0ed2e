"""Tables of the command line at 80 columns, on a terminal or in a pipe: ids and reasons are whole."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from chaffinch.commands.shared import show
from chaffinch.commands.tables import print_table
from chaffinch.main import app
from tests.records.databases import NOW

ID = "0198a3c2-7d1e-7c3a-9f10-2b6f5f0a1c44"
WHY = "Their letter of the third of March asks for unrestricted reading, and nothing incomprehensible-to-us was found."


def printed(*rows: dict[str, str], width: int = 80) -> str:
    out = StringIO()
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*row.values())
    print_table(table, Console(file=out, width=width))
    return out.getvalue()


def words_cut(page: str, *said: str) -> list[str]:
    return [word for each in said for word in each.split() if word not in page]


def too_wide(page: str, width: int = 80) -> list[str]:
    return [line for line in page.splitlines() if cell_len(line.rstrip()) > width]


def test_what_fits_is_a_table_of_a_line_a_row() -> None:
    page = printed({"id": ID, "state": "open"}, {"id": ID, "state": "done"})
    assert (2, 1) == (page.count(ID), page.count("┏"))


def test_long_words_of_a_column_are_folded_between_words_and_ids_are_not() -> None:
    page = printed({"id": ID, "why": WHY})
    assert "┏" in page
    assert ([], []) == (words_cut(page, ID, WHY), too_wide(page))


def test_what_is_too_wide_for_a_table_is_a_block_a_row() -> None:
    row = {"id": ID, "hash": "a1" * 32, "by": "mia-from-the-office", "why": WHY, "zh": "这是一个很长的理由" * 12}
    page = printed(row, row)
    assert ([], []) == (words_cut(page, ID, "a1" * 32, WHY), too_wide(page))
    assert "这是一个很长的理由" * 12 in "".join(page.split())
    assert "┏" not in page


def test_between_them_the_borders_go_first() -> None:
    row = dict.fromkeys("abcdefghi", "x" * 7)
    page = printed(row)
    assert ("┏" in page, page.count("x" * 7)) == (False, 9)
    assert 3 <= len(page.strip().splitlines()) <= 4


def test_a_column_that_says_nothing_is_left_out() -> None:
    assert "proof" not in printed({"id": "a", "proof": "", "state": "open"})


def test_rows_from_commands_are_no_markup_and_keep_their_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"id": ID, "why": "[red]stop[/] " + WHY, "labels": ["spam", "abuse"], "proof": None}], False, "")
    page = capsys.readouterr().out
    assert "[red]stop[/]" in page
    assert [] == words_cut(page, "spam, abuse")


@pytest.fixture
def filled(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    day = (NOW + timedelta(days=9000)).date().isoformat()
    by = ("--by", "mia-who-leads")
    for words in (
        ("users", "create", "ivy", "--role", "inspector", "--password-stdin"),
        ("incident", "record", "leak", "--severity", "high", *by),
        ("rectification", "demand", WHY, "--demand", WHY, "--owner", "mia-who-leads", "--due", day, *by),
        ("keys", "create", "a-platform-with-a-name-of-its-own"),
        ("lists", "add", "domain", "evil-and-very-long-name.com", "--action", "block", "--reason", WHY, "--source",
         "their-letter-2026-17", "--ground", "cn-2017:8", *by),
        ("inspection", "ask", "Cyberspace office", "--reference", "2026-17", "--asked", WHY, "--ground", "cn-2017:10",
         "--inspector", "ivy", "--since", "2026-03-01", "--until", "2026-03-02", "--why", WHY, *by),
        ("emergency", "start", "closed", "--minutes", "30", "--why", WHY, *by),
        ("assessment", "write", "function", "live-comments", "--surface", "news", "--changes", WHY, "--evaluation",
         WHY, "--risks", WHY, "--rollback", WHY, "--why", WHY, *by),
    ):  # fmt: skip
        result = CliRunner().invoke(app, words, input="a long enough secret\n")
        assert 0 == result.exit_code, (words, result.output, result.exception)


LISTS = {
    ("users", "list"): ("name",),
    ("keys", "list"): ("name",),
    ("incident", "list"): ("id",),
    ("rectification", "list"): ("id", "finding", "demand"),
    ("lists", "list"): ("id", "key", "reason"),
    ("inspection", "list"): ("id", "asked"),
    ("emergency", "list"): (),
    ("approvals", "list"): ("id", "why"),
    ("assessment", "list"): ("id", "subject"),
}  # fmt: skip
"""By command: what has to be readable in each row, by its name in the JSON."""


@pytest.mark.usefixtures("filled")
def test_every_list_shows_ids_and_reasons_whole_on_eighty_columns() -> None:
    for command, names in LISTS.items():
        rows = json.loads(CliRunner().invoke(app, (*command, "--json")).stdout)
        page = CliRunner().invoke(app, command).stdout
        assert rows, command
        said = [str(row[name]) for row in rows for name in names if row[name]]
        assert ([], []) == (words_cut(page, *said), too_wide(page)), (command, page)
