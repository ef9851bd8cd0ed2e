"""Emergencies: for a bounded time and scope the house is stricter than its policy, and never laxer.

What each effect does, to comments in the scope alone:

* `closed`: no comment is taken. Nobody is accused of anything: the reason says that comments are closed.
* `pre_review`: nothing passes before a person has looked, and where nobody can answer the comment is held.
* `slow_mode`: an account that has sent more than so many comments within a minute, anywhere, is asked to wait. Who
  comments without an account cannot be counted and is not slowed down.
* `thresholds`: the limits of a label, or of all, are multiplied by a share; a policy's own limits too. Where several
  emergencies lower the same limit, the lowest holds.

What an emergency adds has its id for a ground, so that every decision says which one it was. A drill is counted beside
the answers and changes none. An emergency ends by the monotonic clock of each process: a wall clock that is set back
makes none longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from moderation.comment import Comment
from moderation.decision import EmergencyEffect, LabelScore, Outcome, Reason, Source
from moderation.policy import label_outcome

GROUND = "emergency:"
"""What stands before an emergency's id where it is a reason's ground."""


class Kind(StrEnum):
    """What an emergency does."""

    THRESHOLDS = "thresholds"
    PRE_REVIEW = "pre_review"
    SLOW_MODE = "slow_mode"
    CLOSED = "closed"


MESSAGES = {
    Kind.THRESHOLDS: {"zh": "此处暂时从严审核", "en": "For the time being stricter limits hold here"},
    Kind.PRE_REVIEW: {"zh": "此处暂时先审后发", "en": "For the time being comments here wait for a person"},
    Kind.SLOW_MODE: {"zh": "评论过于密集，请稍候再发", "en": "Too many comments at once: please wait a minute"},
    Kind.CLOSED: {"zh": "此处暂时关闭评论", "en": "Comments are closed here for the time being"},
}

OUTCOMES = {Kind.PRE_REVIEW: Outcome.REVIEW, Kind.SLOW_MODE: Outcome.BLOCK, Kind.CLOSED: Outcome.BLOCK}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where it holds; None: everywhere. A label is for thresholds alone."""

    surface: str | None = None
    thread_id: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What it does: `review` and `block` are what thresholds are multiplied by, `a_minute` slow mode's comments."""

    kind: Kind
    review: float = 1.0
    block: float = 1.0
    a_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """One that runs. `until` is in seconds of the clock that asks (`time.monotonic` where it is in earnest)."""

    id: str
    scope: Scope
    effect: Effect
    until: float
    is_drill: bool = False

    def covers(self, comment: Comment) -> bool:
        """Whether the comment stands in its scope, whatever its labels."""
        where = comment.context
        return self.scope.surface in (None, where.surface) and self.scope.thread_id in (None, where.thread_id)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a comment without any emergency: its labels, what its other reasons ask, its account's count.

    `comments_1m` is None where it is not known.
    """

    labels: tuple[LabelScore, ...]
    asked: tuple[Outcome, ...] = ()
    comments_1m: float | None = None


@dataclass(frozen=True, slots=True)
class Stricter:
    """What emergencies make of it: the labels with the limits that hold, more reasons, what each came to."""

    labels: tuple[LabelScore, ...]
    reasons: tuple[Reason, ...] = ()
    effects: tuple[EmergencyEffect, ...] = field(default=())


def running(emergencies: Sequence[Emergency], comment: Comment, *, clock: float) -> list[Emergency]:
    """Those that cover the comment and have not ended; most of the time there are none."""
    return [each for each in emergencies if clock < each.until and each.covers(comment)]


def holds_back(emergencies: Iterable[Emergency]) -> bool:
    """Whether a comment under these is held where nobody can answer about it."""
    return any(each.effect.kind in (Kind.PRE_REVIEW, Kind.CLOSED) for each in emergencies if not each.is_drill)


def stricter(emergencies: Sequence[Emergency], found: Found) -> Stricter:
    """What the emergencies that cover a comment come to. Drills have effects and change nothing."""
    real = [each for each in emergencies if not each.is_drill]
    effects = []
    for each in emergencies:
        others = [other for other in real if other is not each]
        otherwise, outcome = _outcome(others, found), _outcome([*others, each], found)
        if otherwise is not outcome:
            effects.append(EmergencyEffect(each.id, each.is_drill, otherwise, outcome))
    reasons = [_reason(each, asked) for each in real if (asked := _asked(each, found)) is not Outcome.PASS]
    return Stricter(_lowered(real, found.labels), tuple(reasons), tuple(effects))


def _outcome(emergencies: Sequence[Emergency], found: Found) -> Outcome:
    by_model = [label_outcome(label) for label in _lowered(emergencies, found.labels)]
    return _severest([*found.asked, *by_model, *(_asked(each, found) for each in emergencies)])


def _asked(emergency: Emergency, found: Found) -> Outcome:
    """What it asks for by itself. Of thresholds: what a label comes to that would have come to less."""
    effect = emergency.effect
    if effect.kind is Kind.THRESHOLDS:
        pairs = zip(found.labels, _lowered([emergency], found.labels), strict=True)
        return _severest(label_outcome(low) for label, low in pairs if label_outcome(low) is not label_outcome(label))
    if effect.kind is Kind.SLOW_MODE and not (found.comments_1m or 0) > (effect.a_minute or 0):
        return Outcome.PASS
    return OUTCOMES[effect.kind]


def _lowered(emergencies: Iterable[Emergency], labels: tuple[LabelScore, ...]) -> tuple[LabelScore, ...]:
    lowering = [each for each in emergencies if each.effect.kind is Kind.THRESHOLDS]
    return tuple(_limits(lowering, label) for label in labels) if lowering else labels


def _limits(lowering: Sequence[Emergency], label: LabelScore) -> LabelScore:
    effects = [each.effect for each in lowering if each.scope.label in (None, label.name)]
    if not effects:
        return label
    return LabelScore(
        label.name,
        label.score,
        threshold=label.threshold * min(each.block for each in effects),
        review_threshold=label.review_threshold * min(each.review for each in effects),
    )


def _severest(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, key=lambda outcome: outcome.severity, default=Outcome.PASS)


def code(kind: Kind) -> str:
    """The reason's code in decisions."""
    return f"emergency_{kind}"


SWITCHED = tuple(code(each) for each in (Kind.CLOSED, Kind.SLOW_MODE, Kind.PRE_REVIEW))
"""Codes of reasons for which people alone answer: where limits are lowered it is still the machine that judges."""


def named_by(reason: Reason) -> str | None:
    """The id of the emergency for which alone `reason` stands (`SWITCHED`); else None."""
    is_named = reason.code in SWITCHED and reason.ground.startswith(GROUND)
    return reason.ground.removeprefix(GROUND) if is_named else None


def _reason(emergency: Emergency, asked: Outcome) -> Reason:
    kind = emergency.effect.kind
    return Reason(code(kind), Source.POLICY, asked, message=MESSAGES[kind], ground=f"{GROUND}{emergency.id}")
