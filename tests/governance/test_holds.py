"""What an authority asked to keep is not erased while its hold stands; two people set it, and its time ends it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from governance import account_measures, erasure, four_eyes, holds, inspections, retention
from governance.erasure import Order
from governance.four_eyes import Word
from governance.holds import Wish
from governance.retention import Retention
from governance.rules import Standards
from moderation.comment import Author
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from moderation.taxonomy import load_taxonomy
from records import approvals, comments, entry_words, ledger, users
from records import holds as stored
from records.database import Database
from records.holds import PROVISIONAL, HoldKind, HoldRecord, HoldState
from records.personal import Keyring, rotate
from records.rewrapping import rewrap_some
from records.unit_of_work import Unit
from serving.worker import _end_holds
from tests.governance.standing import take, wish
from tests.governance.test_inspections import SURFACES
from tests.governance.test_inspections import WISH as REQUEST
from tests.governance.test_underlying import may_do_all
from tests.governance.test_underlying import told as differences
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

DAY = timedelta(days=1)
UNTIL = NOW + 100 * DAY
WISH = Wish(
    HoldKind.COMMENT, "c-1", "Court of X", "C 12/2026", "order of 3 March", "mia", "it came by post", until=UNTIL
)
OF_ANN = replace(WISH, kind=HoldKind.AUTHOR, target="ann")
ORDER = Order("ann", "mia", "they asked for it")
ALL_OLD = Retention.model_validate({"otherwise": {"days": 1}})
STANDARDS = Standards(load_taxonomy(), NOW.date())


def said(database: Database, keyring: Keyring, author: str, words: str, known_as: str, **more: Any) -> None:
    put(database, keyring, an_answer(replace(a_comment(words, known_as=known_as, **more), author=Author(id=author))))


@pytest.fixture
def house(database: Database, keyring: Keyring) -> Database:
    """Two comments of one author, one of another who answers the first."""
    said(database, keyring, "ann", "first words of ann", "c-1", surface="news", thread_id="t-1")
    said(database, keyring, "ann", "other words of ann", "c-2")
    said(database, keyring, "bob", "words of bob", "c-3", parent_id="c-1", parent_text="first words of ann")
    return database


def ask(database: Database, keyring: Keyring, asked: Wish = WISH) -> HoldRecord:
    with database.unit() as unit:
        made = holds.ask(unit, keyring, asked, now=NOW)
        unit.commit()
    return made


def answer(unit: Unit, about: str, *, approve: bool = True, by: str = "ben") -> None:
    [asked] = approvals.waiting(unit, subject_id=about)
    four_eyes.answer(unit, asked.id, Word(by, approve, "the order is genuine"), standards=STANDARDS, now=NOW)


def hold(database: Database, keyring: Keyring, asked: Wish = WISH) -> HoldRecord:
    made = ask(database, keyring, asked)
    with database.unit() as unit:
        answer(unit, made.id)
        unit.commit()
    return now_of(database, made.id)


def now_of(database: Database, hold_id: str) -> HoldRecord:
    with database.reading() as look:
        return stored.get(look, hold_id)


def left(database: Database) -> set[str]:
    with database.reading() as look:
        rows = look.execute(text("SELECT external_id FROM comments WHERE text IS NOT NULL")).scalars()
        return set(rows)


def entries(database: Database, kind: str) -> list[dict[str, Any]]:
    with database.reading() as look:
        found = [each for each in ledger.page(look, limit=200).items if each.kind == kind]
        return [entry_words.for_people(look, each.id, json.loads(each.body)) for each in found]


def test_two_people_set_it_and_it_holds_from_the_asking_on(house: Database, keyring: Keyring) -> None:
    made = ask(house, keyring)
    with pytest.raises(ConflictError, match="which waits for a second person"):
        erasure.erase(house, keyring, ORDER, now=NOW)
    with house.unit() as unit, pytest.raises(ForbiddenError, match="somebody else has to answer"):
        answer(unit, made.id, by="mia")
    with house.unit() as unit:
        answer(unit, made.id)
        unit.commit()
    assert HoldState.IN_FORCE is now_of(house, made.id).state
    [asked], [was_set] = entries(house, "hold.asked"), entries(house, "hold.set")
    assert ("mia", "ben", "order of 3 March") == (asked["actor"]["id"], was_set["actor"]["id"], asked["ground"])


def test_what_nobody_agreed_to_holds_for_three_days_and_what_was_declined_not_at_all(
    house: Database, keyring: Keyring
) -> None:
    ask(house, keyring)
    later = NOW + PROVISIONAL
    retention.run(house, ALL_OLD, now=later - DAY / 24)
    assert {"c-1"} == left(house)
    retention.run(house, ALL_OLD, now=later)
    assert set() == left(house)


def test_declined_it_holds_nothing(house: Database, keyring: Keyring) -> None:
    made = ask(house, keyring, OF_ANN)
    with house.unit() as unit:
        answer(unit, made.id, approve=False)
        unit.commit()
    assert 2 == erasure.erase(house, keyring, ORDER, now=NOW).counts["comments"]


def test_an_erasure_is_refused_before_anything_is_gone_and_says_which_hold_until_when_and_what_to_do(
    house: Database, keyring: Keyring
) -> None:
    made = hold(house, keyring)
    with pytest.raises(ConflictError) as refused:
        erasure.erase(house, keyring, ORDER, now=NOW + DAY)
    told = str(refused.value)
    for words in (made.id, "Court of X C 12/2026", "order of 3 March", "until 2026-06-09", "--but-held", "hold lift"):
        assert words in told
    assert "Do not tell the person" in told
    assert {"c-1", "c-2", "c-3"} == left(house)
    [entry] = entries(house, "hold.withstood")
    assert (made.id, "they asked for it") == (entry["subject"]["id"], entry["reason"])
    assert NOW + DAY == now_of(house, made.id).withstood_at


def test_but_for_what_is_held_all_goes_and_that_goes_once_the_hold_is_over(house: Database, keyring: Keyring) -> None:
    made = hold(house, keyring)
    report = erasure.erase(house, keyring, replace(ORDER, but_held=True), now=NOW + DAY)
    assert (1, 1) == (report.counts["comments"], report.held)
    assert {"c-1", "c-3"} == left(house)
    assert 1 == len(entries(house, "hold.withstood"))
    with house.unit() as unit:
        holds.lift(unit, made.id, by="mia", why="the case is closed", now=NOW + 2 * DAY)
        unit.commit()
    report = erasure.erase(house, keyring, ORDER, now=NOW + 2 * DAY)
    assert (1, 0) == (report.counts["comments"], report.held)


def test_an_account_that_is_held_is_erased_in_no_part(house: Database, keyring: Keyring) -> None:
    hold(house, keyring, OF_ANN)
    with pytest.raises(ConflictError) as refused:
        erasure.erase(house, keyring, replace(ORDER, but_held=True), now=NOW)
    assert "--but-held" not in str(refused.value)
    assert {"c-1", "c-2", "c-3"} == left(house)
    assert 1 == erasure.erase(house, keyring, replace(ORDER, author="bob"), now=NOW).counts["comments"]


def test_retention_leaves_what_is_held_and_says_how_much(house: Database, keyring: Keyring) -> None:
    hold(house, keyring, OF_ANN)
    later = NOW + 50 * DAY
    with house.reading() as look:
        assert [1] == [each.comments for each in retention.due(look, ALL_OLD, now=later)]
    retention.run(house, ALL_OLD, now=later)
    assert {"c-1", "c-2"} == left(house)
    [ran] = entries(house, "retention.ran")
    assert {"news comment": 1, "forum comment": 1} == ran["facts"]["held"]


def test_its_time_ends_it_at_once_and_a_worker_writes_that_down(house: Database, keyring: Keyring) -> None:
    made = hold(house, keyring, OF_ANN)
    assert 0 == _end_holds(house, UNTIL - DAY)
    with house.reading() as look:
        assert {} == retention.held(look, ALL_OLD, now=UNTIL)
    assert (1, 0) == (_end_holds(house, UNTIL), _end_holds(house, UNTIL))
    assert (HoldState.ENDED, UNTIL) == (now_of(house, made.id).state, now_of(house, made.id).ended_at)
    assert ["system"] == [each["actor"]["kind"] for each in entries(house, "hold.ended")]
    with house.reading() as look:
        assert [] == stored.hashes_of(look, made.id)
    assert 2 == erasure.erase(house, keyring, ORDER, now=UNTIL).counts["comments"]


def test_one_of_the_house_lifts_it_with_a_reason_and_once(house: Database, keyring: Keyring) -> None:
    made = hold(house, keyring)
    with house.unit() as unit:
        with pytest.raises(InvalidInputError):
            holds.lift(unit, made.id, by="mia", why=" ", now=NOW)
        holds.lift(unit, made.id, by="mia", why="the case is closed", now=NOW)
        with pytest.raises(ConflictError, match="is lifted"):
            holds.lift(unit, made.id, by="mia", why="again", now=NOW)
        unit.commit()
    lifted = now_of(house, made.id)
    assert ("mia", "the case is closed") == (lifted.ended_by, lifted.ended_why)


def test_what_lies_in_a_request_is_held_and_nothing_else(house: Database, keyring: Keyring) -> None:
    with house.unit() as unit:
        for name, role in (("ivy", "inspector"), ("ben", "senior")):
            users.create(unit, name, password_hash="x", role=role, now=NOW)
        request = inspections.ask(unit, REQUEST, surfaces=SURFACES, now=NOW)
        unit.commit()
    made = hold(house, keyring, replace(WISH, kind=HoldKind.INSPECTION, target=request.id))
    with house.reading() as look:
        assert [made.id] == [each.id for each in stored.within(look, request.within, now=NOW)]
    retention.run(house, ALL_OLD, now=NOW + 50 * DAY)
    assert {"c-1"} == left(house)


def test_a_held_comment_keeps_its_earlier_texts_and_what_it_answers(house: Database, keyring: Keyring) -> None:
    hold(house, keyring, replace(WISH, target="c-3"))
    erasure.erase(house, keyring, ORDER, now=NOW)
    with house.reading() as look:
        quoted = look.execute(text("SELECT parent_text FROM comments WHERE external_id = 'c-3'")).scalar_one()
    assert "first words of ann" == quoted


def test_another_who_takes_a_held_comment_over_does_not_take_its_earlier_text_away(
    house: Database, keyring: Keyring
) -> None:
    said(house, keyring, "cid", "words of cid", "c-1")
    hold(house, keyring, OF_ANN)
    with pytest.raises(ConflictError, match="has to be kept"):
        erasure.erase(house, keyring, replace(ORDER, author="cid"), now=NOW)
    retention.run(house, ALL_OLD, now=NOW + 50 * DAY)
    assert {"c-1", "c-2"} == left(house)


def test_one_comment_that_is_held_is_not_erased_by_itself_either(house: Database, keyring: Keyring) -> None:
    made = hold(house, keyring)
    with house.unit() as unit, pytest.raises(ConflictError, match="is held for an authority"):
        comments.erase(unit, str(made.comment_id), now=NOW)


def test_what_was_kept_of_an_erased_account_is_not_let_go_while_it_is_held(house: Database, keyring: Keyring) -> None:
    measure = take(house, keyring, wish("suspend", "ann", days=2))
    erasure.erase(house, keyring, ORDER, now=NOW)
    hold(house, keyring, OF_ANN)
    with house.unit() as unit:
        account_measures.lift(unit, measure.id, by="mia", why="a mistake", now=NOW)
        unit.commit()
    count = "SELECT count(*) FROM authors"
    retention.run(house, ALL_OLD, now=NOW + 20 * DAY)
    with house.reading() as look:
        assert 1 == look.execute(text(count)).scalar_one()
    with house.unit() as unit, pytest.raises(ConflictError, match="has to be kept"):
        erasure.ask_to_drop(unit, keyring, ORDER, now=NOW)
    retention.run(house, ALL_OLD, now=UNTIL)
    with house.reading() as look:
        assert 0 == look.execute(text(count)).scalar_one()


@pytest.mark.parametrize("tell", [True, False])
def test_the_persons_export_speaks_of_it_where_the_ground_allows_that_alone(
    house: Database, keyring: Keyring, *, tell: bool
) -> None:
    hold(house, keyring, replace(OF_ANN, tell=tell))
    with house.reading() as look:
        given = "".join(erasure.given(look, keyring, "ann", now=NOW))
        none = "".join(erasure.given(look, keyring, "bob", now=NOW))
    assert tell == ("Court of X" in given)
    assert tell == ("holds" in {each["table"] for each in json.loads(given)["records"]})
    assert "Court of X" not in none


def test_a_renewed_pseudonym_key_lets_nobody_go(house: Database, keyring: Keyring, tmp_path: Path) -> None:
    made = hold(house, keyring, OF_ANN)
    newer = rotate(house, tmp_path / "keys", now=NOW)
    with house.unit() as unit:
        while rewrap_some(unit, newer, now=NOW):
            pass
        unit.commit()
    retention.run(house, ALL_OLD, now=NOW + 50 * DAY)
    assert {"c-1", "c-2"} == left(house)
    with house.reading() as look:
        assert 2 == len(stored.hashes_of(look, made.id))
        assert [] == differences(look)


def test_every_fault_is_told_at_once(house: Database, keyring: Keyring) -> None:
    wrong = Wish(HoldKind.COMMENT, "c-9", " ", "", "x" * 201, "mia", "why")
    with house.unit() as unit, pytest.raises(InvalidInputError) as refused:
        holds.ask(unit, keyring, wrong, now=NOW)
    assert ["authority", "reference", "ground", "until", "target"] == [each.where for each in refused.value.faults]
    for changed in ({"until": NOW}, {"until": NOW + 4000 * DAY}, {"review_at": NOW - DAY}):
        with house.unit() as unit, pytest.raises(InvalidInputError):
            holds.ask(unit, keyring, replace(WISH, **changed), now=NOW)
    with house.unit() as unit, pytest.raises(InvalidInputError, match="cannot be asked for"):
        holds.ask(unit, keyring, replace(OF_ANN, why="ann is in court"), now=NOW)
    with house.unit() as unit, pytest.raises(InvalidInputError):
        holds.ask(unit, keyring, replace(WISH, kind=HoldKind.INSPECTION, target="x"), now=NOW)


def test_a_hold_without_an_end_is_looked_at_again(house: Database, keyring: Keyring) -> None:
    made = hold(house, keyring, replace(WISH, until=None, review_at=NOW + DAY))
    assert (False, True) == (holds.is_overdue(made, NOW), holds.is_overdue(made, NOW + 2 * DAY))
    assert made.stands(NOW + 3000 * DAY)


def test_no_pseudonym_stands_in_an_entry(house: Database, keyring: Keyring) -> None:
    hold(house, keyring, OF_ANN)
    with house.reading() as look:
        bodies = look.execute(text("SELECT body FROM ledger WHERE kind LIKE 'hold.%'")).scalars().all()
    assert 2 == len(bodies)
    assert not any(b"ann" in bytes(each) for each in bodies)


WAYS = {
    "DELETE FROM holds": "is gone from the table holds",
    "UPDATE holds SET state = 'lifted', ended_by = 'mia'": "say: state, ended_by",
    "UPDATE holds SET until = created_at": "say: until",
    "UPDATE holds SET tell = true": "say: tell",
    "UPDATE holds SET comment_id = (SELECT max(id) FROM comments) WHERE kind = 'comment'": "say: comment_id",
    "UPDATE holds SET withstood_at = NULL": "say: withstood_at",
    "DELETE FROM held_hashes": "say: whom it holds",
    "UPDATE held_hashes SET author_index = '1:00'": "say: whom it holds",
    "UPDATE holds SET salt = NULL WHERE kind = 'author'": "say: whom it holds",
}


def test_whoever_alters_a_hold_is_found(house: Database, keyring: Keyring) -> None:
    hold(house, keyring)
    hold(house, keyring, OF_ANN)
    with pytest.raises(ConflictError):
        erasure.erase(house, keyring, ORDER, now=NOW)
    missed = {}
    with house.reading() as look:
        assert [] == differences(look)
    for statement, sentence in WAYS.items():
        with house.unit() as unit:
            may_do_all(unit)
            assert unit.execute(text(statement)).rowcount, statement
            found = differences(unit)
        if not any(sentence in each for each in found):
            missed[statement] = found
    assert {} == missed
