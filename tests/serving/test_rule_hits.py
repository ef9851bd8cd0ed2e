"""What rules did, counted by a running server and found again by the next."""

from __future__ import annotations

from collections.abc import Callable

from starlette.testclient import TestClient

from moderation.decision import Outcome
from moderation.rules import Rule, RuleSet, RuleState
from records import rule_hits
from records.database import Database
from records.rule_hits import Counted
from serving.parts import utc_now
from tests.serving.asking import CLEAN, score
from tests.serving.conftest import keywords
from tests.serving.loaders import FakeLoader
from tests.serving.test_health import metric


def test_a_rule_in_the_shadow_is_counted_by_the_day_with_what_it_would_have_changed(
    make_client: Callable[..., TestClient], database: Database
) -> None:
    rule = Rule("a.b", "fraud", {}, Outcome.BLOCK, "g", state=RuleState.SHADOW, terms=("晚霞",))
    loader = FakeLoader(keywords())
    loader.rules = RuleSet([rule], "t")
    for _ in range(2):  # a second server begins where the first one was
        client = make_client(loader=loader)
        assert "pass" == score(client, CLEAN).json()["decision"]
        assert "block" == score(client, f"{CLEAN}博彩").json()["decision"]
        assert "pass" == score(client, CLEAN, store=False).json()["decision"]
        assert 3.0 == metric(client, 'chaffinch_rule_hits_total{rule="a.b",state="shadow"}')
    with database.reading() as look:
        assert {("a.b", "shadow"): Counted(4, 2)} == rule_hits.totals(look, since=utc_now().date())
