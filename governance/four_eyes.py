"""Answers to whatever waits for a second person, by what is asked: one door for the HTTP API and the console.

A new kind of question is one more line of `KINDS`; asking, answering, the ledger and the pages stay as they are. What
an answer sets off in the records is done with it; what lies outside of them (the champion's pointer, a file) is done by
`chaffinch promote` once the words are there (`governance/models.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from governance import (
    account_appeals,
    account_measures,
    another,
    assessments,
    bulk,
    changed_parts,
    emergencies,
    erasure,
    flaggers,
    holds,
    house_words,
    incidents,
    inspections,
    list_reviews,
    lists,
    models,
    rules,
    said_about,
    spoken,
    unfounded,
    untried_rules,
)
from governance import approvals as questions
from governance.approvals import ByKey
from governance.rules import Standards
from moderation.errors import ConflictError, ForbiddenError
from records import approvals
from records.entry_words import ABOUT_PEOPLE
from records.house_values import ENTRY_APPEALED, MEASURE_APPEALED, ApprovalRecord, RuleVersionRecord
from records.personal import Keyring
from records.unit_of_work import Reading, Unit


@dataclass(frozen=True, slots=True)
class Word:
    """What a second person says. `by` is the name of a user, or their key; it never comes of what they sent.

    `keyring` finds accounts that are named in the note.
    """

    by: str | ByKey
    approve: bool
    note: str
    keyring: Keyring | None = None


Answer: TypeAlias = Callable[[Unit, str, Word, Standards, datetime], object]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done with an answer, in its unit of work, and what made a question of this kind idle."""

    answer: Answer
    overtaken_by: Callable[[Reading, ApprovalRecord], RuleVersionRecord | None]


def _rule(unit: Unit, approval_id: str, word: Word, standards: Standards, now: datetime) -> object:
    return rules.answer(
        unit, approval_id, by=word.by, approve=word.approve, note=word.note, standards=standards, now=now
    )


def _stays(unit: Unit, approval_id: str, word: Word, standards: Standards, now: datetime) -> object:
    return untried_rules.answer(
        unit, approval_id, by=word.by, approve=word.approve, note=word.note, needs=standards.needs, now=now
    )


def _by(answer: Callable[..., object]) -> Answer:
    """A kind whose answer hangs on no standards of rules."""

    def told(unit: Unit, approval_id: str, word: Word, _standards: Standards, now: datetime) -> object:
        return answer(unit, approval_id, by=word.by, approve=word.approve, note=word.note, now=now)

    return told


def _by_no_rule(_look: Reading, _asked: ApprovalRecord) -> None:
    """What overtook a question about a model, a campaign or an account is no version of a rule."""


KINDS: Mapping[str, Kind] = {
    rules.GO_LIVE: Kind(_rule, rules.overtaken_by),
    rules.STAYS: Kind(_stays, rules.overtaken_by),
    changed_parts.ASKED: Kind(_by(changed_parts.answer), _by_no_rule),
    models.CHAMPION: Kind(_by(models.answer), _by_no_rule),
    bulk.ASKED: Kind(_by(bulk.answer), _by_no_rule),
    bulk.BACK: Kind(_by(bulk.answer_back), _by_no_rule),
    account_measures.CLOSING: Kind(_by(account_measures.answer), _by_no_rule),
    account_measures.BULK: Kind(_by(account_measures.answer), _by_no_rule),
    account_measures.ALONE: Kind(_by(account_measures.answer), _by_no_rule),
    account_measures.LIFTING: Kind(_by(account_measures.answer_lifting), _by_no_rule),
    unfounded.ASKED: Kind(_by(unfounded.answer), _by_no_rule),
    MEASURE_APPEALED: Kind(_by(account_appeals.answer), _by_no_rule),
    ENTRY_APPEALED: Kind(_by(account_appeals.answer), _by_no_rule),
    lists.ASKED: Kind(_by(lists.answer), _by_no_rule),
    lists.ASKED_OTHER: Kind(_by(lists.answer), _by_no_rule),
    lists.REMOVAL: Kind(_by(lists.answer_removal), _by_no_rule),
    list_reviews.ASKED: Kind(_by(list_reviews.answer), _by_no_rule),
    emergencies.ASKED: Kind(_by(emergencies.answer), _by_no_rule),
    inspections.ASKED: Kind(_by(inspections.answer), _by_no_rule),
    incidents.ASKED: Kind(_by(incidents.answer), _by_no_rule),
    assessments.ASKED: Kind(_by(assessments.answer), _by_no_rule),
    erasure.DROP: Kind(_by(erasure.answer), _by_no_rule),
    flaggers.ASKED: Kind(_by(flaggers.answer), _by_no_rule),
    holds.ASKED: Kind(_by(holds.answer), _by_no_rule),
    house_words.ASKED: Kind(_by(house_words.answer), _by_no_rule),
}


def answer(unit: Unit, approval_id: str, word: Word, *, standards: Standards, now: datetime) -> ApprovalRecord:
    """The question, answered; approved, what it asks for is done.

    Raises `ForbiddenError` for who asked and who may not answer, `ConflictError` where somebody else was first or the
    thing was changed since, `InvalidInputError` without a note and, where people are asked about, for one that names
    somebody (`said_about`), `NotFoundError`.
    """
    asked = approvals.get(unit, approval_id)
    kind = KINDS.get(asked.kind)
    if kind is None:
        raise ConflictError(f"This version of Chaffinch does not know what '{asked.kind}' asks for.")
    if asked.kind in ABOUT_PEOPLE:
        said_about.check(unit, word.keyring, "/note", word.note)
    kind.answer(unit, approval_id, word, standards, now)
    another.bar_about(unit, spoken.about(unit, asked), now)
    return approvals.get(unit, approval_id)


def withdraw(
    unit: Unit, approval_id: str, *, by: str | ByKey, why: str, standards: Standards,
    keyring: Keyring | None = None, now: datetime,
) -> ApprovalRecord:  # fmt: skip
    """The question, taken back by whoever asked, with why; what waited for its answer is not done.

    Raises `ForbiddenError` for anybody else and for an author's appeal, `ConflictError` where it is settled,
    `InvalidInputError` without a reason, `NotFoundError`.
    """
    asked = approvals.get(unit, approval_id)
    who = questions.asker(unit, by)
    if not questions.may_withdraw(unit, who, asked):
        raise ForbiddenError(
            f"{asked.asked_by} asked for this, and nobody else withdraws it: a second person says no to it."
            if asked.kind not in questions.OF_AUTHORS
            else "An appeal is of whom it is about: it is answered, and not withdrawn by who passed it on."
        )
    word = Word(by, approve=False, note=why, keyring=keyring)
    return answer(unit, approval_id, word, standards=standards, now=now)


def overtaken_by(look: Reading, asked: ApprovalRecord) -> RuleVersionRecord | None:
    """The change that made it idle, where that is known."""
    kind = KINDS.get(asked.kind)
    return kind.overtaken_by(look, asked) if kind else None
