"""Who stands for packs is asked of those that decide, whatever lies on a disk: by checks, commands and doctor."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaffinch.commands.doctor import examine
from chaffinch.duty_checks.in_force import put_by_two
from chaffinch.installation import Installation
from chaffinch.main import app
from chaffinch.settings import CHECKOUT, Settings, load_settings
from chaffinch.wiring import open_database
from governance import four_eyes, in_force, rule_packs, shipped_profiles, what_decides
from governance.duties import Found, load_profile
from governance.four_eyes import Word
from governance.in_force import InForce, said_by
from governance.rule_packs import WaitsError
from moderation.pack_files import place_of, read_files
from records import approvals
from records.database import Database
from tests.chaffinch.conftest import change
from tests.chaffinch.test_changed_profile import LOOSE
from tests.governance.test_rule_packs import packs
from tests.governance.test_rules import STANDARDS

RIVAL = packs("review", "对手奶茶").files["own.toml"].replace("紫色河马", "对手奶茶")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CHAFFINCH_CONFIGS", str(tmp_path / "configs"))
    (tmp_path / "home").mkdir()
    return load_settings()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(open_database(settings)) as found:
        yield found


def take(database: Database, settings: Settings) -> None:
    found, place = read_files(settings.configs / "rules"), place_of(settings.configs)
    with database.unit() as unit:
        rule_packs.take(unit, found, place=place, asks_two=True, now=datetime.now(UTC))
        unit.commit()


def left_in_force(database: Database, settings: Settings) -> None:
    """A pack that a server took up, and that lies on no disk any more."""
    rival = settings.configs / "rules" / "rival.toml"
    take(database, settings)
    rival.write_text(RIVAL, encoding="utf-8")
    take(database, settings)
    rival.unlink()
    with pytest.raises(WaitsError):
        take(database, settings)


def checked(database: Database, settings: Settings) -> Found:
    return put_by_two(Installation(settings, database, "cn", datetime.now(UTC)))


def doctor(settings: Settings) -> tuple[str, str]:
    [found] = [each for each in examine(settings) if each.part == "changed here"]
    return found.state, found.seen


def vouched(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["rules", "vouch", "--by", "ben", "--why", "ours", *words])
    return done.exit_code, done.output + str(done.exception or "")


def test_a_pack_that_was_taken_away_and_decides_is_stood_for_by_nobody_until_two_do(
    database: Database, settings: Settings
) -> None:
    left_in_force(database, settings)
    change(settings.configs / "profiles" / "cn-2022.toml", *LOOSE)
    assert (False, True) == ((found := checked(database, settings)).holds, "rules/rival.toml" in found.seen)
    assert ("open", True) == ((told := doctor(settings))[0], "rules/rival.toml" in told[1])
    with database.reading() as look:
        assert {"rival.toml"} == what_decides.changed_packs(look, settings.configs)
    code, said = vouched()
    assert (0, True, True) == (
        code,
        "rules/rival.toml: a second person answers" in said,
        "here differ rival.toml" in said,
    )
    with database.unit() as unit:
        [asked] = approvals.waiting(unit)
        four_eyes.answer(unit, asked.id, Word("mia", True, "read it"), standards=STANDARDS, now=datetime.now(UTC))
        unit.commit()
    assert checked(database, settings).holds
    with database.reading() as look:
        profile = shipped_profiles.as_loaded(look, settings.configs, load_profile(settings.configs, "cn-2022"))
    assert (True, {}) == (bool(profile.differs), profile.unvouched), "one question of all that decides"


def test_a_pack_that_lies_there_and_decides_nothing_is_no_matter_of_two(database: Database, settings: Settings) -> None:
    take(database, settings)
    assert checked(database, settings).holds
    (settings.configs / "rules" / "rival.toml").write_text(RIVAL, encoding="utf-8")
    assert checked(database, settings).holds
    assert "ok" == doctor(settings)[0]
    code, said = vouched()
    assert (1, True, True) == (code, "there is nothing to stand for" in said, "here differ rival.toml" in said)


def test_an_edit_that_decides_is_named_though_the_disk_is_as_shipped_again(
    database: Database, settings: Settings
) -> None:
    take(database, settings)
    abuse = settings.configs / "rules" / "abuse.toml"
    before = abuse.read_text("utf-8")
    abuse.write_text(f"{before}\n{RIVAL}", encoding="utf-8")
    take(database, settings)
    abuse.write_text(before, encoding="utf-8")
    assert (False, True) == ((found := checked(database, settings)).holds, "rules/abuse.toml" in found.seen)
    take(database, settings)
    assert checked(database, settings).holds, "a release's own file came into force again"


def test_before_a_server_took_packs_up_the_disk_is_what_decides(database: Database, settings: Settings) -> None:
    assert checked(database, settings).holds
    (settings.configs / "rules" / "rival.toml").write_text(RIVAL, encoding="utf-8")
    assert (False, True) == ((found := checked(database, settings)).holds, "rules/rival.toml" in found.seen)


def test_a_policy_that_servers_decide_by_in_another_text_than_lies_there_is_told(
    database: Database, settings: Settings
) -> None:
    place = Installation(settings, database, "cn", datetime.now(UTC))
    runs = InForce(said_by(place.policies), "r", "m", "1", "1", "1")
    with database.unit() as unit:
        in_force.note(unit, runs, now=place.now)
        unit.commit()
    assert checked(database, settings).holds
    with database.unit() as unit:
        cn = runs.policies["cn"][0]
        in_force.note(unit, replace(runs, policies={**runs.policies, "cn": (cn, "set:other")}), now=place.now)
        unit.commit()
    assert (False, True) == ((found := checked(database, settings)).holds, "(cn): start them anew" in found.seen)
    assert "another text of cn" in doctor(settings)[1]
    change(settings.configs / "policies" / "cn.toml", "an_hour = 20", "an_hour = 21")
    assert not checked(database, settings).holds
