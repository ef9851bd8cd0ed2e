"""A reporter's word, by what became of earlier reports; and floods, by numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from scipy.stats import beta

from governance import report_floods
from governance.complaint_rules import FloodRules
from governance.reporters import beta_interval, measured, prior_of, weight_of
from moderation.errors import ConflictError, InvalidInputError
from records import ledger
from records import report_floods as stored
from records.complaints import Record
from records.database import Database
from records.personal import Keyring
from records.public_values import FloodRecord, FloodState
from tests.governance.public import APPROVE, REJECT, RULES, SETTLED, case_of, decide, report, settle
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

REPORTERS = RULES.reporters


@pytest.mark.parametrize(("a", "b"), [(0.2, 3.8), (0.5, 5.5), (2, 2), (50, 2), (400, 3)])
def test_the_interval_is_that_of_the_beta_distribution(a: float, b: float) -> None:
    assert list(beta.ppf([0.05, 0.95], a, b)) == pytest.approx(beta_interval(a, b), abs=5e-4)


def test_small_numbers_are_not_judged() -> None:
    nobody, wrong_thrice = measured(Record(), 0.5, REPORTERS), measured(Record(3, 0), 0.5, REPORTERS)
    assert nobody.share == wrong_thrice.share == 0.5
    assert not wrong_thrice.is_judged


def test_many_answers_move_the_share_and_narrow_the_interval() -> None:
    few, many, liar = (measured(Record(n, k), 0.5, REPORTERS) for n, k in ((5, 5), (50, 50), (50, 0)))
    assert 0.5 < few.share < many.share
    assert liar.share < 0.05
    assert many.interval[0] > few.interval[0]


def test_what_is_expected_of_anybody_is_the_house_s_own_share_once_there_are_enough() -> None:
    assert (REPORTERS.prior, 0.1, 0.05, 0.95) == tuple(
        prior_of(record, REPORTERS) for record in (Record(19, 1), Record(100, 10), Record(100, 0), Record(100, 100))
    )


def test_several_weigh_more_than_one_and_never_more_than_certainty() -> None:
    assert (0.5, 0.75, 0.0) == (weight_of([0.5]), weight_of([0.5, 0.5]), weight_of([]))
    assert weight_of([0.5] * 100) <= 1


def passed(database: Database, keyring: Keyring, *names: str) -> None:
    put(database, keyring, *(an_answer(a_comment("hello", known_as=name)) for name in names))


def test_who_was_right_comes_before_who_was_wrong(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    for number in range(6):
        for who, judgement in (("right", REJECT), ("wrong", APPROVE)):
            passed(sqlite, keyring_of_sqlite, f"{who}-{number}")
            report(sqlite, keyring_of_sqlite, about=f"{who}-{number}", by=who)
            decide(sqlite, judgement)
    settle(sqlite)
    passed(sqlite, keyring_of_sqlite, "a", "b", "c")
    now = NOW + timedelta(days=1)
    right, wrong, new = (
        case_of(sqlite, report(sqlite, keyring_of_sqlite, about=name, by=who, now=now).case_id).priority
        for name, who in (("a", "right"), ("b", "wrong"), ("c", "somebody"))
    )
    assert right > new > wrong > 0


FLOOD = FloodRules(reports=12, reporters=6, judged=5, founded_below=0.25)


def flood(
    database: Database, keyring: Keyring, *, note: str = "", judgement: object = APPROVE, count: int = 12
) -> None:
    """One author's comments, each reported by somebody else and decided."""
    for number in range(count):
        passed(database, keyring, f"f-{number}")
        report(database, keyring, about=f"f-{number}", by=f"r-{number % 8}", note=note)
        if judgement is not None:
            decide(database, judgement)  # type: ignore[arg-type]
    settle(database)


def found(database: Database) -> list[FloodRecord]:
    with database.unit() as unit:
        report_floods.look(unit, RULES.model_copy(update={"floods": FLOOD}), now=NOW + SETTLED)
        unit.commit()
    with database.reading() as look:
        return list(stored.page(look).items)


def test_many_unfounded_reports_against_one_author_are_one_finding_with_its_evidence(
    database: Database, keyring: Keyring
) -> None:
    flood(database, keyring)
    [one], again = found(database), found(database)
    assert [one.id] == [each.id for each in again], "told once"
    assert (FloodState.WAITING, True) == (one.state, one.is_unfounded)
    evidence = one.evidence
    assert (12, 8, 12, 12, 0) == tuple(
        evidence[name] for name in ("reports", "reporters", "comments", "judged", "founded")
    )
    assert evidence["founded_high"] < 0.25
    with database.reading() as look:
        assert ["report_flood.found"] == [each.kind for each in ledger.page(look, subject_id=one.id).items]


def test_many_founded_reports_are_none(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    flood(sqlite, keyring_of_sqlite, judgement=REJECT)
    assert [] == found(sqlite)


def test_few_are_none_and_many_that_nobody_judged_only_where_they_say_the_same(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    flood(sqlite, keyring_of_sqlite, count=11)
    assert [] == found(sqlite)


@pytest.mark.parametrize(("note", "findings"), [("", 0), ("Report him now!", 1)])
def test_it_is_told_before_anybody_judged_where_they_use_the_same_words(
    sqlite: Database, keyring_of_sqlite: Keyring, note: str, findings: int
) -> None:
    flood(sqlite, keyring_of_sqlite, note=note, judgement=None)
    told = found(sqlite)
    assert findings == len(told)
    assert all(not each.is_unfounded and each.evidence["same_words"] == 12 for each in told)


def test_a_person_decides_once_with_a_reason_and_the_reports_are_one_word_from_then_on(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    flood(sqlite, keyring_of_sqlite)
    [one] = found(sqlite)
    passed(sqlite, keyring_of_sqlite, "next", "last")

    def reported(name: str) -> float:
        now = NOW + timedelta(hours=1)
        made = [report(sqlite, keyring_of_sqlite, about=name, by=f"new-{n}", now=now) for n in range(4)][-1]
        return case_of(sqlite, made.case_id).priority

    before = reported("next")
    with sqlite.unit() as unit:
        with pytest.raises(InvalidInputError):
            report_floods.decide(unit, one.id, is_campaign=True, by="ben", note=" ", now=NOW + SETTLED)
        report_floods.decide(unit, one.id, is_campaign=True, by="ben", note="one chat group", now=NOW + SETTLED)
        with pytest.raises(ConflictError, match="ben has decided"):
            report_floods.decide(unit, one.id, is_campaign=False, by="mia", note="no", now=NOW + SETTLED)
        unit.commit()
    assert before > reported("last")
    assert [FloodState.CONFIRMED] == [each.state for each in found(sqlite)], "what was decided is not found again"
