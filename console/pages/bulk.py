"""A verdict over a campaign: what it will touch, the verdict, and what became of each comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from console import alike_offer, contact_offer, desk, differences, sight_time
from console.attachment_view import AttachmentsView, view_attachments
from console.bulk_words import STOPPED, became_of, standing
from console.case_view import named_in
from console.deciding import alone_now
from console.excerpts import Excerpt, excerpt, longest_of
from console.fault_words import fault_sentence
from console.finding_words import says
from console.harshness import Heeded, harsh_together
from console.hit_view import spares
from console.in_hand import in_hand, note_reading
from console.looking import trace_list
from console.marks import Piece, pieces
from console.pages.rules import code_titles
from console.people import display_name
from console.permissions import Action
from console.refusals import RefusalError
from console.rendering import render
from console.report_view import SaidView, reports_beside
from console.sight_time import TooSoonError
from console.verdict_form import CONFIDENCES, judgement_over_many
from console.visit import Visit
from governance import bulk, deciding, groups, together
from governance.bulk import BackAskedError, Wish
from governance.other_sellers import by_another_contact
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from moderation.typed import moment, number
from records import approvals, campaign_findings, cases, comments, decisions, knowing
from records import bulk as stored
from records.attachments import unpacked
from records.bulk import BulkRecord, BulkState, MemberState
from records.campaign_findings import Answer
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord
from records.waiting import RANDOM
from review import queue
from review.checks import MAX_NOTE, MAX_REASON

COMPARED = 200
"""Code points of a text that are compared with the one before the moderator; as much is shown, where there is room."""

SHOWN = 100
"""Comments on a page; a campaign may have thousands, and the form leads from page to page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Comments of the campaign on a page that have one text and came to the same; it leads to the first of them."""

    text: tuple[Piece, ...]
    compared: str
    decision_id: str
    state: str
    comment_ids: tuple[str, ...]
    of: int = 0
    """How many characters the first of them has, where only a part is shown."""
    harsh: tuple[str, ...] = ()
    attached: str = ""
    """What is attached to each of them, as their rows have it."""

    differs: bool = False
    """From the one before the moderator, at the marked places."""

    spared: bool = False
    """Whether an entry of a list spared them something, where whoever looks may know what was decided."""

    reports: tuple[SaidView, ...] = ()
    """Of the first of them, which has a line of its own where somebody reported it."""

    @property
    def attachments(self) -> AttachmentsView:
        """How many there are, of how many nothing was looked at; the decision's page shows them."""
        return view_attachments(unpacked(self.attached))

    @property
    def times(self) -> int:
        """How many they are."""
        return len(self.comment_ids)


def ask(visit: Visit) -> Response:
    """GET /work/{case_id}/campaign: what a verdict over the campaign would touch."""
    return _page(visit)


def give(visit: Visit) -> Response:
    """POST /work/{case_id}/campaign: the verdict in the case, as any other, and over what was not left out.

    Or another page of the comments, or one of the texts whole: what was left out on this one stays so.
    """
    if _is_looked_at(visit):
        return _page(visit)
    try:
        with visit.parts.database.unit() as unit:
            made = _give(unit, visit, visit.path_values["case_id"])
            unit.commit()
    except TooSoonError:
        return _page(visit, visit.words("conflict.too_soon"), status=409)
    except ConflictError:
        return _page(visit, visit.words("bulk.too_late"), status=409)
    except InvalidInputError as error:
        return _page(visit, fault_sentence(visit, error), status=422)
    return RedirectResponse(visit.url(f"/bulk/{made.id}"), status_code=303)


def _is_looked_at(visit: Visit) -> bool:
    """Whether the form asks for no verdict, but to see more."""
    return bool(visit.form.one("to") or (visit.form.one("whole") and not visit.form.one("action")))


def show(visit: Visit) -> Response:
    """GET /bulk/{bulk_id}: how far it is, and what became of each comment."""
    return _progress(visit)


def take_back(visit: Visit) -> Response:
    """POST /bulk/{bulk_id}/undo: within ten seconds as if not given; later it is stopped, and opened again."""
    bulk_id = visit.path_values["bulk_id"]
    try:
        with visit.parts.database.unit() as unit:
            any_ones, why = visit.may(Action.DECIDE_ESCALATED), visit.form.one("reason").strip()[:MAX_REASON]
            taken = together.take_back(unit, bulk_id, by=visit.me.id, any_ones=any_ones, why=why, now=visit.now)
            place = _after(unit, visit, taken)
            unit.commit()
    except InvalidInputError:
        return _progress(visit, "bulk.no_reason", status=422)
    except BackAskedError:
        return _progress(visit, "bulk.back_asked", status=409)
    except ConflictError:
        return _progress(visit, "bulk.nothing_left", status=409)
    except ForbiddenError:
        raise RefusalError("error.forbidden", 403) from None
    return RedirectResponse(place, status_code=303)


def _after(look: Reading, visit: Visit, taken: BulkRecord) -> str:
    """Back to the list or the group, once nothing of the verdict is left; else to what becomes of it."""
    own = visit.url(f"/bulk/{taken.id}")
    place = visit.local(visit.form.one("back"), f"/bulk/{taken.id}")
    if taken.state is not BulkState.WITHDRAWN or place == own:
        return own
    if groups.is_of_group(look, taken) and not desk.is_mine(cases.get(look, taken.case_id), visit):
        return own
    return f"{place}{'&' if '?' in place else '?'}undone={taken.id}"


def _give(unit: Unit, visit: Visit, case_id: str) -> BulkRecord:
    case = queue.held(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now)
    sight_time.check(unit, visit, case_id)
    judgement = judgement_over_many(visit)
    seen = bulk.touched(unit, case, as_of=_seen_at(visit))
    left_out = _left_out(visit)
    revisions = {one: n for one, n in seen.revisions.items() if one not in left_out} if seen else {}
    own = {case.comment_id: comments.get(unit, case.comment_id).revision}
    wish = Wish(judgement, own | revisions, visit.form.one("why"))
    rules, alone = desk.house_rules(visit, visit.parts.quality), alone_now(unit, visit)
    return bulk.give(unit, rules, case, wish, by=visit.me, alone=alone, now=visit.now)


def _left_out(visit: Visit) -> set[str]:
    """Comments that the page had shown and that are not ticked; what it had not shown stands with the rest."""
    shown, picked = (" ".join(visit.form.all(name)).split() for name in ("shown", "picked"))
    return set(shown) - set(picked)


def _seen_at(visit: Visit) -> datetime:
    seen = moment(visit.form.one("seen_at"))
    if seen is None:
        raise RefusalError("error.form_unreadable", 400)
    return seen


def _page(visit: Visit, problem: str = "", *, status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        case = cases.get(look, visit.path_values["case_id"])
        touched = bulk.touched(look, case, as_of=_seen_at(visit) if _is_looked_at(visit) else None)
        finding = campaign_findings.find(look, touched.campaign_id) if touched else None
        under_way = stored.under_way(look, touched.campaign_id) if touched else None
        if touched is None or not desk.is_mine(case, visit):
            return _not_mine(visit, look, case)
        at, pages = _place(visit, len(touched.revisions))
        exemplar = comments.get(look, case.comment_id).text or ""
        ordered, far = _by_difference(look, exemplar, list(touched.revisions))
        far |= _attached_otherwise(look, case, ordered)
        others = _others(look, touched.campaign_id, case, ordered)
        ordered.sort(key=lambda each: each not in others)
        some = ordered[at * SHOWN : (at + 1) * SHOWN]
        reported = reports_beside(look, ordered, visit.parts.complaints, visit.preferences.locale)
        found = _shown(look, visit, dict.fromkeys(some, ""), exemplar)
        is_told = case.why != RANDOM and not knowing.is_blind(case)
        found = found if is_told else [replace(one, spared=False) for one in found]
        shown = _together([replace(one, reports=reported.get(one.comment_ids[0], ())) for one in found])
        left_out = _left_out(visit) if visit.form.one("seen_at") else far | others | reported.keys()
        decision = decisions.get(look, case.decision_id).decision
        policy = desk.house_rules(visit).policy_of(decision.versions.policy)
        alone = alone_now(look, visit)
    return render(
        visit,
        "campaign.html",
        status=status,
        case=case,
        seconds_left=desk.seconds_left(case, visit),
        problem=problem,
        touched=touched,
        allowed=decision.allowed if is_told else None,
        finding=finding,
        says=says,
        read_whole=visit.form.one("whole"),
        left_alone=sum(touched.passed_over.values()),
        under_way=under_way,
        shown=shown,
        at=at,
        pages=pages,
        first=at * SHOWN + 1,
        last=at * SHOWN + len(some),
        seen_at=visit.form.one("seen_at") if _is_looked_at(visit) else visit.now.isoformat(),
        left_out=left_out,
        unticked=sum(len(one.comment_ids) for one in shown if one.comment_ids[0] in left_out),
        left_elsewhere=sorted(left_out & touched.revisions.keys() - {*some}),
        far=len(far),
        others=others,
        reported=len(reported),
        harsh=_blurred_for(shown),
        alone=alone,
        labels=visit.parts.taxonomy.labels,
        contacts=contact_offer.offered(visit, [exemplar], case.label),
        contact_label=case.label or "",
        contact_back=visit.url(f"/work/{case.id}/campaign"),
        suspected=frozenset() if case.why == RANDOM else named_in(decision),
        measures=policy.by_verdict,
        confidences=list(CONFIDENCES),
        chosen=visit.form if visit.form.values else alike_offer.brought(visit),
        max_note=MAX_NOTE,
        max_reason=MAX_REASON,
    )


def _by_difference(look: Reading, exemplar: str, comment_ids: list[str]) -> tuple[list[str], set[str]]:
    """The comments, those that differ most first, and those that are not ticked at first."""
    if len(comment_ids) > differences.MOST_COMPARED:
        return comment_ids, set()
    texts = {each: text[:COMPARED] for each, text in comments.texts_of_many(look, comment_ids).items()}
    apart = differences.distances(exemplar[:COMPARED], texts)
    ordered = sorted(comment_ids, key=lambda each: -apart.get(each, 0.0))
    return ordered, {each for each, distance in apart.items() if distance >= differences.FAR}


def _attached_otherwise(look: Reading, case: CaseRecord, comment_ids: list[str]) -> set[str]:
    """Those with an attachment that the comment in hand has not: whoever decides that one has not seen it."""
    attached = comments.attached_to_many(look, [case.comment_id, *comment_ids])
    mine = attached.get(case.comment_id)
    return {each for each in comment_ids if attached.get(each) not in (None, mine)}


def _others(look: Reading, campaign_id: str, case: CaseRecord, comment_ids: list[str]) -> frozenset[str]:
    """Those that give another contact than the campaign's; none once a person said that one hand is behind it all."""
    finding = campaign_findings.find(look, campaign_id)
    if len(comment_ids) > differences.MOST_COMPARED or (finding and finding.answer is Answer.ONE_HAND):
        return frozenset()
    rows = campaign_findings.members(look, campaign_id, limit=2 * differences.MOST_COMPARED)
    return by_another_contact(rows, case.comment_id).intersection(comment_ids)


def _not_mine(visit: Visit, look: Reading, case: CaseRecord) -> Response:
    """Whoever decided the case already is shown what became of it; anybody else goes to their own work."""
    made = stored.of_case(look, case.id)
    return RedirectResponse(visit.url(f"/bulk/{made.id}" if made else "/work"), status_code=303)


def _progress(visit: Visit, problem: str = "", *, status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        made = stored.get(look, visit.path_values["bulk_id"])
        if made.moderator != visit.me.id and not in_hand(look, visit).asked.isdisjoint(_about(look, made)):
            raise RefusalError("error.asked_blind", 403)
        counts = stored.counts(look, made.id)
        after = visit.query.get("after", "")
        members = stored.members(look, made.id, states=tuple(MemberState), limit=SHOWN, after=after)
        shown = _together(_shown(look, visit, {one.comment_id: became_of(made, one.state) for one in members}))
        before = stored.members_before(look, made.id, after)
        asked = next(iter(approvals.waiting(look, subject_id=made.id)), None)
        who = display_name(look, made.moderator)
        title = _title(look, made)
        is_group = groups.is_of_group(look, made)
        state = standing(look, made, visit.words, now=visit.now)
    trace_list(visit, "bulk", len(members), ("after",))
    if made.moderator != visit.me.id:
        note_reading(visit, [one.comment_id for one in members], whole=True)
    names = code_titles(visit)
    may_stop = visit.may(Action.DECIDE_ANEW) and (made.moderator == visit.me.id or visit.may(Action.DECIDE_ESCALATED))
    return render(
        visit,
        "bulk.html",
        status=status,
        bulk=made,
        who=who,
        problem=problem,
        state=state,
        title=title,
        back=visit.url(f"/work/{made.case_id}/group") if is_group else "",
        counts=[(became_of(made, each), number) for each, number in counts.items()],
        total=sum(counts.values()),
        shown=shown,
        first=before + 1,
        last=before + len(members),
        next_after=members[-1].comment_id if members and before + len(members) < sum(counts.values()) else "",
        harsh=_blurred_for(shown),
        labels=[names.get(code, code) for code in (*made.labels, *filter(None, (made.ground,)))],
        asked=asked,
        may_take_back=may_stop and made.state not in STOPPED,
        max_reason=MAX_REASON,
    )


def _title(look: Reading, made: BulkRecord) -> str:
    """Over what it was given."""
    if deciding.is_found(look, made):
        return "deciding.verdict_title"
    return "group.verdict_title" if groups.is_of_group(look, made) else "bulk.title"


def _about(look: Reading, made: BulkRecord) -> list[str]:
    """The comments that it decides, or decided."""
    return [one.comment_id for one in stored.members(look, made.id, states=tuple(MemberState), limit=bulk.MOST)]


def _blurred_for(shown: Iterable[Shown]) -> tuple[str, ...]:
    """For which labels some of the texts are blurred at first."""
    return tuple(dict.fromkeys(title for one in shown for title in one.harsh))


def _place(visit: Visit, count: int) -> tuple[int, int]:
    """Which page is asked for, or was before a verdict that was refused, from 0; and how many there are."""
    pages = max(1, -(-count // SHOWN))
    asked = visit.form.one("to") or visit.form.one("at")
    return min(number(asked) or 0, pages - 1), pages


def _shown(look: Reading, visit: Visit, states: Mapping[str, str], exemplar: str | None = None) -> list[Shown]:
    """These comments with what became of each, blurred for all that the work page heeds.

    What differs from `exemplar` is marked.
    """
    records = decisions.latest_of_many(look, list(states))
    heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
    titles = harsh_together(look, heeded, list(records.values()))
    texts = comments.texts_of_many(look, list(states))
    attached = comments.attached_to_many(look, list(states))
    whole = visit.form.one("whole")
    longest = min(COMPARED, longest_of(len(states), taken=len(texts.get(whole, ""))))
    found = []
    for each, state in states.items():
        text = texts.get(each, "")
        spans = [] if exemplar is None else differences.places(exemplar[:COMPARED], text[:COMPARED])
        part = Excerpt(pieces(text, spans)) if each == whole else excerpt(text, spans, longest=longest)
        found.append(
            Shown(
                part.text,
                text[:COMPARED],
                records[each].id,
                state,
                (each,),
                part.of,
                titles[each],
                attached.get(each, ""),
                bool(spans),
                spares(records[each]),
            )
        )
    return found


def _together(found: list[Shown]) -> list[Shown]:
    """One line for each text, so far as texts are compared, with what is attached, and what became of it.

    What was reported has a line by itself.
    """
    alike: dict[tuple[str, ...], list[Shown]] = {}
    for one in found:
        own = one.comment_ids if one.reports else ()
        alike.setdefault((one.compared, one.attached, one.state, str(one.spared), *own), []).append(one)
    return [
        replace(same[0], comment_ids=tuple(id_ for one in same for id_ in one.comment_ids)) for same in alike.values()
    ]
