"""How often one person makes a rule live alone because it cannot wait: an emergency that comes every day is none."""

from __future__ import annotations

from datetime import datetime, timedelta

from governance.hands import every_name
from moderation.errors import ConflictError
from records import rules
from records.known_as import folded
from records.unit_of_work import Reading


class RushedError(ConflictError):
    """It was rushed before, or whoever asks rushes too many: it waits for a second person."""


WITHIN = timedelta(days=7)
MOST = 3
"""Rules that one person makes live alone within that time."""


def check(look: Reading, rule_id: str, who: str, *, now: datetime) -> None:
    """Raises `RushedError` for a rule that was rushed of late and nobody let stay, and for who rushes too many."""
    rushed = rules.rushed(look, since=now - WITHIN)
    if same := next((each for each in rushed if each.rule_id == rule_id), None):
        raise RushedError(
            f"{rule_id} was live within {WITHIN.days} days already because it could not wait (version {same.version}, "
            f"by {same.author}), and no second person let it stay: it goes live with their approval, without --urgent."
        )
    mine = every_name(look, who)
    if sum(not mine.isdisjoint((each.author, folded(each.author))) for each in rushed) >= MOST:
        raise RushedError(
            f"{who} made {MOST} rules live alone within {WITHIN.days} days: this one waits for a second person's "
            "approval, without --urgent."
        )
