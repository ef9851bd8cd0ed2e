"""Cases that are decided together: all of them on one page, some or all picked, one verdict over these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from starlette.responses import RedirectResponse, Response

from console import desk, sights
from console.case_view import marked_text
from console.case_view import why as why_here
from console.deciding import alone_now
from console.group_view import sentence
from console.harshness import Heeded, harsh_together
from console.in_hand import in_hand
from console.marks import Piece
from console.pages.bulk import STATES, judgement_of
from console.pages.work import CONFIDENCES, fault_sentence
from console.refusals import RefusalError
from console.rendering import render
from console.visit import Visit
from governance import groups
from governance.bulk import Wish
from governance.groups import Decided, Group
from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
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


@dataclass(frozen=True, slots=True)
class Line:
    """A comment on the page: one that waits (`why` says for what), or another of the day, with what holds of it."""

    comment: CommentRecord
    text: tuple[Piece, ...]
    decision: DecisionRecord
    waits: bool
    harsh: tuple[str, ...] = ()
    is_first: bool = False
    why: str = ""
    stands: Outcome | None = None

    @property
    def is_harsh(self) -> bool:
        """Whether it is blurred at first."""
        return bool(self.harsh)

    @property
    def picked_as(self) -> str:
        """What the form sends for it."""
        return f"{self.comment.id}:{self.comment.revision}"


def show(visit: Visit) -> Response:
    """GET /work/{case_id}/group."""
    return _page(visit)


def give(visit: Visit) -> Response:
    """POST /work/{case_id}/group: one verdict over what was picked; the rest stays, in the same hands."""
    try:
        with visit.parts.database.unit() as unit:
            sights.told(unit, visit, visit.path_values["case_id"])
            decided = _give(unit, visit, visit.path_values["case_id"])
            place = _next_place(unit, visit, decided)
            unit.commit()
    except ConflictError:
        return _page(visit, visit.words("group.too_late"), status=409)
    except InvalidInputError as error:
        return _page(visit, fault_sentence(visit, error), status=422)
    return RedirectResponse(visit.url(place), status_code=303)


def _give(unit: Unit, visit: Visit, case_id: str) -> Decided:
    case = queue.held(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now)
    if desk.is_for_seniors(case) and not desk.may_decide_escalated(visit):
        raise ConflictError("escalated")
    wish = Wish(judgement_of(visit), _picked(visit), visit.form.one("why"))
    rules, alone = desk.house_rules(visit), alone_now(unit, visit)
    return groups.decide(unit, rules, case, wish, by=visit.me, alone=alone, now=visit.now)


def _next_place(unit: Unit, visit: Visit, decided: Decided) -> str:
    """What is left comes next, where nobody else has it and the visitor may; else what became of the verdict."""
    done = "" if decided.bulk is None else decided.bulk.id
    rest = None if decided.next_case is None else cases.lock(unit, decided.next_case.id)
    if rest is not None and desk.waits(rest, visit) and desk.is_able(unit, visit.me, rest):
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
        if not revision.isdecimal():
            raise RefusalError("error.form_unreadable", 400)
        found[comment_id] = int(revision)
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
        lines = [_waiting(look, visit, one, is_first=one is case) for one in waiting]
        why = "" if group is None else sentence(visit.words, group.kind, [line.comment for line in lines])
        lines = _in_time(_with_harsh(look, visit, [*lines, *_day(look, visit, group, lines)]))
        if done:
            done_says, begins_in = _given_before(look, visit, done)
            back = visit.url(f"/work/{bulk.get(look, done).case_id}/group")
        last = _last(look, visit)
        versions = decisions.get(look, case.decision_id).decision.versions
        policy = desk.house_rules(visit).policy_of(versions.policy)
        alone = alone_now(look, visit)
    titles = (title for line in lines for title in line.harsh)
    worst = sum(line.is_harsh for line in lines)
    sights.with_page(visit, case.id, worst)
    sent = visit.form.all("comments")
    return render(
        visit,
        "group.html",
        status=status,
        case=case,
        why=why,
        group=group,
        lines=lines,
        size=len(waiting),
        picked=sent if problem else [line.picked_as for line in lines],
        is_day=group is not None and group.kind is Kind.ACCOUNT,
        done=done,
        done_says=done_says,
        begins_in=begins_in,
        back=back,
        problem=problem,
        harsh=tuple(dict.fromkeys(titles)) if visit.preferences.blur else (),
        worst=worst,
        alone=alone,
        undone=bool(visit.query.get("undone")),
        last=last,
        labels=visit.parts.taxonomy.labels,
        measures=policy.by_verdict,
        confidences=list(CONFIDENCES),
        chosen=visit.form if visit.form.values else desk.brought(visit),
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


def _waiting(look: Reading, visit: Visit, case: CaseRecord, *, is_first: bool) -> Line:
    comment, record = comments.get(look, case.comment_id), decisions.get(look, case.decision_id)
    text, why = marked_text(comment.text, record, comment.revision), why_here(visit.words, case, record.decision)
    return Line(comment, text, record, True, is_first=is_first, why=why)


def _day(look: Reading, visit: Visit, group: Group | None, lines: list[Line]) -> list[Line]:
    """What else the account wrote within the day before its newest waiting comment, and what holds of it.

    Not what the visitor is asked about just now without being told what others said.
    """
    if group is None or group.kind is not Kind.ACCOUNT:
        return []
    whose = story.whose_account(visit.parts.keyring, lines[0].comment)
    if whose is None:
        return []
    newest = max(line.comment.created_at for line in lines)
    day = [comments.get(look, each) for each in story.comment_ids(look, whose, limit=MOST_OF_A_DAY).items]
    mine = in_hand(look, visit).with_copies_among(look, day).asked
    known = {line.comment.id for line in lines} | {one.comment_id for one in group.others} | mine
    found = [comment for comment in day if comment.id not in known]
    return [_stood(look, visit, comment) for comment in found if newest - DAY <= comment.created_at <= newest]


def _stood(look: Reading, visit: Visit, comment: CommentRecord) -> Line:
    record = decisions.latest_of(look, comment.id)
    text = marked_text(comment.text, record, comment.revision)
    return Line(comment, text, record, False, stands=record.outcome)


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
