"""Who is asked about in small worlds: farms are seen through their own numbers, and strangers excuse one another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from governance import lists, returns
from moderation.comment import Author
from moderation.decision import Outcome
from records import authors, personal
from records import returns as stored
from records.authors import Link
from records.database import Database
from records.personal import Keyring
from records.rewrapping import rewrap_some
from records.standing_values import ReturnRecord, ReturnState
from tests.governance.public import TAXONOMY
from tests.governance.test_returns import BLACKLIST, states
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

DEVICE, NETWORK, PHONE = Link("device", "device-91"), Link("network", "line-5"), Link("phone", "+8613800138000")
LONG_AGO, LATELY = NOW - timedelta(days=40), NOW - timedelta(days=3)


def banned(database: Database, keyring: Keyring, *names: str) -> None:
    with database.unit() as unit:
        for name in names:
            lists.add(unit, replace(BLACKLIST, value=name), taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()


def wrote(database: Database, keyring: Keyring, name: str, outcome: Outcome = Outcome.PASS) -> None:
    """Comments from before the last month and from within it."""
    for at in (LONG_AGO, LATELY):
        said = replace(a_comment("天气不错"), author=Author(name))
        put(database, keyring, an_answer(said, a_decision(outcome)), now=at)


def accounts(database: Database, keyring: Keyring, count: int, *links: Link, who: str = "made") -> list[str]:
    """Accounts with these links, from before today."""
    names = [f"{who}-{number}" for number in range(count)]
    for name in names:
        states(database, keyring, name, *links, now=LONG_AGO)
    return names


def residents(
    database: Database, keyring: Keyring, count: int, *links: Link, phone: str = "", who: str = "resident"
) -> list[str]:  # fmt: skip
    """Accounts that write here for longer than a month; each with its own telephone, or all with one."""
    names = [f"{who}-{number}" for number in range(count)]
    for number, name in enumerate(names):
        own = Link("phone", phone or f"+86139{number:08}")
        states(database, keyring, name, *links, *(() if PHONE in links else (own,)), now=LONG_AGO)
        wrote(database, keyring, name)
    return names


def asked(database: Database, keyring: Keyring, *links: Link, name: str = "newcomer") -> bool:
    """Whether a person is asked about an account that comes with these links."""
    return bool(states(database, keyring, name, *links, now=NOW + timedelta(hours=1)))


@pytest.mark.parametrize(("made", "held"), [(6, 6), (21, 1), (12, 12), (9, 3)])
def test_a_farm_on_one_device_does_not_hide_its_next_account(
    database: Database, keyring: Keyring, made: int, held: int
) -> None:
    """However many were banned, and though the rest are not banned yet."""
    banned(database, keyring, *accounts(database, keyring, made, DEVICE)[:held])
    assert asked(database, keyring, DEVICE)


def test_a_farm_s_account_is_a_few_questions_and_not_as_many_as_the_farm_had(
    database: Database, keyring: Keyring
) -> None:
    banned(database, keyring, *accounts(database, keyring, 12, DEVICE))
    found = states(database, keyring, "newcomer", DEVICE)
    assert (returns.MOST_ASKED, {12.0}) == (len(found), {each.score for each in found})
    assert {12} == {each.evidence[0]["held"] for each in found}
    states(database, keyring, "made-11", DEVICE, PHONE)
    stronger, *_ = states(database, keyring, "newcomer", DEVICE, PHONE)
    assert 26.0 == stronger.score


def test_each_that_a_person_answers_makes_room_for_the_next_until_all_were_asked(
    database: Database, keyring: Keyring
) -> None:
    banned(database, keyring, *accounts(database, keyring, 7, DEVICE))
    newcomer = states(database, keyring, "newcomer", DEVICE)[0].author_id
    asked_about, waiting = set[str](), list[ReturnRecord]()
    while waiting := of(database, newcomer, ReturnState.WAITING):
        assert min(returns.MOST_ASKED, 7 - len(asked_about)) == len(waiting)
        asked_about.add(waiting[0].against)
        with database.unit() as unit:
            returns.decide(unit, waiting[0].id, is_same=False, by="mia", note="another", now=NOW)
            unit.commit()
    assert (7, 7) == (len(asked_about), len(of(database, newcomer, ReturnState.DISMISSED)))
    states(database, keyring, "newcomer", DEVICE)
    assert [] == of(database, newcomer, ReturnState.WAITING)


def test_two_who_answer_about_one_newcomer_at_once_are_both_heard(database: Database, keyring: Keyring) -> None:
    banned(database, keyring, *accounts(database, keyring, 9, DEVICE))
    newcomer = states(database, keyring, "newcomer", DEVICE)[0].author_id
    states(database, keyring, "second", DEVICE)
    for _ in range(2):
        first, *_, last = of(database, newcomer, ReturnState.WAITING)
        begin = Barrier(2)

        def answer(finding: ReturnRecord, begin: Barrier = begin) -> ReturnState:
            begin.wait(10)
            with database.unit() as unit:
                told = returns.decide(unit, finding.id, is_same=False, by="mia", note="another", now=NOW)
                unit.commit()
            return told.state

        with ThreadPoolExecutor(2) as both:
            assert [ReturnState.DISMISSED] * 2 == list(both.map(answer, (first, last)))
    assert (returns.MOST_ASKED, 4) == tuple(
        len(of(database, newcomer, state)) for state in (ReturnState.WAITING, ReturnState.DISMISSED)
    )


def test_an_answer_beside_a_statement_and_a_closing_keeps_neither_waiting(database: Database, keyring: Keyring) -> None:
    names = accounts(database, keyring, 9, DEVICE)
    banned(database, keyring, *names[:7])
    newcomer = states(database, keyring, "newcomer", DEVICE)[0].author_id
    begin = Barrier(3)

    def answer() -> None:
        finding = of(database, newcomer, ReturnState.WAITING)[-1]
        begin.wait(10)
        with database.unit() as unit:
            returns.decide(unit, finding.id, is_same=False, by="mia", note="another", now=NOW)
            unit.commit()

    def state() -> None:
        begin.wait(10)
        states(database, keyring, "newcomer", DEVICE, now=NOW + timedelta(hours=1))

    def close() -> None:
        begin.wait(10)
        banned(database, keyring, *names[7:])

    with ThreadPoolExecutor(3) as some:
        for done in [some.submit(each) for each in (answer, state, close)]:
            done.result()
    assert 1 == len(of(database, newcomer, ReturnState.DISMISSED))


@pytest.mark.parametrize("closes_late", [False, True])
def test_a_rotation_of_keys_hides_none_that_came_before_it(
    sqlite: Database, tmp_path: Path, *, closes_late: bool
) -> None:
    """Neither when an answer makes room, nor when an account is closed that stated its links before."""
    first = personal.open_keyring(sqlite, tmp_path / "keys", now=NOW)
    names = accounts(sqlite, first, 7, DEVICE, PHONE)
    if not closes_late:
        banned(sqlite, first, *names)
    second = personal.rotate(sqlite, tmp_path / "keys", now=NOW)
    with sqlite.unit() as unit:
        rewrap_some(unit, second, now=NOW)
        unit.commit()
    states(sqlite, second, "newcomer", replace(DEVICE), replace(PHONE), now=NOW)
    if closes_late:
        banned(sqlite, second, *names)
    newcomer = authors_id(sqlite, second, "newcomer")
    asked_about = set[str]()
    while waiting := of(sqlite, newcomer, ReturnState.WAITING):
        assert {(26.0, 7)} == {(each.score, each.evidence[0]["held"]) for each in waiting}
        asked_about.add(waiting[-1].against)
        with sqlite.unit() as unit:
            returns.decide(unit, waiting[-1].id, is_same=False, by="mia", note="another", now=NOW)
            unit.commit()
    assert 7 == len(asked_about)


def authors_id(database: Database, keyring: Keyring, author: str) -> str:
    with database.reading() as look:
        found = authors.id_of(look, keyring, author)
    assert found is not None
    return found


def of(database: Database, author_id: str, state: ReturnState) -> list[ReturnRecord]:
    with database.reading() as look:
        return [each for each in stored.of_author(look, author_id) if each.state is state]


def test_a_thousand_accounts_that_were_merely_made_hide_nobody(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where more have the value than are read, when the held one's links are stated last."""
    monkeypatch.setattr("records.link_crowds.MOST_SHARED", 4)
    monkeypatch.setattr("records.author_links.MOST_SHARED", 4)
    accounts(database, keyring, 8, DEVICE)
    banned(database, keyring, "bad")
    states(database, keyring, "newcomer", DEVICE, now=NOW + timedelta(hours=1))
    found = states(database, keyring, "bad", DEVICE, now=NOW + timedelta(hours=2))
    assert 1 == len(found)
    assert asked(database, keyring, DEVICE, name="another")


def test_a_farm_whose_comments_were_refused_is_no_crowd(database: Database, keyring: Keyring) -> None:
    names = accounts(database, keyring, 8, DEVICE)
    for name in names:
        wrote(database, keyring, name, Outcome.BLOCK)
    banned(database, keyring, names[0])
    assert asked(database, keyring, DEVICE)


def test_a_patient_farm_is_seen_by_its_one_telephone(database: Database, keyring: Keyring) -> None:
    names = residents(database, keyring, 12, DEVICE, phone="+8613912345678")
    banned(database, keyring, names[0])
    assert asked(database, keyring, DEVICE)


def test_a_patient_farm_of_many_telephones_is_not_told_from_strangers(database: Database, keyring: Keyring) -> None:
    """The limit that docs/how-to/accounts.md states."""
    names = residents(database, keyring, 6, DEVICE)
    banned(database, keyring, names[0])
    assert not asked(database, keyring, DEVICE)


@pytest.mark.parametrize("held", [1, 4, 12])
def test_a_campus_or_a_carrier_s_network_is_no_evidence_whatever_was_banned_there(
    database: Database, keyring: Keyring, held: int
) -> None:
    banned(database, keyring, *accounts(database, keyring, 16, NETWORK)[:held])
    residents(database, keyring, 4, NETWORK)
    assert not asked(database, keyring, NETWORK)


def test_a_family_s_telephone_is_asked_about_and_a_dormitory_s_is_not(database: Database, keyring: Keyring) -> None:
    family = residents(database, keyring, 4, PHONE)
    banned(database, keyring, family[0])
    assert asked(database, keyring, PHONE)
    residents(database, keyring, 14, PHONE, who="roommate")
    assert not asked(database, keyring, PHONE, name="another")


def test_in_an_internet_cafe_guests_excuse_one_another_until_many_are_banned(
    database: Database, keyring: Keyring
) -> None:
    guests = residents(database, keyring, 13, DEVICE)
    banned(database, keyring, *guests[:2])
    assert not asked(database, keyring, DEVICE)
    banned(database, keyring, *guests[2:4])
    assert asked(database, keyring, DEVICE, name="another")


def test_a_guest_of_whom_a_person_said_that_it_is_somebody_else_excuses_the_next(
    database: Database, keyring: Keyring
) -> None:
    """Where no comments are stored, or the café opened yesterday."""
    banned(database, keyring, *accounts(database, keyring, 1, DEVICE))
    questions = []
    for number in range(6):
        found = states(database, keyring, f"guest-{number}", DEVICE, now=NOW + timedelta(hours=number + 1))
        questions.append(len(found))
        for each in found:
            decide(database, each.id, is_same=False)
    assert [1, 1, 1, 1, 0, 0] == questions


def test_who_was_confirmed_to_have_come_back_excuses_nobody(database: Database, keyring: Keyring) -> None:
    banned(database, keyring, *accounts(database, keyring, 1, DEVICE))
    for number in range(6):
        name = f"again-{number}"
        (found, *_) = states(database, keyring, name, DEVICE, now=NOW + timedelta(hours=number + 1))
        decide(database, found.id, is_same=True)
        wrote(database, keyring, name)
    assert asked(database, keyring, DEVICE)


def decide(database: Database, finding: str, *, is_same: bool) -> None:
    with database.unit() as unit:
        returns.decide(unit, finding, is_same=is_same, by="mia", note="asked them", now=NOW)
        unit.commit()
