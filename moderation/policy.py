"""What is done: from scores and hits to an outcome, in words beside the code that carries them out.

* A label whose calibrated probability reaches its `block` threshold stops the comment, one that reaches `review`
  sends it to a person. Thresholds are the bundle's, chosen on validation data, unless the policy states its own.
* A rule that hits does what its author said, review or block, and never changes a score.
* The severest reason wins; all are told.
* On a surface that is reviewed *before* publication (`pre`) nothing passes undecided: where a part did not answer
  or an attachment could not be judged, the comment is held. With `by = "person"` an automatic pass does not count.
* On the other surfaces (`post`) a part that did not answer is answered by `on_failure`.
* Where no model is asked at all (`CHAFFINCH_MODEL=none`), no automatic pass exists: on a `pre` surface a person looks.
* `require_verified` refuses an author whom the platform has not verified. That is the account's state, no offence.
* What measures and credit close to an account is in `moderation/accounts.py`.
* `assess` names surfaces on which a new model goes live only after a signed security assessment; a promotion asks it
  (`governance/assessments.py`), and no comment does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from moderation.comment import DEFAULT_SURFACE, Comment
from moderation.credit import CreditRules
from moderation.decision import InAttachment, LabelScore, Outcome, Reason, RuleEffect, Source
from moderation.errors import ConfigError, Fault, InvalidInputError
from moderation.ladder import Ladder
from moderation.ports import Thresholds
from moderation.rules import Hit, RuleState
from moderation.taxonomy import CONFIGS, Taxonomy, Words
from moderation.toml import StrictModel, parse_file, read_folder

DEFAULT = "default"
"""The policy that every installation has; it holds where none is named, unless the house says another."""


class When(StrEnum):
    """Whether a surface is reviewed before or after publication."""

    PRE = "pre"
    POST = "post"


class By(StrEnum):
    """Whose pass counts on a `pre` surface."""

    MACHINE = "machine"
    PERSON = "person"


class SurfacePolicy(StrictModel):
    """How one surface is reviewed."""

    review: When
    by: By = By.MACHINE

    @model_validator(mode="after")
    def _person_only_before(self) -> SurfacePolicy:
        if self.review is When.POST and self.by is By.PERSON:
            msg = "'by = \"person\"' goes with 'review = \"pre\"': after publication nobody waits for a person"
            raise ValueError(msg)
        return self


class LabelThresholds(StrictModel):
    """A policy's own thresholds for a label, as calibrated probabilities."""

    review: float = Field(ge=0, le=1)
    block: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> LabelThresholds:
        if self.review > self.block:
            msg = f"review ({self.review}) must not be above block ({self.block})"
            raise ValueError(msg)
        return self


class Messages(StrictModel):
    """The sentences for reasons that no label carries; those about an account's state have words of their own."""

    identity_unverified: Words
    undecided: Words
    person_required: Words
    attachment_unjudged: Words
    account_suspended: Words = Words(zh="该账号已被暂停发布评论", en="This account may not comment for the time being")
    account_closed: Words = Words(zh="该账号已被关闭", en="This account is closed")
    links_closed: Words = Words(
        zh="该账号暂时不能发布链接或联系方式，请去掉后再发布",
        en="This account may not post links or contacts for now: post it without them",
    )
    live_closed: Words = Words(zh="该账号暂时不能发布实时评论", en="This account may not comment live for now")
    rate_reached: Words = Words(
        zh="该账号一小时内发布的评论已达上限，请稍后再发布",
        en="This account has reached its number of comments an hour: post it later",
    )
    account_reviewed: Words = Words(
        zh="该账号的评论目前由人工审核后发布", en="Comments of this account are published after a person has looked"
    )


class TwoPeople(StrictModel):
    """What waits for a second person beside closing an account and measures on many, which always do."""

    longest_days: float | None = Field(default=None, gt=0)
    """What holds an account or a thread, and what a list holds or blocks, for longer than this or without an end.

    What one person held the same account or thread by within half a year is added up.
    """
    causeless_days: float | None = Field(default=None, ge=0)
    """What holds an account for longer than this, or without an end, and names no comment for which.

    What one person held the same account by without naming one is added up, as above.
    """
    again_days: float = Field(default=90, ge=0)
    """Where `longest_days` is set: what one person's word held or blocked by a list within so many days, once more.

    0 asks for nobody.
    """
    threads: bool = False
    """Closing a thread, or holding it without an end; where `longest_days` is set, that says so as well."""
    an_hour: int | None = Field(default=None, ge=1)
    """Whatever somebody does beyond so many measures within an hour: many in a row are many at once."""
    rules: bool = True
    """A rule that holds comments for a person goes live, as one that blocks does under every policy."""
    one_hand: bool = False
    """In the standing policy: accounts that one user of the machine made answer each other, for a developer alone."""
    open_questions: int = Field(default=20, ge=1)
    """In the standing policy: how many questions to a second person somebody has open at the most."""


class Misuse(StrictModel):
    """What is done about who reports or contests without ground again and again (DSA 23(2)); without it nothing is.

    Each step is a person's: the figures make a finding, a warning comes first, and a suspension has an end.
    """

    days: int = Field(default=180, ge=30, le=3650)
    """Over so many days answers are counted."""
    judged: int = Field(default=10, ge=1)
    """Fewer answered reports, contests or appeals say nothing about anybody."""
    founded_below: float = Field(default=0.2, gt=0, lt=1)
    """A finding where the share that was founded is below this with 95 % confidence."""
    warned_days: int = Field(default=180, ge=1, le=3650)
    """A suspension follows a warning of so many days ago at most, and a report without ground after it."""
    longest_days: float = Field(default=90, gt=0, le=365)
    """For how long the handling of somebody's reports may be suspended at once."""


GROUNDS_OF_RECOMMENDING = {
    "editorial": Words(zh="编辑推荐", en="chosen by the editors"),
    "quality": Words(zh="内容优质", en="good as a comment"),
    "informative": Words(zh="提供了有用的信息", en="adds what readers need"),
    "discussion": Words(zh="有助于讨论", en="moves a discussion on"),
    "official": Words(zh="当事方或主管部门的回应", en="an answer by whom it concerns"),
}
"""On which grounds a comment is recommended where a policy names none of its own."""

FOR_GAIN = frozenset({"advertising", "paid", "payment", "sponsored", "contract", "promotion"})
"""Codes that a policy does not make a ground of recommending: what is paid for is advertising, and says so."""


class Policy(StrictModel):
    """One file of `configs/policies/`."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    version: str
    title: Words
    require_verified: bool = False
    assess: tuple[str, ...] = ()
    on_failure: Outcome = Outcome.PASS
    attachment_unjudged: Outcome = Outcome.PASS
    surfaces: dict[str, SurfacePolicy]
    measures: dict[Outcome, tuple[str, ...]]
    by_verdict: tuple[Literal["warn", "refuse", "delete"], ...] = ("warn", "refuse", "delete")
    grounds: dict[str, str]
    free_grounds: bool = True
    thresholds: dict[str, LabelThresholds] = Field(default_factory=dict)
    messages: Messages
    two_people: TwoPeople = TwoPeople()
    recommend: dict[str, Words] = Field(default_factory=lambda: dict(GROUNDS_OF_RECOMMENDING))
    misuse: Misuse | None = None
    ladder: Ladder | None = None
    credit: CreditRules | None = None

    @property
    def reference(self) -> str:
        """As an answer names it: `default@4`."""
        return f"{self.name}@{self.version}"

    def surface(self, name: str) -> SurfacePolicy:
        """How `name` is reviewed; an unknown surface is treated as a forum (DUTIES.md)."""
        return self.surfaces.get(name, self.surfaces[DEFAULT_SURFACE])

    def surface_fault(self, name: str) -> str | None:
        """What is wrong with a surface of this name; None where nothing is.

        Where some surface is reviewed before publication a name that this policy does not have may be a slip for it,
        and nothing of it may pass as a forum's comment; other policies take any name for a forum's.
        """
        if name in self.surfaces or all(each.review is not When.PRE for each in self.surfaces.values()):
            return None
        return f"policy '{self.name}' has no such surface; it has {', '.join(sorted(self.surfaces))}"

    def ground(self, code: str) -> str:
        """On which ground a reason with this code stands."""
        return self.grounds.get(code, self.grounds["default"])


def load_policies(
    taxonomy: Taxonomy, folder: Path = CONFIGS / "policies", *, standing: str = DEFAULT
) -> dict[str, Policy]:
    """Every policy in `folder` by name. Raises `ConfigError` with every fault of every file.

    `standing` is the one that holds where nobody names one (`CHAFFINCH_POLICY`): it has to be there.
    """
    summary = "The policies cannot be used; mend these and load again."
    read = read_folder(folder, lambda path: load_policy(path, taxonomy), summary=summary)
    policies = {policy.name: policy for policy in read}
    if DEFAULT not in policies:
        raise ConfigError(summary, [Fault(str(folder), f"there is no policy named '{DEFAULT}'")])
    if standing not in policies:
        known = ", ".join(sorted(policies))
        raise ConfigError(summary, [Fault("CHAFFINCH_POLICY", f"there is no policy '{standing}'; there are: {known}")])
    return policies


def load_policy(path: Path, taxonomy: Taxonomy) -> Policy:
    """One policy. Raises `ConfigError` with every fault."""
    policy = parse_file(Policy, path)
    if faults := _mistakes(policy, taxonomy, path.name):
        raise ConfigError(f"{path.name} cannot be used.", faults)
    return policy


def _mistakes(policy: Policy, taxonomy: Taxonomy, where: str) -> list[Fault]:
    faults = [
        Fault(f"{where}: thresholds.{name}", f"there is no label '{name}'; {taxonomy.hint(name)}")
        for name in policy.thresholds
        if name not in taxonomy.names
    ]
    faults += [
        Fault(
            f"{where}: assess", f"there is no surface '{name}' in this policy; there are {', '.join(policy.surfaces)}"
        )
        for name in policy.assess
        if name not in policy.surfaces
    ]
    faults += [
        Fault(f"{where}: recommend.{code}", "what is paid for is advertising and no recommendation; take it out")
        for code in policy.recommend
        if code in FOR_GAIN
    ]
    if DEFAULT_SURFACE not in policy.surfaces:
        faults.append(Fault(f"{where}: surfaces", f"'{DEFAULT_SURFACE}' is missing; other surfaces fall back on it"))
    if "default" not in policy.grounds:
        faults.append(Fault(f"{where}: grounds", "'default' is missing; labels without a ground fall back on it"))
    return faults


def check_author(policy: Policy, comment: Comment) -> None:
    """Refuses a comment that does not say whether its author is verified where the policy has to know."""
    if policy.require_verified and comment.author.verified is None:
        detail = f"policy '{policy.name}' needs to know whether the author is verified: send true or false"
        raise InvalidInputError("The comment cannot be judged.", [Fault("/author/verified", detail)])


def label_scores(
    policy: Policy, taxonomy: Taxonomy, scores: Sequence[float], chosen: Mapping[str, Thresholds]
) -> tuple[LabelScore, ...]:
    """Every label's score beside the thresholds that apply, in the taxonomy's order."""
    out = []
    for name, score in zip(taxonomy.names, scores, strict=True):
        limits = policy.thresholds.get(name) or chosen[name]
        out.append(LabelScore(name, score, threshold=limits.block, review_threshold=limits.review))
    return tuple(out)


def label_outcome(label: LabelScore) -> Outcome:
    """What the model alone asks for this label."""
    if label.flagged:
        return Outcome.BLOCK
    return Outcome.REVIEW if label.score >= label.review_threshold else Outcome.PASS


def rule_reasons(hits: Iterable[Hit]) -> list[Reason]:
    """A reason for each rule that hit, wherever it did: in the text, in attachments' words, in both."""
    by_rule: dict[str, list[Hit]] = {}
    for hit in hits:
        by_rule.setdefault(hit.rule.id, []).append(hit)
    return [_rule_reason(of_one) for of_one in by_rule.values()]


def _rule_reason(hits: Sequence[Hit]) -> Reason:
    rule = hits[0].rule
    return Reason(
        code=rule.label,
        source=Source.RULE,
        outcome=rule.action,
        message=rule.message,
        ground=rule.ground,
        rule_id=rule.id,
        spans=tuple(span for hit in hits if hit.attachment is None for span in hit.spans),
        attachments=tuple(InAttachment(hit.attachment, hit.spans) for hit in hits if hit.attachment is not None),
    )


def rule_effects(hits: Sequence[Hit], reasons: Sequence[Reason], replacing: Collection[str]) -> list[RuleEffect]:
    """What each rule came to, live ones and those in the shadow, by `reasons` of the decision.

    `replacing` are the ids of which a version in the shadow stands beside the live one.
    """
    live = {hit.rule.id: hit.rule for hit in hits if not hit.is_shadow}
    shadows = {hit.rule.id: hit.rule for hit in hits if hit.is_shadow}
    outcome = severest(reasons)
    effects = []
    for name in live:
        without = severest(_but_of(name, reasons))
        effects.append(RuleEffect(name, RuleState.LIVE, hit=True, changes=without is not outcome))
    for name in [*shadows, *(name for name in live if name in replacing and name not in shadows)]:
        asked = [reason.outcome for reason in _but_of(name, reasons)]
        if name in shadows:
            asked.append(shadows[name].action)
        changes = _severest(asked) is not outcome
        if name in shadows or changes:
            effects.append(RuleEffect(name, RuleState.SHADOW, hit=name in shadows, changes=changes))
    return effects


def _but_of(rule_id: str, reasons: Sequence[Reason]) -> list[Reason]:
    return [reason for reason in reasons if reason.rule_id != rule_id]


def standing_reasons(
    policy: Policy, comment: Comment, *, missing: Sequence[str], unjudged: Sequence[int] = (), by_model: bool = True
) -> list[Reason]:
    """Reasons that come from the account, the surface and what did not answer, not from the words.

    `unjudged` are the attachments that nothing could judge.
    """
    surface = policy.surface(comment.context.surface)
    before = surface.review is When.PRE
    reasons = []
    if policy.require_verified and comment.author.verified is False:
        reasons.append(_own(policy, "identity_unverified", Source.ACCOUNT, Outcome.BLOCK))
    if missing:
        held = Outcome.REVIEW if before else policy.on_failure
        reasons.append(_own(policy, "undecided", Source.POLICY, held))
    if unjudged:
        held = Outcome.REVIEW if before else policy.attachment_unjudged
        reason = _own(policy, "attachment_unjudged", Source.POLICY, held)
        reasons.append(replace(reason, attachments=tuple(InAttachment(index) for index in unjudged)))
    if before and (surface.by is By.PERSON or not by_model):
        reasons.append(_own(policy, "person_required", Source.POLICY, Outcome.REVIEW))
    return [reason for reason in reasons if reason.outcome is not Outcome.PASS]


def severest(reasons: Sequence[Reason]) -> Outcome:
    """The outcome of the severest reason; `pass` where there is none."""
    return _severest(reason.outcome for reason in reasons)


def _severest(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, key=lambda outcome: outcome.severity, default=Outcome.PASS)


def _own(policy: Policy, code: str, source: Source, outcome: Outcome) -> Reason:
    words: Words = getattr(policy.messages, code)
    return Reason(code, source, outcome, message=words.as_dict(), ground=policy.ground(code))
