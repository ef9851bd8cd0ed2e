"""What the documents say is what the code has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from chaffinch.backtesting import Line
from chaffinch.main import app
from chaffinch.settings import Settings
from governance.events import TOLD
from moderation.behaviour import FEATURES
from moderation.decision import Outcome
from moderation.policy import Policy
from moderation.replay import Sent
from moderation.rule_packs import RuleFile
from registry.catalogue import ARTIFACTS
from tests import config_reference

DOCS = Path(__file__).resolve().parent.parent / "docs"


def documented(name: str) -> set[str]:
    """The names in the first column of a reference page's tables."""
    rows = re.findall(r"^\| (`[^|]+`) \|", (DOCS / "reference" / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def commands(group: Any, prefix: str = "chaffinch") -> Iterator[str]:
    """Every command as it is typed."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("commands.md", set(commands(typer.main.get_command(app)))),
        ("settings.md", {f"CHAFFINCH_{name.upper()}" for name in Settings.model_fields}),
        ("rules.md", {field.alias or name for name, field in RuleFile.model_fields.items()}),
        ("policies.md", set(Policy.model_fields)),
        ("behaviour.md", set(FEATURES)),
        ("events.md", set(TOLD)),
    ],
)
def test_a_reference_page_has_every_name_and_no_other(page: str, names: set[str]) -> None:
    assert names == documented(page)


def test_the_fields_of_a_backtest_s_row_are_written_down_and_the_example_is_read() -> None:
    page = (DOCS / "reference" / "rules.md").read_text(encoding="utf-8")
    written = re.findall(r"^  \* (`.+?):", page, re.MULTILINE)
    assert set(Line.model_fields) == {name for line in written for name in re.findall(r"`([^`]+)`", line)}
    rows = re.findall(r"^\{.+\}$", page, re.MULTILINE)
    assert [] == [row for row in rows if not set(json.loads(row)) <= set(Line.model_fields)]
    first, second, third = (Line.model_validate_json(row).as_row(number) for number, row in enumerate(rows, 1))
    assert ({"advertising": True, "gambling": False}, "live", False, 2) == (
        first.labels, first.context.surface, first.context.verified, first.context.account_age_days,
    )  # fmt: skip
    assert (Outcome.REVIEW, "zh", "forum") == (second.otherwise, second.context.language, second.context.surface)
    assert Sent(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp(), "u81", "t7") == second.sent
    assert ("3", {"advertising": True}, 0.2, {"comments_1m": 40}) == (
        third.id, third.labels, third.context.credit, third.context.features,
    )  # fmt: skip


def test_the_page_of_config_files_is_what_the_code_has() -> None:
    page = config_reference.PAGE.read_text(encoding="utf-8")
    assert config_reference.rendered() == page, "run python -m tests.config_reference"


def test_every_field_of_a_config_file_says_what_it_means() -> None:
    silent = [
        f"{model.__name__}.{name}"
        for tables in config_reference.PAGES.values()
        for model in tables.values()
        for name in model.model_fields
        if name not in config_reference.means(model)
    ]
    assert [] == silent


def test_links_between_documents_lead_somewhere() -> None:
    root = DOCS.parent
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in [*root.glob("*.md"), *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert [] == broken


def test_the_overview_names_the_folder_of_artifacts() -> None:
    assert f"`mlflow.db`, `{ARTIFACTS}/`" in (DOCS / "overview.md").read_text(encoding="utf-8")


def test_every_invariant_names_tests_that_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (DOCS / "invariants.md").read_text(encoding="utf-8"))
    assert named
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"def {name}("
        not in ((DOCS.parent / file).read_text(encoding="utf-8") if (DOCS.parent / file).exists() else "")
    ]
    assert [] == missing
