"""The worker brings stored comments into the search, and takes no turn where there is nothing to do."""

from __future__ import annotations

from records import search
from records.database import Database
from records.personal import Keyring
from records.search import Sought
from serving.worker import Worker
from tests.records.databases import NOW
from tests.records.factories import for_review, put


def test_a_turn_of_the_worker_makes_stored_comments_found(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(for_review(f"下注{number}", known_as=f"c{number}") for number in range(3)))
    Worker(database, now=lambda: NOW).turn()
    with database.reading() as look:
        assert 3 == len(search.find(look, Sought("下注")).hits)
        assert not search.is_behind(look)
