"""Looking at a live model day by day: drift, overturned share, review load, and what of it is beyond its limit.

Days are by UTC. Drift is that of the model that answers now against its own reference; decisions of earlier models are
left out, so that a promotion is no drift. The newest two days are judged: today is young in the morning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from chaffinch.settings import Settings
from chaffinch.watch_config import WatchConfig
from chaffinch.wiring import reading_if_made
from moderation.drift import Drift
from moderation.errors import NotFoundError
from records import watched
from records.drift import LANGUAGE
from records.watched import Load
from registry.reference import Reference, reference_of
from serving.drift import MOST, between

if TYPE_CHECKING:
    from records.unit_of_work import Reading

JUDGED = 2
_NOTHING = Load(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what was decided, and how far it lies from the reference (empty where nothing can be measured)."""

    day: str
    load: Load
    drift: Mapping[str, Drift]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was decided or judged."""
        return not self.load.decisions and not self.load.verdicts

    @property
    def worst(self) -> tuple[str, Drift] | None:
        """The label that drifted most."""
        labels = {name: each for name, each in self.drift.items() if name != LANGUAGE}
        return max(labels.items(), key=lambda item: item[1].psi, default=None)

    @property
    def reviewed(self) -> float | None:
        """Share of decisions."""
        return self.load.reviewed / self.load.decisions if self.load.decisions else None

    @property
    def overturned(self) -> float | None:
        """Share of verdicts."""
        return self.load.overturned / self.load.verdicts if self.load.verdicts else None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something beyond its limit; `about` is `psi`, `languages`, `overturned` or `reviewed`."""

    day: str
    about: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Watched:
    """The days, oldest first, what is beyond its limit, and what could not be looked at."""

    model: str | None
    days: tuple[Day, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def has_drifted(self) -> bool:
        """Whether scores or languages are beyond their limit."""
        return any(each.about in {"psi", "languages"} for each in self.findings)

    def charts(self) -> dict[str, list[float | None]]:
        """What is drawn, a value a day; None where there is none."""
        return {
            "reviewed": [each.reviewed for each in self.days],
            "overturned": [each.overturned for each in self.days],
            "PSI": [each.worst[1].psi if each.worst else None for each in self.days],
        }

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        days = [
            {"day": each.day, **asdict(each.load), "reviewed_share": each.reviewed, "overturned_share": each.overturned,
             "drift": {name: asdict(found) for name, found in each.drift.items()}}
            for each in self.days
        ]  # fmt: skip
        findings = [asdict(each) for each in self.findings]
        return {"model": self.model, "days": days, "findings": findings, "notes": list(self.notes)}


def look(settings: Settings, config: WatchConfig, *, now: datetime) -> Watched:
    """What the records say. Raises `BundleError` where the live model's reference is no longer as it was trained."""
    reference, notes = _reference(settings)
    with reading_if_made(settings) as look:
        if look is None:
            notes.append("No database was made here yet, so nothing was decided.")
        days = tuple(_day(look, reference, start) for start in _starts(config.days, now))
    notes += _too_few(days, config)
    findings = tuple(found for each in days[-JUDGED:] for found in _findings(each, config))
    return Watched(reference.version if reference else None, days, findings, tuple(notes))


def _reference(settings: Settings) -> tuple[Reference | None, list[str]]:
    try:
        found = reference_of(settings.model, home=settings.home)
    except NotFoundError as error:
        return None, [f"Drift is not measured. {error}"]
    return found, [] if found else ["Drift is not measured: rules and people answer without a model."]


def _starts(days: int, now: datetime) -> list[datetime]:
    today = datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
    return [today - timedelta(days=back) for back in reversed(range(days))]


def _day(look: Reading | None, reference: Reference | None, start: datetime) -> Day:
    end, day = start + timedelta(days=1), start.date().isoformat()
    if look is None:
        return Day(day, _NOTHING, {})
    load = watched.load(look, start, end)
    if reference is None or not load.decisions:
        return Day(day, load, {})
    spread = reference.spread
    seen = watched.seen(look, start, end, version=reference.version, edges=spread.edges, most=MOST)
    return Day(day, load, between(spread, seen))


def _too_few(days: tuple[Day, ...], config: WatchConfig) -> list[str]:
    if any(each.load.decisions >= config.least.decisions for each in days[-JUDGED:]):
        return []
    return [
        f"Neither of the newest days has {config.least.decisions} decisions, so drift and load are not judged: "
        "of few rows they are luck."
    ]


def _findings(day: Day, config: WatchConfig) -> list[Finding]:
    limits, least = config.limits, config.least
    drifts = [("psi", f"the scores of {name}", each, limits.psi) for name, each in day.drift.items()
              if name != LANGUAGE]  # fmt: skip
    drifts += [("languages", "languages", day.drift[LANGUAGE], limits.languages)] if LANGUAGE in day.drift else []
    found = [
        Finding(day.day, about, f"{day.day}: {what} drifted, PSI {each.psi:.2f} of {each.rows:,} decisions, "
                f"limit {limit:.2f} (luck alone stays below {each.luck:.3f}).")
        for about, what, each, limit in drifts
        if each.rows >= least.decisions and each.psi > max(limit, each.luck)
    ]  # fmt: skip
    shares = (
        ("overturned", "verdicts overturned the machine", day.overturned, limits.overturned, day.load.verdicts,
         least.verdicts),
        ("reviewed", "decisions waited for a person", day.reviewed, limits.reviewed, day.load.decisions,
         least.decisions),
    )  # fmt: skip
    return found + [
        Finding(day.day, about, f"{day.day}: {share:.1%} of {rows:,} {what}, limit {limit:.1%}.")
        for about, what, share, limit, rows, needed in shares
        if share is not None and rows >= needed and share > limit
    ]
