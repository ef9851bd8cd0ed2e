"""The form under a list of comments: one verdict over what is ticked, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.desk import house_rules
from console.permissions import Action
from console.refusals import RefusalError
from console.visit import Visit
from governance import bulk, bulk_steps, together
from governance.deciding import Who, decide_member
from governance.measures import BY_VERDICT
from governance.verdicts import HouseRules
from moderation.errors import InvalidInputError
from records import bulk as stored
from records import comments, decisions
from records.bulk import BulkState, MemberState
from records.unit_of_work import Reading
from records.values import Judgement, VerdictKind
from review.checks import MAX_REASON


@dataclass(frozen=True, slots=True)
class Told:
    """How many were decided, and why others were not: keys of `console/words/`, each as often as it happened.

    `asked` wait for a second person. `bulk_id`: by which all of it is taken back; empty where nothing was done.
    `in_hour`: whether a second person is asked for what was decided together within the hour.
    """

    done: int
    refused: tuple[str, ...] = ()
    asked: int = 0
    bulk_id: str = ""
    in_hour: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all were decided, or wait."""
        return not self.refused


_REFUSED = {
    MemberState.ERASED: "deciding.taken",
    MemberState.CHANGED: "deciding.changed",
    MemberState.ESCALATED: "deciding.seniors",
    MemberState.ASKED: "deciding.asked_already",
    MemberState.LEFT: "deciding.taken",
    MemberState.FAVOURED: "deciding.favoured",
    MemberState.SETTLED: "deciding.settled",
}


def decide_ticked(visit: Visit) -> Told:
    """Decides each in a unit of its own, so that what one is refused for keeps no other waiting.

    What was decided about again since the page was made, with another text, attachment or place, is left as it is.

    Over the house's limit none is touched before a second person agreed.
    """
    form = visit.form
    ticked = dict(each.partition(":")[::2] for each in form.all("comment"))
    kind = form.one("verdict")
    if kind not in (VerdictKind.APPROVE, VerdictKind.REJECT):
        raise RefusalError("error.invalid", 422)
    if not ticked:
        return Told(0, ("deciding.nothing",))
    is_reject = kind == VerdictKind.REJECT
    judgement = Judgement(
        VerdictKind(kind),
        labels=form.all("labels") if is_reject else (),
        ground=(form.one("ground") or None) if is_reject else None,
        measure=(form.one("measure") or None) if is_reject else None,
    )
    if fault := _fault(visit, judgement):
        return Told(0, (fault,))
    with visit.parts.database.reading() as look:
        there = comments.there(look, list(ticked))
        newest = {each: one.id for each, one in decisions.latest_of_many(look, there).items()}
    as_seen = [each for each, seen in ticked.items() if each in there and seen == newest.get(each)]
    gone = ("deciding.gone",) * (len(ticked) - len(there))
    gone += ("deciding.changed",) * (len(there) - len(as_seen))
    return _decide(visit, as_seen, judgement, gone) if as_seen else Told(0, gone)


def alone_now(look: Reading, visit: Visit) -> int:
    """Over how many comments the visitor may give a verdict just now without a second person."""
    parts = visit.parts
    return bulk.alone_now(
        look, visit.me.id, at_once=parts.bulk_alone, an_hour=parts.bulk_alone_hour, now=visit.now
    )  # fmt: skip


def taken_back(look: Reading, visit: Visit) -> int | None:
    """How many of a verdict that was taken back from this page wait again; None where none was."""
    bulk_id = visit.query.get("undone")
    if not bulk_id:
        return None
    made = stored.get(look, bulk_id)
    return stored.counts(look, made.id)[MemberState.OPENED_AGAIN] if made.moderator == visit.me.id else None


def form_values(visit: Visit) -> dict[str, object]:
    """What the form's template asks for; what was sent stands in it again."""
    form = visit.form
    return {
        "measures": [measure.value for measure in BY_VERDICT],
        "most": visit.parts.bulk_alone,
        "an_hour": visit.parts.bulk_alone_hour,
        "max_reason": MAX_REASON,
        "chosen": {"labels": form.all("labels"), "ground": form.one("ground"), "measure": form.one("measure"),
                   "reason": form.one("reason"), "verdict": form.one("verdict"), "ticked": form.all("comment")},
    }  # fmt: skip


def _decide(visit: Visit, comment_ids: list[str], judgement: Judgement, gone: tuple[str, ...]) -> Told:
    """Notes the verdict over them, and does it where nobody is asked."""
    rules, why = house_rules(visit, visit.parts.quality), visit.form.one("reason")
    try:
        with visit.parts.database.unit() as unit:
            most = alone_now(unit, visit)
            made = together.give(
                unit, rules, comment_ids, judgement, by=visit.me, alone=most, why=why, now=visit.now
            )  # fmt: skip
            unit.commit()
    except InvalidInputError:
        return Told(0, (*gone, "error.invalid"))
    if made.state is BulkState.WAITING:
        return Told(0, gone, len(comment_ids), made.id, in_hour=most < visit.parts.bulk_alone)
    said = _do(visit, rules, made.id, why)
    refused = tuple(_REFUSED[each] for each in said if each in _REFUSED)
    done = said.count(MemberState.DECIDED)
    return Told(done, (*gone, *refused), bulk_id=made.id if done else "")


def _do(visit: Visit, rules: HouseRules, bulk_id: str, why: str) -> list[MemberState]:
    """Decides each that was noted; what became of it. What a lost process leaves, a worker does in seconds."""
    by, database = Who(visit.me.id, is_senior=visit.may(Action.DECIDE_ESCALATED)), visit.parts.database
    with database.reading() as look:
        members = stored.members(look, bulk_id, states=(MemberState.PENDING,), limit=bulk.MOST)
    house = replace(rules, together=len(members))
    said = [decide_member(database, house, each, by=by, why=why, now=visit.now) for each in members]
    with database.unit() as unit:
        bulk_steps.end(unit, bulk_id, house, visit.now)
        unit.commit()
    return said


def _fault(visit: Visit, judgement: Judgement) -> str:
    """What is wrong with the form, before anything is done."""
    if not 0 < len(visit.form.one("reason")) <= MAX_REASON:
        return "deciding.no_reason"
    if judgement.verdict is VerdictKind.REJECT and not judgement.labels and judgement.ground is None:
        return "conflict.no_label"
    return ""
