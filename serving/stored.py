"""What the database holds of an engine's parts: rules beside the packs, and lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from governance import rule_packs as packs
from moderation.effective_rules import StoredRules
from moderation.errors import Fault
from moderation.lists import ATTACHMENT, DOMAIN, NO_LISTS, Lists
from moderation.pack_files import PackFiles
from records import lists, rule_packs, rules
from records.database import Database
from records.personal import Keyring
from records.rule_packs import PackSet

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

    def packs(self) -> PackFiles | None:
        """The packs in force; None before any came into force. Raises `PartUnavailableError`."""
        with self.database.reading() as look:
            return rule_packs.in_force(look)

    def are_news(self, found: PackFiles, place: str) -> bool:
        """Whether nobody has looked yet at what was found there. Raises `PartUnavailableError`."""
        with self.database.reading() as look:
            return packs.is_news(look, found, place)

    def packs_beside(self, found: PackFiles) -> str:
        """What of them is otherwise than what is in force. Raises `PartUnavailableError`."""
        with self.database.reading() as look:
            return packs.beside(look, found)

    def ground_faults(self, found: PackFiles) -> tuple[Fault, ...]:
        """Rules of packs that stand on what nobody can look up. Raises `PartUnavailableError`."""
        with self.database.reading() as look:
            return tuple(mistake.as_fault() for mistake in packs.ground_mistakes(look.queues.redress, found))

    def take_packs(self, found: PackFiles, place: str, *, asks_two: bool) -> PackSet | None:
        """Packs without a mistake come into force, where they are new. Raises `PartUnavailableError`.

        `WaitsError` where they take something from rules that decide now: that takes somebody's word.
        """
        with self.database.unit() as unit:
            taken = packs.take(unit, found, place=place, asks_two=asks_two, now=self.now())
            unit.commit()
        return taken

    def lists(self) -> Lists:
        """The entries that hold. Raises `PartUnavailableError`, and `ConfigError` where a key is missing."""
        with self.database.reading() as look:
            entries = lists.holding(look, now=self.now())
        if all(entry.kind in PLAIN for entry in entries):
            return Lists(entries, hashed=lambda _kind, _value: ()) if entries else NO_LISTS
        return Lists(entries, hashed=self.keyring().indexes)
