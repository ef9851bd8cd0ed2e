"""What each test costs in processor seconds: the clock tells of a busy machine, these of the test.

They are those of the tests' process and of every child that it has waited for; commands of `tests.chaffinch.nursery`
are another's children, and tell their own. A database server's are nobody's here.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field

import pytest

LONG_SECONDS = 4.0
"""From here on a test is told of at the end of a run (CONTRIBUTING.md says what to do about it)."""

MOST_SHOWN = 25


@dataclass
class Meter:
    """Of one process of tests."""

    told: float = 0.0
    last: float = 0.0

    def spent(self) -> float:
        """Seconds of this process until now, with all that it waited for and all that was told."""
        used = os.times()
        return used.user + used.system + used.children_user + used.children_system + self.told

    def since_last(self) -> float:
        """Seconds since this was asked before."""
        before, self.last = self.last, self.spent()
        return self.last - before


meter = Meter()


def tell(seconds: float) -> None:
    """What a process took that is no child of this one."""
    meter.told += seconds


def stamp(report: pytest.TestReport) -> None:
    """Writes on a report what was spent since the one before it: by a test's set-up, its call or its end."""
    report.user_properties.append(("processor", round(meter.since_last(), 2)))


@dataclass
class Costs:
    """Of a whole run, by test; what is set up for many stands at the first of them."""

    by_test: Counter[str] = field(default_factory=Counter)

    def add(self, report: pytest.TestReport) -> None:
        self.by_test[report.nodeid] += sum(value for name, value in report.user_properties if name == "processor")

    def lines(self) -> list[str]:
        """The dearest first; none where all are short."""
        shown = [(name, seconds) for name, seconds in self.by_test.most_common(MOST_SHOWN) if seconds >= LONG_SECONDS]
        return [f"{seconds:6.1f} s  {name}" for name, seconds in shown]
