from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from moderation.comment import Comment
from moderation.errors import BundleError, ConfigError, Fault
from moderation.rules import RuleSet
from records import epoch
from records.database import Database
from records.house_values import EpochPart, EpochRecord
from registry.bundle import NGRAM
from serving.engine_holder import RETRY_SECONDS, EngineHolder
from serving.loading import DiskLoader
from tests.fakes import KeywordScorer
from tests.serving.asking import CLEAN, score
from tests.serving.bundles import put_champion
from tests.serving.loaders import BROKEN, FakeLoader, taxonomy
from tests.serving.models import SignedScorer

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
Make = Callable[..., TestClient]


def counters(**changed: int) -> EpochRecord:
    return EpochRecord(**{"rules": 0, "policy": 0, "model": 0, "emergency": 0} | changed)


def disk(home: Path, model: str = "chaffinch@champion") -> DiskLoader:
    return DiskLoader(taxonomy(), model, home, CONFIGS, lambda: datetime(2026, 1, 1, tzinfo=UTC).date())


def version(holder: EngineHolder) -> str:
    return holder.engine.scorer.version


def test_a_moved_pointer_is_followed(tmp_path: Path) -> None:
    put_champion(tmp_path, "1")
    holder = EngineHolder(disk(tmp_path))
    assert "1" == version(holder)
    put_champion(tmp_path, "2", word="彩票")
    holder.look(counters())
    assert ("2", {}) == (version(holder), holder.faults)


def test_an_unmoved_pointer_loads_nothing_again(tmp_path: Path) -> None:
    put_champion(tmp_path, "1")
    holder = EngineHolder(disk(tmp_path))
    before = holder.engine
    holder.look(counters())
    assert before is holder.engine


def test_the_first_champion_is_taken_up_by_a_server_that_started_without(tmp_path: Path) -> None:
    holder = EngineHolder(disk(tmp_path))
    assert not holder.has_model
    assert "chaffinch@champion" in holder.faults["model"]
    put_champion(tmp_path, "1")
    holder.look(counters())
    assert ("1", True) == (version(holder), holder.has_model)


def test_rules_and_people_alone_are_a_choice_not_a_fault(tmp_path: Path) -> None:
    holder = EngineHolder(disk(tmp_path, "none"))
    assert (True, {}) == (holder.has_model, holder.faults)
    assert () == holder.engine.judge(Comment(text=CLEAN)).missing


def break_file(bundle: Path) -> None:
    (bundle / NGRAM).write_bytes(b"not weights")


def remove_file(bundle: Path) -> None:
    (bundle / NGRAM).unlink()


def remove_manifest(bundle: Path) -> None:
    (bundle / "manifest.json").unlink()


@pytest.mark.parametrize("damage", [break_file, remove_file, remove_manifest])
def test_a_broken_new_bundle_keeps_the_old_one_live_and_says_so(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    put_champion(tmp_path, "1")
    holder, told = EngineHolder(disk(tmp_path)), list[str]()
    holder.on_refusal.append(told.append)
    damage(put_champion(tmp_path, "2", word="彩票").path)
    holder.look(counters())
    assert ("1", ["model"]) == (version(holder), told)
    assert str(tmp_path / "bundles" / "2") in holder.faults["model"]


def test_a_torn_pointer_keeps_the_old_model_live(tmp_path: Path) -> None:
    put_champion(tmp_path, "1")
    holder = EngineHolder(disk(tmp_path))
    (tmp_path / "registry" / "chaffinch" / "champion.json").write_text("{", encoding="utf-8")
    holder.look(counters())
    assert ("1", True) == (version(holder), "model" in holder.faults)


def test_a_refused_part_is_tried_again_after_a_while(loader: FakeLoader) -> None:
    seconds = [0.0]
    loader.model = BROKEN
    holder = EngineHolder(loader, clock=lambda: seconds[0])
    loader.model = KeywordScorer({})  # mended in its place: no mark has changed
    holder.look(counters())
    assert not holder.has_model
    seconds[0] = RETRY_SECONDS
    holder.look(counters())
    assert holder.has_model


def test_a_server_without_its_bundle_takes_it_up_seconds_after_it_is_put_back(tmp_path: Path) -> None:
    seconds = [0.0]
    bundle = put_champion(tmp_path, "1").path
    bundle.rename(tmp_path / "away")
    holder = EngineHolder(disk(tmp_path), clock=lambda: seconds[0])
    assert f"The folder of chaffinch@champion is missing: {bundle.resolve()}. Put it back" in holder.faults["model"]
    assert "--resume" not in holder.faults["model"]
    (tmp_path / "away").rename(bundle)
    seconds[0] = 3.0
    holder.look(counters())
    assert ("1", {}) == (version(holder), holder.faults)


def test_a_try_that_takes_long_is_repeated_the_less_often(loader: FakeLoader, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, tries = [0.0], list[float]()

    def slowly_fails() -> None:
        tries.append(seconds[0])
        seconds[0] += 2.0
        raise BROKEN

    monkeypatch.setattr(loader, "load_model", slowly_fails)
    holder = EngineHolder(loader, clock=lambda: seconds[0])
    for moment in (RETRY_SECONDS, 21.9, 22.0):
        seconds[0] = max(seconds[0], moment)
        holder.look(counters())
    assert [0.0, 22.0] == tries


def test_a_model_that_fails_when_warmed_up_is_refused(loader: FakeLoader) -> None:
    holder = EngineHolder(loader)
    loader.put_model(ZeroDivisionError("by zero"))
    holder.look(counters())
    assert ("7", "ZeroDivisionError while loading") == (version(holder), holder.faults["model"])


def test_new_rules_are_loaded_when_the_epoch_says_so(loader: FakeLoader) -> None:
    holder = EngineHolder(loader, counters())
    loader.rules = RuleSet([], version="empty")
    holder.look(counters())
    assert "empty" != getattr(holder.engine.rules, "version", None)
    holder.look(counters(rules=1))
    assert "empty" == getattr(holder.engine.rules, "version", None)


def test_broken_rules_leave_the_old_ones_live(loader: FakeLoader) -> None:
    holder = EngineHolder(loader, counters())
    before = holder.engine.rules
    loader.rules = ConfigError("The rules cannot be used.", [Fault("abuse.toml", "twenty mistakes")])
    holder.look(counters(rules=1))
    assert before is holder.engine.rules
    assert "twenty mistakes" in holder.faults["rules"]


def test_rules_are_read_anew_each_day_since_they_expire(tmp_path: Path) -> None:
    days = [date(2026, 1, 1)]
    holder = EngineHolder(DiskLoader(taxonomy(), "none", tmp_path, CONFIGS, lambda: days[0]), counters())
    before = holder.engine.rules
    days[0] = date(2026, 1, 2)
    holder.look(counters())
    assert before is not holder.engine.rules


def test_new_policies_are_loaded_when_the_epoch_says_so(loader: FakeLoader) -> None:
    holder = EngineHolder(loader, counters())
    del loader.policies["cn"], loader.policies["eu"]
    holder.look(counters(policy=1))
    assert {"default"} == set(holder.engine.policies)


def test_without_a_database_the_pointer_is_followed_all_the_same(loader: FakeLoader) -> None:
    holder = EngineHolder(loader, counters(rules=3))
    before = holder.engine.rules
    loader.put_model(SignedScorer(8))
    holder.look(None)
    assert ("8", True) == (version(holder), before is holder.engine.rules)


def test_without_policies_nothing_starts(loader: FakeLoader, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ConfigError("The policies cannot be used.", [Fault("cn.toml", "broken")])

    monkeypatch.setattr(loader, "load_policies", refuse)
    with pytest.raises(ConfigError, match="policies"):
        EngineHolder(loader)


def test_a_running_server_is_in_step_with_pointer_and_epoch(
    make_client: Make, database: Database, tmp_path: Path
) -> None:
    put_champion(tmp_path, "1")
    client = make_client(loader=disk(tmp_path))
    assert "1" == score(client).json()["model"]["version"]
    put_champion(tmp_path, "2", word="彩票")
    with database.unit() as unit:
        epoch.bump(unit, EpochPart.MODEL)
        unit.commit()
    seen = threading.Event()
    client.app.state.parts.holder.on_swap.append(lambda _: seen.set())  # type: ignore[attr-defined]
    assert seen.wait(10)
    assert "2" == score(client).json()["model"]["version"]


def test_a_swap_under_load_fails_no_request_and_mixes_no_versions(make_client: Make, loader: FakeLoader) -> None:
    """Every score carries its model's version, so a mixture would show."""
    loader.put_model(SignedScorer(1))
    client = make_client()
    follower = client.app.state.machinery.follower  # type: ignore[attr-defined]

    def ask(_: int) -> Any:
        return score(client, store=False)

    with ThreadPoolExecutor(8) as pool:
        answers = []
        for number in range(2, 12):
            waiting = [pool.submit(ask, one) for one in range(20)]
            loader.put_model(SignedScorer(number))
            follower.look()
            answers += [one.result(30) for one in waiting]
    assert {200} == {answer.status_code for answer in answers}
    seen = {
        (answer.json()["model"]["version"], label["score"]) for answer in answers for label in answer.json()["labels"]
    }
    assert all(signature == int(version) / 1000 for version, signature in seen)
    assert len({version for version, _ in seen}) > 3
    assert not any(answer.json()["degraded"] for answer in answers)


def test_a_bundle_for_another_taxonomy_is_refused_in_a_sentence(loader: FakeLoader) -> None:
    loader.model = BundleError("made for taxonomy 9; train again")
    assert "made for taxonomy 9; train again" == EngineHolder(loader).faults["model"]
