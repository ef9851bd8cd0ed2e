"""An account becomes its owner's by an invitation, and a second person's once somebody of the house vouches for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from governance import accounts, apart, approvals, four_eyes, hands, invitations, vouching
from governance.accounts import NewAccount
from governance.approvals import ByKey, NotSecondError
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.errors import ConflictError, ForbiddenError, NotFoundError
from records import keys, ledger, users
from records.database import Database
from records.house_queues import AS_USUAL
from records.house_values import ApprovalRecord, ApprovalState, UserRecord
from records.underlying import differences
from review import lessons
from tests.governance.public import TAXONOMY
from tests.records.databases import NOW, new_sqlite_url

STANDARDS = Standards(TAXONOMY, NOW.date())
SOON = timedelta(minutes=1)


def an_account(database: Database, name: str, *, os_user: str | None = "root", role: str = "admin") -> UserRecord:
    with database.unit(os_user=os_user) as unit:
        made = accounts.create(unit, NewAccount(name, "x", role), by="setup", now=NOW)
        unit.commit()
    return made


def invite(database: Database, user: UserRecord, *, by: str = "ada") -> str:
    with database.unit() as unit:
        link = invitations.invite(unit, user.id, by=by, now=NOW)
        unit.commit()
    return link


def accept(database: Database, link: str, password: str = "own", *, later: timedelta = SOON) -> None:
    with database.unit() as unit:
        invitations.accept(unit, link, password, now=NOW + later)
        unit.commit()


def vouch(database: Database, user: UserRecord, *, by: str = "ada", later: timedelta = SOON) -> None:
    with database.unit() as unit:
        vouching.vouch(unit, user.id, by=by, now=NOW + later)
        unit.commit()


def set_password(database: Database, user: UserRecord, *, by: str, os_user: str | None = None) -> None:
    with database.unit(os_user=os_user) as unit:
        accounts.set_password(unit, user.id, "given", by=by, now=NOW + SOON)
        unit.commit()


def asked(database: Database, by: str = "ada", *, about: str = "x", later: timedelta = 2 * SOON) -> ApprovalRecord:
    with database.unit() as unit:
        made = approvals.ask(unit, "parts.changed", about, facts={"parts": {}}, by=by, why="edited", now=NOW + later)
        unit.commit()
    return made


def answer(database: Database, question: ApprovalRecord, by: str) -> ApprovalState:
    with database.unit() as unit:
        word = Word(by, True, "looked at it")
        done = four_eyes.answer(unit, question.id, word, standards=STANDARDS, now=NOW + 3 * SOON)
        unit.commit()
    return done.state


@pytest.fixture
def ben(database: Database) -> UserRecord:
    """Beside `ada`, both made by one user of the machine."""
    an_account(database, "ada")
    return an_account(database, "ben")


def hand(database: Database, user: UserRecord) -> set[str]:
    with database.reading() as look:
        return hands.house(look).holders(user.id)


def test_who_was_invited_is_a_second_person_once_somebody_vouched_and_the_ledger_says_who_did_both(
    database: Database, ben: UserRecord
) -> None:
    with pytest.raises(NotSecondError, match="by an invitation"):
        answer(database, asked(database), "ben")
    accept(database, invite(database, ben))
    assert {"ada", "os:root"} == hand(database, ben)
    with pytest.raises(NotSecondError, match="ada made or invited"):
        answer(database, asked(database, about="z"), "ben")
    vouch(database, ben)
    assert set() == hand(database, ben)
    with database.reading() as look:
        entry = ledger.last(look, "account.vouched", ben.id)
        vouched = json.loads(entry.body) if entry else {}
        assert ("ada", {"name": "ben", "own_word": "yes"}) == (vouched["actor"]["id"], vouched["facts"])
        told = ledger.last(look, "account.password", ben.id)
        body = json.loads(told.body) if told else {}
        assert ("ben", "ada") == (body["actor"]["id"], body["facts"]["invited_by"])
        assert [] == [each.sentence for each in differences(look)]
    with database.unit() as unit:
        question = approvals.ask(
            unit, "parts.changed", "y", facts={"parts": {}}, by="ada", why="edited", now=NOW + 2 * SOON
        )
        unit.commit()
    assert ApprovalState.APPROVED is answer(database, question, "ben")


def test_not_for_what_was_asked_before_it_became_theirs(database: Database, ben: UserRecord) -> None:
    question = asked(database, later=timedelta(0))
    accept(database, invite(database, ben))
    vouch(database, ben)
    with pytest.raises(NotSecondError, match="invitation") as refused:
        answer(database, question, "ben")
    assert "made_since" == refused.value.why


def test_a_password_that_is_typed_on_a_command_line_again_takes_it_back(database: Database, ben: UserRecord) -> None:
    accept(database, invite(database, ben))
    vouch(database, ben)
    set_password(database, ben, by="setup", os_user="root")
    with pytest.raises(NotSecondError):
        answer(database, asked(database), "ben")


def test_a_password_that_an_administrator_sets_makes_it_nobodys_own(database: Database, ben: UserRecord) -> None:
    """Whoever set it knows it, and may be who made the account."""
    set_password(database, ben, by="ada")
    with pytest.raises(NotSecondError):
        answer(database, asked(database), "ben")


def test_a_link_is_good_once_for_three_days_and_until_another_is_given(database: Database, ben: UserRecord) -> None:
    first, second = invite(database, ben), invite(database, ben)
    with pytest.raises(NotFoundError):
        accept(database, first)
    with pytest.raises(NotFoundError):
        accept(database, second, later=invitations.FOR)
    with pytest.raises(NotFoundError):
        accept(database, f"{ben.id}.guessed")
    accept(database, second)
    with pytest.raises(NotFoundError, match="ask for another"):
        accept(database, second, "another")
    with database.reading() as look:
        assert "own" == users.get(look, ben.id).password_hash


@pytest.mark.parametrize("otherwise", ["password", "disabled"])
def test_a_link_of_before_is_of_no_use_after(database: Database, ben: UserRecord, otherwise: str) -> None:
    link = invite(database, ben)
    with database.unit() as unit:
        if otherwise == "disabled":
            accounts.disable(unit, ben.id, by="ada", now=NOW)
            accounts.enable(unit, ben.id, by="ada", now=NOW)
        unit.commit()
    if otherwise == "password":
        set_password(database, ben, by="ada")
    with pytest.raises(NotFoundError):
        accept(database, link)


def test_nobody_invites_themself_or_on_a_command_line_or_who_is_disabled(database: Database, ben: UserRecord) -> None:
    with database.unit() as unit, pytest.raises(ForbiddenError):
        invitations.invite(unit, ben.id, by="ben", now=NOW)
    with database.unit(os_user="root") as unit, pytest.raises(ForbiddenError, match="in the console"):
        invitations.invite(unit, ben.id, by="ada", now=NOW)
    with database.unit() as unit:
        accounts.disable(unit, ben.id, by="ada", now=NOW)
        with pytest.raises(ConflictError, match="let them in again"):
            invitations.invite(unit, ben.id, by="ada", now=NOW)


def test_the_ledger_holds_no_link(database: Database, ben: UserRecord) -> None:
    token = invite(database, ben).partition(".")[2]
    with database.reading() as look:
        assert not [each for each in ledger.page(look).items if token.encode() in each.body]


def by_page(database: Database, name: str, *, by: str, later: timedelta = timedelta(0)) -> UserRecord:
    with database.unit() as unit:
        made = accounts.create(unit, NewAccount(name, "typed", "senior"), by=by, now=NOW + later)
        unit.commit()
    return made


def why_not(database: Database, question: ApprovalRecord, by: str) -> str:
    with pytest.raises(NotSecondError) as refused:
        answer(database, question, by)
    return refused.value.why


def test_who_made_an_account_in_the_console_is_one_hand_with_it_until_somebody_vouched(database: Database) -> None:
    an_account(database, "ada", os_user=None)
    sock, other = by_page(database, "sock", by="Ada"), by_page(database, "sock2", by="ada")
    assert "one_hand" == why_not(database, asked(database, "ada"), "sock")
    assert "one_hand" == why_not(database, asked(database, "sock", about="a"), "ada")
    assert "one_hand" == why_not(database, asked(database, "sock", about="b"), "sock2")
    accept(database, invite(database, sock), later=SOON)
    assert "one_hand" == why_not(database, asked(database, "ada", about="i"), "sock")
    vouch(database, sock)
    assert ApprovalState.APPROVED is answer(database, asked(database, "ada", about="c"), "sock")
    assert "one_hand" == why_not(database, asked(database, "ada", about="d"), other.name)
    set_password(database, sock, by="ada")
    assert "one_hand" == why_not(database, asked(database, "ada", about="e"), "sock")


def test_a_hand_reaches_through_the_accounts_that_it_made(database: Database) -> None:
    """Who holds the machine may be ada, and ada may be whom she made: so they may be him."""
    an_account(database, "li")
    an_account(database, "ada")
    by_page(database, "ben", by="ada")
    by_page(database, "cleo", by="ben")
    assert "one_hand" == why_not(database, asked(database, "li"), "cleo")
    with database.reading() as look:
        ids = [each.id for each in users.active(look, ["senior", "admin"])]
        assert (4, 1) == (len(ids), hands.people_behind(look, ids))
    cleo = next(each for each in ids if each not in ids[:3])
    with database.reading() as look:
        who = users.get(look, cleo)
    accept(database, invite(database, who))
    with database.reading() as look:
        assert 1 == hands.people_behind(look, ids)
    vouch(database, who)
    with database.reading() as look:
        assert (2, 1) == (hands.people_behind(look, ids), hands.people_behind(look, ids, proved=True))


def test_no_account_answers_what_is_older_than_it_or_than_a_password_that_another_set(database: Database) -> None:
    question = asked(database, "mia", later=timedelta(0))
    an_account(database, "ada", os_user=None)
    by_page(database, "late", by="boss", later=SOON)
    assert "made_since" == why_not(database, question, "late")
    late = by_page(database, "there", by="boss")
    set_password(database, late, by="boss")
    assert "made_since" == why_not(database, question, "there")
    assert ApprovalState.APPROVED is answer(database, question, "ada")


def test_a_key_of_an_account_is_in_the_hand_of_who_made_the_account(database: Database) -> None:
    an_account(database, "ada", os_user=None)
    by_page(database, "sock", by="ada")
    with database.unit() as unit:
        made, _ = keys.create(unit, "sock", scopes=["admin"], now=NOW)
        unit.commit()
    question = asked(database, "ada")
    with database.unit() as unit, pytest.raises(NotSecondError, match="ada made or invited") as refused:
        approvals.answer(unit, question.id, by=ByKey(made.prefix), approve=True, note="yes", now=NOW + 3 * SOON)
    assert "one_hand" == refused.value.why


def test_on_a_command_line_the_password_of_an_account_of_ones_own_making_helps_nobody(database: Database) -> None:
    an_account(database, "ada", os_user=None)
    by_page(database, "sock", by="ada")
    question = asked(database, "ada")
    with database.unit(os_user="other", proved="sock") as unit, pytest.raises(NotSecondError, match="by a link"):
        approvals.answer(unit, question.id, by="sock", approve=True, note="yes", now=NOW + 3 * SOON)


def test_a_house_that_lets_one_hand_hold_several_lets_who_made_them(tmp_path: Path) -> None:
    alone = Database(new_sqlite_url(tmp_path), queues=lambda: replace(AS_USUAL, one_hand=True))
    an_account(alone, "ada", os_user=None)
    by_page(alone, "sock", by="ada")
    assert ApprovalState.APPROVED is answer(alone, asked(alone, "ada"), "sock")


def wen(database: Database) -> UserRecord:
    """Somebody of the house whom another user of the machine made."""
    return an_account(database, "wen", os_user="other", role="senior")


def test_nobody_is_two_people_by_opening_the_link_that_they_made(database: Database) -> None:
    """One administrator makes an account, invites it, opens the link, and another of theirs vouches."""
    an_account(database, "ada", os_user=None)
    wen(database)
    socks = [by_page(database, name, by="ada") for name in ("sock", "sock2")]
    for sock in socks:
        accept(database, invite(database, sock))
        with pytest.raises(ForbiddenError, match="can vouch: wen"):
            vouch(database, sock)
    with pytest.raises(ForbiddenError, match="can vouch: wen"):
        vouch(database, socks[0], by="sock2")
    assert "one_hand" == why_not(database, asked(database), "sock")
    vouch(database, socks[0], by="wen")
    assert ApprovalState.APPROVED is answer(database, asked(database, about="b"), "sock")
    with database.reading() as look:
        assert () == apart.on_word(look, "ada", "sock")


def test_who_was_sent_away_a_moment_ago_could_have_vouched(database: Database) -> None:
    an_account(database, "ada", os_user=None)
    other = wen(database)
    sock = by_page(database, "sock", by="ada")
    accept(database, invite(database, sock))
    with database.unit() as unit:
        accounts.disable(unit, other.id, by="ada", now=NOW)
        unit.commit()
    with pytest.raises(ForbiddenError, match="can vouch: wen"):
        vouch(database, sock)
    vouch(database, sock, later=vouching.LATELY)


def test_an_own_word_is_told_with_every_yes_that_rests_on_it(database: Database) -> None:
    """Ada says it of ben, ben of eve: two people answer, and nobody but ada says that they are two."""
    an_account(database, "ada", os_user=None)
    ben, eve = (by_page(database, name, by="ada") for name in ("ben", "eve"))
    for user, by in ((ben, "ada"), (eve, "ben")):
        accept(database, invite(database, user))
        vouch(database, user, by=by)
    for by, about in (("ben", "a"), ("eve", "b")):
        question = asked(database, about=about)
        assert ApprovalState.APPROVED is answer(database, question, by)
        with database.reading() as look:
            entry = ledger.last(look, "approval.approved", question.id)
            assert ["ada"] == json.loads(entry.body if entry else b"")["facts"]["on_word_of"]
            assert [] == [each.sentence for each in differences(look)]


def test_nobody_vouches_for_a_password_that_another_knows_or_for_themself_or_by_typing(database: Database) -> None:
    an_account(database, "ada", os_user=None)
    wen(database)
    sock = by_page(database, "sock", by="ada")
    with pytest.raises(ForbiddenError, match="invite its owner"):
        vouch(database, sock, by="wen")
    accept(database, invite(database, sock))
    with pytest.raises(ForbiddenError, match="themself"):
        vouch(database, sock, by="sock")
    with database.unit(os_user="root") as unit, pytest.raises(ForbiddenError, match="in the console"):
        vouching.vouch(unit, sock.id, by="wen", now=NOW)
    vouch(database, sock, by="wen")
    with pytest.raises(ForbiddenError, match="nothing to vouch for"):
        vouch(database, sock, by="wen")


def test_who_is_invited_again_is_vouched_for_again(database: Database) -> None:
    an_account(database, "ada", os_user=None)
    wen(database)
    ben = by_page(database, "ben", by="ada")
    for _ in range(2):
        accept(database, invite(database, ben))
        assert {"ada"} == hand(database, ben)
        vouch(database, ben, by="wen")
        assert set() == hand(database, ben)


def test_a_word_counts_for_what_is_asked_after_it(database: Database) -> None:
    an_account(database, "ada", os_user=None)
    sock = by_page(database, "sock", by="ada")
    accept(database, invite(database, sock))
    question = asked(database, later=SOON)
    vouch(database, sock, later=2 * SOON)
    assert "one_hand" == why_not(database, question, "sock")


HERE = invitations.Place("203.0.113.7", "a browser")


@pytest.mark.parametrize(
    ("place", "same"),
    [
        (HERE, ("network", "browser")),
        (replace(HERE, network="198.51.100.1"), ("browser",)),
        (invitations.Place("198.51.100.1", "another"), ()),
    ],
)
def test_an_entry_says_whether_a_link_was_opened_from_where_it_was_made(
    database: Database, ben: UserRecord, place: invitations.Place, same: tuple[str, ...]
) -> None:
    with database.unit() as unit:
        link = invitations.invite(unit, ben.id, by="ada", now=NOW, place=HERE)
        invitations.accept(unit, link, "own", now=NOW + SOON, place=place)
        unit.commit()
    with database.reading() as look:
        assert same == invitations.same_place(ledger.last(look, "account.password", ben.id))
        assert not [each for each in ledger.page(look).items if HERE.network.encode() in each.body]


def grown(database: Database) -> tuple[UserRecord, UserRecord]:
    """`ben`, of whom ada said on her own word that he is another, and `eve`, whom he made and invited."""
    an_account(database, "ada", os_user=None)
    ben = by_page(database, "ben", by="ada")
    accept(database, invite(database, ben))
    vouch(database, ben)
    eve = by_page(database, "eve", by="ben")
    accept(database, invite(database, eve, by="ben"))
    return ben, eve


def test_who_speaks_for_the_account_of_an_account_of_theirs_proves_nothing(database: Database) -> None:
    _, eve = grown(database)
    vouch(database, eve)
    with database.reading() as look:
        assert ("ada",) == apart.on_word(look, "ada", "eve")
        assert 1 == hands.people_behind(look, [each.id for each in users.every(look)], proved=True)


def test_an_own_word_is_of_who_invited_and_is_in_nobodys_hand(database: Database) -> None:
    """Else a second account of theirs would say it, and read as another person."""
    an_account(database, "ada", os_user=None)
    boss = by_page(database, "boss", by="ada")
    accept(database, invite(database, boss))
    sock = by_page(database, "sock", by="boss")
    accept(database, invite(database, sock, by="boss"))
    for by in ("boss", "ada"):
        with pytest.raises(ForbiddenError, match="boss, once somebody has vouched for boss"):
            vouch(database, sock, by=by)


def test_what_stood_on_an_own_word_is_proved_once_another_vouches(database: Database) -> None:
    ben, eve = grown(database)
    with pytest.raises(ForbiddenError, match="nothing to vouch for"):
        vouch(database, ben)
    vouch(database, eve)
    wen(database)
    vouch(database, ben, by="wen")
    with database.reading() as look:
        assert () == apart.on_word(look, "ada", "ben") == apart.on_word(look, "ada", "eve")


def test_nobody_is_made_unable_by_another_password_a_role_or_training(database: Database) -> None:
    an_account(database, "ada", os_user=None)
    for name in ("wen", "kim", "lou"):
        an_account(database, name, os_user="other", role="senior")
    sock = by_page(database, "sock", by="ada")
    accept(database, invite(database, sock))
    by_name = {each.name: each for each in _everybody(database)}
    later = NOW + vouching.LATELY
    with database.unit() as unit:
        accounts.set_password(unit, by_name["wen"].id, "given", by="ada", now=later)
        accounts.set_role(unit, by_name["kim"].id, "inspector", by="ada", now=later)
        lessons.set_training(unit, by_name["lou"].id, trainee=True, now=later)
        unit.commit()
    with pytest.raises(ForbiddenError, match="can vouch: kim, lou, wen"):
        vouch(database, sock, later=vouching.LATELY + SOON)


def _everybody(database: Database) -> list[UserRecord]:
    with database.reading() as look:
        return users.every(look)


def test_a_command_line_invites_and_vouches_for_who_gives_their_password_and_for_no_name_alone(
    database: Database, ben: UserRecord
) -> None:
    for proved in (None, "ben"):
        with database.unit(os_user="root", proved=proved) as unit, pytest.raises(ForbiddenError, match="by their pass"):
            invitations.invite(unit, ben.id, by="ada", now=NOW)
    an_account(database, "mia", role="moderator")
    with database.unit(os_user="root", proved="mia") as unit, pytest.raises(ForbiddenError, match="mia may not"):
        invitations.invite(unit, ben.id, by="mia", now=NOW)
    with database.unit(os_user="root", proved="Ada") as unit:
        link = invitations.invite(unit, ben.id, by="ada", now=NOW)
        unit.commit()
    accept(database, link)
    assert {"ada", "os:root"} == hand(database, ben)
    with database.unit(os_user="root") as unit, pytest.raises(ForbiddenError, match="by their password"):
        vouching.vouch(unit, ben.id, by="ada", now=NOW + SOON)
    with database.unit(os_user="root", proved="ada") as unit:
        vouching.vouch(unit, ben.id, by="ada", now=NOW + SOON)
        unit.commit()
    assert set() == hand(database, ben)
    with database.reading() as look:
        entry = ledger.last(look, "account.vouched", ben.id)
        assert {"own_word", "password_given", "by_os_user"} <= json.loads(entry.body)["facts"].keys()  # type: ignore[union-attr]
        assert [] == [each.sentence for each in differences(look)]


def test_who_is_in_anothers_hand_is_told_what_comes_first(database: Database, ben: UserRecord) -> None:
    accept(database, invite(database, ben))
    sen = an_account(database, "sen", os_user=None, role="senior")
    accept(database, invite(database, sen, by="ben"))
    with pytest.raises(ForbiddenError, match="Who can vouch: ben, once somebody has vouched for ben"):
        vouch(database, sen, by="ben")


def test_two_who_invited_each_other_are_told_how_to_begin_anew(database: Database, ben: UserRecord) -> None:
    """Nobody is left who could say of either whose it is, and no own word is theirs."""
    accept(database, invite(database, ben))
    with database.reading() as look:
        ada = users.by_name(look, "ada")
    assert ada is not None
    accept(database, invite(database, ada, by="ben"))
    with pytest.raises(ForbiddenError, match="invited each other, `chaffinch users password` for one of them"):
        vouch(database, ben, by="ada", later=2 * SOON)
    set_password(database, ada, by="root", os_user="root")
    vouch(database, ben, by="ada", later=3 * SOON)
    assert set() == hand(database, ben)
