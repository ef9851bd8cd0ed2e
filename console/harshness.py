"""Which texts are blurred until somebody asks for them: the comment at hand, and whatever stands around it.

Every text by itself, wherever it is shown: a mild comment in a harsh thread can be read, a harsh one beside a mild
comment cannot. Harsh is what the machine suspects, what readers or the platform report as such, and what a person found
it to be; the last is not asked of the comment at hand, since a second person must not see what the first one said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from console.marks import Piece
from governance.complaint_rules import ComplaintRules
from moderation.decision import Decision, Outcome
from moderation.policy import label_outcome
from moderation.taxonomy import Taxonomy
from records import decisions, exposures
from records.unit_of_work import Reading
from records.values import DecisionRecord
from review.exposure import COUNTED, WORST

HARSH = frozenset(WORST)
"""Labels whose texts are blurred until asked for: what wears people down when they read it all day."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text that stands around another one, and whether it is blurred at first."""

    comment_id: str
    text: tuple[Piece, ...]
    is_harsh: bool


def suspected(decision: Decision) -> frozenset[str]:
    """The harsh labels that are suspected: one is a reason, or the model would have it reviewed."""
    named = {reason.code for reason in decision.reasons}
    likely = {score.name for score in decision.labels if label_outcome(score) is not Outcome.PASS}
    return HARSH & (named | likely)


def harsh(taxonomy: Taxonomy, decision: Decision, locale: str) -> tuple[str, ...]:
    """Their titles. For these the text is blurred at first, whatever the headline is, and the page says for which."""
    found = suspected(decision)
    return tuple(getattr(label.title, locale) for label in taxonomy.labels if label.name in found)


def harsh_ones(look: Reading, comment_ids: Collection[str]) -> frozenset[str]:
    """Those of these comments, which stand around the one at hand, that are blurred at first."""
    latest = decisions.latest_of_many(look, comment_ids)
    thought = {comment_id for comment_id, record in latest.items() if suspected(record.decision)}
    found = exposures.found_so(look, comment_ids, COUNTED)
    return frozenset({*thought, *found, *exposures.reported(look, comment_ids, COUNTED)})


@dataclass(frozen=True, slots=True)
class Heeded:
    """What says of texts that they are harsh, and in which language it is said."""

    taxonomy: Taxonomy
    rules: ComplaintRules
    locale: str


def harsh_in_hand(look: Reading, heeded: Heeded, record: DecisionRecord) -> tuple[str, ...]:
    """For what the text at hand is blurred at first, by titles: what is suspected, and what was reported."""
    return harsh_together(look, heeded, [record])[record.comment_id]


def harsh_together(
    look: Reading, heeded: Heeded, records: Sequence[DecisionRecord], *, told: Collection[str] = ()
) -> dict[str, tuple[str, ...]]:
    """The same of several texts on one page, by comment.

    Of comments whose verdicts the visitor is `told` anyway what a person found counts as well.
    """
    reported = exposures.reported(look, [record.comment_id for record in records], COUNTED)
    found = exposures.found_as(look, told, COUNTED)
    titles = {each.name: each.title for each in (*heeded.taxonomy.labels, *heeded.taxonomy.grounds)}
    titles |= {name: kind.title for name, kind in heeded.rules.kinds.items()}
    out = {}
    for record in records:
        names = (*reported.get(record.comment_id, ()), *found.get(record.comment_id, ()))
        said = (getattr(titles[name], heeded.locale) for name in names if name in titles)
        suspects = harsh(heeded.taxonomy, record.decision, heeded.locale)
        out[record.comment_id] = tuple(dict.fromkeys((*suspects, *said)))
    return out
