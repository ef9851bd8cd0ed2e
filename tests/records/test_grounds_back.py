"""Articles that earlier programs took out of the house's records come back with migration 0065."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from records.database import Database
from records.personal import open_keyring
from tests.governance.test_words_named import ARTICLE, by_an_erasure, open_house
from tests.governance.test_words_of_the_house import held
from tests.records.databases import NOW


def test_an_article_that_earlier_programs_took_out_comes_back_from_its_entry(empty_url: str, tmp_path: Path) -> None:
    with closing(Database(empty_url)) as database:
        database.migrate()
        keyring = open_keyring(database, tmp_path / "keys", now=NOW)
        ids = open_house(database, keyring)
        in_words = held(database, keyring).id
        by_an_erasure(database, keyring, ids)
        with database.unit() as unit:
            for table in ("holds", "inspections", "emergencies"):
                unit.execute(text(f"UPDATE {table} SET ground = 'erased'"))
            unit.commit()
        database.downgrade("0064")
        database.migrate()
        with database.reading() as look:
            grounds = {row.id: row.ground for row in look.execute(text("SELECT id, ground FROM holds"))}
            others = look.execute(text("SELECT ground FROM inspections UNION SELECT ground FROM emergencies")).scalars()
            assert {ids["hold"]: ARTICLE, in_words: "erased"} == grounds
            assert {ARTICLE} == set(others)
