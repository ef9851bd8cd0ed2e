"""`chaffinch train|eval|compare|register`: what a data scientist types before a model is asked to be champion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from chaffinch.commands import promoting
from chaffinch.commands.cross_validating import cross_validate
from chaffinch.commands.evaluating import evaluate, show_evaluation
from chaffinch.commands.shared import AsJson, now, print_json, resolved, warned, watched
from chaffinch.commands.tables import print_table
from chaffinch.progress import stages
from chaffinch.settings import Settings, load_settings
from moderation.errors import ChaffinchError


def add_to(app: typer.Typer) -> None:
    """Mounts the commands at the top level."""
    app.command("train")(train)
    app.command("eval")(evaluate)
    app.command()(cross_validate)
    app.command()(compare)
    promoting.add_to(app)
    app.command()(register)


def train(
    config: Annotated[str, typer.Argument(help="A name under configs/training, or a TOML file.")],
    resume: Annotated[bool, typer.Option(help="Go on where a stopped training was.")] = False,
    data: Annotated[str | None, typer.Option(help="A snapshot, by folder or name; else the config's newest.")] = None,
    warm: Annotated[str | None, typer.Option(help="A model whose weights to start from.")] = None,
    teacher: Annotated[
        str | None, typer.Option(help="A model whose encoder's answers are learnt beside the labels (encoder.taught).")
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes that fine-tune the encoder together; else the config's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model: learn, calibrate, choose thresholds, evaluate, register."""
    from chaffinch.training_run import train_on
    from data.snapshot import find
    from training.settings import load_settings as load_training

    settings = load_settings()
    chosen = load_training(config, settings.configs)
    if processes:
        chosen = chosen.model_copy(update={"encoder": chosen.encoder.model_copy(update={"processes": processes})})
    snapshot = find(data or chosen.data, settings.home / "snapshots")
    start, taught_by = _folder(warm, settings), _folder(teacher, settings)
    with stages(watched()) as bar:
        trained = train_on(
            snapshot,
            chosen,
            settings,
            warm=start,
            teacher=taught_by,
            resume=resume,
            now=now,
            progress=bar.told,
            warn=warned,
        )
    told_of = {"bundle": str(trained.bundle), "hash": trained.hash, "version": trained.version,
               "reused": trained.reused, "seconds": round(trained.seconds, 1),
               "figures": trained.evaluation.figures()}  # fmt: skip
    if as_json:
        print_json(told_of)
        return
    show_evaluation(trained.evaluation)
    what = f"version {trained.version}" if trained.version else "not registered yet (chaffinch register)"
    again = "; it was trained before" if trained.reused else f", in {trained.seconds:.0f} s"
    typer.echo(f"{what}: {trained.bundle}{again}")


def compare(
    before: Annotated[str, typer.Argument(help="The model that is there.")],
    after: Annotated[str, typer.Argument(help="The model that might come.")],
    data: Annotated[
        str | None, typer.Option(help="A snapshot, a frozen set, or labelled JSONL; else what AFTER learnt from.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which side of a snapshot.")] = "test",
    rounds: Annotated[int, typer.Option(min=100, max=10_000, help="Draws of the bootstrap.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Hold two models against each other: which differences are more than luck."""
    from chaffinch.wiring import taxonomy_of
    from eval.compare import answers
    from eval.compare import compare as hold
    from eval.evaluation import score_texts
    from eval.subject import subject
    from registry.scorers import load_model

    settings = load_settings()
    taxonomy = taxonomy_of(settings)
    rows = subject(data or _learnt_from(after, settings), taxonomy, home=settings.home, split=split)
    one, two = (
        answers(scorer, score_texts(scorer, rows.rows.texts))
        for scorer in (load_model(name, taxonomy, home=settings.home) for name in (before, after))
    )
    found = hold(rows.rows, one, two, taxonomy.names, seed=0, rounds=rounds)
    if as_json:
        print_json({"about": rows.about, "hash": rows.hash, "compared": [each.to_json() for each in found]})
        return
    table = Table("figure", "rows", before, after, "difference", "95 % interval", title=rows.about)
    for each in found:
        told = each.difference
        clear = "" if told.low <= 0 <= told.high else " *"
        table.add_row(f"{each.figure} ({each.part})", str(told.rows), f"{told.before:.3f}", f"{told.after:.3f}",
                      f"{told.value:+.3f}{clear}", f"{told.low:+.3f} to {told.high:+.3f}")  # fmt: skip
    print_table(table)
    typer.echo("* more than luck")


def register(
    bundle: Annotated[Path, typer.Argument(help="A bundle folder that was trained while MLflow did not answer.")],
    as_json: AsJson = False,
) -> None:
    """Hand a bundle in that MLflow has not heard of."""
    from chaffinch.promotion import catalogue_of
    from registry.bundle import read_manifest
    from training.handing_in import hand_in
    from training.tracking import Tracking

    settings = load_settings()
    alias = str(read_manifest(bundle).settings.get("name", "unnamed"))
    version = hand_in(bundle, alias, settings.home, Tracking(catalogue_of(settings), warned))
    if version is None:
        raise ChaffinchError("The bundle is whole, but MLflow did not take it; try again when it answers.")
    told = {"version": version, "alias": alias, "sentence": f"{bundle} is chaffinch@{version}."}
    if as_json:
        print_json(told)
    else:
        typer.echo(told["sentence"])


def _learnt_from(model: str, settings: Settings) -> str:
    """The snapshot whose other sides a model never saw."""
    from registry.bundle import read_manifest

    return read_manifest(resolved(model, settings).path).snapshot_name


def _folder(model: str | None, settings: Settings) -> Path | None:
    return None if model is None else Path(resolved(model, settings).path)
