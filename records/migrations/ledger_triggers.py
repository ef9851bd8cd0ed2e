"""What lets the ledger only grow, said to each database in its own words.

An entry may be sealed once (`sealed_index` and `leaf_hash` from null to a value) and is never changed otherwise,
removed, or put in place of another. SQLite's INSERT OR REPLACE removes rows without asking a delete trigger: hence
the one on insert.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_SQLITE = """
CREATE TRIGGER ledger_insert BEFORE INSERT ON ledger
WHEN NEW.sealed_index IS NOT NULL OR NEW.leaf_hash IS NOT NULL
  OR EXISTS (SELECT 1 FROM ledger WHERE id = NEW.id OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;

CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger
WHEN OLD.sealed_index IS NOT NULL OR NEW.sealed_index IS NULL OR NEW.leaf_hash IS NULL
  OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.subject_id IS NOT OLD.subject_id
  OR NEW.body IS NOT OLD.body OR NEW.created_at IS NOT OLD.created_at OR NEW.rowid IS NOT OLD.rowid
  OR EXISTS (SELECT 1 FROM ledger WHERE sealed_index = NEW.sealed_index)
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;

CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
"""

_POSTGRESQL = """
CREATE FUNCTION ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.sealed_index IS NULL AND NEW.leaf_hash IS NULL THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND OLD.sealed_index IS NULL AND NEW.sealed_index IS NOT NULL AND NEW.leaf_hash IS NOT NULL
     AND (NEW.id, NEW.kind, NEW.subject_id, NEW.body, NEW.created_at)
       = (OLD.id, OLD.kind, OLD.subject_id, OLD.body, OLD.created_at) THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'the ledger only grows' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER ledger_rows BEFORE INSERT OR UPDATE OR DELETE ON ledger
FOR EACH ROW EXECUTE FUNCTION ledger_only_grows();

CREATE TRIGGER ledger_truncate BEFORE TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_grows();
"""


def create_triggers(connection: Connection) -> None:
    """Makes the triggers of this connection's database."""
    script = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    for statement in script.strip().split("\n\n"):
        connection.execute(text(statement))


def drop_triggers(connection: Connection) -> None:
    """Removes them; SQLite's go with the table."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP TRIGGER ledger_rows ON ledger"))
        connection.execute(text("DROP TRIGGER ledger_truncate ON ledger"))
        connection.execute(text("DROP FUNCTION ledger_only_grows()"))
