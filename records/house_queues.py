"""What the queues of a house promise, and which skills their cases need of whoever decides them.

Written in `configs/queues.toml`, read where the service is put together and carried by every unit of work, so that
whoever opens a case goes by the same clocks, and whoever claims one by the same skills.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from records.turns import USUAL, Promises


@dataclass(frozen=True, slots=True)
class Needs:
    """What somebody has to have for a case, all of it: languages, labels, special trainings by name."""

    languages: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """From how many waiting cases on, within which time, an account's or a thread's become one; at most `most`."""

    account_cases: int = 5
    account_within: timedelta = timedelta(hours=24)
    thread_cases: int = 8
    thread_within: timedelta = timedelta(minutes=30)
    most: int = 50


@dataclass(frozen=True, slots=True)
class LawBook:
    """A book of law that grounds name: its title (zh, en), how many articles, and items by article, it has.

    `grounds` are by act (`measure`, `list`, `rule`, `order`) the articles on which it can stand; without it any can.
    """

    titles: tuple[str, str]
    articles: int
    items: Mapping[int, int] = field(default_factory=dict)
    grounds: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Redress:
    """What a person is told of how to contest a measure, and rules by their titles in Chinese and English.

    `days` after the measure; `address` where a measure on an account is contested (empty: at the platform, by its id);
    `elsewhere` names bodies outside of the house and courts (zh, en). `books` are titles of sets of rules by what
    stands before the colon of a ground, `titles` those of labels and grounds, `notices` what is said to whoever broke
    one and how to do better, `happened` the first of it alone. `standing` is by policy the ground on which what is done
    under it stands.
    """

    days: int = 30
    address: str = ""
    elsewhere: tuple[str, str] | None = None
    books: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    notices: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    happened: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    standing: Mapping[str, str] = field(default_factory=dict)
    recommended: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Titles of the grounds on which a comment is recommended, which are no rules that anybody breaks."""
    under: Mapping[str, int] = field(default_factory=dict)
    """Days by the policy under which it was done, where they are others."""
    law: Mapping[str, LawBook] = field(default_factory=dict)
    """Books of law by name; they stand in `books` as well."""
    declared: frozenset[str] = frozenset()
    """The grounds that policies declare."""
    strict: frozenset[str] = frozenset()
    """The policies under which a ground is one that the house knows, and no words of one's own."""
    house: str = ""
    """The policy that holds where none is named."""

    def takes_free_grounds(self, policy: str | None) -> bool:
        """Whether words that the house does not know may be a ground: neither the named policy nor its own forbids."""
        return not self.strict & {policy or "", self.house}

    def days_under(self, policy: str | None) -> int:
        """How many days what was done under a policy can be contested; with its version or without."""
        return self.under.get((policy or "").partition("@")[0], self.days)


@dataclass(frozen=True, slots=True)
class Harm:
    """How grave it would be, were a comment what it is suspected of: points of a case's priority.

    By label, by ground (the last word of the ground on which a reason stands) and by rule, whose id is the name or
    begins with it and a dot.
    """

    labels: Mapping[str, float] = field(default_factory=dict)
    grounds: Mapping[str, float] = field(default_factory=dict)
    rules: Mapping[str, float] = field(default_factory=dict)
    life: tuple[str, ...] = ()
    """Labels, grounds and rules of what may threaten life or safety."""

    def threatens(self, code: str, ground: str = "", rule_id: str | None = None) -> bool:
        """Whether what has this code, ground or rule may threaten life or safety."""
        by_rule = any(rule_id == name or (rule_id or "").startswith(f"{name}.") for name in self.life)
        return by_rule or code in self.life or _last_word(ground) in self.life

    def of(self, code: str, ground: str = "", rule_id: str | None = None) -> float:
        """Of a label or ground, and of what says so: the gravest that is known."""
        by_rule = (
            points for name, points in self.rules.items() if rule_id == name or (rule_id or "").startswith(f"{name}.")
        )
        named = (self.labels.get(code, 0.0), *(self.grounds.get(each, 0.0) for each in (code, _last_word(ground))))
        return max(*named, *by_rule)


def _last_word(ground: str) -> str:
    """`self_harm` of `platform-rules:self-harm`."""
    return ground.rpartition(":")[2].replace("-", "_")


@dataclass(frozen=True, slots=True)
class SecondLooks:
    """About which verdicts a second person is asked oftener: shares by queue, and of whoever is new.

    New is who gave fewer than `new_verdicts`; the share of theirs is `new_times` as large. Where alpha of the last
    `low_days` days is below `low_alpha` (0: nothing is steered) over `low_enough` comments it is `low_times` as large,
    and `low_most` at the most. Where two rejected for labels further apart than `labels_apart` a third person decides.
    """

    queues: Mapping[str, float] = field(default_factory=dict)
    new_verdicts: int = 0
    new_times: float = 1.0
    low_alpha: float = 0.0
    low_enough: int = 50
    low_times: float = 1.0
    low_most: float = 1.0
    low_days: int = 30
    labels_apart: float = 0.7

    def share(self, elsewhere: float, queue: str, given: int) -> float:
        """From 0 to 1, of verdicts in this queue by somebody who gave `given` before; `elsewhere` is the house's."""
        usual = self.queues.get(queue, elsewhere)
        return min(1.0, usual * self.new_times) if given < self.new_verdicts else usual

    def steered(self, usual: float) -> float:
        """The share where people agree little, in place of the usual one; never below it."""
        return max(usual, min(self.low_most, usual * self.low_times))


@dataclass(frozen=True, slots=True)
class HouseQueues:
    """The clocks; what a queue needs by its name; special trainings by the label or language that needs them.

    `redress` is what people are told of how to contest a measure.
    """

    promises: Promises = USUAL
    needs: Mapping[str, Needs] = field(default_factory=dict)
    by_label: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_language: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: GroupLimits = GroupLimits()
    redress: Redress = field(default_factory=Redress)
    harm: Harm = Harm()
    second_looks: SecondLooks = SecondLooks()
    zone: str = "UTC"
    """The time zone in which the house counts its hours and days, as the IANA names it."""
    one_hand: bool = False
    """Whether accounts that one user of the machine made may answer each other's questions."""
    open_questions: int = 20
    """How many questions to a second person somebody has open at the most."""

    @property
    def skills(self) -> tuple[str, ...]:
        """Every special training that some case needs, by name."""
        asked = [needs.skills for needs in self.needs.values()]
        return tuple(sorted({name for names in (*asked, *self.by_label.values(), *self.by_language.values())
                             for name in names}))  # fmt: skip


AS_USUAL = HouseQueues()
"""Where no config was read: the usual clocks, and no need of a special training."""
