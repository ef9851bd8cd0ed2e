"""How good verdicts are: second opinions, a third person where two differ, and answers that are known.

A share of verdicts is drawn as they are given; what was drawn stays drawn, whoever decides it again meanwhile. Once one
can no longer be taken back, a case about the same comment is opened for a second person, who sees what the first saw
and nothing of what the first said; it looks like any other case. Where both said the same, the label record says so.
Where they differ a senior decides, who is the third to look and is told nothing of the two either; that verdict holds,
and its labels take the place of the first's.

Alike means the same verdict with the same labels: a reject for gambling and one for fraud are two different lessons.
What differs is weighed before a third person's time is taken. Whether the comment stays always is worth it; where both
rejected, labels are only where they lie further apart than the house bears (`labels_apart`): "advertising" beside
"advertising and fraud" is nearly agreed, and the label record says that half agree.
Nothing that people say a second time is told to the platform; only a third person's verdict is, as any verdict is.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from records import cases, comments, draws, labels, ledger, verdicts
from records.cases import DISAGREEMENT, ESCALATED
from records.unit_of_work import Unit
from records.values import CaseRecord, CommentRecord, Purpose, VerdictKind, VerdictRecord
from records.waiting import ANEW, COMPLAINT, COMPLAINTS, SECOND_LOOK
from review.agreement import masi

AT_ONCE = 200

Asked = Callable[[Unit, CaseRecord, datetime], None]
"""What else follows where another person is asked, in the same transaction."""

_chance = secrets.SystemRandom()
"""Nobody can work out beforehand which of their verdicts will be looked at again."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares from 0 to 1: of verdicts that go to a second person, and of cases whose answer is known.

    `random_a_day`: comments that people look at whatever the machine thinks (`review/random_slice.py`).
    """

    second_share: float = 0.0
    gold_share: float = 0.0
    random_a_day: int = 0


UNCHECKED = Quality()


def is_drawn(share: float) -> bool:
    """True in a `share` of all asks."""
    return _chance.random() < share


def shuffled(ids: Sequence[str]) -> list[str]:
    """In an order that nobody can work out beforehand."""
    return _chance.sample(list(ids), len(ids))


def chance_among(share: float, together: int) -> float:
    """With which one of so many verdicts that were given together is looked at again, at least one of them being so.

    Each is drawn with `share`; where none was (the chance of which is `(1 - share) ** together`), one of them is, and
    any of them as likely. Of a single one it is the share itself, and nothing is drawn where the share is none.
    """
    return share if together < 2 or not share else share + (1 - share) ** together / together


def scattered(hidden: Sequence[CaseRecord], among: Sequence[CaseRecord]) -> list[CaseRecord]:
    """The cases in their order, with what is hidden among them anywhere: always the first, it would be known."""
    found = list(among)
    for case in hidden:
        found.insert(_chance.randint(0, len(found)), case)
    return found


def is_compared(case: CaseRecord, verdict: VerdictRecord) -> bool:
    """Whether a verdict in this case is held against what others said, of which whoever gave it was told nothing."""
    asked = case.purpose is Purpose.OPINION or case.why in (DISAGREEMENT, *ANEW)
    return asked and verdict.verdict is not VerdictKind.UNSURE


def may_be_checked(case: CaseRecord, verdict: VerdictRecord, *, is_own: bool = False) -> bool:
    """Whether a second person may be asked about it. Cases of seniors and appeals go to none: they are the second.

    But for a senior who was the first, too (`is_own`): their own drawn verdict, handed on to themselves, has no second.
    """
    anew = case.why in (DISAGREEMENT, *ANEW) or (case.queue == ESCALATED and not is_own)
    return case.purpose is Purpose.DECIDE and not anew and verdict.verdict is not VerdictKind.UNSURE


def weigh(unit: Unit, *, now: datetime, limit: int = AT_ONCE, asked: Asked | None = None) -> int:
    """Does what follows from verdicts that stand by now; how many there were. The caller commits.

    `asked` hears of each case in which another person is asked.
    """
    count = 0
    for verdict in verdicts.to_weigh(unit, now=now, limit=limit):
        comment = comments.lock(unit, verdict.comment_id)
        if verdicts.is_weighed_now(unit, verdict.id):
            count += 1
            again = _follow(unit, verdict, comment, now)
            if again is not None and asked is not None:
                asked(unit, again, now)
    return count


def said(verdict: VerdictRecord) -> tuple[str, frozenset[str]]:
    """What is compared: the verdict, its labels and its ground."""
    return verdict.verdict.value, frozenset(verdict.codes)


def _follow(unit: Unit, verdict: VerdictRecord, comment: CommentRecord, now: datetime) -> CaseRecord | None:
    """The case in which another person is asked, if one is."""
    case = cases.get(unit, verdict.case_id)
    if comment.erased_at is not None or cases.undecided_of(unit, comment.id) is not None:
        return None  # nothing is left to ask, or whoever has the other case decides anyway
    if is_compared(case, verdict):
        return _compare(unit, case, verdict, now)
    if not _holds(unit, verdict) or draws.is_asked(unit, comment.id):
        return None
    queue = _waited_in(case, comment)
    return cases.ask_again(unit, case, queue=queue, why=case.why, purpose=Purpose.OPINION, now=now)


def _waited_in(case: CaseRecord, comment: CommentRecord) -> str:
    """Where the second person's case waits: where the first one's did before anybody was unsure of it."""
    if case.queue != SECOND_LOOK:
        return case.queue
    return COMPLAINTS if case.why == COMPLAINT else comment.surface


def _holds(unit: Unit, verdict: VerdictRecord) -> bool:
    holding = verdicts.holding_of(unit, verdict.comment_id)
    return holding is not None and holding.id == verdict.id


def _compare(unit: Unit, case: CaseRecord, verdict: VerdictRecord, now: datetime) -> CaseRecord | None:
    """Notes how many agree with what holds; asks a third person where it is one against one."""
    held, record = verdicts.holding_of(unit, verdict.comment_id), labels.in_force(unit, verdict.comment_id)
    given = verdicts.opinions_on(unit, verdict.decision_id)
    holding = next((each for each in given if held is not None and each.id == held.id), None)
    if holding is None or len(given) < 2:  # what is appealed may be the machine's word alone
        return None
    alike = [each for each in given if said(each) == said(holding)]
    if record is not None and record.verdict_id == holding.id:
        labels.set_agreement(unit, record.id, asked=len(given), agreement=len(alike) / len(given))
    differ = any(_is_worth_a_third(holding, each, unit.queues.second_looks.labels_apart) for each in given)
    if not differ or case.purpose is not Purpose.OPINION:
        return None
    third = cases.ask_again(unit, case, queue=ESCALATED, why=DISAGREEMENT, purpose=Purpose.DECIDE, now=now)
    ledger.append(unit, _differ(third, given), now=now)
    return third


def _is_worth_a_third(one: VerdictRecord, other: VerdictRecord, labels_apart: float) -> bool:
    """Whether they differ in the outcome, or in labels and grounds by more than the house bears."""
    if one.verdict is not other.verdict:
        return True
    return masi(frozenset(one.codes), frozenset(other.codes)) > labels_apart


def _differ(case: CaseRecord, given: Sequence[VerdictRecord]) -> ledger.Entry:
    return ledger.Entry(
        kind="case.disagreement",
        actor=ledger.MACHINE,
        subject_kind="case",
        subject_id=case.id,
        reason="two people said different things",
        ground="",
        facts={"verdict_ids": [each.id for each in given], "decision_id": case.decision_id},
    )
