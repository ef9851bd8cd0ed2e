"""`chaffinch train|eval|compare|register`: what a data scientist types before a model is asked to be champion."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chaffinch.commands import budget, promoting
from chaffinch.commands.shared import AsJson, figure, print_json, watched
from chaffinch.progress import stages
from chaffinch.settings import Settings, load_settings
from moderation.errors import ChaffinchError

if TYPE_CHECKING:
    from eval.evaluation import Evaluation
    from registry.bundle import Manifest


def add_to(app: typer.Typer) -> None:
    """Mounts the commands at the top level."""
    app.command("train")(train)
    app.command("eval")(evaluate)
    app.command()(compare)
    promoting.add_to(app)
    app.command()(register)


def train(
    config: Annotated[str, typer.Argument(help="A name under configs/training, or a TOML file.")],
    resume: Annotated[bool, typer.Option(help="Go on where a stopped training was.")] = False,
    data: Annotated[str | None, typer.Option(help="A snapshot, by folder or name; else the config's newest.")] = None,
    warm: Annotated[str | None, typer.Option(help="A model whose weights to start from.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model: learn, calibrate, choose thresholds, evaluate, register."""
    from chaffinch.training_run import train_on
    from data.snapshot import find
    from training.settings import load_settings as load_training

    settings = load_settings()
    chosen = load_training(config, settings.configs)
    snapshot = find(data or chosen.data, settings.home / "snapshots")
    start = _folder(warm, settings)
    with stages(watched()) as bar:
        trained = train_on(
            snapshot, chosen, settings, warm=start, resume=resume, now=_now, progress=bar.told, warn=_warn
        )
    told_of = {"bundle": str(trained.bundle), "hash": trained.hash, "version": trained.version,
               "reused": trained.reused, "seconds": round(trained.seconds, 1),
               "figures": trained.evaluation.figures()}  # fmt: skip
    if as_json:
        print_json(told_of)
        return
    _show(trained.evaluation)
    what = f"version {trained.version}" if trained.version else "not registered yet (chaffinch register)"
    again = "; it was trained before" if trained.reused else f", in {trained.seconds:.0f} s"
    typer.echo(f"{what}: {trained.bundle}{again}")


def evaluate(  # noqa: PLR0913 - each is an option of the command line
    model: Annotated[str, typer.Argument(help="name@alias, name@version, or a bundle folder.")],
    on: Annotated[str, typer.Argument(metavar="SNAPSHOT|FILE", help="A snapshot, a frozen set, or labelled JSONL.")],
    *,
    judged_as: Annotated[
        str | None, typer.Option("--as", help="As a public set asks it: chineseharm or offensive.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which side of a snapshot: train, validation, test, or all.")] = "test",
    both: Annotated[bool, typer.Option(help="Also ask both tiers about every row: what do the exits cost?")] = False,
    report: Annotated[Path | None, typer.Option(help="Write one self-contained HTML page here.")] = None,
    review_budget: Annotated[
        str | None, typer.Option(help="Choose thresholds for reviewing so many everyday comments, like 3%.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Where --review-budget makes a folder for its answer; else budgets/ of the home."),
    ] = None,
    policy: Annotated[
        str, typer.Option(help="The policy that --review-budget writes with its thresholds.")
    ] = "default",
    as_json: AsJson = False,
) -> None:
    """Judge a model on labelled rows."""
    from chaffinch.wiring import taxonomy_of
    from eval.class_questions import class_question
    from eval.evaluation import answer_texts, both_scores
    from eval.evaluation import evaluate as judge
    from eval.held_out import require_held_out
    from eval.subject import subject
    from registry.scorers import load_model

    question = None if judged_as is None else class_question(judged_as)
    settings = load_settings()
    taxonomy = taxonomy_of(settings)
    scorer = load_model(model, taxonomy, home=settings.home)
    rows = subject(on, taxonomy, home=settings.home, split=split)
    manifest = _manifest(model, settings)
    with stages(watched()) as bar:
        held_out = partial(bar.told, "held out")
        if question is not None and manifest is not None:
            require_held_out(rows.rows, manifest, asked_by=question.asked_by, home=settings.home, progress=held_out)
        asked = None
        if review_budget is not None:
            asked = budget.ask(review_budget, rows, manifest, settings, policy=policy, taxonomy=taxonomy,
                               progress=held_out)  # fmt: skip
        answered = answer_texts(scorer, rows.rows.texts, lambda share: bar.told("ask", share))
        always = both_scores(scorer, rows.rows.texts, answered) if both else None
    evaluation = judge(scorer, rows.rows, about=rows.about, data_hash=rows.hash, answered=answered, both=always,
                       question=question)  # fmt: skip
    if report is not None:
        from eval.plots import draw
        from eval.report import write_report

        write_report(report, evaluation, draw(rows.rows, answered.scores, taxonomy.names, evaluation), taxonomy)
    found = budget.find(asked, rows, answered, into or settings.home / "budgets") if asked else None
    if as_json:
        print_json(evaluation.to_json() | ({"budget": found.to_json()} if found else {}))
        return
    _show(evaluation)
    if found is not None:
        found.show()


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
    Console().print(table)
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
    version = hand_in(bundle, alias, settings.home, Tracking(catalogue_of(settings), _warn))
    if version is None:
        raise ChaffinchError("The bundle is whole, but MLflow did not take it; try again when it answers.")
    told = {"version": version, "alias": alias, "sentence": f"{bundle} is chaffinch@{version}."}
    if as_json:
        print_json(told)
    else:
        typer.echo(told["sentence"])


def _resolved(model: str, settings: Settings) -> Any:  # noqa: ANN401 (registry.names.Resolved, imported late)
    from registry.names import resolve

    target = resolve(model, home=settings.home)
    if target is None:
        raise ChaffinchError("'none' is no model that could be trained from, judged or promoted.")
    return target


def _manifest(model: str, settings: Settings) -> Manifest | None:
    """What a model says of itself; None for `none`."""
    from registry.bundle import read_manifest
    from registry.names import resolve

    target = resolve(model, home=settings.home)
    return read_manifest(target.path) if target else None


def _learnt_from(model: str, settings: Settings) -> str:
    """The snapshot whose other sides a model never saw."""
    from registry.bundle import read_manifest

    return read_manifest(_resolved(model, settings).path).snapshot_name


def _folder(model: str | None, settings: Settings) -> Path | None:
    return None if model is None else Path(_resolved(model, settings).path)


def _now() -> datetime:
    return datetime.now(UTC)


def _warn(sentence: str) -> None:
    watched().print(f"[yellow]{sentence}[/]")


def _show(evaluation: Evaluation) -> None:
    table = Table("label", "rows", "yes", "F1", "average precision", "calibration error", "review", "block",
                  title=evaluation.about)  # fmt: skip
    for each in evaluation.labels:
        cut = evaluation.thresholds.get(each.name, {})
        table.add_row(each.name.replace("|", " or "), str(each.rows), str(each.positives), figure(each.f1),
                      figure(each.average_precision), figure(each.ece), figure(cut.get("review")),
                      figure(cut.get("block")))  # fmt: skip
    Console().print(table)
    shares = {"harmful rows not passed": evaluation.harmful_found, "harmful rows stopped": evaluation.harmful_blocked,
              "everyday comments wrongly stopped": evaluation.everyday_blocked,
              "everyday comments reviewed": evaluation.everyday_reviewed}  # fmt: skip
    for name, share in shares.items():
        if share.rows:
            typer.echo(f"{name}: {share.share:.2%} of {share.rows} ({share.low:.2%} to {share.high:.2%})")
    if evaluation.encoder_asked is not None:
        typer.echo(f"rows that reached the encoder: {evaluation.encoder_asked.share:.1%}")
    both = evaluation.macro_f1_of_both
    always = "" if both is None else f"; with both tiers always asked {both:.4f}"
    typer.echo(f"macro-F1 at 0.5: {figure(evaluation.macro_f1)}{always}")
    if found := evaluation.classes:
        by_class = ", ".join(f"{name} {value:.3f}" for name, value in found.f1.items())
        typer.echo(f"{found.title}, macro-F1: {found.macro_f1:.4f} ({found.low:.4f} to {found.high:.4f}) "
                   f"of {found.rows:,} rows; {by_class}")  # fmt: skip
