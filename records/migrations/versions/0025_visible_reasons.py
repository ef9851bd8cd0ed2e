"""No measure and no entry of a list without a reason and a ground that can be seen, said to the database itself.

Rows that break it (nothing but white space or characters without a width, which the application refuses since it
strips them) keep their place and their entries in the ledger; in the place of what nobody could see stands that it was
not stated. `chaffinch audit verify` knows of these words and does not take them for forged.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from records.migrations.visible_words import NOT_STATED, UNSEEN, visible

revision = "0025"
down_revision = "0024"

contracts = False  # what is refused from now on earlier programs refuse as well

_COLUMNS = {"measures": ("reason_zh", "reason_en", "ground"), "list_entries": ("reason", "ground")}


def upgrade() -> None:
    """Puts words in the place of what nobody sees, then refuses it."""
    connection = op.get_bind()
    for table, columns in _COLUMNS.items():
        for column in columns:
            _state(connection, table, column)
        _refuse(connection, table, _checks(table, lambda column: visible(connection.dialect.name, column)))


def downgrade() -> None:
    """Refuses spaces in measures alone, as before."""
    connection = op.get_bind()
    _refuse(connection, "measures", _checks("measures", lambda column: f"length(trim({column})) > 0"))
    _refuse(connection, "list_entries", {})


def _checks(table: str, said: Callable[[str], str]) -> dict[str, str]:
    """The conditions by the names of their constraints."""
    told = {column: said(column) for column in _COLUMNS[table]}
    reasons = " AND ".join(told[column] for column in told if column != "ground")
    return {f"ck_{table}_reason": reasons, f"ck_{table}_ground": told["ground"]}


def _state(connection: sa.Connection, table: str, column: str) -> None:
    there = sa.table(table, sa.column(column, sa.Text))
    unseen = sa.func.length(sa.func.trim(there.c[column], UNSEEN)) == 0
    connection.execute(sa.update(there).where(unseen).values({column: NOT_STATED}))


def _refuse(connection: sa.Connection, table: str, checks: dict[str, str]) -> None:
    """Puts these checks in the place of those that the table has."""
    if connection.dialect.name == "sqlite":
        _made_anew(connection, table, checks)
        return
    for name in ("reason", "ground"):
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
    for name, said in checks.items():
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({said})")


def _made_anew(connection: sa.Connection, table: str, checks: dict[str, str]) -> None:
    """SQLite changes no constraint of a table that is there: it is made again as it was, with its rows and indexes.

    No other table refers to either of these.
    """
    master = "SELECT sql FROM sqlite_master WHERE tbl_name = :name AND type = :type AND sql IS NOT NULL"
    [made] = connection.execute(sa.text(master), {"name": table, "type": "table"}).scalars()
    indexes = list(connection.execute(sa.text(master), {"name": table, "type": "index"}).scalars())
    lines = [line for line in made.splitlines() if not re.match(r"\s*,?\s*CONSTRAINT ck_", line)]
    body = "\n".join(lines).rstrip().removesuffix(")").rstrip().removesuffix(",")
    said = "".join(f",\n\tCONSTRAINT {name} CHECK ({check})" for name, check in checks.items())
    anew = re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", body, count=1)
    connection.exec_driver_sql(f"{anew}{said}\n)")
    connection.exec_driver_sql(f"INSERT INTO {table}_anew SELECT * FROM {table}")  # noqa: S608 - names of our own
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for index in indexes:
        connection.exec_driver_sql(index)
