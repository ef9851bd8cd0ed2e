"""`chaffinch doctor` reads every file of the configuration: what stops a server or a command is named before that."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chaffinch.commands.data import ask_for
from chaffinch.commands.doctor import examine
from chaffinch.health.loop import gate, loop_files
from chaffinch.service import build_parts
from chaffinch.settings import CHECKOUT, Settings
from moderation.errors import ConfigError
from serving.parts import Options

SHIPPED = CHECKOUT / "configs"
OF_COMMANDS = ("data", "demo.toml", "gates", "selection.toml", "sources", "suspects.toml", "training", "watch.toml")
"""What no server reads: it starts without them."""
AS_ONE = ("data", "gates", "rules", "sources", "training")
"""Folders that are read as one."""


def parts_of_configs() -> Iterator[str]:
    """Every file of the shipped configuration, or its folder; one that is added is among them."""
    yield from AS_ONE
    for path in sorted(SHIPPED.rglob("*.toml")):
        name = path.relative_to(SHIPPED).as_posix()
        if name.partition("/")[0] not in AS_ONE:
            yield name


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(SHIPPED, folder / "configs")
    return Settings(home=folder / "home", configs=folder / "configs", model="none")


@contextmanager
def broken(path: Path) -> Iterator[None]:
    """While it is open the file, or every file of the folder, is no TOML."""
    kept = {each: each.read_bytes() for each in ([path] if path.is_file() else path.glob("*.toml"))}
    try:
        for each in kept:
            each.write_text("broken = [", encoding="utf-8")
        yield
    finally:
        for each, content in kept.items():
            each.write_bytes(content)


def refusal(settings: Settings) -> str | None:
    """Why a server does not start; None where it does."""
    try:
        build_parts(settings, Options()).database.close()
    except ConfigError as error:
        return str(error)
    return None


def told(settings: Settings) -> str:
    """What doctor finds broken, with why."""
    return "\n".join(each.seen for each in examine(settings) if each.state == "broken")


@pytest.mark.parametrize("part", list(parts_of_configs()))
def test_a_broken_file_is_named_by_doctor_and_stops_no_server_that_does_not_read_it(
    part: str, settings: Settings
) -> None:
    named = Path(part).name if part.endswith(".toml") else ".toml"
    with broken(settings.configs / part):
        why, seen = refusal(settings), told(settings)
    assert named in seen
    assert why is None or named in why
    assert why is None or part not in OF_COMMANDS


def test_every_broken_file_is_named_at_once_by_doctor_and_by_the_server(settings: Settings) -> None:
    with broken(settings.configs / "processing.toml"), broken(settings.configs / "dsa.toml"):
        for said in (refusal(settings) or "", told(settings)):
            assert "processing.toml" in said
            assert "dsa.toml" in said


def test_a_watch_that_trains_by_a_config_that_is_not_there_is_named(settings: Settings) -> None:
    path = settings.configs / "watch.toml"
    content = path.read_text(encoding="utf-8")
    path.write_text("[train]\nconfig = 'gone'\n", encoding="utf-8")
    try:
        assert "gone.toml" in told(settings)
    finally:
        path.write_text(content, encoding="utf-8")


NAMED = [
    ("training/starter.toml", 'data = "starter"', 'data = "nosuch"', "which is no data config"),
    ("gates/default.toml", 'name = "starter"', 'name = "nosuch"', "exam, no data config freezes 'nosuch'"),
    ("data/public.toml", 'apart_from = ["starter"', 'apart_from = ["starer"', "no data config freezes 'starer'"),
]


@pytest.mark.parametrize(("file", "before", "after", "seen"), NAMED, ids=[each[0] for each in NAMED])
def test_a_name_that_is_nothing_is_told_before_it_stops_the_loop(
    file: str, before: str, after: str, seen: str, settings: Settings
) -> None:
    path = settings.configs / file
    content = path.read_text(encoding="utf-8")
    assert before in content
    path.write_text(content.replace(before, after, 1), encoding="utf-8")
    try:
        with pytest.raises(ConfigError) as told_of:
            loop_files(settings)
        faults = "; ".join(f"{each.where}, {each.detail}" for each in told_of.value.faults)
        assert seen in faults
        if file.startswith("data/"):
            with pytest.raises(ConfigError, match="cannot be used"):
                ask_for("public", settings)
    finally:
        path.write_text(content, encoding="utf-8")


def test_a_gate_that_is_gone_is_told(settings: Settings) -> None:
    path = settings.configs / "gates" / "default.toml"
    content = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(ConfigError) as told_of:
            loop_files(settings)
        assert "gates/default.toml" in [each.where for each in told_of.value.faults]
    finally:
        path.write_bytes(content)


def test_a_gate_that_asks_less_under_the_shipped_name_is_told(settings: Settings) -> None:
    path = settings.configs / "gates" / "default.toml"
    content = path.read_text(encoding="utf-8")
    assert "ok" == gate(settings).state
    path.write_text(content.replace("everyday_blocked = 0.005", "everyday_blocked = 1.0"), encoding="utf-8")
    try:
        found = gate(settings)
        assert ("open", True) == (found.state, "gates/default.toml" in found.seen and "not as shipped" in found.seen)
    finally:
        path.write_text(content, encoding="utf-8")


def test_where_training_is_not_installed_its_files_are_told_as_not_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "training.settings", None)
    found = {each.part: each for each in examine(settings)}
    assert ["absent", "absent"] == [found[part].state for part in ("loop files", "encoder")]
    assert "training.settings is not installed here" in found["loop files"].seen


def test_a_missing_file_that_a_server_needs_is_named(settings: Settings) -> None:
    path = settings.configs / "incidents.toml"
    content = path.read_bytes()
    path.unlink()
    try:
        assert "incidents.toml" in (refusal(settings) or "")
        assert "incidents.toml" in told(settings)
    finally:
        path.write_bytes(content)


def test_a_whole_configuration_is_neither_refused_nor_broken(settings: Settings) -> None:
    assert (None, "") == (refusal(settings), told(settings))
