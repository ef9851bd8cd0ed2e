"""Cases that are decided together: all of them on one page, some or all picked, one verdict over these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from starlette.responses import RedirectResponse, Response

from console import alike_offer, desk, sight_time, who_decides
from console.attachment_view import NO_ATTACHMENTS, AttachmentsView
from console.bulk_words import STATES
from console.case_view import attached, marked_text, named_in, spans_of
from console.case_words import why as why_here
from console.deciding import alone_now
from console.excerpts import Excerpt, excerpt, longest_of
from console.fault_words import fault_sentence
from console.group_view import sentence
from console.harshness import Heeded, harsh_together
from console.in_hand import in_hand
from console.marks import Piece
from console.refusals import RefusalError
from console.rendering import render
from console.report_view import SaidView, reports_beside
from console.sight_time import TooSoonError
from console.verdict_form import CONFIDENCES, judgement_over_many
from console.visit import Visit
from governance import groups
from governance.bulk import Wish
from governance.groups import Decided, Group
from governance.hour import HourOverError
from moderation.decision import Outcome
from moderation.errors import ConflictError, Fault, InvalidInputError
from moderation.typed import number
from records import bulk, cases, comments, decisions, story, verdicts
from records.bulk import BulkState
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CommentRecord, DecisionRecord
from review import queue
from review.checks import MAX_NOTE, MAX_REASON
from review.groups import Kind
from review.verdicts import UNDO_WITHIN

DAY = timedelta(days=1)
MOST_OF_A_DAY = 100
"""Comments of an account that are read for its day, the newest."""

SHOWN_OF_A_DAY = 10
"""Of these, beside what waits, the newest; the account's own page has the others."""


@dataclass(frozen=True, slots=True)
class Line:
    """A comment on the page: one that waits (`why` says for what), or another of the day, with what holds of it.

    Of a long one a part, unless it is asked for; `of` is then how many characters it has.
    """

    comment: CommentRecord
    text: tuple[Piece, ...]
    of: int
    decision: DecisionRecord
    waits: bool
    harsh: tuple[str, ...] = ()
    is_first: bool = False
    is_like: bool = True
    """Suspected of what the case in hand is suspected of, with nothing else attached to it."""

    attachments: AttachmentsView = NO_ATTACHMENTS
    reports: tuple[SaidView, ...] = ()
    why: str = ""
    stands: Outcome | None = None

    @property
    def is_harsh(self) -> bool:
        """Whether it is blurred at first."""
        return bool(self.harsh)

    @property
    def is_alike(self) -> bool:
        """Whether a verdict over the case in hand may go over it unasked: not what differs or somebody reported."""
        return self.waits and self.is_like and not self.reports

    @property
    def picked_as(self) -> str:
        """What the form sends for it."""
        return f"{self.comment.id}:{self.comment.revision}"


@dataclass(frozen=True, slots=True)
class _Texts:
    """How much of each text is shown: all of the one that is asked for, of each other no more than there is room."""

    whole: str
    longest: int

    @classmethod
    def of(cls, about: Sequence[CommentRecord], whole: str) -> _Texts:
        taken = sum(len(one.text or "") for one in about if one.id == whole)
        return cls(whole, longest_of(len(about), taken=taken))

    def part(self, comment: CommentRecord, record: DecisionRecord) -> Excerpt:
        if comment.id == self.whole:
            return Excerpt(marked_text(comment.text, record, comment.revision))
        same = record.revision == comment.revision
        spans = spans_of(record.decision) if same else ()
        return excerpt(comment.text or "", spans, longest=self.longest)


def show(visit: Visit) -> Response:
    """GET /work/{case_id}/group."""
    return _page(visit)


def give(visit: Visit) -> Response:
    """POST /work/{case_id}/group: one verdict over what was picked; the rest stays, in the same hands.

    Or the page anew with one of the texts whole: what was ticked and chosen stays so.
    """
    if visit.form.one("whole") and not visit.form.one("action"):
        return _page(visit)
    try:
        with visit.parts.database.unit() as unit:
            decided = _give(unit, visit, visit.path_values["case_id"])
            place = _next_place(unit, visit, decided)
            unit.commit()
    except TooSoonError:
        return _page(visit, visit.words("conflict.too_soon"), status=409)
    except HourOverError:
        return _page(visit, visit.words("conflict.hour_over"), status=409)
    except ConflictError:
        return _page(visit, visit.words("group.too_late"), status=409)
    except InvalidInputError as error:
        return _page(visit, fault_sentence(visit, error), status=422)
    return RedirectResponse(visit.url(place), status_code=303)


def _give(unit: Unit, visit: Visit, case_id: str) -> Decided:
    case = queue.held(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now)
    if who_decides.is_for_seniors(case) and not desk.may_decide_escalated(visit):
        raise ConflictError("escalated")
    sight_time.check(unit, visit, case_id)
    wish = Wish(judgement_over_many(visit), _picked(visit), visit.form.one("why"))
    rules, alone = desk.house_rules(visit, visit.parts.quality), alone_now(unit, visit)
    _check_read(unit, visit, case, wish)
    return groups.decide(unit, rules, case, wish, by=visit.me, alone=alone, now=visit.now)


def _check_read(unit: Unit, visit: Visit, case: CaseRecord, wish: Wish) -> None:
    """Nothing is decided that was still blurred. Raises `InvalidInputError`."""
    if not visit.preferences.blur or visit.form.one("revealed"):
        return
    group = groups.find(unit, case, visit.me)
    waiting = (one for one in (case, *(group.others if group else ())) if one.comment_id in wish.seen)
    heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
    titles = harsh_together(unit, heeded, [decisions.get(unit, one.decision_id) for one in waiting])
    if any(titles.values()):
        raise InvalidInputError("Nothing was decided.", [Fault("/revealed", "read what is blurred before")])


def _next_place(unit: Unit, visit: Visit, decided: Decided) -> str:
    """What is left comes next, where nobody else has it and the visitor may; else what became of the verdict."""
    done = "" if decided.bulk is None else decided.bulk.id
    rest = None if decided.next_case is None else cases.lock(unit, decided.next_case.id)
    if rest is not None and desk.waits(rest, visit) and who_decides.is_able(unit, visit.me, rest):
        rest = desk.take_again(unit, visit, rest)
    if rest is None or not desk.is_mine(rest, visit):
        return f"/bulk/{done}" if done else "/work"
    if groups.find(unit, rest, visit.me) is None and not done:
        return f"/work?case={rest.id}"
    return f"/work/{rest.id}/group?" + (f"done={done}" if done else f"last={visit.path_values['case_id']}")


def _picked(visit: Visit) -> dict[str, int]:
    """Revisions by comment id, as the page had shown them."""
    found = {}
    for one in visit.form.all("comments"):
        comment_id, _, revision = one.partition(":")
        shown = number(revision)
        if shown is None:
            raise RefusalError("error.form_unreadable", 400)
        found[comment_id] = shown
    return found


def _page(visit: Visit, problem: str = "", *, status: int = 200) -> Response:
    done = visit.query.get("done", "")
    done_says, begins_in, back = "", 0, ""
    with visit.parts.database.reading() as look:
        case = cases.get(look, visit.path_values["case_id"])
        group = groups.find(look, case, visit.me) if desk.is_mine(case, visit) else None
        if group is None and not (done and desk.is_mine(case, visit)):
            mine = f"/work?case={case.id}" if desk.is_mine(case, visit) else "/work"
            return RedirectResponse(visit.url(mine), status_code=303)
        waiting = (case, *(group.others if group else ()))
        about = [comments.get(look, one.comment_id) for one in waiting]
        why = "" if group is None else sentence(visit.words, group.kind, about)
        day = _day(look, visit, group, about)
        texts = _Texts.of([*about, *day[:SHOWN_OF_A_DAY]], visit.form.one("whole"))
        lines = [_waiting(look, visit, one, texts, case) for one in waiting]
        beside = [_stood(look, comment, texts) for comment in day[:SHOWN_OF_A_DAY]]
        lines = _in_time(_with_harsh(look, visit, _with_reports(look, visit, [*lines, *beside])))
        if done:
            done_says, begins_in = _given_before(look, visit, done)
            back = visit.url(f"/work/{bulk.get(look, done).case_id}/group")
        last = _last(look, visit)
        versions = decisions.get(look, case.decision_id).decision.versions
        policy = desk.house_rules(visit).policy_of(versions.policy)
        alone = alone_now(look, visit)
    blurs = visit.preferences.blur
    at_first = [line.picked_as for line in lines if line.is_alike and not (blurs and line.is_harsh)]
    apart = sum(line.waits for line in lines) - len(at_first)
    titles = (title for line in lines for title in line.harsh)
    sent, whole = visit.form.all("comments"), visit.form.one("whole")
    return render(
        visit,
        "group.html",
        status=status,
        case=case,
        seconds_left=desk.seconds_left(case, visit),
        why=why,
        group=group,
        lines=lines,
        size=len(waiting),
        whole=whole,
        more_of_day=max(0, len(day) - SHOWN_OF_A_DAY),
        picked=sent if problem or whole else at_first,
        apart=0 if problem or whole else apart,
        is_day=group is not None and group.kind is Kind.ACCOUNT,
        done=done,
        done_says=done_says,
        begins_in=begins_in,
        back=back,
        problem=problem,
        harsh=tuple(dict.fromkeys(titles)),
        alone=alone,
        undone=bool(visit.query.get("undone")),
        last=last,
        labels=visit.parts.taxonomy.labels,
        suspected=set().union(*(named_in(line.decision.decision) for line in lines if line.waits and line.is_like)),
        measures=policy.by_verdict,
        confidences=list(CONFIDENCES),
        chosen=visit.form if visit.form.values else alike_offer.brought(visit),
        max_note=MAX_NOTE,
        max_reason=MAX_REASON,
    )


def _last(look: Reading, visit: Visit) -> str:
    """The case of the group that was decided by itself a moment ago, so that it is taken back from here."""
    case_id = visit.query.get("last", "")
    given = verdicts.last_of_case(look, case_id) if case_id else None
    is_fresh = given is not None and given.moderator == visit.me.id and visit.now - given.created_at < UNDO_WITHIN
    return case_id if is_fresh else ""


def _given_before(look: Reading, visit: Visit, bulk_id: str) -> tuple[str, int]:
    """What is said of the verdict that was given over a part of the group, and in how many seconds it begins."""
    made = bulk.get(look, bulk_id)
    if made.state is not BulkState.RUNNING:
        return visit.words(STATES[made.state]), 0
    left = UNDO_WITHIN - (visit.now - made.created_at)
    if left <= timedelta(0):
        return visit.words("group.begun"), 0
    return visit.words("group.done"), ceil(left.total_seconds())


def _waiting(look: Reading, visit: Visit, case: CaseRecord, texts: _Texts, first: CaseRecord) -> Line:
    comment, record = comments.get(look, case.comment_id), decisions.get(look, case.decision_id)
    part, why = texts.part(comment, record), why_here(visit.words, case, record.decision, look.queues.harm)
    is_like = case.label == first.label and (case.label is not None or case.why == first.why)
    is_bare = comment.attachments is None or case is first
    line = Line(comment, part.text, part.of, record, True, is_first=case is first, is_like=is_like and is_bare, why=why)
    return replace(line, attachments=attached(comment, record, visit.preferences.locale))


def _with_reports(look: Reading, visit: Visit, lines: list[Line]) -> list[Line]:
    """What is reported about each that waits."""
    rules, locale = visit.parts.complaints, visit.preferences.locale
    found = reports_beside(look, [line.comment.id for line in lines if line.waits], rules, locale)
    return [replace(line, reports=found.get(line.comment.id, ())) for line in lines]


def _day(look: Reading, visit: Visit, group: Group | None, about: Sequence[CommentRecord]) -> list[CommentRecord]:
    """What else the account wrote within the day before its newest waiting comment, the newest first.

    Not what the visitor is asked about just now without being told what others said.
    """
    if group is None or group.kind is not Kind.ACCOUNT:
        return []
    whose = story.whose_account(visit.parts.keyring, about[0])
    if whose is None:
        return []
    newest = max(comment.created_at for comment in about)
    day = [comments.get(look, each) for each in story.comment_ids(look, whose, limit=MOST_OF_A_DAY).items]
    mine = in_hand(look, visit).with_copies_among(look, day).asked
    known = {comment.id for comment in about} | {one.comment_id for one in group.others} | mine
    found = [one for one in day if one.id not in known and newest - DAY <= one.created_at <= newest]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def _stood(look: Reading, comment: CommentRecord, texts: _Texts) -> Line:
    """With what holds of it."""
    record = decisions.latest_of(look, comment.id)
    part = texts.part(comment, record)
    return Line(comment, part.text, part.of, record, False, stands=record.outcome, attachments=attached(comment))


def _with_harsh(look: Reading, visit: Visit, lines: list[Line]) -> list[Line]:
    """What each is blurred for. Of what is decided what a person found counts too: the page says how it stands."""
    heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
    told = [line.comment.id for line in lines if not line.waits]
    found = harsh_together(look, heeded, [line.decision for line in lines], told=told)
    return [replace(line, harsh=found[line.comment.id]) for line in lines]


def _in_time(lines: list[Line]) -> list[Line]:
    def place(line: Line) -> tuple[datetime, str]:
        return line.comment.created_at, line.comment.id

    return sorted(lines, key=place)
