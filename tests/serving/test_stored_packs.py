"""A disk that lost rules, or has an earlier set, changes nothing by itself, and servers say so until somebody does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from governance import rule_packs
from governance.pack_losses import BY_HAND
from moderation.pack_files import place_of, read_files
from moderation.taxonomy import CONFIGS
from records.database import Database
from records.personal import open_keyring
from serving.loading import DiskLoader
from serving.parts import utc_now
from serving.stored import StoredParts
from tests.records.databases import NOW
from tests.serving.asking import score
from tests.serving.loaders import taxonomy
from tests.serving.test_health import metric
from tests.serving.test_stored import TODAY, Make, look

REFUSED = 'chaffinch_reload_failures_total{part="packs"}'
BET = "百家乐带单回血，加薇bjl7713"


def loader(database: Database, configs: Path) -> DiskLoader:
    stored = StoredParts(database, lambda: open_keyring(database, configs.parent / "keys", now=NOW), utc_now)
    return DiskLoader(taxonomy(), "none", configs.parent, configs, lambda: TODAY, stored)


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    return shutil.copytree(CONFIGS, tmp_path / "configs")


def detail(client: TestClient) -> str | None:
    told: str | None = client.get("/readyz").json()["parts"]["rules"]["detail"]
    return told


def keep(configs: Path, *names: str) -> None:
    for path in (configs / "rules").glob("*.toml"):
        if path.name not in names:
            path.unlink()


def by_hand(database: Database, configs: Path) -> None:
    found, place = read_files(configs / "rules"), place_of(configs)
    with database.unit() as unit:
        rule_packs.take_by_hand(unit, found, place=place, asks_two=True, by="mia", why="on purpose", now=NOW)
        unit.commit()


@pytest.mark.parametrize("keeps", [(), ("abuse.toml",)])
def test_a_folder_that_is_empty_or_half_there_disarms_nobody_and_is_told(
    make_client: Make, database: Database, configs: Path, keeps: tuple[str, ...]
) -> None:
    client = make_client(loader=loader(database, configs))
    look(client)
    before = score(client, BET).json()["decision"]
    assert before != "pass"
    keep(configs, *keeps)
    with capture_logs() as lines:
        look(client)
    assert ["packs_differ"] == [line["event"] for line in lines if line["event"] in ("packs_differ", "part_refused")]
    assert before == score(client, BET).json()["decision"]
    assert BY_HAND in (detail(client) or "")
    assert (None, 1) == (metric(client, REFUSED), metric(client, "chaffinch_packs_differ")), "nothing failed"
    shutil.copytree(CONFIGS / "rules", configs / "rules", dirs_exist_ok=True)
    look(client)
    assert (None, 0) == (detail(client), metric(client, "chaffinch_packs_differ"))


def test_one_more_excuse_in_a_rule_that_decides_lets_nothing_pass_by_itself(
    make_client: Make, database: Database, configs: Path
) -> None:
    client = make_client(loader=loader(database, configs))
    look(client)
    before = score(client, BET).json()["decision"]
    for path in (configs / "rules").glob("*.toml"):
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"(?m)^not = \[", 'not = ["bjl7713", ', text), encoding="utf-8")
    look(client)
    assert before == score(client, BET).json()["decision"]
    told = detail(client) or ""
    assert (True, False) == ("(not)" in told, "bjl7713" in told), "which field, to everybody; what in it, to nobody"
    by_hand(database, configs)
    look(client)
    assert detail(client) is None


def test_a_set_that_lacks_rules_is_followed_once_somebody_brought_it(
    make_client: Make, database: Database, configs: Path
) -> None:
    client = make_client(loader=loader(database, configs))
    look(client)
    keep(configs, "abuse.toml")
    look(client)
    assert score(client, BET).json()["decision"] != "pass"
    by_hand(database, configs)
    look(client)
    assert ("pass", None) == (score(client, BET).json()["decision"], detail(client))


def test_a_server_on_an_earlier_set_says_that_its_disk_differs_until_somebody_brings_it(
    make_client: Make, database: Database, configs: Path, tmp_path: Path
) -> None:
    loader(database, configs).take_packs(asks_two=True)
    with (configs / "rules" / "abuse.toml").open("a", encoding="utf-8") as file:
        file.write("# a change\n")
    loader(database, configs).take_packs(asks_two=True)
    earlier = shutil.copytree(CONFIGS, tmp_path / "second" / "configs")
    with capture_logs() as lines:
        client = make_client(loader=loader(database, earlier))
        look(client)
    assert 1 == len([line for line in lines if line["event"] == "packs_differ"])
    assert "on this disk differ abuse.toml" in (detail(client) or "")
    by_hand(database, earlier)
    look(client)
    assert detail(client) is None
