"""Acts that had no entry: keys and accounts, moves of the champion, what decides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from governance import access, accounts, in_force, moves
from governance.accounts import NewAccount
from governance.in_force import InForce
from moderation.errors import ConflictError
from records import ledger, users
from records.database import Database
from tests.records.databases import NOW


def entries(database: Database) -> list[tuple[str, dict[str, Any]]]:
    with database.reading() as look:
        return [(entry.kind, json.loads(entry.body)) for entry in ledger.page(look, limit=200).items]


def test_keys_and_accounts_are_changed_with_an_entry_and_without_a_secret(sqlite: Database) -> None:
    with sqlite.unit(os_user="root") as unit:
        made, key = access.create_key(unit, "shop", scopes=["score"], rate=None, now=NOW)
        access.limit_key(unit, made.prefix, 5.0, now=NOW)
        access.bind_key(unit, made.prefix, "cn", now=NOW)
        access.revoke_key(unit, made.prefix, now=NOW)
        user = accounts.create(unit, NewAccount("Mia", "hashed-secret", "lead", locale="en"), by="root", now=NOW)
        with pytest.raises(ConflictError):
            accounts.create(unit, NewAccount("mia", "hashed-secret", "lead"), by="root", now=NOW)
        accounts.disable(unit, user.id, by="root", now=NOW)
        unit.commit()
    found = entries(sqlite)
    kinds = ["key.created", "key.limited", "key.policy", "key.revoked", "account.created", "account.disabled"]
    assert kinds == [kind for kind, _ in found]
    assert {"root"} == {body["actor"]["id"] for _, body in found}
    assert {"rate": 5.0, "scopes": ["score"], "by_os_user": "root"} == found[1][1]["facts"]
    assert "cn" == found[2][1]["facts"]["policy"]
    assert not any(secret in str(found) for secret in (key, "hashed-secret"))
    with sqlite.reading() as look:
        assert (held := users.by_name(look, "mia")) is not None
        assert held.disabled_at == NOW


def move(kind: str, version: str, at: str) -> dict[str, Any]:
    told = {"hash": f"hash-{version}", "path": "bundles/x", "actor": "mia", "reason": "", "gate": "default"}
    return {"move": kind, "version": version, "at": at, "before": {"version": "1", "hash": "hash-1"}, **told}


def test_each_move_of_the_champion_is_one_entry_however_often_it_is_seen(database: Database) -> None:
    made = [move("promote", "2", "2026-03-01T00:00:00"), move("rollback", "1", "2026-03-02T00:00:00")]
    again = [*made, move("promote", "2", "2026-03-03T00:00:00")]
    for seen, expected in ((made, 2), (made, 0), (again, 1)):
        with database.unit() as unit:
            assert expected == moves.note(unit, seen, now=NOW)
            unit.commit()
    found = entries(database)
    assert ["model.promoted", "model.rolled_back", "model.promoted"] == [kind for kind, _ in found]
    assert ("mia", "better by the gate", "1") == (
        found[0][1]["actor"]["id"],
        found[0][1]["reason"],
        found[0][1]["facts"]["before"],
    )


def test_what_decides_is_an_entry_when_it_changes_and_says_what_did(database: Database) -> None:
    first = InForce({"cn": ("cn@1", "aa")}, "r1", "chaffinch", "3", "1", "4")
    second = InForce({"cn": ("cn@1", "bb")}, "r1", "chaffinch", "4", "1", "4")
    for found, is_new in ((first, True), (first, False), (second, True), (second, False), (first, True)):
        with database.unit() as unit:
            assert is_new == in_force.note(unit, found, now=NOW)
            unit.commit()
    assert "policies, model_version" == entries(database)[1][1]["reason"]
