"""The life of a rule: draft, shadow, live, retired. Every change is a version with who and why, and in the ledger.

    add        a draft, new or above what holds already, which goes on holding
    promote    to the shadow (counted, without effect), live, or retired
    answer     a second person's word: a rule that holds or blocks speech does not go live without one

One that only holds and cannot wait is live for a day meanwhile; whether it stays is asked of a second person
(`untried_rules.py`). Whoever wrote a rule is not who approves it.

A rule of a pack is taken over by the database with its first change there, as it stood in the pack: packs are
read-only. Running servers follow within two seconds (the epoch). What goes to the shadow or live is checked anew, since
labels may have changed since it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from governance import approvals, assessments, grounds, reach, rule_rushes, said_about, trials
from governance.approvals import ByKey, NotSecondError
from governance.law import Act
from governance.trials import AS_SHIPPED, NotTriedError, TrialNeeds
from moderation.decision import Outcome
from moderation.effective_rules import StoredRule
from moderation.errors import ConfigError, ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.policy import Policy
from moderation.rule_packs import RuleFile
from moderation.rules import RuleState
from moderation.rules.lint import lint
from moderation.taxonomy import Taxonomy
from records import approvals as questions
from records import epoch, ledger, rule_backtests, rules
from records.house_values import ApprovalRecord, ApprovalState, EpochPart, RuleVersionRecord
from records.known_as import KEY
from records.ledger import Actor
from records.rules import Held, RuleChange
from records.unit_of_work import Reading, Unit

GO_LIVE = "rule.live"
"""The kind of a question whether a rule that holds or blocks speech may go live."""

STAYS = "rule.stays"
"""The kind of a question whether one that went live by one person's word, since it could not wait, stays."""

UNTRIED_FOR = timedelta(hours=24)
"""So long a rule is live that nobody tried, or that one person made live alone, at the most."""

DRAFT, SHADOW, LIVE, RETIRED = RuleState
Packed = Callable[[str], RuleFile | None]
"""The rule of that id as the packs have it."""


@dataclass(frozen=True, slots=True)
class Standards:
    """What a rule is checked by."""

    taxonomy: Taxonomy
    today: date
    tried_first: bool = False
    """Whether what goes live has to have been tried on stored decisions just as it is (`trials.py`)."""
    policies: tuple[Policy, ...] = ()
    """What asks for a security assessment before a rule that blocks goes live (`assessments.py`), or for two people."""

    trials: TrialNeeds = AS_SHIPPED
    """What makes a trial one."""

    @property
    def needs(self) -> TrialNeeds | None:
        """What a trial has to be; None where nothing has to be tried."""
        return self.trials if self.tried_first else None

    @property
    def two_for_holding(self) -> bool:
        """Whether a rule that holds comments for a person takes two, by the strictest policy."""
        return any(each.two_people.rules for each in self.policies)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants a rule to become. `expect` is the newest version they saw; None takes what there is.

    `urgent` says why it cannot wait, for a trial or for a second person: the ledger keeps which of the two it did
    without (`untried`, `alone`) and why, beside `why`, and the rule ends within a day unless somebody says meanwhile
    that it stays (`untried_rules.py`).
    """

    rule_id: str
    to: RuleState
    by: str
    why: str
    expect: int | None = None
    urgent: str = ""


@dataclass(frozen=True, slots=True)
class Promoted:
    """What came of a wish: the new version, the question that waits for a second person, or of an urgent one both."""

    version: RuleVersionRecord | None = None
    approval: ApprovalRecord | None = None


def as_document(rule: RuleFile) -> dict[str, Any]:
    """The rule as the database keeps it: what its author wrote. The state is the version's."""
    return rule.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"state"})


def content_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of what a rule says, whoever wrote it where: the ledger has it, and what was tried has the same."""
    return rules.content_of(document)


def add(
    unit: Unit, rule: RuleFile, *, by: str, why: str, expect: int | None = None, now: datetime
) -> RuleVersionRecord:
    """A draft; one that was there before gives way. What is live or in the shadow goes on as it is.

    Raises `ConflictError` where the rule was changed since `expect`, or the draft says nothing new.
    """
    who, reason = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("why", why)
    if faults := list(grounds.faults(unit, rule.ground, Act.RULE, where="ground")):
        raise InvalidInputError("The rule cannot be used.", faults)
    seen = _seen(unit, rule.id, expect)
    if same := says_already(unit, rule):
        raise ConflictError(f"The rule {rule.id} says this already, at version {same.version} ({same.state}).")
    told = RuleChange(rule.id, DRAFT, as_document(rule), seen, (DRAFT,), who, reason)
    return change(unit, told, now=now)


def says_already(look: Reading, rule: RuleFile) -> RuleVersionRecord | None:
    """The version on which a draft would be built, where the draft would say nothing new."""
    held = rules.held(look, rule.id)
    current = held.get(DRAFT) or held.get(SHADOW) or held.get(LIVE)
    return current if current and current.document == as_document(rule) else None


def promote(unit: Unit, wish: Wish, *, standards: Standards, packed: Packed, now: datetime) -> Promoted:
    """Makes the rule what is wished, or asks a second person.

    Raises `ConflictError` where somebody else was first or the rule is so already, `NotFoundError`, `ConfigError` where
    the rule can no longer be used, `NotTriedError` where it was not tried first, `NotAssessedError` where a policy asks
    for an assessment that does not stand, `InvalidInputError`, `ForbiddenError`.
    """
    who, reason = approvals.person(unit, wish.by, needs=approvals.MAY_APPROVE), approvals.words("why", wish.why)
    if wish.to is DRAFT:
        raise InvalidInputError("A rule cannot become a draft.", [Fault("to", "write a new one with `rules add`")])
    held = rules.held(unit, wish.rule_id)
    if not held:
        wish = _taken_over(unit, wish, packed, who, now)
        held = rules.held(unit, wish.rule_id)
    seen = _seen(unit, wish.rule_id, wish.expect)  # after what holds: who was first meanwhile is named
    source = _source(wish.rule_id, held, wish.to)
    if wish.to is not RETIRED:
        _check(source, wish.to, standards)
    tried = _tried(unit, source, wish, standards, now) if wish.to is LIVE else {}
    said = Said(who, reason, seen, tried)
    if wish.to is LIVE and needs_two(source.document, standards):
        return _by_two(unit, wish, source, said, standards, now)
    return Promoted(version=_move(unit, wish.to, source, said, now))


def needs_two(document: Mapping[str, Any], standards: Standards) -> bool:
    """Whether going live takes a second person: it blocks, or it holds what people write until a person looked."""
    action = document.get("action")
    return action == Outcome.BLOCK or (action == Outcome.REVIEW and standards.two_for_holding)


def _by_two(
    unit: Unit, wish: Wish, source: RuleVersionRecord, said: Said, standards: Standards, now: datetime
) -> Promoted:
    """Asked of a second person; one that only holds goes live meanwhile where it cannot wait, for a day at most."""
    is_block = _blocks(source)
    tried = {**said.tried, **(_assessed(unit, source, standards, now) if is_block else {})}
    tried |= {"reach": reach.of_rule(unit, source.rule_id, source.document, now=now)}
    if not wish.urgent or is_block:
        facts = {"version": said.seen, "source": source.version, **tried}
        asked = approvals.ask(unit, GO_LIVE, wish.rule_id, facts=facts, by=said.by, why=said.why, now=now)
        return Promoted(approval=asked)
    rule_rushes.check(unit, wish.rule_id, said.by, now=now)
    alone = {"backtest": None, **said.tried, "alone": True, "urgent_why": approvals.words("urgent", wish.urgent)}
    alone["untried"] = alone["backtest"] is None
    made = _move(unit, LIVE, source, replace(said, tried=alone), now)
    facts = {"version": made.version, "source": made.version, **tried, **alone}
    asked = approvals.ask(unit, STAYS, wish.rule_id, facts=facts, by=said.by, why=said.why, now=now)
    return Promoted(made, asked)


class NotAssessedError(ConflictError):
    """What shall go live blocks on a surface where a policy asks for an assessment, and none stands."""


def to_go_live(look: Reading, rule_id: str) -> RuleVersionRecord:
    """The version that would go live now. Raises `NotFoundError`, `ConflictError` where none would."""
    held = rules.held(look, rule_id)
    if not held:
        raise NotFoundError(f"No version of the rule {rule_id} waits to go live: see `chaffinch rules list`.")
    return _source(rule_id, held, LIVE)


def _assessed(look: Reading, source: RuleVersionRecord, standards: Standards, now: datetime) -> dict[str, Any]:
    """The assessments on which it goes live, for the ledger. Raises `NotAssessedError`."""
    surfaces = tuple((source.document.get("when") or {}).get("surfaces") or ())
    going = assessments.Going(source.rule_id, content_of(source.document), surfaces)
    lacks, stand = assessments.for_rule(look, standards.policies, going, now=now)
    if lacks:
        raise NotAssessedError(assessments.rule_refusal(lacks, source.rule_id))
    return {"assessments": stand} if stand else {}


def _tried(unit: Unit, source: RuleVersionRecord, wish: Wish, standards: Standards, now: datetime) -> dict[str, Any]:
    """What the ledger says of the backtest of just this content. Raises `NotTriedError`."""
    if standards.needs is None:
        found = rule_backtests.newest(unit, source.rule_id, content_of(source.document), done=True)
        return {} if found is None else {"backtest": found.id}
    try:
        who = approvals.person(unit, wish.by)
        return dict(trials.facts_of(unit, source, standards.needs, by=who, now=now))
    except NotTriedError:
        if not wish.urgent:
            raise
    return {"backtest": None, "untried": True, "urgent_why": approvals.words("urgent", wish.urgent)}


def is_untried(facts: Mapping[str, Any]) -> bool:
    """Whether an entry or a question says that a rule goes live though nobody tried it.

    Those of before 0048 say `urgent`, for what did not wait for a second person too: then they name the backtest.
    """
    said = facts.get("untried")
    return bool(facts.get("urgent")) and facts.get("backtest") is None if said is None else bool(said)


def ways_on(states: Collection[RuleState]) -> tuple[RuleState, ...]:
    """What a rule may be made where versions of it hold in these states."""
    ways = {
        SHADOW: DRAFT in states or (LIVE in states and SHADOW not in states),
        LIVE: DRAFT in states or SHADOW in states,
        RETIRED: any(state in states for state in (LIVE, SHADOW, DRAFT)),
    }
    return tuple(state for state, is_open in ways.items() if is_open)


def answer(
    unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, standards: Standards, now: datetime
) -> Promoted:
    """A second person's word on a rule that holds or blocks; approved, it is live.

    Raises `ForbiddenError` for who asked and who wrote it, `ConflictError` where the rule was changed since,
    `NotFoundError`.
    """
    asked = approvals.question(unit, approval_id, GO_LIVE, "a rule")
    if changed := overtaken_by(unit, asked):
        raise ConflictError(
            f"This question was overtaken: {asked.subject_id} was changed since, to version {changed.version} "
            f"({changed.state}, by {changed.author}: {changed.why}). Ask again if it should still go live."
        )
    source = asked_for(unit, asked)
    if approve:
        check_not_author(unit, source, by)
        trials.check_shown(unit, source, asked.facts, by)
    stand = _assessed(unit, source, standards, now) if approve and _blocks(source) else {}
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    if answered.state is not ApprovalState.APPROVED:
        return Promoted(approval=answered)
    seen = _seen(unit, answered.subject_id, answered.facts["version"])
    why = f"{answered.why} (approved by {answered.answered_by}: {answered.note})"
    kept = ("backtest", "backtest_rows", "backtest_few", "urgent_why")
    tried = {name: answered.facts[name] for name in kept if name in answered.facts} | stand
    tried |= {"untried": True} if is_untried(answered.facts) else {}
    said = Said(answered.asked_by, why, seen, tried)
    try:
        _check(source, LIVE, standards)
    except ConfigError as error:  # it could be used when it was asked for: the labels have changed since
        told = " ".join(fault.detail for fault in error.faults)
        raise ConflictError(f"The rule {source.rule_id} can no longer be used as it was asked for: {told}") from None
    return Promoted(_move(unit, LIVE, source, said, now), answered)


def check_not_author(look: Reading, source: RuleVersionRecord, by: str | ByKey) -> None:
    """Who wrote the rule is not the second person for it, whoever asked. Raises `NotSecondError`."""
    who = f"{KEY}{by.prefix}" if isinstance(by, ByKey) else by
    content = content_of(source.document)
    for each in rules.history(look, source.rule_id):
        wrote = each.state is DRAFT and content_of(each.document) == content
        if wrote and approvals.is_one_hand(look, who, each.author):
            raise NotSecondError(
                "wrote",
                f"{each.author} wrote this rule (version {each.version}): its author is not who approves it, so "
                "somebody else has to answer.",
            )


def asked_for(look: Reading, asked: ApprovalRecord) -> RuleVersionRecord:
    """The version that would go live. Raises `NotFoundError`."""
    return rules.version(look, asked.subject_id, asked.facts["source"])


def overtaken_by(look: Reading, asked: ApprovalRecord) -> RuleVersionRecord | None:
    """The change that made a question idle; None where it was not overtaken."""
    if asked.state is not ApprovalState.OVERTAKEN:
        return None
    return rules.version(look, asked.subject_id, asked.facts["version"] + 1)


@dataclass(frozen=True, slots=True)
class Said:
    """Who changes a rule, why, which version they saw, and what is known of its backtest."""

    by: str
    why: str
    seen: int
    tried: Mapping[str, Any] = field(default_factory=dict)


def _seen(unit: Unit, rule_id: str, expect: int | None) -> int:
    """The version that a change builds on. Raises `ConflictError` where its author saw another than the newest."""
    last = rules.newest(unit, rule_id)
    newest = last.version if last else 0
    if expect not in (None, newest):
        raise rules.overtaken(unit, rule_id)
    return newest


def _taken_over(unit: Unit, wish: Wish, packed: Packed, who: str, now: datetime) -> Wish:
    """The wish, once the pack's rule is the first version in the database. Raises `NotFoundError`, `ConflictError`."""
    found = packed(wish.rule_id)
    if found is None:
        raise NotFoundError(f"There is no rule {wish.rule_id}: see `chaffinch rules list`.")
    if wish.expect not in (None, 0):
        raise ConflictError(f"The rule {wish.rule_id} stands in a pack alone: its version is 0, not {wish.expect}.")
    told = RuleChange(wish.rule_id, found.state, as_document(found), 0, (), who, "taken over from the packs")
    first = change(unit, told, now=now)
    return replace(wish, expect=first.version)


def _source(rule_id: str, held: Held, to: RuleState) -> RuleVersionRecord:
    """Which of the versions that hold goes on its way. Raises `ConflictError` where none can.

    What was counted in the shadow goes live before a draft that nobody has tried. A live rule goes to the shadow only
    where nothing else could be meant.
    """
    ways = {SHADOW: (DRAFT, LIVE), LIVE: (SHADOW, DRAFT), RETIRED: (LIVE, SHADOW, DRAFT)}
    found = next((held[state] for state in ways[to] if state in held), None)
    if found is None or (to is SHADOW and found.state is LIVE and SHADOW in held):
        is_so = f"is {to} already, at version {held[to].version}" if to in held else f"is {', '.join(held)}"
        raise ConflictError(f"The rule {rule_id} {is_so}; what shall be {to} has to be written first: `rules add`.")
    return found


def _move(unit: Unit, to: RuleState, source: RuleVersionRecord, said: Said, now: datetime) -> RuleVersionRecord:
    ends = {SHADOW: (source.state, SHADOW), LIVE: (source.state, LIVE, RETIRED), RETIRED: tuple(RuleState)}[to]
    untried, alone = bool(said.tried.get("untried")), bool(said.tried.get("alone"))
    until = now + UNTRIED_FOR if untried or alone else None
    told = RuleChange(source.rule_id, to, source.document, said.seen, ends, said.by, said.why, until, untried, alone)
    both = {"untried": untried, "alone": alone} if to is LIVE else {}
    return change(unit, told, {**said.tried, **both}, now=now)


def change(
    unit: Unit,
    wanted: RuleChange,
    tried: Mapping[str, Any] | None = None,
    *,
    by: Actor | None = None,
    now: datetime,
) -> RuleVersionRecord:
    """Writes the version with its ledger entry; workers hear of it, and questions about the rule are overtaken.

    `by` is who acted where that is not the user who is its author.
    """
    questions.overtake(unit, wanted.rule_id, now=now)  # first, as who answers locks the question first
    said_about.check_lasting(unit, "why", wanted.why)
    said_about.check_lasting(unit, "urgent", str((tried or {}).get("urgent_why", "")))
    made = rules.add_version(unit, wanted, now=now)
    ledger.append(unit, _entry(made, tried or {}, by or Actor("user", made.author)), now=now)
    if wanted.state is not DRAFT:
        epoch.bump(unit, EpochPart.RULES)
    return made


def _check(source: RuleVersionRecord, to: RuleState, standards: Standards) -> None:
    entry = StoredRule(source.rule_id, source.version, to, source.document).as_entry()
    mistakes = lint([entry], standards.taxonomy, today=standards.today)
    if faults := [mistake.as_fault() for mistake in mistakes if not mistake.advice]:
        raise ConfigError("The rule cannot be used as it stands; add it mended.", faults)


def _blocks(version: RuleVersionRecord) -> bool:
    return bool(version.document.get("action") == Outcome.BLOCK)


def _entry(version: RuleVersionRecord, tried: Mapping[str, Any], actor: Actor) -> ledger.Entry:
    """What the ledger keeps: a hash of what the rule says, not its words, and by which backtest it went live."""
    document: Mapping[str, Any] = version.document
    return ledger.Entry(
        kind=f"rule.{version.state}",
        actor=actor,
        subject_kind="rule",
        subject_id=version.rule_id,
        reason=version.why,
        ground=str(document.get("ground", "")),
        facts={"version": version.version, "document": content_of(document), **tried},
    )
