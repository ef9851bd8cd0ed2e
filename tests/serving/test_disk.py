"""A disk that fills is known before nothing can be stored any more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.testclient import TestClient

from records.database import Database
from serving.disk import EVERY, MIB, Disks
from tests.serving.asking import score
from tests.serving.conftest import PATIENT


class Usage(NamedTuple):
    total: int
    used: int
    free: int


class Disk:
    """What the file system says; `looks` counts how often it was asked."""

    def __init__(self, free: int) -> None:
        self.free, self.looks = free, 0

    def usage(self, _: Path) -> Usage:
        self.looks += 1
        return Usage(0, 0, self.free)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk(1000 * MIB)
    monkeypatch.setattr(shutil, "disk_usage", made.usage)
    return made


def test_a_look_is_good_for_some_seconds(disk: Disk, tmp_path: Path) -> None:
    now = [100.0]
    disks = Disks({"database": tmp_path}, least=256 * MIB, clock=lambda: now[0])
    assert disks.fault is None
    disk.free = 1
    assert (None, 1000.0 * MIB) == (disks.fault, disks.free("database"))
    now[0] += EVERY
    assert disks.fault is not None
    assert 2 == disk.looks


def test_the_sentence_says_where_how_much_and_what_to_do(disk: Disk, tmp_path: Path) -> None:
    disk.free = 3 * MIB
    told = Disks({"database": tmp_path, "keys": tmp_path}, least=256 * MIB).fault
    assert (
        f"3 MiB are free in {tmp_path} (database and keys), and 256 have to be (CHAFFINCH_DISK_FREE): "
        "make room or a larger disk before nothing can be stored any more." == told
    )


def test_no_bound_asks_for_nothing_but_a_folder(disk: Disk, tmp_path: Path) -> None:
    disk.free = 0
    assert Disks({"database": tmp_path}, least=0).fault is None


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    disks = Disks({"keys": tmp_path / "gone"}, least=1)
    assert disks.fault is not None
    assert "keys" in disks.fault
    assert "mount it" in disks.fault
    assert str(disks.free("keys")) == "nan"


def test_readiness_ends_and_comes_back_with_the_room(
    make_client: Callable[..., TestClient], disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.disk.EVERY", 0.0)
    client = make_client(options=replace(PATIENT, disk_free=256 * MIB), folders={"database": tmp_path})
    assert 200 == client.get("/readyz").status_code
    assert 'chaffinch_disk_free_bytes{folder="database"} 1.048576e+09' in client.get("/metrics").text
    disk.free = MIB
    told = client.get("/readyz")
    assert (503, ["disk"]) == (told.status_code, told.json()["missing"])
    assert "make room" in told.json()["parts"]["disk"]["detail"]
    assert 200 == score(client).status_code  # while there is room for it
    disk.free = 300 * MIB
    assert 200 == client.get("/readyz").status_code


def test_the_database_tells_its_folder(database: Database, tmp_path: Path) -> None:
    assert database.folder == tmp_path.resolve() or tmp_path.resolve() in (database.folder or Path()).parents
    assert Database("postgresql://nobody@localhost/none").folder is None
