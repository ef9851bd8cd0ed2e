"""What `chaffinch eval --review-budget` prints and writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from moderation.errors import InvalidInputError

if TYPE_CHECKING:
    from eval.budget import Budget, Cost
    from eval.metrics import Interval

NOT_HELD_OUT = ("train", "all")


def require_unlearnt(split: str) -> None:
    """Raises `InvalidInputError` for sides of a snapshot that a model learns from."""
    if split in NOT_HELD_OUT:
        raise InvalidInputError("Thresholds are chosen on rows the model did not learn from: use --split test.", [])


def write(found: Budget, folder: Path) -> None:
    """`budget.json`, `thresholds.toml` and the pictures."""
    from eval.budget_plot import draw
    from eval.report import write_plots
    from registry.files import write_atomically

    folder.mkdir(parents=True, exist_ok=True)
    told = json.dumps(found.to_json(), ensure_ascii=False, indent=2)
    write_atomically(folder / "budget.json", told.encode())
    write_atomically(folder / "thresholds.toml", found.to_toml().encode())
    write_plots(folder, draw(found))


def show(found: Budget, folder: Path) -> None:
    """Tables and sentences; the shares are of the half that did not choose."""
    table = Table("block budget", "review budget", "wrongly blocked, upper end", "reviewed", "harm missed",
                  "harm blocked", title="What budgets cost")  # fmt: skip
    for each in (found.cost, *found.loads, *found.blocks):
        table.add_row(*_row(each, chosen=each is found.cost))
    limits = Table("label", "review", "block", title="Thresholds")
    for name, cut in found.thresholds.items():
        limits.add_row(name, f"{cut.review:.4f}", f"{cut.block:.4f}")
    errors = Table("label", "language", "rows", "yes", "calibration error", title="Calibration")
    for part in found.calibration:
        errors.add_row(part.label, part.language, str(part.rows), str(part.positives), f"{part.error:.3f}")
    for each_table in (table, limits, errors):
        Console().print(each_table)
    typer.echo("* chosen")
    typer.echo(sentence(found))
    typer.echo(f"Written: {folder}. To use them put {folder / 'thresholds.toml'} into configs/policies/NAME.toml, "
               "in place of its [thresholds], and raise its version.")  # fmt: skip


def sentence(found: Budget) -> str:
    """Whether the block budget is proved, and where it is not, why."""
    from eval.metrics import interval

    cost = found.cost
    rows, limit, high = cost.blocked.rows, f"{cost.block_budget:.2%}", f"{cost.blocked.high:.2%}"
    if cost.proved:
        return f"Wrong blocks are at most {high} of everyday comments (95 % interval), within {limit}."
    least = interval(0, rows).high
    if least > cost.block_budget:
        return (f"The block budget {limit} cannot be proved: {rows} everyday rows show at best {least:.2%}. "
                "Add everyday rows.")  # fmt: skip
    return f"The block budget {limit} is not kept: wrong blocks may be {high} on rows that did not choose."


def _row(each: Cost, *, chosen: bool) -> tuple[str, ...]:
    mark = " *" if chosen else ""
    return (f"{each.block_budget:.2%}{mark}", f"{each.review_budget:.2%}", f"{each.blocked.high:.2%}",
            _share(each.reviewed), _share(each.missed), _share(each.harm_blocked))  # fmt: skip


def _share(told: Interval) -> str:
    return f"{told.share:.2%} ({told.low:.2%} to {told.high:.2%})"
