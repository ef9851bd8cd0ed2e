"""Who reports, contests or appeals without ground again and again: a finding with its figures; a person decides.

* **Of the measured reliability** (`governance/reporters.py`): the share of somebody's reports that people found to have
  ground, with its 90 % interval, over the days that the policy says. It is a finding where even the upper end lies
  below `founded_below`; with fewer than `judged` answers nobody is judged.
* **Contests and appeals** by the same arithmetic, each held against those of everybody.
* **Trusted flaggers** too (DSA 22(6)): whoever is trusted is measured as well. The platform tells the coordinator that
  awarded the status; withdrawing the mark is a person's act.
* Counted is what was decided under a policy that has `[misuse]` (of flaggers, that promises them a time). Whoever is
  known by an address alone is never in it: many may share one.

"Manifestly unfounded" no figure can say. So the finding shows the last answers, and a person looks: nothing follows by
itself, and what a person dismissed is found again only by what comes after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from governance import account_measures, approvals
from governance.complaint_rules import ComplaintRules, ReporterRules
from governance.measure_wishes import Wish
from governance.reporters import Reliability, measured, prior_of
from moderation.errors import ConflictError
from moderation.policy import Misuse, Policy
from records import appeals, authors, complaints, flaggers, jobs, ledger, reporters
from records import reporter_findings as stored
from records.complaints import Record
from records.ledger import MACHINE, Actor
from records.personal import Keyring
from records.public_values import ComplaintRecord, FindingKind, FloodState, ReporterFinding
from records.reporter_findings import Found
from records.standing_values import MeasureRecord, TargetKind
from records.unit_of_work import Reading, Unit

GROUND = "DSA 23"


@dataclass(frozen=True, slots=True)
class _Whose:
    """Somebody with what became of what they asked for, and a way to count it `since` another moment."""

    kind: FindingKind
    record: Record
    since: Callable[[datetime], Record]
    reporter_id: str | None = None
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Limits:
    """From when on it is a finding."""

    days: int
    judged: int
    founded_below: float
    policy: str


def look(
    unit: Unit, rules: ComplaintRules, policies: Mapping[str, Policy], keyring: Keyring, *, now: datetime
) -> int:  # fmt: skip
    """Looks at everybody of whom enough is known; how many new findings there are. The caller commits."""
    jobs.take_turns(unit, "reporter_findings")  # two workers would each find it
    count = 0
    for name, policy in sorted(policies.items()):
        if policy.misuse is not None:
            limits = _limits(name, policy.misuse)
            for each, prior in _people(unit, keyring, limits, now):
                count += _weigh(unit, each, prior, limits, rules.reporters, now)
    if rules.flaggers.under:
        own = rules.flaggers
        limits = _Limits(own.days, own.judged, own.founded_below, ", ".join(own.under))
        prior = prior_of(complaints.record_of_all(unit, since=now - timedelta(days=own.days)), rules.reporters)
        for flagger in _flaggers(unit, limits, now):
            count += _weigh(unit, flagger, prior, limits, rules.reporters, now)
    return count


def decide(unit: Unit, finding_id: str, *, is_so: bool, by: str, note: str, now: datetime) -> ReporterFinding:
    """What a person says of it; the caller commits.

    Raises `InvalidInputError` without a reason, `ConflictError` where somebody was first, `ForbiddenError`,
    `NotFoundError`.
    """
    who, why = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("note", note)
    state = FloodState.CONFIRMED if is_so else FloodState.DISMISSED
    decided = stored.decide(unit, finding_id, state, by=who, note=why, now=now)
    ledger.append(unit, _entry(f"reporter_finding.{state}", Actor("user", who), decided, why), now=now)
    return decided


def measure(
    unit: Unit, keyring: Keyring, finding_id: str, wish: Wish, policies: Mapping[str, Policy], *, by: str, now: datetime
) -> MeasureRecord:  # fmt: skip
    """Confirms it with a measure on who reports, in whose words it stands; the caller commits.

    Raises as `account_measures.take` and `decide`; `ConflictError` for a finding about somebody who is not known any
    more, or about appeals, which are never held back.
    """
    found = stored.get(unit, finding_id)
    policy = policies.get(str(found.evidence["policy"]))
    if found.reporter_id is None or found.kind in (FindingKind.APPEALS, FindingKind.FLAGGER) or policy is None:
        raise ConflictError("This finding leads to no measure on who reports: say whether it is so.")
    named = Wish(
        TargetKind.REPORTER, "", wish.reason, wish.ground, wish.measure, wish.days, reporter_id=found.reporter_id
    )
    made = account_measures.take(unit, keyring, named, policy, by=by, policies=policies, now=now)
    decide(unit, finding_id, is_so=True, by=by, note=made.reason_zh, now=now)
    return made


def last_answers(look: Reading, found: ReporterFinding, *, limit: int) -> Sequence[ComplaintRecord]:
    """The newest reports or contests that the figures are of; those of appeals stand on the account's page."""
    since = datetime.fromisoformat(str(found.evidence["since"]))
    if found.kind is FindingKind.FLAGGER:
        which = complaints.by_flagger(str(found.evidence["flagger_id"]))
    else:
        index = None if found.reporter_id is None else reporters.index_of(look, found.reporter_id)
        if index is None:
            return ()
        which = complaints.by_reporter(index, contests=found.kind is FindingKind.CONTESTS)
    return complaints.last_judged(look, which, since=since, limit=limit)


def _limits(name: str, rules: Misuse) -> _Limits:
    return _Limits(rules.days, rules.judged, rules.founded_below, name)


def _people(unit: Unit, keyring: Keyring, limits: _Limits, now: datetime) -> Iterator[tuple[_Whose, float]]:
    """Everybody with enough answers, each with what is expected of anybody who asks for the same."""
    since, under = now - timedelta(days=limits.days), [limits.policy]
    for kind in (FindingKind.REPORTS, FindingKind.CONTESTS):
        count = partial(complaints.records_under, unit, under, contests=kind is FindingKind.CONTESTS)
        known = count(since=since)
        prior = _share_of(known.values())
        for index, record in _enough(known, limits):
            source = complaints.source_of(unit, index)
            reporter_id = reporters.id_for(unit, source, [index], now=now)
            yield _Whose(kind, record, _again(count, index), reporter_id=reporter_id), prior
    made = appeals.records_under(unit, under, since=since)
    prior = _share_of(made.values())
    for index, record in _enough(made, limits):
        author = authors.named_by(unit, keyring, index)
        if author is not None:
            author_id = authors.id_for(unit, keyring, author, now=now)
            again = _again(partial(appeals.records_under, unit, under), index)
            yield _Whose(FindingKind.APPEALS, record, again, author_id=author_id), prior


def _flaggers(look: Reading, limits: _Limits, now: datetime) -> Iterator[_Whose]:
    standing = {each.id: each for each in flaggers.standing(look, now=now)}
    known = complaints.records_of_flaggers(look, list(standing), since=now - timedelta(days=limits.days))
    for flagger_id, record in _enough(known, limits):
        again = _again(partial(complaints.records_of_flaggers, look, [flagger_id]), flagger_id)
        yield _Whose(FindingKind.FLAGGER, record, again, reporter_id=standing[flagger_id].reporter_id)


def _again(count: Callable[..., Mapping[str, Record]], name: str) -> Callable[[datetime], Record]:
    """How to count one of them from another moment on."""
    return lambda since: count(since=since).get(name, Record())


def _enough(known: Mapping[str, Record], limits: _Limits) -> list[tuple[str, Record]]:
    return [(name, record) for name, record in sorted(known.items()) if record.judged >= limits.judged]


def _share_of(records: Iterable[Record]) -> float:
    """Of everybody, with one half where nobody knows; between 5 and 95 %, so that anybody can prove it wrong."""
    told = list(records)
    judged, founded = sum(each.judged for each in told), sum(each.founded for each in told)
    return min(0.95, max(0.05, (founded + 0.5) / (judged + 1)))


def _weigh(
    unit: Unit, whose: _Whose, prior: float, limits: _Limits, rules: ReporterRules, now: datetime
) -> int:  # fmt: skip
    """1 where it is a new finding."""
    before = stored.newest_about(unit, whose.kind, whose.reporter_id, whose.author_id)
    since = now - timedelta(days=limits.days)
    record = whose.record
    if before is not None and before.answered_at is not None and before.answered_at > since:
        since = before.answered_at  # a person looked: it is found again by what comes after them
        record = whose.since(since)
    found = measured(record, prior, rules)
    waits = before is not None and before.state is FloodState.WAITING
    is_enough = found.is_judged and record.judged >= limits.judged
    if not (is_enough and found.interval[1] < limits.founded_below) and not waits:
        return 0
    evidence = _evidence(found, limits, since, now)
    if whose.kind is FindingKind.FLAGGER and whose.reporter_id is not None:
        evidence["flagger_id"] = next(
            each.id for each in flaggers.standing(unit, now=now) if each.reporter_id == whose.reporter_id
        )
    noted, is_new = stored.note(unit, Found(whose.kind, whose.reporter_id, whose.author_id, evidence), now=now)
    if is_new:
        ledger.append(unit, _entry("reporter_finding.found", MACHINE, noted, "often without ground"), now=now)
    return int(is_new)


def _evidence(found: Reliability, limits: _Limits, since: datetime, now: datetime) -> dict[str, Any]:
    low, high = found.interval
    return {
        "judged": found.record.judged,
        "founded": found.record.founded,
        "share": round(found.share, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "below": limits.founded_below,
        "days": limits.days,
        "policy": limits.policy,
        "since": since.isoformat(),
        "until": now.isoformat(),
    }


def _entry(kind: str, actor: Actor, found: ReporterFinding, reason: str) -> ledger.Entry:
    ground = "DSA 22" if found.kind is FindingKind.FLAGGER else GROUND
    about = {"finding": found.kind.value, "reporter_id": found.reporter_id, "author_id": found.author_id}
    facts = {**about, "evidence": dict(found.evidence)}
    return ledger.Entry(kind, actor, "reporter_finding", found.id, reason, ground, facts=facts)
