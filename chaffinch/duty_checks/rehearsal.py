"""What rehearsals store, before it is taken back: a comment of nobody, decided as a check needs it."""

from __future__ import annotations

from chaffinch.installation import Installation
from moderation.comment import Author, Comment, Context
from moderation.decision import Decision, LabelScore, Outcome, Reason, Source, Versions
from records.ids import new_id
from records.storing import Answered, Stored, store_decisions
from records.unit_of_work import Unit

AUTHOR = "rehearsal-of-duties-7f3a91"
TEXT = "这是一次演练 this is a rehearsal 7f3a91"
THREAD = "rehearsal-of-duties"
VERSIONS = Versions("none", "0", "none", "rehearsal", "default@1", "1", "1")


def stored(
    place: Installation, unit: Unit, outcome: Outcome, *, known_as: str | None = None, text: str = TEXT
) -> Stored:
    """The comment, in the unit."""
    comment = Comment(text, id=known_as, author=Author(AUTHOR), context=Context(thread_id=THREAD))
    answered = Answered(comment, _decision(place, outcome), new_id(), latency_ms=0.0)
    return store_decisions(unit, [answered], keyring=place.keyring, now=place.now)[0]


def _decision(place: Installation, outcome: Outcome) -> Decision:
    names = place.taxonomy.names
    labels = tuple(LabelScore(name, 0.0, 1.0, 1.0) for name in names)
    said = place.taxonomy.label(names[0]).message.as_dict()
    passed = outcome is Outcome.PASS
    reasons = () if passed else (Reason(names[0], Source.MODEL, outcome, said, "rehearsal"),)
    measures = ("refuse",) if outcome is Outcome.BLOCK else ()
    return Decision(outcome, labels, reasons, measures, "zh", VERSIONS)
