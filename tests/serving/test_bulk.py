from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest

from moderation.pipeline import Engine
from moderation.policy import load_policies
from moderation.rule_packs import load_rules
from moderation.taxonomy import load_taxonomy
from serving.bulk import BATCH, MAX_LINE, Source, Tally, score_lines
from tests.fakes import KeywordScorer

TAXONOMY = load_taxonomy()
ENGINE = Engine(
    TAXONOMY,
    load_rules(TAXONOMY, today=date(2026, 11, 25)),
    load_policies(TAXONOMY),
    KeywordScorer({"博彩": ("gambling", 0.95), "优惠": ("advertising", 0.5)}),
)


def score(*lines: bytes, policy: str = "default") -> tuple[list[dict[str, Any]], Tally]:
    sink = io.BytesIO()
    tally = score_lines(ENGINE, io.BytesIO(b"\n".join(lines)), sink, policy=policy, told=lambda tally: None)
    return [json.loads(line) for line in sink.getvalue().splitlines()], tally


def test_every_row_is_answered_in_order() -> None:
    answers, tally = score(b'{"id":"a","text":"\xe5\x8d\x9a\xe5\xbd\xa9"}', b'{"id":"b","text":"hi","else":1}')
    assert [("a", "block"), ("b", "pass")] == [(answer["id"], answer["decision"]) for answer in answers]
    assert (2, 1, 1, 0) == (tally.rows, tally.blocked, tally.passed, tally.errors)


def test_a_row_may_be_what_the_api_takes() -> None:
    body = {
        "id": "a",
        "content": {"text": "博彩", "lang": "zh"},
        "author": {"verified": True},
        "context": {"surface": "live"},
    }
    short = {"id": "a", "text": "博彩", "lang": "zh", "verified": True, "surface": "live"}
    (answer, same), _ = score(json.dumps(body).encode(), json.dumps(short).encode())
    told = [{key: value for key, value in each.items() if key != "latency_ms"} for each in (answer, same)]
    assert told[0] == told[1]
    assert "block" == answer["decision"]
    (refused,), _ = score(b'{"id":"a","content":{"text":"hi"},"author":{"verified":"yes"}}')
    assert "verified is not a boolean" in refused["error"]


BROKEN = {
    b"": "empty",
    b"{": "not valid JSON",
    b"[1]": "not a JSON object",
    b'{"id":"x"}': "text is missing",
    b'{"id":"x","text":5}': "text is not a string",
    b'{"id":"x","text":""}': "has 0 code points",
    b'{"id":"x","text":"\\u200b"}': "no visible text",
    b'{"id":"x","text":"a\\u0000"}': "NUL",
    b'{"id":"x","text":"\\ud800"}': "not valid JSON",
    b'{"text":"\xff\xfe"}': "not valid JSON",
    b'{"text":"' + b"x" * 10_001 + b'"}': "10001 code points",
    b'{"text":"x","surface":5}': "surface is not a string",
    b'{"text":"x","verified":"yes"}': "verified is not a boolean",
    b'{"text":"' + b"x" * MAX_LINE + b'"}': "longer than",
}


@pytest.mark.parametrize(("line", "said"), BROKEN.items(), ids=list(BROKEN.values()))
def test_a_broken_row_says_what_is_wrong_and_stops_nothing(line: bytes, said: str) -> None:
    answers, _ = score(b'{"text":"one"}', line, b'{"text":"three"}')
    assert ["pass", None, "pass"] == [answer.get("decision") for answer in answers]
    assert said in answers[1]["error"]
    assert 2 == answers[1]["line"]


def test_a_thousand_rows_with_ten_broken_give_a_thousand_answers() -> None:
    lines = [b"{broken" if number % 100 == 7 else b'{"text":"ok %d"}' % number for number in range(1000)]
    answers, tally = score(*lines)
    assert (1000, 10) == (len(answers), tally.errors)
    assert [line for line in range(1, 1001) if line % 100 == 8] == [row["line"] for row in answers if "error" in row]


def test_the_last_line_needs_no_newline_and_an_exact_batch_loses_nothing() -> None:
    answers, _ = score(*[b'{"text":"x"}'] * BATCH)
    assert BATCH == len(answers)


def test_a_byte_order_mark_is_no_part_of_the_first_row() -> None:
    assert ["pass"] == [answer["decision"] for answer in score(b'\xef\xbb\xbf{"text":"x"}')[0]]


def test_a_number_as_id_is_answered_as_text() -> None:
    assert "17" == score(b'{"id":17,"text":"x"}')[0][0]["id"]


def test_under_cn_a_row_has_to_say_whether_its_author_is_verified() -> None:
    answers, _ = score(b'{"text":"x"}', b'{"text":"x","verified":true,"surface":"news"}', policy="cn")
    assert "author/verified" in answers[0]["error"]
    assert "pass" == answers[1]["decision"]


def test_batches_take_all_of_the_source_and_say_what_was_read() -> None:
    raw = b"".join(b'{"text":"%d"}\r\n' % number for number in range(BATCH + 3)) + b"x" * (MAX_LINE + 5) + b"\nlast"
    first, second = Source(io.BytesIO(raw)).batches()
    assert (BATCH, 5, len(raw)) == (len(first.lines), len(second.lines), first.size + second.size)
    assert [None, b"last"] == [line.content for line in second.lines[-2:]]
    assert first.digest != second.digest


def test_a_source_goes_on_behind_what_was_skipped() -> None:
    raw = b"".join(b'{"text":"%d"}\n' % number for number in range(2 * BATCH))
    first, second = Source(io.BytesIO(raw)).batches()
    source = Source(io.BytesIO(raw))
    assert first.digest == source.skip(first.size, len(first.lines))
    assert [second] == list(source.batches())
    assert first.digest != Source(io.BytesIO(raw.replace(b"7", b"8"))).skip(first.size, BATCH)


def test_tallies_add_up() -> None:
    assert Tally(3, 2, 1, 1, 40) == Tally(1, 2, 0, 1, 30) + Tally(2, 0, 1, 0, 10)
