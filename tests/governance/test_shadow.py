"""The report on a challenger: agreement, precision where people decided, slice by slice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from governance.shadow import ShadowReport, Slice, report
from moderation.decision import Outcome
from moderation.errors import NotFoundError
from moderation.shadow import Shadowed
from records import shadow
from records.database import Database
from records.ids import first_id_of
from records.personal import Keyring
from records.shadow import Beside
from records.values import Judgement, VerdictKind
from review.queue import claim
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, put

PASS, REVIEW, BLOCK = Outcome
Said = tuple[Outcome, Outcome, VerdictKind | None]


def answer(database: Database, keyring: Keyring, answered: Outcome, *, model: str = "3", surface: str = "forum") -> str:
    decision = a_decision(answered, **({} if answered is PASS else {"gambling": 0.95}))
    decision = replace(decision, versions=replace(decision.versions, model_version=model))
    return put(database, keyring, an_answer(a_comment(surface=surface), decision))[0].decision_id


def beside(database: Database, outcomes: dict[str, Outcome], version: str = "4") -> None:
    """The challenger's outcome for each decision."""
    with database.unit() as unit:
        run = shadow.take(unit, f"hash{version}", version, "me", now=NOW)
        assert run is not None
        found = shadow.drawn(unit, run, oldest="", newest="g", share=1, limit=1000)
        results = [
            Beside(one, Shadowed(outcome, None if outcome is PASS else "fraud", one.decision.labels), "fast")
            for one in found
            if (outcome := outcomes.get(one.decision_id)) is not None
        ]
        shadow.keep(unit, run, results, cursor=first_id_of(NOW), left_out=len(found) - len(results), now=NOW)
        unit.commit()


def judge(database: Database, verdict: VerdictKind) -> None:
    """Of the case that waits."""
    with database.unit() as unit:
        (case,) = claim(unit, "mia", now=NOW)
        labels = ("gambling",) if verdict is VerdictKind.REJECT else ()
        give_verdict(unit, NAMES, case.id, Judgement(verdict, labels), moderator="mia", token=None, now=NOW)
        unit.commit()


def said(database: Database, **which: str) -> ShadowReport:
    with database.reading() as look:
        return report(look, **which)


def part(found: ShadowReport, axis: str, name: str) -> Slice:
    return next(each for each in found.slices if (each.axis, each.name) == (axis, name))


def test_outcomes_are_compared_in_pairs(database: Database, keyring: Keyring) -> None:
    names = [answer(database, keyring, each) for each in (PASS, PASS, PASS, BLOCK)]
    beside(database, dict(zip(names, (PASS, PASS, REVIEW, PASS), strict=True)))
    found = said(database)
    assert {PASS: 2, REVIEW: 1, BLOCK: 0} == found.matrix[PASS]
    assert {PASS: 1, REVIEW: 0, BLOCK: 0} == found.matrix[BLOCK]
    whole = found.slices[0]
    assert (4, 2, 4) == (whole.rows, whole.agreed.hits, whole.agreed.rows)
    assert (1, 1) == (whole.champion.flagged, whole.challenger.flagged)
    assert ("4", "3") == (found.run.version, found.champion)


def test_verdicts_that_come_in_later_tell_precision_of_both(database: Database, keyring: Keyring) -> None:
    verdicts = (VerdictKind.REJECT, VerdictKind.REJECT, VerdictKind.APPROVE, None)
    shadows = (REVIEW, PASS, PASS, REVIEW)
    outcomes = {}
    for verdict, outcome in zip(verdicts, shadows, strict=True):
        outcomes[answer(database, keyring, REVIEW)] = outcome
        if verdict is not None:
            judge(database, verdict)
    beside(database, outcomes)
    whole = said(database).slices[0]
    assert (3, 2, 3) == (whole.judged, whole.champion.precision.hits, whole.champion.precision.rows)
    assert (1, 1) == (whole.challenger.precision.hits, whole.challenger.precision.rows)
    assert (1, 2) == (whole.won.hits, whole.won.rows)  # they differ twice: once harm was missed, once peace was kept
    judge(database, VerdictKind.APPROVE)
    later = said(database).slices[0]
    assert (4, 1, 2) == (later.judged, later.challenger.precision.hits, later.challenger.precision.rows)
    low, high = later.challenger.precision.interval or (0, 0)
    assert low < 0.5 < high


def test_slices_hold_the_same_comments_for_both(database: Database, keyring: Keyring) -> None:
    live, forum = answer(database, keyring, BLOCK, surface="live"), answer(database, keyring, PASS)
    beside(database, {live: PASS, forum: REVIEW})
    found = said(database)
    assert (1, 1, 0) == _flags(part(found, "surface", "live"))
    assert (1, 0, 1) == _flags(part(found, "surface", "forum"))
    assert (1, 1, 0) == _flags(part(found, "label", "gambling"))
    assert (1, 0, 1) == _flags(part(found, "label", "fraud"))
    assert (2, 1, 1) == _flags(part(found, "language", "zh"))


def _flags(each: Slice) -> tuple[int, int, int]:
    return each.rows, each.champion.flagged, each.challenger.flagged


def test_a_champion_that_was_swapped_is_compared_apart(database: Database, keyring: Keyring) -> None:
    before = answer(database, keyring, BLOCK, model="2")
    after = answer(database, keyring, PASS, model="3")
    beside(database, {before: BLOCK, after: BLOCK})
    newest, earlier = said(database), said(database, champion="2")
    assert (("2", "3"), "3", "2") == (newest.champions, newest.champion, earlier.champion)
    assert (0, 1) == (newest.slices[0].agreed.hits, earlier.slices[0].agreed.hits)
    assert 1 == newest.slices[0].rows == earlier.slices[0].rows


def test_who_never_met_is_told(database: Database, keyring: Keyring) -> None:
    with pytest.raises(NotFoundError, match="chaffinch shadow start"):
        said(database)
    beside(database, {answer(database, keyring, PASS): PASS})
    with pytest.raises(NotFoundError, match="these were: 4"):
        said(database, challenger="9")
    with pytest.raises(NotFoundError, match="it met: 3"):
        said(database, champion="9")


def test_a_challenger_that_scored_nothing_yet_has_an_empty_report(database: Database, keyring: Keyring) -> None:
    beside(database, {})
    found = said(database)
    assert (None, 0, None) == (found.champion, found.slices[0].rows, found.slices[0].agreed.share)
