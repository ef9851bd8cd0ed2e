"""What may be asked about measures and recommendations; `schemas.py` says how bodies are read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from governance.account_measures import MOST_AT_ONCE
from governance.measure_wishes import LONGEST_DAYS
from moderation.policy import DEFAULT
from moderation.standing import Function
from serving.schemas import Name, PolicyName, Pseudonym, Question, Said

Days = Annotated[float, Field(gt=0, le=LONGEST_DAYS, strict=False)]
PerHour = Annotated[int, Field(ge=1, le=10_000)]
Kind = Literal["author", "comment", "thread", "reporter"]
MeasureName = Literal["warn", "refuse", "delete", "restrict", "suspend", "close"]


class ReasonIn(Question):
    """Why, in the words that the person reads; one language alone serves for both."""

    zh: Said | None = None
    en: Said | None = None


class TargetIn(Question):
    """What is measured, by the platform's own id: an author's pseudonym, a comment's id, a thread's.

    Of a `reporter` the pseudonym under which you tell their reports: `warn`, then `suspend` for a `length`. Answers
    have no name of theirs, which is kept as a hash alone.
    """

    kind: Kind
    id: Pseudonym


class MeasureTerms(Question):
    """What is done, for how many days (`length`), why, and on which rule it stands.

    Without `measure` it is the next step of the policy's ladder. `cause` is your id of the comment for which an account
    is measured, which it wrote itself: it is lifted where that comment is restored on appeal, and nobody is measured
    for it twice. Who means more names the measure in whose place this one stands (`replaces`): it ends when this one
    begins.
    """

    measure: MeasureName | None = None
    length: Days | None = None
    closes: Annotated[tuple[Function, ...], Field(max_length=len(Function))] = ()
    per_hour: PerHour | None = None
    reason: Said | ReasonIn
    ground: Said
    cause: Name | None = None
    replaces: Name | None = None
    policy: PolicyName = DEFAULT


class MeasureRequest(MeasureTerms):
    """The body of `POST /v1/measures`. `for_thread`: who runs this thread asks, for a comment that stands there."""

    target: TargetIn
    for_thread: Name | None = None


class OneOfManyIn(TargetIn):
    """One of many that are measured at once. `cause` is your id of its own comment, for which it is measured."""

    cause: Name | None = None


class BulkMeasureRequest(MeasureTerms):
    """The body of `POST /v1/measures:bulk`: the same for many, after one answer of a second person."""

    targets: Annotated[list[OneOfManyIn], Field(min_length=1, max_length=MOST_AT_ONCE)]


class LiftRequest(Question):
    """The body of `DELETE /v1/measures/{measure_id}`."""

    reason: Said


class RecommendationRequest(Question):
    """The body of `POST /v1/recommendations`. `comment_id` is your id of the comment."""

    comment_id: Name
    reason: Said | ReasonIn
    ground: Said
