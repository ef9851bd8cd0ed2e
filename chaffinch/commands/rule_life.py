"""`chaffinch rules add|promote|approve|...`: the life of rules in the database, with who and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands import rule_trial
from chaffinch.commands.passwords import check_who_answers
from chaffinch.commands.question_words import what_is_asked
from chaffinch.commands.rule_samples import begins_of, note_printed, print_asked
from chaffinch.commands.shared import AsJson, By, moment, reading, show, writing
from chaffinch.settings import Settings, load_settings
from moderation.errors import NotFoundError

if TYPE_CHECKING:
    from governance.rules import Promoted, Standards
    from moderation.errors import Fault
    from moderation.rule_packs import RuleFile
    from moderation.rules.entries import Entry
    from records.house_values import ApprovalRecord, RuleVersionRecord
    from records.rule_hits import Counted
    from records.rule_packs import PackedRule, PackSet
    from records.unit_of_work import Reading


COUNTED_DAYS = 7


class Goal(StrEnum):
    """What a rule may be made."""

    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


Why = Annotated[str, typer.Option(help="Why; it stays in the history and in the ledger.")]
RuleId = Annotated[str, typer.Argument(help="The rule, as `rules list` names it.")]


def add_to(group: typer.Typer) -> None:
    """Mounts these commands."""
    for name, command in (
        ("add", add),
        ("promote", promote),
        ("trial", rule_trial.trial),
        ("looked", looked),
        ("approvals", list_approvals),
        ("approve", approve),
        ("vouch", vouch),
        ("take", take),
        ("list", list_rules),
        ("history", history),
    ):
        group.command(name)(command)


def add(
    file: Annotated[Path, typer.Argument(help="A pack: every rule in it becomes a draft, whatever state it names.")],
    by: By,
    why: Why,
    as_json: AsJson = False,
) -> None:
    """Put rules into the database as drafts, above packs and versions of the same id; each mistake is told first.

    Rules that say nothing new are left as they are.
    """
    from governance import rules as life

    found = [entry.rule for entry in _checked(file, load_settings())]
    with writing() as unit:
        new = [rule for rule in found if not life.says_already(unit, rule)]
        made = [life.add(unit, rule, by=by, why=why, now=datetime.now(UTC)) for rule in new]
        unit.commit()
    if as_json:
        typer.echo(json.dumps([_version_row(version) for version in made], ensure_ascii=False))
        return
    for version in made:
        typer.echo(f"{version.rule_id} is a draft, at version {version.version}.")
    if len(new) < len(found):
        typer.echo(f"{len(found) - len(new)} of {len(found)} rules say nothing new and stay as they are.")


def _checked(file: Path, settings: Settings) -> list[Entry]:
    """The rules of a file. Raises `ConfigError` with every mistake, `NotFoundError` where it has no rule."""
    from chaffinch.wiring import taxonomy_of, today
    from moderation.errors import ConfigError
    from moderation.rules.broken_pack import read_pack
    from moderation.rules.lint import lint
    from moderation.toml import read_text

    entries, mistakes = read_pack(file.name, read_text(file))
    mistakes += lint(entries, taxonomy_of(settings), today=today())
    if faults := [mistake.as_fault() for mistake in mistakes if not mistake.advice]:
        raise ConfigError(f"{file.name} cannot be used; mend these and add it again.", faults)
    for advice in mistakes:
        typer.echo(str(advice.as_fault()), err=True)
    return entries


def promote(
    rule_id: RuleId,
    to: Annotated[Goal, typer.Option(help="Counted without effect, deciding, or no longer looked for.")],
    by: By,
    why: Why,
    expect: Annotated[
        int | None, typer.Option(min=0, help="The version that was looked at; another one in between is told.")
    ] = None,
    urgent: Annotated[
        str,
        typer.Option("--urgent", metavar="WHY", help="Live for a day without a trial, or alone, and why."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Lead a rule on: to the shadow, live, or retired. What goes live was tried first, and two people stand for it.

    `rules trial` tries it on stored decisions. With --urgent what only holds comments is live for a day at once, tried
    or not, and a second person says whether it stays. What else went live untried ends after a day, unless
    `rules looked` says that somebody looked at its trial meanwhile.
    """
    from governance import rules as life
    from moderation.rules import RuleState

    seen = _newest(rule_id) if expect is None else expect
    wish = life.Wish(rule_id, RuleState(to.value), by, why, seen, urgent)
    with writing() as unit:
        done = life.promote(
            unit, wish, standards=_standards(), packed=partial(packed_rule, unit), now=datetime.now(UTC)
        )
        unit.commit()
    _tell(done, _refused(done), as_json=as_json)


def looked(rule_id: RuleId, by: By, why: Why, as_json: AsJson = False) -> None:
    """Say that you looked at the trial of a rule that went live untried: it stays. Without it, it ends after a day."""
    from governance import untried_rules

    with writing() as unit:
        version = untried_rules.look_at(unit, rule_id, by=by, why=why, needs=_standards().needs, now=datetime.now(UTC))
        unit.commit()
    if as_json:
        typer.echo(json.dumps(_version_row(version), ensure_ascii=False))
        return
    typer.echo(f"{rule_id} stays live, at version {version.version}.")


def _newest(rule_id: str) -> int:
    """The version that whoever types this has before them."""
    from records import rules

    with reading() as look:
        found = rules.newest(look, rule_id)
    return found.version if found else 0


def _standards() -> Standards:
    from chaffinch.wiring import taxonomy_of, today
    from governance.rules import Standards
    from moderation.policy import load_policies

    settings = load_settings()
    taxonomy = taxonomy_of(settings)
    policies = load_policies(taxonomy, settings.configs / "policies")
    return Standards(taxonomy, today(), settings.rules_tried_first, tuple(policies.values()), settings.trials)


def packed_rule(look: Reading, rule_id: str) -> RuleFile | None:
    """The rule as the packs in force have it. Raises `ConfigError` where it may stand in what cannot be read."""
    from governance.rule_packs import running
    from moderation.errors import ConfigError
    from moderation.rule_packs import read_packs

    entries, mistakes = read_packs(running(look, load_settings().configs / "rules"))
    found = next((entry for entry in entries if entry.name == rule_id), None)
    if found is not None and found.is_sound:
        return found.rule
    if mistakes or found is not None:
        unread = [mistake.as_fault() for mistake in mistakes]
        broken = [found.mistake(inside, detail).as_fault() for inside, detail in found.faults] if found else []
        raise ConfigError(f"{rule_id} is in no pack that can be read; mend these and try again.", [*unread, *broken])
    return None


def _refused(done: Promoted) -> Sequence[Fault]:
    """What keeps servers from loading the rules that hold after a change; nothing where they can, or nothing changed.

    The change itself is written: it holds from the moment at which the packs are mended.
    """
    from chaffinch.wiring import packs_in_force, stored_of, taxonomy_of, today
    from moderation.effective_rules import refusal

    if done.version is None:
        return ()
    settings = load_settings()
    packs, stored = packs_in_force(settings), stored_of(settings)
    return refusal(taxonomy_of(settings), today=today(), folder=packs, stored=stored)


def _tell(done: Promoted, refused: Sequence[Fault], *, as_json: bool) -> None:
    version, approval = done.version, done.approval
    if as_json:
        told = {
            "version": _version_row(version) if version else None,
            "approval": _approval_row(approval) if approval else None,
            "refused": [str(fault) for fault in refused],
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif version and approval and not approval.answered_by:
        typer.echo(
            f"{version.rule_id} is live for a day, {_rushed(version)}, at version {version.version}: "
            f"{_followed(version, refused)} Whether it stays is a second person's answer. {_asked_where(approval)}"
        )
    elif version:
        rushed = f" for a day, {_rushed(version)}" if version.untried_until else ""
        typer.echo(
            f"{version.rule_id} is {version.state}{rushed}, at version {version.version}: {_followed(version, refused)}"
        )
    elif approval and approval.answered_by:
        typer.echo(f"Refused by {approval.answered_by}: {approval.subject_id} stays as it was.")
    elif approval:
        typer.echo(f"{approval.subject_id} holds or blocks, so a second person decides. {_asked_where(approval)}")


def _rushed(version: RuleVersionRecord) -> str:
    """Without what it went live."""
    without = {"untried": version.untried, "by one person alone": version.alone}
    return " and ".join(name for name, is_so in without.items() if is_so) or "untried"


def _asked_where(approval: ApprovalRecord) -> str:
    """Where a second person answers."""
    return (
        f"They answer in the console under Approvals, by POST /v1/approvals/{approval.id}, or from another account of "
        f"this machine with chaffinch rules approve {approval.subject_id} --by NAME --note WORDS"
    )


def _followed(version: RuleVersionRecord, refused: Sequence[Fault]) -> str:
    """What running servers do about a change."""
    if not refused:
        return "servers follow in two seconds."
    place = refused[0].where.partition(":")[0]
    taken = (
        "servers take it out in two seconds, but else "
        if version.state.value == Goal.RETIRED.value
        else "running servers "
    )
    return (
        f"{taken}keep the rules they had until {place} is mended. The first of {len(refused)} faults: {refused[0]} "
        "(all of them: chaffinch rules lint)"
    )


def list_approvals(as_json: AsJson = False) -> None:
    """What waits for a second person."""
    from records import approvals

    with reading() as look:
        found = [
            {**_approval_row(each), "asks_for": what_is_asked(look, each), "begins_to_block": begins_of(look, each)}
            for each in approvals.waiting(look)
        ]
    show(found, as_json, "Nothing waits for a second person.")


def approve(
    rule_id: RuleId,
    by: Annotated[str, typer.Option(help="Who answers; not who asked.")],
    note: Annotated[str, typer.Option(help="What was looked at.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no.")] = False,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer as the second person whether a rule goes live, or stays; not from the account that asked, nor its author.

    Where people log in, the password of whoever answers is asked for.
    """
    from governance import rules as life
    from governance import untried_rules
    from records import approvals

    with reading() as look:
        waiting = approvals.waiting(look, subject_id=rule_id)
    if not waiting:
        raise NotFoundError(f"Nothing about {rule_id} waits for a second person: see `chaffinch rules approvals`.")
    printed = None if refuse else print_asked(waiting[0].id)
    check_who_answers(by, from_stdin=password_stdin)
    note_printed(printed, by, proved=by)
    with writing(proved=by) as unit:
        asked, now = waiting[0], datetime.now(UTC)
        if asked.kind == life.STAYS:
            done = untried_rules.answer(
                unit, asked.id, by=by, approve=not refuse, note=note, needs=_standards().needs, now=now
            )
        else:
            done = life.answer(
                unit, asked.id, by=by, approve=not refuse, note=note, standards=_standards(), now=now
            )  # fmt: skip
        unit.commit()
    _tell(done, _refused(done), as_json=as_json)


def vouch(by: By, why: Why, as_json: AsJson = False) -> None:
    """Say what was changed of taxonomy, policies, packs and profiles, and why; a second person agrees.

    It holds for just these files: what is changed after that, nobody stands for (`chaffinch doctor` names it).
    """
    from chaffinch.wiring import today
    from governance import changed_parts, rule_packs, shipped_profiles, what_decides
    from moderation.pack_files import place_of

    configs = load_settings().configs
    with writing() as unit:
        differs = what_decides.differing(unit, configs)
        of_laws = shipped_profiles.of_changed(configs, differs)
        packs = rule_packs.standing(unit, configs / "rules", place=place_of(configs), today=today())
        if packs and packs.told:
            typer.echo(f"{packs.told}. What is asked is of what they run.", err=True)
        asked = changed_parts.ask(unit, differs, by=by, why=why, now=datetime.now(UTC), of_laws=of_laws)
        begins = begins_of(unit, asked)
        unit.commit()
    if as_json:
        typer.echo(json.dumps({**_approval_row(asked), "begins_to_block": begins}, ensure_ascii=False))
        return
    if begins:
        typer.echo(f"Agreed to, these rules block, which only hold comments until then: {', '.join(begins)}.")
    named = ", ".join(differs)
    typer.echo(f"{named}: a second person answers, in the console under Approvals or by POST /v1/approvals/{asked.id}.")


def take(by: By, why: Why, as_json: AsJson = False) -> None:
    """Bring the packs on this disk into force: an earlier set again, or one that takes something from deciding rules.

    Servers take up by themselves what adds to rules; neither of these. A rule that blocks and never did only holds
    comments until two people stand for its file, as ever.
    """
    from chaffinch.wiring import stored_of, taxonomy_of, today
    from governance import pack_losses, rule_packs
    from moderation.effective_rules import refusal
    from moderation.errors import ConfigError
    from moderation.pack_files import place_of, read_files
    from moderation.policy import load_policies
    from moderation.rule_packs import UNUSABLE

    settings = load_settings()
    taxonomy, found = taxonomy_of(settings), read_files(settings.configs / "rules")
    asks_two = any(each.two_people.rules for each in load_policies(taxonomy, settings.configs / "policies").values())
    faults = refusal(taxonomy, today=today(), folder=found, stored=stored_of(settings))
    with writing() as unit:
        grounds = rule_packs.ground_mistakes(unit.queues.redress, found)
        if faults := (*faults, *(mistake.as_fault() for mistake in grounds)):
            raise ConfigError(UNUSABLE, faults)
        place, now = place_of(settings.configs), datetime.now(UTC)
        takes = pack_losses.taken(unit, found, today=now.date())
        taken = rule_packs.take_by_hand(unit, found, place=place, asks_two=asks_two, by=by, why=why, now=now)
        unit.commit()
    if as_json:
        told = {
            "number": taken.number,
            "digest": taken.digest,
            "reviewing": sorted(taken.reviewing),
            "takes": takes.lines,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    if takes:
        typer.echo("\n".join(["What rules that decided lose by it:", *(f"  {line}" for line in takes.lines)]))
    waits = f" Until two people stand for their files these only hold: {', '.join(sorted(taken.reviewing))}."
    typer.echo(
        f"Set {taken.number} of packs is in force; servers follow in two seconds.{waits if taken.reviewing else ''}"
    )


def list_rules(
    days: Annotated[int, typer.Option(min=1, help="Days to count hits over, today (UTC) included.")] = COUNTED_DAYS,
    as_json: AsJson = False,
) -> None:
    """Every rule of packs and database that somebody may look for: its state, where it stands, what it did of late.

    `hits` are stored decisions about comments that it hit; `changes` those with another outcome without it, or, for a
    rule in the shadow, were it live.
    """
    from chaffinch.wiring import stored_parts, today
    from governance import rule_packs
    from moderation.effective_rules import NONE_STORED, every_entry
    from moderation.pack_files import Packs, place_of
    from records import rule_hits, rules

    settings = load_settings()
    held, counts, rushed = NONE_STORED, {}, {}
    folder = settings.configs / "rules"
    packs: Packs = folder
    standing = None
    with stored_parts(settings) as stored:
        if stored:
            held = stored.rules()
            with stored.database.reading() as look:
                counts = rule_hits.totals(look, since=today() - timedelta(days=days - 1))
                rushed = {each.rule_id: each for each in rules.untried(look)}
                packs = rule_packs.running(look, folder)
                standing = rule_packs.standing(look, folder, place=place_of(settings.configs), today=today())
    if standing and standing.told:
        typer.echo(f"{standing.told}. What follows is what they run; see `chaffinch doctor`.", err=True)
    found = every_entry(packs, held)
    show([_rule_row(entry, counts, rushed) for entry in found], as_json, "There are no rules.")


def history(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Every change of a rule: what it became, who, when, why; of packs when a set with the change came into force."""
    from records import rule_packs, rules

    with reading() as look:
        found = rules.history(look, rule_id)
        packed = rule_packs.changes_of(rule_packs.history(look), rule_id)
        is_there = bool(found or packed) or packed_rule(look, rule_id) is not None
    if not is_there:
        raise NotFoundError(f"There is no rule {rule_id}: see `chaffinch rules list`.")
    rows = [*(_packed_row(rule_id, *each) for each in packed), *(_version_row(version) for version in found)]
    show(sorted(rows, key=lambda row: row["at"]), as_json, f"{rule_id} stands in a pack alone: see its file.")


def _packed_row(rule_id: str, found: PackSet, rule: PackedRule | None) -> dict[str, Any]:
    """A change that was found in a pack: nobody is known by name who made it."""
    if rule is None:
        why = "it stands in no pack any more"
    elif rule_id in found.reviewing:
        why = f"found in {rule.file}; it blocks once two people stand for the file, and only holds until then"
    else:
        why = f"found in {rule.file}{', where it blocks' if rule.blocks else ''}"
    return {
        "rule": rule_id,
        "version": 0,
        "state": "gone" if rule is None else "packed",
        "by": f"a file at {found.place}",
        "why": f"{why} (set {found.number} of packs)",
        "at": moment(found.created_at),
        "until": None,
        "untried_until": None,
        "untried": False,
        "alone": False,
    }


def _rule_row(
    entry: Entry, counts: Mapping[tuple[str, str], Counted], rushed: Mapping[str, RuleVersionRecord]
) -> dict[str, Any]:
    rule = entry.rule
    ends = rushed.get(rule.id) if rule.state.value == Goal.LIVE else None
    counted = counts.get((rule.id, rule.state))
    return {
        "rule": rule.id,
        "state": rule.state.value,
        "where": entry.document.name,
        "label": rule.label,
        "action": rule.action.value,
        "hits": counted.hits if counted else 0,
        "changes": counted.changes if counted else 0,
        "untried_until": moment(ends.untried_until) if ends else None,
        "untried": ends is not None and ends.untried,
        "alone": ends is not None and ends.alone,
        "title": rule.title.en,
    }


def _version_row(version: RuleVersionRecord) -> dict[str, Any]:
    return {
        "rule": version.rule_id,
        "version": version.version,
        "state": version.state.value,
        "by": version.author,
        "why": version.why,
        "at": moment(version.created_at),
        "until": moment(version.ended_at),
        "untried_until": moment(version.untried_until),
        "untried": version.untried,
        "alone": version.alone,
    }


def _approval_row(approval: ApprovalRecord) -> dict[str, Any]:
    return {
        "id": approval.id,
        "kind": approval.kind,
        "about": approval.subject_id,
        "by": approval.asked_by,
        "why": approval.why,
        "state": approval.state.value,
        "answered_by": approval.answered_by,
        "at": moment(approval.created_at),
    }
