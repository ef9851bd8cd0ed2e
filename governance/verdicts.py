"""A verdict with all that governance attaches to it, for the console and the API alike: one way, so that none forgets.

What a second person says, or answers to what is known, asks the platform for nothing (`review/quality.py`).

`review/verdicts.py` applies the verdict; here the measure that it asks for gets its reason and its ground, in the same
transaction, and is withdrawn when the verdict is taken back; and the platform is told, once it cannot be any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from governance import another, answering, events, hour, measures, settled, waiting_many
from governance.complaint_rules import ComplaintRules, shipped
from governance.events import Asked
from moderation.errors import ForbiddenError
from moderation.policy import Policy
from moderation.taxonomy import Taxonomy
from records import alone, cases, credit, decisions, knowing, verdicts
from records.known_as import known_as
from records.unit_of_work import Unit
from records.values import CaseRecord, Judgement, Purpose, VerdictKind, VerdictRecord
from records.waiting import APPEAL
from review import groups
from review import verdicts as review
from review.quality import UNCHECKED, Quality
from review.verdicts import Given

DECIDED_ANEW = "decided anew"
"""Why a measure is taken back where nobody wrote another reason."""


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What labels mean, on which rules they stand, how many verdicts are checked, how the public is answered.

    `alone_an_hour`: over how many comments of their own choice one person decides within an hour. `together`: over
    how many a verdict is given at once.
    """

    taxonomy: Taxonomy
    policies: Mapping[str, Policy]
    quality: Quality = UNCHECKED
    complaints: ComplaintRules = field(default_factory=shipped)
    alone_an_hour: int = hour.USUAL
    together: int = 1

    def policy_of(self, reference: str) -> Policy:
        """The policy that judged (`cn@1`), as it now is; the default one where it was removed since."""
        return self.policies.get(reference.partition("@")[0], self.policies["default"])


def give(  # noqa: PLR0913 - each by its name
    unit: Unit,
    rules: HouseRules,
    case_id: str,
    judgement: Judgement,
    *,
    moderator: str,
    token: str | None,
    now: datetime,
    why: str = DECIDED_ANEW,
) -> Given:
    """Applies the verdict and asks for its measure; the caller commits.

    In the place of an earlier one it takes back what that had asked for, `why` as the ledger tells it.
    Raises `InvalidInputError` with what is wrong, `ConflictError` where the case is decided or in other hands,
    `NotAnotherError` where somebody is asked anew about what they said before, or would answer a doubt about what
    they allowed, `SettledError` where they would reverse what was settled (`settled.py`), `NotFoundError`,
    `HourOverError` where they chose it (`hour.py`); and `AskedAlreadyError` to whoever asked a second person about it.
    """
    before = cases.get(unit, case_id)
    earlier = verdicts.holding_for(unit, before.decision_id)
    if knowing.is_blind(before):
        another.check(unit, before, moderator)
    another.check_doubt(unit, before, moderator)
    if alone.is_chosen(unit, before, known_as(unit, moderator)):
        another.check_choice(unit, before, judgement, moderator)
    if not knowing.may_be_asked(unit, before, moderator):
        raise ForbiddenError("You have read what was decided about this comment: somebody else decides this case.")
    if before.purpose is Purpose.DECIDE:
        waiting_many.check_free(unit, before.comment_id, moderator)
        hour.check(unit, before, judgement.verdict, moderator=moderator, an_hour=rules.alone_an_hour, now=now)
    settled.check(unit, before, judgement, moderator)
    answering.check(judgement, before, rules.complaints)
    if judgement.measure is not None:
        measures.checked(judgement.measure, judgement.verdict)
    given = review.give_verdict(
        unit,
        rules.taxonomy.names,
        case_id,
        judgement,
        moderator=moderator,
        token=token,
        now=now,
        grounds=rules.taxonomy.grounds_beside,
    )
    policy = rules.policy_of(given.decision.decision.versions.policy)
    if judgement.measure is not None:
        measures.checked(judgement.measure, judgement.verdict, policy.by_verdict)
    review.ask_second(
        unit,
        given,
        rules.quality.second_share,
        now=now,
        together=rules.together,
        somebody=lambda: another.is_there(unit, before, moderator),
    )
    if given.verdict.purpose is Purpose.DECIDE:
        groups.hand_on(unit, given.case)
    if given.decides:
        events.decision_final(unit, given, policy, now=now)
        answering.keep(unit, given, judgement.answer, policy, now=now)
        _recount(unit, given, policy)
    if judgement.measure is not None and given.verdict.purpose is Purpose.DECIDE:
        _ask(unit, given, rules.taxonomy, policy, now)
    replaced = _taken_back_by(before, given.verdict, earlier)
    if given.decides and replaced is not None:
        _withdraw(unit, replaced, given.verdict, why, now)
    return given


def take_back(unit: Unit, case_id: str, *, moderator: str, now: datetime) -> CaseRecord:
    """Undoes the moderator's last verdict within ten seconds, and its measure; the case is in their hands again.

    Raises `ConflictError` where it is too late, not theirs, the case went on, or the platform was told, and
    `NotFoundError`.
    """
    last = verdicts.last_of_case(unit, case_id)
    case = review.undo(unit, case_id, moderator=moderator, now=now)
    groups.hand_back(unit, case, by=moderator, now=now)
    if last is not None:
        events.withdraw(unit, last)
        credit.mark(unit, [last.comment_id])
    if last is not None and last.measure is not None and last.purpose is Purpose.DECIDE:
        versions = decisions.get(unit, last.decision_id).decision.versions
        reason = "the verdict was taken back"
        measures.withdraw_for_verdict(unit, last, reason=reason, versions=versions, now=now)
    if last is not None and last.purpose is Purpose.DECIDE and last.verdict is not VerdictKind.UNSURE:
        _hold_again(unit, case, last, now)
    return case


def _taken_back_by(case: CaseRecord, verdict: VerdictRecord, earlier: VerdictRecord | None) -> VerdictRecord | None:
    """`earlier`, where it asked for another measure than `verdict`; an appeal takes back once it is answered."""
    if earlier is None or case.why == APPEAL or earlier.measure in (None, verdict.measure):
        return None
    return earlier


def _withdraw(unit: Unit, earlier: VerdictRecord, by: VerdictRecord, why: str, now: datetime) -> None:
    versions = decisions.get(unit, earlier.decision_id).decision.versions
    measure_id = measures.requested_with(unit, earlier)
    measures.withdraw_for_verdict(unit, earlier, reason=why, versions=versions, now=now)
    events.measure_withdrawn(unit, earlier, measure_id, by=by, now=now)


def _hold_again(unit: Unit, case: CaseRecord, undone: VerdictRecord, now: datetime) -> None:
    """What the verdict before had asked for holds again; of its withdrawal nobody was told."""
    earlier = _taken_back_by(case, undone, verdicts.holding_for(unit, undone.decision_id))
    if earlier is not None:
        versions = decisions.get(unit, earlier.decision_id).decision.versions
        measures.hold_again(unit, earlier, versions=versions, now=now)


def _recount(unit: Unit, given: Given, policy: Policy) -> None:
    """What the verdict means for the author's credit is counted by a worker; a policy without credit keeps none."""
    if policy.credit is not None:
        credit.mark(unit, [given.verdict.comment_id])


def _ask(unit: Unit, given: Given, taxonomy: Taxonomy, policy: Policy, now: datetime) -> None:
    versions, codes = given.decision.decision.versions, given.verdict.codes
    reason, ground = measures.reason_of(taxonomy, codes), measures.ground_of(policy, codes)
    entry_id = measures.request_for_verdict(
        unit, given.verdict, reason=reason, ground=ground, versions=versions, now=now
    )  # fmt: skip
    events.measure_requested(unit, given.verdict, Asked(entry_id, reason, ground), now=now)
