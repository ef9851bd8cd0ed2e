"""`chaffinch measures` and `chaffinch credit`: what is done about accounts, and how they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.shared import (
    AsJson,
    By,
    all_of,
    keyring_at_hand,
    moment,
    print_json,
    reading,
    show,
    to_answer,
    trace,
    warn_of_ground,
    writing,
)
from chaffinch.settings import load_settings
from moderation.errors import ChaffinchError, Fault, GateRefusedError, InvalidInputError
from moderation.standing import Function

if TYPE_CHECKING:
    from governance.measure_wishes import Wish
    from moderation.policy import Policy
    from records.personal import Keyring
    from records.standing_values import MeasureRecord
    from records.unit_of_work import Unit

SHOWN = 120


class Kind(StrEnum):
    """What is measured."""

    AUTHOR = "author"
    COMMENT = "comment"
    THREAD = "thread"


class Measure(StrEnum):
    """What is done."""

    WARN = "warn"
    REFUSE = "refuse"
    DELETE = "delete"
    RESTRICT = "restrict"
    SUSPEND = "suspend"
    CLOSE = "close"


MANY = "Authors' pseudonyms, one a line; after a tab your id of that author's own comment for which it is measured."

Ground = Annotated[str, typer.Option(help="On which rule it stands.")]
Replaces = Annotated[
    str | None,
    typer.Option(help="The measure in whose place this one stands, as `measures list` shows it; it ends then."),
]
Zh = Annotated[str, typer.Option("--reason-zh", help="Why, in Chinese, as the person reads it.")]
En = Annotated[str, typer.Option("--reason-en", help="Why, in English; one language alone serves for both.")]
PolicyName = Annotated[str, typer.Option("--policy", help="Whose ladder, grounds and credit are asked.")]
HousePolicy = Annotated[
    str | None,
    typer.Option("--policy", help="Whose ladder, grounds and credit are asked; without it CHAFFINCH_POLICY."),
]
Name = Annotated[Measure | None, typer.Option("--measure", help="Which; without it the next step of the ladder.")]
Days = Annotated[float | None, typer.Option(help="How long it holds; without it, until it is lifted.")]
Closes = Annotated[list[Function] | None, typer.Option(help="What a restriction closes; may be said more than once.")]
PerHour = Annotated[int | None, typer.Option(min=1, help="Comments an hour that a restriction leaves.")]

measures = typer.Typer(no_args_is_help=True, help="What is done about accounts, comments and threads, with why.")
credit = typer.Typer(no_args_is_help=True, help="How accounts stand by what became of their comments.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(measures, name="measures")
    app.add_typer(credit, name="credit")


@measures.command()
def take(  # noqa: PLR0913, PLR0917 - options of a command
    target: Annotated[str, typer.Argument(help="The author's pseudonym, or the platform's id of a comment or thread.")],
    by: By,
    ground: Ground,
    kind: Annotated[Kind, typer.Option(help="What the target is.")] = Kind.AUTHOR,
    measure: Name = None,
    days: Days = None,
    closes: Closes = None,
    per_hour: PerHour = None,
    reason_zh: Zh = "",
    reason_en: En = "",
    cause: Annotated[str | None, typer.Option(help="Your id of the account's comment for which it is taken.")] = None,
    replaces: Replaces = None,
    policy: HousePolicy = None,
    as_json: AsJson = False,
) -> None:
    """Warn, refuse, delete, restrict, suspend or close, with a reason. Closing waits for a second person."""
    from dataclasses import replace

    from governance import account_measures

    wish = _wish(kind, target, ground, measure, days, closes, per_hour, reason_zh, reason_en, cause)
    wish = replace(wish, replaces=replaces)
    with _at_work(policy) as (unit, keyring, chosen):
        held = _policies()
        made = account_measures.take(unit, keyring, wish, chosen, by=by, policies=held, now=datetime.now(UTC))
        unit.commit()
    warn_of_ground(ground)
    _tell([made], as_json=as_json)


@measures.command()
def many(  # noqa: PLR0913, PLR0917 - options of a command
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=MANY)],
    by: By,
    ground: Ground,
    measure: Name = None,
    days: Days = None,
    closes: Closes = None,
    per_hour: PerHour = None,
    reason_zh: Zh = "",
    reason_en: En = "",
    policy: HousePolicy = None,
    as_json: AsJson = False,
) -> None:
    """The same measure on every account of a file, once a second person agrees."""
    from governance import account_measures

    wishes = [
        _wish(Kind.AUTHOR, name, ground, measure, days, closes, per_hour, reason_zh, reason_en, cause)
        for name, cause in _lines_of(file)
    ]
    with _at_work(policy) as (unit, keyring, chosen):
        made = account_measures.take_many(unit, keyring, wishes, chosen, by=by, now=datetime.now(UTC))
        unit.commit()
    warn_of_ground(ground)
    _tell(made, as_json=as_json)


def _lines_of(file: Path) -> list[tuple[str, str | None]]:
    """Accounts, and the comment for which each is measured. Raises `InvalidInputError` for lines that say the same."""
    found: dict[tuple[str, str | None], int] = {}
    faults = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        name, _, cause = line.strip().partition("\t")
        if name.strip():
            first = found.setdefault((name.strip(), cause.strip() or None), number)
            if first != number:
                faults.append(Fault(f"line {number}", f"is named twice: line {first} says the same. Name it once"))
    if faults:
        raise InvalidInputError("Nothing was done.", faults)
    return list(found)


@measures.command("recommend")
def recommend_comment(
    comment: Annotated[str, typer.Argument(help="The platform's id of the comment.")],
    by: By,
    ground: Ground,
    reason_zh: Zh = "",
    reason_en: En = "",
    as_json: AsJson = False,
) -> None:
    """Note that a comment is recommended, and why; the ground is one of the policy's, under `recommend`."""
    from chaffinch.wiring import taxonomy_of
    from governance import account_measures
    from moderation.policy import load_policies

    settings = load_settings()
    held = load_policies(taxonomy_of(settings), settings.configs / "policies")
    with writing() as unit:
        why = {"zh": reason_zh, "en": reason_en}
        made = account_measures.recommend(
            unit, comment, reason=why, ground=ground, by=by, policies=held, now=datetime.now(UTC)
        )
        unit.commit()
    _tell([made], as_json=as_json)


@measures.command("list")
def list_measures(
    state: Annotated[
        str | None,
        typer.Option(help="waiting, in_force, ended, lifted, refused, replaced or withdrawn; all if not given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measures, the newest first. Accounts are named by `show` alone."""
    from records import measures as stored
    from records.standing_values import MeasureState

    if state is not None and state not in tuple(MeasureState):
        raise ChaffinchError(f"There is no state '{state}': {', '.join(MeasureState)}.")
    states = tuple(MeasureState) if state is None else (MeasureState(state),)
    with reading() as look:
        found = all_of(lambda cursor: stored.page(look, states=states, limit=200, cursor=cursor))
    rows = [_row(each) if as_json else _cells(each) for each in found]
    show(rows, as_json, "No measure: chaffinch measures take AUTHOR")


@measures.command("show")
def show_measure(
    measure_id: Annotated[str, typer.Argument(help="As `measures list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """One measure with whom it is about and what the person may be told."""
    from governance import causes
    from governance.account_notices import notice
    from governance.appeal_times import redress_for
    from records import authors, comments
    from records import measures as stored

    with _at_work(None) as (unit, keyring, _):
        made = stored.get(unit, measure_id)
        target = made.thread_id
        if made.author_id:
            target = authors.pseudonym_left(unit, keyring, made.author_id)
        elif made.comment_id:
            target = comments.get(unit, made.comment_id).external_id
        cause = causes.of(unit, made)
        told = _row(made) | {
            "target": target,
            "cause": cause and causes.document(cause),
            "notice": notice(made, redress_for(unit, made), cause),
        }
    trace(("measure", made.id))
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        typer.echo(f"{name}: {value}")


@measures.command()
def lift(
    measure_id: Annotated[str, typer.Argument(help="As `measures list` shows it.")],
    by: By,
    why: Annotated[str, typer.Option(help="Why it is taken back.")],
    as_json: AsJson = False,
) -> None:
    """Take a measure back; what it closed is open again. One that waits goes with its question, for who asked.

    What two people agreed on is lifted once a second person agrees to that as well.
    """
    from governance import account_measures

    keyring = keyring_at_hand()
    with writing() as unit:
        made = account_measures.lift(unit, measure_id, why=why, by=by, keyring=keyring, now=datetime.now(UTC))
        asked = account_measures.lifting_asked(unit, made)
        unit.commit()
    _tell([made], as_json=as_json, asked=asked)


@credit.command("show")
def show_credit(
    author: Annotated[str, typer.Argument(help="The platform's pseudonym of the author.")],
    policy: PolicyName = "cn",
    as_json: AsJson = False,
) -> None:
    """An account's credit: what counted, the level, what it closes, and what would help."""
    from governance import credit as governing
    from records import authors

    with _at_work(policy) as (unit, keyring, chosen):
        if chosen.credit is None:
            raise ChaffinchError(f"The policy '{policy}' keeps no credit: name one that has [credit].")
        author_id = authors.id_of(unit, keyring, author)
        told = governing.document(governing.explain(unit, author_id, chosen.credit, now=datetime.now(UTC)))
    if author_id is not None:
        trace(("account", author_id))
    if as_json:
        print_json(told)
        return
    typer.echo(f"{told['score']:.2f}, {told['title']['en']} ({told['title']['zh']})")
    for each in told["counted"]:
        typer.echo(f"  {each['message']['en']}: {each['count']} times, {each['weight']:+.3f}")
    typer.echo(told["helps"]["en"])


@credit.command()
def simulate(
    policy: PolicyName = "cn",
    accounts: Annotated[int, typer.Option(min=10, max=100_000, help="Accounts of each kind.")] = 1000,
    days: Annotated[int, typer.Option(min=7, max=3650)] = 180,
    seed: Annotated[int, typer.Option()] = 1,
    as_json: AsJson = False,
) -> None:
    """Who falls under these rules: made-up accounts, ordinary ones, ones with a mistake, spammers. Exit 3 if unfair."""
    from dataclasses import asdict

    from moderation.credit_trial import try_out, unfair

    chosen = _policy(policy)
    if chosen.credit is None:
        raise ChaffinchError(f"The policy '{policy}' keeps no credit: name one that has [credit].")
    tried = try_out(chosen.credit, accounts=accounts, days=days, seed=seed)
    show([asdict(each) for each in tried], as_json, "")
    if wrong := unfair(tried):
        raise GateRefusedError("; ".join(wrong))


def _policies() -> dict[str, Policy]:
    from chaffinch.wiring import taxonomy_of
    from moderation.policy import load_policies

    settings = load_settings()
    return load_policies(taxonomy_of(settings), settings.configs / "policies")


def _policy(name: str | None) -> Policy:
    policies, name = _policies(), name or load_settings().policy
    if name not in policies:
        raise ChaffinchError(f"There is no policy '{name}': {', '.join(sorted(policies))}.")
    return policies[name]


@contextmanager
def _at_work(policy: str | None) -> Iterator[tuple[Unit, Keyring, Policy]]:
    """A unit of work in the name of whoever types, the keys of pseudonyms, and the policy; the caller commits.

    Without a policy it is the house's.
    Raises `ConfigError` where a key is lost: nothing is guessed then.
    """
    from chaffinch.os_user import os_user
    from chaffinch.wiring import key_folder, open_database
    from records.personal import open_keyring

    chosen, settings = _policy(policy), load_settings()
    database = open_database(settings)
    try:
        keyring = open_keyring(database, key_folder(settings), now=datetime.now(UTC))
        with database.unit(os_user=os_user()) as unit:
            yield unit, keyring, chosen
    finally:
        database.close()


def _wish(  # noqa: PLR0913, PLR0917 - as the options are
    kind: Kind,
    target: str,
    ground: str,
    measure: Measure | None,
    days: float | None,
    closes: list[Function] | None,
    per_hour: int | None,
    reason_zh: str,
    reason_en: str,
    cause: str | None,
) -> Wish:
    from governance.measure_wishes import Wish
    from records.standing_values import TargetKind

    return Wish(
        TargetKind(kind.value),
        target,
        {"zh": reason_zh, "en": reason_en},
        ground,
        measure.value if measure else None,
        days,
        tuple(closes or ()),
        per_hour,
        cause,
    )


def _tell(made: list[MeasureRecord], *, as_json: bool, asked: str | None = None) -> None:
    """`asked`: the question whether it is lifted."""
    if as_json:
        more = {} if asked is None else {"lift_approval_id": asked}
        show([_row(each) | more for each in made], as_json, "")
        return
    for each in made:
        until = f" until {moment(each.ends_at)}" if each.ends_at else ""
        typer.echo(f"{each.id}: {each.measure}, {each.state}{until}")
    if asked is not None:
        typer.echo(f"Two people agreed on it, and it holds until a second person lifts it {to_answer(asked)}.")
    elif made and made[0].approval_id and made[0].starts_at is None:
        typer.echo(f"A second person answers {to_answer(made[0].approval_id)}.")


def _cells(made: MeasureRecord) -> dict[str, Any]:
    row = _row(made)
    shown = ("id", "measure", "target_kind", "state", "by", "ends_at")
    return {name: row[name] for name in shown} | {"reason": made.reason_zh[:SHOWN]}


def _row(made: MeasureRecord) -> dict[str, Any]:
    return {
        "id": made.id,
        "measure": made.measure,
        "target_kind": made.target_kind.value,
        "state": made.state.value,
        "days": made.days,
        "closes": [each.value for each in made.closes],
        "per_hour": made.per_hour,
        "reason": made.reason,
        "ground": made.ground,
        "by": made.asked_by,
        "replaces": made.replaces,
        "role": made.role,
        "approval_id": made.approval_id,
        "created_at": moment(made.created_at),
        "ends_at": moment(made.ends_at),
        "ended_at": moment(made.ended_at),
        "ended_why": made.ended_why,
    }
