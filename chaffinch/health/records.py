"""The database, who may log in or ask, the ledger, the keys that open what is stored, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chaffinch.health.finding import ABSENT, BROKEN, OK, OPEN, Finding
from chaffinch.health.looking import looked, opened
from chaffinch.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from records.unit_of_work import Reading
    from records.worker_chores import ChoreRecord

SEALED_WITHIN = 60
"""Seconds after which entries that nobody sealed are told."""
WORKS_WITHIN = timedelta(minutes=3)
"""A worker tells once a minute what it did."""
CATCHES_UP = "search_caught_up"
"""The chore that takes comments into the index of words."""
FAILS_LONG = timedelta(hours=1)
"""For so long an endpoint of webhooks may take nothing: receivers are deployed too."""


def database(settings: Settings) -> Finding:
    """Whether the records can be opened, have the tables of this version, and refuse what those refuse."""
    from chaffinch.verifying import keys_alone
    from records import guards, moved_away

    with opened(settings) as database:
        if database is None and (gone := list(keys_alone(settings, "there is no database"))):
            return Finding("database", BROKEN, gone[0].sentence, "restore the database from a backup")
        if database is None:
            return Finding("database", ABSENT, "none yet", "run chaffinch serve: it makes the tables")
        database.check()
        with database.reading() as look:
            moved, odd = moved_away.found(look), guards.faults(look)
        if moved:
            return Finding("database", BROKEN, f"{database.address}: {moved.sentence}", "set CHAFFINCH_DATABASE_URL")
        if odd:
            todo = "chaffinch audit verify; then make the tables whole from a backup"
            return Finding("database", BROKEN, f"{database.address}: {' '.join(each.sentence for each in odd)}", todo)
        return Finding("database", OK, database.address)


def accounts(settings: Settings) -> Finding:
    """Whether anybody can log in."""
    from records import users

    def look(reading: Reading) -> Finding:
        able = [user for user in users.page(reading).items if user.disabled_at is None]
        if not able:
            return Finding("accounts", ABSENT, "nobody can log in", "chaffinch users create NAME --role moderator")
        return Finding("accounts", OK, f"{len(able)} can log in to the console")

    return looked(settings, "accounts", look)


def keys(settings: Settings) -> Finding:
    """Whether the API asks for a key."""
    from records import keys

    def look(reading: Reading) -> Finding:
        if not keys.any_exist(reading):
            return Finding("keys", ABSENT, "no key: the API is open, on loopback only", "chaffinch keys create NAME")
        return Finding("keys", OK, "the API asks for a key")

    return looked(settings, "keys", look)


def ledger(settings: Settings) -> Finding:
    """Whether the key that seals is here and the right one, and whether somebody seals."""
    from chaffinch.wiring import key_folder
    from governance import moves
    from records import ledger_keys, sealing
    from records.marks import Marks, strange, waiting_without
    from registry.promotion import moves as history_of

    def look(reading: Reading) -> Finding:
        ledger_keys.check(reading, key_folder(settings))
        last, waits = sealing.newest(reading), sealing.oldest_waiting(reading)
        sealed = "nothing is sealed yet" if last is None else f"{last.size} entries are sealed"
        if waits is not None and (datetime.now(UTC) - waits).total_seconds() > SEALED_WITHIN:
            if strangers := waiting_without(reading, Marks(key_folder(settings))):
                return Finding("ledger", BROKEN, f"{sealed}. {strange(list(strangers))}", "chaffinch audit verify")
            seen = f"{sealed}, and entries wait since {waits.isoformat(timespec='seconds')}"
            return Finding("ledger", ABSENT, seen, "run chaffinch serve, or chaffinch worker: they seal")
        if lacking := moves.untold(reading, history_of(settings.registry_root)):
            todo = "run chaffinch serve, or chaffinch worker: they write them"
            return Finding("ledger", BROKEN, f"{sealed}. {moves.sentence(lacking)}", todo)
        return Finding("ledger", OK, sealed)

    return looked(settings, "ledger", look)


def search(settings: Settings) -> Finding:
    """Whether comments are found by their words: all that the index holds."""
    from records import search, search_whole, worker_chores

    def look(reading: Reading) -> Finding:
        if wrong := search_whole.fault(reading):
            seen = f"the index of words is damaged, and some comments are not found: {wrong}"
            return Finding("search", BROKEN, seen, "chaffinch search rebuild")
        seen = f"all {search.entries(reading)} comments of the index are found by their words"
        if waiting := search.waiting(reading):
            return Finding("search", *_of_waiting(waiting, seen, worker_chores.every(reading)))
        return Finding("search", OK, f"{seen}, and none waits")

    return looked(settings, "search", look)


def _of_waiting(waiting: int, seen: str, chores: Sequence[ChoreRecord]) -> tuple[str, str, str]:
    """State, what was seen and what to do, where comments are not in the index yet."""
    told = f"{seen}, and {waiting} more wait for the worker: until then nobody finds those"
    if any(each.chore == CATCHES_UP and each.failing_since for each in chores):
        return BROKEN, told, "the line of the worker says since when it fails"
    return OPEN, told, "run chaffinch serve, or chaffinch worker: they take them in"


def worker(settings: Settings) -> Finding:
    """Whether what happens later happens: every chore of the workers is done by one of them."""
    from records import worker_chores

    def look(reading: Reading) -> Finding:
        known = worker_chores.every(reading)
        if failing := worker_chores.failing(known):
            todo = "the worker's log says where: chore_failed; it is tried again every five minutes"
            return Finding("worker", BROKEN, "; ".join(map(worker_chores.sentence, failing)), todo)
        last = max((each.tried_at for each in known), default=None)
        if last is None or datetime.now(UTC) - last > WORKS_WITHIN:
            seen = "none has worked yet" if last is None else f"none has worked since {last:%Y-%m-%d %H:%M} UTC"
            return Finding("worker", ABSENT, seen, "run chaffinch serve, or chaffinch worker")
        return Finding("worker", OK, f"{len(known)} chores are done, and none fails")

    return looked(settings, "worker", look)


def pseudonyms(settings: Settings) -> Finding:
    """Whether the keys that stored pseudonyms were made with are here: without them nobody is found and nothing new."""
    from chaffinch.wiring import key_folder
    from records import personal

    def look(reading: Reading) -> Finding:
        keys = personal.check(reading, key_folder(settings))
        if not keys:
            return Finding("pseudonyms", ABSENT, "no key yet", "run chaffinch serve: it makes the first one")
        return Finding("pseudonyms", OK, f"every key of {keys} is here, and the newest pseudonym opens")

    return looked(settings, "pseudonyms", look)


def webhooks(settings: Settings) -> Finding:
    """Whether who is to be told takes it, and every secret can be opened."""
    from chaffinch.wiring import key_folder
    from governance.webhooks import origin
    from records import webhooks
    from records.personal import open_keyring

    now = datetime.now(UTC)
    with opened(settings) as database:
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
