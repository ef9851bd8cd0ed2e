"""What the running service found, a replay of the same comments finds: each rule at the very same comments."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from chaffinch.backtesting import opened_rows
from chaffinch.settings import Settings
from moderation.behaviour import FEATURES, Behaviour, Observation, Seen
from moderation.decision import Outcome
from moderation.normaliser import Normalised
from moderation.replay import Replayed
from moderation.rules import Conditions, Hit, Range, Rule, RuleContext, RuleSet
from moderation.rules.backtest import backtest
from moderation.rules.context import NOTHING_KNOWN
from records import behaviour
from records.database import Database
from tests.serving.loaders import FakeLoader

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT_LEAST = (4, 3, 3, 3, 4, 12, 5)
ADVERTS = (
    "高价回收各种礼品卡，当天结算，长期有效，量大价更高",
    "手工活外发在家就能做，一天一结不收押金，名额不多先到先得",
)
LINES = ("哈哈哈", "谁在用琵琶弹奏一曲东风破，岁月在墙上剥落看见小时候", "今天的比赛真好看", "加微信 abc8827k 了解一下")


class Clock:
    """Stands still until it is moved."""

    now = START

    def __call__(self) -> datetime:
        return self.now


class Noting(RuleSet):
    """Rules that note which of them hit, comment by comment."""

    def __init__(self, rules: list[Rule]) -> None:
        super().__init__(rules, "counting")
        self.found: list[set[str]] = []

    def find(self, text: Normalised, context: RuleContext = NOTHING_KNOWN) -> list[Hit]:
        hits = super().find(text, context)
        self.found.append({hit.rule.id for hit in hits})
        return hits


def counting() -> list[Rule]:
    """One rule for each count."""
    return [
        Rule(f"on.{name}", "advertising", {"zh": "多", "en": "many"}, Outcome.REVIEW, "g",
             when=Conditions(features={name: Range(at_least=least)}))
        for name, least in zip(FEATURES, AT_LEAST, strict=True)
    ]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A comment that was sent, when, and the rules that the service answered with; `stored` ones are told again."""

    at: datetime
    text: str
    author: str | None
    thread: str | None
    stored: bool
    hits: set[str]

    def as_line(self) -> dict[str, Any]:
        return {
            "text": self.text, "created_at": self.at.isoformat(), "author_id": self.author, "thread_id": self.thread
        }  # fmt: skip


def traffic(chance: random.Random, clock: Clock) -> Iterator[dict[str, Any]]:
    """Adverts, songs, laughs and a contact over two hours, in bursts and between them; some say not who or where."""
    for n in range(160):
        clock.now += timedelta(seconds=chance.choice((0, 1, 7, 20, 400 if n % 20 == 0 else 2)))
        text = f"{chance.choice(ADVERTS)}{n}" if chance.random() < 0.4 else chance.choice(LINES)
        author, thread = f"a-{chance.randrange(12)}", f"t-{chance.randrange(5)}"
        yield {
            "content": {"text": text},
            "author": {"id": author} if chance.random() < 0.9 else {},
            "context": {"thread_id": thread} if chance.random() < 0.9 else {},
            "options": {"store": chance.random() < 0.9},
        }


@pytest.fixture
def said(make_client: Callable[..., TestClient], loader: FakeLoader) -> list[Said]:
    loader.rules = RuleSet(counting(), "counting")
    clock = Clock()
    client = make_client(now=clock)
    answered = []
    for body in traffic(random.Random(4), clock):
        answer = client.post("/v1/score", json=body)
        assert 200 == answer.status_code, answer.text
        hits = {reason["rule_id"] for reason in answer.json()["reasons"] if reason["source"] == "rule"}
        named = (body["content"]["text"], body["author"].get("id"), body["context"].get("thread_id"))
        answered.append(Said(clock.now, *named, body["options"]["store"], hits))
    return answered


def replayed(source: str, home: Path) -> tuple[list[set[str]], Replayed | None]:
    rules = Noting(counting())
    with opened_rows(source, Settings(home=home)) as opened:
        result = backtest(rules, opened.rows)
    assert 0 == opened.broken
    return rules.found, result.replayed


def test_a_replay_fires_where_the_service_fired_and_nowhere_else(said: list[Said], tmp_path: Path) -> None:
    stored = [each for each in said if each.stored]
    expected = [each.hits for each in stored]
    assert {rule.id for rule in counting()} == set().union(*expected)
    of_decisions, told = replayed("decisions", tmp_path)
    assert expected == of_decisions
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(each.as_line()) + "\n" for each in stored), encoding="utf-8")
    of_file, told_of_file = replayed(str(file), tmp_path)
    assert expected == of_file
    without = [
        sum(name is None for name in names) for names in zip(*((e.author, e.thread) for e in stored), strict=True)
    ]
    assert Replayed(len(stored), without_author=without[0], without_thread=without[1]) == told == told_of_file


class Telling(Behaviour):
    """Windows that remember what they were told."""

    told: list[Observation]

    def count(self, seen: Observation) -> Seen:
        self.told.append(seen)
        return super().count(seen)


def test_what_the_service_kept_of_a_comment_says_no_more_than_its_text(
    said: list[Said], database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a replay needs no observations, which are gone after two hours."""
    Telling.told = []
    monkeypatch.setattr("moderation.replay.Behaviour", Telling)
    replayed("decisions", tmp_path)
    with database.reading() as look:
        kept = [told.observation for told in behaviour.since(look, START, limit=999)]
    assert sum(each.stored for each in said) == len(kept)
    assert sorted(map(without_names, kept)) == sorted(map(without_names, Telling.told))


def without_names(seen: Observation) -> tuple[object, ...]:
    """The keyed hashes of the service and those of a replay differ: how many there are is compared."""
    return seen.at, seen.signature or b"", seen.account is None, seen.thread is None, len(seen.contacts)
