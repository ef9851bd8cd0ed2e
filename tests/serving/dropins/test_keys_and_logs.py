"""Each client's way to send a key, what each hears of a wrong one, and that no log knows key or text."""

from __future__ import annotations

import time
from urllib.parse import quote

import akismet
import openai
import pytest

from tests.serving.dropins.clients import (
    RUDE,
    akismet_client,
    asking,
    google,
    openai_client,
    refused,
    value,
)
from tests.serving.processes import Server

Keyed = tuple[Server, dict[str, str]]
ANALYZE = "/v1alpha1/comments:analyze"
IP = "192.0.2.7"
CANARY = "金丝雀canary"


def test_googles_client_sends_its_key_in_the_address(keyed: Keyed) -> None:
    server, keys = keyed
    suggestion = {"comment": {"text": RUDE}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}}
    with google(server, keys["shop"]) as good:
        assert value(good.analyze(body=asking(RUDE)).execute()) > 0.9
        good.suggestscore(body=suggestion).execute()
    with google(server, "AIzaNoSuchKey") as bad:
        code, status, message, details = refused(bad.analyze(body=asking()))
    assert (400, "INVALID_ARGUMENT") == (code, status)
    assert ("API key not valid. Please pass a valid API key.", "API_KEY_INVALID") == (message, details[0]["reason"])
    with google(server) as nobody:
        assert (403, "PERMISSION_DENIED") == refused(nobody.analyze(body=asking()))[:2]
    with google(server, keys["reader"]) as other:
        code, status, message, _ = refused(other.analyze(body=asking()))
        assert (403, "PERMISSION_DENIED") == refused(other.suggestscore(body=suggestion))[:2]
    assert (403, "PERMISSION_DENIED") == (code, status)
    assert "'score'" in message


def test_openais_client_sends_its_key_as_a_bearers(keyed: Keyed) -> None:
    server, keys = keyed
    with openai_client(server, keys["shop"]) as good:
        assert good.moderations.create(input=RUDE).results[0].flagged
    with openai_client(server, "sk-no-such-key") as bad, pytest.raises(openai.AuthenticationError) as wrong:
        bad.moderations.create(input=RUDE)
    assert ("invalid_api_key", "invalid_request_error") == (wrong.value.code, wrong.value.type)
    with openai_client(server, keys["reader"]) as other, pytest.raises(openai.PermissionDeniedError) as out_of_scope:
        other.moderations.create(input=RUDE)
    assert "'score'" in out_of_scope.value.message
    with server.client() as client:
        nobody = client.post("/v1/moderations", json={"input": RUDE})
    assert 401 == nobody.status_code
    assert "You didn't provide an API key" in nobody.json()["error"]["message"]


def test_akismets_client_verifies_its_key_and_is_told_invalid(keyed: Keyed) -> None:
    server, keys = keyed
    with akismet_client(server, keys["shop"]) as good:
        assert good.verify_key()
        assert akismet.CheckResponse.HAM != good.comment_check(IP, comment_content=RUDE)
        assert good.submit_spam(IP, comment_content=RUDE)
    for key in ("0123456789ab", keys["reader"]):
        with akismet_client(server, key) as bad:
            assert not bad.verify_key()
            with pytest.raises(akismet.APIKeyError):
                bad.comment_check(IP, comment_content=RUDE)
            with pytest.raises(akismet.APIKeyError):
                bad.submit_ham(IP, comment_content=RUDE)
    with akismet_client(server, keys["shop"], blog="no address") as lost:
        assert not lost.verify_key()


def test_invalid_is_the_whole_body_and_a_header_says_why(keyed: Keyed) -> None:
    server, keys = keyed
    form = {"blog": "https://blog.example", "user_ip": IP, "comment_content": RUDE}
    with server.client() as client:
        wrong = client.post("/1.1/comment-check", data=form | {"api_key": "nope"})
        nobody = client.post("/1.1/comment-check", data=form)
        lost = client.post("/1.1/comment-check", data=form | {"api_key": keys["shop"], "blog": "x"})
    assert [(200, b"invalid")] * 3 == [(each.status_code, each.content) for each in (wrong, nobody, lost)]
    help_of = [each.headers["x-akismet-debug-help"] for each in (wrong, nobody, lost)]
    assert "not known" in help_of[0]
    assert "needs a key" in help_of[1]
    assert "We were unable to parse your blog URI" == help_of[2]


def test_no_log_knows_a_key_or_a_text(keyed: Keyed) -> None:
    server, keys = keyed
    shop = keys["shop"]
    form = {"api_key": shop, "blog": "https://b.example", "user_ip": "203.0.113.77", "comment_author_email": "c@d.test"}
    with server.client() as client:
        for headers in ({"x-goog-api-key": shop}, {"authorization": f"Bearer {shop}"}):
            assert 200 == client.post(ANALYZE, json=asking(CANARY), headers=headers).status_code
            client.post("/v1/moderations", json={"input": CANARY}, headers=headers)
            client.post("/v1/moderations", json={"input": CANARY, CANARY: 1}, headers=headers)
        client.post(f"{ANALYZE}?key={shop}", json=asking(CANARY))
        client.post(f"{ANALYZE}?key=ck_wrong_key", json=asking(CANARY))
        client.post(f"{ANALYZE}?key={shop}", content=f'{{"comment": {{"text": "{CANARY}'.encode())
        client.post("/1.1/comment-check", data=form | {"comment_content": CANARY})
        client.post("/1.1/submit-spam", data=form | {"comment_content": CANARY + "2"})
        client.post("/1.1/comment-check", data=form | {"comment_content": CANARY, "blog_charset": "koi8-r"})
        client.get(f"/$discovery/rest?version=v1alpha1&key={shop}", headers={"x-request-id": "the-last-one"})
    until = time.monotonic() + 60
    while time.monotonic() < until and not any("the-last-one" in line for line in server.logged):
        time.sleep(0.01)
    logged = "".join(server.logged)
    assert "the-last-one" in logged
    secrets = (
        CANARY,
        quote(CANARY),
        "canary",
        "\\u91d1",
        *keys.values(),
        "ck_wrong",
        "?key",
        "203.0.113.77",
        "c@d.test",
    )
    assert [] == [secret for secret in secrets if secret in logged]
