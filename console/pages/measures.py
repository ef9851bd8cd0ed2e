"""One measure; how one account stands, and what is done next. The list of them is `measure_list.py`.

An account is spoken of by one of its comments, as in its story: no address holds a pseudonym or a hash of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from math import isfinite

from starlette.responses import RedirectResponse, Response

from console import desk, ground_words
from console.asked_measure import called
from console.cause_view import NONE, cause_of, choices
from console.grounds import grounds_for
from console.in_hand import in_hand, note_reading
from console.looking import trace
from console.people import name_of
from console.refusals import refusal_of
from console.rendering import render
from console.thread_view import policy_of
from console.visit import Visit
from governance import (
    account_measures,
    account_notices,
    appeal_times,
    causes,
    credit,
    list_notices,
    measure_wishes,
    once,
    unfounded,
)
from governance.another import NotAnotherError
from governance.approvals import may_withdraw
from governance.causes import Cause
from governance.grounds import GroundFault
from governance.measure_wishes import MAX_WORDS, Wish
from governance.once import MeasuredAlreadyError
from governance.said_about import SaidFault
from governance.two_people import took_two
from moderation.credit import Counted, by_kind
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.policy import Policy
from moderation.standing import CreditKind, Function
from records import approvals, authors, comments, lists, measures, returns
from records.house_values import MEASURE_APPEALED
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.unit_of_work import Reading
from records.values import CommentRecord

ROWS = 50
_ABOUT = (account_measures.LIFTING, unfounded.ASKED, MEASURE_APPEALED)
OPEN = (MeasureState.WAITING, MeasureState.IN_FORCE)
OVER = tuple(state for state in MeasureState if state not in OPEN)
ACCOUNT_MEASURES = measure_wishes.FITTING[TargetKind.AUTHOR]
_TOLD = ("cause", "measure", "days", "per_hour", "reason_zh", "reason_en", "ground", "policy", "replaces")


@dataclass(frozen=True, slots=True)
class Line:
    """A measure with names in place of ids, with reason and ground as the reader understands them.

    `notice` is what the person may be told.
    """

    made: MeasureRecord
    who: str
    notice: str
    reason: str
    ground: str


@dataclass(frozen=True, slots=True)
class CountedLine:
    """What one kind of event came to."""

    kind: CreditKind
    number: int
    weight: float


def show_one(visit: Visit) -> Response:
    """GET /measures/{measure_id}."""
    return _measure_page(visit)


def lift(visit: Visit) -> Response:
    """POST /measures/{measure_id}/lift: taken back, with why."""
    measure_id = visit.path_values["measure_id"]
    try:
        with visit.parts.database.unit() as unit:
            why, keyring = visit.form.one("why"), visit.parts.keyring
            made = account_measures.lift(unit, measure_id, why=why, by=visit.me.name, keyring=keyring, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return _measure_page(visit, named_in(error) or "measures.no_reason", status=422)
    except NotAnotherError as error:
        return _measure_page(visit, refusal_of(error).key, status=403)
    except ConflictError:
        return _measure_page(visit, not_lifted(visit, measure_id), status=409)
    return after_lifting(visit, made) or _on(visit, measure_id)


def not_lifted(visit: Visit, measure_id: str) -> str:
    """Which sentence says why it was not: a second person is asked already, or it is over."""
    with visit.parts.database.reading() as look:
        asked = account_measures.lifting_asked(look, measures.get(look, measure_id))
    return "measures.lift_asked" if asked else "measures.over_already"


def after_lifting(visit: Visit, made: MeasureRecord) -> Response | None:
    """To the measure, which leads to the question, where two people agreed on it; None where it is over."""
    if made.state is not MeasureState.IN_FORCE:
        return None
    return RedirectResponse(visit.url(f"/measures/{made.id}"), status_code=303)


def _on(visit: Visit, measure_id: str) -> Response:
    """To the measure, or back to the page of the console on which it was taken or taken back."""
    own = f"/measures/{measure_id}"
    return RedirectResponse(visit.local(visit.form.one("back"), own), status_code=303)


def show_account(visit: Visit) -> Response:
    """GET /comments/{comment_id}/standing: how the account that wrote it stands."""
    return _account_page(visit)


def take(visit: Visit) -> Response:
    """POST /comments/{comment_id}/standing: a measure on the account, for the comment that the form names, or none."""
    try:
        with visit.parts.database.unit() as unit:
            comment = comments.get(unit, visit.path_values["comment_id"])
            wish = replace(terms_of(visit, TargetKind.AUTHOR, _pseudonym(visit, comment)), cause_id=_named_cause(visit))
            policy = _policy(unit, visit, comment.id)
            keyring, held, by = visit.parts.keyring, visit.parts.policies(), visit.me.name
            made = account_measures.take(unit, keyring, wish, policy, by=by, policies=held, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return _account_page(visit, "measures.unusable", status=422, faults=error.faults)
    except NotAnotherError as error:
        return _account_page(visit, refusal_of(error).key, status=403)
    except MeasuredAlreadyError as error:
        return _account_page(visit, f"measured_already.{error.why}", status=409, stands=error.measure_id)
    except ConflictError as error:
        return _account_page(visit, "measures.not_now", status=409, detail=str(error))
    return _on(visit, made.id)


def _named_cause(visit: Visit) -> str | None:
    """Our id of the comment that the form names; None where it says that there is none. Raises `InvalidInputError`."""
    named = visit.form.one("cause")
    if not named:
        raise InvalidInputError("The measure cannot be taken.", [Fault("/which", "say for which comment, or for none")])
    return None if named == NONE else named


def terms_of(visit: Visit, kind: TargetKind, target_id: str) -> Wish:
    """A measure as the form says it; on an account without one it is the ladder's next step.

    Raises `InvalidInputError`.
    """
    form = visit.form
    return Wish(
        kind,
        target_id,
        {"zh": form.one("reason_zh"), "en": form.one("reason_en")},
        form.one("ground"),
        form.one("measure") or None,
        _number(form.one("days"), "/length"),
        tuple(Function(name) for name in form.all("closes") if name in tuple(Function)),
        None if not form.one("per_hour") else int(_number(form.one("per_hour"), "/per_hour") or 0) or None,
        replaces=form.one("replaces") or None,
    )


def _number(told: str, where: str) -> float | None:
    with suppress(ValueError):
        if isfinite(number := float(told or 0)):
            return number if told else None
    raise InvalidInputError("The measure cannot be taken.", [Fault(where, "give a number")])


def _policy(look: Reading, visit: Visit, comment_id: str) -> Policy:
    """The policy that the form or the address names; else that which judged the comment, as it now is."""
    named = visit.form.one("policy") or visit.query.get("policy", "")
    return visit.parts.policies().get(named) or policy_of(look, visit, comment_id)


REASONS = {"/reason/zh": "measure_fault.reason_zh", "/reason/en": "measure_fault.reason_en"}


def faults_in_words(visit: Visit, faults: Iterable[Fault]) -> tuple[str, ...]:
    """In the reader's language; what it has no sentence for, as it was said."""
    return tuple(dict.fromkeys(_in_words(visit, fault) for fault in faults))


def _in_words(visit: Visit, fault: Fault) -> str:
    if isinstance(fault, GroundFault):
        return ground_words.in_words(visit, fault)
    key = _sentence(fault)
    return visit.words(key) if key in visit.words.sentences else fault.detail


def named_in(error: InvalidInputError) -> str | None:
    """Which sentence says whom words name that are refused for it; None where they are refused for something else."""
    return next((_sentence(each) for each in error.faults if isinstance(each, SaidFault)), None)


def _sentence(fault: Fault) -> str:
    """Which sentence tells of it: of what it names, else of the field."""
    if isinstance(fault, SaidFault):
        return f"measure_fault.names_{fault.why}"
    if fault.where in REASONS:
        return REASONS[fault.where]
    return f"measure_fault.{fault.where.removeprefix('/').partition('/')[0]}"


def _pseudonym(visit: Visit, comment: CommentRecord) -> str:
    """Raises `NotFoundError` where the comment names nobody."""
    if comment.author_cipher is None:
        raise NotFoundError("The comment names none, or was erased.")
    return visit.parts.keyring.reveal("author", comment.author_cipher)


def _indexes(visit: Visit, comment: CommentRecord) -> tuple[str, ...]:
    """The keyed hashes by which a list may have the account that wrote it."""
    return visit.parts.keyring.indexes("author", _pseudonym(visit, comment))


def _account_page(
    visit: Visit, problem: str = "", *, status: int = 200, faults: tuple[Fault, ...] = (), stands: str = "",
    detail: str = "",
) -> Response:  # fmt: skip
    """`stands`: the measure that is in the way; `detail`: what the service said of it."""
    with visit.parts.database.reading() as look:
        comment = comments.get(look, visit.path_values["comment_id"])
        policy = _policy(look, visit, comment.id)
        author_id = authors.id_of(look, visit.parts.keyring, _pseudonym(visit, comment))
        mine = in_hand(look, visit).asked
        to_case = desk.to_go_back_to(look, visit, comment.id)
        lines, redress = lines_of(look, visit, comment), look.queues.redress
        form = taking(look, visit, comment, lines)
        told = credit.explain_beside(look, author_id, mine, policy.credit, now=visit.now) if policy.credit else None
        findings = returns.of_author(look, author_id) if author_id else []
        entry = lists.of_account(look, _indexes(visit, comment), now=visit.now)
        listed = list_notices.notice(entry, redress)[visit.preferences.locale] if entry else ""
    trace(visit, "standing", [("account", author_id or comment.id)], behind=[comment.id])
    return render(
        visit,
        "standing.html",
        status=status,
        handle=comment.id,
        to_case=to_case,
        lines=lines,
        stands=stands,
        credit=told,
        counted=_counted(told.counted) if told else (),
        helps=credit.helps(told)[visit.preferences.locale] if told else "",
        findings=findings,
        listed=listed,
        policies=sorted(visit.parts.policies()),
        told={name: visit.form.one(name) for name in _TOLD} | {"closes": visit.form.all("closes")},
        problem=problem,
        detail=detail,
        faults=faults_in_words(visit, faults),
        max_words=MAX_WORDS,
        **form,
    )


def lines_of(look: Reading, visit: Visit, comment: CommentRecord) -> list[Line]:
    """The account's measures; none for a comment about which the visitor is asked just now."""
    author_id = authors.id_of(look, visit.parts.keyring, _pseudonym(visit, comment))
    taken = measures.page(look, author_id=author_id, limit=ROWS).items if author_id else ()
    mine = in_hand(look, visit).asked
    return [
        _line(look, visit, each, causes.of(look, each))
        for each in taken
        if mine.isdisjoint((each.cause_id, each.comment_id))
    ]


def taking(look: Reading, visit: Visit, comment: CommentRecord, lines: Iterable[Line]) -> dict[str, object]:
    """What the form needs by which a measure is taken on who wrote the comment; `lines`: those taken before."""
    policy = _policy(look, visit, comment.id)
    author_id = authors.id_of(look, visit.parts.keyring, _pseudonym(visit, comment))
    held = once.holding(look, author_id, now=visit.now) if author_id else []
    waits = once.waiting(look, author_id) if author_id else []
    mine = in_hand(look, visit).asked
    return {
        "policy": policy,
        "held": called(visit, (each for each in held if mine.isdisjoint((each.cause_id,)))),
        "waiting": called(visit, (each for each in waits if mine.isdisjoint((each.cause_id,)))),
        "step": measure_wishes.next_step(look, author_id, policy, now=visit.now, cause_id=comment.id),
        "replaceable": tuple(each for each in lines if each.made.state is MeasureState.IN_FORCE),
        "kinds": ACCOUNT_MEASURES,
        "grounds": grounds_for(visit, policy, look.queues.redress),
        "functions": tuple(Function),
        "choices": choices(look, visit, comment, _indexes(visit, comment)),
    }


def _measure_page(visit: Visit, problem: str = "", *, status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        made = measures.get(look, visit.path_values["measure_id"])
        cause = cause_of(look, visit, made)
        line = _line(look, visit, made, causes.of(look, made) if cause is not None else None)
        asked_about = [each for each in approvals.waiting(look, subject_id=line.made.id) if each.kind in _ABOUT]
        takes_two = line.made.state is MeasureState.IN_FORCE and took_two(look, line.made)
        ender = name_of(look, line.made.ended_by)
        is_mine = line.made.approval_id is not None and may_withdraw(
            look, visit.me.name, approvals.get(look, line.made.approval_id)
        )
    behind = [each for each in (made.comment_id, made.cause_id) if each]
    if made.target_kind is not TargetKind.THREAD and visit.me.name != made.asked_by:
        trace(visit, "measure", [("measure", made.id)], behind=behind)
    if cause is not None:
        note_reading(visit, behind, whole=True)
    is_asked = any(each.kind == account_measures.LIFTING for each in asked_about)
    may_lift = (made.state is MeasureState.IN_FORCE and not is_asked) or (
        made.state is MeasureState.WAITING and is_mine
    )
    return render(
        visit,
        "measure.html",
        status=status,
        line=line,
        made=line.made,
        cause=cause,
        asked_about=asked_about,
        takes_two=takes_two,
        ender=ender,
        may_lift=may_lift,
        problem=problem,
        max_words=MAX_WORDS,
    )


def _line(look: Reading, visit: Visit, made: MeasureRecord, cause: Cause | None) -> Line:
    """`cause` is left out where the visitor is not told of the comment just now."""
    locale, redress = visit.preferences.locale, look.queues.redress
    return Line(
        made,
        name_of(look, made.asked_by),
        account_notices.notice(made, appeal_times.redress_for(look, made), cause)[locale],
        account_notices.reason_in(made, locale, redress, cause),
        account_notices.ground_of(made, locale, redress),
    )


def _counted(counted: tuple[Counted, ...]) -> list[CountedLine]:
    return [CountedLine(kind, number, weight) for kind, (number, weight) in sorted(by_kind(counted).items())]
