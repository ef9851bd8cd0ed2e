"""The demo's own people assess a model and sign, where a policy in use asks for that before it goes live on news."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from chaffinch.settings import Settings
from chaffinch.wiring import open_database, taxonomy_of
from governance import assessments
from governance.assessments import MODEL, Wish, wanting
from moderation.policy import load_policies
from records import approvals as questions

if TYPE_CHECKING:
    from training.run import Trained

AUTHOR, SIGNERS = "demo-scientist", ("demo-lead", "demo-owner")


def assess(settings: Settings, trained: Trained, told: Console) -> None:
    """Writes the assessment of a registered model and signs it twice; nothing where nobody asks.

    Raises `ChaffinchError` where this house has accounts, and a name alone signs nothing.
    """
    now = datetime.now(UTC)
    policies = load_policies(taxonomy_of(settings), settings.configs / "policies").values()
    with closing(open_database(settings)) as database, database.unit() as unit:
        surfaces = tuple(sorted({lack.surface for lack in wanting(unit, policies, trained.hash)}))
        if not surfaces:
            return
        wish = Wish(MODEL, f"version {trained.version}", trained.hash, surfaces, _words(trained), AUTHOR, "the demo")
        made = assessments.write(unit, wish, surfaces=surfaces, now=now)
        for name in SIGNERS:
            [asked] = questions.waiting(unit, subject_id=made.id)
            assessments.answer(unit, asked.id, by=name, approve=True, note="read in the demo", now=now)
        unit.commit()
    told.print(
        f"A policy asks for a security assessment before a new model answers on {', '.join(surfaces)}: {AUTHOR} wrote "
        f"one, {' and '.join(SIGNERS)} signed it (chaffinch assessment show {made.id})."
    )


def _words(trained: Trained) -> dict[str, str]:
    found, blocked = trained.evaluation.harmful_found, trained.evaluation.everyday_blocked
    return {
        "changes": "What moderators decided joined the data; the model went on from the champion.",
        "evaluation": f"{found.share:.0%} of harmful held-out comments are not passed, {blocked.share:.2%} of everyday "
        "ones are wrongly blocked; the gate compares it with the champion on frozen rows.",
        "risks": "It may pass harm that the champion found, or stop what it passed, in a slice of too few rows to see.",
        "rollback": "chaffinch rollback; the champion before answers within two seconds.",
    }
