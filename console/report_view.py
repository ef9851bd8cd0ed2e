"""What the public says of a comment, as the work page shows it: who reported for what, or who asks for another look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.marks import Piece, pieces
from governance.complaint_rules import APPEAL, COMPLAINT, CONTEST, ComplaintRules
from records import appeals, complaints, flaggers, report_floods
from records.public_values import (
    AppealOutcome,
    ComplaintOutcome,
    ComplaintRecord,
    FlaggerRecord,
    FloodRecord,
    FloodState,
)
from records.unit_of_work import Reading
from records.values import CaseRecord, Purpose, VerdictKind
from records.waiting import CONTEST as WHY_CONTEST

_OF_REPORTS = {VerdictKind.APPROVE: ComplaintOutcome.KEPT, VerdictKind.REJECT: ComplaintOutcome.ACTED}

SHOWN = 8
"""Words of reporters on one page, the latest: what one hundred say is what eight say."""


BESIDE = 3
"""The same, beside one of many comments on a page."""


@dataclass(frozen=True, slots=True)
class SaidView:
    """One report or appeal. `judged` and `founded` count earlier reports of the same person; None: too few to tell."""

    title: str
    text: tuple[Piece, ...]
    at: datetime
    judged: int | None = None
    founded: int = 0


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Words to choose for those who asked, with the verdict that they go with."""

    name: str
    verdict: VerdictKind
    text: str


@dataclass(frozen=True, slots=True)
class AskedView:
    """All that was asked about one comment. `count` reports by `reporters`; `flood` is a finding about their author.

    `of`: complaint, contest or appeal.
    """

    of: str
    said: tuple[SaidView, ...]
    count: int
    reporters: int
    answers: tuple[AnswerView, ...]
    flood: FloodRecord | None = None
    flaggers: tuple[FlaggerRecord, ...] = ()
    """Trusted flaggers among who reported; whoever decides blind is not told."""


def view_reports(
    look: Reading, case: CaseRecord, rules: ComplaintRules, locale: str, *, now: datetime
) -> AskedView | None:
    """What was reported; None where nothing was. A second person sees what the first one saw."""
    known = complaints.of_comment(look, case.comment_id)
    told = [one for one in known if one.case_id == case.id or case.purpose is Purpose.OPINION]
    if not told:
        return None
    since = now - timedelta(days=rules.reporters.days)
    shown = [one for one in told if one.note] or told
    reporters = {one.reporter_index for one in shown[-SHOWN:] if one.reporter_index}
    records = complaints.records_of(look, sorted(reporters), since=since)

    def said(one: ComplaintRecord) -> SaidView:
        record = records.get(one.reporter_index or "")
        is_judged = record is not None and record.judged >= rules.reporters.enough
        return SaidView(
            _kind(rules, one.kind, locale),
            pieces(one.note or ""),
            one.created_at,
            record.judged if record and is_judged else None,
            record.founded if record else 0,
        )

    return AskedView(
        of=COMPLAINT,
        said=tuple(said(one) for one in shown[-SHOWN:]),
        count=len(told),
        reporters=len({one.reporter_index for one in told}),
        answers=_answers(rules, COMPLAINT, _OF_REPORTS, locale),
        flood=_flood(look, told),
        flaggers=tuple(flaggers.get(look, each) for each in dict.fromkeys(one.flagger_id for one in told) if each),
    )


def reports_beside(
    look: Reading, comment_ids: Sequence[str], rules: ComplaintRules, locale: str
) -> dict[str, tuple[SaidView, ...]]:
    """What waits to be answered about each of these comments, which stand in one list; the latest of each."""
    found: dict[str, tuple[SaidView, ...]] = {}
    for one in complaints.waiting_about(look, comment_ids):
        said = SaidView(_kind(rules, one.kind, locale), pieces(one.note or ""), one.created_at)
        found[one.comment_id] = (*found.get(one.comment_id, ()), said)[-BESIDE:]
    return found


def view_anew(look: Reading, case: CaseRecord, rules: ComplaintRules, locale: str) -> AskedView:
    """What is said by who asks for another look, and by nobody else: the author, or who reported."""
    if case.why == WHY_CONTEST:
        return _view_contest(look, case, rules, locale)
    return view_appeal(look, case, rules, locale)


def _view_contest(look: Reading, case: CaseRecord, rules: ComplaintRules, locale: str) -> AskedView:
    """What was reported, and what is said to the answer; not how right those who say it mostly are."""
    found = complaints.of_case(look, case.id)
    told = sorted(
        [*(complaints.get(look, each.contests) for each in found if each.contests), *found], key=lambda one: one.id
    )
    shown = [one for one in told if one.note] or told
    return AskedView(
        of=CONTEST,
        said=tuple(
            SaidView(_kind(rules, one.kind, locale), pieces(one.note or ""), one.created_at) for one in shown[-SHOWN:]
        ),
        count=len(told),
        reporters=len({one.reporter_index for one in told}),
        answers=_answers(rules, CONTEST, _OF_REPORTS, locale),
    )


def _kind(rules: ComplaintRules, name: str, locale: str) -> str:
    kind = rules.kinds.get(name)
    return getattr(kind.title, locale) if kind else name


def view_appeal(look: Reading, case: CaseRecord, rules: ComplaintRules, locale: str) -> AskedView:
    """What the author says, and nobody else."""
    told = appeals.of_case(look, case.id)
    return AskedView(
        of=APPEAL,
        said=tuple(SaidView("", pieces(one.note or ""), one.created_at) for one in told[-SHOWN:]),
        count=len(told),
        reporters=0,
        answers=_answers(
            rules,
            APPEAL,
            {VerdictKind.APPROVE: AppealOutcome.OVERTURNED, VerdictKind.REJECT: AppealOutcome.UPHELD},
            locale,
        ),
    )


def _answers(
    rules: ComplaintRules, whom: str, outcomes: dict[VerdictKind, ComplaintOutcome] | dict[VerdictKind, AppealOutcome],
    locale: str,
) -> tuple[AnswerView, ...]:  # fmt: skip
    return tuple(
        AnswerView(name, verdict, getattr(rules.answers[name].text, locale))
        for verdict, outcome in outcomes.items()
        for name in rules.fitting(whom, outcome)
    )


def _flood(look: Reading, told: list[ComplaintRecord]) -> FloodRecord | None:
    """A finding that many report this author, unless a person found that it is nothing."""
    author = next((one.author_index for one in told if one.author_index), None)
    found = None if author is None else report_floods.newest_against(look, author)
    return None if found is None or found.state is FloodState.DISMISSED else found
