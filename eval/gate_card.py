"""The model card with what the gate said: `CARD.md`, beside the card of the training, which is part of the bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from registry.bundle import CARD
from registry.files import write_atomically
from registry.gate_file import Check, GateFile, Outcome

GATED_CARD: Final = "CARD.md"
NO_CARD: Final = "(The training left no card.)\n"


def write_card(bundle: Path, gate: GateFile) -> Path:
    """Writes the card anew. The bundle's own card is hashed and stays as it is."""
    own = bundle / CARD
    told = own.read_text("utf-8") if own.is_file() else NO_CARD
    path = bundle / GATED_CARD
    write_atomically(path, f"{told.rstrip()}\n\n{section(gate)}".encode())
    return path


def section(gate: GateFile) -> str:
    """What the gate said, as Markdown: the sentence, the checks of the whole, and every slice that failed."""
    champion = f"version {gate.champion.version} ({gate.champion.hash[:12]})" if gate.champion else "the floors"
    sets = ", ".join(f"{name} ({found[:12]})" for name, found in gate.frozen.items())
    head = "| check | on | figure | 95 % interval | limit | passed |\n|---|---|---:|---|---:|---|\n"
    judged = [check for check in gate.checks if check.outcome is not Outcome.NOT_JUDGED]
    rows = "\n".join(_row(check) for check in judged if check.slice == "all" or not check.passed)
    slices = sum(check.slice != "all" for check in judged)
    return (
        f"## The gate: {gate.verdict}\n\n{gate.sentence}\n\n"
        f"* gate {gate.gate} ({gate.gate_hash[:12]}), {gate.created_at}\n"
        f"* held against {champion}\n* frozen sets: {sets}\n"
        f"* {len(judged)} checks, {slices} of them on slices; all stand in `gate.json`\n"
        "* a difference to the champion fails where it is beyond its limit and its interval leaves out 0, so that it "
        "is more than luck, or where it is too far for that excuse; everyday comments wrongly stopped are judged at "
        "the upper end of the interval\n\n"
        f"{head}{rows}\n{_untold(gate.of(Outcome.NOT_JUDGED))}"
    )


def _untold(checks: list[Check]) -> str:
    """What was not judged, with its rows."""
    told = ", ".join(f"{check.name} on {check.slice} ({check.rows})" for check in checks)
    return f"\nNot judged, for want of rows (how many there are): {told}.\n" if told else ""


def _row(check: Check) -> str:
    figure, limit = ("" if value is None else f"{value:.4g}" for value in (check.figure, check.limit))
    name, part = (text.replace("|", " or ") for text in (check.name, check.slice))
    note = f", {check.note}" if check.outcome is Outcome.WARNING else ""
    within = "" if check.low is None or check.high is None else f"{check.low:.4g} to {check.high:.4g}"
    came = "yes" if check.outcome is Outcome.YES else f"**{check.outcome}**{note}"
    return f"| {name} | {part} | {figure} | {within} | {limit} | {came} |"
