"""Akismet's addresses, asked by the client of PyPI through a transport that changes the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import akismet
import httpx
import pytest

from tests.serving.dropins.clients import (
    ADVERT,
    BLOG,
    CLEAN,
    IP,
    MANY,
    RUDE,
    akismet_client,
    case_about,
    cases,
)
from tests.serving.dropins.silent_database import file_of
from tests.serving.processes import Server

HAM, DISCARD = akismet.CheckResponse.HAM, akismet.CheckResponse.DISCARD
CHECK, SPAM, HAM_PATH, VERIFY = "/1.1/comment-check", "/1.1/submit-spam", "/1.1/submit-ham", "/1.1/verify-key"
FORM = {"api_key": "x", "blog": BLOG, "user_ip": IP}
THANKS = b"Thanks for making the web a better place."


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[akismet.SyncClient]:
    with akismet_client(server) as made:
        yield made


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with server.client() as made:
        yield made


def test_the_client_validates_itself_and_goes_on(server: Server) -> None:
    with akismet_client(server) as made:
        config, http_client = made._config, made._http_client
        validated = akismet.SyncClient.validated_client(config=config, http_client=http_client)
        assert (HAM, DISCARD) == tuple(validated.comment_check(IP, comment_content=text) for text in (CLEAN, RUDE))


def test_what_the_policy_blocks_may_be_dropped_and_what_it_reviews_is_held(
    client: akismet.SyncClient, http: httpx.Client
) -> None:
    assert DISCARD == client.comment_check(IP, comment_content=RUDE, comment_type="reply")
    blocked = http.post(CHECK, data=FORM | {"comment_content": RUDE})
    assert (b"true", "discard", "block", "abuse") == (
        blocked.content,
        blocked.headers["x-akismet-pro-tip"],
        blocked.headers["x-chaffinch-decision"],
        blocked.headers["x-chaffinch-reasons"],
    )
    assert 32 == len(blocked.headers["x-akismet-guid"])
    assert "x-akismet-debug-help" not in blocked.headers


@pytest.mark.parametrize(
    ("path", "form", "body"),
    [
        (VERIFY, {"key": "x", "blog": BLOG}, b"valid"),
        (VERIFY, {"api_key": "x", "blog": BLOG}, b"valid"),
        (VERIFY, {"key": "x", "blog": "blog"}, b"invalid"),
        (VERIFY, {"key": "x"}, b"invalid"),
        (CHECK, FORM | {"comment_content": CLEAN}, b"false"),
        (CHECK, FORM | {"comment_content": ADVERT}, b"true"),
        (CHECK, FORM | {"comment_content": CLEAN, "comment_author": "viagra-test-123"}, b"true"),
        (CHECK, FORM | {"comment_author_email": "akismet-guaranteed-spam@example.com"}, b"true"),
        (CHECK, FORM | {"comment_content": RUDE, "user_role": "administrator"}, b"true"),
        (CHECK, FORM | {"comment_content": CLEAN, "REMOTE_ADDR": IP, "HTTP_COOKIE": ""}, b"false"),
        (CHECK, FORM | {"comment_content": CLEAN, "permalink": "https://blog.example/" + "p" * 300}, b"false"),
        (CHECK, FORM | {"comment_content": ""}, b"Missing required field: comment_content."),
        (CHECK, FORM, b"Missing required field: comment_content."),
        (CHECK, {"api_key": "x", "blog": BLOG, "comment_content": CLEAN}, b"Missing required field: user_ip."),
        (CHECK, FORM | {"comment_content": "\u200b"}, b"The field comment_content has no visible text."),
        (CHECK, FORM | {"comment_content": MANY}, b"The field comment_content is longer than 10,000 characters."),
        (CHECK, FORM | {"comment_content": "a\x00b"}, b"The field comment_content holds a NUL character."),
        (SPAM, FORM | {"comment_content": "是垃圾吗", "is_test": "1"}, THANKS),
        (HAM_PATH, FORM | {"comment_content": "不是垃圾", "is_test": "true"}, THANKS),
        (SPAM, FORM, b"Missing required field: comment_content."),
    ],
)
def test_bodies_are_right_to_the_byte(http: httpx.Client, path: str, form: dict[str, str], body: bytes) -> None:
    answer = http.post(path, data=form)
    assert (200, body, "text/plain; charset=utf-8") == (
        answer.status_code,
        answer.content,
        answer.headers["content-type"],
    )


def test_the_client_shows_why_a_comment_cannot_be_judged(client: akismet.SyncClient) -> None:
    with pytest.raises(akismet.ProtocolError, match="Debug header value was: Missing required field: comment_content"):
        client.comment_check(IP, comment_content="")


@pytest.mark.parametrize("charset", ["UTF-8", "ISO-8859-1", "windows-1252", "gb18030"])
def test_a_form_is_read_in_the_charset_that_it_names(http: httpx.Client, server: Server, charset: str) -> None:
    text = {"gb18030": "编码不同的一句话"}.get(charset, f"déjà vu {charset}")
    body = urlencode(FORM | {"comment_content": text, "blog_charset": charset}, encoding=charset)
    headers = {"content-type": f"application/x-www-form-urlencoded; charset={charset}"}
    assert THANKS == http.post(HAM_PATH, content=body, headers=headers).content
    assert text == case_about(server, text)["comment"]["text"]


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (lambda http: http.get(CHECK), 405),
        (lambda http: http.post("/1.1/comment-czech", data=FORM), 404),
        (lambda http: http.get("/1.2/usage-limit"), 404),
        (lambda http: http.post(CHECK, json=FORM), 400),
        (lambda http: http.post(CHECK, data=FORM | {"comment_content": CLEAN}, files={"a": b"b"}), 400),
        (lambda http: http.post(CHECK, content=b"a=%ff&blog=x", headers=URLENCODED), 400),
        (lambda http: http.post(CHECK, content=b"a=b&" * 1001, headers=URLENCODED), 400),
        (lambda http: http.post(CHECK, content=b"a=" + b"x" * (2 << 20), headers=URLENCODED), 413),
    ],
)
def test_what_goes_wrong_around_it_is_a_sentence(
    http: httpx.Client, send: Callable[[httpx.Client], httpx.Response], status: int
) -> None:
    answer = send(http)
    assert (status, "text/plain; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert answer.text == answer.headers["x-akismet-debug-help"]


URLENCODED = {"content-type": "application/x-www-form-urlencoded"}


def test_ham_and_spam_open_cases_about_the_comment_that_was_checked(client: akismet.SyncClient, server: Server) -> None:
    spam, ham = "没人要看的推销一条", "混蛋这个词的来历"
    for text in (spam, ham):
        client.comment_check(IP, comment_content=text, comment_author="小王", permalink=f"{BLOG}post")
    before = len(cases(server))
    assert client.submit_spam(IP, comment_content=spam)
    assert client.submit_ham(IP, comment_content=ham, comment_author="小王")
    assert client.submit_ham(IP, comment_content=ham)
    missed, wrongly = case_about(server, spam), case_about(server, ham)
    assert ("false_negative", "advertising", "feedback") == (missed["why"], missed["label"], missed["opened_by"])
    assert ("false_positive", f"{BLOG}post", "block") == (
        wrongly["why"],
        wrongly["comment"]["thread_id"],
        wrongly["decision"]["decision"],
    )
    assert 2 == len(cases(server)) - before


def test_what_was_never_checked_is_stored_with_its_case(client: akismet.SyncClient, server: Server) -> None:
    assert client.submit_spam(IP, comment_content="从没检查过的一句话")
    assert "pass" == case_about(server, "从没检查过的一句话")["decision"]["decision"]


def test_nobodys_name_or_address_is_kept(client: akismet.SyncClient, server: Server) -> None:
    client.comment_check(
        "198.51.100.99",
        comment_content="谁写的一句话",
        comment_author="Zebulon Quux",
        comment_author_email="z@quux.test",
        comment_author_url="https://quux.test/",
        user_agent="Quuxbrowser/1.0",
        referrer="https://quux.test/from",
    )
    file = Path(file_of(server))
    kept = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert "谁写的一句话".encode() in kept
    assert [] == [word for word in (b"Zebulon", b"quux", b"198.51.100.99", b"Quuxbrowser") if word in kept]


def test_a_repeated_key_gives_the_same_answer(http: httpx.Client) -> None:
    headers = {"idempotency-key": "akismet-1"}
    form = FORM | {"comment_content": "重复的一句话"}
    first, again = (http.post(CHECK, data=form, headers=headers) for _ in range(2))
    assert (b"false", first.headers["x-akismet-guid"]) == (again.content, again.headers["x-akismet-guid"])
    assert "true" == again.headers["idempotency-replayed"]
