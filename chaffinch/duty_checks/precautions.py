"""Before something new goes live, and when something happens: assessments and emergencies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

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
from chaffinch.installation import Installation
from governance import assessments as assessing
from governance import emergencies as governing
from governance import in_force
from governance.duties import Found
from moderation.comment import Author, Comment, Context
from moderation.decision import Outcome
from moderation.emergency import GROUND, Effect, Emergency, Kind, Scope
from moderation.policy import Policy
from records import accountability, ledger
from records import decisions as judged
from records import emergencies as kept
from records.emergencies import EmergencyRecord
from records.ids import new_id
from records.storing import Answered, store_decisions
from records.unit_of_work import Unit
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import find_pointer

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
        said, first = in_force.said_by(place.policies)[policy.name][1], in_force.first_said(look, policy.name)
        changed = assessing.policy_wanting(look, policy, mark=said, first=first)
        lacks = assessing.wanting(look, [policy], pointer.hash) if pointer else []
        nobody = assessing.answered_for_by_nobody(look, [policy], pointer.hash) if pointer else []
        signed = accountability.assessments_signed(look)
    if pointer and lacks:
        return place.off(assessing.refusal(lacks, pointer.version))
    if pointer and nobody:
        return place.off(
            f"the assessment of version {pointer.version}, which answers, was signed by {', '.join(nobody)}, who have "
            f"no account here: have people who log in assess it ({assessing.to_write(pointer.version, policy.assess)}) "
            "and two of them sign it in the console under Approvals"
        )
    if changed:
        return place.off(
            f"the policy {policy.reference} says something else than it first did here, and nobody assessed that: "
            f"{assessing.to_write(policy.name, [each.surface for each in changed], kind=assessing.POLICY)}"
        )
    if wrong := fault(place, _assessed) or fault(place, _rules_assessed):
        return place.off(f"{wrong}: report it")
    return place.held(
        f"a rehearsed model and a rehearsed rule wait for two signatures before they go live; {signed} assessments are "
        "signed"
    )


def _assessed(place: Installation, unit: Unit) -> Iterator[str]:
    policy = place.policies[place.policy_name]
    stored(place, unit, Outcome.PASS, surface=NEWS, policy=policy.reference)
    if not assessing.wanting(unit, [policy], BUNDLE):
        yield "a model that nobody assessed would go live on news"
    fields = dict.fromkeys(assessing.FIELDS, WHY)
    wish = assessing.Wish(assessing.MODEL, WHY, BUNDLE, policy.assess, fields, ONE, WHY)
    made = assessing.write(unit, wish, surfaces=policy.surfaces, now=place.now)
    if agrees_alone(place, unit, made.id):
        yield "an assessment was signed by its author"
    agreed(place, unit, made.id)
    if not assessing.wanting(unit, [policy], BUNDLE):
        yield "one signature is enough for an assessment"
    agreed(place, unit, made.id, THIRD)
    if assessing.wanting(unit, [policy], BUNDLE):
        yield "an assessment that two people signed does not count"
    if ledger.last(unit, "assessment.signed", made.id) is None:
        yield "a signed assessment stands in no entry of the ledger"


def _rules_assessed(place: Installation, unit: Unit) -> Iterator[str]:
    policy = place.policies[place.policy_name]
    stored(place, unit, Outcome.PASS, surface=NEWS, policy=policy.reference)
    going = assessing.Going("rehearsed.rule", BUNDLE, (NEWS,))
    if not assessing.for_rule(unit, [policy], going, now=place.now)[0]:
        yield "a rule that blocks and that nobody assessed would go live on news"
    fields, until = dict.fromkeys(assessing.FIELDS, WHY), place.now + timedelta(days=1)
    wish = assessing.Wish(assessing.RULES, "rehearsed", "", policy.assess, fields, ONE, WHY, until)
    made = assessing.write(unit, wish, surfaces=policy.surfaces, now=place.now)
    agreed(place, unit, made.id)
    agreed(place, unit, made.id, THIRD)
    if assessing.for_rule(unit, [policy], going, now=place.now)[0]:
        yield "an assessment of rules that two people signed does not count"
    if not assessing.for_rule(unit, [policy], going, now=until)[0]:
        yield "an assessment of rules counts after its end"


def emergencies(place: Installation) -> Found:
    """5(5): two people begin one, it holds, a drill does not, it ends by itself, and there is a report of it."""
    with place.reading() as look:
        running = kept.running(look)
        count = accountability.emergencies_begun(look)
    if ahead := [each for each in running if governing.is_ahead(each, place.now)]:
        return place.off(f"{ahead[0].place} begins in the future: set the clocks of all machines (NTP)")
    if over := [each for each in running if each.ends_at + GRACE < place.now]:
        return place.off(
            f"{over[0].place} had to end at {over[0].ends_at:%Y-%m-%d %H:%M} UTC and runs: start chaffinch worker, or "
            f"chaffinch emergency end {over[0].id} --by NAME --why WORDS"
        )
    if wrong := fault(place, _emergency):
        return place.off(f"{wrong}: report it")
    return place.held(
        f"a rehearsed emergency closed a thread, ended and was reported; {count} began, {len(running)} run"
    )


def _emergency(place: Installation, unit: Unit) -> Iterator[str]:
    policy = place.policies[place.policy_name]
    wish = governing.Wish(Scope(thread_id=THREAD), Effect(Kind.CLOSED), MINUTES, ONE, WHY)
    asked = governing.ask(unit, wish, labels=place.taxonomy.names, surfaces=policy.surfaces, now=place.now)
    if agrees_alone(place, unit, asked.subject_id):
        yield "one person alone began an emergency"
    agreed(place, unit, asked.subject_id)
    begun = kept.running_at(unit, asked.subject_id)
    if begun is None or ledger.last(unit, "emergency.started", begun.id) is None:
        yield "an emergency that two people asked for does not run, or stands in no entry of the ledger"
        return
    closed = _judged(place, policy, begun)
    if closed.decision.outcome is not Outcome.BLOCK or not any(
        reason.ground == f"{GROUND}{begun.id}" for reason in closed.decision.reasons
    ):
        yield "a thread that an emergency closed takes comments"
    if _judged(place, policy, replace(begun, is_drill=True)).decision.outcome is not Outcome.PASS:
        yield "a drill changes answers"
    yield from _accounted(place, unit, begun, closed)


def _accounted(place: Installation, unit: Unit, begun: EmergencyRecord, closed: Answered) -> Iterator[str]:
    [made] = store_decisions(unit, [closed], keyring=place.keyring, now=place.now)
    judged.set_final(unit, made.decision_id, outcome=Outcome.PASS, overturned=True)
    told = governing.report(unit, begun.id, now=place.now)
    if (told.changed, told.wrong.hits) != (1, 1):
        yield "the report of an emergency does not tell what it changed and whom it hit wrongly"
    governing.settle(unit, place.now + timedelta(minutes=MINUTES))
    if kept.get(unit, begun.id).ended_at is None:
        yield "an emergency does not end by itself"


def _judged(place: Installation, policy: Policy, begun: EmergencyRecord) -> Answered:
    """A comment in the thread, as servers answer while this runs."""
    until = time.monotonic() + timedelta(minutes=MINUTES).total_seconds()
    now = Emergency(begun.id, begun.scope, begun.effect, until, begun.is_drill)
    comment = Comment(WORDS, author=Author(AUTHOR, verified=True), context=Context(thread_id=THREAD))
    decision = engine_of(place, policy, emergencies=(now,)).judge(comment, policy=policy.name)
    return Answered(comment, decision, new_id(), latency_ms=0.0)
