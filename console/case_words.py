"""What a page says of a case in sentences: what brought it here, why it comes now, what was promised of it."""

from __future__ import annotations

from datetime import datetime

from console.report_view import AskedView
from console.words import Words, percent
from governance.campaigns import WHY as CAMPAIGN
from moderation.decision import Decision, Reason, Source
from records.awaiting import Awaited
from records.cases import DISAGREEMENT, GOLD
from records.house_queues import Harm
from records.leases import GRAVE
from records.opening import unsureness_of, worst_of
from records.values import CaseRecord
from records.waiting import COMPLAINT, FLAGGED
from review.chosen import Why

_GRADES = (("turn.grave", GRAVE), ("turn.likely", 0.5), ("turn.mild", float("-inf")))
"""What is said of a priority: one and more where somebody wrote a rule for it, or people complained."""

GRAVE_HARM = 0.5
"""From these points of `[harm]` on what is suspected is said to look grave."""

UNSURE = 0.6
"""From this unsureness on (a score of 0.3 to 0.7) the page says that the model is unsure."""

_FEEDBACK = frozenset({"false_positive", "false_negative"})


def why_reported(words: Words, asked: AskedView) -> str:
    """One sentence: as what it was reported."""
    return words("why.complaint_as", kinds=words("work.comma").join(dict.fromkeys(one.title for one in asked.said)))


def why(words: Words, case: CaseRecord, decision: Decision, harm: Harm | None = None) -> str:
    """One sentence: what brought the case here. Of several suspicions the worst, where `harm` says which it is."""
    if case.why in _FEEDBACK:
        return words("why.feedback")
    if case.why == COMPLAINT:
        return words("why.complaint")
    if case.why == CAMPAIGN:
        return words("why.campaign")
    if case.why in (DISAGREEMENT, GOLD):
        return _plainly(words, case, decision, harm)
    if case.why in tuple(Why):
        return words(f"why.{case.why}")
    return _worst_reason(words, decision, case.why, harm)


def _plainly(words: Words, case: CaseRecord, decision: Decision, harm: Harm | None) -> str:
    """What is asked a second or third time, or known, looks as it did at first: it says what the decision says."""
    if case.why == DISAGREEMENT:
        return words("why.disagreement")
    return _worst_reason(words, decision, decision.reasons[0].code if decision.reasons else "", harm)


def _worst_reason(words: Words, decision: Decision, code: str, harm: Harm | None) -> str:
    """What the machine suspects, where the case is here for one of its reasons."""
    reason = next((reason for reason in decision.reasons if reason.code == code), None)
    if reason is None:
        return words("why.asked")
    worst = worst_of(decision, harm) if harm is not None else None
    return reason_sentence(words, worst or reason, decision)


def _grade(case: CaseRecord, decision: Decision, harm: Harm | None) -> str:
    """How grave it looks. That somebody wrote a rule for it brings it forward, and makes nothing grave by itself."""
    grade = next(key for key, least in _GRADES if case.priority >= least)
    worst = worst_of(decision, harm) if harm is not None and case.why != COMPLAINT else None
    is_mild = worst is not None and harm is not None and harm.of(worst.code, worst.ground, worst.rule_id) < GRAVE_HARM
    return "turn.likely" if grade == "turn.grave" and is_mild else grade


def turn(
    words: Words,
    case: CaseRecord,
    decision: Decision,
    now: datetime,
    since: datetime | None = None,
    harm: Harm | None = None,
) -> str:
    """One sentence: why it comes now and not later (`records/turns.py`); `since` the oldest behind it waits."""
    if case.priority < 0:
        return words("turn.learning")
    parts = [words("turn.flagger")] if case.ahead == FLAGGED else []
    parts.append(words(_grade(case, decision, harm)))
    if case.reach >= 2:
        parts.append(words("turn.reach", n=case.reach))
    if unsureness_of(decision, case.label) >= UNSURE:
        parts.append(words("turn.unsure"))
    is_others = since is not None and since < case.created_at
    span = words.span_of(now - (since or case.created_at))
    parts.append(words("turn.oldest_waited" if is_others else "turn.waited", span=span))
    return words("turn.why", parts=words("work.comma").join(parts))


def around_clock(words: Words, awaited: Awaited, now: datetime) -> tuple[str, str]:
    """The sentence of the promise before and after what is left of it, where a clock stands in its place."""
    before, _, after = promise(words, awaited, now, left=_CLOCK).partition(_CLOCK)
    return before, after


_CLOCK = "\N{ALARM CLOCK}"


def promise(words: Words, awaited: Awaited, now: datetime, *, left: str = "") -> str:
    """What was promised, and what is left of it (as it is told, or `left`)."""
    said = {
        "span": words.span_of(awaited.due_at - awaited.promised_at),
        "left": left or words.span_of(abs(awaited.due_at - now)),
    }
    late = awaited.due_at < now
    if awaited.is_others:
        return words("turn.oldest_late" if late else "turn.oldest_left", **said)
    return words("turn.late" if late else "turn.left", **said)


def reason_sentence(words: Words, reason: Reason, decision: Decision) -> str:
    """A reason with who found it."""
    message = message_of(reason, words.locale)
    score = next((label for label in decision.labels if label.name == reason.code), None)
    if reason.source is Source.MODEL and score is not None:
        return words("why.model", message=message, score=percent(score.score), review=percent(score.review_threshold))
    if reason.source is Source.RULE:
        return words("why.rule", message=message, rule=reason.rule_id)
    return words("why.plain", message=message)


def message_of(reason: Reason, locale: str) -> str:
    """The reason's words, without the full stop that some have, so that a sentence can go on."""
    return (reason.message.get(locale) or reason.message.get("en") or reason.code).rstrip(".。")
