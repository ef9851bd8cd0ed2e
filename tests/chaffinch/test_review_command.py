"""`chaffinch review` as it is typed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from chaffinch.commands.review import review
from chaffinch.settings import Settings
from chaffinch.wiring import open_database
from moderation.errors import ConflictError
from records.personal import open_keyring
from records.values import Judgement, VerdictKind
from review import queue
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put


def run(*typed: str) -> str:
    done = CliRunner().invoke(review, list(typed), catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.stdout


@pytest.fixture
def case_id(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """A decided case."""
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path))
    database = open_database(Settings())
    put(database, open_keyring(database, Settings().home / "keys", now=NOW), for_review())
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        judgement = Judgement(VerdictKind.REJECT, ("gambling",))
        give_verdict(unit, NAMES, case.id, judgement, moderator="mia", token=None, now=NOW)
        unit.commit()
    database.close()
    return case.id


def test_a_known_answer_from_its_making_to_its_end(case_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")  # nothing is folded
    why = ("--by", "ben", "--why", "a plain offer")
    made = json.loads(run("gold", "add", case_id, *why, "--json"))
    assert ("reject", ["gambling"]) == (made["verdict"], made["labels"])
    with pytest.raises(ConflictError, match="known already"):
        run("gold", "add", case_id, *why)
    assert [made["id"]] == [row["id"] for row in json.loads(run("gold", "list", "--json"))]
    assert "reject (gambling)" in run("gold", "list")
    assert "asked no more" in run("gold", "retire", made["id"], *why)
    assert [] == json.loads(run("gold", "list", "--json"))
    assert "No answer is known beforehand." in run("gold", "list")


def test_agreement_is_told_where_there_is_none_yet(case_id: str) -> None:
    del case_id
    told = json.loads(run("agreement", "--json"))
    assert (None, 0, []) == (told["alphas"][0]["alpha"], told["alphas"][0]["agreed"]["rows"], told["moderators"])
    assert {"first": 0, "second": 0, "neither": 0} == told["settled"]
    assert "fewer than 20: not judged" in run("agreement", "--days", "7")
