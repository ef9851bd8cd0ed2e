"""In which words those are answered who complained, appealed or contested: chosen with the verdict, kept beside it.

Words are templates (`configs/complaints.toml`), never free ones: what goes to the public quotes no comment, and says
nothing of who decided. Beside them stand the labels and the ground of the verdict, as the policy that judged has them.
"""

from __future__ import annotations

from datetime import datetime

from governance.complaint_rules import APPEAL, COMPLAINT, CONTEST, ComplaintRules
from moderation.errors import Fault, InvalidInputError
from moderation.policy import Policy
from records import answers, complaints, waiting
from records.public_values import AppealOutcome, ComplaintOutcome
from records.unit_of_work import Unit
from records.values import CaseRecord, Judgement, VerdictKind
from review.verdicts import Given


def whom(case: CaseRecord) -> str:
    """Whom this case's verdict answers."""
    return {waiting.APPEAL: APPEAL, waiting.CONTEST: CONTEST}.get(case.why, COMPLAINT)


def outcome_of(verdict: VerdictKind, case: CaseRecord) -> str | None:
    """What the verdict means to whom it answers; None where it answers nobody."""
    if verdict is VerdictKind.UNSURE:
        return None
    if whom(case) == APPEAL:
        return AppealOutcome.UPHELD if verdict is VerdictKind.REJECT else AppealOutcome.OVERTURNED
    return ComplaintOutcome.ACTED if verdict is VerdictKind.REJECT else ComplaintOutcome.KEPT


def check(judgement: Judgement, case: CaseRecord, rules: ComplaintRules) -> None:
    """Raises `InvalidInputError` for a chosen answer that does not fit the verdict."""
    if judgement.answer is None:
        return
    outcome = outcome_of(judgement.verdict, case)
    fitting = [] if outcome is None else rules.fitting(whom(case), outcome)
    if judgement.answer not in fitting:
        detail = f"must be one of {', '.join(fitting)}" if fitting else "nobody is answered by this verdict"
        raise InvalidInputError("The verdict cannot be used.", [Fault("/answer", detail)])


def keep(unit: Unit, given: Given, template: str | None, policy: Policy, *, now: datetime) -> None:
    """Keeps what was chosen, where somebody waits for it."""
    if given.case.why not in waiting.ANEW and not complaints.waits_in(unit, given.case.id):
        return
    reasons = [{"code": code, "ground": policy.ground(code)} for code in given.verdict.codes]
    answers.keep(unit, given.verdict.id, template=template, reasons=reasons, now=now)
