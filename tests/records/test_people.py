"""Users, sessions, API keys, idempotency keys, the epoch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from moderation.errors import ConflictError, InProgressError, InvalidInputError, NotFoundError
from records import epoch, idempotency, keys, sessions, users
from records.database import Database
from records.house_values import EpochPart, EpochRecord, SessionRecord, UserRecord
from records.idempotency import Replay, Request, Started
from records.unit_of_work import Unit
from tests.records.databases import NOW

HOUR = timedelta(hours=1)
REQUEST = Request("key-1", "abc", "POST", "/v1/score", b"body hash")
AGAIN = idempotency.to_start(REQUEST)


def a_user(unit: Unit, name: str = "Mia") -> UserRecord:
    return users.create(unit, name, password_hash="$argon2id$x", role="moderator", now=NOW)


def test_a_user_is_found_by_name_in_any_case(database: Database) -> None:
    with database.unit() as unit:
        user = a_user(unit)
        assert user == users.by_name(unit, "MIA") == users.get(unit, user.id)
        assert ("mia", "Mia", "zh") == (user.name, user.display_name, user.locale)


def test_a_name_is_taken_once(database: Database) -> None:
    with database.unit() as unit:
        a_user(unit)
        with pytest.raises(ConflictError, match="already a user called mia"):
            a_user(unit, "mia")


def test_a_session_is_found_by_its_token_alone(database: Database) -> None:
    with database.unit() as unit:
        user = a_user(unit)
        session, token = sessions.create(unit, user.id, now=NOW, lifetime=HOUR)
        assert (session, user) == sessions.find(unit, token, now=NOW)
        assert sessions.find(unit, token + "x", now=NOW) is None
        assert sessions.find(unit, token, now=NOW + HOUR) is None


def test_a_session_ends_at_log_out(database: Database) -> None:
    with database.unit() as unit:
        session, token = sessions.create(unit, a_user(unit).id, now=NOW)
        sessions.revoke(unit, session.id, now=NOW)
        assert sessions.find(unit, token, now=NOW) is None


def test_another_password_ends_all_sessions(database: Database) -> None:
    with database.unit() as unit:
        user = a_user(unit)
        _, token = sessions.create(unit, user.id, now=NOW)
        users.set_password(unit, user.id, "$argon2id$y", now=NOW)
        assert sessions.find(unit, token, now=NOW) is None
        assert "$argon2id$y" == users.get(unit, user.id).password_hash


def test_a_disabled_user_is_out_at_once(database: Database) -> None:
    with database.unit() as unit:
        user = a_user(unit)
        _, token = sessions.create(unit, user.id, now=NOW)
        users.disable(unit, user.id, now=NOW)
        assert sessions.find(unit, token, now=NOW) is None
        assert NOW == users.get(unit, user.id).disabled_at


def test_neither_token_nor_key_stands_in_the_database(database: Database) -> None:
    with database.unit() as unit:
        _, token = sessions.create(unit, a_user(unit).id, now=NOW)
        _, key = keys.create(unit, "forum", scopes=["score"], now=NOW)
        rows = [repr(tuple(r)) for t in ("sessions", "api_keys") for r in unit.execute(text(f"SELECT * FROM {t}"))]
    assert [] == [row for row in rows if token in row or key in row]
    assert "csrf_secret" not in repr(SessionRecord("", "", "csrf_secret", NOW, NOW, None))


def test_a_key_is_found_until_it_is_revoked(database: Database) -> None:
    with database.unit() as unit:
        assert not keys.any_exist(unit)
        record, key = keys.create(unit, "forum", scopes=["score", "feedback"], now=NOW)
        assert record == keys.find(unit, key)
        assert ("feedback", "score") == record.scopes
        keys.revoke(unit, record.prefix, now=NOW)
        assert keys.find(unit, key) is None
        assert keys.any_exist(unit)


@pytest.mark.parametrize("wrong", ["", "ck", "ck_", "ck__", "sk_{prefix}_x", "ck_{prefix}_x", "ck_00000000_x", "é\0"])
def test_a_wrong_key_is_nobodys(sqlite: Database, wrong: str) -> None:
    with sqlite.unit() as unit:
        record, _ = keys.create(unit, "forum", scopes=["score"], now=NOW)
        assert keys.find(unit, wrong.format(prefix=record.prefix)) is None


def test_revoking_an_unknown_key_says_where_to_look(database: Database) -> None:
    with database.unit() as unit, pytest.raises(NotFoundError, match="chaffinch keys list"):
        keys.revoke(unit, "00000000", now=NOW)


def test_use_of_a_key_is_noted_to_the_minute(database: Database) -> None:
    with database.unit() as unit:
        record, key = keys.create(unit, "forum", scopes=[], now=NOW)
        for seconds in (0, 30, 90):
            keys.touch(unit, record.id, now=NOW + timedelta(seconds=seconds))
        found = keys.find(unit, key)
    assert found is not None
    assert NOW + timedelta(seconds=90) == found.last_used_at


def test_lists_page_in_the_order_of_making(database: Database) -> None:
    with database.unit() as unit:
        made = [keys.create(unit, f"k{n}", scopes=[], now=NOW)[0].id for n in range(5)]
        first = keys.page(unit, limit=3)
        rest = keys.page(unit, limit=3, cursor=first.next_cursor)
    assert sorted(made) == [key.id for key in (*first.items, *rest.items)]
    assert rest.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA", "WzFd", "é"])
def test_an_odd_cursor_is_refused(sqlite: Database, cursor: str) -> None:
    with sqlite.reading() as look, pytest.raises(InvalidInputError, match="cursor"):
        keys.page(look, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_an_odd_page_size_is_refused(sqlite: Database, limit: int) -> None:
    with sqlite.reading() as look, pytest.raises(InvalidInputError, match="1 to 200"):
        users.page(look, limit=limit)


def started(unit: Unit, request: Request = REQUEST, *, after: timedelta = timedelta(0)) -> Started:
    begun = idempotency.begin(unit, idempotency.to_start(request), now=NOW + after)
    assert isinstance(begun, Started)
    return begun


def test_a_repeated_request_gets_the_stored_answer(database: Database) -> None:
    with database.unit() as unit:
        idempotency.finish(unit, started(unit), status=201, response={"b": 1, "a": [1.0]})
        assert Replay(201, {"b": 1, "a": [1.0]}) == idempotency.begin(unit, AGAIN, now=NOW)


@pytest.mark.parametrize("change", [{"body_hash": b"other"}, {"path": "/v1/cases"}, {"method": "PUT"}])
def test_the_same_key_for_another_request_is_refused(database: Database, change: dict[str, object]) -> None:
    with database.unit() as unit:
        started(unit)
        other = idempotency.to_start(replace(REQUEST, **change))  # type: ignore[arg-type]
        with pytest.raises(InvalidInputError, match="another request"):
            idempotency.begin(unit, other, now=NOW)


def test_keys_of_others_do_not_meet(database: Database) -> None:
    with database.unit() as unit:
        mine = started(unit)
        idempotency.abandon(unit, started(unit, replace(REQUEST, scope="key-2")))
        idempotency.finish(unit, mine, status=200, response=None)


def test_a_request_in_progress_is_a_conflict_until_its_lock_runs_out(database: Database) -> None:
    with database.unit() as unit:
        first = started(unit)
        with pytest.raises(InProgressError, match="in progress"):
            idempotency.begin(unit, AGAIN, now=NOW)
        second = started(unit, after=timedelta(minutes=2))
        with pytest.raises(ConflictError, match="took over"):
            idempotency.finish(unit, first, status=200, response=None)
        idempotency.finish(unit, second, status=200, response=None)


def test_an_abandoned_key_is_as_if_never_used(database: Database) -> None:
    with database.unit() as unit:
        idempotency.abandon(unit, started(unit))
        started(unit)


def test_what_another_took_over_is_not_abandoned_for_it(database: Database) -> None:
    with database.unit() as unit:
        first, second = started(unit), started(unit, after=timedelta(minutes=2))
        idempotency.abandon(unit, first)
        idempotency.finish(unit, second, status=200, response={})
        idempotency.abandon(unit, second)
        assert Replay(200, {}) == idempotency.begin(unit, AGAIN, now=NOW)


def test_a_key_is_forgotten_after_a_day(database: Database) -> None:
    with database.unit() as unit:
        idempotency.finish(unit, started(unit), status=200, response={})
        started(unit, after=24 * HOUR)
        assert 0 == idempotency.forget_expired(unit, now=NOW + 25 * HOUR)
        assert 1 == idempotency.forget_expired(unit, now=NOW + 48 * HOUR)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_odd_idempotency_key_is_refused(sqlite: Database, key: str) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError, match="Idempotency-Key"):
        idempotency.begin(unit, idempotency.to_start(replace(REQUEST, key=key)), now=NOW)


def test_each_change_moves_its_own_counter(database: Database) -> None:
    with database.unit() as unit:
        assert EpochRecord(0, 0, 0, 0) == epoch.read(unit)
        epoch.bump(unit, EpochPart.MODEL)
        assert EpochRecord(0, 0, 2, 0) == epoch.bump(unit, EpochPart.MODEL)
