from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import extract_parameters
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from console import apart, cookies, passwords
from console.cookies import Jar
from governance import accounts
from moderation.errors import InvalidInputError
from records import sessions
from records.values import CaseState
from tests.console.house import PASSWORD, House, Visitor, build, csrf_in


def test_without_users_the_page_says_which_command_creates_one(house: House) -> None:
    page = house.visitor().page("/login")
    assert "chaffinch users create" in page
    assert 'name="password"' not in page


def test_the_right_password_lets_in(house: House) -> None:
    house.person("mei")
    answer = house.visitor().log_in("mei")
    assert (303, "/console/") == (answer.status_code, answer.headers["location"])


def test_names_are_the_same_in_any_case(house: House) -> None:
    house.person("mei")
    assert 303 == house.visitor().log_in(" MEI ").status_code


@pytest.mark.parametrize(("name", "password"), [("mei", "not her password"), ("nobody", PASSWORD), ("mei", "")])
def test_wrong_name_and_wrong_password_read_the_same(house: House, name: str, password: str) -> None:
    house.person("mei")
    answer = house.visitor().log_in(name, password)
    assert 403 == answer.status_code
    assert "Name or password is wrong." in answer.text


def test_an_unknown_name_costs_a_verification_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    verify = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda *given: asked.append(given[1]) or verify(*given))
    house.person("mei")
    house.visitor().log_in("nobody")
    assert [None] == asked


def at_once(house: House, tries: list[tuple[str, str]]) -> list[int]:
    """The answers to log-ins that are sent at the same moment, in order."""
    visitors = [house.visitor() for _ in tries]
    tokens = [csrf_in(visitor.client.get("/console/login").text) for visitor in visitors]
    ready = threading.Barrier(len(tries))

    def send(number: int) -> int:
        name, password = tries[number]
        ready.wait(60)
        form: dict[str, object] = {"csrf": tokens[number], "name": name, "password": password}
        return int(visitors[number].post("/login", form).status_code)

    with ThreadPoolExecutor(len(tries)) as threads:
        return list(threads.map(send, range(len(tries))))


def verified(monkeypatch: pytest.MonkeyPatch, *, slow: float = 0) -> list[str]:
    """The passwords that are looked at from now on."""
    asked: list[str] = []
    verify = passwords.verify

    def noting(password: str, known: str | None) -> bool:
        asked.append(password)
        time.sleep(slow)
        return verify(password, known)

    monkeypatch.setattr(passwords, "verify", noting)
    return asked


def test_of_many_guesses_at_once_no_more_are_tried_than_may(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.person("mei")
    asked = verified(monkeypatch, slow=0.02)
    answers = at_once(house, [("mei", f"guess {number}") for number in range(16)])
    assert (5, 5, 11) == (len(asked), answers.count(403), answers.count(429))


def test_of_many_names_at_once_no_more_are_tried_than_one_address_may(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = verified(monkeypatch)
    answers = at_once(house, [(f"name{number}", "a guess") for number in range(40)])
    assert (30, 30, 10) == (len(asked), answers.count(403), answers.count(429))


def test_the_right_password_among_guesses_within_the_limit_enters_and_takes_no_place(house: House) -> None:
    house.person("mei")
    assert 303 in at_once(house, [*(("mei", f"guess {number}") for number in range(4)), ("mei", PASSWORD)])
    for _ in range(40):  # more than one address may fail
        assert 303 == house.visitor().log_in("mei").status_code


def test_a_page_does_not_wait_for_the_passwords_of_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, goes_on = house.logged_in("mei"), threading.Event()
    monkeypatch.setattr(passwords, "verify", lambda *_: not goes_on.wait(60))
    try:
        with ThreadPoolExecutor(1) as threads:
            others = threads.submit(at_once, house, [(f"name{number}", "a guess") for number in range(30)])
            assert 200 == visitor.get("/queue").status_code
            assert not others.done()
            goes_on.set()
            assert {403} == set(others.result(60))
    finally:
        goes_on.set()


def test_more_log_ins_than_can_wait_are_turned_away_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = house.visitor()
    monkeypatch.setattr("console.apart._PLACES", threading.BoundedSemaphore(1))
    with apart._PLACES:
        answer = visitor.log_in("mei")
    assert (429, "5") == (answer.status_code, answer.headers["retry-after"])
    assert "at this very moment" in answer.text


def test_a_password_of_nobody_matches_nobody() -> None:
    assert not passwords.verify("x" * (passwords.MAX_LENGTH + 1), None)


@pytest.mark.parametrize("password", ["short", "x" * (passwords.MAX_LENGTH + 1)])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(InvalidInputError, match="use 10 to 256"):
        passwords.hash_password(password)


def test_a_hash_takes_no_more_memory_than_a_small_machine_has_to_spare() -> None:
    told = extract_parameters(passwords.hash_password(PASSWORD))
    assert (19 * 1024, 1) == (told.memory_cost, told.parallelism)
    assert 2 <= told.time_cost  # OWASP's least beside so much memory


def test_a_hash_of_other_costs_is_verified_as_it_was_made() -> None:
    earlier = PasswordHash((Argon2Hasher(memory_cost=64 * 1024, time_cost=3, parallelism=4),)).hash(PASSWORD)
    assert passwords.verify(PASSWORD, earlier)
    assert not passwords.verify(PASSWORD + "!", earlier)


def test_a_hash_that_nobody_knows_opens_nothing() -> None:
    assert not passwords.verify("anything at all", "plain text")


def test_who_is_disabled_in_mid_case_is_told_that_and_not_that_time_ran_out(house: House) -> None:
    house.comment("加微信")
    mei = house.logged_in("mei")
    page = mei.page("/work")
    house.disable("mei")
    ended = mei.client.get(str(mei.decide("approve", page=page).headers["location"])).text
    assert "disabled while you were logged in" in ended
    assert "Your log-in has ended" not in ended
    assert "disabled" in mei.client.get("/console/work").text
    assert "disabled" not in house.visitor().client.get("/console/login?ended=1").text


def test_a_disabled_user_is_told_so_only_with_the_right_password(house: House) -> None:
    house.person("mei")
    house.disable("mei")
    assert "disabled" in house.visitor().log_in("mei").text
    assert "disabled" not in house.visitor().log_in("mei", "not her password").text


def test_a_user_disabled_meanwhile_is_out_at_once(house: House) -> None:
    visitor = house.logged_in("mei")
    house.disable("mei")
    assert "/console/login" in visitor.get("/work").headers["location"]


def test_the_sixth_try_has_to_wait_even_with_the_right_password(house: House) -> None:
    house.person("mei")
    visitor = house.visitor()
    for _ in range(5):
        visitor.log_in("mei", "not her password")
    answer = visitor.log_in("mei")
    assert 429 == answer.status_code
    assert 0 < int(answer.headers["retry-after"]) <= 301


def test_after_the_window_she_may_try_again(house: House) -> None:
    house.person("mei")
    visitor = house.visitor()
    for _ in range(5):
        visitor.log_in("mei", "not her password")
    house.clock.forward(minutes=6)
    assert 303 == visitor.log_in("mei").status_code


def test_one_address_cannot_try_many_names(house: House) -> None:
    house.person("mei")
    visitor = house.visitor()
    for number in range(29):
        house.parts.throttle.take(f"guess{number}", "testclient", house.clock())
    assert 403 == visitor.log_in("guess29", "guessed password").status_code
    assert 429 == visitor.log_in("mei").status_code


def test_log_out_ends_the_session_whatever_copies_of_the_cookie_there_are(house: House) -> None:
    visitor = house.logged_in("mei")
    copied = visitor.client.cookies[cookies.SESSION]
    token = csrf_in(visitor.page("/queue"))
    assert 303 == visitor.post("/logout", {"csrf": token}).status_code
    thief = house.visitor()
    thief.client.cookies.set(cookies.SESSION, copied, path="/console")
    assert 303 == thief.get("/queue").status_code


def test_a_revoked_session_is_over(house: House) -> None:
    visitor = house.logged_in("mei")
    token = Jar(house.parts.secret).opened(cookies.SESSION, visitor.client.cookies[cookies.SESSION], 1000)
    with house.database.unit() as unit:
        found = sessions.find(unit, token or "", now=house.clock())
        assert found
        sessions.revoke(unit, found[0].id, now=house.clock())
        unit.commit()
    assert "/console/login" in visitor.get("/work").headers["location"]


def test_a_session_ends_by_itself(house: House) -> None:
    visitor = house.logged_in("mei")
    house.clock.forward(hours=13)
    assert 303 == visitor.get("/queue").status_code


def test_a_tampered_cookie_opens_nothing(house: House) -> None:
    visitor = house.logged_in("mei")
    sealed = visitor.client.cookies[cookies.SESSION]
    payload, rest = sealed.split(".", 1)
    for forged in (f"{payload[:-2]}xx.{rest}", sealed[:-1], payload, "", Jar(b"another").sealed(cookies.SESSION, "x")):
        stranger = house.visitor()
        stranger.client.cookies.set(cookies.SESSION, forged, path="/console")
        assert 303 == stranger.get("/queue").status_code


def test_a_cookie_signed_for_one_use_is_none_for_another(house: House) -> None:
    jar = Jar(house.parts.secret)
    assert None is jar.opened(cookies.SESSION, jar.sealed(cookies.DOOR, "nonce"), 1000)


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(house: House) -> None:
    house.person("mei")
    cookie = house.visitor().log_in("mei").headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/console"))
    assert "Secure" not in cookie


def test_over_https_the_session_cookie_is_secure(house: House) -> None:
    house.person("mei")
    visitor = house.visitor()
    visitor.client.base_url = "https://testserver"
    assert "Secure" in visitor.log_in("mei").headers["set-cookie"]


PROXY = "10.0.0.9"


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[House]:
    """A house that believes its proxy."""
    built = build(tmp_path, proxies=(ipaddress.ip_network(PROXY),))
    built.person("mei")
    yield built
    built.database.close()


def told(house: House, came_from: str, address: str) -> Visitor:
    """A browser of this address that speaks TLS with `came_from`, which passes on what it asks."""

    async def without_tls(scope: Scope, receive: Receive, send: Send) -> None:
        await house.app({**scope, "scheme": "http"}, receive, send)

    headers = {"x-forwarded-for": address, "x-forwarded-proto": "https"}
    client = TestClient(without_tls, base_url="https://testserver", client=(came_from, 50_000), headers=headers)
    return Visitor(client)


def test_the_session_cookie_is_secure_where_a_proxy_that_is_believed_ends_tls(behind: House) -> None:
    assert "Secure" in told(behind, PROXY, "192.0.2.1").log_in("mei").headers["set-cookie"]
    assert "Secure" not in told(behind, "198.51.100.1", "192.0.2.1").log_in("mei").headers["set-cookie"]


def test_behind_a_proxy_that_is_believed_guesses_are_counted_by_who_sent_them(behind: House) -> None:
    for _ in range(5):
        told(behind, PROXY, "192.0.2.1").log_in("mei", "guessed password")
    assert 429 == told(behind, PROXY, "192.0.2.1").log_in("mei").status_code
    assert 303 == told(behind, PROXY, "192.0.2.2").log_in("mei").status_code


def test_nobody_else_is_believed_about_where_a_guess_came_from(behind: House) -> None:
    for number in range(5):
        told(behind, "198.51.100.1", f"192.0.2.{number}").log_in("mei", "guessed password")
    assert 429 == told(behind, "198.51.100.1", "192.0.2.77").log_in("mei").status_code


def test_the_cookie_does_not_hold_what_the_table_holds(house: House) -> None:
    visitor = house.logged_in("mei")
    token = Jar(house.parts.secret).opened(cookies.SESSION, visitor.client.cookies[cookies.SESSION], 1000)
    assert token
    for file in house.folder.glob("chaffinch.db*"):
        assert token.encode() not in file.read_bytes()


def test_whoever_is_not_logged_in_comes_back_to_where_they_wanted(house: House) -> None:
    house.person("mei")
    visitor = house.visitor()
    sent_to = visitor.get("/queue").headers["location"]
    assert "/console/login?next=/console/queue" == sent_to
    assert "/console/queue" == visitor.log_in("mei", next="/console/queue").headers["location"]


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/console/\\evil.example", "/\\evil", "javascript:alert(1)"],
)
def test_log_in_sends_nobody_to_another_site(house: House, elsewhere: str) -> None:
    house.person("mei")
    assert "/console/" == house.visitor().log_in("mei", next=elsewhere).headers["location"]


def test_who_logs_out_leaves_nothing_in_hand_and_who_is_still_logged_in_elsewhere_keeps_it(house: House) -> None:
    stored = house.comment("刷单")
    mei, again = house.logged_in("mei"), house.logged_in("mei")
    token = csrf_in(mei.page("/work"))
    assert CaseState.CLAIMED is house.case(stored.case_id).state
    mei.post("/logout", {"csrf": token})
    assert CaseState.CLAIMED is house.case(stored.case_id).state
    again.post("/logout", {"csrf": csrf_in(again.page("/queue"))})
    assert CaseState.OPEN is house.case(stored.case_id).state


def test_who_is_logged_out_by_somebody_leaves_nothing_in_hand(house: House) -> None:
    stored = house.comment("刷单")
    house.logged_in("mei").page("/work")
    with house.database.unit() as unit:
        accounts.end_sessions(unit, house.people["mei"].id, by="ada", now=house.clock())
        unit.commit()
    assert CaseState.OPEN is house.case(stored.case_id).state


def test_a_session_that_nobody_uses_any_more_keeps_no_case(tmp_path: Path) -> None:
    """An hour idle ended it; the case was taken in another since."""
    house = build(tmp_path, session_idle=timedelta(hours=1))
    stored = house.comment("刷单")
    house.logged_in("mei").page("/queue")
    house.clock.forward(minutes=61)
    mei = house.logged_in("mei")
    mei.post("/logout", {"csrf": csrf_in(mei.page("/work"))})
    assert CaseState.OPEN is house.case(stored.case_id).state
