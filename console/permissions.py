"""Who may do what in the console: one table, asked in one place (`console/gate.py`)."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is here for."""

    MODERATOR = "moderator"
    SENIOR = "senior"
    LEAD = "lead"
    DATA_SCIENTIST = "data_scientist"
    INSPECTOR = "inspector"
    ADMIN = "admin"


class Action(StrEnum):
    """What a page or a form asks leave for."""

    SEE_QUEUE = "see_queue"
    SEE_DECISION = "see_decision"
    DECIDE = "decide"
    DECIDE_ESCALATED = "decide_escalated"
    USE_OWN_SESSION = "use_own_session"


_EVERYONE = frozenset(Role)
_DECIDERS = frozenset({Role.MODERATOR, Role.SENIOR, Role.LEAD, Role.ADMIN})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SEE_QUEUE: _EVERYONE,
    Action.SEE_DECISION: _EVERYONE,
    # Inspectors read and change nothing; data scientists learn from verdicts and so give none.
    Action.DECIDE: _DECIDERS,
    Action.DECIDE_ESCALATED: _DECIDERS - {Role.MODERATOR},
    Action.USE_OWN_SESSION: _EVERYONE,
}


def may(role: str, action: Action) -> bool:
    """Whether `role` may do this; a role that nobody knows may do nothing."""
    return role in ALLOWED[action]
