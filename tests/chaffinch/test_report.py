"""`chaffinch report` as it is typed."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chaffinch.main import app
from chaffinch.settings import Settings
from chaffinch.wiring import key_folder, open_database
from governance import receipts
from moderation.decision import Outcome
from moderation.errors import ChaffinchError, InvalidInputError, NotFoundError
from records.personal import open_keyring
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

SPAN = ("--from", "2026-01-01", "--to", "2027-01-01")


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, ["report", *words])


def removed(home: Path, *, at: datetime = NOW, known_as: str | None = None) -> str:
    answer = an_answer(a_comment("不可告人的原文", known_as=known_as), a_decision(Outcome.BLOCK, fraud=0.97))
    settings = Settings(home=home)
    with closing(open_database(settings)) as database:
        put(database, open_keyring(database, key_folder(settings), now=NOW), answer, now=at)
    return answer.decision_id


def test_a_span_with_decisions_has_tables_charts_and_statements(home: Path, tmp_path: Path) -> None:
    decision_id = removed(home)
    page, out = tmp_path / "report.html", tmp_path / "statements.jsonl"
    told = json.loads(typed("transparency", *SPAN, "--html", str(page), "--json").stdout)
    assert (1, 1, 1) == (told["decisions"], told["acted"], told["statements"])
    html = page.read_text(encoding="utf-8")
    assert 2 == html.count("<svg")
    assert "诈骗 Fraud" in html
    assert 0 == typed("statements", *SPAN, "-o", str(out)).exit_code
    [line] = out.read_text(encoding="utf-8").splitlines()
    assert (decision_id, "STATEMENT_CATEGORY_SCAMS_AND_FRAUD") == (
        json.loads(line)["puid"],
        json.loads(line)["category"],
    )
    one = typed("decision", decision_id, "--address", "https://x.example/appeals").stdout
    assert {"record", "notice", "statement"} == set(json.loads(one))
    assert "https://x.example/appeals" in json.loads(one)["notice"]["zh"][-1]
    assert "不可告人" not in html + line + one


def test_the_notice_leads_to_the_page_with_the_reference_that_it_asks_for(home: Path) -> None:
    old, new = removed(home), removed(home, at=datetime.now(UTC), known_as="c-2")
    for address, joint in (("/public/appeals", "?"), ("https://x.example/a?lang=zh", "&")):
        notice = json.loads(typed("decision", new, "--address", address).stdout)["notice"]
        [reference] = set(re.findall(re.escape(f"{address}{joint}reference=") + r"(\w[\w-]{42})", str(notice)))
        settings = Settings(home=home)
        with closing(open_database(settings)) as database:
            keyring = open_keyring(database, key_folder(settings), now=NOW)
        assert new == receipts.decision_under(keyring, reference)
    assert "reference=" not in typed("decision", old).stdout


def test_a_year_with_no_data_is_told_and_has_its_page(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = typed("transparency", *SPAN, "--html", str(page))
    assert (0, True) == (done.exit_code, "Nothing was decided, reported or appealed" in done.stdout)
    assert "此期间没有决定" in page.read_text(encoding="utf-8")
    assert "" == typed("statements", *SPAN).stdout
    assert (home / "chaffinch.db").exists()


@pytest.mark.usefixtures("home")
def test_what_cannot_be_asked_is_refused() -> None:
    assert isinstance(typed("transparency", "--from", "2026-02-01", "--to", "2026-01-01").exception, InvalidInputError)
    assert isinstance(typed("decision", "nothing").exception, NotFoundError)


def test_nothing_is_written_where_the_database_would_refuse_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removed(home)
    monkeypatch.setattr("governance.statements._facts", lambda *_: "")
    done = typed("statements", *SPAN)
    assert isinstance(done.exception, ChaffinchError)
    assert "decision_facts is missing" in str(done.exception)
    assert "" == done.stdout
