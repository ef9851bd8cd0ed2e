"""What a neutrality audit found are questions to people: of each somebody looks into it and says what came of it.

The report lies below the home, where whoever can write there can alter it. So what it came to is read out of the ledger
(`chaffinch/neutrality_audit.py` writes the entry), and the answer is an entry too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from governance import approvals
from moderation.errors import ConflictError, ForbiddenError, NotFoundError
from records import entry_words, ledger, retold
from records.unit_of_work import Reading, Unit

AUDITED = "neutrality.audited"
ANSWERED = "neutrality.answered"
SUBJECT = "neutrality"
NOT_JUDGED = "not_judged"
"""The verdict of an audit that compared no removals (`chaffinch/neutrality_words.py`)."""
MAY_AUDIT = approvals.LOOK_AFTER | {"data_scientist"}
"""Roles that ask for an audit: its report names moderators."""
MOST = 1000
"""Audits whose findings are looked for."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody said of a finding; no `note` where two people took its words out."""

    by: str
    note: str
    at: str


@dataclass(frozen=True, slots=True)
class Question:
    """A finding: its number from 1, what it says, the person it is about if it is about one, and the answer to it."""

    number: int
    sentence: str
    about: str | None
    answer: Answered | None
    parts: tuple[str, ...] = ()
    """Who made more than a small share of what it is about (`eval/leaning_parts.py`).

    Where it names somebody, those with whom they made what another finding of the audit is about: two who agreed on a
    measure look into neither's.
    """

    @property
    def whose(self) -> tuple[str, ...]:
        """Everybody who is asked by it, and therefore answers it as little as anybody in their hand."""
        return self.parts if self.about is None else (self.about, *self.parts)


@dataclass(frozen=True, slots=True)
class Axis:
    """How many groups an audit had on an axis, and how many rows of its file named them."""

    groups: int
    rows: int


@dataclass(frozen=True, slots=True)
class Basis:
    """By which bar and over what an audit was made.

    `swap`: whether the model was asked with names exchanged (`asked`), there was none (`no_model`), or it was left out
    (`left_out`). `file` is a keyed hash of the groups as they were given.
    """

    alpha: float
    difference: float
    pairs: int
    swap: str
    since: datetime
    until: datetime
    file: str = ""
    axes: Mapping[str, Axis] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an audit came to, and what somebody said of each of its findings. `texts` are unlike ones.

    `days`: on how many the comments were decided; `decided`: how many were in the span at all. 0 of audits of before.
    """

    at: str
    comments: int
    texts: int
    compared: int
    questions: tuple[Question, ...]
    days: int = 0
    surfaces: tuple[str, ...] = ()
    decided: int = 0
    verdict: str = ""
    """`leans`, `nothing_leans` or `not_judged`; empty of an audit from before that was told."""
    apart: int = 0
    """Differences that are large as they are and could not be judged."""
    basis: Basis | None = None
    """None of an audit from before that was told."""

    @property
    def findings(self) -> int:
        """How many there are."""
        return len(self.questions)

    @property
    def open(self) -> tuple[Question, ...]:
        """Those of which nobody said anything."""
        return tuple(each for each in self.questions if each.answer is None)


def _parts(found: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Who had a part in each finding: of one that names somebody, those with whom they made another one."""
    own = [frozenset[str](each.get("parts", ())) for each in found]
    shared = [
        parts or frozenset().union(*(others for others in own if each.get("about") in others))
        for parts, each in zip(own, found, strict=True)
    ]
    return [tuple(sorted(parts - {each.get("about")})) for parts, each in zip(shared, found, strict=True)]


def standing(look: Reading, at: str) -> Standing | None:
    """Of the audit that was made at this moment, as its report writes it; None where the ledger knows of none."""
    audited = ledger.last(look, AUDITED, at)
    if audited is None:
        return None
    told = json.loads(audited.body)["facts"]
    found: list[dict[str, Any]] = told.get("found") or [{}] * int(told["findings"])
    answers = _answers(look, at, len(found))
    parts = _parts(found)
    questions = (
        Question(number, each.get("sentence", ""), each.get("about"), answers.get(number), parts[number - 1])
        for number, each in enumerate(found, 1)
    )
    return Standing(
        at,
        int(told["comments"]),
        int(told.get("texts", 0)),
        int(told["compared"]),
        tuple(questions),
        int(told.get("days", 0)),
        tuple(told.get("surfaces", ())),
        int(told.get("decided", 0)),
        told.get("verdict", ""),
        int(told.get("apart", 0)),
        _basis(told),
    )


def _basis(facts: Mapping[str, Any]) -> Basis | None:
    if "limits" not in facts:
        return None
    limits, groups = facts["limits"], facts["groups"]
    return Basis(
        float(limits["alpha"]),
        float(limits["least_difference"]),
        int(limits["least_pairs"]),
        facts["swap"],
        datetime.fromisoformat(facts["since"]),
        datetime.fromisoformat(facts["until"]),
        groups["file"],
        {axis: Axis(each["groups"], each["rows"]) for axis, each in groups["axes"].items()},
    )


def unanswered(look: Reading) -> list[Standing]:
    """Audits of which some finding is open, the newest first: an audit over other groups answers none."""
    found = (standing(look, at) for at in ledger.audits(look, limit=MOST))
    return [each for each in found if each is not None and each.open]


def in_hand(look: Reading, who: str, names: Collection[str]) -> set[str]:
    """Of these people those who are one with somebody, or may be: they answer nothing for each other."""
    return {each for each in names if approvals.is_one_hand(look, who, each)}


def _answers(look: Reading, at: str, findings: int) -> dict[int, Answered]:
    """By finding; an answer from before findings had numbers was one to all of them."""
    given: dict[int, Answered] = {}
    for entry in ledger.of_kind(look, at, ANSWERED):
        body = entry_words.restored(look, {entry.id: json.loads(entry.body)})[entry.id]
        note = "" if body["reason"] == entry_words.GONE else body["reason"]
        said = Answered(retold.who(body), note, body["at"])
        number = body["facts"].get("finding")
        for each in range(1, findings + 1) if number is None else (number,):
            given.setdefault(each, said)
    return given


def answer(unit: Unit, at: str, finding: int, *, by: str, note: str, now: datetime) -> str:
    """The entry: what was looked into of one finding, and what was done. The caller commits.

    Raises `InvalidInputError` without words, `NotFoundError` for an audit or a finding that the ledger does not know,
    `ForbiddenError` for whom it is about, for who had a part in it and who is in one hand with them, `ConflictError`
    where somebody answered it.
    """
    who, said = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("note", note)
    found = standing(unit, at)
    if found is None:
        raise NotFoundError(
            "The ledger knows of no such audit: run chaffinch audit neutrality --groups FILE --by NAME --why WORDS."
        )
    question = next((each for each in found.questions if each.number == finding), None)
    if question is None:
        told = f"it has findings 1 to {found.findings}" if found.findings else "it found nothing"
        raise NotFoundError(f"There is no finding {finding} in this audit: {told}.")
    if question.answer is not None:
        raise ConflictError(f"There is nothing to answer: {question.answer.by} answered finding {finding}.")
    if theirs := in_hand(unit, who, question.whose):
        about = "is about" if question.about in theirs else "rests on what was done by"
        raise ForbiddenError(
            f"Finding {finding} {about} {', '.join(sorted(theirs))}: somebody else looks into it and answers, whose "
            "account is in another hand. It is open to "
            f"{', '.join(sorted(approvals.MAY_APPROVE))}."
        )
    facts = {"finding": finding, "findings": found.findings}
    entry = ledger.Entry(ANSWERED, ledger.Actor("user", who), SUBJECT, at, said, "cn-2017:7", facts=facts)
    return ledger.append(unit, entry, now=now)
