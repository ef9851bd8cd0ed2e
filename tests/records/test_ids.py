"""Identifiers."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

from records.ids import id_made_at, id_of_age, made_at, new_id


def test_ids_are_uuids_of_version_7_that_grow() -> None:
    ids = [new_id() for _ in range(5000)]
    assert sorted(set(ids)) == ids
    assert {(7, "specified in RFC 4122")} == {(UUID(each).version, UUID(each).variant) for each in ids}


def test_an_id_tells_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = UUID(new_id()).int >> 80
    assert before <= made <= time.time_ns() // 1_000_000 + 10


def test_ids_grow_also_where_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert first < new_id() < new_id()


def test_an_id_can_tell_another_moment_than_its_own() -> None:
    moment = datetime(2026, 3, 2, 10, 30, 0, 417_000, tzinfo=UTC)
    made = id_made_at(moment)
    assert moment == made_at(made)
    alike = {id_of_age(made) for _ in range(1000)}
    assert 1000 == len(alike - {made})
    assert {made[:18]} == {each[:18] for each in alike}
    assert {(7, "specified in RFC 4122")} == {(UUID(each).version, UUID(each).variant) for each in (made, *alike)}
