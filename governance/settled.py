"""What was settled about a comment, and who may settle it otherwise: asked wherever anything is decided about one.

* **On appeal or contest**: by a person who knew nothing of what had been decided. It is reversed by nobody who knows
  it, but by another such person alone, in a case of its own (`governance/reopening.py`), and who asked is told anew.
* **By seniors**, on escalation or between two who differed: it is reversed by a senior, and by none of those against
  whose word it was, under whatever name (`governance/another.py`).

What says just the same reverses nothing, and takes nothing from what was settled. A text that was changed since was
settled by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from governance import another, spoken
from governance.approvals import MAY_APPROVE
from moderation.errors import ForbiddenError
from records import cases, comments, decisions, keys, users, verdicts
from records.cases import APART, DISAGREEMENT, ESCALATED
from records.known_as import KEY, folded
from records.unit_of_work import Reading
from records.values import KNOWN_ANSWER, CaseRecord, Judgement, Purpose, VerdictKind, VerdictRecord
from records.waiting import ANEW, APPEAL
from review.quality import said

ADMIN = "admin"
"""The scope of keys that decide what only seniors do."""


class By(StrEnum):
    """By whom something was settled."""

    BLIND = "blind"
    SENIORS = "seniors"


@dataclass(frozen=True, slots=True)
class Settled:
    """The verdict by which something is settled, and what others had said otherwise before it."""

    verdict: VerdictRecord
    by: By
    against: tuple[VerdictRecord, ...]


class SettledError(ForbiddenError):
    """Why what was settled stands; `why` is a word of the console under `settled`."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(SENTENCES[why])


SENTENCES = {
    "blind": "This was decided on appeal or contest, by somebody who knew nothing of what was decided before. Nobody "
    "who knows it reverses it: open it again, with a reason, and a third person looks at it as if for the first time.",
    "seniors": "A senior settled this. Hand the case to the seniors (escalate), with what speaks against it, or ask a "
    "senior to open it again.",
    "lost": "What you, or somebody whose account is in one hand with yours, said of this comment was decided otherwise "
    "since. You do not reverse that: somebody else opens it again and decides it.",
    "measured": "A person found that this comment stays, and no measure says otherwise: open its decision again, with "
    "a reason, so that somebody else decides it.",
}


def find(look: Reading, comment_id: str) -> Settled | None:
    """What was settled about the comment's text as it is now; None where nothing was, but for a plain verdict."""
    given = [each for each in verdicts.of_comment(look, comment_id) if each.purpose not in KNOWN_ANSWER]
    given = [each for each in given if each.verdict is not VerdictKind.UNSURE]
    given = _about_this_text(look, comment_id, given) if given else []
    found: tuple[VerdictRecord, By] | None = None
    for each in given:
        if each.purpose is Purpose.DECIDE and (by := _settles(cases.get(look, each.case_id), found)) is not None:
            found = each, by
    if found is None:
        return None
    verdict, by = found
    before = (each for each in given if each.id < verdict.id and said(each) != said(verdict))
    return Settled(verdict, by, tuple(before))


def check(look: Reading, case: CaseRecord, judgement: Judgement, moderator: str) -> None:
    """Raises `SettledError` where the verdict would reverse what was settled and may not."""
    if case.purpose is not Purpose.DECIDE or case.why in (*ANEW, DISAGREEMENT):
        return  # who knows nothing of what was settled decides as if for the first time
    if why := why_not(look, case.comment_id, judgement, moderator):
        raise SettledError(why)


def is_after_appeal(look: Reading, comment_id: str) -> bool:
    """Whether what holds was settled on an author's appeal."""
    settled = find(look, comment_id)
    return settled is not None and settled.by is By.BLIND and cases.get(look, settled.verdict.case_id).why == APPEAL


def is_after_blind(look: Reading, verdict: VerdictRecord) -> bool:
    """Whether a verdict says anew what somebody who knew nothing of what was decided had settled before."""
    settled = find(look, verdict.comment_id)
    return settled is not None and settled.by is By.BLIND and settled.verdict.id < verdict.id


def why_not(look: Reading, comment_id: str, judgement: Judgement, moderator: str) -> str | None:
    """Why a plain verdict of somebody who is not asked blind would reverse what was settled, and may not."""
    settled = find(look, comment_id)
    if settled is None or not reverses(settled.verdict, judgement):
        return None
    return _why_not(look, settled, moderator)


def check_measure(look: Reading, comment_id: str, who: str) -> None:
    """Raises `SettledError` where a measure would be taken for a comment that is settled to stay."""
    settled = find(look, comment_id)
    if settled is None or settled.verdict.verdict is VerdictKind.REJECT:
        return
    if _why_not(look, settled, who) is not None:
        raise SettledError("measured")


def check_may_ask(look: Reading, settled: Settled, who: str) -> None:
    """Raises `SettledError` where somebody may not even ask that it be looked at again."""
    if another.same_as(look, who, _losers(look, settled)):
        raise SettledError("lost")
    if settled.by is By.SENIORS and not is_senior(look, who):
        raise SettledError("seniors")


def reverses(verdict: VerdictRecord, judgement: Judgement) -> bool:
    """Whether it says otherwise: in the outcome, in what it is rejected for, or in what is done about it."""
    if judgement.verdict is VerdictKind.UNSURE:
        return False
    codes = frozenset((*judgement.labels, *filter(None, (judgement.ground,))))
    return (said(verdict), verdict.measure) != ((judgement.verdict.value, codes), judgement.measure)


def is_senior(look: Reading, who: str) -> bool:
    """Whether they decide what only seniors do: by role, or with a key of scope `admin` that is no junior's."""
    key = keys.by_prefix(look, who.removeprefix(KEY)) if who.startswith(KEY) else None
    known = users.by_name(look, folded(key.name)) if key else users.find(look, who) or users.by_name(look, folded(who))
    if key is not None:
        return ADMIN in key.scopes and (known is None or known.role in MAY_APPROVE)
    return known.role in MAY_APPROVE if known else not users.page(look, limit=1).items


def _why_not(look: Reading, settled: Settled, who: str) -> str | None:
    if settled.by is By.BLIND:
        return "blind"
    if not is_senior(look, who):
        return "seniors"
    return "lost" if another.same_as(look, who, _losers(look, settled)) else None


def _losers(look: Reading, settled: Settled) -> set[str]:
    """Against whose word it was settled, or who had agreed to it; on appeal of a measure, also who had taken that."""
    lost = spoken.of_verdicts(look, settled.against)
    return lost | (spoken.took_measures(look, settled.verdict.comment_id) if settled.by is By.BLIND else set())


def _about_this_text(look: Reading, comment_id: str, given: list[VerdictRecord]) -> list[VerdictRecord]:
    revision = comments.get(look, comment_id).revision
    judged = decisions.revisions_of(look, {each.decision_id for each in given})
    return [each for each in given if judged[each.decision_id] == revision]


def _settles(case: CaseRecord, before: tuple[VerdictRecord, By] | None) -> By | None:
    """By whom a verdict in this case settles; None where it settles nothing, or was no reversal of what is settled."""
    was_blind = before is not None and before[1] is By.BLIND
    if case.why in ANEW or (case.why == DISAGREEMENT and was_blind):
        return By.BLIND
    by_seniors = case.queue == ESCALATED or case.why == DISAGREEMENT or case.opened_by == APART
    return By.SENIORS if by_seniors and not was_blind else None
