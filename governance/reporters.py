"""How much a reporter's word weighs: by what became of their earlier reports, and not judged on small numbers.

A reporter's share of founded reports is beta-binomial: before anything is known of them it is that of all reporters
together, worth `strength` judged reports; each judged report of theirs moves it. Five of five founded weigh less than
fifty of fifty, and whoever was wrong once is not thereby a liar. With fewer than `enough` judged reports nobody is
judged: their word weighs what anybody's does.

Reporters are known by keyed hashes alone: of the pseudonym that the platform tells, or of a network's address, which
many may share. A complaint is never dropped for who made it; it waits longer, within its clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from governance.complaint_rules import ReporterRules
from records import complaints
from records.complaints import Record
from records.unit_of_work import Reading

ENOUGH_OF_ALL = 20
"""Judged reports from which on the share of all reporters is the house's own."""

_ODDS = np.linspace(-60, 60, 12_001)
"""Logarithms of odds, at which the density is smooth however near 0 or 1 a share lies."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """Which share of somebody's reports is founded: expected, and its 90 % interval. `is_judged`: enough is known."""

    share: float
    interval: tuple[float, float]
    record: Record
    is_judged: bool


def reliability_of(look: Reading, reporter: Collection[str], rules: ReporterRules, *, now: datetime) -> Reliability:
    """Of a reporter, by their hashes under every key."""
    since = now - timedelta(days=rules.days)
    prior = prior_of(complaints.record_of_all(look, since=since), rules)
    return measured(complaints.record_of(look, reporter, since=since), prior, rules)


def shares_of(look: Reading, reporters: Collection[str], rules: ReporterRules, *, now: datetime) -> list[float]:
    """What is expected of each of several reporters, by the hash that their reports have."""
    since = now - timedelta(days=rules.days)
    prior = prior_of(complaints.record_of_all(look, since=since), rules)
    known = complaints.records_of(look, reporters, since=since)
    return [measured(known.get(each, Record()), prior, rules).share for each in reporters]


def prior_of(everybody: Record, rules: ReporterRules) -> float:
    """What is expected of somebody of whom nothing is known; never so sure that nobody could prove it wrong."""
    if everybody.judged < ENOUGH_OF_ALL:
        return rules.prior
    return min(0.95, max(0.05, everybody.founded / everybody.judged))


def measured(record: Record, prior: float, rules: ReporterRules) -> Reliability:
    """A reporter's share by their record, where `prior` is what is expected of anybody."""
    judged = record if record.judged >= rules.enough else Record()
    founded = rules.strength * prior + judged.founded
    unfounded = rules.strength * (1 - prior) + judged.judged - judged.founded
    return Reliability(
        founded / (founded + unfounded), beta_interval(founded, unfounded), record, record.judged >= rules.enough
    )


def weight_of(shares: Iterable[float]) -> float:
    """What several say together, 0 to 1: that at least one of them is right, if each is by themselves."""
    wrong = 1.0
    for share in shares:
        wrong *= 1 - share
    return 1 - wrong


def beta_interval(a: float, b: float, *, low: float = 0.05, high: float = 0.95) -> tuple[float, float]:
    """Two quantiles of a beta distribution, to three places: its density summed (SciPy is no part of a server)."""
    logs = -a * np.logaddexp(0, -_ODDS) - b * np.logaddexp(0, _ODDS)
    density = np.exp(logs - logs.max())
    mass = density.cumsum() - density / 2
    odds = np.interp([low, high], mass / density.sum(), _ODDS)
    found = 1 / (1 + np.exp(-odds))
    return float(found[0]), float(found[1])
