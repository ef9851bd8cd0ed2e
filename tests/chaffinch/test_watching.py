"""Watching a live model, and the training that nobody types."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from chaffinch import retraining
from chaffinch.main import app
from chaffinch.retraining import FOLDER, due, retrain
from chaffinch.settings import Settings
from chaffinch.watch_config import Training, WatchConfig, load_watch
from chaffinch.watching import Finding, Watched, look
from data.rows import Split
from governance.giving import Giver
from moderation.decision import Outcome
from moderation.errors import BundleError, ConfigError, GateRefusedError
from moderation.taxonomy import CONFIGS
from records.database import Database
from records.personal import Keyring, open_keyring
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import find_pointer, write_pointer
from registry.reference import REFERENCE, reference_of
from tests.records.factories import a_decision, an_answer, put
from tests.training import tiny
from training.handing_in import point
from training.order import Order
from training.run import train
from training.run_folder import RunFolder
from training.tracking import Tracking

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CALM = Watched("1", (), (), ())
DRIFTED = replace(CALM, findings=(Finding("2026-03-10", "psi", "Drifted."),))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose champion is a tiny model."""
    home = tmp_path_factory.mktemp("watching") / "home"
    sides = {Split.TRAIN: tiny.rows(280), Split.VALIDATION: tiny.rows(84, seed=1), Split.TEST: tiny.rows(420, seed=2)}
    order = Order(tiny.settings(), tiny.snapshot(home, sides), tiny.TAXONOMY, home)
    made = train(order, Tracking(None, pytest.fail), now=lambda: tiny.NOW)
    point(made.bundle, made.hash, "3", "tiny", home)
    pointer = find_pointer(home / "registry", MODEL_NAME, "3")
    assert pointer is not None
    write_pointer(home / "registry", MODEL_NAME, CHAMPION, pointer)
    return home


@pytest.fixture
def settings(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shutil.copytree(trained, tmp_path / "home")
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(Database(settings.records_url)) as database:
        database.migrate()
        yield database


@pytest.fixture
def keyring(database: Database, settings: Settings) -> Keyring:
    return open_keyring(database, settings.home / "keys", now=NOW)


def blocks(database: Database, keyring: Keyring, count: int, now: datetime = NOW) -> None:
    put(database, keyring, *[an_answer(decision=a_decision(Outcome.BLOCK, gambling=0.97)) for _ in range(count)],
        now=now)  # fmt: skip


def test_without_a_database_or_a_model_it_says_so(tmp_path: Path) -> None:
    seen = look(Settings(home=tmp_path / "nothing"), WatchConfig(), now=NOW)
    assert (14, (), None) == (len(seen.days), seen.findings, seen.model)
    assert 3 == len(seen.notes)
    assert not (tmp_path / "nothing").exists()


def test_one_day_of_another_kind_of_comments_is_beyond_its_limit(
    settings: Settings, database: Database, keyring: Keyring
) -> None:
    blocks(database, keyring, 500)
    seen = look(settings, WatchConfig(), now=NOW)
    assert seen.has_drifted
    assert {"2026-03-10"} == {each.day for each in seen.findings}
    assert () == seen.notes


def test_few_rows_are_shown_and_not_judged(settings: Settings, database: Database, keyring: Keyring) -> None:
    blocks(database, keyring, 99)
    seen = look(settings, WatchConfig(), now=NOW)
    assert seen.days[-1].drift
    assert () == seen.findings
    assert "luck" in seen.notes[0]


def test_days_before_yesterday_are_shown_and_not_judged(
    settings: Settings, database: Database, keyring: Keyring
) -> None:
    blocks(database, keyring, 500, NOW - timedelta(days=3))
    seen = look(settings, WatchConfig(), now=NOW)
    assert 500 == seen.days[-4].load.decisions
    assert () == seen.findings


def test_an_altered_reference_is_refused(settings: Settings) -> None:
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    assert champion is not None
    (champion.path / REFERENCE).write_text("{}", encoding="utf-8")
    with pytest.raises(BundleError, match="was changed after training"):
        reference_of("chaffinch@champion", home=settings.home)


def test_every_fault_of_the_limits_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "watch.toml"
    path.write_text(
        "days = 0\n[limits]\npsi = -1\nspi = 1\n[train]\nlabels = 5\nlabels_on_drift = 9\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError) as told:
        load_watch(Settings(), path)
    assert 4 == len(told.value.faults)


def test_the_shipped_limits_are_the_codes(settings: Settings) -> None:
    assert WatchConfig() == load_watch(Settings(configs=CONFIGS))


def test_the_command_tells_cron_and_writes_a_page(
    settings: Settings, database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    calm = CliRunner().invoke(app, ["watch", "--json", "--html", str(page)])
    assert (0, []) == (calm.exit_code, json.loads(calm.stdout)["findings"])
    assert "<svg" in page.read_text(encoding="utf-8")
    blocks(database, keyring, 500, datetime.now(UTC))
    assert isinstance(CliRunner().invoke(app, ["watch"]).exception, GateRefusedError)


def test_the_table_begins_with_the_first_day_that_has_something(
    settings: Settings, database: Database, keyring: Keyring
) -> None:
    blocks(database, keyring, 3, datetime.now(UTC) - timedelta(days=2))
    told = CliRunner().invoke(app, ["watch"], env={"COLUMNS": "80"}).stdout
    days = [line.split()[0] for line in told.splitlines() if re.match(r" *\d\d-\d\d ", line)]
    assert [f"{datetime.now(UTC) - timedelta(days=back):%m-%d}" for back in (2, 1, 0)] == days
    assert all(name in told for name in ("overturned", "languages", "nothing to draw yet"))


@pytest.mark.parametrize(
    ("labels", "seen", "wanted"), [(99, DRIFTED, False), (100, DRIFTED, True), (100, CALM, False), (500, CALM, True)]
)
def test_enough_labels_start_a_training_and_fewer_do_on_drift(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, database: Database, labels: int, seen: Watched, wanted: bool
) -> None:
    monkeypatch.setattr("records.watched.new_labels", lambda *_: labels)
    found = due(settings, Training(), seen, {}, NOW + timedelta(days=900))
    assert wanted == found.due
    assert str(labels) in found.why


def test_after_a_training_comes_a_rest(settings: Settings) -> None:
    found = due(settings, Training(), DRIFTED, {"began": (NOW - timedelta(days=1)).isoformat()}, NOW)
    assert (False, True) == (found.due, "rest_days" in found.why)


def go(settings: Settings, seen: Watched = CALM) -> retraining.Retrained:
    return retrain(
        settings,
        Training(),
        seen,
        by=Giver("dan", "each night"),
        now=lambda: NOW,
        progress=lambda *_: None,
        warn=pytest.fail,
    )


def test_of_two_at_once_the_second_says_so_and_leaves(settings: Settings) -> None:
    (settings.home / FOLDER).mkdir()
    with FileLock(settings.home / FOLDER / ".lock"):
        done = go(settings)
    assert (False, True) == (done.started, "Another training" in done.why)


def test_a_stopped_training_goes_on_as_it_began_and_moves_no_champion(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    assert champion is not None
    snapshot = next((settings.home / "snapshots").iterdir())
    run = RunFolder(settings.home / FOLDER)
    run.path.mkdir()
    run.note(began=NOW.isoformat(), why="600 new labels.", config="tiny", snapshot=str(snapshot),
             warm=str(champion.path))  # fmt: skip
    asked: list[Any] = []

    def stopped(_: Settings, config: str, data: Any, warm: Path, __: Any) -> Any:
        asked.append((config, data.path, warm))
        if len(asked) == 1:
            raise KeyboardInterrupt
        return SimpleNamespace(bundle=champion.path, hash=champion.hash, version="4")

    monkeypatch.setattr(retraining, "_train", stopped)
    answer = SimpleNamespace(verdict="no", sentence="No.")
    monkeypatch.setattr("chaffinch.promotion.gate", lambda *_: answer)
    with pytest.raises(KeyboardInterrupt):
        go(settings)
    done = go(settings)
    assert [("tiny", snapshot, champion.path)] * 2 == asked
    assert (True, "4", "no") == (done.started, done.version, done.gate)
    assert "Goes on" in done.why
    assert champion == find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    assert not go(settings).started  # it has ended: a rest follows
