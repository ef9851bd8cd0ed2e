"""Grounds that are codes come back into holds, requests and emergencies out of which earlier programs took them.

An article or a rule names nobody. The entry that each record began with has it still; where somebody's words stood
there, it has a commitment, and they stay gone.
"""

from __future__ import annotations

import json
import re

import sqlalchemy as sa
from alembic import op

from records.columns import as_bytes

revision = "0065"
down_revision = "0064"

contracts = False

_ERASED = "erased"
_CODES = re.compile(r"[\w:.()-]{1,64}(, [\w:.()-]{1,64})*", re.ASCII)
"""As `records/entry_words.py` had it then: a ground that names rules by their codes."""

_BEGAN = {"holds": "hold.asked", "inspections": "inspection.recorded", "emergencies": "emergency.started"}


def upgrade() -> None:
    """The ground of each is the one that its first entry says."""
    for name, kind in _BEGAN.items():
        record = sa.table(name, sa.column("id", sa.Text), sa.column("ground", sa.Text))
        ledger = sa.table("ledger", sa.column("subject_id"), sa.column("kind"), sa.column("body", sa.LargeBinary))
        joined = record.join(ledger, sa.and_(ledger.c.subject_id == record.c.id, ledger.c.kind == kind))
        lost = sa.select(record.c.id, ledger.c.body).select_from(joined).where(record.c.ground == _ERASED)
        for row in op.get_bind().execute(lost).all():
            if code := _code_of(row.body):
                op.get_bind().execute(sa.update(record).where(record.c.id == row.id).values(ground=code))


def downgrade() -> None:
    """Nothing: earlier programs read the grounds as any other."""


def _code_of(body: bytes | str) -> str:
    """The ground that an entry says in clear, where it is a code; empty where it is no entry of ours."""
    try:
        told = json.loads(as_bytes(body))
    except ValueError:
        return ""
    said = told.get("ground") if isinstance(told, dict) else None
    return said if isinstance(said, str) and _CODES.fullmatch(said) else ""
