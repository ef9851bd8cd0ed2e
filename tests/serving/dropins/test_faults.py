"""What each client hears where a part is missing: no score is made up, nothing seen first passes, nothing is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import akismet
import openai
import pytest

from tests.serving.dropins.clients import (
    ADVERT,
    CLEAN,
    IP,
    RUDE,
    akismet_client,
    asking,
    google,
    openai_client,
    refused,
    value,
)
from tests.serving.dropins.conftest import CHAMPION, own_configs
from tests.serving.dropins.silent_database import locked
from tests.serving.processes import Server, run

HAM, SPAM, DISCARD = akismet.CheckResponse.HAM, akismet.CheckResponse.SPAM, akismet.CheckResponse.DISCARD
FORM = {"api_key": "x", "blog": "https://blog.example", "user_ip": IP}


def test_no_score_is_made_up_where_the_model_is_missing(without_model: Server) -> None:
    with google(without_model) as comments:
        code, status, message, details = refused(comments.analyze(body=asking(ADVERT)))
    assert (503, "UNAVAILABLE", {"missing": "model"}) == (code, status, details[0]["metadata"])
    assert "nothing was stored" in message
    with openai_client(without_model) as client, pytest.raises(openai.InternalServerError) as caught:
        client.moderations.create(input=["一句话", ADVERT])
    assert (503, "server_error") == (caught.value.status_code, caught.value.code)
    assert "1" == caught.value.response.headers["retry-after"]


def test_akismet_is_answered_by_policy_and_rules_where_the_model_is_missing(without_model: Server) -> None:
    with akismet_client(without_model) as client:
        assert HAM == client.comment_check(IP, comment_content=CLEAN)
        assert SPAM == client.comment_check(IP, comment_content=ADVERT)
    with without_model.client() as http:
        passed = http.post("/1.1/comment-check", data=FORM | {"comment_content": CLEAN})
    assert (b"false", "60", "model") == (
        passed.content,
        passed.headers["x-akismet-recheck-after"],
        passed.headers["x-chaffinch-missing"],
    )


def test_rules_alone_back_no_score_and_answer_akismet(rules_alone: Server) -> None:
    with google(rules_alone) as comments:
        code, _, message, _ = refused(comments.analyze(body=asking()))
    assert 400 == code
    assert "rules and people alone" in message
    with openai_client(rules_alone) as client, pytest.raises(openai.NotFoundError) as caught:
        client.moderations.create(input=CLEAN)
    assert "model_not_found" == caught.value.code
    with akismet_client(rules_alone) as other:
        assert (HAM, SPAM) == tuple(other.comment_check(IP, comment_content=text) for text in (CLEAN, ADVERT))


def test_scores_need_no_rules_and_the_answer_says_what_is_missing(rules_broken: Server) -> None:
    with google(rules_broken) as comments:
        assert value(comments.analyze(body=asking(RUDE)).execute()) > 0.9
    with openai_client(rules_broken) as client:
        raw = client.moderations.with_raw_response.create(input=RUDE)
    assert raw.parse().results[0].categories.harassment
    assert "rules" == raw.headers["x-chaffinch-missing"]
    with akismet_client(rules_broken) as other:
        assert (HAM, DISCARD) == tuple(other.comment_check(IP, comment_content=text) for text in (CLEAN, RUDE))


def test_nothing_passes_undecided_where_it_is_seen_first(seen_first: Server) -> None:
    with akismet_client(seen_first) as client:
        assert SPAM == client.comment_check(IP, comment_content=CLEAN)
    with openai_client(seen_first) as other, pytest.raises(openai.InternalServerError) as caught:
        other.moderations.create(input=CLEAN)
    assert "review" == caught.value.response.headers["x-chaffinch-decision"]
    with seen_first.client() as http:
        assert 404 == http.post("/v1alpha1/comments:analyze", json=asking()).status_code  # its file was removed
        held = http.post("/1.1/comment-check", data=FORM | {"comment_content": "另一句话"})
    assert (b"true", "review") == (held.content, held.headers["x-chaffinch-decision"])


def test_perspective_is_not_offered_where_comments_are_seen_first(tmp_path: Path) -> None:
    configs = own_configs(tmp_path)
    policy = configs / "policies" / "default.toml"
    text = policy.read_text(encoding="utf-8").replace('forum = { review = "post" }', 'forum = { review = "pre" }')
    policy.write_text(text, encoding="utf-8")
    started = run(tmp_path / "home", "serve", "--port", "0", CHAFFINCH_CONFIGS=str(configs))
    assert (1, "") == (started.returncode, started.stdout)
    assert "perspective.toml: surface" in started.stderr
    assert "a score holds nothing" in " ".join(started.stderr.split())


def google_refuses(server: Server) -> None:
    with google(server) as comments:
        code, status, message, details = refused(comments.analyze(body=asking(CLEAN)))
        assert "attributeScores" in comments.analyze(body=asking(CLEAN, doNotStore=True)).execute()
    assert (503, "UNAVAILABLE", {"missing": "database"}) == (code, status, details[0]["metadata"])
    assert "nothing was stored" in message


def openai_refuses(server: Server) -> None:
    with openai_client(server) as client, pytest.raises(openai.InternalServerError) as caught:
        client.moderations.create(input=CLEAN)
    assert 503 == caught.value.status_code


def akismet_refuses(server: Server) -> None:
    with akismet_client(server) as client:
        assert HAM == client.comment_check(IP, comment_content=CLEAN, is_test=True)
        with pytest.raises(akismet.RequestError, match="503"):
            client.comment_check(IP, comment_content=CLEAN)


def akismet_refuses_spam(server: Server) -> None:
    with akismet_client(server) as client, pytest.raises(akismet.RequestError, match="503"):
        client.submit_spam(IP, comment_content=CLEAN)


def test_nothing_is_answered_that_could_not_be_stored(server: Server) -> None:
    refusing = (google_refuses, openai_refuses, akismet_refuses, akismet_refuses_spam)
    with locked(server), ThreadPoolExecutor(len(refusing)) as pool:  # at once: each waits until the database gives up
        for asked in [pool.submit(each, server) for each in refusing]:
            asked.result()


def test_a_broken_file_stops_the_start_with_every_mistake(tmp_path: Path) -> None:
    configs = own_configs(tmp_path)
    (configs / "dropins" / "perspective.toml").write_text(
        'policy = "defualt"\nlanguages = ["en"]\n[attributes]\nTOXICITY = { labels = ["abus"] }\n'
        'INSULT = { kind = "abuse.rude" }\n',
        encoding="utf-8",
    )
    (configs / "dropins" / "akismet.toml").write_text('spam = ["advertising"]\ndiscrad = []\n', encoding="utf-8")
    started = run(
        tmp_path / "home", "serve", "--port", "0", CHAFFINCH_CONFIGS=str(configs), CHAFFINCH_MODEL=CHAMPION
    )  # fmt: skip
    told = " ".join(started.stderr.split())
    assert (1, "") == (started.returncode, started.stdout)
    assert all(word in told for word in ("defualt", "did you mean 'abuse'", "abuse.rude", "discrad"))
