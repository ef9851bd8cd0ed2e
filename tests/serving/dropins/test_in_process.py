"""What a server in another process does not show: full queues, stuck models, other models in mid-answer, old keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from records import comments, decisions, ledger
from records.database import Database
from records.personal import Keyring
from serving.dropins.configs import DropIns
from serving.parts import utc_now
from tests.fakes import KeywordScorer
from tests.serving.asking import CLEAN, GAMBLING, UNSURE
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader, shipped_dropins
from tests.serving.models import FaultyScorer, StuckScorer

ANALYZE, SUGGEST = "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"
FORM = {"api_key": "x", "blog": "https://blog.example", "user_ip": "192.0.2.1"}

Make = Callable[..., TestClient]


def asking(text: str = CLEAN, **more: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": {"SPAM": {}}} | more


def ask_all(client: TestClient, text: str = CLEAN) -> list[Any]:
    """One comment, asked of each of the three."""
    return [
        client.post(ANALYZE, json=asking(text)),
        client.post("/v1/moderations", json={"input": text}),
        client.post("/1.1/comment-check", data=FORM | {"comment_content": text}),
    ]


def test_one_engine_is_behind_all_three(client: TestClient) -> None:
    for text, decision in ((CLEAN, "pass"), (UNSURE, "review"), (GAMBLING, "block")):
        assert {decision} == {answer.headers["x-chaffinch-decision"] for answer in ask_all(client, text)}
    passed, reviewed = (client.post("/v1/moderations", json={"input": text}).json() for text in (CLEAN, UNSURE))
    assert (False, True) == (passed["results"][0]["flagged"], reviewed["results"][0]["flagged"])
    assert "keywords@7" == passed["model"]


def test_every_answer_is_in_the_ledger_and_the_metrics(client: TestClient, database: Database) -> None:
    ask_all(client)
    with database.reading() as look:
        stored = decisions.page(look).items
        assert [1, 1, 1] == [len(ledger.page(look, subject_id=decision.id).items) for decision in stored]
    text = client.get("/metrics").text
    assert 'chaffinch_decisions_total{decision="pass",label="none",lang="zh"} 3.0' in text


def test_a_full_queue_is_refused_at_once_in_each_form(make_client: Make) -> None:
    client = make_client(options=replace(PATIENT, most_scoring=0))
    google, openai, akismet = ask_all(client)
    assert [429] * 3 == [answer.status_code for answer in (google, openai, akismet)]
    assert {"1"} == {answer.headers["retry-after"] for answer in (google, openai, akismet)}
    assert "RESOURCE_EXHAUSTED" == google.json()["error"]["status"]
    assert ("requests", "rate_limit_exceeded") == tuple(openai.json()["error"][name] for name in ("type", "code"))
    assert "More requests than the model can take" in akismet.text
    assert 'chaffinch_refused_total{part="model"} 3.0' in client.get("/metrics").text


def test_a_stuck_model_is_not_waited_for_beyond_the_deadline(make_client: Make, loader: FakeLoader) -> None:
    stuck = StuckScorer()
    loader.model = stuck
    # What is told is stored first, on however slow a disk.
    hasty = replace(PATIENT, deadline_ms=50, batch_deadline_ms=50, store_grace=60)
    google, openai, akismet = ask_all(make_client(options=hasty))
    stuck.let_go.set()
    assert [503, 503, 200] == [answer.status_code for answer in (google, openai, akismet)]
    assert ("false", "model") == (akismet.text, akismet.headers["x-chaffinch-missing"])


def test_a_failure_of_ours_is_told_in_each_form_and_tells_nothing(make_client: Make, monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"near {CLEAN}")

    monkeypatch.setattr("serving.scoring.read", fail)
    answers = ask_all(make_client())
    assert [500] * 3 == [answer.status_code for answer in answers]
    assert ("INTERNAL", "server_error") == (answers[0].json()["error"]["status"], answers[1].json()["error"]["code"])
    assert all(CLEAN not in answer.text for answer in answers)


def test_a_model_that_crashes_on_a_sentence_leaves_its_span_out(make_client: Make, loader: FakeLoader) -> None:
    loader.model = FaultyScorer(only="坏。")
    answer = make_client().post(ANALYZE, json=asking("很坏。好吧！", spanAnnotations=True))
    assert 503 == answer.status_code  # the whole text holds it too
    loader.model = KeywordScorer({"博彩": ("gambling", 0.97)})
    spans = make_client().post(ANALYZE, json=asking("来玩博彩。\n\u200b\n好吧！", spanAnnotations=True)).json()
    told = spans["attributeScores"]["SPAM"]["spanScores"]
    assert [(0, 5, 0.97), (8, 11, 0.01)] == [(s["begin"], s["end"], s["score"]["value"]) for s in told]


def test_all_items_are_answered_by_one_model(make_client: Make, loader: FakeLoader) -> None:
    client = make_client()
    answer = client.post("/v1/moderations", json={"input": [GAMBLING, CLEAN, GAMBLING]}).json()
    assert [True, False, True] == [result["categories"]["gambling"] for result in answer["results"]]
    assert 1 == len(client.post("/v1/moderations", json={"input": CLEAN}).json()["results"])


def test_a_comment_is_stored_under_a_hash_of_its_words(
    client: TestClient, database: Database, keyring: Keyring
) -> None:
    client.post(ANALYZE, json=asking(CLEAN, communityId="c"))
    client.post("/1.1/comment-check", data=FORM | {"comment_content": CLEAN})
    names = [
        f"perspective:{keyring.index('perspective', f'c{chr(0)}{CLEAN}')}",
        f"akismet:{keyring.index('akismet', chr(0).join((FORM['blog'], FORM['user_ip'], CLEAN)))}",
    ]
    with database.reading() as look:
        known = comments.known_ids(look, names)
        assert [CLEAN, CLEAN] == [comments.get(look, known[name]).text for name in names]


def test_an_erased_comment_is_nothing_to_doubt(client: TestClient, database: Database, keyring: Keyring) -> None:
    client.post(ANALYZE, json=asking(CLEAN))
    with database.unit() as unit:
        name = f"perspective:{keyring.index('perspective', chr(0) + CLEAN)}"
        comments.erase(unit, comments.known_ids(unit, [name])[name], now=utc_now())
        unit.commit()
    scores = {"SPAM": {"summaryScore": {"value": 1}}}
    answer = client.post(SUGGEST, json={"comment": {"text": CLEAN}, "attributeScores": scores})
    assert (409, "ABORTED") == (answer.status_code, answer.json()["error"]["status"])


def test_what_is_not_configured_is_not_there(make_client: Make) -> None:
    client = make_client(dropins=DropIns(akismet=shipped_dropins().akismet))
    assert [404, 404, 200] == [answer.status_code for answer in ask_all(client)]
    assert {"/1.1/comment-check"} == {path for path in client.get("/openapi.json").json()["paths"] if "check" in path}
    assert ANALYZE not in client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize(("least", "flagged"), [("review", [True, True]), ("block", [False, True])])
def test_what_is_flagged_is_the_files_to_say(make_client: Make, least: str, flagged: list[bool]) -> None:
    shipped = shipped_dropins()
    assert shipped.openai
    served = replace(shipped, openai=shipped.openai.model_copy(update={"flagged_from": least}))
    answer = make_client(dropins=served).post("/v1/moderations", json={"input": [UNSURE, GAMBLING]}).json()
    assert flagged == [result["flagged"] for result in answer["results"]]
    assert flagged[0] == answer["results"][0]["categories"]["advertising"]


def test_snake_case_is_read_as_the_protocol_buffers_names_are(client: TestClient) -> None:
    body = {"comment": {"text": CLEAN}, "requested_attributes": {"SPAM": {"score_threshold": 0.5}}, "client_token": "t"}
    assert {"languages", "detectedLanguages", "clientToken"} == client.post(ANALYZE, json=body).json().keys()
