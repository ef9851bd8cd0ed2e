"""What watching counts, on both databases."""

from __future__ import annotations

from datetime import timedelta

from moderation.decision import Outcome
from moderation.drift import Drift
from records import drift, watched
from records.database import Database
from records.personal import Keyring
from records.values import Judgement, VerdictKind
from records.watched import Load
from review import queue
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_decision, an_answer, for_review, put

DAY = timedelta(days=1)
EDGES = (0.0, 0.5, 1.0)


def test_a_day_counts_decisions_and_verdicts_of_its_own(database: Database, keyring: Keyring) -> None:
    blocked = an_answer(decision=a_decision(Outcome.BLOCK, gambling=0.97))
    put(database, keyring, for_review(), for_review(), an_answer(), blocked)
    put(database, keyring, an_answer(), now=NOW - DAY)
    with database.unit() as unit:
        assert Load(0, 0, 0, 0, 0, 0) == watched.load(unit, NOW - 9 * DAY, NOW - 8 * DAY)
        case = queue.claim(unit, "mia", now=NOW, count=1)[0]
        give_verdict(unit, NAMES, case.id, Judgement(VerdictKind.APPROVE), moderator="mia", token=None, now=NOW)
        assert Load(4, 2, 1, 0, 1, 1) == watched.load(unit, NOW, NOW + DAY)
        assert [1, 0] == [watched.new_labels(unit, since) for since in (NOW - DAY, NOW)]


def test_scores_are_those_of_one_model_that_answered_whole(database: Database, keyring: Keyring) -> None:
    broken = an_answer(decision=a_decision(Outcome.REVIEW, ("model",), gambling=0.9))
    put(database, keyring, for_review(score=1.0), for_review(score=0.5), an_answer(), broken)
    with database.reading() as look:
        found = watched.seen(look, NOW, NOW + DAY, version="3", edges=EDGES, most=100)
        other = watched.seen(look, NOW, NOW + DAY, version="4", edges=EDGES, most=100)
    assert (3, [1, 2], {"zh": 3}) == (found.rows, found.scores["gambling"], found.languages)
    assert (0, {}, {}) == (other.rows, other.scores, other.languages)


def test_of_many_a_share_is_looked_at(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *[an_answer() for _ in range(200)])
    with database.reading() as look:
        rows = [watched.seen(look, NOW, NOW + DAY, version="3", edges=EDGES, most=100).rows for _ in range(2)]
    assert rows[0] == rows[1]
    assert 60 < rows[0] < 140


def test_what_is_found_replaces_what_was(database: Database) -> None:
    with database.unit() as unit:
        assert (None, {}) == (drift.latest(unit).computed_at, drift.latest(unit).found)
        drift.keep(unit, {"fraud": Drift(0.1, 0.01, 900), "abuse": Drift(0.2, 0.01, 900)}, model_version="3", now=NOW)
        drift.keep(unit, {"fraud": Drift(0.3, 0.01, 800)}, model_version="4", now=NOW + DAY)
        held = drift.latest(unit)
        assert {"fraud": Drift(0.3, 0.01, 800)} == held.found
        assert ("4", NOW + DAY) == (held.model_version, held.computed_at)
        drift.keep(unit, {}, model_version="", now=NOW)
        assert {} == drift.latest(unit).found
