"""`GET /v1/threads/{thread_id}/transcript`: what the platform shows, as a page that runs nothing and as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from console.marks import pieces
from records.database import Database
from records.personal import Keyring
from serving.answers import TranscriptAnswer
from serving.negotiation import prefers_json, wanted_language
from serving.parts import utc_now
from serving.transcript_page import Line, rendered
from serving.transcripts import label_of
from tests.serving.asking import CLEAN, GAMBLING, UNSURE, question
from tests.serving.test_keys import CLOSED, create

Make = Callable[..., TestClient]
PATH = "/v1/threads/t-1/transcript"
JSON = {"accept": "application/json"}


def send(client: TestClient, text: str = CLEAN, thread: str = "t-1", **more: Any) -> dict[str, Any]:
    body = question(text, context={"thread_id": thread, "surface": "live"}, **more)
    answer: dict[str, Any] = client.post("/v1/score", json=body).json()
    return answer


def lines(client: TestClient, path: str = PATH) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(path, headers=JSON).json()["items"]
    return items


def test_what_passed_is_there_in_order_and_what_is_held_or_blocked_is_not(client: TestClient) -> None:
    for text in ("第一条", UNSURE, GAMBLING, "第二条"):
        send(client, text)
    send(client, "别处", thread="t-2")
    assert ["第一条", "第二条"] == [line["text"] for line in lines(client)]
    page = client.get(PATH).text
    assert page.index("第一条") < page.index("第二条")
    assert not {UNSURE, GAMBLING, "别处"} & {text for text in (UNSURE, GAMBLING, "别处") if text in page}


def test_it_is_in_step_with_verdicts_at_once(client: TestClient) -> None:
    send(client, UNSURE)
    (case,) = client.post("/v1/cases:claim", json={}).json()["items"]
    assert [] == lines(client)
    client.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "approve"})
    assert [UNSURE] == [line["text"] for line in lines(client)]
    client.post(f"/v1/cases/{case['id']}/undo")
    assert [] == lines(client)
    client.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "reject", "labels": ["advertising"]})
    assert [] == lines(client)


def test_json_is_what_its_schema_says(client: TestClient) -> None:
    send(client, id="c-1", author={"id": "canary-author"})
    answer = client.get(PATH, headers=JSON)
    told = TranscriptAnswer.model_validate(answer.json())
    assert ("t-1", "c-1", "comment") == (told.thread_id, told.items[0].id, told.items[0].type)
    assert "canary-author" not in answer.text + client.get(PATH).text


def test_what_was_sent_beside_a_text_is_told_by_its_kind_alone(client: TestClient) -> None:
    beside = [{"kind": kind, "sha256": "ab" * 32, "alt": "canary-alt 一张日落的照片"} for kind in ("image", "video")]
    content = {"text": CLEAN, "attachments": beside}
    body = {"content": content, "context": {"thread_id": "t-1", "surface": "live"}}
    assert "pass" == client.post("/v1/score", json=body).json()["decision"]
    send(client)
    assert [[{"kind": "image"}, {"kind": "video"}], []] == [line["attachments"] for line in lines(client)]
    zh, en = (client.get(f"{PATH}?lang={lang}").text for lang in ("zh", "en"))
    assert ("图片、视频" in zh, "Attached (not shown here): image, video" in en) == (True, True)
    assert 1 == en.count("Attached")
    assert not any(word in page for word in ("canary-alt", "abab") for page in (zh, en, str(lines(client))))


def test_a_cursor_of_another_thread_is_refused(client: TestClient) -> None:
    for thread in ("t-1", "t-1", "t-2", "t-2"):
        send(client, thread=thread)
    cursor = client.get(f"{PATH}?limit=1", headers=JSON).json()["next_cursor"]
    assert 1 == len(lines(client, f"{PATH}?cursor={cursor}"))
    refused = client.get(f"/v1/threads/t-2/transcript?cursor={cursor}")
    assert (422, ["cursor"]) == (refused.status_code, [each["parameter"] for each in refused.json()["errors"]])


def test_what_is_let_through_later_is_in_its_old_place_in_the_next_reading(client: TestClient) -> None:
    for text in (UNSURE, "第一条", "第二条"):
        send(client, text)
    cursor = client.get(f"{PATH}?limit=1", headers=JSON).json()["next_cursor"]
    (case,) = client.post("/v1/cases:claim", json={}).json()["items"]
    client.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "approve"})
    assert ["第二条"] == [line["text"] for line in lines(client, f"{PATH}?cursor={cursor}")]
    assert [UNSURE, "第一条", "第二条"] == [line["text"] for line in lines(client)]


def test_an_author_is_one_in_a_thread_and_another_in_the_next(client: TestClient, keyring: Keyring) -> None:
    for thread, author in (("t-1", "a"), ("t-1", "b"), ("t-1", "a"), ("t-2", "a")):
        send(client, thread=thread, author={"id": author})
    send(client)
    here = [line["author"] for line in lines(client)]
    (there,) = (line["author"] for line in lines(client, "/v1/threads/t-2/transcript"))
    assert here[0] == here[2]
    assert 4 == len({here[0], here[1], there, None} | {here[3]})
    assert here[3] is None
    indexes = "".join(keyring.indexes("author", "a"))
    assert here[0].replace("-", "") not in indexes


def test_labels_are_hard_to_mistake_for_each_other(keyring: Keyring) -> None:
    labels = {label_of(keyring, "t", f"1:{number:064x}") for number in range(5000)}
    assert 5000 == len(labels)
    assert all(re.fullmatch(r"[2-9b-z]{4}-[2-9b-z]{4}", label) for label in labels)


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \u202e\u2066反\u2069 &amp; \"'` {{ 7*7 }} \u200b"


def test_markup_and_controls_are_shown_and_do_nothing(client: TestClient) -> None:
    send(client, HOSTILE, id='"><b>', author={"id": "<i>a"})
    page = client.get(PATH).text
    assert "<script" not in page
    assert "<img" not in page
    assert not {"\u202e", "\u2066", "\u200b"} & set(page)
    assert "RLO" in page
    assert "{{ 7*7 }}" in page


def test_the_page_runs_and_loads_nothing(client: TestClient) -> None:
    send(client)
    answer = client.get(PATH)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert [] == re.findall(r"(?:src|href)=\"(?!\?)", answer.text)
    assert [] == re.findall(r"\son\w+=|style=\"", answer.text)


def test_pages_lead_on_without_a_script(client: TestClient) -> None:
    for number in range(5):
        send(client, f"第{number}条")
    seen, path = [], f"{PATH}?limit=2&lang=en"
    for _ in range(3):
        page = client.get(path).text
        seen += re.findall(r"第\d条", page)
        found = re.search(r'<a rel="next" href="([^"]+)"', page)
        path = PATH + (found[1].replace("&amp;", "&") if found else "")
    assert [f"第{number}条" for number in range(5)] == seen
    assert "limit=2" not in path
    assert "There is no comment" not in page


def test_it_speaks_both_languages(client: TestClient) -> None:
    send(client)
    assert '<html lang="zh">' in client.get(PATH).text
    english = client.get(PATH, headers={"accept-language": "en-GB,en;q=0.9,zh;q=0.1"})
    assert ('<html lang="en">' in english.text, "en") == (True, english.headers["content-language"])
    assert '<html lang="zh">' in client.get(f"{PATH}?lang=zh", headers={"accept-language": "en"}).text
    assert "还没有可以显示的评论" in client.get("/v1/threads/none/transcript").text


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/json", True),
        ("application/json, text/plain, */*", True),
        ("text/html;q=0.5, application/json;q=0.9", True),
        ("text/html, application/json", False),
        ("application/*", True),
        ("application/json;q=0", False),
        ("application/json;q=x,;;,=", False),
    ],
)
def test_the_form_is_the_one_that_is_wanted_more(accept: str, json: bool) -> None:
    assert json is prefers_json(accept)


@given(st.text(max_size=80))
def test_no_header_breaks_the_choice(header: str) -> None:
    prefers_json(header)
    assert wanted_language(header, ("zh", "en")) in ("zh", "en")


def test_a_cache_has_to_ask_and_is_told_when_nothing_changed(client: TestClient) -> None:
    send(client, id="c-1")
    first = client.get(PATH, headers=JSON)
    assert ("private, no-cache", "Accept" in first.headers["vary"]) == (first.headers["cache-control"], True)
    known = JSON | {"if-none-match": first.headers["etag"]}
    unchanged = client.get(PATH, headers=known)
    assert (304, b"") == (unchanged.status_code, unchanged.content)
    send(client, GAMBLING, id="c-1")
    changed = client.get(PATH, headers=known)
    assert (200, []) == (changed.status_code, changed.json()["items"])
    assert client.get(PATH).headers["etag"] != first.headers["etag"]


def test_who_may_send_comments_may_read_it_and_nobody_without_a_key(make_client: Make, database: Database) -> None:
    client = make_client(options=CLOSED)
    statuses = [client.get(PATH, headers=create(database, scope)).status_code for scope in ("score", "feedback")]
    assert ([200, 403], 401) == (statuses, client.get(PATH).status_code)


@pytest.mark.parametrize("thread", ["https://news.example/a?b=c#d", "直播 7", "a/transcript", "%2F"])
def test_a_thread_may_be_called_anything(client: TestClient, thread: str) -> None:
    send(client, "在这里", thread=thread)
    assert ["在这里"] == [line["text"] for line in lines(client, f"/v1/threads/{quote(thread, safe='')}/transcript")]


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        (f"/v1/threads/{'x' * 129}/transcript?limit=0&lang=fr&cursor=zz", {"thread_id", "limit", "lang", "cursor"}),
        ("/v1/threads/a%00/transcript", {"thread_id"}),
        (f"{PATH}?limit=201", {"limit"}),
        (f"{PATH}?limit=²", {"limit"}),
        (f"{PATH}?cursor=nonsense", {"cursor"}),
    ],
)
def test_every_fault_of_a_question_is_told(client: TestClient, path: str, parameters: set[str]) -> None:
    refused = client.get(path)
    assert 422 == refused.status_code
    assert parameters == {fault.get("parameter") for fault in refused.json()["errors"]}


class _Text(HTMLParser):
    """What a browser would show in `.text`, and every tag that it met."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inside = False
        self.shown = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.inside = self.inside or ("class", "text") in attributes

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "p"

    def handle_data(self, data: str) -> None:
        self.shown += data if self.inside else ""


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), min_size=1, max_size=60))
def test_whatever_is_written_is_shown_as_written_with_names_for_what_cannot_be_seen(text: str) -> None:
    page = rendered([Line("k7m2-9xqd", text, "und", utc_now())], "en", cursor=None, next_cursor=None, limit=50)
    parser = _Text()
    parser.feed(page)
    assert "".join(piece.ghost or piece.text for piece in pieces(text)) == parser.shown
    assert {"script", "img", "iframe", "svg", "a"}.isdisjoint(parser.tags)
