"""`chaffinch gate|promote|approve|rollback`: how a model becomes champion, and ceases to be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from chaffinch.commands.shared import AsJson, figure, print_json, resolved, watched, writing
from chaffinch.commands.tables import print_table
from chaffinch.commands.texts import TextsBy, TextsWhy, answering, may_tell
from chaffinch.progress import stages
from chaffinch.settings import Settings, load_settings
from moderation.errors import GateRefusedError, NotFoundError

if TYPE_CHECKING:
    from chaffinch.promotion import Proposed
    from governance.giving import Teller
    from registry.gate_file import GateFile
    from registry.names import Resolved
    from registry.promotion import Promotion

Reason = Annotated[str, typer.Option(help="Why; stands in the ledger.")]
Version = Annotated[str, typer.Argument(help="A version (3, chaffinch@3), an alias, or a bundle folder.")]


def add_to(app: typer.Typer) -> None:
    """Mounts the commands at the top level."""
    for command in (gate, promote, approve, rollback):
        app.command()(command)


def gate(
    model: Annotated[str, typer.Argument(help="A version (3, chaffinch@3), an alias, or a bundle folder.")],
    config: Annotated[
        str | None,
        typer.Option(
            help="A name under configs/gates, or a TOML file; without, the one that stands before the champion."
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="What it said last, with the texts of the examples.")] = False,
    by: TextsBy = "",
    why: TextsWhy = "",
    as_json: AsJson = False,
) -> None:
    """Ask whether a model may be champion; the answer is written into its bundle."""
    from chaffinch.promotion import gate as ask
    from governance.giving import FOR_TRAINING

    settings = load_settings()
    target = resolved(model, settings)
    if show:
        _show_last(target, settings, answering(by, why, FOR_TRAINING), as_json=as_json)
        return
    with stages(watched()) as bar:
        verdict = ask(settings, target, config, bar.told)
    if as_json:
        print_json(verdict.model_dump(mode="json"))
    else:
        _show_checks(verdict)
        typer.echo(f"{verdict.sentence}\nThe whole comparison: {target.path / 'gate.html'}")
    if verdict.verdict == "no":
        raise GateRefusedError(verdict.sentence)


def promote(
    version: Version,
    reason: Reason = "",
    by: Annotated[
        str, typer.Option(help="Who does it, or asks where people have to approve; needed with accounts.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a model champion, through the gate. There is no way around it."""
    from chaffinch.gates import gate_before
    from chaffinch.promotion import Proposed, mover, promote_through_gate

    settings = load_settings()
    target = resolved(version, settings)
    by = mover(settings, by, gate=gate_before(settings, target))
    with stages(watched()) as bar:
        done = promote_through_gate(settings, target, reason=reason, progress=bar.told, by=by)
    if isinstance(done, Proposed):
        _tell_proposed(done, as_json=as_json)
    else:
        _tell_promotion(done, as_json=as_json)


def approve(
    version: Version,
    by: Annotated[str, typer.Option(help="Who answers; not who asked.")],
    note: Annotated[str, typer.Option(help="What was looked at.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer as the second person whether a model may be champion; not from the account that asked."""
    from chaffinch.promotion import standing
    from governance import models

    settings = load_settings()
    wanted = standing(settings, resolved(version, settings))
    with writing() as unit:
        waiting = models.waiting(unit, wanted) if wanted else None
        if waiting is None or wanted is None:
            raise NotFoundError(f"Nothing about {version} waits for a second person: type chaffinch promote {version}.")
        models.answer(unit, waiting.id, by=by, approve=not refuse, note=note, now=datetime.now(UTC))
        said = len(models.consents(unit, wanted))
        unit.commit()
    more = wanted.needed - said
    then = f"{more} more to go." if more else f"Type chaffinch promote {wanted.version} to move the champion."
    sentence = f"{by} refused: the champion stays." if refuse else f"{by} approved {wanted.subject}. {then}"
    _tell({"version": wanted.version, "approved": not refuse, "still_needed": more, "sentence": sentence}, as_json)


def rollback(
    reason: Annotated[str, typer.Option(help="Why; stands in the ledger.")],
    by: Annotated[str, typer.Option(help="Who goes back; needed once there are accounts.")] = "",
    without_assessment: Annotated[
        str, typer.Option(help="What the emergency is, where a policy asks for an assessment and there is none.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make the champion before this one champion again."""
    from chaffinch.promotion import roll_back

    done = roll_back(load_settings(), by=by, reason=reason, without_assessment=without_assessment)
    _tell_promotion(done, as_json=as_json)


def _show_last(target: Resolved, settings: Settings, who: Teller | None, *, as_json: bool) -> None:
    from eval.gate_examples import examples, without_own
    from registry.gate_file import read_gate

    said = read_gate(target.path)
    if said is None or said.bundle_hash != target.hash:
        raise NotFoundError(f"The gate was never asked about this bundle: chaffinch gate {target.version}.")
    found = examples(said, settings.home)
    if not may_tell(who, "gate", sum(each.is_own for each in found), ground="registry"):
        found = without_own(found)
    if as_json:
        told = [{"id": each.id, "text": each.text, "note": each.note} for each in found]
        print_json(said.model_dump(mode="json") | {"examples": told})
        return
    _show_checks(said)
    typer.echo(said.sentence)
    for each in found:
        typer.echo(f"  {each.id}: {each.note if each.text is None else each.text}")


def _show_checks(verdict: GateFile) -> None:
    """The checks of the whole and what failed; of the slices that held, how many."""
    judged = [check for check in verdict.checks if check.outcome != "not_judged"]
    shown = [check for check in judged if check.slice == "all" or not check.passed]
    table = Table("check", "on", "figure", "limit", "passed", title=f"Gate {verdict.gate}: {verdict.verdict}")
    for check in shown:
        table.add_row(escape(check.name), escape(check.slice), figure(check.figure), figure(check.limit),
                      "NO" if check.outcome == "no" else str(check.outcome))  # fmt: skip
    print_table(table)
    if held := len(judged) - len(shown):
        typer.echo(f"{held} checks of single slices held.")


def _tell_promotion(done: Promotion, *, as_json: bool) -> None:
    before = done.before.version if done.before else None
    _tell({"champion": done.champion.version, "before": before, "sentence": done.sentence}, as_json)


def _tell_proposed(done: Proposed, *, as_json: bool) -> None:
    told = {"champion": None, "version": done.version, "approval": done.approval.id, "approved_by": list(done.said),
            "needed": done.needed, "sentence": done.sentence}  # fmt: skip
    _tell(told, as_json)


def _tell(told: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        typer.echo(told["sentence"])
