"""The transparency report of a span: the numbers that the DSA (articles 15 and 24) and the Santa Clara Principles ask.

A span in which nothing happened has a report too: every number is there and nothing, every share is unknown (None).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from governance.dsa import faults
from governance.incidents import HOUSE
from governance.measure_wishes import FITTING
from governance.statements import (
    Words,
    codes_of,
    entry_statement,
    is_automatic,
    is_refusal,
    machine_found,
    measure_statement,
    statement,
)
from moderation.decision import Outcome
from moderation.rules.backtest import Share
from records import account_appeals, acted, measures, transparency
from records.acted import ActedOn, Measured
from records.public_values import AppealOutcome
from records.transparency import Answered, Authority, Decided, Noticed
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """Complaints of a kind, or appeals: how many, with what answer, how fast (hours, median), how many late."""

    kind: str
    asked: int
    answered: int
    outcomes: Mapping[str, int]
    hours: float | None
    late: int


@dataclass(frozen=True, slots=True)
class Orders:
    """What an authority asked for and was given (`records.transparency.Authority`); `hours` is the median."""

    authority: str
    requests: int
    granted: int
    with_texts: int
    refused: int
    hours: float | None
    demands: int
    met: int
    late: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """Notices of a trusted flagger (DSA 22): how many, which share was upheld (None: none was judged), how fast.

    `hours` is the median to the answer, `late` how many were answered after their promise, or wait beyond it.
    """

    name: str
    notices: int
    judged: int
    upheld: int
    share: float | None
    hours: float | None
    late: int


@dataclass(frozen=True, slots=True)
class Category:
    """The Santa Clara numbers of a category: what was acted on, how it was found and decided, appealed and restored."""

    code: str
    acted: int
    found_by_machine: int
    after_notice: int
    fully_automated: int
    by_person: int
    appealed: int
    restored: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the span."""

    month: str
    decisions: int
    acted: int


@dataclass(frozen=True, slots=True)
class Transparency:
    """The report. `wrong` is the share of verdicts that overturned the machine, None where there were none.

    `refused` are comments that were not taken whatever they said, by why (not verified, on a list, closed for a time):
    they are not among `acted`. `measures` are entries of the ledger by kind; `taken` what began on accounts, comments
    and threads, by which of them and measure, and `taken_back` those of them that were taken back on appeal since.
    `appeals` are of what was decided about comments, `account_appeals` of measures and of entries of lists.
    """

    since: datetime
    until: datetime
    decisions: int
    passed: int
    acted: int
    waiting: int
    surfaces: Mapping[str, tuple[int, int]]
    languages: Mapping[str, tuple[int, int]]
    months: tuple[Month, ...]
    categories: tuple[Category, ...]
    refused: Mapping[str, int]
    complaints: tuple[Asked, ...]
    sources: Mapping[str, int]
    appeals: Asked
    account_appeals: Asked
    contests: Asked
    verdicts: int
    overturned: int
    wrong: Share
    measures: Mapping[str, int]
    taken: Mapping[str, Mapping[str, int]]
    taken_back: Mapping[str, Mapping[str, int]]
    statements: int
    unfit_statements: tuple[str, ...]
    authorities: tuple[Orders, ...]
    flaggers: tuple[Flagged, ...] = ()
    approved: int = 0
    """How often a second person said yes."""
    approved_on_word: int = 0
    """Of these, where that they are two people rests on one's own word alone (`governance/vouching.py`)."""

    @property
    def every_asked(self) -> tuple[Asked, ...]:
        """Complaints by kind, contests, and both kinds of appeals, in the order of the report."""
        return (*self.complaints, self.contests, self.appeals, self.account_appeals)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all happened."""
        return not (
            self.decisions
            or self.verdicts
            or any(count for each in self.taken.values() for count in each.values())
            or any(each.asked for each in self.every_asked)
            or self.authorities
        )

    @property
    def document(self) -> dict[str, Any]:
        """For programs."""
        told = asdict(self)
        low, high = self.wrong.interval or (None, None)
        told["wrong"] = {"share": self.wrong.share, "low": low, "high": high, "of": self.wrong.rows}
        told["since"], told["until"] = (each.isoformat(timespec="seconds") for each in (self.since, self.until))
        for name in ("surfaces", "languages"):
            told[name] = {key: {"decisions": all_, "acted": done} for key, (all_, done) in getattr(self, name).items()}
        return told


def report(look: Reading, words: Words, since: datetime, until: datetime) -> Transparency:
    """The numbers of `since <= moment < until`."""
    rows = transparency.decided(look, since, until)
    given, overturned = transparency.verdicts_given(look, since, until)
    kinds = transparency.complaints_by_kind(look, since, until)
    removed = list(acted.removed(look, since, until))
    not_taken = [each for each in removed if is_refusal(each, words)]
    categories, statements, unfit = _acted((each for each in removed if not is_refusal(each, words)), words)
    of_entries = [(each.entry.id, entry_statement(each, words)) for each in acted.listed(look, since, until)]
    on_accounts, unfit_on_accounts = _on_accounts(acted.measured(look, since, until), of_entries, words)
    entries, begun = transparency.entries(look, since, until), measures.begun(look, since, until)
    months = _by(rows, "month", (f"{each.decided_at.astimezone(UTC):%Y-%m}" for each in not_taken))
    approved, on_word = transparency.yeses(look, since, until)
    by_outcome: Counter[str] = Counter()
    for row in rows:
        by_outcome[row.final or row.machine] += row.count
    return Transparency(
        since=since,
        until=until,
        decisions=by_outcome.total(),
        passed=by_outcome[Outcome.PASS],
        acted=by_outcome[Outcome.BLOCK] - len(not_taken),
        waiting=by_outcome[Outcome.REVIEW],
        surfaces=_by(rows, "surface", (each.surface for each in not_taken)),
        languages=_by(rows, "language", (each.decision.language for each in not_taken)),
        months=tuple(Month(name, all_, done) for name, (all_, done) in sorted(months.items())),
        categories=categories,
        refused=dict(Counter(codes_of(each)[0] for each in not_taken).most_common()),
        complaints=tuple(_asked(name, kinds.get(name)) for name in dict.fromkeys((*words.complaints.kinds, *kinds))),
        sources=transparency.complaints_by_source(look, since, until),
        appeals=_asked("appeal", transparency.appeals_made(look, since, until)),
        account_appeals=_asked("account_appeal", transparency.account_appeals_made(look, since, until)),
        contests=_asked("contest", transparency.contests_made(look, since, until)),
        verdicts=given,
        overturned=overturned,
        wrong=Share(overturned, given),
        measures={kind: count for kind, count in sorted(entries.items()) if kind.startswith(("measure.", "recommend"))},
        taken=_taken(begun),
        taken_back=_taken(account_appeals.taken_back(look, since, until)),
        statements=statements + on_accounts,
        unfit_statements=(*unfit, *unfit_on_accounts),
        authorities=tuple(_orders(each) for each in transparency.authorities(look, since, until, but=HOUSE)),
        flaggers=tuple(map(_flagged, transparency.notices_of_flaggers(look, since, until))),
        approved=approved,
        approved_on_word=on_word,
    )


def _orders(found: Authority) -> Orders:
    hours = median(found.hours) if found.hours else None
    return Orders(
        found.name, found.requests, found.granted, found.with_texts, found.refused, hours, found.demands, found.met,
        found.late,
    )  # fmt: skip


def _flagged(found: Noticed) -> Flagged:
    share = round(found.upheld / found.judged, 4) if found.judged else None
    hours = median(found.hours) if found.hours else None
    return Flagged(found.name, found.notices, found.judged, found.upheld, share, hours, found.late)


def _taken(begun: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """By what it was done to and by measure; also where nothing was done."""
    told = {str(kind): dict.fromkeys(fitting, 0) for kind, fitting in FITTING.items()}
    for (kind, measure), count in begun.items():
        told.setdefault(kind, {})[measure] = count
    return told


def _by(rows: Iterable[Decided], name: str, not_taken: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Decisions, and those that were acted on, by what they have in `name`; `not_taken`: what refusals have there."""
    whole: Counter[str] = Counter()
    done: Counter[str] = Counter()
    done.subtract(not_taken)
    for row in rows:
        key = getattr(row, name)
        whole[key] += row.count
        done[key] += row.count if (row.final or row.machine) == Outcome.BLOCK else 0
    return {key: (count, done[key]) for key, count in whole.most_common()}


def _acted(found: Iterable[ActedOn], words: Words) -> tuple[tuple[Category, ...], int, tuple[str, ...]]:
    """Numbers by category, how many statements of reasons are due, and which of them the database would refuse."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in words.taxonomy.names}
    statements, unfit = 0, list[str]()
    for each in found:
        made = statement(each, words)
        if made is not None:
            statements += 1
            if wrong := next(faults(made, words.dsa.published), None):
                unfit.append(f"{each.decision_id}: {wrong}")
        for code in codes_of(each)[:1]:
            counts.setdefault(code, Counter()).update(_counted(each))
    rows = tuple(
        Category(
            code, count["acted"], count["machine"], count["notice"], count["automated"], count["person"],
            count["appealed"], count["restored"],
        )
        for code, count in counts.items()
    )  # fmt: skip
    return rows, statements, tuple(unfit)


def _on_accounts(
    found: Iterable[Measured], of_entries: Iterable[tuple[str, dict[str, Any]]], words: Words
) -> tuple[int, list[str]]:
    """How many statements are due about measures on accounts and entries of lists, which the database would refuse."""
    made = [(each.measure.id, told) for each in found if (told := measure_statement(each, words)) is not None]
    made += of_entries
    unfit = [f"{name}: {wrong}" for name, told in made if (wrong := next(faults(told, words.dsa.published), None))]
    return len(made), unfit


def _counted(each: ActedOn) -> list[str]:
    told = {
        "acted": True,
        "machine": machine_found(each),
        "notice": each.reported,
        "automated": is_automatic(each),
        "person": each.by_person,
        "appealed": each.appealed,
        "restored": each.appeal is AppealOutcome.OVERTURNED,
    }
    return [name for name, holds in told.items() if holds]


def _asked(kind: str, found: Answered | None) -> Asked:
    if found is None:
        return Asked(kind, 0, 0, {}, None, 0)
    answered = sum(found.outcomes.values())
    return Asked(kind, found.asked, answered, found.outcomes, median(found.hours) if found.hours else None, found.late)
