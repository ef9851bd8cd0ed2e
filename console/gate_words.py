"""What the gate said, in the reader's language: its verdict, checks and notes, and what stands in a promotion's way.

`gate.json` has an English sentence for command lines. Pages say the same out of the checks it rests on; what no words
are here for (a check of a later gate, a note of an older one) is shown as the gate wrote it, marked as English.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.words import Words, percent
from registry.gate_file import Check, GateFile, Outcome, Verdict
from registry.promotion import Hindrance
from registry.shipped_gates import is_shipped

TOLD = 3
"""Failed checks that the verdict tells in full, those furthest beyond their limits; the table has the others."""

WHOLE = "all"
LABEL = "label"
PACE = "time of one comment"
_F1 = "f1 "


def verdict(words: Words, titles: Mapping[str, str], gate: GateFile) -> str:
    """The gate's answer in a sentence; what it wrote itself where it left no checks."""
    against = words("gate.against", version=gate.champion.version) if gate.champion else words("gate.floors")
    failed = sorted(gate.of(Outcome.NO), key=lambda check: -check.beyond)
    if gate.verdict is Verdict.YES:
        return (
            words("gate.yes", against=against)
            + _shares(words, gate)
            + _warnings(words, titles, gate)
            + unshipped(words, gate)
        )
    if not failed:
        return gate.sentence
    comma = words("gate.and")
    why = comma.join(_why(words, titles, check) for check in failed[:TOLD])
    more = words("gate.more", n=len(failed) - TOLD) if len(failed) > TOLD else ""
    return words("gate.no", against=against, why=why + more)


def unshipped(words: Words, gate: GateFile) -> str:
    """That no release shipped the gate, whatever name it bears; of an answer of before, that it does not say which."""
    known = is_shipped(gate.gate_hash)
    if known is None:
        return words("gate.unknown", gate=gate.gate)
    return "" if known else words("gate.unshipped", gate=gate.gate, hash=gate.gate_hash[:12])


def _warnings(words: Words, titles: Mapping[str, str], gate: GateFile) -> str:
    """What it let through without proof."""
    return "".join(
        words("gate.warning", why=_why(words, titles, check), note=note(words, check) or check.note)
        for check in gate.of(Outcome.WARNING)
    )


def _shares(words: Words, gate: GateFile) -> str:
    """What it finds and what it stops, where the gate kept it."""
    told = gate.figures.get("challenger", {})
    found, stopped = told.get("harmful_found"), told.get("everyday_blocked")
    if not isinstance(found, float) or not isinstance(stopped, float):
        return ""
    return words("gate.shares", found=percent(found), stopped=f"{stopped:.2%}")


def _why(words: Words, titles: Mapping[str, str], check: Check) -> str:
    where = "" if check.slice == WHOLE else words("gate.on", part=part(words, titles, check))
    figure = "" if check.figure is None else words("gate.figure", n=f"{check.figure:.4g}")
    limit = "" if check.limit is None else words("gate.limit", n=f"{check.limit:.4g}")
    return f"{name(words, titles, check)}{where}{figure}{limit}"


def name(words: Words, titles: Mapping[str, str], check: Check) -> str:
    """What was checked."""
    if check.name.startswith(_F1):
        labels = check.name.removeprefix(_F1).split("|")
        return words("gate.f1", labels=words("gate.or").join(titles.get(label, label) for label in labels))
    return words.name_of("gate_check", check.name)


def part(words: Words, titles: Mapping[str, str], check: Check) -> str:
    """Of which rows: all, or an axis and one of its slices."""
    axis, _, slice_ = check.slice.partition(" ")
    slice_ = titles.get(slice_, slice_) if axis == LABEL else slice_
    return f"{words.name_of('gate_axis', axis)} {slice_}".strip()


def note(words: Words, check: Check) -> str | None:
    """The check's note; None where nobody has words for it but the gate."""
    if not check.told:
        return None if check.note else ""
    return words(
        f"gate_note.{check.told['what']}", **{name: each for name, each in check.told.items() if name != "what"}
    )


def pace(words: Words, gate: GateFile | None) -> str:
    """The milliseconds of one comment as the gate measured them, or that nobody measured them."""
    found = next((check for check in gate.checks if check.name == PACE), None) if gate else None
    if found is None:
        return words("gate.unmeasured")
    if not found.told:
        return found.note
    return str(note(words, found))


def hindrance(words: Words, titles: Mapping[str, str], what: Hindrance, version: str, gate: GateFile | None) -> str:
    """Why a model cannot be promoted just now."""
    said = words(f"hindrance.{what.value}", version=version)
    return f"{said} {verdict(words, titles, gate)}" if what is Hindrance.REFUSED and gate else said
