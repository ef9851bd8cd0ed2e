"""What a worker does for accounts: measures that end, credit that is counted, days that were good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from governance import account_measures, credit, recommendations, reporter_findings, unfounded
from governance.complaint_rules import ComplaintRules, shipped
from moderation.policy import Policy
from records import credit as stored
from records import looks, measures
from records.database import Database
from records.personal import Keyring
from serving.chores import Chore

Policies = Callable[[], Mapping[str, Policy]]


def standing_chores(
    keyring: Callable[[], Keyring], policies: Policies, rules: ComplaintRules | None = None
) -> list[Chore]:
    """`keyring` opens the keys that there are now, `policies` gives those in force; `rules` those of complaints."""
    of_reports = rules or shipped()
    return [
        Chore("measures_ended", 1.0, _end_measures),
        Chore("recommendations_ended", 5.0, _end_recommendations),
        Chore("measures_unfounded", 5.0, _ask_of_unfounded),
        Chore("credit_counted", 1.0, lambda database, now: _count(database, keyring, policies(), now)),
        Chore("good_days_noted", 600.0, GoodDays(policies)),
        Chore("looks_counted", 600.0, _count_looks),
        Chore(
            "reporters_weighed",
            600.0,
            lambda database, now: _weigh_reporters(database, of_reports, keyring(), policies(), now),
        ),
        Chore("credit_forgotten", 3600.0, lambda database, now: credit.forget(database, policies(), now=now)),
    ]


def _end_measures(database: Database, now: datetime) -> int:
    with database.reading() as look:
        if not measures.due(look, now=now, limit=1):
            return 0
    with database.unit() as unit:
        ended = account_measures.expire(unit, now=now)
        unit.commit()
    return ended


def _end_recommendations(database: Database, now: datetime) -> int:
    with database.reading() as look:
        if not recommendations.any_unshown(look, now=now):
            return 0
    with database.unit() as unit:
        ended = recommendations.end_unshown(unit, now=now)
        unit.commit()
    return ended


def _ask_of_unfounded(database: Database, now: datetime) -> int:
    with database.reading() as look:
        if not unfounded.any_unasked(look, now=now):
            return 0
    with database.unit() as unit:
        asked = unfounded.ask(unit, now=now)
        unit.commit()
    return asked


def _count(database: Database, keyring: Callable[[], Keyring], policies: Mapping[str, Policy], now: datetime) -> int:
    with database.reading() as look:
        if not stored.is_behind(look):
            return 0
    keys = keyring()
    with database.unit() as unit:
        counted = credit.count(unit, keys, policies, now=now)
        unit.commit()
    return counted


def _count_looks(database: Database, now: datetime) -> int:
    with database.unit() as unit:
        counted = looks.count_days(unit, now=now)
        unit.commit()
    return counted


def _weigh_reporters(
    database: Database, rules: ComplaintRules, keyring: Keyring, policies: Mapping[str, Policy], now: datetime
) -> int:
    with database.unit() as unit:
        found = reporter_findings.look(unit, rules, policies, keyring, now=now)
        unit.commit()
    return found


class GoodDays:
    """Once a day; a worker that starts anew does it once more, which adds nothing."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._done: date | None = None

    def __call__(self, database: Database, now: datetime) -> int:
        """How many accounts had a good day yesterday."""
        if self._done == now.date():
            return 0
        noted = credit.good_days(database, self._policies(), now=now)
        self._done = now.date()
        return noted
