"""Fixtures of the review room."""

from tests.records.databases import database, keyring, keyring_of_postgres, keyring_of_sqlite, postgres, sqlite

__all__ = ["database", "keyring", "keyring_of_postgres", "keyring_of_sqlite", "postgres", "sqlite"]
