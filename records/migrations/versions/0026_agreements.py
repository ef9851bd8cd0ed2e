"""User agreements, which nobody changes once they are published; and no question to a second person without a why.

A question that says nothing visible (the application refuses it) keeps its place; that it was not stated stands there.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from records.columns import Moment
from records.migrations.visible_words import NOT_STATED, UNSEEN, visible

revision = "0026"
down_revision = "0025"

contracts = False  # a new table, and what is refused from now on earlier programs refuse as well

_WHY = "ck_approvals_why"
_SAID = ("version", "text_zh", "text_en", "published_by", "why")

_SQLITE = """
CREATE TRIGGER agreements_insert BEFORE INSERT ON agreements
WHEN EXISTS (SELECT 1 FROM agreements WHERE id = NEW.id OR version = NEW.version OR valid_from = NEW.valid_from)
BEGIN SELECT RAISE(ABORT, 'a published agreement stays'); END;

CREATE TRIGGER agreements_update BEFORE UPDATE ON agreements
BEGIN SELECT RAISE(ABORT, 'a published agreement stays'); END;

CREATE TRIGGER agreements_delete BEFORE DELETE ON agreements
BEGIN SELECT RAISE(ABORT, 'a published agreement stays'); END;
"""

_POSTGRESQL = """
CREATE FUNCTION agreements_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a published agreement stays' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER agreements_rows BEFORE UPDATE OR DELETE ON agreements
FOR EACH ROW EXECUTE FUNCTION agreements_stay();

CREATE TRIGGER agreements_truncate BEFORE TRUNCATE ON agreements
FOR EACH STATEMENT EXECUTE FUNCTION agreements_stay();
"""


def upgrade() -> None:
    """Makes the table with what keeps it as it is, puts words in the place of what nobody sees, then refuses it."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    op.create_table(
        "agreements",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("version", sa.Text, nullable=False, comment="as the platform states which one a user accepted"),
        sa.Column("text_zh", sa.Text, nullable=False, comment="the agreement in Chinese"),
        sa.Column("text_en", sa.Text, nullable=False, comment="the agreement in English"),
        sa.Column(
            "content_hash",
            sa.Text,
            nullable=False,
            comment="SHA-256 of the RFC 8785 JSON of {en, version, zh}; the ledger has it too",
        ),
        sa.Column("valid_from", Moment, nullable=False, comment="holds from then on, until a later one does"),
        sa.Column("published_by", sa.Text, nullable=False, comment="who published it"),
        sa.Column("why", sa.Text, nullable=False, comment="why, in their words"),
        sa.Column("created_at", Moment, nullable=False, comment="published"),
        sa.PrimaryKeyConstraint("id", name="pk_agreements"),
        sa.UniqueConstraint("version", name="uq_agreements_version"),
        sa.UniqueConstraint("valid_from", name="uq_agreements_valid_from"),
        sa.CheckConstraint(" AND ".join(visible(dialect, each) for each in _SAID), name="ck_agreements_said"),
        sa.CheckConstraint("length(content_hash) = 64", name="ck_agreements_hash"),
        sa.CheckConstraint("valid_from >= created_at", name="ck_agreements_not_past"),
    )
    for statement in (_SQLITE if dialect == "sqlite" else _POSTGRESQL).strip().split("\n\n"):
        connection.exec_driver_sql(statement)
    _state(connection)
    _refuse(connection, f"CONSTRAINT {_WHY} CHECK ({visible(dialect, 'why')})")


def downgrade() -> None:
    """As before."""
    connection = op.get_bind()
    _refuse(connection, "")
    op.drop_table("agreements")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION agreements_stay()")


def _state(connection: sa.Connection) -> None:
    there = sa.table("approvals", sa.column("why", sa.Text))
    unseen = sa.func.length(sa.func.trim(there.c.why, UNSEEN)) == 0
    connection.execute(sa.update(there).where(unseen).values(why=NOT_STATED))


def _refuse(connection: sa.Connection, constraint: str) -> None:
    """Gives the table of questions this constraint in the place of the one that it has; none if it is empty."""
    if connection.dialect.name == "sqlite":
        _rewritten(connection, constraint)
        return
    connection.exec_driver_sql(f"ALTER TABLE approvals DROP CONSTRAINT IF EXISTS {_WHY}")
    if constraint:
        connection.exec_driver_sql(f"ALTER TABLE approvals ADD {constraint}")


def _rewritten(connection: sa.Connection, constraint: str) -> None:
    """SQLite's own way to another CHECK (lang_altertable, "writable_schema").

    Making the table anew, as 0025 does, would pull it from under the measures and emergencies that refer to it.
    """
    query = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'approvals'"
    made = str(connection.exec_driver_sql(query).scalar_one())
    without = re.sub(rf",\s*CONSTRAINT {_WHY} CHECK \(.*\)(?=\n\)$)", "", made)
    said = re.sub(r"\n\)$", f",\n\t{constraint}\n)", without) if constraint else without
    if said == made:
        raise RuntimeError(f"the table approvals is written otherwise than any version wrote it: {made}")
    number = int(connection.exec_driver_sql("PRAGMA schema_version").scalar_one())
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    change = "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = 'approvals'"
    connection.exec_driver_sql(change, (said,))
    connection.exec_driver_sql(f"PRAGMA schema_version = {number + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
