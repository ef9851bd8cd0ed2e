"""A person's own account: their password, the sessions in which they are logged in, and when one ends by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.visitors import browser_in, shortened
from governance import accounts, hands, invitations, vouching
from moderation.errors import PartUnavailableError
from records import ledger, sessions
from tests.console.house import PASSWORD, House, Visitor, build, csrf_in

FRESH = "another secret, long enough"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def change(visitor: Visitor, current: str = PASSWORD, fresh: str = FRESH, again: str | None = None):  # noqa: ANN201
    token = csrf_in(visitor.page("/own"))
    form: dict[str, object] = {"csrf": token, "current": current, "password": fresh, "again": again or fresh}
    return visitor.post("/own/password", form)


def end(visitor: Visitor, session: str = ""):  # noqa: ANN201
    return visitor.post("/own/sessions", {"csrf": csrf_in(visitor.page("/own")), "session": session})


def of(house: House, name: str = "mei") -> list[sessions.SessionRecord]:
    with house.database.reading() as look:
        return sessions.of_user(look, house.people[name].id, now=house.clock())


def noted(house: House, kind: str, name: str = "mei") -> dict[str, object]:
    with house.database.reading() as look:
        entry = ledger.last(look, kind, house.people[name].id)
    assert entry is not None
    found: dict[str, object] = json.loads(entry.body)
    return found


@pytest.mark.parametrize("role", ["moderator", "inspector", "data_scientist", "admin"])
def test_everybody_has_an_own_page_under_their_name(house: House, role: str) -> None:
    page = house.logged_in("mei", role).page("/own")
    assert 'href="/console/own"' in page
    assert "this one" in page


def test_a_changed_password_ends_every_other_session_and_this_browser_stays(house: House) -> None:
    mine, other = house.logged_in("mei"), house.logged_in("mei")
    before = mine.client.cookies["chaffinch_session"]
    answer = change(mine)
    assert (303, "/console/own?done=password") == (answer.status_code, answer.headers["location"])
    assert 200 == mine.get("/queue").status_code
    assert before != mine.client.cookies["chaffinch_session"]
    assert "/console/login" in other.get("/queue").headers["location"]
    assert [403, 303] == [house.visitor().log_in("mei", each).status_code for each in (PASSWORD, FRESH)]


def test_that_the_owner_changed_it_stands_in_the_ledger_without_the_password(house: House) -> None:
    change(house.logged_in("mei"))
    entry = noted(house, "account.password")
    assert {"kind": "user", "id": "mei"} == entry["actor"]
    assert FRESH not in json.dumps(entry)


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"current": "not hers at all"}, 422, "not your password"),
        ({"fresh": "short"}, 422, "Use 10 to 256"),
        ({"again": "something else, long"}, 422, "not the same"),
        ({"fresh": PASSWORD}, 422, "your password already"),
    ],
)
def test_a_password_that_cannot_be_set_changes_nothing(
    house: House, form: dict[str, str], status: int, said: str
) -> None:
    visitor, other = house.logged_in("mei"), house.logged_in("mei")
    answer = change(visitor, **form)
    assert (status, True) == (answer.status_code, said in answer.text)
    assert [200, 200] == [each.get("/queue").status_code for each in (visitor, other)]
    assert 303 == house.visitor().log_in("mei").status_code


def test_whoever_has_somebodys_browser_cannot_guess_their_password_there(house: House) -> None:
    visitor = house.logged_in("mei")
    assert [422] * 5 == [change(visitor, current=f"guess {n}, long").status_code for n in range(5)]
    answer = change(visitor)
    assert 429 == answer.status_code
    assert 0 < int(answer.headers["retry-after"]) <= 301


def test_a_password_that_ends_with_a_space_is_the_same_everywhere(house: House) -> None:
    change(house.logged_in("mei"), fresh=f"{FRESH} ")
    assert [403, 303] == [house.visitor().log_in("mei", each).status_code for each in (FRESH, f"{FRESH} ")]


def invited(house: House, by: str = "ada") -> Visitor:
    """mei, who set a password of her own by a link, logged in."""
    with house.database.unit() as unit:
        link = invitations.invite(unit, house.people["mei"].id, by=by, now=house.clock())
        unit.commit()
    visitor = house.visitor()
    token = csrf_in(visitor.page(f"/invitation/{link}"))
    visitor.post(f"/invitation/{link}", {"csrf": token, "password": PASSWORD, "again": PASSWORD})
    visitor.log_in("mei")
    return visitor


@pytest.fixture
def vouched(house: House) -> Visitor:
    """Of mei, whom ada made and invited, ben says that she is another person."""
    for name in ("ada", "ben"):
        house.person(name, "admin")
    with house.database.unit() as unit:
        house.people["mei"] = accounts.create(
            unit, accounts.NewAccount("mei", "x", "lead"), by="ada", now=house.clock()
        )
        unit.commit()
    visitor = invited(house)
    with house.database.unit() as unit:
        vouching.vouch(unit, house.people["mei"].id, by="ben", now=house.clock())
        unit.commit()
    return visitor


def in_whose_hand(house: House) -> set[str]:
    with house.database.reading() as look:
        return hands.house(look).holders(house.people["mei"].id)


def test_a_password_by_invitation_stays_its_owners_where_they_change_it(house: House, vouched: Visitor) -> None:
    assert 303 == change(vouched).status_code
    assert set() == in_whose_hand(house)


def test_who_is_invited_anew_and_changes_the_password_has_to_be_vouched_for_again(
    house: House, vouched: Visitor
) -> None:
    assert 303 == change(invited(house)).status_code
    assert {"ada"} == in_whose_hand(house)


def test_a_password_that_follows_an_administrators_is_in_their_hand_still(house: House) -> None:
    house.person("ada", "admin")
    house.logged_in("mei")
    with house.database.unit() as unit:
        from console.passwords import hash_password

        accounts.set_password(unit, house.people["mei"].id, hash_password(PASSWORD), by="ada", now=house.clock())
        unit.commit()
    assert 303 == change(house.logged_in("mei")).status_code
    with house.database.reading() as look:
        assert "invited_by" not in noted(house, "account.password")["facts"]  # type: ignore[operator]
        assert hands.is_its_owners(ledger.last(look, "account.password", house.people["mei"].id)) is False


def test_ones_own_sessions_are_listed_and_ended_one_by_one_or_all_others(house: House) -> None:
    visitor, *others = (house.logged_in("mei") for _ in range(4))
    newest, second, third, mine = (each.id for each in of(house))
    assert 303 == end(visitor, second).status_code
    assert [200, 303, 200] == [each.get("/queue").status_code for each in others]
    assert second == noted(house, "account.sessions_ended")["facts"]["session"]  # type: ignore[index]
    assert 303 == end(visitor).status_code
    assert [mine] == [each.id for each in of(house)]
    assert [303, 200] == [each.get("/queue").status_code for each in (others[0], visitor)]
    assert {newest, third}.isdisjoint(each.id for each in of(house))


def test_nobody_ends_the_session_of_another(house: House) -> None:
    visitor, wei = house.logged_in("mei"), house.logged_in("wei")
    assert 409 == end(visitor, of(house, "wei")[0].id).status_code
    assert 200 == wei.get("/queue").status_code


def test_a_session_says_its_browser_and_network_in_short_and_no_more(house: House) -> None:
    house.person("mei")
    visitor = house.visitor(headers={"user-agent": FIREFOX}, client=("192.0.2.77", 50_000))
    visitor.log_in("mei")
    page = visitor.page("/own")
    assert ("Firefox, Linux" in page, "192.0.2.*" in page, "192.0.2.77" in page) == (True, True, False)


def test_of_a_session_that_ended_the_network_and_browser_go(house: House) -> None:
    house.person("mei")
    visitor = house.visitor(headers={"user-agent": FIREFOX}, client=("192.0.2.77", 50_000))
    visitor.log_in("mei")
    with house.database.unit() as unit:
        assert 0 == sessions.forget_places(unit, now=house.clock())
        sessions.revoke(unit, of(house)[0].id, now=house.clock())
        assert 1 == sessions.forget_places(unit, now=house.clock())


@pytest.fixture
def idle_house(tmp_path: Path):  # noqa: ANN201
    from datetime import timedelta

    built = build(tmp_path, session_idle=timedelta(minutes=30))
    yield built
    built.database.close()


def test_a_session_that_nobody_uses_ends_and_one_in_use_goes_on(idle_house: House) -> None:
    used, left = idle_house.logged_in("mei"), idle_house.logged_in("wei")
    for _ in range(3):
        idle_house.clock.forward(minutes=20)
        assert 200 == used.get("/queue").status_code
    assert 303 == left.get("/queue").status_code


def test_a_page_that_asks_by_itself_keeps_no_session_alive(idle_house: House) -> None:
    visitor = idle_house.logged_in("mei")
    idle_house.clock.forward(minutes=20)
    assert 200 == visitor.get("/work/live").status_code
    idle_house.clock.forward(minutes=20)
    assert 303 == visitor.get("/queue").status_code


def test_a_page_is_shown_though_its_use_cannot_be_written(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise PartUnavailableError("database", "busy")

    visitor = house.logged_in("mei")
    house.clock.forward(minutes=2)
    monkeypatch.setattr("records.sessions.use", fails)
    assert 200 == visitor.get("/own").status_code


def test_a_use_is_written_once_a_minute_and_never_set_back(house: House) -> None:
    visitor = house.logged_in("mei")
    visitor.get("/own")
    assert of(house)[0].used_at is None
    house.clock.forward(minutes=2)
    visitor.get("/own")
    used = of(house)[0].used_at
    assert used is not None
    with house.database.unit() as unit:
        sessions.use(unit, of(house)[0].id, now=of(house)[0].created_at)
        unit.commit()
    assert used == of(house)[0].used_at


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1", "Safari, iPhone"),
        ("curl/8", None),
        ("<script>", None),
    ],
)
def test_a_browser_is_told_without_its_version(agent: str, told: str | None) -> None:
    assert told == browser_in(agent)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("192.0.2.7", "192.0.2.*"), ("2001:db8:1:2::/64", "2001:db8:1::/48"), ("testclient", None), ("", None),
    ],
)  # fmt: skip
def test_an_address_is_told_as_its_network(address: str, told: str | None) -> None:
    assert told == shortened(address)
