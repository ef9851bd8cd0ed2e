"""The tables beside the views (`moderation/tables/`, whose README names sources and licences)."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "tables"


def rows(name: str) -> list[list[str]]:
    """The rows of `tables/NAME.tsv`, its first line (the columns' names) and comments left out."""
    lines = (_FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:] if line and not line.startswith("# ")]


def pairs(name: str) -> dict[str, str]:
    """The rows of a table of two columns, the second by the first."""
    return {first: second for first, second in rows(name)}  # noqa: C416 - a row is a list, and dict() wants pairs
