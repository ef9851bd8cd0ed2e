"""Packs in force are what their entries say, or `audit verify` names them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from records.database import Database
from records.underlying_packs import pack_differences
from tests.governance.test_rule_packs import NONE, packs, take


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE rule_packs SET reviewing = '[]' WHERE number = 2", "reviewing"),
        ("UPDATE rule_packs SET files = '{}' WHERE number = 2", "files"),
        ("UPDATE rule_packs SET rules = '{}' WHERE number = 2", "rules"),
        ("UPDATE rule_packs SET digest = 'x' WHERE number = 2", "digest"),
        ("UPDATE rule_packs SET files = '7' WHERE number = 2", "files"),
        ("DELETE FROM rule_packs WHERE number = 2", "is gone"),
        ("UPDATE rule_packs SET number = 9 WHERE number = 2", "has no entry"),
    ],
)
def test_packs_that_were_changed_by_hand_are_found(database: Database, statement: str, told: str) -> None:
    take(database, NONE)
    take(database, packs())
    with database.unit() as unit:
        assert [] == list(pack_differences(unit))
        unit.execute(text(statement))
        assert any(told in each.sentence for each in pack_differences(unit))
