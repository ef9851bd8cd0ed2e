"""Before something new goes live, and when something happens: assessments and emergencies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from chaffinch.duty_checks.deciding import NEWS, WORDS, engine_of, policy_off
from chaffinch.duty_checks.rehearsal import (
    AUTHOR,
    ONE,
    THIRD,
    THREAD,
    WHY,
    agreed,
    agrees_alone,
    fault,
    stored,
)
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from governance import assessments as assessing
from governance import emergencies as governing
from governance import in_force, moves, what_decides
from governance.duties import Found
from moderation.comment import Author, Comment, Context
from moderation.decision import Outcome
from moderation.emergency import GROUND, Effect, Emergency, Kind, Scope
from moderation.policy import Policy
from moderation.taxonomy import Words
from records import accountability, ledger
from records import decisions as judged
from records import emergencies as kept
from records.emergencies import EmergencyRecord
from records.ids import new_id
from records.storing import Answered, store_decisions
from records.unit_of_work import Unit
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import Pointer, find_pointer
from registry.promotion import moves as history_of

GRACE = timedelta(minutes=1)
"""How long after its end an emergency may still run: a worker looks each second."""

MINUTES = 30
BUNDLE = "a rehearsed bundle"


def assessment(place: Installation) -> Found:
    """4: no model goes live on news before two people signed its assessment; the one that answers is signed."""
    policy = place.policy
    if policy is None or NEWS not in policy.assess:
        return place.off(policy_off(place, f'assess = ["{NEWS}"]'))
    pointer = find_pointer(place.settings.registry_root, MODEL_NAME, CHAMPION)
    with place.reading() as look:
        says = in_force.said_now(policy, what_decides.differing(look, place.settings.configs))
        changed = assessing.policy_wanting(look, policy, says=says, before=in_force.said_before(look, policy.name))
        lacks = assessing.wanting(look, [policy], pointer.hash) if pointer else []
        nobody = assessing.answered_for_by_nobody(look, [policy], pointer.hash) if pointer else []
        signed = accountability.assessments_signed(look)
    if pointer and lacks:
        return place.off(_unassessed(place, pointer, [each.surface for each in lacks]))
    if pointer and nobody:
        return place.off(
            "precautions.assessment_2",
            version=pointer.version,
            nobody=", ".join(nobody),
            assessing=assessing.to_write(pointer.version, policy.assess),
        )
    if changed:
        return place.off(
            "precautions.assessment_3" if says.files else "precautions.assessment_4",
            reference=policy.reference,
            assessing=assessing.to_write(policy.name, [each.surface for each in changed], kind=assessing.POLICY),
        )
    if wrong := fault(place, _assessed) or fault(place, _rules_assessed):
        return place.off("general.report", wrong=wrong)
    return place.held("precautions.assessment_1", signed=signed)


def _unassessed(place: Installation, pointer: Pointer, surfaces: list[str]) -> Words:
    """That nobody assessed what answers; where it is the last move's emergency way back, whose and which emergency."""
    told = {
        "version": pointer.version,
        "surfaces": ", ".join(surfaces),
        "assessing": assessing.to_write(pointer.version, surfaces),
    }
    last = next(reversed(history_of(place.settings.registry_root)), None)
    if last is None or last["hash"] != pointer.hash or not last.get(moves.EMERGENCY):
        return say("precautions.wanting", **told)
    at, who = datetime.fromisoformat(last["at"]), last.get("actor") or "?"
    return say("precautions.assessment_5", **told, at=at, who=who, emergency=last[moves.EMERGENCY])


def _assessed(place: Installation, unit: Unit) -> Iterator[Words]:
    policy = place.policies[place.policy_name]
    stored(place, unit, Outcome.PASS, surface=NEWS, policy=policy.reference)
    if not assessing.wanting(unit, [policy], BUNDLE):
        yield say("precautions.assessed_1")
    fields = dict.fromkeys(assessing.FIELDS, WHY)
    wish = assessing.Wish(assessing.MODEL, WHY, BUNDLE, policy.assess, fields, ONE, WHY)
    made = assessing.write(unit, wish, surfaces=policy.surfaces, now=place.now)
    if agrees_alone(place, unit, made.id):
        yield say("precautions.assessed_2")
    agreed(place, unit, made.id)
    if not assessing.wanting(unit, [policy], BUNDLE):
        yield say("precautions.assessed_3")
    agreed(place, unit, made.id, THIRD)
    if assessing.wanting(unit, [policy], BUNDLE):
        yield say("precautions.assessed_4")
    if ledger.last(unit, "assessment.signed", made.id) is None:
        yield say("precautions.assessed_5")


def _rules_assessed(place: Installation, unit: Unit) -> Iterator[Words]:
    policy = place.policies[place.policy_name]
    stored(place, unit, Outcome.PASS, surface=NEWS, policy=policy.reference)
    going = assessing.Going("rehearsed.rule", BUNDLE, (NEWS,))
    if not assessing.for_rule(unit, [policy], going, now=place.now)[0]:
        yield say("precautions.rules_assessed_1")
    fields, until = dict.fromkeys(assessing.FIELDS, WHY), place.now + timedelta(days=1)
    wish = assessing.Wish(assessing.RULES, "rehearsed", "", policy.assess, fields, ONE, WHY, until)
    made = assessing.write(unit, wish, surfaces=policy.surfaces, now=place.now)
    agreed(place, unit, made.id)
    agreed(place, unit, made.id, THIRD)
    if assessing.for_rule(unit, [policy], going, now=place.now)[0]:
        yield say("precautions.rules_assessed_2")
    if not assessing.for_rule(unit, [policy], going, now=until)[0]:
        yield say("precautions.rules_assessed_3")


def emergencies(place: Installation) -> Found:
    """5(5): two people begin one, it holds, a drill does not, it ends by itself, and there is a report of it."""
    with place.reading() as look:
        running = kept.running(look)
        count = accountability.emergencies_begun(look)
    if ahead := [each for each in running if governing.is_ahead(each, place.now)]:
        return place.off("precautions.emergencies_2", place=ahead[0].place)
    if over := [each for each in running if each.ends_at + GRACE < place.now]:
        return place.off("precautions.emergencies_3", place=over[0].place, ends_at=over[0].ends_at, id=over[0].id)
    if wrong := fault(place, _emergency):
        return place.off("general.report", wrong=wrong)
    return place.held("precautions.emergencies_1", count=count, n=len(running))


def _emergency(place: Installation, unit: Unit) -> Iterator[Words]:
    policy = place.policies[place.policy_name]
    wish = governing.Wish(Scope(thread_id=THREAD), Effect(Kind.CLOSED), MINUTES, ONE, WHY)
    asked = governing.ask(unit, wish, labels=place.taxonomy.names, surfaces=policy.surfaces, now=place.now)
    if agrees_alone(place, unit, asked.subject_id):
        yield say("precautions.emergency_1")
    agreed(place, unit, asked.subject_id)
    begun = kept.running_at(unit, asked.subject_id)
    if begun is None or ledger.last(unit, "emergency.started", begun.id) is None:
        yield say("precautions.emergency_2")
        return
    closed = _judged(place, policy, begun)
    if closed.decision.outcome is not Outcome.BLOCK or not any(
        reason.ground == f"{GROUND}{begun.id}" for reason in closed.decision.reasons
    ):
        yield say("precautions.emergency_3")
    if _judged(place, policy, replace(begun, is_drill=True)).decision.outcome is not Outcome.PASS:
        yield say("precautions.emergency_4")
    yield from _accounted(place, unit, begun, closed)


def _accounted(place: Installation, unit: Unit, begun: EmergencyRecord, closed: Answered) -> Iterator[Words]:
    [made] = store_decisions(unit, [closed], keyring=place.keyring, now=place.now)
    judged.set_final(unit, made.decision_id, outcome=Outcome.PASS, overturned=True)
    told = governing.report(unit, begun.id, now=place.now)
    if (told.changed, told.wrong.hits) != (1, 1):
        yield say("precautions.accounted_1")
    governing.settle(unit, place.now + timedelta(minutes=MINUTES))
    if kept.get(unit, begun.id).ended_at is None:
        yield say("precautions.accounted_2")


def _judged(place: Installation, policy: Policy, begun: EmergencyRecord) -> Answered:
    """A comment in the thread, as servers answer while this runs."""
    until = time.monotonic() + timedelta(minutes=MINUTES).total_seconds()
    now = Emergency(begun.id, begun.scope, begun.effect, until, begun.is_drill)
    comment = Comment(WORDS, author=Author(AUTHOR, verified=True), context=Context(thread_id=THREAD))
    decision = engine_of(place, policy, emergencies=(now,)).judge(comment, policy=policy.name)
    return Answered(comment, decision, new_id(), latency_ms=0.0)
