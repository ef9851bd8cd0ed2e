"""The comments that a rule's trial found, as commands print them: what is decided otherwise, then what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from chaffinch.commands.question_words import on_one_line, what_is_asked

if TYPE_CHECKING:
    from moderation.rules.rule_file import RuleFile
    from records.house_values import ApprovalRecord
    from records.rule_backtests import BacktestRecord
    from records.unit_of_work import Reading

SHOWN_EACH = 20
_TITLES = {
    "new": "Hit by the new one alone", "gone": "Hit by the live one alone", "wrong": "Hit, and people let it stand",
}  # fmt: skip


def samples_of(look: Reading, record: BacktestRecord) -> list[dict[str, Any]]:
    """Sampled comments that differ from today, or were wrongly hit, by kind; without those whose text is gone."""
    from governance.rule_backtests import result_of
    from moderation.rules.backtest import SampleKind
    from records import judged

    result = result_of(record)
    if result is None:
        return []
    chosen = [(kind, each) for kind in map(SampleKind, _TITLES) for each in result.samples[kind][:SHOWN_EACH]]
    texts = judged.texts_of(look, {each.id for _, each in chosen})
    return [
        {"kind": kind.value, "decision_id": each.id, "before": each.today.value, "after": each.draft.value,
         "text": texts[each.id]}
        for kind, each in chosen if each.id in texts
    ]  # fmt: skip


def print_asked(approval_id: str) -> BacktestRecord | None:
    """What a question's rules would change, on standard error for whoever answers; its trial, of one rule."""
    from chaffinch.commands.shared import reading
    from governance.rules import GO_LIVE, STAYS, asked_for, content_of
    from records import approvals, rule_backtests

    with reading() as look:
        asked = approvals.get(look, approval_id)
        typer.echo(f"{asked.kind}: {what_is_asked(look, asked)}", err=True)
        print_beginning(look, asked)
        if asked.kind not in (GO_LIVE, STAYS):
            return None
        version = asked_for(look, asked)
        record = rule_backtests.newest(look, version.rule_id, content_of(version.document), done=True)
        samples = samples_of(look, record) if record else []
    if record is not None:
        typer.echo(f"{record.rule_id} was tried on {record.seen} stored decisions:", err=True)
        print_samples(samples, err=True)
    return record


def begins_of(look: Reading, asked: ApprovalRecord) -> list[str]:
    """The ids of rules of files that begin to block by a yes to this question."""
    from governance.beginning import beginnings
    from governance.changed_parts import ASKED

    is_open = asked.kind == ASKED and asked.answered_by is None
    return [each.rule.id for each in beginnings(look, asked.facts["parts"])] if is_open else []


def print_beginning(look: Reading, asked: ApprovalRecord) -> None:
    """Each rule of files that begins to block by a yes, what ran before it, and whom it would have touched of late."""
    from governance.beginning import beginnings
    from governance.changed_parts import ASKED

    if asked.kind != ASKED:
        return
    for each in beginnings(look, asked.facts["parts"]):
        typer.echo(f"{each.rule.id} of {each.file} only holds now, and blocks from a yes on:", err=True)
        _print_rule("    ", each.rule)
        if each.was is not None:
            typer.echo("  What decided by this id before:", err=True)
            _print_rule("    ", each.was)
        reach = asked.facts.get("reaches", {}).get(each.rule.id)
        told = "not counted: chaffinch rules backtest tells"
        if reach:
            told = (
                "of {read} comments of seven days it hits {hits}, {touched} that nothing else did, of {people} people"
            )
            told = told.format(**reach)
        typer.echo(f"  Whom it would have touched: {told}", err=True)


def _print_rule(indent: str, rule: RuleFile) -> None:
    from governance.rules import as_document

    for name, value in as_document(rule).items():
        typer.echo(f"{indent}{name} = {on_one_line(json.dumps(value, ensure_ascii=False))}", err=True)


def note_printed(record: BacktestRecord | None, who: str, *, proved: str | None = None) -> None:
    """Keeps that they were printed for somebody, whatever they do next."""
    from chaffinch.commands.shared import now, writing
    from governance import trials

    if record is not None:
        with writing(proved=proved) as unit:
            trials.show(unit, record, who, now=now())
            unit.commit()


def print_samples(samples: list[dict[str, Any]], *, err: bool = False) -> None:
    """Each on a line, under what it is."""
    if not samples:
        typer.echo("  It hits no comment otherwise than what is live.", err=err)
    last = ""
    for each in samples:
        if each["kind"] != last:
            last = each["kind"]
            typer.echo(f"  {_TITLES[last]}:", err=err)
        typer.echo(f"    {each['before']} -> {each['after']}  {_on_one_line(each['text'])}", err=err)


def _on_one_line(text: str) -> str:
    """On one line of a terminal, whose controls no comment can use."""
    return on_one_line(text)[:200]
