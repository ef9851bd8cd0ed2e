"""What is answered about emergencies, incidents, rectifications and inspections; `answers.py` has the rest."""

from __future__ import annotations

from typing import Any, Literal

from serving.answers import Answer, AttachmentAnswer


class EffectAnswer(Answer):
    """What an emergency does: shares by which thresholds are multiplied, comments a minute in slow mode."""

    kind: Literal["thresholds", "pre_review", "slow_mode", "closed"]
    review_times: float
    block_times: float
    a_minute: int | None


class EmergencyAnswer(Answer):
    """An emergency; it runs while `ended_at` is null. Null in its scope means everywhere."""

    id: str
    drill: bool
    surface: str | None
    thread_id: str | None
    label: str | None
    effect: EffectAnswer
    why: str
    ground: str
    asked_by: str
    approved_by: str
    starts_at: str
    ends_at: str
    ended_at: str | None
    ended_by: str | None
    ended_why: str | None


class EmergencyPage(Answer):
    """Some emergencies, the newest first; ask again with `next_cursor` for more."""

    items: list[EmergencyAnswer]
    next_cursor: str | None


class ChangedAnswer(Answer):
    """Decisions that an emergency turned from what they would have been."""

    otherwise: str
    outcome: str
    decisions: int


class WrongAnswer(Answer):
    """What people have since let stand, of what was changed; `interval` is of 95 %."""

    decisions: int
    share: float | None
    interval: list[float] | None
    accounts: int
    by_surface: dict[str, int]
    by_language: dict[str, int]
    decision_ids: list[str]


class EmergencyReportAnswer(EmergencyAnswer):
    """An emergency with its report: what it covered, changed and caught, whom it hit wrongly.

    `covered` and `accounts` are as counted when it ended, where `counted_at_end`; `erased_since`: of the changed
    comments those that were erased, whose accounts are in no other count any more.
    """

    place: str
    covered: int
    changed: list[ChangedAnswer]
    accounts: int
    erased_since: int
    counted_at_end: bool
    judged: int
    caught: int
    wrong: WrongAnswer
    unjudged: int


class IncidentAnswer(Answer):
    """A security incident; `fields` as told, `missing` what a report still lacks."""

    id: str
    kind: str
    severity: Literal["low", "medium", "high", "critical"]
    state: Literal["open", "mended", "closed"]
    fields: dict[str, Any]
    missing: list[str]
    found_at: str
    reported_at: str | None
    reported_to: str | None
    receipt: str | None
    by: str
    created_at: str
    updated_at: str


class IncidentPage(Answer):
    """Some incidents, the newest first; ask again with `next_cursor` for more."""

    items: list[IncidentAnswer]
    next_cursor: str | None


class RectificationAnswer(Answer):
    """Something that has to be put right. `proposed` waits for a second person; `late`: undone, its day is past."""

    id: str
    incident_id: str | None
    authority: str
    reference: str
    finding: str
    demand: str
    owner: str
    due_at: str
    state: Literal["open", "proposed", "done"]
    late: bool
    proof: str | None
    confirmed_by: str | None
    done_at: str | None
    by: str
    created_at: str


class RectificationsAnswer(Answer):
    """All of them, the nearest due first."""

    items: list[RectificationAnswer]


class GivenAnswer(Answer):
    """Something that was read, exported or refused under a request, as the ledger has it."""

    kind: Literal["evidence.read", "evidence.exported", "evidence.refused"]
    at: str
    by: str
    what: str
    number: int


class InspectionAnswer(Answer):
    """An authority's request: what it covers, where it stands; `texts`: whether texts may be read.

    `accounts` are our ids of them.
    """

    id: str
    authority: str
    reference: str
    asked: str
    ground: str
    inspector: str
    surfaces: list[str] | None
    accounts: list[str] | None
    threads: list[str] | None
    measures: list[str] | None
    since: str
    until: str
    texts: bool
    ends_at: str
    state: Literal["waiting", "granted", "refused", "closed"]
    asked_by: str
    approved_by: str | None
    granted_at: str | None
    closed_at: str | None
    created_at: str


class InspectionReportAnswer(InspectionAnswer):
    """A request with what was given under it."""

    given: list[GivenAnswer]


class InspectionPage(Answer):
    """Some requests, the newest first; ask again with `next_cursor` for more."""

    items: list[InspectionAnswer]
    next_cursor: str | None


class HoldAnswer(Answer):
    """Something that is not erased, for whom, on which ground; whom it is on is not told. It is over at `until`.

    `withstood_at`: an erasure was asked for that it stood against.
    """

    id: str
    kind: Literal["author", "comment", "inspection"]
    inspection_id: str | None
    authority: str
    reference: str
    ground: str
    tell: bool
    until: str | None
    review_at: str | None
    state: Literal["waiting", "in_force", "declined", "lifted", "ended"]
    asked_by: str
    approved_by: str | None
    set_at: str | None
    withstood_at: str | None
    ended_at: str | None
    ended_by: str | None
    ended_why: str | None
    created_at: str


class HoldPage(Answer):
    """Some holds, the newest first; ask again with `next_cursor` for more."""

    items: list[HoldAnswer]
    next_cursor: str | None


class FlaggerAnswer(Answer):
    """A trusted flagger, on which award, for what and until when; by what they are known here is not told."""

    id: str
    name: str
    authority: str
    country: str
    reference: str
    expertise: list[str]
    valid_from: str
    valid_until: str | None
    state: Literal["waiting", "in_force", "declined", "withdrawn", "ended"]
    reason: str
    asked_by: str
    approved_by: str | None
    set_at: str | None
    ended_at: str | None
    ended_by: str | None
    ended_why: str | None
    created_at: str


class FlaggerPage(Answer):
    """Some trusted flaggers, the newest first; ask again with `next_cursor` for more."""

    items: list[FlaggerAnswer]
    next_cursor: str | None


class EvidenceLine(Answer):
    """A decision in scope, without its text."""

    id: str
    decision: Literal["pass", "review", "block"]
    final: Literal["pass", "block"] | None
    reasons: list[str]
    policy: str
    created_at: str


class EvidencePage(Answer):
    """Some decisions in scope, the oldest first; that they were read is in the ledger."""

    items: list[EvidenceLine]
    next_cursor: str | None


class GoneAnswer(Answer):
    """When a text was erased, why, and the ledger's entry of it; null: not known any more."""

    at: str | None
    why: str | None
    entry: str | None


class EvidenceAnswer(EvidenceLine):
    """One decision with what people said and the ledger's entries.

    `text` is null where texts were not granted, or where it was erased: then `text_gone` says when and why, and
    `attachments` are none.
    `words`: what people wrote, by the ids of the entries that commit to it.
    """

    surface: str
    text: str | None
    attachments: list[AttachmentAnswer]
    text_gone: GoneAnswer | None
    verdicts: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    words: dict[str, dict[str, str]]
