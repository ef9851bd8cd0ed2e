"""Security assessment before something new goes live on news (2017, article 4): written by one, signed by two others.

    write     what changes, how it was evaluated, what may go wrong, how to go back; the first signature is asked for
    answer    a signature, or a no; after the first yes the next person is asked at once
    wanting   on which surfaces a model has to be assessed and is not: there the policy refuses its promotion

    for_rule  the same of a rule that blocks: assessed itself, or covered by an assessment that stands for such rules

Which surfaces ask for it is the policy's word (`assess`). A policy asks once it is used: where no comment on such a
surface was ever stored under it, nothing is asked. A model is known by its bundle's hash, a rule and a policy by the
hash of what they say, so a signature under one is none under another. A function is a name; what it was and who signed
stands in the records. Rules change every day: those whose ids begin alike are covered for a year at the most by one
assessment that says how they are written, tried and taken back (decision 45).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from governance import approvals, said_about
from governance.approvals import ASKED_FROM, ByKey
from governance.in_force import Said, first_of
from governance.models import ANSWERED_FROM
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError
from moderation.policy import Policy
from records import approvals as questions
from records import assessments, keys, ledger, users
from records.assessments import AssessmentRecord, AssessmentState
from records.house_values import ApprovalRecord, ApprovalState
from records.known_as import KEY
from records.unit_of_work import Reading, Unit

ASKED = "assessment.sign"
"""The kind of a question whether somebody signs an assessment."""

MODEL, FUNCTION, RULE, RULES, POLICY = "model", "function", "rule", "rules", "policy"
KINDS = (MODEL, FUNCTION, RULE, RULES, POLICY)
EVERY = "*"
"""The subject of an assessment that covers rules of every id."""

LONGEST = timedelta(days=366)
"""How long one that covers rules to come stands at the most."""

FIELDS = ("changes", "evaluation", "risks", "rollback")
NEEDED = 2
"""People who sign, beside its author."""

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What is assessed, in words. `mark`: the hash of a model's bundle, or of what a rule or a policy says.

    Of `rules` the subject is how their ids begin (`ads` for `ads.shop.zh`), or `EVERY`, and `expires_at` is needed.
    """

    kind: str
    subject: str
    mark: str
    surfaces: tuple[str, ...]
    fields: Mapping[str, str]
    by: str
    why: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Going:
    """A rule that is to go live: the hash of what it says, and where it holds (nowhere named: everywhere)."""

    rule_id: str
    content: str
    surfaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """A surface on which a policy asks for an assessment that is not there."""

    policy: str
    surface: str


def write(unit: Unit, wish: Wish, *, surfaces: Collection[str], now: datetime) -> AssessmentRecord:
    """Writes it and asks for the first signature. Raises `InvalidInputError` with every fault.

    Raises `ConflictError` where one about the same waits or is signed already, by people who log in here.
    """
    who, why = approvals.person(unit, wish.by), approvals.words("why", wish.why)
    for name, said in {"why": why, "subject": wish.subject, **wish.fields}.items():
        said_about.check_lasting(unit, name, said)
    if faults := [*_faults(wish, surfaces), *_time_faults(wish, now)]:
        raise InvalidInputError("The assessment cannot be written.", faults)
    for each in assessments.about(unit, wish.kind, _mark(wish)):
        is_over = each.expires_at is not None and each.expires_at <= now
        stands = each.state is not AssessmentState.REFUSED and not is_over and not signed_by_nobody(unit, each)
        if stands and set(wish.surfaces) <= set(each.surfaces):
            raise ConflictError(
                f"{wish.subject} is assessed already ({each.state}): chaffinch assessment show {each.id}"
            )
    values = {
        "kind": wish.kind,
        "subject": wish.subject.strip(),
        "mark": _mark(wish),
        "surfaces": sorted(set(wish.surfaces)),
        "fields": {name: wish.fields[name].strip() for name in FIELDS},
        "needed": NEEDED,
        "author": who,
        "expires_at": wish.expires_at,
    }
    made = assessments.add(unit, values, now=now)
    _note(unit, "assessment.written", made, who, why, now)
    approvals.ask(unit, ASKED, made.id, facts=_facts(made), by=who, why=why, now=now)
    return made


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A signature or a no. Raises `ForbiddenError` for its author and who has signed, and as `approvals.answer`."""
    asked = approvals.question(unit, approval_id, ASKED, "an assessment")
    before = signatures(unit, asked.subject_id)
    _check_account(unit, asked)
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    who = answered.answered_by or ""
    if any(approvals.is_one_hand(unit, who, each.answered_by or "") for each in before):
        raise ForbiddenError(f"{who} has signed this already: somebody else has to.")
    record = assessments.get(unit, asked.subject_id)
    is_yes = answered.state is ApprovalState.APPROVED
    if is_yes and len(before) + 1 < record.needed:
        _go_on(unit, asked, now)
        return answered
    state = AssessmentState.SIGNED if is_yes else AssessmentState.REFUSED
    settled = assessments.settle(unit, record.id, state, now=now)
    if settled is None:
        raise ConflictError(f"This assessment is {record.state} already.")
    _note(unit, f"assessment.{state}", settled, who, answered.note or "", now)
    return answered


def signatures(look: Reading, assessment_id: str) -> list[ApprovalRecord]:
    """Who has signed, in order."""
    return questions.about(look, ASKED, assessment_id, state=ApprovalState.APPROVED)


def asking(policies: Iterable[Policy], look: Reading) -> list[Lack]:
    """Policies in use here, with the surfaces on which they ask for an assessment."""
    return [
        Lack(policy.name, surface)
        for policy in policies
        for surface in policy.assess
        if assessments.is_in_use(look, policy.name, surface)
    ]


def wanting(look: Reading, policies: Iterable[Policy], bundle: str) -> list[Lack]:
    """On which surfaces this bundle has to be assessed, and is not signed."""
    signed = {
        surface
        for each in assessments.about(look, MODEL, bundle)
        if each.state is AssessmentState.SIGNED
        for surface in each.surfaces
    }
    return [each for each in asking(policies, look) if each.surface not in signed]


def for_rule(
    look: Reading, policies: Iterable[Policy], going: Going, *, now: datetime
) -> tuple[list[Lack], list[str]]:  # fmt: skip
    """Where a rule that blocks has to be assessed and is not; else the ids of the assessments on which it goes live."""
    asked = [each for each in asking(policies, look) if not going.surfaces or each.surface in going.surfaces]
    if not asked:
        return [], []
    found = [*assessments.about(look, RULE, going.content), *assessments.of_kind(look, RULES)]
    stand = [each for each in found if each.stands(now) and covers(each, going.rule_id)]
    by_surface = {surface: each.id for each in stand for surface in each.surfaces}
    lacks = [each for each in asked if each.surface not in by_surface]
    return lacks, [] if lacks else sorted({by_surface[each.surface] for each in asked})


def covers(record: AssessmentRecord, rule_id: str) -> bool:
    """Whether an assessment is about this rule, or about rules whose ids begin as its does."""
    if record.subject in (EVERY, rule_id):
        return True
    return record.kind == RULES and rule_id.startswith(f"{record.subject}.")


def rule_refusal(lacks: Iterable[Lack], rule_id: str) -> str:
    """Why a rule does not go live, and what to do."""
    told = list(lacks)
    where = "; ".join(f"the policy {each.policy} on {each.surface}" for each in told)
    names = " ".join(f"--surface {name}" for name in sorted({each.surface for each in told}))
    words = f"{names} --changes WORDS --evaluation WORDS --risks WORDS --rollback WORDS --by NAME --why WORDS"
    family = rule_id.partition(".")[0]
    return (
        f"The rule {rule_id} blocks, and is not assessed: {where} asks for a security assessment that two people sign. "
        f"Write one for this rule (chaffinch assessment write rule {rule_id} {words}), or one that covers such rules "
        f"until a day (chaffinch assessment write rules {family} --expires DAY {words})."
    )


def policy_wanting(look: Reading, policy: Policy, *, says: Said, before: Sequence[Said]) -> list[Lack]:
    """Where a policy says something else than it first did here, and is not assessed (`in_force.said_before`)."""
    first = first_of(before)
    if first is None or says.is_as(first):
        return []
    signed = {
        surface
        for mark in {says.mark, *(each.mark for each in before if each.is_as(says))}
        for each in assessments.about(look, POLICY, mark)
        if each.state is AssessmentState.SIGNED
        for surface in each.surfaces
    }
    return [each for each in asking([policy], look) if each.surface not in signed]


def signed_by_nobody(look: Reading, record: AssessmentRecord) -> list[str]:
    """Who signed it without an account of this house: names that were typed, behind which nobody can be found."""
    if record.state is not AssessmentState.SIGNED:
        return []
    names = [(each.answered_by or "", each.answered_at) for each in signatures(look, record.id)]
    return [name for name, at in names if not _is_known(look, name, at)]


def answered_for_by_nobody(look: Reading, policies: Iterable[Policy], bundle: str) -> list[str]:
    """Signers without an account, where a surface on which this bundle has to be assessed has no other signature."""
    signed = [each for each in assessments.about(look, MODEL, bundle) if each.state is AssessmentState.SIGNED]
    names: dict[str, None] = {}
    for lack in asking(policies, look):
        unknown = [signed_by_nobody(look, each) for each in signed if lack.surface in each.surfaces]
        if all(unknown):
            names |= dict.fromkeys(name for each in unknown for name in each)
    return list(names)


def _is_known(look: Reading, name: str, at: datetime | None) -> bool:
    """Whether it was a key, or somebody who could log in when they signed, whatever became of their account."""
    if name.startswith(KEY):
        return keys.by_prefix(look, name.removeprefix(KEY)) is not None
    known = users.by_name(look, name)
    return known is not None and at is not None and known.created_at <= at


def refusal(lacks: Iterable[Lack], version: str) -> str:
    """Why the promotion is refused, and what to do."""
    told = list(lacks)
    where = "; ".join(f"the policy {each.policy} on {each.surface}" for each in told)
    return (
        f"Version {version} is not assessed: {where} asks for a security assessment that two people sign before a new "
        f"model goes live. Write one: {to_write(version, [each.surface for each in told])}."
    )


def back_refusal(lacks: Iterable[Lack], version: str) -> str:
    """Why a way back to this version is refused, and what to do, in an emergency too."""
    told = list(lacks)
    where = "; ".join(f"the policy {each.policy} on {each.surface}" for each in told)
    return (
        f"Version {version} was never assessed, so the champion stays: {where} asks for a security assessment that two "
        f"people sign. Write one: {to_write(version, [each.surface for each in told])}. In an emergency: chaffinch "
        "rollback --by NAME --reason WORDS --without-assessment WORDS. The ledger says so, and duty 4 is off until the "
        "version is assessed."
    )


def to_write(version: str, surfaces: Iterable[str], *, kind: str = MODEL) -> str:
    """What to type."""
    names = " ".join(f"--surface {name}" for name in sorted(set(surfaces)))
    return (
        f"chaffinch assessment write {kind} {version} {names} --changes WORDS --evaluation WORDS --risks WORDS "
        "--rollback WORDS --by NAME --why WORDS"
    )


def _mark(wish: Wish) -> str:
    return wish.mark if wish.kind in (MODEL, RULE, POLICY) else wish.subject.strip()


def _faults(wish: Wish, surfaces: Collection[str]) -> Iterator[Fault]:
    if wish.kind not in KINDS:
        yield Fault("kind", f"there are {', '.join(KINDS)}")
    if not 0 < len(wish.subject.strip()) <= MAX_NAME:
        yield Fault("subject", f"name what goes live, in 1 to {MAX_NAME} characters")
    unknown = [name for name in wish.surfaces if name not in surfaces]
    if unknown or not wish.surfaces:
        yield Fault("surface", f"name where it goes live; there are {', '.join(sorted(surfaces))}")
    for name in FIELDS:
        if not 0 < len(wish.fields.get(name, "").strip()) <= approvals.MAX_WORDS:
            yield Fault(name, f"say it in 1 to {approvals.MAX_WORDS} characters")


def _time_faults(wish: Wish, now: datetime) -> Iterator[Fault]:
    if wish.kind == RULES and wish.expires_at is None:
        yield Fault("expires", "what covers rules to come ends: give a day within a year")
    if wish.kind != RULES and wish.expires_at is not None:
        yield Fault("expires", "only what covers rules to come has an end: leave it out")
    if wish.expires_at is not None and not now < wish.expires_at <= now + LONGEST:
        yield Fault("expires", "give a day to come, within a year")


def _check_account(unit: Unit, asked: ApprovalRecord) -> None:
    """A command line believes names: two of them from one account are no two people. Raises `ForbiddenError`."""
    if unit.os_user is not None and unit.os_user in asked.facts.get(ANSWERED_FROM, ()):
        raise ForbiddenError(
            f"The user {unit.os_user} of the operating system has signed this already; the next person signs from "
            "another account, or in the console under Approvals."
        )


def _go_on(unit: Unit, asked: ApprovalRecord, now: datetime) -> None:
    """The same question for the next person, still in the name of its author."""
    typed = [] if unit.os_user is None else [unit.os_user]
    facts = {**asked.facts, ANSWERED_FROM: [*asked.facts.get(ANSWERED_FROM, ()), *typed]}
    facts.setdefault(ASKED_FROM, "")  # it was asked over the network: whoever types an answer did not ask it
    approvals.ask(unit, ASKED, asked.subject_id, facts=facts, by=asked.asked_by, why=asked.why, now=now)


def _facts(record: AssessmentRecord) -> dict[str, Any]:
    return {
        "kind": record.kind,
        "subject": record.subject,
        "mark": record.mark,
        "surfaces": list(record.surfaces),
        "needed": record.needed,
        **({} if record.expires_at is None else {"expires_at": record.expires_at.isoformat()}),
        **record.fields,
    }


def _note(unit: Unit, kind: str, record: AssessmentRecord, who: str, why: str, now: datetime) -> None:
    entry = ledger.Entry(
        kind, approvals.named(who), "assessment", record.id, why, "cn-2017:4", facts=_facts(record)
    )  # fmt: skip
    ledger.append(unit, entry, now=now)
