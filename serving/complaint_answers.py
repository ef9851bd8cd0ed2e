"""What the public is told of complaints, appeals and contests, as schemas."""

from __future__ import annotations

from typing import Literal

from serving.answers import Answer
from serving.standing_answers import CauseAnswer


class PublicReason(Answer):
    """A label or ground that a verdict gave, on which rule it stands, in words."""

    code: str
    ground: str
    message: dict[str, str]


class AppealReceipt(Answer):
    """An appeal, and where it stands; `token` is the way back to it. `shown`: whether the comment is, as of now.

    Null once it is erased, and while nobody has decided. `about`: what is appealed; of a measure or an entry of a list
    `shown` is null, and `comment_id` and `cause` are the comment for which the account was measured, where one was
    named. `elsewhere` names bodies outside of the house once it was refused. `again`: a third person was asked, since
    what had been answered was opened again; `since`: why the comment is shown, or is not, other than the answer says.
    `words_erased`: what the person wrote in an appeal of a measure or an entry was erased with their account.
    """

    token: str
    about: Literal["comment", "measure", "entry"]
    cause: CauseAnswer | None
    comment_id: str | None
    state: Literal["waiting", "answered"]
    created_at: str
    due_at: str
    answered_at: str | None
    outcome: Literal["upheld", "overturned", "changed", "gone"] | None
    answer: dict[str, str] | None
    reasons: list[PublicReason]
    again: bool
    since: Literal["changed", "decided"] | None
    shown: bool | None
    elsewhere: dict[str, str] | None
    words_erased: bool


class ContestAnswer(Answer):
    """The contest of a complaint's answer, and where it stands; `reversed`: what it led to was taken back on appeal.

    `answer` and `reasons` say what is so now, `first_answer` and `first_reasons` what had been said where that was
    reversed.

    `outcome` is `acted` where the first answer was wrong and the comment is gone, `kept` where it was found right.
    """

    state: Literal["waiting", "answered"]
    created_at: str
    due_at: str
    answered_at: str | None
    outcome: Literal["acted", "kept", "changed", "gone"] | None
    answer: dict[str, str] | None
    reasons: list[PublicReason]
    again: bool
    since: Literal["changed", "decided"] | None
    reversed: bool
    first_answer: dict[str, str] | None
    first_reasons: list[PublicReason] | None


class ReporterMeasure(Answer):
    """What whoever reported is told: a warning, or that the handling of their reports is suspended, until when, why.

    It is contested by its `id` (`POST /v1/appeals`, `measure_id`).
    """

    id: str
    measure: Literal["warn", "suspend"]
    starts_at: str | None
    ends_at: str | None
    notice: dict[str, str]


class ComplaintReceipt(Answer):
    """A complaint, and where it stands; `reversed`: the answer was taken back since, on appeal or on contest.

    `answer` and `reasons` say what is so now, `first_answer` and `first_reasons` what had been said where that was
    reversed.

    `contest_until` is the last moment for `POST /v1/contests`, null where nothing can be contested; `contest` how that
    stands. `elsewhere` names bodies outside of the house, once nothing is left to ask for in it. `suspended`: it is
    kept and was not looked at, by `measure`, which is what whoever reported is told of how their reports are handled:
    a warning, or until when that is suspended (null: nothing). `removed_by`: who had removed the comment before it was
    reported, for `reasons`, where no person looked at it for this report (null else): a `machine` alone (`automated`),
    `people` who had decided something before that was carried out on it (an entry of a list, a measure, an emergency),
    `both`, a `person` by name, or the `operator` of the account under which it stands.
    """

    token: str
    kind: str
    comment_id: str | None
    state: Literal["waiting", "answered"]
    created_at: str
    due_at: str
    answered_at: str | None
    outcome: Literal["acted", "kept", "changed", "gone", "suspended"] | None
    answer: dict[str, str] | None
    reasons: list[PublicReason]
    again: bool
    since: Literal["changed", "decided"] | None
    shown: bool | None
    reversed: bool
    first_answer: dict[str, str] | None
    first_reasons: list[PublicReason] | None
    automated: bool
    removed_by: Literal["machine", "people", "both", "person", "operator"] | None
    contest_until: str | None
    contest: ContestAnswer | None
    elsewhere: dict[str, str] | None
    measure: ReporterMeasure | None
