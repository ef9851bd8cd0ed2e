"""Fixtures of the records room."""

from tests.records.databases import (
    database,
    empty_url,
    keyring,
    keyring_of_postgres,
    keyring_of_sqlite,
    postgres,
    sqlite,
)

__all__ = ["database", "empty_url", "keyring", "keyring_of_postgres", "keyring_of_sqlite", "postgres", "sqlite"]
