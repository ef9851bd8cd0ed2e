"""`chaffinch keys` for programs and `chaffinch users` for people: who may use this installation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from chaffinch.commands.passwords import new_password
from chaffinch.commands.shared import AsJson, all_of, moment, reading, show, writing
from chaffinch.os_user import os_user
from chaffinch.settings import load_settings
from moderation.errors import ConfigError, ConflictError, Fault, InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from governance.skills import Given
    from records.house_values import KeyRecord, UserRecord
    from records.unit_of_work import Reading


class Scope(StrEnum):
    """What a key may be good for."""

    SCORE = "score"
    FEEDBACK = "feedback"
    RECORDS = "records"
    INSPECT = "inspect"
    ADMIN = "admin"


class Role(StrEnum):
    """What a person is here for."""

    MODERATOR = "moderator"
    SENIOR = "senior"
    LEAD = "lead"
    DATA_SCIENTIST = "data_scientist"
    INSPECTOR = "inspector"
    ADMIN = "admin"


class Locale(StrEnum):
    """The languages of the pages."""

    ZH = "zh"
    EN = "en"


Rate = Annotated[float | None, typer.Option(help="Comments a second it may send; without it, as CHAFFINCH_RATE says.")]

Language = Annotated[list[str] | None, typer.Option(help="ISO 639-1; several times. Without it: all.")]
Label = Annotated[list[str] | None, typer.Option(help="A label; several times. Without it: all.")]
Special = Annotated[
    list[str] | None, typer.Option(help="A special training of configs/queues.toml; several times. Without it: none.")
]

Name = Annotated[str, typer.Argument(help="The name to log in with.")]

BY_TERMINAL = "os:"
"""Stands before a user of the operating system, who is nobody of the house: the ledger tells the two apart."""

keys = typer.Typer(no_args_is_help=True, help="API keys of programs.")
users = typer.Typer(no_args_is_help=True, help="People who log in to the console.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(keys, name="keys")
    app.add_typer(users, name="users")


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="May be given several times.")] = None,
    rate: Rate = None,
    policy: Annotated[
        str | None, typer.Option(help="The one policy that judges what it asks; without, any, as requests name it.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who makes it; without, the user of the operating system.")] = None,
    why: Annotated[str | None, typer.Option(help="What for; it stands in the ledger.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it once; without --scope for scoring and feedback."""
    from governance import access
    from governance.access import Made

    scopes = scope or [Scope.SCORE, Scope.FEEDBACK]
    with writing() as unit:
        record, key = access.create_key(
            unit,
            name,
            scopes=[each.value for each in scopes],
            rate=_checked_rate(rate),
            policy=_checked_policy(policy),
            now=datetime.now(UTC),
            made=Made(by, why),
        )
        unit.commit()
    if as_json:
        typer.echo(json.dumps({"key": key, **_key_row(record)}))
        return
    typer.echo(key)
    Console(stderr=True).print(f"For {escape(name)}: {', '.join(record.scopes)}. It is not shown again; keep it safe.")


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Every key without its secret, revoked ones too."""
    from records import keys as repository

    with reading() as look:
        found = all_of(lambda cursor: repository.page(look, limit=200, cursor=cursor))
    show([_key_row(record) for record in found], as_json, "No key was ever created: chaffinch keys create NAME")


@keys.command("revoke")
def revoke_key(prefix: Annotated[str, typer.Argument(help="The part after ck_, as `keys list` shows it.")]) -> None:
    """End a key; servers refuse it within a second."""
    from governance import access

    with writing() as unit:
        record = access.revoke_key(unit, _prefix_of(prefix), now=datetime.now(UTC))
        unit.commit()
    typer.echo(f"ck_{record.prefix}_... ({record.name}) is no longer valid.")


@keys.command("limit")
def limit_key(
    prefix: Annotated[str, typer.Argument(help="The part after ck_, as `keys list` shows it.")],
    rate: Rate = None,
) -> None:
    """Change how many comments a second a key may send; servers follow within a second."""
    from governance import access

    with writing() as unit:
        record = access.limit_key(unit, _prefix_of(prefix), _checked_rate(rate), now=datetime.now(UTC))
        unit.commit()
    told = "as many comments as CHAFFINCH_RATE says" if rate is None else f"{rate:g} comments a second"
    typer.echo(f"ck_{record.prefix}_... ({record.name}) may send {told}.")


@keys.command("policy")
def bind_key(
    prefix: Annotated[str, typer.Argument(help="The part after ck_, as `keys list` shows it.")],
    policy: Annotated[str | None, typer.Argument(help="A name under configs/policies; without it any.")] = None,
) -> None:
    """Bind a key to one policy: a request that names another is refused, one that names none gets it."""
    from governance import access

    with writing() as unit:
        record = access.bind_key(unit, _prefix_of(prefix), _checked_policy(policy), now=datetime.now(UTC))
        unit.commit()
    told = "any policy, as its requests name it" if policy is None else f"the policy {policy}, and no other"
    typer.echo(f"ck_{record.prefix}_... ({record.name}) is for {told}.")


@keys.command("skills")
def set_key_skills(
    prefix: Annotated[str, typer.Argument(help="The part after ck_, as `keys list` shows it.")],
    language: Language = None,
    label: Label = None,
    skill: Special = None,
) -> None:
    """Say which cases a program that claims with this key is given; as `users skills` for a person."""
    from governance import skills

    given = _given(language, label, skill)
    with writing() as unit:
        key = skills.of_key(unit, _prefix_of(prefix), given, now=datetime.now(UTC))
        unit.commit()
    typer.echo(_told(f"ck_{key.prefix}_... ({key.name})", key))


@users.command("create")
def create_user(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    role: Annotated[Role, typer.Option(help="What the person is here for.")] = Role.MODERATOR,
    display_name: Annotated[str | None, typer.Option(help="As shown to colleagues.")] = None,
    locale: Annotated[Locale, typer.Option(help="The language of the pages.")] = Locale.ZH,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Let a person log in. The password is asked for, never taken from the command line."""
    from console.passwords import hash_password
    from governance.accounts import NewAccount, checked_name, create
    from records.users import active as users_of

    _check_free(checked_name(name))
    hashed = hash_password(new_password(from_stdin=password_stdin))
    account = NewAccount(name, hashed, role.value, display_name, locale.value)
    with writing() as unit:
        record = create(unit, account, by=BY_TERMINAL + os_user(), now=datetime.now(UTC))
        has_admin = bool(users_of(unit, [Role.ADMIN.value]))
        unit.commit()
    typer.echo(f"{record.name} may log in as {record.role}: /console/ of the running server.")
    if not _is_one_hand_let():
        Console(stderr=True).print(escape(_in_one_hand(record, has_admin=has_admin)), soft_wrap=True)


def _is_one_hand_let() -> bool:
    """Whether this house lets one hand hold several accounts; a config with a fault keeps nobody from making one."""
    try:
        with reading() as look:
            return look.queues.one_hand
    except ConfigError:
        return False


def _in_one_hand(made: UserRecord, *, has_admin: bool) -> str:
    """What whoever sets a house up by this command alone would find out when a second person is asked."""
    who = os_user()
    told = (
        f"It was made at {who}'s account of this machine: with all others that {who} makes here it is one person where "
        "two are asked (a rule that blocks, a verdict over many, a second look, closing an account). It becomes "
        f"another person's once an administrator invites its owner (chaffinch users invite {made.name} --by ADMIN, or "
        "in the console under Accounts) and somebody vouches for it (chaffinch users vouch)."
    )
    return told if has_admin else f"{told} There is no administrator yet: chaffinch users create NAME --role admin."


@users.command("train")
def train_user(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    done: Annotated[bool, typer.Option("--done", help="Back to live queues, whatever their answers were.")] = False,
) -> None:
    """Put a person in training: lessons with their answers, without effect, until a lead promotes them."""
    from review.lessons import set_training

    with writing() as unit:
        user = set_training(unit, _user(unit, name).id, trainee=not done, now=datetime.now(UTC))
        unit.commit()
    typer.echo(f"{user.name} {'decides live cases' if done else 'answers lessons alone from now on'}.")


@users.command("skills")
def set_skills(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    language: Language = None,
    label: Label = None,
    skill: Special = None,
) -> None:
    """Say which cases a person is given: in these languages, about these labels, and that need these trainings."""
    from governance import skills

    given = _given(language, label, skill)
    with writing() as unit:
        by = BY_TERMINAL + os_user()
        user = skills.of_person(unit, _user(unit, name).id, given, by=by, now=datetime.now(UTC))
        unit.commit()
    typer.echo(_told(user.name, user))


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """Everybody who can or could log in."""
    from records import users as repository

    with reading() as look:
        found = all_of(lambda cursor: repository.page(look, limit=200, cursor=cursor))
    show([_user_row(record) for record in found], as_json, "Nobody yet: chaffinch users create NAME --role admin")


@users.command("disable")
def disable_user(name: Name) -> None:
    """End a person's access and every session of theirs."""
    from governance.accounts import disable

    with writing() as unit:
        record = disable(unit, _user(unit, name).id, by=BY_TERMINAL + os_user(), now=datetime.now(UTC))
        unit.commit()
    typer.echo(f"{record.name} may no longer log in.")


@users.command("enable")
def enable_user(name: Name) -> None:
    """Let a person in again who was disabled, with the password of before."""
    from governance.accounts import enable

    with writing() as unit:
        record = enable(unit, _user(unit, name).id, by=BY_TERMINAL + os_user(), now=datetime.now(UTC))
        unit.commit()
    typer.echo(f"{record.name} may log in again.")


@users.command("password")
def set_password(
    name: Name,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Give a person another password and end every session of theirs. It is asked for, never taken as an argument."""
    from console.passwords import hash_password
    from governance import accounts

    with reading() as look:
        user_id = _user(look, name).id
    hashed = hash_password(new_password(from_stdin=password_stdin))
    with writing() as unit:
        record = accounts.set_password(unit, user_id, hashed, by=BY_TERMINAL + os_user(), now=datetime.now(UTC))
        unit.commit()
    typer.echo(f"The password of {record.name} was set; every session of theirs was ended.")


By = Annotated[str, typer.Option("--by", help="Whose word it is; their password is asked for.")]
TheirPassword = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password of whoever is named by --by from standard input.")
]


@users.command("invite")
def invite(
    name: Name,
    by: By,
    password_stdin: TheirPassword = False,
    address: Annotated[str, typer.Option(help="Where people reach the server, such as https://comments.example.")] = "",
) -> None:
    """Print a link, once, by which a person sets a password of their own; an administrator invites."""
    from chaffinch.commands.passwords import check_who_answers
    from governance import invitations

    check_who_answers(by, from_stdin=password_stdin)
    with writing(proved=by) as unit:
        link = invitations.invite(unit, _user(unit, name).id, by=_user(unit, by).name, now=datetime.now(UTC))
        unit.commit()
    typer.echo(f"{address.rstrip('/')}/console/invitation/{link}")
    told = (
        f"For {name} alone, for {invitations.FOR.days} days, once; it is not shown again. Once they set their "
        f"password, somebody who had no part in their account vouches for it: chaffinch users vouch {name} --by THEM, "
        "or the page Accounts. Where nobody else is, you do, on your own word, which is marked as such."
    )
    Console(stderr=True).print(escape(told), soft_wrap=True)


@users.command("vouch")
def vouch(name: Name, by: By, password_stdin: TheirPassword = False) -> None:
    """Say that an account is another person's, who was invited and set a password of their own."""
    from chaffinch.commands.passwords import check_who_answers
    from governance import hands, vouching

    check_who_answers(by, from_stdin=password_stdin)
    with writing(proved=by) as unit:
        user = vouching.vouch(unit, _user(unit, name).id, by=_user(unit, by).name, now=datetime.now(UTC))
        is_proved = hands.house(unit).is_proved(user.id)
        unit.commit()
    own = (
        "" if is_proved else " It rests on a word of somebody who had it in hand, and is marked so wherever it counts."
    )
    typer.echo(f"{user.name} counts as another person, on the word of {by}.{own}")


@users.command("role")
def set_role(name: Name, role: Annotated[Role, typer.Argument(help="What the person is here for.")]) -> None:
    """Give a person another role and end every session of theirs."""
    from governance import accounts

    with writing() as unit:
        user_id = _user(unit, name).id
        record = accounts.set_role(unit, user_id, role.value, by=BY_TERMINAL + os_user(), now=datetime.now(UTC))
        unit.commit()
    typer.echo(f"{record.name} is {record.role} now; every session of theirs was ended.")


@users.command("logout")
def end_sessions(name: Name) -> None:
    """End every session of a person; they may log in again."""
    from governance import accounts

    with writing() as unit:
        record = accounts.end_sessions(unit, _user(unit, name).id, by=BY_TERMINAL + os_user(), now=datetime.now(UTC))
        unit.commit()
    typer.echo(f"Every session of {record.name} was ended.")


def _user(look: Reading, name: str) -> UserRecord:
    """Raises `NotFoundError`."""
    from records import users as repository

    found = repository.by_name(look, name)
    if found is None:
        raise NotFoundError(f"There is no user called {name}: see chaffinch users list.")
    return found


def _check_free(name: str) -> None:
    """Raises `ConflictError` where somebody has the name: nobody should type a password twice to hear that."""
    from records import users as repository

    with reading() as look:
        taken = repository.by_name(look, name)
    if taken is not None:
        raise ConflictError(f"There is already a user called {taken.name}: see chaffinch users list.")


def _prefix_of(shown: str) -> str:
    return shown.removeprefix("ck_").split("_")[0]


def _checked_rate(rate: float | None) -> float | None:
    """Raises `InvalidInputError` for what is no rate."""
    if rate is not None and not 0 < rate < float("inf"):
        raise InvalidInputError("The rate cannot be used.", [Fault("--rate", "give a number above 0, such as 50")])
    return rate


def _checked_policy(name: str | None) -> str | None:
    """Raises `InvalidInputError` for one that there is not."""
    from chaffinch.wiring import taxonomy_of
    from moderation.policy import load_policies

    if name is None:
        return None
    settings = load_settings()
    known = load_policies(taxonomy_of(settings), settings.configs / "policies")
    if name not in known:
        raise InvalidInputError("The key cannot be bound.", [Fault("--policy", f"one of {', '.join(sorted(known))}")])
    return name


def _key_row(record: KeyRecord) -> dict[str, Any]:
    return {
        "prefix": record.prefix,
        "name": record.name,
        "scopes": list(record.scopes),
        "rate": record.rate,
        "policy": record.policy,
        **_skill_rows(record),
        "created_at": moment(record.created_at),
        "last_used_at": moment(record.last_used_at),
        "revoked_at": moment(record.revoked_at),
    }


def _user_row(record: UserRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "display_name": record.display_name,
        "role": record.role,
        "locale": record.locale,
        **_skill_rows(record),
        "created_at": moment(record.created_at),
        "disabled_at": moment(record.disabled_at),
    }


def _given(language: list[str] | None, label: list[str] | None, skill: list[str] | None) -> Given:
    """Raises `InvalidInputError` with everything that is unknown here."""
    from chaffinch.wiring import taxonomy_of
    from governance.queue_rules import load_queue_rules
    from governance.skills import Given, checked

    settings = load_settings()
    taxonomy = taxonomy_of(settings)
    given = Given(tuple(language or ()), tuple(label or ()), tuple(skill or ()))
    return checked(given, taxonomy, load_queue_rules(settings.configs, taxonomy).skills)


def _told(name: str, who: UserRecord | KeyRecord) -> str:
    trained = f"; special trainings {', '.join(who.skills)}" if who.skills else ""
    return f"{name}: languages {_all_or(who.languages)}; labels {_all_or(who.subjects)}{trained}."


def _skill_rows(who: UserRecord | KeyRecord) -> dict[str, Any]:
    named = {"languages": who.languages, "labels": who.subjects, "skills": who.skills}
    return {name: None if names is None else list(names) for name, names in named.items()}


def _all_or(names: tuple[str, ...] | None) -> str:
    return "all" if names is None else ", ".join(names)
