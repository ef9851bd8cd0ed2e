"""Entries of the ledger bear a mark: a keyed hash of their bytes by who wrote them, with a key that the database lacks.

What is there already has none and stands as it was sealed. The service's first start with this program writes an entry
that says that marks begin; an hour later the sealer takes nothing without one. The mark is never changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

contracts = False  # what earlier programs write within the hour is taken without a mark

_COMMENT = "keyed hash of the body by who wrote it, with a key of the home; null before 0041"

_SQLITE = """CREATE TRIGGER ledger_mark BEFORE UPDATE ON ledger WHEN NEW.mark IS NOT OLD.mark
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"""

_POSTGRESQL = (
    """CREATE FUNCTION ledger_mark_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger only grows' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER ledger_mark BEFORE UPDATE ON ledger FOR EACH ROW
WHEN (NEW.mark IS DISTINCT FROM OLD.mark) EXECUTE FUNCTION ledger_mark_stays()""",
)


def upgrade() -> None:
    """Adds the mark, and what keeps it."""
    op.add_column("ledger", sa.Column("mark", sa.LargeBinary, nullable=True, comment=_COMMENT))
    for statement in (_SQLITE,) if _is_sqlite() else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Removes both."""
    if _is_sqlite():
        op.execute("DROP TRIGGER ledger_mark")
    else:
        op.execute("DROP TRIGGER ledger_mark ON ledger")
        op.execute("DROP FUNCTION ledger_mark_stays()")
    op.drop_column("ledger", "mark")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
