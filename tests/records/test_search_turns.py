"""The index of words keeps nobody waiting: texts are read before the writer's turn, and a turn has room for few words.

What is counted is words, not seconds; `benchmarks/holds.py` has the seconds.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.event import listen

from governance.erasure import Order, erase
from moderation.decision import Outcome
from records import decisions, erasing, search, search_index, search_whole
from records.database import Database
from records.personal import Keyring
from records.search import Sought
from records.search_words import words_of
from records.tables import search_entries
from records.unit_of_work import Reading
from tests.records.databases import NOW
from tests.records.factories import WRITER, a_comment, a_decision, an_answer, put

OUT, INTO = 40, 90
WORDS_OF_INDEX = {
    "sqlite": "SELECT c0 FROM search_words_content",
    "postgresql": "SELECT array_to_string(tsvector_to_array(words), ' ') FROM search_words",
}


@pytest.fixture
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "WORDS_OUT", OUT)
    monkeypatch.setattr(search_index, "WORDS_IN", INTO)
    monkeypatch.setattr(search_index, "SECONDS", 60.0)


def drawn(seed: int, length: int = 300) -> str:
    draw = random.Random(seed)
    return "加薇" + "".join(chr(draw.randint(0x4E00, 0x9FA5)) for _ in range(length))


def indexed(look: Reading) -> set[str]:
    """Words of texts in the index."""
    rows = look.execute(text(WORDS_OF_INDEX[look.dialect])).scalars()
    return {word for words in rows for word in words.split() if ":" not in word}


def turns(database: Database) -> list[tuple[int, int]]:
    """How many words of texts each turn took out and put in, until nothing was left."""
    done = []
    with database.reading() as look:
        ahead, before = search.read_ahead(look), indexed(look)
    while ahead.words:
        with database.unit() as unit:
            assert search.write_down(unit, ahead)
            after = indexed(unit)
            unit.commit()
        done.append((len(before - after), len(after - before)))
        before = after
    return done


def put_one(database: Database, keyring: Keyring, words: str, known_as: str = "c0") -> Any:
    (stored,) = put(database, keyring, an_answer(a_comment(words, known_as=known_as)))
    return stored


@pytest.mark.usefixtures("_narrow")
def test_a_long_text_is_written_in_turns_of_so_many_words_and_edited_so(sqlite: Database, keyring: Keyring) -> None:
    put_one(sqlite, keyring, drawn(1))
    written = turns(sqlite)
    assert len(written) > 3
    assert all(out == 0 and into <= INTO for out, into in written)
    put_one(sqlite, keyring, drawn(2))
    edited = turns(sqlite)
    assert sum(out for out, _ in edited) > 3 * OUT
    assert all(out <= OUT and into <= INTO for out, into in edited)
    with sqlite.reading() as look:
        assert words_of(drawn(2)) == indexed(look)
        assert search_whole.fault(look) is None
        assert not search.is_behind(look)


@pytest.mark.usefixtures("_narrow")
def test_filters_hold_and_nothing_is_damaged_while_half_a_text_is_written(sqlite: Database, keyring: Keyring) -> None:
    put_one(sqlite, keyring, drawn(1))
    with sqlite.reading() as look:
        ahead = search.read_ahead(look)
    with sqlite.unit() as unit:
        search.write_down(unit, ahead)
        unit.commit()
    with sqlite.reading() as look:
        assert ahead.words, "not whole yet"
        assert search.is_behind(look)
        assert search_whole.fault(look) is None
        assert 1 == search.count(look, Sought(surface="forum")).comments
    assert search.bring_in(sqlite)
    with sqlite.reading() as look:
        assert 1 == search.count(look, Sought(drawn(1)[-4:])).comments


@pytest.mark.usefixtures("_narrow")
def test_of_a_verdict_the_words_that_change_are_written_alone(sqlite: Database, keyring: Keyring) -> None:
    stored = put_one(sqlite, keyring, drawn(1))
    turns(sqlite)
    with sqlite.unit() as unit:
        decisions.set_final(unit, stored.decision_id, outcome=Outcome.BLOCK, overturned=True)
        unit.commit()
    said: list[tuple[str, Any]] = []
    with sqlite.reading() as look:
        ahead = search.read_ahead(look)
    with sqlite.unit() as unit:
        listen(unit.connection, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
        assert 1 == search.write_down(unit, ahead)
        unit.commit()
    changed = [values[0] for asked, values in said if asked.startswith("UPDATE search_words SET")]
    assert [{"decided:overturned", "decided:person", "outcome:block"}] == [set(each.split()) for each in changed]


def test_texts_are_read_before_the_turn_and_little_where_they_are_long(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "WORDS_IN", 500)
    for at in range(5):
        put_one(database, keyring, drawn(at), known_as=f"c{at}")
    with database.reading() as look:
        ahead = search.read_ahead(look)
    assert 2 == len(ahead.words), "the second goes beyond 500 words"
    monkeypatch.setattr(search, "words_of", None)
    with database.unit() as unit:
        assert search.write_down(unit, ahead), "nothing is read in the turn"
        unit.commit()


def test_what_is_erased_while_its_words_are_read_does_not_come_back(database: Database, keyring: Keyring) -> None:
    stored = put_one(database, keyring, "加微信")
    with database.reading() as look:
        ahead = search.read_ahead(look)
    with database.unit() as unit:
        erasing.erase_one(unit, stored.comment_id, now=NOW)
        unit.commit()
    with database.unit() as unit:
        search.write_down(unit, ahead)
        unit.commit()
    with database.reading() as look:
        assert set() == indexed(look)
        assert [] == look.execute(select(search_entries)).all()


def test_what_another_read_later_is_not_written_over(database: Database, keyring: Keyring) -> None:
    put_one(database, keyring, "加微信")
    with database.reading() as look:
        early = search.read_ahead(look)
    put_one(database, keyring, "下注")
    while search.bring_in(database):
        pass
    with database.unit() as unit:
        search.write_down(unit, early)
        unit.commit()
    with database.reading() as look:
        assert words_of("下注") == indexed(look)
        assert not search.is_behind(look)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("_narrow")
def test_the_index_stays_whole_through_edits_in_pieces(database: Database, keyring: Keyring, seed: int) -> None:
    draw, texts = random.Random(seed), dict[str, str]()
    for at in range(60):
        name = f"c{draw.randrange(6)}"
        texts[name] = drawn(draw.randrange(9), draw.choice([5, 60, 120]))
        put_one(database, keyring, texts[name], known_as=name)
        if draw.random() < 0.5:
            search.bring_in(database)
        if at % 20 == 19:
            while search.bring_in(database):
                pass
            with database.reading() as look:
                assert set().union(*map(words_of, texts.values())) == indexed(look)
                assert search_whole.fault(look) is None
                for name, words in texts.items():
                    hits = search.find(look, Sought(f"“{words[:6]}”")).hits
                    assert name in {hit.comment.external_id for hit in hits}


@pytest.mark.usefixtures("_narrow")
def test_an_erasure_takes_words_out_in_turns_before_it_erases(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(3):
        put_one(database, keyring, drawn(at, 80), known_as=f"c{at}")
    while search.bring_in(database):
        pass
    left: list[int] = []
    really = erasing.erase_some

    def looked(unit: Any, *told: Any, **more: Any) -> Any:
        left.append(len(indexed(unit)))
        return really(unit, *told, **more)

    monkeypatch.setattr(erasing, "erase_some", looked)
    erase(database, keyring, Order(WRITER, "lead", "they asked for it"), now=NOW)
    if database.dialect == "sqlite":
        assert {0} == set(left)
    with database.reading() as look:
        assert set() == indexed(look)
        assert 0 == search.entries(look)


def test_a_rebuild_writes_nothing_where_nothing_changed(sqlite: Database, keyring: Keyring) -> None:
    put(sqlite, keyring, an_answer(a_comment("加微信"), a_decision(Outcome.BLOCK, gambling=0.99)))
    turns(sqlite)
    with sqlite.unit() as unit:
        assert 1 == search.mark_all(unit)
        unit.commit()
    said: list[str] = []
    with sqlite.unit() as unit:
        listen(unit.connection, "before_cursor_execute", lambda *told: said.append(told[2]))
        assert 1 == search.catch_up(unit)
        unit.commit()
    assert [] == [each for each in said if "search_words" in each and not each.startswith("SELECT")]
