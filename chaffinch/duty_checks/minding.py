"""What who runs a public account can do about the comments under it (2022, articles 10 and 11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chaffinch.duty_checks.deciding import policy_off
from chaffinch.duty_checks.rehearsal import AUTHOR, ONE, THREAD, WHY, agreed, fault, ground, in_force, stored
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from governance import account_measures as taking
from governance import account_notices, minding
from governance import appeals as contesting
from governance.duties import Found
from governance.measure_wishes import Wish
from moderation.decision import Outcome
from moderation.errors import ChaffinchError, InvalidInputError
from moderation.policy import Policy
from moderation.taxonomy import Words
from records import accountability, decisions, ledger
from records.measures import STOPPING
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.unit_of_work import Unit

SAID = {"zh": "这是一次演练", "en": WHY}
ELSEWHERE = "rehearsal-of-duties-elsewhere"


def minded(place: Installation) -> Found:
    """10, 11: what they hide is hidden, theirs alone, no offence of its author, told, contested, and shown again."""
    if place.policy is None:
        return place.off(policy_off(place, "its name"))
    with place.reading() as look:
        hidden = accountability.hidden_by_operators(look)
    if wrong := fault(place, _minded):
        return place.off("general.report", wrong=wrong)
    return place.held("minding.minded_1", hidden=hidden)


def _minded(place: Installation, unit: Unit) -> Iterator[Words]:
    for measure in STOPPING:
        name = f"{AUTHOR}-{measure}"
        comment = stored(place, unit, Outcome.PASS, known_as=name)
        try:
            _hide(place, unit, name, measure, ELSEWHERE)
        except InvalidInputError:
            pass
        else:
            yield say("minding.minded_2")
        made = _hide(place, unit, name, measure, THREAD)
        if decisions.latest_of(unit, comment.comment_id).outcome is not Outcome.BLOCK:
            yield say("minding.minded_3", measure=measure)
        if ledger.last(unit, "measure.taken", comment.comment_id) is None:
            yield say("minding.minded_4", measure=measure)
        if not minding.is_theirs(unit, comment.comment_id) or not _tells(made):
            yield say("minding.minded_5", measure=measure)
        try:
            contesting.appealable(unit, comment.decision_id, place.complaint_rules, now=place.now)
        except ChaffinchError:
            yield say("minding.minded_6", measure=measure)
        if taking.lift(unit, made.id, why=WHY, by=ONE, now=place.now).state is MeasureState.IN_FORCE:
            agreed(place, unit, made.id)  # what two agreed on is lifted by two
        if decisions.latest_of(unit, comment.comment_id).outcome is not Outcome.PASS:
            yield say("minding.minded_7", measure=measure)


def _hide(place: Installation, unit: Unit, name: str, measure: str, thread: str) -> MeasureRecord:
    wish = Wish(TargetKind.COMMENT, name, SAID, ground(place), measure, for_thread=thread)
    made = taking.take(unit, place.keyring, wish, _policy(place), by=ONE, policies=place.policies, now=place.now)
    return in_force(place, unit, made)


def _policy(place: Installation) -> Policy:
    if place.policy is None:
        raise LookupError(place.policy)
    return place.policy


def _tells(made: MeasureRecord) -> bool:
    """Whether the author reads that it is not the house's finding."""
    houses = account_notices.notice(replace(made, role=None))
    told = account_notices.notice(made)
    return all(told[language] != houses[language] for language in told)
