"""`chaffinch eval --review-budget`: thresholds for the reviewers that a team has, as tables, pictures and a policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from chaffinch.commands.tables import print_table
from moderation.errors import InvalidInputError

if TYPE_CHECKING:
    from chaffinch.settings import Settings
    from eval.budget import Budget, Cost
    from eval.evaluation import Answered
    from eval.metrics import Interval
    from eval.subject import Subject
    from eval.thresholds import ThresholdPolicy
    from moderation.taxonomy import Taxonomy
    from registry.bundle import Manifest

UNCHECKED = ("What the model learnt from is not here, so that nobody can tell whether it learnt from rows like these: "
             "take the figures as flattering.")  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What `--review-budget` asks of which model; checked before the model is asked about a single row."""

    settings: ThresholdPolicy
    manifest: Manifest
    policy: str
    """The policy's name."""
    policy_text: str
    policies: Path
    """The folder that serving reads policies from."""
    taxonomy: Taxonomy
    checked: bool
    """Whether what the model learnt from was there to be compared with."""

    def folder(self, under: Path, held: Subject) -> Path:
        """One for each question: the same asked again writes the same files, another leaves them alone."""
        decides = json.dumps([self.manifest.run, self.manifest.files, held.hash, held.about, held.rows.ids,
                              self.settings.model_dump(), self.policy_text])  # fmt: skip
        name = f"{self.settings.reviewed:g}-{hashlib.sha256(decides.encode()).hexdigest()[:12]}"
        return under / f"review-{name}"


def ask(
    told: str,
    held: Subject,
    manifest: Manifest | None,
    settings: Settings,
    *,
    policy: str,
    taxonomy: Taxonomy,
    progress: Callable[[float], None],
) -> Asked:
    """Raises `InvalidInputError` for nonsense, `NotFoundError` for no such policy, `GateRefusedError` for rows learnt.

    `manifest` is None for `none`, whose thresholds nobody can choose.
    """
    from chaffinch.policy_file import policy_text  # loads what reads comments, which every other command would wait for
    from eval.budget import policy_of, share
    from eval.held_out import require_unlearnt

    reviewed = share(told)
    if manifest is None:
        raise InvalidInputError("'none' gives no scores, so that it has no thresholds to choose; name a model.", [])
    policies = settings.configs / "policies"
    text = policy_text(policy, policies, taxonomy)
    checked = require_unlearnt(held.rows, manifest, home=settings.home, progress=progress)
    return Asked(policy_of(manifest, reviewed), manifest, policy, text, policies, taxonomy, checked)


@dataclass(frozen=True)
class Found:
    """The answer and the folder that it was written to."""

    budget: Budget
    asked: Asked
    held: Subject
    folder: Path

    def to_json(self) -> dict[str, Any]:
        """The budget with what it was chosen for and on."""
        about = {"model": self.asked.manifest.run, "about": self.held.about, "hash": self.held.hash,
                 "checked": self.asked.checked, "settings": self.asked.settings.model_dump(),
                 "sentence": sentence(self.budget), "folder": str(self.folder)}  # fmt: skip
        return about | self.budget.to_json()

    def write(self) -> None:
        """Pictures and `budget.json`; and, where the block budget is proved, the policy's file."""
        from eval.budget_plot import draw
        from eval.report import write_plots
        from registry.files import write_atomically

        self.folder.mkdir(parents=True, exist_ok=True)
        if self.budget.cost.proved:
            from chaffinch.policy_file import with_thresholds

            policy = with_thresholds(self.asked.policy_text, self.budget.thresholds)
            write_atomically(self.folder / f"{self.asked.policy}.toml", policy.encode())
        write_plots(self.folder, draw(self.budget))
        told = json.dumps(self.to_json(), ensure_ascii=False, indent=2)
        write_atomically(self.folder / "budget.json", told.encode())

    def show(self) -> None:
        """Tables and sentences; the shares are of the half that did not choose."""
        for table in (_costs(self.budget), _thresholds(self.budget), _calibration(self.budget)):
            print_table(table)
        typer.echo("* chosen")
        typer.echo(sentence(self.budget))
        if not self.asked.checked:
            typer.echo(UNCHECKED)
        typer.echo(f"Written: {self.folder}. {self._next}")

    @property
    def _next(self) -> str:
        name = f"{self.asked.policy}.toml"
        if not self.budget.cost.proved:
            return "No policy is written from thresholds that are not proved; the model's own stay the safer ones."
        return (f"To use the thresholds copy {name} from there over the one in {self.asked.policies}, and start the "
                "server anew.")  # fmt: skip


def find(asked: Asked, held: Subject, answered: Answered, under: Path) -> Found:
    """The thresholds and what they cost, written to a folder below `under`."""
    from eval.budget import budget

    chosen = budget(held.rows, answered.scores, asked.taxonomy.names, asked.settings, prior=asked.manifest.prior)
    found = Found(chosen, asked, held, asked.folder(under, held))
    found.write()
    return found


def _costs(found: Budget) -> Table:
    table = Table("block budget", "review budget", "wrongly blocked, upper end", "reviewed", "harm missed",
                  "harm blocked", title="What budgets cost")  # fmt: skip
    for each in (found.cost, *found.loads, *found.blocks):
        table.add_row(*_row(each, chosen=each is found.cost))
    return table


def _thresholds(found: Budget) -> Table:
    table = Table("label", "review", "block", title="Thresholds")
    for name, cut in found.thresholds.items():
        table.add_row(name, f"{cut.review:.4f}", f"{cut.block:.4f}")
    return table


def _calibration(found: Budget) -> Table:
    table = Table("label", "language", "rows", "yes", "mean score", "should be", "calibration error",
                  title="Calibration, in the mix that scores speak of")  # fmt: skip
    for part in found.calibration:
        table.add_row(part.label, part.language, str(part.rows), str(part.positives), f"{part.said:.3f}",
                      f"{part.prior:.3f}", f"{part.error:.3f}")  # fmt: skip
    return table


def sentence(found: Budget) -> str:
    """Whether the block budget is proved, and where it is not, why."""
    cost = found.cost
    rows, limit, high = cost.blocked.rows, f"{cost.block_budget:.2%}", f"{cost.blocked.high:.2%}"
    if cost.proved:
        return f"Wrong blocks are at most {high} of everyday comments (95 % interval), within {limit}."
    if cost.provable > cost.block_budget:
        return (f"The block budget {limit} cannot be proved: {rows} everyday rows show at best {cost.provable:.2%}. "
                "Add everyday rows, of groups that are not there yet.")  # fmt: skip
    full = f" Some have the score 1 for {', '.join(found.capped)}, which no policy lets pass." if found.capped else ""
    return f"The block budget {limit} is not kept: wrong blocks may be {high} on rows that did not choose.{full}"


def _row(each: Cost, *, chosen: bool) -> tuple[str, ...]:
    mark = " *" if chosen else ""
    return (f"{each.block_budget:.2%}{mark}", f"{each.review_budget:.2%}", f"{each.blocked.high:.2%}",
            _share(each.reviewed), _share(each.missed), _share(each.harm_blocked))  # fmt: skip


def _share(told: Interval) -> str:
    return f"{told.share:.2%} ({told.low:.2%} to {told.high:.2%})"
