from __future__ import annotations

from itertools import product

import pytest

from console.permissions import ALLOWED, Action, Role
from console.preferences import COOKIE
from console.routes import PAGES
from moderation.errors import PartUnavailableError
from records import approvals
from tests.console.house import House, Visitor, csrf_in

NOBODY = frozenset({"/login", "/preferences", "/invitation/{link}"})


def _address(path: str, house: House) -> str:
    stored = house.comment("加微信", id="walk", thread_id="t-walk")
    return path.format(
        case_id=stored.case_id,
        decision_id=stored.decision_id,
        rule_id="ads.walk",
        approval_id=_asked(house),
        entry_id="none",
        campaign_id="none",
        finding_id="none",
        bulk_id="none",
        comment_id=stored.comment_id,
        view_id="none",
        version="1",
        user_id="none",
        measure_id="none",
        emergency_id="none",
        inspection_id="none",
        hold_id="none",
        flagger_id="none",
        incident_id="none",
        item_id="none",
        gold_id="none",
        label="abuse",
        link="none",
        edge_id="none",
        endpoint_id="none",
    )


def _asked(house: House) -> str:
    """A rule's question to a second person, asked once."""
    with house.database.reading() as look:
        if found := approvals.waiting(look):
            return found[0].id
    return house.asked("ads.walk").id


def _ask(house: House, visitor: Visitor, method: str, path: str) -> int:
    address = _address(path, house)
    if method == "GET":
        return int(visitor.get(address).status_code)
    token = csrf_in(visitor.client.get("/console/help").text)
    return int(visitor.post(address, {"csrf": token, "action": "skip"}).status_code)


@pytest.mark.parametrize("role", list(Role))
def test_every_page_lets_in_the_roles_of_the_table_and_no_others(house: House, role: Role) -> None:
    visitor = house.logged_in(role, role)
    for page in (page for page in PAGES if page.action is not None):
        if 200 != visitor.get("/help").status_code:  # the page before ended the session
            visitor = house.logged_in(role, role)
        status = _ask(house, visitor, page.method, page.path)
        allowed = role in ALLOWED[page.action]
        assert allowed is (status != 403), f"{role} {page.method} {page.path}: {status}"


def test_without_a_log_in_only_the_log_in_form_the_way_of_seeing_and_a_given_link_are_open(house: House) -> None:
    house.person("mei")
    open_pages = {
        page.path
        for page in PAGES
        if page.method == "GET" and 200 == house.visitor().get(_address(page.path, house)).status_code
    }
    assert {"/login"} == open_pages
    assert {page.path for page in PAGES if page.action is None} == NOBODY


def test_every_action_is_asked_by_a_page_or_within_one() -> None:
    asked = {page.action for page in PAGES} | {Action.DECIDE_ESCALATED, Action.SEE_COLLEAGUES}
    assert set(Action) == asked - {None}


def test_inspectors_and_data_scientists_change_nothing() -> None:
    changing = {page.action for page in PAGES if page.method == "POST" and page.action is not None}
    for role, action in product((Role.INSPECTOR, Role.DATA_SCIENTIST), changing - {Action.USE_OWN_SESSION}):
        assert role not in ALLOWED[action]


def test_a_role_that_nobody_knows_may_do_nothing(house: House) -> None:
    assert 403 == house.logged_in("eve", "superuser").get("/queue").status_code


@pytest.mark.parametrize("token", ["", "0" * 64, "ü"])
def test_a_form_without_its_token_is_refused(house: House, token: str) -> None:
    visitor = house.logged_in("mei", "admin")
    for page in (page for page in PAGES if page.method == "POST"):
        answer = visitor.post(_address(page.path, house), {"csrf": token, "action": "approve"})
        assert (403, True) == (answer.status_code, "too old" in answer.text), page.path


def test_the_token_of_another_session_is_refused(house: House) -> None:
    house.comment("加微信")
    visitor, other = house.logged_in("mei"), house.logged_in("wei")
    answer = visitor.decide("approve", csrf=csrf_in(other.page("/queue")))
    assert 403 == answer.status_code


def test_a_log_in_form_of_another_browser_is_refused(house: House) -> None:
    house.person("mei")
    token = csrf_in(house.visitor().page("/login"))
    victim = house.visitor()
    victim.page("/login")
    answer = victim.post("/login", {"csrf": token, "name": "mei", "password": "whatever it is"})
    assert 403 == answer.status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
        {"origin": "http://["},
    ],
)
def test_a_form_from_another_site_is_refused_though_it_has_the_token(house: House, headers: dict[str, str]) -> None:
    stored = house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    answer = visitor.post(f"/work/{stored.case_id}", {**visitor.form(page), "action": "approve"}, headers=headers)
    assert 403 == answer.status_code
    assert "another site" in answer.text
    assert [] == house.verdicts(stored.case_id)


@pytest.mark.parametrize("headers", [{"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}, {}])
def test_a_form_from_here_is_taken(house: House, headers: dict[str, str]) -> None:
    stored = house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    answer = visitor.post(f"/work/{stored.case_id}", {**visitor.form(page), "action": "approve"}, headers=headers)
    assert 303 == answer.status_code


@pytest.mark.parametrize("path", ["/login", "/queue", "/nowhere", "/static/console.css", "/work"])
def test_no_page_can_be_framed_or_run_what_is_not_ours(house: House, path: str) -> None:
    headers = house.logged_in("mei", "admin").get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "DENY" == headers["x-frame-options"]
    assert "nosniff" == headers["x-content-type-options"]


def test_pages_are_not_kept_by_caches_and_assets_are(house: House) -> None:
    visitor = house.logged_in("mei")
    page = visitor.get("/queue")
    assert "no-store" == page.headers["cache-control"]
    style = page.text.partition('href="/console/static/console.css?v=')[2].partition('"')[0]
    assert "immutable" in visitor.get(f"/static/console.css?v={style}").headers["cache-control"]
    assert "no-store" == visitor.get("/static/console.css?v=other").headers["cache-control"]


def test_an_unknown_address_is_a_page_with_a_sentence(house: House) -> None:
    answer = house.logged_in("mei").get("/nowhere")
    assert 404 == answer.status_code
    assert "There is no such page" in answer.text


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/logout", 405), ("/work?queue=escalated", 403)])
def test_a_refusal_keeps_the_language_and_the_way_back_of_whoever_is_logged_in(
    house: House, path: str, status: int
) -> None:
    visitor = house.logged_in("mei")
    visitor.post("/preferences", {"csrf": csrf_in(visitor.page("/queue")), "locale": "zh"})
    visitor.client.cookies.delete(COOKIE)
    answer = visitor.get(path)
    assert (status, True) == (answer.status_code, '<html lang="zh"' in answer.text)
    assert all(part in answer.text for part in ("回到审核", "退出", "/console/queue"))
    assert "/console/login" not in answer.text


def test_a_stranger_sees_the_way_to_the_log_in_form_and_may_choose_the_language(house: House) -> None:
    visitor = house.visitor()
    page = visitor.get("/nowhere").text
    assert 'href="/console/login"' in page
    assert 303 == visitor.post("/preferences", {"csrf": csrf_in(page), "locale": "zh"}).status_code


def test_an_unknown_address_is_said_even_where_the_database_does_not_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise PartUnavailableError("database", "busy")

    visitor = house.logged_in("mei")
    monkeypatch.setattr("records.sessions.find", fails)
    assert 404 == visitor.get("/nowhere").status_code


def test_an_unknown_decision_is_a_page_with_a_sentence(house: House) -> None:
    assert 404 == house.logged_in("mei").get("/decisions/none").status_code


def test_a_method_that_is_not_served_is_a_page_with_a_sentence(house: House) -> None:
    answer = house.logged_in("mei").get("/logout")
    assert 405 == answer.status_code
    assert "does not take" in answer.text


def test_a_file_outside_the_folder_is_not_served(house: House) -> None:
    assert 404 == house.visitor().get("/static/..%2froutes.py").status_code


def test_a_form_of_a_megabyte_is_refused(house: House) -> None:
    stored = house.comment("加微信")
    visitor = house.logged_in("mei")
    answer = visitor.decide("approve", note="x" * 1_000_000)
    assert 413 == answer.status_code
    assert "Shorten the note" in answer.text
    assert [] == house.verdicts(stored.case_id)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"csrf=%FF%FE", b"note=%00", b"&".join(b"a%d=1" % n for n in range(300))]
)
def test_a_form_that_cannot_be_read_is_refused(house: House, body: bytes) -> None:
    visitor = house.logged_in("mei")
    answer = visitor.client.post("/console/work/x", content=body, follow_redirects=False)
    assert 400 == answer.status_code


def test_a_sign_that_no_database_takes_is_named_and_the_text_stays_where_it_was_written(house: House) -> None:
    stored = house.comment("加微信")
    visitor = house.logged_in("mei")
    answer = visitor.decide("approve", note="seen\0twice")
    assert (400, True) == (answer.status_code, "NUL (U+0000)" in answer.text)
    assert [] == house.verdicts(stored.case_id)


def test_htmx_is_sent_to_the_log_in_form_when_the_session_is_over(house: House) -> None:
    house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    house.disable("mei")
    answer = visitor.post("/work/x", visitor.form(page), headers={"hx-request": "true"})
    assert "/console/login?next=/console/&ended=1" == answer.headers["hx-redirect"]


def test_a_database_that_does_not_answer_is_said_and_no_stack_trace_shown(house: House) -> None:
    visitor = house.logged_in("mei")
    house.database.close()
    for file in house.folder.glob("chaffinch.db*"):
        file.unlink()
    answer = visitor.get("/queue")
    assert 503 == answer.status_code
    assert "The database does not answer" in answer.text
    assert "Traceback" not in answer.text
