"""The form under a list of comments: one verdict about each that is ticked, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass

from console.desk import house_rules
from console.permissions import Action
from console.refusals import RefusalError
from console.visit import Visit
from governance import deciding
from governance.deciding import MOST_AT_ONCE, Who
from governance.measures import BY_VERDICT
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from records.values import Judgement, VerdictKind
from review.checks import MAX_REASON


@dataclass(frozen=True, slots=True)
class Told:
    """How many were decided, and why others were not: keys of `console/words/`, each as often as it happened."""

    done: int
    refused: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all were decided."""
        return not self.refused


def decide_ticked(visit: Visit) -> Told:
    """Decides each in a unit of its own, so that what one is refused for keeps no other waiting."""
    form = visit.form
    ticked = tuple(dict.fromkeys(form.all("comment")))
    kind = form.one("verdict")
    if kind not in (VerdictKind.APPROVE, VerdictKind.REJECT):
        raise RefusalError("error.invalid", 422)
    if not 0 < len(ticked) <= MOST_AT_ONCE:
        return Told(0, ("deciding.too_many" if ticked else "deciding.nothing",))
    is_reject = kind == VerdictKind.REJECT
    judgement = Judgement(
        VerdictKind(kind),
        labels=form.all("labels") if is_reject else (),
        ground=(form.one("ground") or None) if is_reject else None,
        measure=(form.one("measure") or None) if is_reject else None,
    )
    if fault := _fault(visit, judgement):
        return Told(0, (fault,))
    said = [_decide(visit, comment_id, judgement) for comment_id in ticked]
    return Told(said.count(""), tuple(key for key in said if key))


def form_values(visit: Visit) -> dict[str, object]:
    """What the form's template asks for; what was sent stands in it again."""
    form = visit.form
    return {
        "measures": [measure.value for measure in BY_VERDICT],
        "most": MOST_AT_ONCE,
        "max_reason": MAX_REASON,
        "chosen": {"labels": form.all("labels"), "ground": form.one("ground"), "measure": form.one("measure"),
                   "reason": form.one("reason"), "verdict": form.one("verdict"), "ticked": form.all("comment")},
    }  # fmt: skip


def _fault(visit: Visit, judgement: Judgement) -> str:
    """What is wrong with the form, before anything is done."""
    if not 0 < len(visit.form.one("reason")) <= MAX_REASON:
        return "deciding.no_reason"
    if judgement.verdict is VerdictKind.REJECT and not judgement.labels and judgement.ground is None:
        return "conflict.no_label"
    return ""


def _decide(visit: Visit, comment_id: str, judgement: Judgement) -> str:
    """Empty where it was done, else the key of the sentence that says why not."""
    rules = house_rules(visit, visit.parts.quality)
    by = Who(visit.me.id, is_senior=visit.may(Action.DECIDE_ESCALATED))
    try:
        with visit.parts.database.unit() as unit:
            deciding.decide(
                unit, rules, comment_id, judgement, by=by, reason=visit.form.one("reason"), now=visit.now
            )  # fmt: skip
            unit.commit()
    except ConflictError:
        return "deciding.taken"
    except ForbiddenError:
        return "deciding.seniors"
    except NotFoundError:
        return "deciding.gone"
    except InvalidInputError:
        return "error.invalid"
    return ""
