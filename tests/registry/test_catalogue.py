from __future__ import annotations

import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from moderation.errors import PartUnavailableError
from registry.catalogue import ARTIFACTS, PATIENCE, MlflowCatalogue, patience


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def asked(uri: str, home: Path) -> float:
    """How many seconds it takes to be told that the catalogue does not answer."""
    import mlflow  # noqa: F401 (seconds that are not the server's)

    begin = time.monotonic()
    with pytest.raises(PartUnavailableError, match=f"MLflow at {uri} does not answer"):
        MlflowCatalogue(uri, home=home).set_alias("champion", "2")
    return time.monotonic() - begin


def test_a_catalogue_that_is_not_there_is_told_within_seconds_and_without_chatter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert asked(closed(), tmp_path) < 10
    assert [] == [record.getMessage() for record in caplog.records if record.levelname != "DEBUG"]


def test_a_catalogue_that_keeps_silent_is_waited_for_as_long_as_the_user_says(
    silent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    assert 1 < asked(silent, tmp_path) < 8


def test_waiting_is_bounded_to_some_ten_seconds_in_all() -> None:
    tries = 1 + int(PATIENCE["MLFLOW_HTTP_REQUEST_MAX_RETRIES"])
    assert 10 == tries * int(PATIENCE["MLFLOW_HTTP_REQUEST_TIMEOUT"])


def test_what_the_user_set_stays_and_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PATIENCE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")
    with patience():
        assert {**PATIENCE, "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"} == {name: os.environ[name] for name in PATIENCE}
    assert ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == [name for name in PATIENCE if name in os.environ]


def test_a_machine_without_mlflow_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(PartUnavailableError, match="not installed here"):
        MlflowCatalogue(f"sqlite:///{tmp_path}/m.db", home=tmp_path).set_alias("champion", "2")


def failing(error: Exception | str, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is told where a local store fails so; a string is a statement that SQLite itself refuses."""
    import sqlalchemy

    def fail(_uri: str, _home: Path) -> None:
        if isinstance(error, Exception):
            raise error
        engine = sqlalchemy.create_engine("sqlite://")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA max_page_count = 1")
                connection.exec_driver_sql(error)
        finally:
            engine.dispose()

    monkeypatch.setattr("registry.catalogue.ensure_experiment", fail)
    with pytest.raises(PartUnavailableError) as told:
        MlflowCatalogue(f"sqlite:///{home / 'mlflow.db'}", home=home).set_alias("champion", "2")
    return str(told.value)


def test_a_full_disk_is_told_with_the_database_that_was_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = failing("CREATE TABLE runs (name)", tmp_path, monkeypatch)
    assert f"The disk is full: {tmp_path / 'mlflow.db'} was not written. Make room." == told


def test_a_database_that_cannot_be_used_is_told_with_its_file_and_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = failing("SELECT 1 FROM nowhere", tmp_path, monkeypatch)
    assert told.startswith(f"MLflow's database {tmp_path / 'mlflow.db'} cannot be used (no such table: nowhere).")


def test_a_full_disk_is_told_with_the_artifact_that_was_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert f"The disk is full: {tmp_path / ARTIFACTS} was not" in failing(full, tmp_path, monkeypatch)
    full = OSError(errno.ENOSPC, "No space left on device", "from.bin", None, "to.bin")
    assert "The disk is full: to.bin was not" in failing(full, tmp_path, monkeypatch)
