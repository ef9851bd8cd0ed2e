"""What a verdict or a platform's feedback must be. Every fault is told at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from moderation.errors import Fault, InvalidInputError
from records.values import Doubt, Judgement, VerdictKind

MAX_NOTE = 2_000
"""The longest note, in code points."""

MAX_REASON = 500
"""The longest reason for releasing, escalating or reopening. It goes into the ledger, where nothing is erased."""

FALSE_POSITIVE, FALSE_NEGATIVE = "false_positive", "false_negative"


def check_judgement(given: Judgement, names: Sequence[str], *, length: int, grounds: Sequence[str] = ()) -> None:
    """Raises `InvalidInputError`. `names` and `grounds` are the taxonomy's, `length` the text's in code points."""
    faults = [*label_faults(given.labels, names), *_ground_faults(given, grounds)]
    faults += [*_note_faults(given.note), *_odd_labels(given)]
    if given.confidence is not None and not 0 <= given.confidence <= 1:
        faults.append(Fault("/confidence", "give a number from 0 to 1"))
    if given.span is not None and not 0 <= given.span.start < given.span.end <= length:
        faults.append(Fault("/span", f"lies outside the text, which has {length} code points"))
    if faults:
        raise InvalidInputError("The verdict cannot be used.", faults)


def check_doubt(given: Doubt, names: Sequence[str]) -> None:
    """Raises `InvalidInputError`. `names` are the taxonomy's labels."""
    faults = [*label_faults(given.labels, names), *_note_faults(given.note)]
    if given.verdict not in (FALSE_POSITIVE, FALSE_NEGATIVE):
        faults.append(Fault("/verdict", f"give {FALSE_POSITIVE} or {FALSE_NEGATIVE}"))
    if faults:
        raise InvalidInputError("The feedback cannot be used.", faults)


def check_reason(reason: str, *, needed: bool = False) -> str:
    """The reason without space around it. Raises `InvalidInputError`; says that it must not quote the comment."""
    stripped = reason.strip()
    faults = [*_text_faults("/reason", stripped, MAX_REASON)]
    if needed and not stripped:
        faults.append(Fault("/reason", "say why, in your own words: it stays when the comment is erased"))
    if faults:
        raise InvalidInputError("The reason cannot be used.", faults)
    return stripped


def check_note(note: str) -> str:
    """The note without space around it. Raises `InvalidInputError`."""
    stripped = note.strip()
    if faults := [*_text_faults("/note", stripped, MAX_NOTE)]:
        raise InvalidInputError("The note cannot be used.", faults)
    return stripped


def _odd_labels(given: Judgement) -> Iterable[Fault]:
    """A reject says what for: without a label or a ground nobody can be told why."""
    if given.verdict is VerdictKind.REJECT and not given.labels and given.ground is None:
        yield Fault("/labels", "a reject needs at least one label, or a ground")
    if given.verdict is VerdictKind.APPROVE and given.labels:
        yield Fault("/labels", "an approved comment has none: reject it, or leave them out")


def label_faults(labels: Sequence[str], names: Sequence[str]) -> Iterable[Fault]:
    """What is wrong with labels that somebody gave; `names` are the taxonomy's."""
    for place, label in enumerate(labels):
        if label not in names:
            near = difflib.get_close_matches(label, names, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known labels: {', '.join(names)}"
            yield Fault(f"/labels/{place}", f"there is no such label; {hint}")
        elif label in labels[:place]:
            yield Fault(f"/labels/{place}", f"'{label}' is given twice")


def _ground_faults(given: Judgement, grounds: Sequence[str]) -> Iterable[Fault]:
    if given.ground is None:
        return
    if given.verdict is not VerdictKind.REJECT:
        yield Fault("/ground", "a ground goes with a reject")
    if given.ground not in grounds:
        near = difflib.get_close_matches(given.ground, grounds, n=1)
        known = f"known grounds: {', '.join(grounds)}" if grounds else "the taxonomy has none"
        yield Fault("/ground", f"there is no such ground; did you mean '{near[0]}'?" if near else known)


def _note_faults(note: str | None) -> Iterable[Fault]:
    if note is not None:
        yield from _text_faults("/note", note, MAX_NOTE)


def _text_faults(where: str, text: str, longest: int) -> Iterable[Fault]:
    if len(text) > longest:
        yield Fault(where, f"is longer than {longest} characters")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        yield Fault(where, "holds a NUL or a lone surrogate")
