"""`chaffinch cross-validate`: what a recipe is worth on a set, each of whose rows is held out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from chaffinch.commands.evaluating import by_class
from chaffinch.commands.shared import AsJson, figure, now, print_json, resolved, warned, watched
from chaffinch.commands.tables import print_table
from chaffinch.progress import stages
from chaffinch.settings import Settings, load_settings
from moderation.errors import InvalidInputError

if TYPE_CHECKING:
    from data.folds import Folding
    from training.cross_validation import CrossValidated
    from training.domain_validation import DomainValidated
    from training.order import Order, Progress
    from training.settings import TrainingSettings


def cross_validate(  # noqa: PLR0913 - options of a command
    config: Annotated[str, typer.Argument(help="A name under configs/training, or a TOML file.")],
    over: Annotated[str, typer.Argument(metavar="SNAPSHOT", help="Its rows, of all sides, are held out in turn.")],
    *,
    folds: Annotated[int, typer.Option(min=2, max=20, help="In how many parts.")] = 5,
    by_group: Annotated[
        bool, typer.Option("--by-group", help="Hold out each source group (a video, a campaign) instead.")
    ] = False,
    data: Annotated[str | None, typer.Option(help="What is learnt from; else the config's newest snapshot.")] = None,
    warm: Annotated[str | None, typer.Option(help="A model that knows no row of SNAPSHOT, to start from.")] = None,
    domain: Annotated[
        bool, typer.Option("--domain", help="Answer the set's own question, scores speaking of the set alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train once a fold and judge each on the rows it never saw; run again, it goes on where it stopped.

    With --domain only the set is read: its n-grams and a head on the encoder's vectors, each learnt from the other
    parts, and these parts alone say how much either weighs and what a score means.
    """
    from data.folds import Folding
    from data.snapshot import find
    from training.settings import load_settings as load_training

    if domain and (data or warm):
        raise InvalidInputError("--domain reads the set alone: leave --data and --warm out.", [])
    settings = load_settings()
    chosen = load_training(config, settings.configs)
    snapshots = settings.home / "snapshots"
    held = find(over, snapshots)
    base = held if domain else find(data or chosen.data, snapshots)
    folding = Folding.of_groups(base, held) if by_group else Folding(base, held, folds)
    about = f"{config} on {folding.over.path.name}, each row held out once"
    found: CrossValidated | DomainValidated
    with stages(watched()) as bar:
        if domain:
            found = _as_domain(folding, chosen, settings, bar.told)
        else:
            found = _found(folding, chosen, warm, settings, bar.told)
    if as_json:
        print_json(found.to_json())
    else:
        show(found, about)


def _found(
    folding: Folding, chosen: TrainingSettings, warm: str | None, settings: Settings, progress: Progress
) -> CrossValidated:
    from data.folds import fold_snapshots
    from training.cross_validation import cross_validate as judge
    from training.cross_validation import fold_orders

    order = _order(folding, chosen, warm, settings)
    made = fold_snapshots(folding, settings.home / "snapshots", now=now(), progress=progress)
    return judge(fold_orders(made, order), now=now, progress=progress, warn=warned)


def _as_domain(folding: Folding, chosen: TrainingSettings, settings: Settings, progress: Progress) -> DomainValidated:
    from chaffinch.wiring import taxonomy_of
    from data.snapshot import require_labels
    from training.domain_validation import validate_domain

    names = taxonomy_of(settings).names
    require_labels(folding.over, names)
    return validate_domain(folding, chosen, names, settings.home, progress)


def _order(folding: Folding, chosen: TrainingSettings, warm: str | None, settings: Settings) -> Order:
    """As a training of the whole would be asked for; a model to start from must not know what is held out."""
    from chaffinch.wiring import taxonomy_of
    from eval.held_out import require_held_out
    from eval.subject import ALL, subject
    from registry.bundle import read_manifest
    from training.order import Order

    taxonomy, start = taxonomy_of(settings), None
    if warm is not None:
        start = resolved(warm, settings).path
        rows = subject(str(folding.over.path), taxonomy, home=settings.home, split=ALL).rows
        require_held_out(rows, read_manifest(start), asked_by=folding.over.name, home=settings.home)
    return Order(chosen, folding.base, taxonomy, settings.home, start, True)


def show(found: CrossValidated | DomainValidated, about: str) -> None:
    """A line for each part that was held out, and the figures over all rows."""
    from training.domain_validation import DomainValidated

    if isinstance(found, DomainValidated):
        _show_domain(found, about)
    else:
        _show_folds(found, about)


def _show_folds(found: CrossValidated, about: str) -> None:
    """A line for each fold, and the figures over all rows."""
    table = Table("fold", "model", "rows", "macro-F1", title=about)
    for each in found.folds:
        table.add_row(each.snapshot, each.bundle, str(each.rows), figure(each.macro_f1))
    print_table(table)
    for name, share in (("harmful rows not passed", found.found), ("harmful rows stopped", found.blocked)):
        typer.echo(f"{name}: {share.share:.2%} of {share.rows} ({share.low:.2%} to {share.high:.2%})")
    typer.echo(f"macro-F1 by label at 0.5: {figure(found.macro_f1)}")
    if found.classes is not None:
        typer.echo(by_class(found.classes))


def _show_domain(found: DomainValidated, about: str) -> None:
    """Macro-F1 of each part by each way of answering, and the figures over all rows."""
    table = Table("held out", "rows", *(each.name for each in found.recipes), title=about)
    for at, (part, rows) in enumerate(zip(found.parts, found.rows, strict=True)):
        table.add_row(part, str(rows), *(figure(each.parts[at]) for each in found.recipes))
    print_table(table)
    for each in found.recipes:
        typer.echo(f"{each.name}: {by_class(each.figures)}")
