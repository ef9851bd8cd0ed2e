"""What the database holds of an engine's parts: rules beside the packs, and lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from moderation.effective_rules import StoredRules
from moderation.lists import ATTACHMENT, DOMAIN, NO_LISTS, Lists
from records import lists, rules
from records.database import Database
from records.personal import Keyring

PLAIN = (DOMAIN, ATTACHMENT)
"""Kinds whose entries are no hashes of what they are about."""


@dataclass(frozen=True, slots=True)
class StoredParts:
    """Read anew for each reload, and the keys with them: they may have been rotated since the process started."""

    database: Database
    keyring: Callable[[], Keyring]
    now: Callable[[], datetime]

    def rules(self) -> StoredRules:
        """The rules that hold. Raises `PartUnavailableError`."""
        with self.database.reading() as look:
            return rules.stored(look)

    def lists(self) -> Lists:
        """The entries that hold. Raises `PartUnavailableError`, and `ConfigError` where a key is missing."""
        with self.database.reading() as look:
            entries = lists.holding(look, now=self.now())
        if all(entry.kind in PLAIN for entry in entries):
            return Lists(entries, hashed=lambda _kind, _value: ()) if entries else NO_LISTS
        return Lists(entries, hashed=self.keyring().indexes)
