"""Who is another person than those who said something of a comment: whoever is asked about it anew, blind to them.

What is appealed or contested, a second look and what decides between two are for somebody else, and that is no name:
one person may have several accounts in hand, and keys (`governance/hands.py`). Who said something, and by which ways,
`governance/spoken.py` knows: also who agreed to what another had asked. Whoever may be the same counts as knowing what
was said, so that no such case is handed out to them; and they are asked again when the verdict is given.

Where everybody of the house is such a one nobody is left to be asked. No second look is drawn there (`is_there`). An
appeal and a contest wait, since they are owed to somebody: the lead's page says that nobody may take them, and that
another person has to be let in (`records/barred.py`).

Whoever allowed a part of a comment by an entry of a list does not answer a doubt about it: a reader's report, a
platform's objection, a comment that the house drew or found in a campaign, what a colleague was not sure of or
rejected, what somebody took a measure for, and what was stopped since people had said so before: by a list, a measure
on thread or account, an emergency (`is_doubted`). Nor do they undo such a measure (`check_measure`). They may know what
was decided, as anybody may who is asked first; but it is their own favour. Where everybody of the house had a part in
it whoever is there answers: it is a first answer, and its contest is for others.
Nor do they approve unasked, from a list or over many, what their entry spared: their word would count as somebody
else's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from governance import spoken
from governance.approvals import is_one_hand, is_same_person
from governance.hands import every_name, every_name_of
from moderation.errors import ForbiddenError, NotFoundError
from records import campaigns, cases, complaints, feedback, knowing, leases, measures, users, verdicts
from records.known_as import KEY, folded
from records.overview import Unskilled
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading, Unit
from records.values import KNOWN_ANSWER, CaseRecord, Judgement, Purpose, VerdictKind
from records.waiting import APART
from review import skills
from review.chosen import OPENED_BY as CHOSEN

DECIDERS = ("moderator", "senior", "lead", "admin")
"""Roles that are handed cases."""


OF_FAVOUR = ("favour", "chosen")
"""Words of `NotAnotherError.why` for who had a say on an entry that lets the comment pass."""


class NotAnotherError(ForbiddenError):
    """Why somebody may not be asked anew; `why` is a word of the console under `not_another`."""

    def __init__(self, why: str, sentence: str) -> None:
        self.why = why
        super().__init__(sentence)


def called(look: Reading, who: str) -> str:
    """By what name somebody is known of whom a verdict has the id; a key stands for itself."""
    try:
        return users.get(look, who).name
    except NotFoundError:
        return who


def same_as(look: Reading, who: str, others: Iterable[str]) -> bool:
    """Whether `who` is, or may be, one of `others`: by name, by key, or by whose hand an account is in.

    By name and key alone where the house lets one hand hold several.
    """
    me = called(look, who)
    return any(_is_one(look, me, called(look, other)) for other in dict.fromkeys(others))


def check(look: Reading, case: CaseRecord, moderator: str) -> None:
    """Raises `NotAnotherError` where somebody would be asked anew about what they, or one hand with them, said."""
    check_about(look, case.comment_id, moderator)


def check_about(look: Reading, comment_id: str, moderator: str) -> None:
    """The same of a comment that is in no case."""
    check_apart(look, moderator, spoken.of_comment(look, comment_id))


def check_apart(look: Reading, moderator: str, others: Iterable[str]) -> None:
    """Raises `NotAnotherError` where somebody is, or may be, one of those who said something of a comment."""
    me = called(look, moderator)
    said = {called(look, each) for each in others}
    if any(is_same_person(look, me, who) for who in said):
        raise NotAnotherError(
            "own", "You said something of this comment before: what is asked anew is decided by somebody else."
        )
    if same_as(look, me, said):
        raise NotAnotherError(
            "one_hand",
            "One person may hold your account and that of somebody who said something of this comment, since one of "
            "them made the other or set its password: somebody else decides it. An administrator invites each by a "
            "link (Accounts in the console), so that everybody sets a password of their own.",
        )


def is_doubted(look: Reading, case: CaseRecord, said: Collection[str]) -> bool:
    """Whether anybody but those who `said` that a part of it may pass asks whether the comment should.

    A reader by a report, a platform by feedback, the house where it drew the comment or found it in a campaign, a
    colleague by an unsure or rejecting verdict, whoever took a measure for it or had decided before what stopped it.
    Also once that is answered: who could decide it anew would have the last word on their own favour.
    """
    return (
        _is_doubted(look, case.comment_id, said)
        or campaigns.about(look, case) is not None
        or (case.purpose is Purpose.DECIDE and _colleagues_doubt(look, case.comment_id, said))
    )


def check_doubt(look: Reading, case: CaseRecord, moderator: str) -> None:
    """Raises `NotAnotherError` where the comment is doubted, and they allowed a part of it by an entry of a list."""
    if case.purpose not in KNOWN_ANSWER and same_as(look, moderator, _kept_from(look, case)):
        raise _favour()


def check_measure(look: Reading, made: MeasureRecord, *people: str) -> None:
    """Raises `NotAnotherError` where one of these would undo a measure about a comment that an entry of theirs spared.

    Not where they took it themselves and nobody else doubts the comment, or where nobody else of the house is left.
    """
    about = made.comment_id or made.cause_id
    if about is None or made.measure == measures.RECOMMEND:
        return
    said = spoken.of_favour(look, about)
    if not said or not any(same_as(look, who, said) for who in people) or not _is_anybody_left(look, said):
        return
    if _is_doubted(look, about, said) or _colleagues_doubt(look, about, said):
        raise _favour()


def check_replacing(look: Reading, measure_id: str | None, *people: str) -> None:
    """The same of what is put in its place; nothing where there is none."""
    if measure_id is not None:
        check_measure(look, measures.get(look, measure_id), *people)


def _favour() -> NotAnotherError:
    return NotAnotherError(
        "favour",
        "An entry of a list on which you, or an account in the same hand, had a say let this comment pass: "
        "somebody else answers who doubts that it should.",
    )


def check_choice(look: Reading, case: CaseRecord, judgement: Judgement, *people: str) -> None:
    """Raises `NotAnotherError` where one of these people would approve, unasked, what an entry of theirs spared.

    What the queue hands out is asked of them. What they choose, in a list or over many, would read as the word of
    somebody who had no part in it.
    """
    if judgement.verdict is not VerdictKind.APPROVE:
        return
    said = _favoured(look, case)
    if said and any(same_as(look, who, said) for who in people):
        raise NotAnotherError(
            "chosen",
            "An entry of a list on which you, or an account in the same hand, had a say lets this comment pass: "
            "somebody else approves it, or the queue asks you.",
        )


def may_answer(look: Reading, case: CaseRecord, moderator: str) -> bool:
    """Whether nobody doubts the comment, or they allowed no part of it (`check_doubt`)."""
    try:
        check_doubt(look, case, moderator)
    except NotAnotherError:
        return False
    return True


def keep_from_doubted(unit: Unit, case: CaseRecord, now: datetime) -> CaseRecord:
    """A doubted comment's case comes to nobody who allowed a part of it; out of their hands, if one of them has it.

    The caller has the case locked.
    """
    return case if case.purpose in KNOWN_ANSWER else _keep_from(unit, case, _kept_from(unit, case), now)


def keep_from_doubt(unit: Unit, case: CaseRecord, now: datetime) -> CaseRecord:
    """The same of a comment that somebody doubts just now, of which nothing is stored yet."""
    return _keep_from(unit, case, _favoured(unit, case), now)


def _keep_from(unit: Unit, case: CaseRecord, said: Collection[str], now: datetime) -> CaseRecord:
    if not said:
        return case
    has_it = case.lease_owner if case.lease_owner and same_as(unit, case.lease_owner, said) else None
    for who in dict.fromkeys([*_ids(unit, said), *([has_it] if has_it else ())]):
        leases.skip(unit, case.id, who, reason=APART, until=None, now=now)
    return leases.put_back(unit, case) if has_it else case


def is_there(look: Reading, case: CaseRecord, moderator: str) -> bool:
    """Whether a second look at what `moderator` says in this case could be answered by another person of the house.

    One who said nothing of the comment. True where nobody has an account: there programs decide, and who they are is
    not known here.
    """
    return _is_left(look, case, {moderator, *spoken.of_comment(look, case.comment_id)})


def is_alone(look: Reading, said: Iterable[str], others: Iterable[str]) -> bool:
    """Whether each of these users is, or may be, one of those who said something: nobody could be asked anew."""
    names = every_name_of(look, [called(look, each) for each in said])
    return set(others) <= {user_id for name, user_id in users.ids_by_name(look).items() if folded(name) in names}


def bar(unit: Unit, case: CaseRecord, now: datetime) -> None:
    """Whoever may be the same person as one who said something of the comment counts as knowing what that was."""
    if not knowing.is_blind(case):
        return
    for who in _ids(unit, spoken.of_comment(unit, case.comment_id)):
        knowing.read(unit, [case.comment_id], who, now=now)


def bar_about(unit: Unit, comment_ids: Sequence[str], now: datetime) -> None:
    """Somebody said something of these comments just now: what waits about one of them blind is not for them."""
    for each in sorted(knowing.asked_about(unit, comment_ids)):
        for case in cases.blind_of(unit, each):
            bar(unit, case, now)


def _kept_from(look: Reading, case: CaseRecord) -> set[str]:
    """Who answers no doubt about the comment, since they allowed a part of it.

    Nobody where it is not doubted, or where none else is left.
    """
    said = _favoured(look, case)
    return said if said and is_doubted(look, case, said) else set()


def _favoured(look: Reading, case: CaseRecord) -> set[str]:
    """Who allowed a part of the comment; nobody where none else is left."""
    said = spoken.of_favour(look, case.comment_id)
    return said if said and _is_left(look, case, said) else set()


def _is_doubted(look: Reading, comment_id: str, said: Collection[str]) -> bool:
    """Whether anybody but those who `said` that it may pass doubts it otherwise than by a verdict."""
    return (
        complaints.is_reported(look, comment_id)
        or feedback.is_doubted(look, comment_id)
        or cases.was_opened_by(look, comment_id, CHOSEN)
        or _are_others(look, spoken.against(look, comment_id), said)
    )


def _colleagues_doubt(look: Reading, comment_id: str, said: Collection[str]) -> bool:
    """Of a second look the verdict that it checks is no doubt: nobody is to see from who is asked what that was."""
    given = [each for each in verdicts.of_comment(look, comment_id) if each.purpose not in KNOWN_ANSWER]
    against = dict.fromkeys(each.moderator for each in given if each.verdict is not VerdictKind.APPROVE)
    return _are_others(look, against, said)


def _are_others(look: Reading, people: Iterable[str], said: Collection[str]) -> bool:
    """Whether one of these people is none of those who `said` something."""
    return any(not same_as(look, who, said) for who in people)


def _is_left(look: Reading, case: CaseRecord, said: Iterable[str]) -> bool:
    """Whether somebody of the house who is none of these has the skills for the case."""
    asked = Unskilled(case.queue, case.lang, case.label, 1, case.created_at)
    people = [user for user in users.active(look, DECIDERS) if not user.trainee]
    able = [user.id for user in people if skills.can(skills.skills_of(user), look.queues, asked)]
    return not users.every(look) or not is_alone(look, said, able)


def _is_anybody_left(look: Reading, said: Iterable[str]) -> bool:
    """The same whatever it takes: who may not undo a measure may have the comment looked at anew."""
    people = [user.id for user in users.active(look, DECIDERS) if not user.trainee]
    return not users.every(look) or not is_alone(look, said, people)


def _ids(look: Reading, said: Iterable[str]) -> list[str]:
    """Users and keys that are, or may be, one of these, as cases name them."""
    names = every_name_of(look, [called(look, each) for each in said])
    theirs = [user.id for user in users.active(look, DECIDERS) if folded(user.name) in names]
    return [*theirs, *sorted(each for each in names if each.startswith(KEY))]


def _is_one(look: Reading, me: str, other: str) -> bool:
    if is_one_hand(look, me, other):
        return True
    return not look.queues.one_hand and not {me, folded(me)}.isdisjoint(every_name(look, other))
