"""The composition root: from settings to engines and databases. `service.py` goes on from here to the whole service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chaffinch.settings import Settings
from moderation.effective_rules import NONE_STORED, StoredRules, load_effective, refusal
from moderation.errors import ChaffinchError, ConfigError, Fault
from moderation.lists import NO_LISTS
from moderation.pack_files import PackFiles, Packs, place_of
from moderation.pipeline import Engine
from moderation.policy import Policy, TwoPeople, load_policies
from moderation.rules import RuleSet
from moderation.taxonomy import Taxonomy, load_taxonomy
from registry.scorers import load_model

if TYPE_CHECKING:
    from records.database import Database
    from records.house_queues import HouseQueues
    from records.personal import Keyring
    from records.unit_of_work import Reading
    from serving.stored import StoredParts

KEYS = "keys"
"""The folder under the home with the keys of pseudonyms and of the console's cookies."""


def today() -> date:
    """The day by UTC: rules expire by it."""
    return datetime.now(UTC).date()


def taxonomy_of(settings: Settings) -> Taxonomy:
    """The labels. Raises `ConfigError` with every fault."""
    return load_taxonomy(settings.configs / "taxonomy.toml")


def load_engine(settings: Settings, *, model: str | None = None) -> Engine:
    """One engine that does not change, for a command: it decides as a server here would.

    Raises where any part of it cannot be used.
    """
    taxonomy = taxonomy_of(settings)
    with stored_parts(settings) as stored:
        return Engine(
            taxonomy=taxonomy,
            rules=_effective(settings, taxonomy, stored),
            policies=load_policies(taxonomy, folder=settings.configs / "policies"),
            scorer=load_model(model or settings.model, taxonomy, home=settings.home),
            lists=stored.lists() if stored else NO_LISTS,
        )


def rules_of(settings: Settings, *, drafts: bool = False) -> RuleSet:
    """The rules of packs and database; with `drafts` the newest of each. Raises `ConfigError` with every fault."""
    with stored_parts(settings) as stored:
        return _effective(settings, taxonomy_of(settings), stored, drafts=drafts)


def stored_of(settings: Settings) -> StoredRules:
    """What the database holds of rules; nothing where none was ever made."""
    with stored_parts(settings) as stored:
        return stored.rules() if stored else NONE_STORED


def _effective(settings: Settings, taxonomy: Taxonomy, stored: StoredParts | None, *, drafts: bool = False) -> RuleSet:
    held, packs = (stored.rules(), _packs(settings, stored)) if stored else (NONE_STORED, settings.configs / "rules")
    return load_effective(taxonomy, today=today(), folder=packs, stored=held, drafts=drafts)


def packs_meant(settings: Settings) -> Packs:
    """Those by which a server started here would decide; the folder where no database was made."""
    with stored_parts(settings) as stored:
        return _packs(settings, stored) if stored else settings.configs / "rules"


def _packs(settings: Settings, stored: StoredParts) -> Packs:
    """Those by which a server started here would decide: what lies here and has a mistake comes into force nowhere."""
    from governance import rule_packs

    policies = tuple(_policies(settings, taxonomy_of(settings)))
    asks_two = not policies or any(each.two_people.rules for each in policies)
    held = stored.rules()
    with stored.database.reading() as look:
        folder, place = settings.configs / "rules", place_of(settings.configs)

        def is_usable(found: PackFiles) -> bool:
            faults = refusal(taxonomy_of(settings), today=today(), folder=found, stored=held)
            return not faults and not rule_packs.ground_mistakes(look.queues.redress, found)

        return rule_packs.meant(look, folder, place=place, asks_two=asks_two, today=today(), is_usable=is_usable)


def packs_in_force(settings: Settings) -> Packs:
    """Those by which servers decide now; the folder where no server took one up."""
    from governance import rule_packs

    with reading_if_made(settings) as look:
        folder = settings.configs / "rules"
        return rule_packs.running(look, folder) if look else folder


@contextmanager
def stored_parts(settings: Settings) -> Iterator[StoredParts | None]:
    """What the database holds of an engine; None where none was ever made, since a command that reads makes none.

    Raises `ConfigError`, `PartUnavailableError`.
    """
    if not are_here(settings):
        yield None
        return
    from records.personal import open_keyring
    from serving.stored import StoredParts

    with closing(open_database(settings)) as database:

        def keyring() -> Keyring:
            return open_keyring(database, key_folder(settings), now=datetime.now(UTC))

        yield StoredParts(database, keyring, lambda: datetime.now(UTC))


@contextmanager
def reading_if_made(settings: Settings) -> Iterator[Reading | None]:
    """A look at the records; None where none were ever made. Raises `ConfigError`, `PartUnavailableError`."""
    if not are_here(settings):
        yield None
        return
    with closing(open_database(settings)) as database, database.reading() as look:
        yield look


@contextmanager
def standing(settings: Settings) -> Iterator[Database | None]:
    """The records as they are, for who only looks; None where there are none: no file and no table is made or changed.

    Raises `ConfigError`, and `PartUnavailableError` where the tables are not those of this program.
    """
    if _holds_nothing(settings):
        yield None
        return
    with closing(_database(settings)) as database:
        if database.is_bare():
            yield None
            return
        database.check()
        yield database


def were_made(settings: Settings) -> bool:
    """Whether there are records to look at; of a server that is asked, the server tells."""
    file = settings.records_url.removeprefix("sqlite:///")
    return file == settings.records_url or Path(file).is_file()


def are_here(settings: Settings) -> bool:
    """The same; raises `ConfigError` where there are none and the keys of this home signed a ledger."""
    made = were_made(settings)
    if not made and _have_signed(settings):
        _refuse(settings)
    return made


def _have_signed(settings: Settings) -> bool:
    return any(key_folder(settings).glob("ledger-*.pub"))


def _refuse(settings: Settings) -> None:
    from records import signing_keys  # SQLAlchemy: half a second that scoring a file does not need

    signing_keys.check_unused(key_folder(settings))


def _holds_nothing(settings: Settings) -> bool:
    """Whether there is no file of SQLite's, or an empty one: to open that makes it a database."""
    file = settings.records_url.removeprefix("sqlite:///")
    return file != settings.records_url and (not Path(file).is_file() or not Path(file).stat().st_size)


def open_database(settings: Settings, *, moved_too: bool = False) -> Database:
    """The records, their tables brought up to date. Raises `ConfigError` or `PartUnavailableError`.

    Records that were copied to another database are refused, unless `moved_too`: what is told to them is lost there.

    Only the home is made where it is not there: an empty database at a mistyped path would have no keys, and be open.
    None is made, and none without a ledger is opened, beside keys that signed one: what is asked stands elsewhere.
    """
    file = settings.database_url.removeprefix("sqlite:///")
    if file != settings.database_url and not Path(file).parent.is_dir():
        detail = f"the folder {Path(file).parent} does not exist; make it, or correct CHAFFINCH_DATABASE_URL"
        raise ConfigError("The database cannot be opened.", [Fault("CHAFFINCH_DATABASE_URL", detail)])
    database = _database(settings)
    try:
        _bring_up_to_date(settings, database)
        if not moved_too:
            _check_here(database)
    except ChaffinchError:
        database.close()
        raise
    return database


def _bring_up_to_date(settings: Settings, database: Database) -> None:
    """Makes no tables beside keys that signed a ledger, and takes none for theirs that know no key of a ledger."""
    from records import signing_keys

    have_signed = _have_signed(settings)
    if have_signed and (_holds_nothing(settings) or database.is_bare()):
        _refuse(settings)
    database.migrate()
    if not have_signed:
        return
    with database.reading() as look:
        is_theirs = signing_keys.newest(look) is not None
    if not is_theirs:
        _refuse(settings)


def _check_here(database: Database) -> None:
    from records import moved_away

    with database.reading() as look:
        moved_away.check(look)


def _database(settings: Settings) -> Database:
    from records.database import Database  # SQLAlchemy: half a second that scoring a file does not need
    from records.marks import Marks

    marks = Marks(key_folder(settings))
    return Database(settings.records_url, queues=lambda: house_queues(settings), marks=marks)


def house_queues(settings: Settings) -> HouseQueues:
    """What the queues of this house promise and need. Raises `ConfigError` with every fault."""
    from governance.complaint_rules import load_complaint_rules
    from governance.grounds import check_declared
    from governance.notices import load_notices, redress
    from governance.queue_rules import load_queue_rules

    taxonomy = taxonomy_of(settings)
    rules, public = load_queue_rules(settings.configs, taxonomy), load_complaint_rules(settings.configs)
    policies = tuple(_policies(settings, taxonomy))
    told = redress(public, load_notices(settings.configs, taxonomy), taxonomy, policies, house=settings.policy)
    check_declared(told)
    standing = next((each.two_people for each in policies if each.name == settings.policy), TwoPeople())
    house = rules.house(public, told)
    return replace(house, one_hand=standing.one_hand, open_questions=standing.open_questions)


def _policies(settings: Settings, taxonomy: Taxonomy) -> Iterable[Policy]:
    """Every policy; none where they cannot be read, which whoever decides by them is told."""
    try:
        return load_policies(taxonomy, settings.configs / "policies").values()
    except ConfigError:
        return ()


def key_folder(settings: Settings) -> Path:
    """Where this installation's secrets are."""
    return settings.home / KEYS
