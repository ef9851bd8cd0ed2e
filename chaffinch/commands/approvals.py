"""`chaffinch approvals`: whatever waits for a second person, and their answers; one mechanism for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chaffinch.commands.question_words import what_is_asked
from chaffinch.commands.rule_samples import begins_of, note_printed, print_asked
from chaffinch.commands.shared import AsJson, By, keyring_at_hand, moment, now, print_json, reading, show, writing
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from governance.rules import Standards

approvals = typer.Typer(no_args_is_help=True, help="What waits for a second person.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(approvals, name="approvals")


@approvals.command("list")
def list_approvals(as_json: AsJson = False) -> None:
    """What waits: what is asked for, who asks and why, contacts to be listed, rules that begin to block by a yes."""
    from governance import typed
    from records import approvals as questions

    keyring = keyring_at_hand()
    with reading() as look:
        rows = [
            {"id": each.id, "kind": each.kind, "about": each.subject_id, "asks_for": what_is_asked(look, each),
             "asked_by": each.asked_by, "why": each.why, "since": moment(each.created_at),
             "begins_to_block": begins_of(look, each),
             "contacts": [f"{entry.kind} {value}" for entry, value in typed.of_question(look, keyring, each.id)]
             if keyring else []}
            for each in questions.waiting(look)
        ]  # fmt: skip
    show(rows, as_json, "Nothing waits for a second person.")


@approvals.command("withdraw")
def withdraw(
    approval_id: Annotated[str, typer.Argument(help="The question, as `approvals list` shows it.")],
    by: By,
    why: Annotated[str, typer.Option(help="Why it is taken back.")],
    as_json: AsJson = False,
) -> None:
    """Take back a question of your own; what it asked for is not done."""
    from governance import four_eyes

    standards, keyring = _standards(), keyring_at_hand()
    with writing() as unit:
        done = four_eyes.withdraw(unit, approval_id, by=by, why=why, standards=standards, keyring=keyring, now=now())
        unit.commit()
    if as_json:
        print_json({"id": done.id, "state": done.state.value, "about": done.subject_id})
        return
    typer.echo(f"The question about {done.subject_id} is withdrawn.")


@approvals.command("answer")
def answer(
    approval_id: Annotated[str, typer.Argument(help="The question, as `approvals list` shows it.")],
    by: Annotated[str, typer.Option("--by", help="Who answers; not who asked.")],
    note: Annotated[str, typer.Option(help="What was looked at.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no.")] = False,
    password_stdin: Annotated[
        bool,
        typer.Option(help="Read the password of whoever answers from standard input: for what was asked elsewhere."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer as the second person, from another account than the one that asked; what is approved is done at once."""
    from chaffinch.commands.passwords import check_who_answers
    from governance import four_eyes
    from governance.four_eyes import Word

    standards, word = _standards(), Word(by, not refuse, note, keyring_at_hand())
    printed = None if refuse else print_asked(approval_id)
    if password_stdin:
        check_who_answers(by, from_stdin=True)
    proved = by if password_stdin else None
    note_printed(printed, by, proved=proved)
    with writing(proved=proved) as unit:
        answered = four_eyes.answer(unit, approval_id, word, standards=standards, now=now())
        unit.commit()
    if as_json:
        print_json({"id": answered.id, "state": answered.state.value, "about": answered.subject_id})
        return
    typer.echo(f"{answered.subject_id} is {answered.state}, by {answered.answered_by}.")


def _standards() -> Standards:
    from chaffinch.wiring import taxonomy_of
    from governance.rules import Standards
    from moderation.policy import load_policies

    settings = load_settings()
    taxonomy = taxonomy_of(settings)
    policies = tuple(load_policies(taxonomy, settings.configs / "policies").values())
    return Standards(taxonomy, now().date(), settings.rules_tried_first, policies, settings.trials)
