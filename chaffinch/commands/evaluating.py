"""`chaffinch eval`: a model judged on labelled rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from chaffinch.commands import budget
from chaffinch.commands.shared import AsJson, figure, print_json, watched
from chaffinch.commands.tables import print_table
from chaffinch.progress import stages
from chaffinch.settings import Settings, load_settings

if TYPE_CHECKING:
    from eval.class_questions import ClassFigures, ClassQuestion
    from eval.evaluation import Answered, Evaluation
    from eval.metrics import Scores
    from eval.subject import Subject
    from moderation.ports import Scorer
    from moderation.taxonomy import Taxonomy
    from registry.bundle import Manifest

Progress = Callable[[float], None]


def evaluate(  # noqa: PLR0913 - each is an option of the command line
    model: Annotated[str, typer.Argument(help="name@alias, name@version, or a bundle folder.")],
    on: Annotated[str, typer.Argument(metavar="SNAPSHOT|FILE", help="A snapshot, a frozen set, or labelled JSONL.")],
    *,
    judged_as: Annotated[
        str | None,
        typer.Option("--as", help="As a public set asks it: chineseharm, offensive, spam, gambling or scam."),
    ] = None,
    split: Annotated[str, typer.Option(help="Which side of a snapshot: train, validation, test, or all.")] = "test",
    source: Annotated[str | None, typer.Option(help="Only its rows of this source, like judol_id.")] = None,
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
    from eval.class_questions import class_question
    from eval.subject import subject

    question = None if judged_as is None else class_question(judged_as)
    settings = load_settings()
    held = _found(model, partial(subject, on, split=split, source=source), settings)
    with stages(watched()) as bar:
        held_out = partial(bar.told, "held out")
        _refuse_learnt(held, question, settings, held_out)
        asked = _budget_asked(held, review_budget, policy, settings, held_out)
        answered, always = _answers(held, partial(bar.told, "ask"), both=both)
    evaluation = _judged(held, answered, always, question)
    if report is not None:
        _write_page(report, held, answered, evaluation)
    found = budget.find(asked, held.rows, answered, into or settings.home / "budgets") if asked else None
    if as_json:
        print_json(evaluation.to_json() | ({"budget": found.to_json()} if found else {}))
        return
    show_evaluation(evaluation)
    if found is not None:
        found.show()


@dataclass(frozen=True)
class _Held:
    """A model held against rows; `manifest` is None for `none`."""

    scorer: Scorer
    manifest: Manifest | None
    rows: Subject
    taxonomy: Taxonomy


def _found(model: str, asked: Callable[..., Subject], settings: Settings) -> _Held:
    from chaffinch.wiring import taxonomy_of
    from registry.scorers import load_model

    taxonomy = taxonomy_of(settings)
    scorer = load_model(model, taxonomy, home=settings.home)
    rows = asked(taxonomy, home=settings.home)
    return _Held(scorer, _manifest(model, settings), rows, taxonomy)


def _manifest(model: str, settings: Settings) -> Manifest | None:
    """What a model says of itself; None for `none`."""
    from registry.bundle import read_manifest
    from registry.names import resolve

    target = resolve(model, home=settings.home)
    return read_manifest(target.path) if target else None


def _refuse_learnt(held: _Held, question: ClassQuestion | None, settings: Settings, progress: Progress) -> None:
    """A public set's question is not put to a model that learnt from rows like these."""
    from eval.held_out import require_held_out

    if question is not None and held.manifest is not None:
        require_held_out(
            held.rows.rows, held.manifest, asked_by=question.asked_by, home=settings.home, progress=progress
        )


def _budget_asked(
    held: _Held, review_budget: str | None, policy: str, settings: Settings, progress: Progress
) -> budget.Asked | None:
    if review_budget is None:
        return None
    return budget.ask(
        review_budget, held.rows, held.manifest, settings, policy=policy, taxonomy=held.taxonomy, progress=progress
    )


def _answers(held: _Held, progress: Progress, *, both: bool) -> tuple[Answered, Scores | None]:
    """What the model says of the rows; and with `both`, what it says where both tiers are always asked."""
    from eval.evaluation import answer_texts, both_scores

    texts = held.rows.rows.texts
    answered = answer_texts(held.scorer, texts, progress)
    return answered, both_scores(held.scorer, texts, answered) if both else None


def _judged(held: _Held, answered: Answered, always: Scores | None, question: ClassQuestion | None) -> Evaluation:
    from eval.evaluation import evaluate as judge

    about, data_hash = held.rows.about, held.rows.hash
    return judge(
        held.scorer, held.rows.rows, about=about, data_hash=data_hash, answered=answered, both=always,
        question=question,
    )  # fmt: skip


def _write_page(report: Path, held: _Held, answered: Answered, evaluation: Evaluation) -> None:
    from eval.plots import draw
    from eval.report import write_report

    plots = draw(held.rows.rows, answered.scores, held.taxonomy.names, evaluation)
    write_report(report, evaluation, plots, held.taxonomy)


def show_evaluation(evaluation: Evaluation) -> None:
    """Figures by label, and sentences about the whole."""
    print_table(_table(evaluation))
    _tell_shares(evaluation)
    if evaluation.encoder_asked is not None:
        typer.echo(f"rows that reached the encoder: {evaluation.encoder_asked.share:.1%}")
    both = evaluation.macro_f1_of_both
    always = "" if both is None else f"; with both tiers always asked {both:.4f}"
    whole = figure(evaluation.macro_f1) or "none: no label has a yes among these rows"
    typer.echo(f"macro-F1 at 0.5: {whole}{always}")
    if found := evaluation.classes:
        typer.echo(by_class(found))


def by_class(found: ClassFigures) -> str:
    """A public set's question in a sentence."""
    each = ", ".join(f"{name} {value:.3f}" for name, value in found.f1.items())
    return (f"{found.title}, macro-F1: {found.macro_f1:.4f} ({found.low:.4f} to {found.high:.4f}) "
            f"of {found.rows:,} rows; {each}")  # fmt: skip


def _table(evaluation: Evaluation) -> Table:
    table = Table("label", "rows", "yes", "F1", "average precision", "calibration error", "review", "block",
                  title=evaluation.about)  # fmt: skip
    for each in evaluation.labels:
        cut = evaluation.thresholds.get(each.name, {})
        table.add_row(each.name.replace("|", " or "), str(each.rows), str(each.positives), figure(each.f1),
                      figure(each.average_precision), figure(each.ece), figure(cut.get("review")),
                      figure(cut.get("block")))  # fmt: skip
    return table


def _tell_shares(evaluation: Evaluation) -> None:
    shares = {"harmful rows not passed": evaluation.harmful_found, "harmful rows stopped": evaluation.harmful_blocked,
              "everyday comments wrongly stopped": evaluation.everyday_blocked,
              "everyday comments reviewed": evaluation.everyday_reviewed}  # fmt: skip
    for name, share in shares.items():
        if share.rows:
            typer.echo(f"{name}: {share.share:.2%} of {share.rows} ({share.low:.2%} to {share.high:.2%})")
