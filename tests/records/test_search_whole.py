"""The index stays whole, however often entries are made anew: what is stored is found, on both databases."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from moderation.decision import Outcome
from records import search, search_index, search_whole
from records.database import Database
from records.personal import Keyring
from records.search import Sought
from tests.records.factories import a_comment, a_decision, an_answer, put

WORDS = [
    "加薇",
    "百家乐",
    "带单",
    "回血",
    "刷单",
    "兼职",
    "日结",
    "主页",
    "客服",
    "老师",
    "飞机",
    "低价",
    "货源",
    "质量",
    "免费",
    "流量",
    "办证",
    "快速",
    "学历",
    "群主",
]
STORED, ROUNDS = 160, 20


def a_text(draw: random.Random) -> str:
    """Words of the trade, and characters that hardly any other text has."""
    return "加薇" + "".join(draw.sample(WORDS, 6)) + "".join(chr(draw.randint(0x4E00, 0x5200)) for _ in range(12))


def store(database: Database, keyring: Keyring, draw: random.Random) -> list[str]:
    decision = a_decision(Outcome.REVIEW, advertising=0.9)
    answers = [an_answer(a_comment(a_text(draw), known_as=f"c{at}"), decision) for at in range(STORED)]
    ids = []
    for at in range(0, STORED, 40):
        ids += [record.comment_id for record in put(database, keyring, *answers[at : at + 40])]
        catch_up(database)
    return ids


def catch_up(database: Database, changed: list[str] | None = None) -> None:
    with database.unit() as unit:
        search_index.mark(unit, changed or [])
        while search.catch_up(unit):
            pass
        unit.commit()


@pytest.mark.parametrize("seed", range(3))
def test_entries_that_were_made_anew_are_found(database: Database, keyring: Keyring, seed: int) -> None:
    draw = random.Random(seed)
    ids = store(database, keyring, draw)
    for _ in range(ROUNDS):
        catch_up(database, draw.sample(ids, draw.choice([1, 1, 2, 5, 14])))
    with database.reading() as look:
        assert search.count(look, Sought("加薇")).comments == STORED
        assert search.count(look, Sought(label="advertising")).comments == STORED
        assert search.count(look, Sought(decided="machine")).comments == STORED
        assert search_whole.fault(look) is None


def test_a_damaged_index_is_told_and_made_anew(tmp_path: Path, sqlite: Database, keyring: Keyring) -> None:
    draw = random.Random(0)
    ids = store(sqlite, keyring, draw)
    with sqlite.unit() as unit:
        unit.execute(text("UPDATE search_words_content SET c0 = 'other' WHERE id % 2"))
        unit.commit()
    with sqlite.reading() as look:
        assert "search_words" in (search_whole.fault(look) or "")
    with sqlite.unit() as unit:
        search_whole.mend(unit)
        search.mark_all(unit)
        unit.commit()
    catch_up(sqlite)
    with sqlite.reading() as look:
        assert search_whole.fault(look) is None
        assert search.count(look, Sought("加薇")).comments == len(ids)
