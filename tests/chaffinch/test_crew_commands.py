"""`chaffinch users train` and `users skills` as they are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaffinch.commands.people import keys, users
from chaffinch.settings import CHECKOUT, Settings
from chaffinch.wiring import open_database
from moderation.errors import InvalidInputError, NotFoundError
from records import ledger
from records import users as repository
from records.house_values import UserRecord
from tests.records.databases import NOW


def run(*typed: str) -> str:
    done = CliRunner().invoke(users, list(typed), catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.stdout


@pytest.fixture
def xin(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody who logs in."""
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path))
    database = open_database(Settings())
    with database.unit() as unit:
        made = repository.create(unit, "xin", password_hash="x", role="moderator", now=NOW)
        unit.commit()
    database.close()
    return made.id


def stored() -> tuple[UserRecord, list[str]]:
    database = open_database(Settings())
    with database.reading() as look:
        user = repository.by_name(look, "xin")
        assert user is not None
        kinds = [entry.kind for entry in ledger.page(look, subject_id=user.id).items]
    database.close()
    return user, kinds


def test_into_training_and_out_of_it_is_in_the_ledger(xin: str) -> None:
    assert "answers lessons alone" in run("train", "Xin")
    assert stored()[0].trainee
    assert "decides live cases" in run("train", "xin", "--done")
    user, kinds = stored()
    assert (xin, False) == (user.id, user.trainee)
    assert ["user.in_training", "user.out_of_training"] == kinds


def test_skills_are_languages_and_labels_and_all_without_them(xin: str) -> None:
    told = run("skills", "xin", "--language", "zh", "--language", "ko", "--label", "gambling")
    assert "languages zh, ko; labels gambling." in told
    assert (("zh", "ko"), ("gambling",)) == (stored()[0].languages, stored()[0].subjects)
    assert "languages all; labels all." in run("skills", "xin")
    assert (None, None) == (stored()[0].languages, stored()[0].subjects)
    with pytest.raises(InvalidInputError):
        run("skills", "xin", "--label", "gamblin")
    with pytest.raises(NotFoundError):
        run("train", "nobody")
    assert xin == stored()[0].id


def test_special_trainings_are_those_of_the_config_and_keys_have_skills_too(
    xin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInputError):
        run("skills", "xin", "--skill", "minors")
    configs = tmp_path / "configs"
    shutil.copytree(CHECKOUT / "configs", configs)
    with (configs / "queues.toml").open("a", encoding="utf-8") as file:
        file.write('[skills.minors]\ntitle = { zh = "未", en = "M" }\nabout = { zh = "未", en = "M" }\n')
    monkeypatch.setenv("CHAFFINCH_CONFIGS", str(configs))
    assert "special trainings minors." in run("skills", "xin", "--skill", "minors")
    assert ("minors",) == stored()[0].skills
    assert ["account.skills"] == stored()[1]
    key = json.loads(CliRunner().invoke(keys, ["create", "desk", "--json"]).stdout)
    done = CliRunner().invoke(keys, ["skills", key["prefix"], "--language", "ko", "--skill", "minors"])
    assert "languages ko; labels all; special trainings minors." in done.stdout
    [listed] = json.loads(CliRunner().invoke(keys, ["list", "--json"]).stdout)
    assert (["ko"], None, ["minors"]) == (listed["languages"], listed["labels"], listed["skills"])
    assert xin == stored()[0].id
