"""Files that decide and are not as shipped are named, and nobody stands for them but two people for just these."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from governance import changed_parts, four_eyes, in_force
from governance.approvals import NotSecondError
from governance.four_eyes import Word
from governance.in_force import InForce
from moderation.errors import ConflictError, InvalidInputError
from moderation.shipped import MISSING, SHIPPED, differing
from moderation.taxonomy import CONFIGS
from records import ledger
from records.database import Database
from tests import shipped
from tests.governance.test_rules import STANDARDS
from tests.records.databases import NOW


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    shutil.copytree(CONFIGS, tmp_path / "configs")
    return tmp_path / "configs"


def test_the_shipped_hashes_are_those_of_this_checkout() -> None:
    assert shipped.text() == SHIPPED.read_text(encoding="utf-8"), "run python -m tests.shipped"
    assert {} == differing(CONFIGS)


def test_what_was_changed_added_or_taken_away_is_named(configs: Path) -> None:
    (configs / "rules" / "own.toml").write_text("rules = []\n", encoding="utf-8")
    with (configs / "taxonomy.toml").open("a", encoding="utf-8") as file:
        file.write("# one more ground\n")
    (configs / "policies" / "cn.toml").unlink()
    found = differing(configs)
    assert ["policies/cn.toml", "rules/own.toml", "taxonomy.toml"] == list(found)
    assert MISSING == found["policies/cn.toml"]
    text = (configs / "rules" / "abuse.toml").read_text(encoding="utf-8")
    (configs / "rules" / "abuse.toml").write_bytes(text.replace("\n", "\r\n").encode())
    assert found == differing(configs), "the ends of lines say nothing"


def test_two_people_stand_for_just_these_files(database: Database) -> None:
    differs = {"policies/own.toml": "aa"}
    with database.unit() as unit:
        with pytest.raises(InvalidInputError, match="as shipped"):
            changed_parts.ask(unit, {}, by="mia", why="ours", now=NOW)
        asked = changed_parts.ask(unit, differs, by="mia", why="ours", now=NOW)
        with pytest.raises(ConflictError):
            changed_parts.ask(unit, differs, by="ben", why="ours", now=NOW)
        with pytest.raises(NotSecondError):
            four_eyes.answer(unit, asked.id, Word("mia", True, "fine"), standards=STANDARDS, now=NOW)
        assert changed_parts.stands(unit, differs) is None
        four_eyes.answer(unit, asked.id, Word("ben", True, "read them"), standards=STANDARDS, now=NOW)
        assert changed_parts.stands(unit, differs) is not None
        assert changed_parts.stands(unit, {"policies/own.toml": "ab"}) is None


def test_the_ledger_names_what_differs_among_what_is_in_force(database: Database) -> None:
    parts = InForce({"cn": ("cn@1", "aa")}, "r1", "chaffinch", "3", "1", "4", {"rules/own.toml": "aa"})
    with database.unit() as unit:
        in_force.note(unit, parts, now=NOW)
        entry = ledger.last(unit, in_force.KIND, in_force.SUBJECT)
    assert entry is not None
    assert {"rules/own.toml": "aa"} == json.loads(entry.body)["facts"]["differs"]
