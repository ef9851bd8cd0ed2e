"""Accounts by page: made, changed, disabled, every session ended at once."""

from __future__ import annotations

import re

import pytest

from governance import accounts
from governance.accounts import NewAccount
from records import ledger, users
from records.values import CaseState
from tests.console.house import PASSWORD_HASH, House, Visitor, csrf_in

NEW = {"name": "Lin", "display_name": "Lin", "role": "senior", "locale": "en", "password": "a long enough one"}


def send(visitor: Visitor, path: str, **form: str):  # noqa: ANN201
    return visitor.post(path, {"csrf": csrf_in(visitor.page("/help")), **form})


def kinds(house: House, user_id: str) -> list[str]:
    with house.database.reading() as look:
        return [entry.kind for entry in ledger.page(look, subject_id=user_id).items]


def test_an_account_is_made_and_may_log_in(house: House) -> None:
    answer = send(house.logged_in("ada", "admin"), "/accounts", **NEW)
    assert "Lin may log in." in answer.text
    assert 303 == house.visitor().log_in("lin", NEW["password"]).status_code
    with house.database.reading() as look:
        made = users.by_name(look, "lin")
    assert made is not None
    assert ["account.created"] == kinds(house, made.id)


@pytest.mark.parametrize("form", [{"name": "a b"}, {"password": "short"}, {"role": "king"}])
def test_what_cannot_be_used_makes_nobody(house: House, form: dict[str, str]) -> None:
    answer = send(house.logged_in("ada", "admin"), "/accounts", **{**NEW, **form})
    assert (422, True) == (answer.status_code, "cannot be used" in answer.text)
    assert NEW["password"] not in answer.text
    assert 409 == send(house.logged_in("ada", "admin"), "/accounts", **{**NEW, "name": "ADA"}).status_code


def test_who_is_disabled_is_out_at_once_and_their_case_goes_back(house: House) -> None:
    stored = house.comment("刷单")
    mei = house.logged_in("mei")
    mei.page("/work")
    assert CaseState.CLAIMED is house.case(stored.case_id).state
    admin = house.logged_in("ada", "admin")
    path = f"/accounts/{house.people['mei'].id}"
    assert "may no longer log in" in send(admin, path, act="disable").text
    assert 303 == mei.get("/work").status_code
    assert CaseState.OPEN is house.case(stored.case_id).state
    assert "may log in again" in send(admin, path, act="enable").text
    assert 303 == house.visitor().log_in("mei").status_code
    assert ["account.disabled", "account.enabled"] == kinds(house, house.people["mei"].id)


@pytest.mark.parametrize(("form", "role"), [({"act": "role", "role": "lead"}, "lead"), ({"act": "end"}, "moderator")])
def test_another_role_or_an_order_to_leave_ends_every_session(house: House, form: dict[str, str], role: str) -> None:
    mei, again = house.logged_in("mei"), house.logged_in("mei")
    send(house.logged_in("ada", "admin"), f"/accounts/{house.people['mei'].id}", **form)
    assert [303, 303] == [one.get("/queue").status_code for one in (mei, again)]
    with house.database.reading() as look:
        assert role == users.get(look, house.people["mei"].id).role


def test_another_password_opens_and_the_old_one_does_not(house: House) -> None:
    mei = house.logged_in("mei")
    send(
        house.logged_in("ada", "admin"),
        f"/accounts/{house.people['mei'].id}",
        act="password",
        password="quite another one",
    )
    assert 303 == house.visitor().log_in("mei", "quite another one").status_code
    assert 303 != house.visitor().log_in("mei").status_code
    assert "/console/login" in mei.get("/queue").headers["location"]


@pytest.mark.parametrize("act", ["disable", "role"])
def test_nobody_locks_the_house_from_within(house: House, act: str) -> None:
    admin = house.logged_in("ada", "admin")
    answer = send(admin, f"/accounts/{house.people['ada'].id}", act=act, role="moderator")
    assert (409, True) == (answer.status_code, "another administrator" in answer.text)
    assert 200 == admin.get("/accounts").status_code


def test_an_account_that_is_not_there_and_an_act_that_nobody_knows(house: House) -> None:
    admin = house.logged_in("ada", "admin")
    assert 404 == send(admin, "/accounts/none", act="disable").status_code
    assert 422 == send(admin, "/accounts/none", act="crown").status_code


def link_in(page: str) -> str:
    found = re.search(r"/invitation/[^<\"]+", page)
    assert found is not None
    return found.group()


def test_whoever_is_invited_sets_a_password_that_nobody_else_knows(house: House) -> None:
    mei = house.logged_in("mei")
    path = f"/accounts/{house.people['mei'].id}/invite"
    answer = send(house.logged_in("ada", "admin"), path)
    assert "is invited. This link is shown once" in answer.text
    link, theirs = link_in(answer.text), house.visitor()
    page = theirs.get(link)
    assert (200, True) == (page.status_code, "You were invited as mei" in page.text)
    form = {"csrf": csrf_in(page.text), "password": "a password of mine", "again": "a password of mine"}
    for wrong, said in (({"again": "another"}, "not the same"), ({"password": "short", "again": "short"}, "Use 10")):
        refused = theirs.post(link, form | wrong)
        assert (422, True) == (refused.status_code, said in refused.text)
    assert "Your password is set" in theirs.post(link, form).text
    assert 303 == mei.get("/queue").status_code, "who was logged in with the password of before is out"
    assert 303 == house.visitor().log_in("mei", "a password of mine").status_code
    for gone in (theirs.get(link), theirs.post(link, form)):
        assert (404, True) == (gone.status_code, "ask whoever invited you" in gone.text)
    assert ["account.invited", "account.password"] == kinds(house, house.people["mei"].id)[-2:]


def test_who_may_not_change_accounts_invites_nobody(house: House) -> None:
    house.person("mei")
    path = f"/accounts/{house.people['mei'].id}/invite"
    assert 403 == send(house.logged_in("lin", "lead"), path).status_code
    admin = house.logged_in("ada", "admin")
    assert 409 == send(admin, f"/accounts/{house.people['ada'].id}/invite").status_code


def test_the_page_says_which_accounts_are_in_a_hand(house: House) -> None:
    with house.database.unit(os_user="root") as unit:
        for name in ("ben", "cleo"):
            accounts.create(unit, NewAccount(name, "x", "senior"), by="setup", now=house.clock())
        unit.commit()
    page = house.logged_in("ada", "admin").page("/accounts")
    assert 2 == page.count("command line: root")
    assert 1 == page.count("no second person for what that user asked"), "what it means is said once"
    assert "Nobody can be the second person yet" not in page, "ada and whoever types are two"


def test_a_house_whose_accounts_are_all_of_one_hand_reads_that_nobody_can_be_the_second_person(house: House) -> None:
    with house.database.unit(os_user="root") as unit:
        made = [
            accounts.create(unit, NewAccount(name, PASSWORD_HASH, role, locale="en"), by="os:root", now=house.clock())
            for name, role in (("ada", "admin"), ("ben", "senior"))
        ]
        unit.commit()
    house.people["ada"] = made[0]
    ada = house.logged_in("ada")
    said = "Nobody can be the second person yet"
    assert said in ada.page("/accounts")
    link = link_in(send(ada, f"/accounts/{made[1].id}/invite").text)
    theirs = house.visitor()
    form = {"csrf": csrf_in(theirs.get(link).text), "password": "a password of mine", "again": "a password of mine"}
    assert 200 == theirs.post(link, form).status_code
    page = ada.page("/accounts")
    assert said in page
    assert "one hand with ada, who invited its owner, until somebody else vouches" in page
    assert "on my word alone" in page
    vouched = ada.post(f"/accounts/{made[1].id}/vouch", {"csrf": csrf_in(page), "back": "/console/accounts"})
    assert (303, "/console/accounts") == (vouched.status_code, vouched.headers["location"])
    page = ada.page("/accounts")
    assert said not in page
    assert "another person on the word of ada alone" in page


OWN = {"password": "a password of mine", "again": "a password of mine"}


def invited(house: House, by: Visitor, name: str) -> str:
    """The link to an account that `by` makes and invites."""
    send(by, "/accounts", **{**NEW, "name": name, "display_name": name})
    with house.database.reading() as look:
        made = users.by_name(look, name)
    assert made is not None
    return link_in(send(by, f"/accounts/{made.id}/invite").text)


@pytest.mark.parametrize("leaves", [False, True])
def test_a_link_is_not_opened_where_somebody_else_is_or_was_logged_in(house: House, leaves: bool) -> None:
    """One administrator makes an account, and opens the link to it in her own browser."""
    ada = house.logged_in("ada", "admin")
    link = invited(house, ada, "sock")
    if leaves:
        send(ada, "/logout")
    page = ada.get(link)
    assert (409, True) == (page.status_code, "browser of your own" in page.text)
    assert 'name="password"' not in page.text
    refused = ada.post(
        link, {"csrf": csrf_in(ada.client.get("/console/login").text if leaves else ada.page("/help")), **OWN}
    )
    assert 409 == refused.status_code
    assert 303 != house.visitor().log_in("sock", OWN["password"]).status_code


def test_whoever_forgot_a_password_is_invited_in_the_browser_that_is_theirs(house: House) -> None:
    mei = house.logged_in("mei")
    path = f"/accounts/{house.people['mei'].id}/invite"
    link = link_in(send(house.logged_in("ada", "admin"), path).text)
    assert 200 == mei.get(link).status_code


def opened(house: House, link: str, name: str) -> Visitor:
    """Their owner, who opened the link in a browser of their own."""
    theirs = house.visitor()
    theirs.post(link, {"csrf": csrf_in(theirs.get(link).text), **OWN})
    assert 303 == theirs.log_in(name, OWN["password"]).status_code
    return theirs


def test_one_administrator_is_not_two_people_until_somebody_else_vouches(house: House) -> None:
    ada, wen = house.logged_in("ada", "admin"), house.logged_in("wen", "senior")
    sock = opened(house, invited(house, ada, "sock"), "sock")
    with house.database.reading() as look:
        made = users.by_name(look, "sock")
    assert made is not None
    path = f"/accounts/{made.id}/vouch"
    assert "have to vouch" not in ada.page("/accounts")
    assert [409, 409] == [send(each, path).status_code for each in (ada, sock)]
    page = wen.page("/approvals")
    assert "invited by ada" in page
    assert "from the network from which it was made" in page
    assert 303 == send(wen, path).status_code
    assert "wen vouched that it is another" in ada.page("/accounts")
    assert kinds(house, made.id)[-1] == "account.vouched"
    assert 409 == send(wen, path).status_code, "it is said once"


def test_who_may_answer_nothing_vouches_for_nobody(house: House) -> None:
    ada = house.logged_in("ada", "admin")
    opened(house, invited(house, ada, "sock"), "sock")
    with house.database.reading() as look:
        made = users.by_name(look, "sock")
    assert made is not None
    assert 403 == send(house.logged_in("mei"), f"/accounts/{made.id}/vouch").status_code
