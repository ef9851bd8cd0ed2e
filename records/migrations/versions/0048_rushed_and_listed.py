"""That a rule went live untried, and that it went live by one person alone, are two facts of its version.

Until now both were that it has an end; what is there already is told by the entry of its going live. Entries of before
say `urgent` for either, with the backtest where there was one.

A trace of a list that somebody read says how many it showed. `decisions.answer`, which nobody ever filled, is read and
written no more; programs of before name it with every decision, so it goes with the next migration that contracts.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

contracts = False  # what earlier programs make live meanwhile says neither, and ends in time all the same

_UNTRIED = "went live though nobody had tried it on stored decisions"
_ALONE = "went live by one person's word, where a second one is asked for"
_ENDS = "live because it could not wait: it ends then, unless somebody says since that it stays"
_ENDS_BEFORE = "live though nobody tried it: it ends then, unless looked at since"
_SHOWN = "of a list: how many it showed; null of anything else"
_KINDS = "comment, account, thread, measure, finding, list"
_KINDS_BEFORE = "comment, account, thread, measure"
_IDS = "our id of it; of a thread, or an unknown account, a comment's; of a list a keyed hash of what was asked"
_IDS_BEFORE = "our id of it; of a thread, or an unknown account, a comment's"
_UNUSED = "nothing since 0048; it goes with the next migration that contracts"
_UNUSED_BEFORE = "the answer as sent, if it was kept; no text"


def upgrade() -> None:
    """Adds both, and fills them in from the ledger."""
    for name, comment in (("untried", _UNTRIED), ("alone", _ALONE)):
        column = sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false(), comment=comment)
        op.add_column("rule_versions", column)
    _comment(_ENDS, _ENDS_BEFORE)
    op.add_column("looks", sa.Column("shown", sa.Integer, nullable=True, comment=_SHOWN))
    _kinds(_KINDS, _KINDS_BEFORE)
    _answer(_UNUSED, _UNUSED_BEFORE)
    connection = op.get_bind()
    told = sa.text("SELECT subject_id, body FROM ledger WHERE kind = 'rule.live'")
    fill = sa.text(
        "UPDATE rule_versions SET untried = :untried, alone = :alone WHERE rule_id = :rule_id AND version = :version"
    )
    for rule_id, body in connection.execute(told).all():
        facts = _facts(body)
        if facts.get("urgent"):
            both = {"untried": facts.get("backtest") is None, "alone": bool(facts.get("alone"))}
            connection.execute(fill, {**both, "rule_id": rule_id, "version": facts.get("version")})


def downgrade() -> None:
    """Removes both; what has an end keeps it."""
    _comment(_ENDS_BEFORE, _ENDS)
    _kinds(_KINDS_BEFORE, _KINDS)
    _answer(_UNUSED_BEFORE, _UNUSED)
    op.drop_column("looks", "shown")
    for name in ("alone", "untried"):
        op.drop_column("rule_versions", name)


def _comment(told: str, before: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("rule_versions", "untried_until", comment=told, existing_comment=before)


def _kinds(told: str, before: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        ids, ids_before = (_IDS, _IDS_BEFORE) if told == _KINDS else (_IDS_BEFORE, _IDS)
        op.alter_column("looks", "thing_kind", comment=told, existing_comment=before)
        op.alter_column("looks", "thing_id", comment=ids, existing_comment=ids_before)


def _answer(told: str, before: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("decisions", "answer", comment=told, existing_comment=before)


def _facts(body: bytes) -> dict[str, Any]:
    """Of an entry; nothing of bytes that are none, which `chaffinch audit verify` tells."""
    try:
        facts = json.loads(bytes(body))["facts"]
    except (ValueError, KeyError, TypeError):
        return {}
    return facts if isinstance(facts, dict) else {}
