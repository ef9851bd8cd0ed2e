"""Fixtures of the governance room: both databases."""

from tests.records.databases import database, keyring, keyring_of_postgres, keyring_of_sqlite, postgres, sqlite

__all__ = ["database", "keyring", "keyring_of_postgres", "keyring_of_sqlite", "postgres", "sqlite"]
