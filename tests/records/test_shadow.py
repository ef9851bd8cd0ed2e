"""The challenger's records: what is drawn, that one worker holds it, that results and cursor move together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from moderation.decision import Outcome
from moderation.errors import ConflictError
from moderation.shadow import Shadowed
from records import comments, shadow
from records.database import Database
from records.ids import first_id_of, new_id
from records.personal import Keyring
from records.shadow import LEASE, Beside, Drawn, ShadowRun
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

FIRST, LAST = first_id_of(datetime(2020, 1, 1, tzinfo=UTC)), first_id_of(datetime(2100, 1, 1, tzinfo=UTC))


def take(database: Database, owner: str = "one", *, now: datetime = NOW, version: str = "4") -> ShadowRun | None:
    with database.unit() as unit:
        run = shadow.take(unit, f"hash{version}", version, owner, now=now)
        unit.commit()
    return run


def taken(database: Database, owner: str = "one", **how: object) -> ShadowRun:
    run = take(database, owner, **how)  # type: ignore[arg-type]
    assert run is not None
    return run


def drawn(database: Database, run: ShadowRun, *, share: float = 1.0, limit: int = 50, **ids: str) -> list[Drawn]:
    bounds = {"oldest": FIRST, "newest": LAST} | ids
    with database.reading() as look:
        return shadow.drawn(look, run, share=share, limit=limit, **bounds)


def keep(database: Database, run: ShadowRun, *found: Drawn, outcome: Outcome = Outcome.PASS) -> ShadowRun:
    beside = [Beside(one, Shadowed(outcome, None, one.decision.labels), "fast") for one in found]
    with database.unit() as unit:
        kept = shadow.keep(unit, run, beside, cursor=found[-1].decision_id, left_out=0, now=NOW)
        unit.commit()
    return kept


def texts(database: Database, keyring: Keyring, *found: str) -> list[str]:
    return [one.decision_id for one in put(database, keyring, *(an_answer(a_comment(text)) for text in found))]


def test_an_id_of_a_moment_stands_between_those_before_and_after() -> None:
    made, now = new_id(), datetime.now(UTC)
    assert first_id_of(now - timedelta(seconds=5)) < made < first_id_of(now + timedelta(seconds=5))
    assert len(made) == len(first_id_of(now))


def test_what_was_held_against_it_is_drawn_no_more(database: Database, keyring: Keyring) -> None:
    names = texts(database, keyring, "一", "二", "三")
    run = taken(database)
    found = drawn(database, run, limit=2)
    assert (names[:2], ["一", "二"]) == ([one.decision_id for one in found], [one.text for one in found])
    run = keep(database, run, *found)
    assert (2, 2, names[2:]) == (run.scored, run.agreed, [one.decision_id for one in drawn(database, run)])


def test_a_share_is_drawn_alike_by_everybody_and_grows_with_it(database: Database, keyring: Keyring) -> None:
    texts(database, keyring, *(f"第{at}条" for at in range(400)))
    run = taken(database)
    by_share = [{one.decision_id for one in drawn(database, run, share=share, limit=500)} for share in (0.1, 0.5, 1.0)]
    tenth, half, every = by_share
    assert tenth < half < every
    assert 400 == len(every)
    assert 10 < len(tenth) < 80
    assert 140 < len(half) < 260
    assert every == {one.decision_id for one in drawn(database, run, share=0.999999, limit=500)} | every


def test_what_is_too_old_or_too_young_or_not_a_models_is_not_drawn(database: Database, keyring: Keyring) -> None:
    decision = a_decision()
    put(
        database,
        keyring,
        an_answer(decision=a_decision(Outcome.REVIEW, ("model",))),
        an_answer(decision=replace(decision, versions=replace(decision.versions, tier="none"))),
        an_answer(decision=replace(decision, versions=replace(decision.versions, model_version="4"))),
    )
    run = taken(database)
    assert [] == drawn(database, run)
    (name,) = texts(database, keyring, "好")
    assert [name] == [one.decision_id for one in drawn(database, run, oldest=name)]
    assert [] == drawn(database, run, newest=name)
    assert [] == drawn(database, run, oldest=new_id())


def test_an_erased_text_is_drawn_without_one_and_an_edit_has_the_text_that_was_judged(
    database: Database, keyring: Keyring
) -> None:
    (gone,) = put(database, keyring, an_answer(a_comment("会被删")))
    put(database, keyring, an_answer(a_comment("原来", known_as="x")), an_answer(a_comment("改过", known_as="x")))
    with database.unit() as unit:
        comments.erase(unit, gone.comment_id, now=NOW)
        unit.commit()
    assert [None, "原来", "改过"] == [one.text for one in drawn(database, taken(database))]


def test_one_worker_has_it_until_its_lease_runs_out(database: Database) -> None:
    first = taken(database, "one")
    assert take(database, "two") is None
    assert taken(database, "one").lease_expires_at == NOW + LEASE
    assert first.is_held(but_by="two", now=NOW)
    assert not first.is_held(but_by="one", now=NOW)
    second = taken(database, "two", now=NOW + LEASE)
    assert ("two", first.begun_at) == (second.lease_owner, second.begun_at)


def test_who_lost_the_lease_writes_nothing(database: Database, keyring: Keyring) -> None:
    texts(database, keyring, "一")
    first = taken(database, "one")
    found = drawn(database, first)
    second = taken(database, "two", now=NOW + LEASE)
    with pytest.raises(ConflictError, match="another worker"):
        keep(database, first, *found)
    with database.unit() as unit, pytest.raises(ConflictError):
        shadow.tell_fault(unit, first, "no", now=NOW)
    assert 1 == keep(database, second, *found, outcome=Outcome.BLOCK).scored


def test_a_worker_killed_before_the_commit_leaves_nothing_and_the_next_does_it_once(
    database: Database, keyring: Keyring
) -> None:
    texts(database, keyring, "一", "二")
    run = taken(database)
    found = drawn(database, run)
    beside = [Beside(one, Shadowed(Outcome.PASS, None, ()), "fast") for one in found]
    with database.unit() as unit:
        shadow.keep(unit, run, beside, cursor=found[-1].decision_id, left_out=0, now=NOW)
    other = taken(database, "two", now=NOW + LEASE)
    assert (0, "") == (other.scored, other.cursor)
    keep(database, other, *drawn(database, other))
    with database.reading() as look:
        assert [2] == [cell.count for cell in shadow.cells(look, other.hash)]
        assert (2, 2) == (other.scored + 2, shadow.runs(look)[0].scored)


def test_challengers_are_counted_apart_the_last_first(database: Database, keyring: Keyring) -> None:
    texts(database, keyring, "一")
    four, five = taken(database, version="4"), taken(database, version="5", now=NOW + timedelta(seconds=1))
    keep(database, five, *drawn(database, five), outcome=Outcome.REVIEW)
    with database.reading() as look:
        assert [] == shadow.cells(look, four.hash)
        assert [(Outcome.PASS, Outcome.REVIEW)] == [(c.answered, c.shadow) for c in shadow.cells(look, five.hash)]
        assert (None, "3") == tuple(shadow.newest_champion(look, run.hash) for run in (four, five))
        assert {"4", "5"} == {run.version for run in shadow.runs(look)}
