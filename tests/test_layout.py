"""The house is the one that is drawn: rooms, arrows, names."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = (
    "chaffinch",
    "console",
    "data",
    "eval",
    "governance",
    "moderation",
    "records",
    "registry",
    "review",
    "serving",
    "training",
)


def test_every_top_level_package_is_a_drawn_room() -> None:
    assert list(ROOMS) == sorted(path.parent.name for path in CHECKOUT.glob("*/__init__.py"))


def test_every_room_stands_in_the_import_contracts_and_the_types_check() -> None:
    tool = PROJECT["tool"]
    layered = {room for contract in tool["importlinter"]["contracts"] for room in contract.get("layers", [])}
    assert set(ROOMS) == layered == set(tool["importlinter"]["root_packages"]) == set(tool["mypy"]["packages"])


@pytest.mark.parametrize("room", ROOMS)
def test_import_names_resolve_to_this_checkout(room: str) -> None:
    file = importlib.import_module(room).__file__
    assert file is not None
    assert CHECKOUT == Path(file).resolve().parent.parent


def test_code_never_imports_a_room_under_a_common_name() -> None:
    """`import eval` would shadow a builtin where it is used; `from eval.metrics import ...` says what is meant."""
    sources = [path for room in ROOMS for path in (CHECKOUT / room).rglob("*.py")]
    lines = [line.strip() for path in sources for line in path.read_text(encoding="utf-8").splitlines()]
    assert [] == [line for line in lines if line in ("import eval", "import data")]


def test_tests_have_no_package_marker() -> None:
    assert [] == list((CHECKOUT / "tests").rglob("__init__.py"))


def test_no_file_names_the_machine_it_was_written_on() -> None:
    paths = [path for room in ROOMS for path in (CHECKOUT / room).rglob("*.py")] + list(
        CHECKOUT.glob("configs/**/*.toml")
    )
    assert [] == [str(path) for path in paths if str(CHECKOUT) in path.read_text(encoding="utf-8")]
