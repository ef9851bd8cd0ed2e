"""The composition root: from settings to engines and databases. `service.py` goes on from here to the whole service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chaffinch.settings import Settings
from moderation.errors import ConfigError, Fault
from moderation.pipeline import Engine
from moderation.policy import load_policies
from moderation.rule_packs import load_rules
from moderation.taxonomy import Taxonomy, load_taxonomy
from registry.scorers import load_model

if TYPE_CHECKING:
    from records.database import Database

KEYS = "keys"
"""The folder under the home with the keys of pseudonyms and of the console's cookies."""


def today() -> date:
    """The day by UTC: rules expire by it."""
    return datetime.now(UTC).date()


def taxonomy_of(settings: Settings) -> Taxonomy:
    """The labels. Raises `ConfigError` with every fault."""
    return load_taxonomy(settings.configs / "taxonomy.toml")


def load_engine(settings: Settings, *, model: str | None = None) -> Engine:
    """One engine that does not change, for a command. Raises where any part of it cannot be used."""
    taxonomy = taxonomy_of(settings)
    return Engine(
        taxonomy=taxonomy,
        rules=load_rules(taxonomy, today=today(), folder=settings.configs / "rules"),
        policies=load_policies(taxonomy, folder=settings.configs / "policies"),
        scorer=load_model(model or settings.model, taxonomy, home=settings.home),
    )


def open_database(settings: Settings) -> Database:
    """The records, their tables brought up to date. Raises `ConfigError` or `PartUnavailableError`.

    Only the home is made where it is not there: an empty database at a mistyped path would have no keys, and be open.
    """
    from records.database import Database  # SQLAlchemy: half a second that scoring a file does not need

    file = settings.database_url.removeprefix("sqlite:///")
    if file != settings.database_url and not Path(file).parent.is_dir():
        detail = f"the folder {Path(file).parent} does not exist; make it, or correct CHAFFINCH_DATABASE_URL"
        raise ConfigError("The database cannot be opened.", [Fault("CHAFFINCH_DATABASE_URL", detail)])
    database = Database(settings.records_url)
    database.migrate()
    return database


def key_folder(settings: Settings) -> Path:
    """Where this installation's secrets are."""
    return settings.home / KEYS
