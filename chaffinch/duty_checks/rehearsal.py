"""What rehearsals store and who acts in them, before it is taken back: comments of nobody, two people, an inspector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from chaffinch.installation import Installation
from governance import four_eyes
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.comment import Author, Comment, Context
from moderation.decision import Decision, LabelScore, Outcome, Reason, Source, Versions
from moderation.errors import ForbiddenError
from moderation.taxonomy import Words
from records import approvals, measures, users
from records.ids import new_id
from records.standing_values import MeasureRecord, MeasureState
from records.storing import Answered, Stored, store_decisions
from records.unit_of_work import Unit

AUTHOR = "rehearsal-of-duties-7f3a91"
TEXT = "这是一次演练 this is a rehearsal 7f3a91"
THREAD = "rehearsal-of-duties"
VERSIONS = Versions("none", "0", "none", "rehearsal", "default@1", "1", "1")
FORUM = "forum"
WHY = "a rehearsal of duties"

ONE, OTHER, THIRD = "rehearsal-7f3a91-one", "rehearsal-7f3a91-other", "rehearsal-7f3a91-third"
"""People of the house who may ask and answer."""

READER = "rehearsal-7f3a91-reader"
"""An inspector."""


def fault(place: Installation, rehearsed: Callable[[Installation, Unit], Iterator[Words]]) -> Words | None:
    """The first thing that went otherwise than it has to, in words; None where all went well."""
    with place.rehearsing() as unit:
        hire(place, unit)
        return next(rehearsed(place, unit), None)


def hire(place: Installation, unit: Unit) -> None:
    """Gives the people who act in rehearsals their accounts."""
    for name, role in ((ONE, "lead"), (OTHER, "lead"), (THIRD, "senior"), (READER, "inspector")):
        users.create(unit, name, password_hash="!", role=role, now=place.now)  # noqa: S106 - nobody logs in with it


def agreed(place: Installation, unit: Unit, about: str, by: str = OTHER) -> None:
    """A yes to the question that waits about this, through the one door that there is."""
    [asked] = approvals.waiting(unit, subject_id=about)
    standards = Standards(place.taxonomy, place.now.date())
    four_eyes.answer(unit, asked.id, Word(by, True, WHY), standards=standards, now=place.now)


def agrees_alone(place: Installation, unit: Unit, about: str) -> bool:
    """Whether who asked can answer as well."""
    try:
        agreed(place, unit, about, ONE)
    except ForbiddenError:
        return False
    return True


def in_force(place: Installation, unit: Unit, made: MeasureRecord) -> MeasureRecord:
    """The measure once a second person agreed to it, where this policy asks for one."""
    if made.state is MeasureState.WAITING:
        agreed(place, unit, made.id)
    return measures.get(unit, made.id)


def answered(
    place: Installation,
    outcome: Outcome,
    *,
    known_as: str | None = None,
    text: str = TEXT,
    surface: str = FORUM,
    policy: str = VERSIONS.policy,
) -> Answered:
    """A comment with its decision, not stored yet. `policy` is the reference of what judged it."""
    comment = Comment(text, id=known_as, author=Author(AUTHOR), context=Context(surface, THREAD))
    return Answered(comment, _decision(place, outcome, policy), new_id(), latency_ms=0.0)


def stored(
    place: Installation,
    unit: Unit,
    outcome: Outcome,
    *,
    known_as: str | None = None,
    text: str = TEXT,
    surface: str = FORUM,
    policy: str = VERSIONS.policy,
) -> Stored:
    """The same, in the unit."""
    made = answered(place, outcome, known_as=known_as, text=text, surface=surface, policy=policy)
    return store_decisions(unit, [made], keyring=place.keyring, now=place.now)[0]


def ground(place: Installation) -> str:
    """One that every policy takes, also where it takes no words of one's own: a label's name."""
    return place.taxonomy.names[0]


def _decision(place: Installation, outcome: Outcome, policy: str) -> Decision:
    names = place.taxonomy.names
    labels = tuple(LabelScore(name, 0.0, 1.0, 1.0) for name in names)
    said = place.taxonomy.label(names[0]).message.as_dict()
    passed = outcome is Outcome.PASS
    reasons = () if passed else (Reason(names[0], Source.MODEL, outcome, said, "rehearsal"),)
    measures = ("refuse",) if outcome is Outcome.BLOCK else ()
    return Decision(outcome, labels, reasons, measures, "zh", replace(VERSIONS, policy=policy))
