from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from moderation.errors import PartUnavailableError
from registry.catalogue import PATIENCE, MlflowCatalogue, patience


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
