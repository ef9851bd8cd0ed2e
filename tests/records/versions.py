"""Versions of Chaffinch that are yet to come: the migrations that there are, and one more."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from records import schema

EXPANDS = """
op.add_column("comments", sa.Column("mood", sa.Text, nullable=False, server_default="calm"))
op.add_column("decisions", sa.Column("second_model", sa.Text, nullable=True))
op.create_index("ix_decisions_second_model", "decisions", ["second_model"])
op.create_table("moods", sa.Column("id", sa.Text, primary_key=True))
"""
CONTRACTS = """
op.alter_column("decisions", "latency_ms", new_column_name="milliseconds")
"""
MIGRATE = """
import sys
from pathlib import Path
from records import schema
from records.database import Database
schema._SCRIPTS = Path(sys.argv[1])
Database(sys.argv[2]).migrate()
"""


def version_after(folder: Path, before: str | None, name: str, does: str, *, contracts: bool) -> Path:
    """The migrations of `folder`, whose last is `before`, and one more that `does` this; in a folder beside it."""
    made = folder.parent / f"migrations-{name}"
    shutil.copytree(folder, made)
    lines = "".join(f"    {line}\n" for line in does.strip().splitlines())
    (made / "versions" / f"{name}.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {name!r}\ndown_revision = {before!r}\n"
        f"contracts = {contracts}\n\n\ndef upgrade():\n{lines}\n\ndef downgrade():\n    pass\n",
        encoding="utf-8",
    )
    return made


def this_version(folder: Path) -> Path:
    """Ours, where others may be put beside it."""
    made = folder / "migrations"
    shutil.copytree(schema._SCRIPTS, made, ignore=shutil.ignore_patterns("__pycache__"))
    return made


def migrate(url: str, scripts: Path) -> None:
    """As that version does when it starts, in a process of its own."""
    subprocess.run([sys.executable, "-c", MIGRATE, str(scripts), url], check=True, timeout=280)
