"""What queues promise and which skills their cases need: `configs/queues.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from governance.complaint_rules import ComplaintRules
from moderation.errors import ConfigError, Fault
from moderation.taxonomy import CONFIGS, Taxonomy, Words, load_taxonomy
from moderation.toml import StrictModel, parse_file
from records.house_queues import GroupLimits, Harm, HouseQueues, Needs, Redress, SecondLooks
from records.turns import Promises
from records.waiting import APPEALS, COMPLAINTS

FILE = "queues.toml"
LANGUAGE = r"^[a-z]{2,3}$"
SKILL = r"^[a-z][a-z0-9_-]{0,31}$"
_DAY = 24 * 60
MOST_HARM = 2.0
"""Points: sixteen times as heavy."""


class PromiseTimes(StrictModel):
    """Clocks of what no queue says."""

    elsewhere_minutes: int = Field(60, ge=1, le=90 * _DAY)
    """Of a queue that is not named."""
    learning_days: int = Field(30, ge=1, le=365)
    """Of what is asked for what its answer teaches."""


class QueueRule(StrictModel):
    """A queue, by its name."""

    minutes: int | None = Field(None, ge=1, le=90 * _DAY)
    """Within which a person has looked; unset: as `elsewhere_minutes` says. `complaints.toml` says it of complaints and
    appeals."""
    languages: tuple[str, ...] = ()
    """Languages that whoever is given its cases reads, all of them."""
    labels: tuple[str, ...] = ()
    """Labels that they are given cases of, all of them."""
    skills: tuple[str, ...] = ()
    """Special trainings that they have, all of them."""
    second_share: float | None = Field(None, ge=0, le=1)
    """Share of its verdicts about which a second person is asked; unset: `CHAFFINCH_SECOND_SHARE`."""


class SkillRule(StrictModel):
    """A special training, by the name that accounts and keys carry."""

    title: Words
    """Its name."""
    about: Words
    """Who has it."""
    labels: tuple[str, ...] = ()
    """Cases suspected of these need it, wherever they wait."""
    languages: tuple[str, ...] = ()
    """Cases in these languages need it, wherever they wait."""


class SecondRule(StrictModel):
    """About which verdicts a second person is asked oftener."""

    new_verdicts: int = Field(0, ge=0, le=100_000)
    """New is who gave fewer than so many; 0: nobody."""
    new_times: float = Field(1.0, ge=1, le=100)
    """So many times as large is the share of theirs, and 1 at the most."""
    low_alpha: float = Field(0.0, ge=0, le=1)
    """Below this alpha of a label or queue more of its verdicts go to a second person; 0: the share stays as it is."""
    low_enough: int = Field(50, ge=20, le=100_000)
    """So many texts that two people answered say what alpha is."""
    low_days: int = Field(30, ge=7, le=365)
    """Of so many days."""
    low_times: float = Field(3.0, ge=1, le=100)
    """So many times as large is the share then,"""
    low_most: float = Field(0.3, gt=0, le=1)
    labels_apart: float = Field(0.7, ge=0, le=1)
    """Where two reject, labels further apart than this (MASI; 0 the same, 1 none in common) take a third person."""
    """and this at the most."""


class GroupRules(StrictModel):
    """When cases that wait are gathered behind one, to be decided together."""

    account_cases: int = Field(5, ge=2, le=1000)
    """Cases about one account's comments of `account_hours` that become one; the account's day is shown with them."""
    account_hours: int = Field(24, ge=1, le=168)
    """Within how many hours these comments were written."""
    thread_cases: int = Field(8, ge=2, le=1000)
    """Cases about comments in one thread that become one; what somebody reported waits by itself."""
    thread_minutes: int = Field(30, ge=1, le=1440)
    """Within how many minutes these comments were written."""
    most: int = Field(50, ge=2, le=200)
    """Cases in one; what comes after them waits by itself."""


class HarmRule(StrictModel):
    """How grave it would be, were a comment what it is suspected of: points of priority, each four times as heavy."""

    labels: dict[str, float] = Field(default_factory=dict)
    """By label, 0 to 2."""
    grounds: dict[str, float] = Field(default_factory=dict)
    """By ground of the taxonomy that is no label, 0 to 2: where a rule stands on it."""
    rules: dict[str, float] = Field(default_factory=dict)
    """By rule, or by what the ids of several begin with (abuse.threat), 0 to 2."""
    life: tuple[str, ...] = ()
    """Labels, grounds and rules of what may threaten life or safety: no trusted flagger's notice comes before it."""


class HoursRule(StrictModel):
    """How the house counts its hours."""

    time_zone: str = "UTC"
    """Of the house's hours and weekends on the page *Staffing*, by its IANA name: Asia/Shanghai."""


class QueueRules(StrictModel):
    """`configs/queues.toml`."""

    hours: HoursRule = Field(default_factory=HoursRule)
    """Where the house is."""
    harm: HarmRule = Field(default_factory=HarmRule)
    """What comes first."""
    promises: PromiseTimes = Field(default_factory=PromiseTimes)
    """Clocks of what no queue says."""
    queues: dict[str, QueueRule] = Field(default_factory=dict)
    """By name: a surface, escalated, campaigns, complaints, appeals, or one that `data select` was given."""
    skills: dict[str, SkillRule] = Field(default_factory=dict)
    """Special trainings."""
    groups: GroupRules = Field(default_factory=GroupRules)
    """What is decided together."""
    second_looks: SecondRule = Field(default_factory=SecondRule)
    """What is looked at again oftener."""

    def house(self, public: ComplaintRules, redress: Redress | None = None) -> HouseQueues:
        """As units of work carry it; what the public is promised comes from `public`."""
        asked = {name: rule.minutes for name, rule in self.queues.items()}
        clocks = {name: timedelta(minutes=minutes) for name, minutes in asked.items() if minutes is not None}
        clocks |= {COMPLAINTS: min(public.clocks.values()), APPEALS: timedelta(days=public.appeals.days)}
        times = self.promises
        return HouseQueues(
            Promises(clocks, timedelta(minutes=times.elsewhere_minutes), timedelta(days=times.learning_days)),
            {name: Needs(rule.languages, rule.labels, rule.skills) for name, rule in self.queues.items()},
            self._needing("labels"),
            self._needing("languages"),
            self._groups(),
            redress or Redress(public.appeals.within_days),
            Harm(self.harm.labels, self.harm.grounds, self.harm.rules, self.harm.life),
            self._second_looks(),
            self.hours.time_zone,
        )

    def _second_looks(self) -> SecondLooks:
        shares = {name: rule.second_share for name, rule in self.queues.items() if rule.second_share is not None}
        told = self.second_looks
        return SecondLooks(
            shares,
            told.new_verdicts,
            told.new_times,
            told.low_alpha,
            told.low_enough,
            told.low_times,
            told.low_most,
            told.low_days,
            told.labels_apart,
        )

    def _groups(self) -> GroupLimits:
        told = self.groups
        return GroupLimits(
            told.account_cases,
            timedelta(hours=told.account_hours),
            told.thread_cases,
            timedelta(minutes=told.thread_minutes),
            told.most,
        )

    def _needing(self, field: str) -> dict[str, tuple[str, ...]]:
        """Special trainings by each label or language that needs them."""
        out: dict[str, tuple[str, ...]] = {}
        for name, rule in self.skills.items():
            for each in getattr(rule, field):
                out[each] = (*out.get(each, ()), name)
        return out


def load_queue_rules(folder: Path, taxonomy: Taxonomy) -> QueueRules:
    """Of a folder of configs; the checkout's own where it has none. Raises `ConfigError` with every fault."""
    path = folder / FILE
    rules = parse_file(QueueRules, path if path.exists() else CONFIGS / FILE)
    if faults := [Fault(f"{FILE}: {where}", detail) for where, detail in _mistakes(rules, taxonomy)]:
        raise ConfigError(f"{FILE} cannot be used.", faults)
    return rules


def shipped() -> QueueRules:
    """The file of the checkout."""
    return load_queue_rules(CONFIGS, load_taxonomy())


def _mistakes(rules: QueueRules, taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    if not _is_zone(rules.hours.time_zone):
        yield "hours.time_zone", f"there is no time zone '{rules.hours.time_zone[:40]}'; name one as in Asia/Shanghai"
    yield from _odd_harm(rules.harm, taxonomy)
    for name in (COMPLAINTS, APPEALS):
        if name in rules.queues and rules.queues[name].minutes is not None:
            yield f"queues.{name}.minutes", "complaints.toml says what the public is promised"
    for name, queue in rules.queues.items():
        yield from _unknown(f"queues.{name}", queue.labels, taxonomy)
        for skill in queue.skills:
            if skill not in rules.skills:
                named = ", ".join(rules.skills) or "none yet"
                yield f"queues.{name}.skills", f"there is no [skills.{skill}]; there is: {named}"
    for name, training in rules.skills.items():
        yield from _unknown(f"skills.{name}", training.labels, taxonomy)


def _odd_harm(harm: HarmRule, taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    for name in harm.labels:
        yield from _unknown("harm", (name,), taxonomy)
    for name in harm.grounds:
        if name not in taxonomy.grounds_beside:
            known = ", ".join(taxonomy.grounds_beside)
            yield f"harm.grounds.{name}", f"the taxonomy has no such ground beside its labels; it has: {known}"
    for kind in ("labels", "grounds", "rules"):
        for name, points in getattr(harm, kind).items():
            if not 0 <= points <= MOST_HARM:
                yield f"harm.{kind}.{name}", f"give 0 to {MOST_HARM:g}"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, or no name at all (a path, a folder)
        return False
    return True


def _unknown(where: str, labels: tuple[str, ...], taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    for label in labels:
        if label not in taxonomy.names:
            yield f"{where}.labels", f"there is no label '{label}'; {taxonomy.hint(label)}"
