"""The blacklist: two people where it is asked, a day to look again, an authority's list at once or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from governance import four_eyes, list_reviews, lists
from governance.four_eyes import Word
from governance.lists import Listing
from moderation.errors import ForbiddenError, InvalidInputError
from moderation.lists import ListAction
from moderation.policy import Policy
from records import accountability, approvals
from records import lists as stored
from records.database import Database
from records.personal import Keyring
from tests.governance.public import TAXONOMY
from tests.governance.standing import POLICIES, kinds
from tests.governance.test_account_measures import STANDARDS, answer
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

ONE = Listing("account", "a-1", ListAction.BLOCK, "spam", "ministry, no. 7", "mia", ground="cn-2017:9")


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One database: entries on both are tested with lists."""
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


def counting(database: Database) -> int:
    with database.reading() as look:
        return len(stored.holding(look, now=NOW))


def imported(database: Database, keyring: Keyring, *listings: Listing) -> tuple[str | None, int, int]:
    with database.unit() as unit:
        added, known = lists.add_many(unit, listings, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        asked = stored.get(unit, added[0].id).approval_id if added else None
        unit.commit()
    return asked, len(added), known


def many(*names: str) -> list[Listing]:
    return [replace(ONE, value=name) for name in names]


def test_an_entry_for_longer_than_a_policy_lets_one_person_waits_for_two(database: Database, keyring: Keyring) -> None:
    strict = [POLICIES["cn"], POLICIES["default"]]

    def waits(listing: Listing, policies: list[Policy]) -> bool:
        with database.unit() as unit:
            added = lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=policies)
        return added.waits_since is not None and added.approval_id is not None

    assert waits(ONE, strict)
    assert waits(replace(ONE, expires_at=NOW + timedelta(days=31)), strict)
    assert not waits(replace(ONE, expires_at=NOW + timedelta(days=30)), strict)
    assert waits(replace(ONE, action=ListAction.REVIEW), strict)
    assert not waits(replace(ONE, expires_at=NOW + timedelta(days=99)), [POLICIES["default"]])
    assert waits(ONE, [POLICIES["default"]])


@pytest.mark.parametrize(("kind", "value"), [("domain", "nytimes.com"), ("email", "a@b.org"), ("attachment", "a" * 64)])
def test_a_newspaper_is_not_shut_out_by_one_person(database: Database, keyring: Keyring, kind: str, value: str) -> None:
    listing = replace(ONE, kind=kind, value=value)
    with database.unit() as unit:
        strict = list(POLICIES.values())
        added = lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=strict)
        allowed = replace(listing, value=f"{value[:-1]}b" if kind == "attachment" else "c.org", action=ListAction.ALLOW)
        if kind != "email":
            favoured = lists.add(unit, allowed, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=strict)
            assert (NOW, NOW + lists.REVIEWED_AFTER) == (favoured.waits_since, favoured.review_at)
        unit.commit()
    assert (NOW, NOW + lists.REVIEWED_AFTER) == (added.waits_since, added.review_at)
    with database.reading() as look:
        assert [] == stored.holding(look, now=NOW), "what waits does not count"
        assert lists.ASKED_OTHER == approvals.get(look, str(added.approval_id)).kind
    with database.unit() as unit:
        four_eyes.answer(unit, str(added.approval_id), Word("ben", True, "looked"), standards=STANDARDS, now=NOW)
        unit.commit()
    with database.reading() as look:
        assert added.id in [each.id for each in stored.holding(look, now=NOW)]
        assert [] == accountability.shut_out_alone(look, 30)[1]


def test_who_answers_is_told_whom_an_entry_would_have_touched(database: Database, keyring: Keyring) -> None:
    for number, text in enumerate(("see https://evil.com/a", "look at evil.com", "nothing here")):
        put(database, keyring, an_answer(a_comment(text, known_as=f"c-{number}"), a_decision()))
    with database.unit() as unit:
        listing, strict = replace(ONE, kind="domain", value="evil.com"), list(POLICIES.values())
        entry = lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=strict)
        found = approvals.get(unit, str(entry.approval_id)).facts["reach"]
    assert (3, 2, 2, 1) == (found["read"], found["hits"], found["touched"], found["people"])


def test_the_duty_sees_what_one_person_shut_out_for_long(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        listing = replace(ONE, kind="domain", value="nytimes.com")
        entry = lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    with database.reading() as look:
        assert [entry.id] == accountability.shut_out_alone(look, 30)[1]


def test_no_review_after_review_makes_an_entry_one_person_s_for_longer(database: Database, keyring: Keyring) -> None:
    strict, later = [POLICIES["cn"]], NOW + timedelta(days=29)
    with database.unit() as unit:
        short = replace(ONE, expires_at=NOW + timedelta(days=30))
        entry = lists.add(unit, short, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=strict)
        until = later + timedelta(days=30)
        kept = list_reviews.keep(unit, entry.id, until=until, by="mia", why="still so", now=later, policies=strict)
        assert (entry.expires_at, True) == (kept.expires_at, list_reviews.asked_about(unit, entry.id) is not None)


def test_no_review_makes_one_person_s_entry_longer_than_that(database: Database, keyring: Keyring) -> None:
    strict = [POLICIES["cn"]]
    with database.unit() as unit:
        short = replace(ONE, expires_at=NOW + timedelta(days=7))
        entry = lists.add(unit, short, taxonomy=TAXONOMY, keyring=keyring, now=NOW, policies=strict)
        until = NOW + timedelta(days=14)
        list_reviews.keep(unit, entry.id, until=until, by="mia", why="still so", now=NOW, policies=strict)
        kept = list_reviews.keep(unit, entry.id, until=None, by="mia", why="for good", now=NOW, policies=strict)
        assert (until, True) == (kept.expires_at, list_reviews.asked_about(unit, entry.id) is not None)


def test_an_entry_whose_words_nobody_sees_is_refused(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit, pytest.raises(InvalidInputError):
        lists.add(unit, replace(ONE, reason="\u200b\u3164"), taxonomy=TAXONOMY, keyring=keyring, now=NOW)


def test_an_entry_that_waits_does_not_count_until_somebody_else_agrees(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        entry = lists.add(unit, ONE, taxonomy=TAXONOMY, keyring=keyring, now=NOW, asks=True)
        unit.commit()
    assert 0 == counting(database)
    with database.reading() as look:
        asked = stored.get(look, entry.id).approval_id
    with pytest.raises(ForbiddenError):
        answer(database, asked, by="mia")
    answer(database, asked)
    assert 1 == counting(database)
    assert ["list.waits", "approval.asked", "list.asked", "approval.approved", "list.approved"] == kinds(database)


def test_a_list_is_imported_whole_after_a_second_person_s_word_and_again_adds_nothing(
    database: Database, keyring: Keyring
) -> None:
    asked, added, known = imported(database, keyring, *many("a-1", "a-2", "a-2", "a-3"))
    assert (3, 1, 0) == (added, known, counting(database))
    answer(database, asked)
    assert 3 == counting(database)
    assert (None, 0, 3) == imported(database, keyring, *many("a-1", "a-2", "a-3"))


def test_refused_all_of_it_is_taken_off_and_may_be_asked_anew(database: Database, keyring: Keyring) -> None:
    asked, *_ = imported(database, keyring, *many("a-1", "a-2"))
    answer(database, asked, approve=False)
    assert 0 == counting(database)
    assert 2 == imported(database, keyring, *many("a-1", "a-2"))[1]


def test_a_list_with_a_fault_is_refused_by_its_rows_and_nothing_is_written(
    database: Database, keyring: Keyring
) -> None:
    faulty = [*many("a-1"), replace(ONE, value="a-2", reason=" "), replace(ONE, kind="moon", value="x")]
    with pytest.raises(InvalidInputError) as refused:
        imported(database, keyring, *faulty)
    assert ["line 3", "line 4"] == [fault.where for fault in refused.value.faults]
    with pytest.raises(InvalidInputError):
        imported(database, keyring)
    assert [] == kinds(database)


def test_an_entry_is_due_for_a_look_by_its_review_date_or_its_end(database: Database, keyring: Keyring) -> None:
    day = NOW + timedelta(days=10)
    wanted = [replace(ONE, value="a-1", review_at=day), replace(ONE, value="a-2", expires_at=day), *many("a-3")]
    with database.unit() as unit:
        entries = [lists.add(unit, each, taxonomy=TAXONOMY, keyring=keyring, now=NOW) for each in wanted]
        unit.commit()
    with database.reading() as look:
        due = stored.page(look, due_before=day + timedelta(days=1)).items
    assert [entry.id for entry in entries[:2]] == [entry.id for entry in due]
    with database.unit() as unit:
        kept = list_reviews.keep(unit, entries[0].id, until=None, by="ben", why="still so", now=NOW)
        unit.commit()
    assert (NOW + lists.REVIEWED_AFTER, "ben") == (kept.review_at, kept.reviewed_by)
    with pytest.raises(InvalidInputError), database.unit() as unit:
        lists.add(unit, replace(ONE, value="a-4", review_at=NOW), taxonomy=TAXONOMY, keyring=keyring, now=NOW)
