"""Rules and lists of the database in a running server: taken up within two seconds, or refused and told."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from governance import lists as governing
from governance import rules as life
from governance.lists import Listing
from governance.rules import Standards, Wish
from moderation.lists import ListAction
from moderation.pipeline import Engine
from moderation.rule_packs import RuleFile
from moderation.rules import RuleState
from records import epoch, rules
from records.database import Database
from records.house_values import EpochPart
from records.personal import Keyring, open_keyring, rotate
from records.rules import RuleChange
from serving.loading import DiskLoader
from serving.parts import Options, utc_now
from serving.stored import StoredParts
from tests.serving.asking import score
from tests.serving.loaders import taxonomy
from tests.serving.test_health import metric

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TODAY = date(2026, 3, 1)
TEXT = "今天的紫色河马很好看"

Make = Callable[..., TestClient]


def a_rule(term: str = "紫色河马", **fields: Any) -> RuleFile:
    table = {
        "id": "ads.hippo",
        "title": {"zh": "河马", "en": "Hippo"},
        "label": "advertising",
        "action": "review",
        "ground": "g",
        "owner": "o",
        "why": "w",
        "terms": [term],
        "examples": {"match": [term], "no_match": ["你好"]},
    }
    return RuleFile.model_validate(table | fields)


@pytest.fixture
def served(make_client: Make, database: Database, tmp_path: Path) -> TestClient:
    """A server with packs of its own and what the database holds."""
    configs = tmp_path / "configs"
    shutil.copytree(CONFIGS, configs)
    stored = StoredParts(database, lambda: open_keyring(database, tmp_path / "keys", now=NOW), utc_now)
    return make_client(loader=DiskLoader(taxonomy(), "none", tmp_path, configs, lambda: TODAY, stored))


def go_live(database: Database, rule: RuleFile, to: RuleState = RuleState.LIVE) -> None:
    with database.unit() as unit:
        life.add(unit, rule, by="Mia", why="seen today", now=NOW)
        wish = Wish(rule.id, to, "Mia", "it held")
        life.promote(unit, wish, standards=Standards(taxonomy(), TODAY), packed=lambda _: None, now=NOW)
        unit.commit()


def retire(database: Database, rule_id: str) -> None:
    with database.unit() as unit:
        wish = Wish(rule_id, RuleState.RETIRED, "Mia", "it hits what it must not")
        life.promote(unit, wish, standards=Standards(taxonomy(), TODAY), packed=lambda _: None, now=NOW)
        unit.commit()


def put_on_list(database: Database, keyring: Keyring, kind: str, value: str) -> None:
    with database.unit() as unit:
        listing = Listing(kind, value, ListAction.BLOCK, "phishing", "report", "Mia")
        governing.add(unit, listing, taxonomy=taxonomy(), keyring=keyring, now=utc_now())
        unit.commit()


def look(client: TestClient) -> None:
    client.app.state.machinery.follower.look()  # type: ignore[attr-defined]


def test_a_rule_that_goes_live_decides_with_the_next_look_of_two_in_two_seconds(
    served: TestClient, database: Database
) -> None:
    """Counted in looks of the server's own thread: how long one takes is the machine's."""
    assert 2 * Options().follow_every <= 2.0
    before = score(served, TEXT).json()
    follower = served.app.state.machinery.follower  # type: ignore[attr-defined]
    looks: list[int] = []
    follower._others = (*follower._others, lambda: looks.append(len(looks)))  # each look ends with this
    swapped = threading.Event()
    at: list[int] = []

    def seen(engine: Engine) -> None:
        if "ads.hippo" in [rule.id for rule in engine.rules.rules]:
            at.append(len(looks))
            swapped.set()

    served.app.state.parts.holder.on_swap.append(seen)  # type: ignore[attr-defined]
    go_live(database, a_rule())
    committed = len(looks)
    assert swapped.wait(60)
    assert at[0] - committed <= 1  # the look under way may have read before the commit
    after = score(served, TEXT).json()
    assert ("pass", "review") == (before["decision"], after["decision"])
    assert ["ads.hippo"] == [reason["rule_id"] for reason in after["reasons"]]
    assert before["ruleset"] != after["ruleset"]


def test_a_rule_in_the_shadow_is_counted_and_decides_nothing(served: TestClient, database: Database) -> None:
    go_live(database, a_rule(), RuleState.SHADOW)
    look(served)
    assert ("pass", []) == (score(served, TEXT).json()["decision"], score(served, TEXT).json()["reasons"])
    assert 2.0 == metric(served, 'chaffinch_rule_hits_total{rule="ads.hippo",state="shadow"}')


def test_a_broken_rule_in_the_database_leaves_the_old_rules_live_and_is_told(
    served: TestClient, database: Database
) -> None:
    go_live(database, a_rule())
    look(served)
    document = life.as_document(a_rule()) | {"label": "gossip"}
    with database.unit() as unit:
        ends = (RuleState.LIVE,)
        rules.add_version(unit, RuleChange("ads.hippo", RuleState.LIVE, document, 2, ends, "x", "y"), now=NOW)
        epoch.bump(unit, EpochPart.RULES)
        unit.commit()
    with capture_logs() as lines:
        look(served)
        look(served)
    (line,) = [line for line in lines if line["event"] == "part_refused"]
    assert ("error", "rules", True) == (line["log_level"], line["part"], "database/ads.hippo@3" in line["detail"])
    told = served.get("/readyz").json()
    assert ("ready", "review") == (told["status"], score(served, TEXT).json()["decision"])
    assert "database/ads.hippo@3" in told["parts"]["rules"]["detail"]
    assert (metric(served, 'chaffinch_reload_failures_total{part="rules"}') or 0) >= 1


def test_a_broken_pack_on_reload_leaves_the_old_rules_live_until_it_is_mended(
    served: TestClient, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "configs" / "rules" / "broken.toml").write_text("[[rules]]\nid = 'x'\n", encoding="utf-8")
    look(served)
    told = served.get("/readyz").json()["parts"]["rules"]
    assert (True, "pass") == (told["ok"], score(served, TEXT).json()["decision"])
    assert told["detail"].count("broken.toml") > 3
    assert 1 == metric(served, 'chaffinch_reload_failures_total{part="packs"}')
    (tmp_path / "configs" / "rules" / "broken.toml").unlink()
    go_live(database, a_rule())
    look(served)
    assert (None, "review") == (
        served.get("/readyz").json()["parts"]["rules"]["detail"],
        score(served, TEXT).json()["decision"],
    )


def test_a_rule_that_is_retired_goes_at_once_while_a_pack_is_broken(
    served: TestClient, database: Database, tmp_path: Path
) -> None:
    go_live(database, a_rule())
    go_live(database, a_rule("绿色犀牛", id="ads.rhino"))
    look(served)
    assert ("review", "review") == (
        score(served, TEXT).json()["decision"],
        score(served, "绿色犀牛").json()["decision"],
    )
    broken = tmp_path / "configs" / "rules" / "broken.toml"
    broken.write_text("[[rules]]\nid = 'x'\n", encoding="utf-8")
    retire(database, "ads.hippo")
    look(served)
    told = served.get("/readyz").json()["parts"]["rules"]
    assert ("pass", "review") == (score(served, TEXT).json()["decision"], score(served, "绿色犀牛").json()["decision"])
    assert (True, True) == (told["ok"], "broken.toml" in told["detail"])
    assert (metric(served, 'chaffinch_reload_failures_total{part="packs"}') or 0) >= 1


def test_rules_of_the_database_are_led_on_while_a_pack_is_broken(
    served: TestClient, database: Database, tmp_path: Path
) -> None:
    go_live(database, a_rule())
    retire(database, "ads.hippo")
    go_live(database, a_rule("紫色的河马"))
    look(served)
    (tmp_path / "configs" / "rules" / "broken.toml").write_text("[[rules]]\nid = 'x'\n", encoding="utf-8")
    go_live(database, a_rule("绿色犀牛", id="ads.rhino"))
    look(served)
    said = [score(served, text).json()["decision"] for text in ("紫色的河马", "绿色犀牛")]
    assert ["review", "review"] == said


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [("domain", "hippo.example.com", "listed_domain"), ("account", "a-7", "listed_account")],
)
def test_what_is_put_on_a_list_is_met_by_the_next_look(
    served: TestClient, database: Database, keyring: Keyring, kind: str, value: str, code: str
) -> None:
    body = {"content": {"text": "看 https://hippo.example.com/x"}, "author": {"id": "a-7"}}
    before = served.post("/v1/score", json=body).json()
    put_on_list(database, keyring, kind, value)
    look(served)
    after = served.post("/v1/score", json=body).json()
    assert ("pass", "block", code, "list") == (
        before["decision"],
        after["decision"],
        after["reasons"][0]["code"],
        after["reasons"][0]["source"],
    )
    assert 1.0 == metric(served, f'chaffinch_list_hits_total{{action="block",kind="{kind}"}}')


def test_an_entry_made_under_a_newer_key_is_met(served: TestClient, database: Database, tmp_path: Path) -> None:
    put_on_list(database, rotate(database, tmp_path / "keys", now=NOW), "account", "a-7")
    look(served)
    body = {"content": {"text": "早上好"}, "author": {"id": "a-7"}}
    assert "block" == served.post("/v1/score", json=body).json()["decision"]


def test_lists_that_cannot_be_read_are_named(make_client: Make, loader: Any) -> None:
    loader.lists = OSError("no keys")
    client = make_client(loader=loader)
    assert (503, ["lists"]) == (client.get("/readyz").status_code, client.get("/readyz").json()["missing"])
    assert ["lists"] == score(client).json()["missing"]
