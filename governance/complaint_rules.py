"""What the public may ask for, within which times, and in which words it is answered: `configs/complaints.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from moderation.taxonomy import CONFIGS, Words
from moderation.toml import StrictModel, parse_file
from records.public_values import AppealOutcome, ComplaintOutcome

COMPLAINT, APPEAL, CONTEST = "complaint", "appeal", "contest"
_OUTCOMES: Mapping[str, tuple[str, ...]] = {
    COMPLAINT: tuple(ComplaintOutcome),
    APPEAL: tuple(AppealOutcome),
    CONTEST: tuple(ComplaintOutcome),
}
_USUAL: Mapping[str, Words] = {
    ComplaintOutcome.SUSPENDED: Words(
        zh="已收到并保存您的举报，但未予审核：您的举报暂停处理，期限、原因和申诉方式见回执。",
        en=(
            "Your report was received and is kept, but was not looked at: the handling of your reports is suspended. "
            "The receipt says until when, why, and how to contest that."
        ),
    ),
}
"""What is said where a house has no words of its own for it."""

_REVERSED: Mapping[str, Words] = {
    ComplaintOutcome.ACTED: Words(
        zh="作者提出申诉，另一位审核员重新审核后恢复了该评论。",
        en="Its author appealed, another person looked anew, and the comment was restored.",
    ),
    ComplaintOutcome.KEPT: Words(
        zh="有人申请了复核，另一位审核员认为该评论违反规则，已经处理。",
        en="Another look was asked for: another person found that the comment breaks a rule, and it was removed.",
    ),
}
"""What is so once an answer of a complaint was taken back, by what it had been."""


_BY_MACHINE = Words(
    zh="您举报的评论在收到举报之前已由系统自动处理，不再展示；没有人工因您的举报查看该评论。",
    en=(
        "The comment that you reported had been removed automatically before your report came. It is not shown, and no "
        "person looked at it for your report."
    ),
)
"""What a report is answered with where a machine alone had removed the comment and a house has no words for that."""


class ComplaintKind(StrictModel):
    """A kind of complaint, as the form offers it."""

    title: Words
    """Its name."""
    about: Words
    """A sentence that tells it from the others."""
    hours: int = Field(ge=1, le=24 * 90)
    """Within which it is answered."""
    harm: float = Field(ge=0, le=1)
    """What it weighs in the queue, beside what its reporter's word weighs."""
    life: bool = False
    """Life or safety may be threatened: looked at whoever reports it, and before any trusted flagger's notice."""


class ComplaintTimes(StrictModel):
    """Complaints that repeat, and complaints that are old."""

    same_answer_days: int = Field(7, ge=0, le=365)
    """A text that a person found in order is not looked at again for a complaint of the same kind; 0: always again."""
    kept_days: int = Field(180, ge=30, le=3650)
    """After the answer; then words and hashes of people go, and the numbers stay."""


class AppealTimes(StrictModel):
    """Until when a measure can be appealed, and when the answer comes."""

    def until(self, since: datetime, policy: str = "") -> datetime:
        """The last moment to appeal what holds since then (`records.acted.holding`), for notices and the door alike.

        `policy` is the one under which it was done, with its version or without.
        """
        return since + timedelta(days=self.days_under(policy))

    def days_under(self, policy: str) -> int:
        """How many days what was done under a policy can be contested."""
        return self.under.get(policy.partition("@")[0], self.within_days)

    within_days: int = Field(30, ge=1, le=365)
    """After the measure."""
    under: dict[str, Annotated[int, Field(ge=1, le=365)]] = Field(default_factory=dict)
    """The same by the policy under which it was done, where its law asks for more."""
    address: str = ""
    """Where a measure on an account is contested: your page; empty: people are told to ask the platform, by its id."""
    elsewhere: Words | None = None
    """Bodies outside of the house and courts to go to (DSA 17(3)(f), 21), in sentences; None: not told."""
    days: int = Field(7, ge=1, le=90)
    """To the answer."""
    kept_days: int = Field(180, ge=30, le=3650)
    """After the answer; then the author's words go."""


class ContestTimes(StrictModel):
    """Until when whoever reported can contest that a comment stays, and when the answer comes: else as for appeals."""

    within_days: int | None = Field(None, ge=1, le=365)
    """After the answer; unset: as many as for appeals."""
    days: int | None = Field(None, ge=1, le=90)
    """To the answer of the contest; unset: as many as for appeals."""


class ReporterRules(StrictModel):
    """How a reporter's word is weighed by what became of their earlier reports (`governance/reporters.py`)."""

    days: int = Field(365, ge=30, le=3650)
    """What is older says nothing any more."""
    enough: int = Field(5, ge=1, le=1000)
    """Fewer judged reports say nothing about anybody."""
    strength: float = Field(4.0, gt=0, le=1000)
    """How many judged reports the share of all reporters counts for."""
    prior: float = Field(0.5, gt=0, lt=1)
    """The share of founded reports while the house has judged fewer than twenty."""


class FlaggerRules(StrictModel):
    """What the notices of trusted flaggers are promised (DSA 22), and when they are often unfounded (22(6))."""

    under: dict[str, Annotated[int, Field(ge=1, le=24 * 90)]] = Field(default_factory=dict)
    """Within how many hours they are answered, by the policy under which the comment was decided; no other has any."""
    days: int = Field(365, ge=30, le=3650)
    """What is older says nothing any more."""
    judged: int = Field(10, ge=1)
    """Fewer answered notices say nothing about a flagger."""
    founded_below: float = Field(0.5, gt=0, lt=1)
    """Often unfounded where the share that was founded is below this with 95 % confidence."""

    @property
    def counted(self) -> timedelta:
        """For how long answers say something about a flagger."""
        return timedelta(days=self.days)

    def within(self, policy: str) -> timedelta | None:
        """The promise about what was decided under a policy, with its version or without; None: there is none."""
        hours = self.under.get(policy.partition("@")[0])
        return None if hours is None else timedelta(hours=hours)


class FloodRules(StrictModel):
    """When many reports against one author become a finding (`governance/report_floods.py`)."""

    hours: int = Field(24, ge=1, le=24 * 30)
    """How far back reports are counted."""
    reports: int = Field(12, ge=2)
    """At least so many about comments of one author."""
    reporters: int = Field(6, ge=2)
    """By at least so many reporters."""
    judged: int = Field(5, ge=1)
    """So many answers say whether they were founded."""
    founded_below: float = Field(0.25, gt=0, lt=1)
    """Unfounded where the share that was is below this with 95 % confidence."""


class PublicLimits(StrictModel):
    """How much may be sent without a key, over all processes of a server."""

    per_address_minutes: int = Field(10, ge=1, le=1440)
    """The span over which an address is counted."""
    per_address: int = Field(8, ge=1)
    """Forms that one address may send in it, appeals counted apart; a /64 of IPv6 is one address."""
    per_minute: int = Field(300, ge=1)
    """Forms a minute of all addresses together."""
    life_per_address: int = Field(120, ge=1)
    """Reports of one address in the same span whose kind says that life may be threatened: counted apart from all."""
    life_per_minute: int = Field(1200, ge=1)
    """The same a minute, of all addresses together."""


class AnswerTemplate(StrictModel):
    """Words for those who complained, appealed, or contested that a comment stays."""

    for_: Literal["complaint", "appeal", "contest"] = Field(alias="for")
    """Whom it answers; for a contest without words of its own those of a complaint stand in."""
    when: str
    """The outcome that it fits: acted, kept, changed, gone; of an appeal upheld, overturned, changed, gone."""
    text: Words
    """The sentences."""
    machine: Words | None = None
    """Those in their place where a machine alone had decided, of appeals and of reports about what it removed."""


class ComplaintRules(StrictModel):
    """`configs/complaints.toml`."""

    kinds: dict[str, ComplaintKind] = Field(min_length=1)
    """In the order of the form."""
    complaints: ComplaintTimes = Field(default_factory=ComplaintTimes)
    """Times of complaints."""
    appeals: AppealTimes = Field(default_factory=AppealTimes)
    """Times of appeals."""
    contests: ContestTimes = Field(default_factory=ContestTimes)
    """Times of contests by those who reported."""
    reporters: ReporterRules = Field(default_factory=ReporterRules)
    """How a reporter's word is weighed."""
    flaggers: FlaggerRules = Field(default_factory=FlaggerRules)
    """Trusted flaggers."""
    floods: FloodRules = Field(default_factory=FloodRules)
    """Many reports against one author."""
    limits: PublicLimits = Field(default_factory=PublicLimits)
    """How much may be sent without a key."""
    answers: dict[str, AnswerTemplate]
    """What people are told; for every outcome the first that fits is the usual one."""

    @model_validator(mode="after")
    def _answers_everything(self) -> ComplaintRules:
        for whom, outcomes in _OUTCOMES.items():
            odd = [name for name, one in self.answers.items() if one.for_ == whom and one.when not in outcomes]
            if odd:
                msg = f"'when' of {', '.join(odd)} has to be one of {', '.join(outcomes)}"
                raise ValueError(msg)
            silent = [each for each in outcomes if each not in _USUAL and not self.fitting(whom, each)]
            if silent:
                msg = f"answers for a {whom} with the outcome {', '.join(silent)} are missing"
                raise ValueError(msg)
        return self

    def fitting(self, whom: str, outcome: str) -> list[str]:
        """Names of the answers that fit, the usual one first."""
        found = [name for name, one in self.answers.items() if (one.for_, one.when) == (whom, outcome)]
        return self.fitting(COMPLAINT, outcome) if whom == CONTEST and not found else found

    def text_of(self, whom: str, outcome: str, chosen: str | None, *, of_machine: bool = False) -> Words:
        """What is said: the chosen words where they fit (they may have been removed since), else the usual ones.

        `of_machine`: no person had decided what is answered for.
        """
        fitting = self.fitting(whom, outcome)
        if not fitting and outcome in _USUAL:
            return _USUAL[outcome]
        said = self.answers[chosen if chosen is not None and chosen in fitting else fitting[0]]
        if not of_machine:
            return said.text
        usual = _BY_MACHINE if (whom, outcome) == (COMPLAINT, ComplaintOutcome.ACTED) else said.text
        return said.machine or usual

    def words_now(
        self,
        whom: str,
        outcome: str,
        chosen: str | None,
        *,
        is_reversed: bool,
        of_machine: bool = False,
        instead: Words | None = None,
    ) -> tuple[Words, Words | None]:
        """The answer of a complaint or contest as it is now; and what had been said where that was taken back since.

        `instead`: what is said in the place of the house's words (`removed_before.py`).
        """
        first = instead or self.text_of(whom, outcome, chosen, of_machine=of_machine)
        return (_REVERSED[outcome], first) if is_reversed and outcome in _REVERSED else (first, None)

    @property
    def contest_days(self) -> int:
        """Within which a contest is answered."""
        return self.contests.days or self.appeals.days

    def contest_until(self, answered_at: datetime, policy: str = "") -> datetime:
        """The last moment to contest an answer of then, about what was decided under this policy."""
        return answered_at + timedelta(days=self.contests.within_days or self.appeals.days_under(policy))

    def is_about_life(self, kind: object) -> bool:
        """Whether life or safety may be threatened, by the kind that a report names; whatever was sent as one."""
        return isinstance(kind, str) and kind in self.kinds and self.kinds[kind].life

    @cached_property
    def clocks(self) -> dict[str, timedelta]:
        """Within which time a complaint of each kind is answered."""
        return {name: timedelta(hours=kind.hours) for name, kind in self.kinds.items()}


FILE = "complaints.toml"


def load_complaint_rules(folder: Path) -> ComplaintRules:
    """Of a folder of configs; the checkout's own where it has none. Raises `ConfigError` with every fault."""
    path = folder / FILE
    return parse_file(ComplaintRules, path) if path.exists() else shipped()


@lru_cache(maxsize=1)
def shipped() -> ComplaintRules:
    """The file of the checkout."""
    return parse_file(ComplaintRules, CONFIGS / FILE)
