"""No measure without a reason in the other tables that carry one: decisions, verdicts, emergencies.

What `measures` and `list_entries` refuse since 0025. Triggers ask of what is written from now on; rows that are there
stay as they are.
"""

from __future__ import annotations

from alembic import op

from records.migrations.visible_words import visible

revision = "0034"
down_revision = "0033"

contracts = False  # what is refused from now on earlier programs refuse as well

_TOLD = "nothing is measured without a reason"


_FUNCTION = """
CREATE FUNCTION nothing_without_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'nothing is measured without a reason' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    """Refuses it."""
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(_FUNCTION)
    for table, said in _conditions(dialect).items():
        for when in ("insert", "update"):
            begins = f"CREATE TRIGGER {table}_why_{when} BEFORE {when.upper()} ON {table}"
            if dialect == "sqlite":
                op.execute(f"{begins} WHEN NOT ({said}) BEGIN SELECT RAISE(ABORT, '{_TOLD}'); END")
            else:
                op.execute(f"{begins} FOR EACH ROW WHEN (NOT ({said})) EXECUTE FUNCTION nothing_without_reason()")


def downgrade() -> None:
    """Takes it."""
    dialect = op.get_bind().dialect.name
    for table in _conditions(dialect):
        for when in ("insert", "update"):
            op.execute(f"DROP TRIGGER {table}_why_{when}" + (f" ON {table}" if dialect == "postgresql" else ""))
    if dialect == "postgresql":
        op.execute("DROP FUNCTION nothing_without_reason()")


def _conditions(dialect: str) -> dict[str, str]:
    """What has to be true of a row, by its table."""
    return {
        "decisions": "json_array_length(NEW.measures) = 0 OR json_array_length(NEW.reasons) > 0",
        "verdicts": "NEW.measure IS NULL OR json_array_length(NEW.labels) > 0 OR NEW.ground IS NOT NULL",
        "emergencies": f"({visible(dialect, 'NEW.why')}) AND ({visible(dialect, 'NEW.ground')})",
    }
