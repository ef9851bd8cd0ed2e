"""A moderator's desk: the case in hand, what was just done, and what is said when something came in between.

Functions that take the unit of work of the page; the page commits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from console import alike_offer, escalation
from console.alike_offer import sentence_of
from console.case_view import CaseView, marked_text, view_case
from console.harshness import harsh_ones
from console.marks import Piece, pieces
from console.permissions import Action
from console.visit import Visit
from console.who_decides import Colleague, colleagues
from governance.another import keep_from_doubted
from governance.verdicts import HouseRules
from records import cases, comments, decisions, in_other_hands, knowing, leases, ledger, overview, verdicts
from records.cases import ESCALATED, Wanted
from records.in_other_hands import Elsewhere
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, GoldRecord, Purpose, VerdictRecord
from records.waiting import RANDOM
from review import exposure, lessons, queue, skills
from review.lessons import Progress
from review.quality import UNCHECKED, Quality
from review.verdicts import UNDO_WITHIN

MOST_ELSEWHERE = 200
"""Cases that are counted where something waits in another queue; of more it says so many."""

LONGEST_AHEAD = 2000
"""Code points of a text up to which it stands in the page before its turn: two of the longest would make it heavy."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was just done, and the case whose verdict may still be taken back; whether that was an undo itself."""

    sentence: str
    undo_case: str | None = None
    undo_seconds: int = 0
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form held, to be shown again."""

    labels: tuple[str, ...] = ()
    measure: str = ""
    note: str = ""
    confidence: str = ""
    words: str = ""
    span: str = ""
    answers: tuple[str, ...] = ()
    ground: str = ""


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """What the policy says of a label: what it is where the known answer has it, else what it is not."""

    title: str
    is_so: bool
    words: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """How a newcomer's training goes: what they are told of their last answer, if there is one."""

    progress: Progress
    answered: str = ""
    known: str = ""
    why: str = ""
    is_right: bool = False
    text: tuple[Piece, ...] = ()
    """What it was about, marked; nothing where it was erased or changed since."""

    comment_id: str = ""
    is_harsh: bool = False
    policies: tuple[PolicyLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """The work page. `previous` is the decision that the moderator's last verdict was about.

    `is_other`: the case was in hand already and is not of what was asked for.

    `escalated` is the case whose escalation, just now, `said` speaks of; `ahead` the case that comes next, if it is in
    hand already; `colleagues` are those to whom the case can be handed.
    `alike` is where the last two verdicts said the same of copies of this one.
    `lesson` is for newcomers; `worked` for how long without a break, where one is due; `spared_until` in what time an
    empty desk may have cases of the worst labels again, `put_off_until` in what time what was put off comes back.
    """

    view: CaseView | None
    said: Said | None
    previous: str | None
    escalated: str | None = None
    ahead: CaseView | None = None
    colleagues: tuple[Colleague, ...] = ()
    lesson: Lesson | None = None
    worked: timedelta | None = None
    spared_until: timedelta | None = None
    put_off_until: timedelta | None = None
    is_other: bool = False
    alike: alike_offer.Alike | None = None
    not_free: Elsewhere | None = None
    """Of an empty desk: what colleagues have in hand, what was put off, and what waits behind both."""

    elsewhere: tuple[tuple[str, int], ...] = ()
    """Queues in which something waits for the visitor while nothing of what is asked for does, with how much."""


def lay(
    unit: Unit,
    visit: Visit,
    case: CaseRecord | None,
    *,
    sentence: str = "",
    escalated: str = "",
    skipped: str = "",
    undone: bool = False,
) -> Desk:
    """The desk with `case` on it, or empty.

    What is said is `sentence` (of the case `skipped`, which may be taken back), else the escalation of the case
    `escalated`, else the verdict, of the last seconds.
    What came before something `undone` may be taken back as well, while it is of the last seconds.
    """
    last = overview.last_verdict_by(unit, visit.me.id)
    handed_on = None if sentence else _handed_on(unit, visit, escalated)
    recent = _recently(visit, last)
    told = Said(sentence, skipped or None, int(UNDO_WITHIN.total_seconds()) if skipped else 0, undone)
    said = told if sentence else handed_on or recent
    if undone and recent:
        both = f"{sentence} {visit.words('said.before_that')} {recent.sentence}"
        said = replace(recent, sentence=both, is_undone=True)
    wellness = visit.parts.wellness
    ahead = None if case is None else _ahead(unit, visit, case)
    case = None if case is None else cases.get(unit, case.id)  # held for less where the one ahead is
    return Desk(
        view=None if case is None else _view(unit, visit, case),
        said=said,
        previous=last.decision_id if last else None,
        escalated=escalated if handed_on else None,
        ahead=ahead,
        colleagues=() if case is None else colleagues(unit, visit, case),
        lesson=_lesson(unit, visit) if visit.me.trainee else None,
        worked=None if visit.no_break_yet else exposure.break_due(unit, visit.me.id, wellness, now=visit.now),
        spared_until=None if case else _spared_until(unit, visit),
        put_off_until=None if case else _put_off_until(unit, visit),
        is_other=case is not None and not visit.me.trainee and not is_asked_for(unit, case, visit),
        alike=None if case is None else alike_offer.offer(unit, visit, case),
        not_free=None if case or visit.me.trainee else in_other_hands.of(unit, visit.me.id, now=visit.now),
        elsewhere=() if case else _elsewhere(unit, visit),
    )


def _view(unit: Unit, visit: Visit, case: CaseRecord) -> CaseView:
    """The case with what stands around it; past cases say what was decided about them, which is known from now on."""
    view = view_case(unit, case, house_rules(visit), visit.words, visit.now, visit.parts.rules())
    past = knowing.told_by(unit, [each.comment_id for each in view.around.past], visit.me.id)
    knowing.read(unit, past, visit.me.id, now=visit.now)
    return view


def house_rules(visit: Visit, checks: Quality = UNCHECKED) -> HouseRules:
    """What labels mean here, what policies allow, and how the public is answered."""
    parts = visit.parts
    return HouseRules(parts.taxonomy, parts.policies(), checks, parts.complaints, parts.bulk_alone_hour)


def next_case(unit: Unit, visit: Visit, *, stays: bool = True) -> CaseRecord | None:
    """The case of the address if it is in hand; else the one on the screen, what was taken ahead, or the next to wait.

    What was taken ahead and is not asked for any more goes back. The one on the screen, which runs out first, stays
    whatever is asked for, and the page says so; `stays` is False where that one was just decided.
    """
    in_hand = leases.leased_by(unit, visit.me.id, now=visit.now)
    named = {visit.query.get("case", ""), visit.form.one("ahead")} - {""}
    found = next((case for case in in_hand if case.id in named), None)
    if found or visit.me.trainee:
        return found or lessons.next_lesson(unit, visit.me.id, now=visit.now)
    kept = [case for place, case in enumerate(in_hand) if _is_kept(unit, visit, case, is_shown=stays and not place)]
    first = kept[0] if stays and kept else next((case for case in kept if is_asked_for(unit, case, visit)), None)
    return first or _fresh(unit, visit) or (kept[0] if kept else None)


def _is_kept(unit: Unit, visit: Visit, case: CaseRecord, *, is_shown: bool) -> bool:
    """Whether it stays in hand, as what was opened anew for a reason does too; else it goes back to its queue."""
    if is_shown or case.opened_by == "reopened" or is_asked_for(unit, case, visit):
        return True
    reason = "something else was asked for"
    queue.release(unit, case.id, visit.me.id, case.lease_token, now=visit.now, reason=reason)
    return False


def _fresh(unit: Unit, visit: Visit) -> CaseRecord | None:
    share = visit.parts.quality.gold_share
    me = visit.me.id
    taken = (
        queue.take(unit, me, wish, now=visit.now, gold_share=share, kept_from=keep_from_doubted)
        for wish in _wishes(unit, visit)
    )
    return next((cases_[0] for cases_ in taken if cases_), None)


def is_asked_for(look: Reading, case: CaseRecord, visit: Visit) -> bool:
    """Whether it is of the queue, label, language and training that the page or form asks for."""
    wish, label = wanted(look, visit), None if case.why == RANDOM else case.label
    asked_for = ((wish.queue, case.queue), (wish.label, label), (wish.lang, case.lang))
    training = asked(visit, "skill")
    needs = skills.needs_of(look.queues, case.queue, case.lang, label).skills
    return all(wished is None or wished == value for wished, value in asked_for) and (not training or training in needs)


def turn_to(unit: Unit, visit: Visit) -> CaseRecord | None:
    """The next case, with its full time from now on: it may have been in hand for a while, unseen."""
    case = next_case(unit, visit, stays=False)
    return None if case is None else leases.prolong(unit, case.id, expires_at=queue.until(unit, case, now=visit.now))


def wanted(look: Reading, visit: Visit) -> Wanted:
    """What the page or form asks for. Second opinions come along: nobody can tell them from other cases."""
    queue_, label, lang = (asked(visit, name) for name in ("queue", "label", "lang"))
    training = asked(visit, "skill")
    asking = skills.asking_for(look.queues, training) if training else None
    return Wanted(queue_, label, lang, blind=True, asking=asking)


def _wishes(unit: Unit, visit: Visit) -> tuple[Wanted, ...]:
    """What to ask the queue for, one after the other, so that nobody has too much of the worst."""
    return exposure.spared(unit, visit.me.id, wanted(unit, visit), visit.parts.wellness, now=visit.now)


def asked(visit: Visit, name: str) -> str | None:
    """What the page or form says of it; None where it says nothing."""
    return visit.form.one(name) or visit.query.get(name, "").strip() or None


def asked_queue(visit: Visit) -> str | None:
    """The queue that the page or form names; None for all but the escalated ones."""
    return asked(visit, "queue")


def another(unit: Unit, visit: Visit, case_id: str) -> CaseRecord | None:
    """A case in hand or fresh that is not `case_id`, of what is asked for."""
    in_hand = leases.leased_by(unit, visit.me.id, now=visit.now)
    for case in in_hand:
        if case.id != case_id and is_asked_for(unit, case, visit):
            return case
    if visit.me.trainee:
        return None
    return _fresh(unit, visit)


def take_again(unit: Unit, visit: Visit, case: CaseRecord) -> CaseRecord:
    """Leases a case that went back while its page was open; it must wait, and the caller has it locked."""
    again = leases.lease(unit, case.id, visit.me.id, expires_at=queue.until(unit, case, now=visit.now))
    entry = ledger.Entry(
        kind="case.claimed",
        actor=ledger.Actor("moderator", visit.me.id),
        subject_kind="case",
        subject_id=case.id,
        reason="",
        ground="",
        facts={"queue": case.queue, "comment_id": case.comment_id, "decision_id": case.decision_id},
    )
    ledger.append(unit, entry, now=visit.now)
    return again


def waits(case: CaseRecord, visit: Visit) -> bool:
    """Whether nobody has it: open or escalated, or its lease ran out."""
    over = case.lease_expires_at is not None and case.lease_expires_at <= visit.now
    return case.state in (CaseState.OPEN, CaseState.ESCALATED) or (case.state is CaseState.CLAIMED and over)


def to_go_back_to(look: Reading, visit: Visit, comment_id: str = "") -> str:
    """The case that the visitor has in hand about this comment, else the one on their desk; "" where they have none."""
    held = leases.leased_by(look, visit.me.id, now=visit.now)
    found = next((case for case in held if case.comment_id == comment_id), None) or next(iter(held), None)
    return "" if found is None else found.id


def seconds_left(case: CaseRecord, visit: Visit) -> int:
    """For how long it is still in the visitor's hands, in seconds."""
    return max(0, int(((case.lease_expires_at or visit.now) - visit.now).total_seconds()))


def is_mine(case: CaseRecord, visit: Visit) -> bool:
    """Whether the visitor holds it."""
    return case.state is CaseState.CLAIMED and case.lease_owner == visit.me.id and not waits(case, visit)


def may_decide_escalated(visit: Visit) -> bool:
    """Whether the visitor decides what was handed to the seniors."""
    return visit.may(Action.DECIDE_ESCALATED)


def _ahead(unit: Unit, visit: Visit, case: CaseRecord) -> CaseView | None:
    """What comes after `case`, to stand in the page. Its clock says what it will be given when its turn comes."""
    if visit.me.trainee:
        return None
    found = queue.ahead_of(
        unit,
        visit.me.id,
        case,
        _wishes(unit, visit)[0],
        now=visit.now,
        gold_share=visit.parts.quality.gold_share,
        kept_from=keep_from_doubted,
    )
    if found is None:
        return None
    view = _view(unit, visit, found)
    if view.length > LONGEST_AHEAD:
        return None
    return replace(view, seconds_left=int((queue.until(unit, found, now=visit.now) - visit.now).total_seconds()))


def _handed_on(unit: Unit, visit: Visit, case_id: str) -> Said | None:
    """The visitor's escalation of this case, while it may be taken back. The ledger is asked, not the address."""
    found = escalation.find(unit, case_id, visit.me.id, now=visit.now) if case_id else None
    if found is None or found.left < timedelta(seconds=1):
        return None
    return Said(visit.words("said.escalated"), case_id, int(found.left.total_seconds()))


def _recently(visit: Visit, last: VerdictRecord | None) -> Said | None:
    """The last verdict, while it may be taken back."""
    left = UNDO_WITHIN - (visit.now - last.created_at) if last else timedelta(0)
    if last is None or left < timedelta(seconds=1) or last.purpose is Purpose.LESSON:
        return None
    return Said(sentence_of(visit, last), last.case_id, int(left.total_seconds()))


def _lesson(unit: Unit, visit: Visit) -> Lesson:
    """How the newcomer's training goes, with the last answer beside what is known."""
    progress, told = lessons.progress(unit, visit.me.id), lessons.last_told(unit, visit.me.id)
    if told is None:
        return Lesson(progress)
    known = replace(told.verdict, verdict=told.known.verdict, labels=told.known.labels, ground=None)
    text, is_harsh = _taught(unit, told.known)
    return Lesson(
        progress,
        sentence_of(visit, told.verdict),
        sentence_of(visit, known),
        told.known.why,
        told.is_right,
        text,
        told.known.comment_id,
        is_harsh,
        _policies(visit, told.verdict, told.known),
    )


def _taught(look: Reading, known: GoldRecord) -> tuple[tuple[Piece, ...], bool]:
    """The comment of a known answer with the words that show it, and whether it is blurred at first.

    The span that a person marked counts before those of the machine.
    """
    comment, record = comments.get(look, known.comment_id), decisions.get(look, known.decision_id)
    if comment.text is None or comment.revision != record.revision:
        return (), False
    held = verdicts.holding_for(look, known.decision_id)
    span = held.span if held else None
    marked = pieces(comment.text, (span,)) if span else marked_text(comment.text, record, comment.revision)
    return marked, bool(harsh_ones(look, [comment.id]))


def _policies(visit: Visit, said: VerdictRecord, known: GoldRecord) -> tuple[PolicyLine, ...]:
    """Of the labels of the known answer, then of those that the newcomer gave beside them."""
    taxonomy, locale = visit.parts.taxonomy, visit.preferences.locale
    codes = (*known.labels, *(code for code in said.codes if code not in known.labels))
    found = [(taxonomy.find(code), code in known.labels) for code in codes]
    return tuple(
        PolicyLine(taxonomy.title(one.name, locale), is_so, getattr(one.is_ if is_so else one.is_not, locale))
        for one, is_so in found
        if one is not None
    )


def _put_off_until(unit: Unit, visit: Visit) -> timedelta | None:
    back_at = leases.put_off_until(unit, visit.me.id, now=visit.now)
    return None if back_at is None else back_at - visit.now


def _elsewhere(unit: Unit, visit: Visit) -> tuple[tuple[str, int], ...]:
    if visit.me.trainee:
        return ()
    return tuple(_waiting(unit, visit, _wishes(unit, visit)[0]).items())


def left(look: Reading, visit: Visit) -> int:
    """How many cases wait that the visitor may be given, from whatever queue; counted up to `MOST_ELSEWHERE`."""
    return min(MOST_ELSEWHERE, sum(_waiting(look, visit, Wanted(blind=True)).values()))


def _waiting(look: Reading, visit: Visit, wish: Wanted) -> dict[str, int]:
    able = skills.narrowed(look, visit.me.id, replace(wish, queue=None, label=None, lang=None, asking=None))
    asked_for = [able, *([replace(able, queue=ESCALATED)] if may_decide_escalated(visit) else [])]
    found: dict[str, int] = {}
    for wished in asked_for:
        found |= leases.waiting_by_queue(look, visit.me.id, now=visit.now, wanted=wished, most=MOST_ELSEWHERE)
    return found


def _spared_until(unit: Unit, visit: Visit) -> timedelta | None:
    """In what time the visitor may be given cases of the worst labels again; None where they may now."""
    limits = visit.parts.wellness
    if visit.me.trainee or not limits.worst_an_hour:
        return None
    free_at = exposure.of(unit, visit.me.id, limits, now=visit.now).free_at
    return None if free_at is None else max(timedelta(0), free_at - visit.now)
