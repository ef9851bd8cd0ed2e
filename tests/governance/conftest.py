"""Fixtures of the governance room: both databases."""

from tests.records.databases import database, keyring, postgres, sqlite

__all__ = ["database", "keyring", "postgres", "sqlite"]
