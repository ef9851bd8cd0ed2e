"""Whatever is sent: an answer or a refusal in the right form, never a failure of ours and never the text."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

CALM = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MANY_TYPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PERSPECTIVE = st.fixed_dictionaries(
    {},
    optional={
        "comment": st.fixed_dictionaries({}, optional={"text": st.text(max_size=30) | MANY_TYPES, "type": MANY_TYPES}),
        "requestedAttributes": st.dictionaries(
            st.sampled_from(["TOXICITY", "SPAM", "INSULT", "X"]),
            st.fixed_dictionaries({}, optional={"scoreThreshold": MANY_TYPES, "scoreType": MANY_TYPES}) | MANY_TYPES,
            max_size=3,
        ),
        "attributeScores": st.dictionaries(
            st.sampled_from(["TOXICITY", "SPAM"]), st.fixed_dictionaries({"summaryScore": MANY_TYPES}) | MANY_TYPES
        ),
        "languages": st.lists(st.sampled_from(["en", "zh", "nl", "", "e\x00"]), max_size=2) | MANY_TYPES,
        "context": MANY_TYPES,
        "spanAnnotations": st.booleans() | MANY_TYPES,
        "doNotStore": st.booleans(),
        "clientToken": st.text(max_size=5) | MANY_TYPES,
    },
)
OPENAI = st.fixed_dictionaries(
    {},
    optional={
        "input": st.text(max_size=20) | st.lists(st.text(max_size=20) | MANY_TYPES, max_size=3) | MANY_TYPES,
        "model": st.sampled_from(["omni-moderation-latest", "x"]) | MANY_TYPES,
        "more": MANY_TYPES,
    },
)
NAMES = st.sampled_from(
    ["api_key", "blog", "user_ip", "comment_content", "comment_author", "blog_charset", "permalink"]
)
VALUES = st.text(max_size=20) | st.sampled_from(["https://b.example", "gbk", "iso-8859-99", "\u200b"])


def sent(client: TestClient, path: str, body: Any) -> Any:
    """Unknown to orjson: integers beyond 64 bits and lone surrogates, which travel as they are."""
    try:
        raw = orjson.dumps(body)
    except (TypeError, UnicodeEncodeError):
        raw = repr(body).encode("utf-8", "surrogatepass")
    return client.post(path, content=raw)


@CALM
@given(body=PERSPECTIVE | MANY_TYPES)
def test_perspective_answers_or_refuses_in_googles_form(client: TestClient, body: Any) -> None:
    for path in ("/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"):
        answer = sent(client, path, body)
        assert answer.status_code in (200, 400)
        told = answer.json()
        assert answer.status_code == 200 or {"code", "message", "status", "details"} == told["error"].keys()


@CALM
@given(body=OPENAI | MANY_TYPES)
def test_moderation_answers_or_refuses_in_openais_form(client: TestClient, body: Any) -> None:
    answer = sent(client, "/v1/moderations", body)
    assert answer.status_code in (200, 400)
    told = answer.json()
    assert answer.status_code == 200 or {"message", "type", "param", "code"} == told["error"].keys()


@CALM
@given(form=st.dictionaries(NAMES, VALUES), tail=st.binary(max_size=6))
def test_akismet_answers_a_word_or_a_sentence(client: TestClient, form: dict[str, str], tail: bytes) -> None:
    body = urlencode(form | {"api_key": "x"}, errors="surrogatepass").encode() + tail
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for name in ("comment-check", "submit-spam", "verify-key"):
        answer = client.post(f"/1.1/{name}", content=body, headers=headers)
        assert answer.status_code in (200, 400)
        assert answer.text
        assert "text/plain; charset=utf-8" == answer.headers["content-type"]
