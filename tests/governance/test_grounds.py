"""A rejection on a ground that no label names: true to everybody who is told, and no lesson for a model."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from governance import dsa, verdicts
from governance.chinese_records import chinese_record
from governance.dsa import faults
from governance.measures import REQUESTED
from governance.statements import notice, statement
from moderation.decision import Outcome
from moderation.errors import ConfigError, ConflictError, InvalidInputError
from moderation.taxonomy import CONFIGS, load_taxonomy
from records import acted, answers, cases, comments, decisions, labels, ledger
from records import verdicts as stored
from records.cases import Wanted
from records.database import Database
from records.personal import Keyring
from records.public_values import AppealOutcome, ComplaintOutcome
from records.values import CaseRecord, Judgement, Purpose, VerdictKind
from review import gold, quality, queue
from review.labels_export import export_labels
from review.quality import Quality
from review.similar import similar_to
from review.verdicts import give_verdict, reopen
from tests.governance.public import APPROVE, HOUSE, REJECT, appeal, case_of, complaint, decide, report, settle
from tests.governance.test_appeals import now_of
from tests.governance.test_complaints import listen, passed, told
from tests.governance.test_statements import TAXONOMY, WORDS, removed
from tests.records.databases import NOW
from tests.records.factories import EXPORT, NAMES, for_review, put

PRIVACY = Judgement(VerdictKind.REJECT, ground="privacy")
NUMBER = "张三住幸福路八号，电话打过去问他"
LATER = NOW + timedelta(hours=1)


def reported(database: Database, keyring: Keyring) -> CaseRecord:
    """A comment that the machine passed, reported for what it shows, and removed for just that."""
    passed(database, keyring, text=NUMBER)
    made = report(database, keyring, kind="privacy")
    decide(database, replace(PRIVACY, measure="delete"))
    settle(database)
    assert ComplaintOutcome.ACTED == complaint(database, made.id).outcome
    return case_of(database, made.case_id)


def again(database: Database, case: CaseRecord, judgement: Judgement, *, by: str = "mia") -> None:
    """Decided anew, by whom it was decided before."""
    with database.unit() as unit:
        opened = reopen(unit, case.id, moderator=by, reason="looked again", now=LATER)
        verdicts.give(unit, HOUSE, opened.id, judgement, moderator=by, token=None, now=LATER)
        unit.commit()


def test_a_report_of_privacy_is_upheld_and_everybody_is_told_the_true_reason(
    database: Database, keyring: Keyring
) -> None:
    listen(database, keyring)
    case = reported(database, keyring)
    expected = [{"code": "privacy", "ground": "platform-rules:privacy"}]
    [resolved], [final] = told(database), told(database, "decision.final")
    assert (expected, expected, []) == (resolved["reasons"], final["reasons"], final["labels"])
    with database.reading() as look:
        decision = decisions.get(look, case.decision_id)
        assert (Outcome.BLOCK, False) == (decision.outcome, decision.overturned)
        verdict = stored.last_of_case(look, case.id)
        assert verdict is not None
        assert [dict(each) for each in answers.of_verdict(look, verdict.id).reasons] == expected
        of_comment = [json.loads(e.body) for e in ledger.page(look, subject_id=case.comment_id).items]
    [asked] = [entry for entry in of_comment if entry["kind"] == REQUESTED]
    assert "privacy: This comment shows somebody's personal data" == asked["reason"]
    assert "platform-rules:privacy" == asked["ground"]


def test_statement_record_and_notice_say_the_ground(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    case = reported(sqlite, keyring_of_sqlite)
    with sqlite.reading() as look:
        found = acted.one(look, case.decision_id)
    made = statement(found, WORDS)
    assert made is not None
    assert [] == list(faults(made, WORDS.dsa.published))
    assert "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS" == made["category"]
    assert "found to be: Privacy." in made["decision_facts"]
    assert ["泄露隐私"] == chinese_record(found, WORDS)["处置理由"]
    words = notice(found, WORDS, "en", address="https://example.com/appeal")
    assert "Your comment was acted on because it shows somebody's personal data." == words[0]


@pytest.mark.parametrize("ground", TAXONOMY.grounds_beside)
def test_every_ground_makes_a_statement_that_the_database_takes(ground: str) -> None:
    made = statement(removed(by_person=True, labels=(ground,)), WORDS)
    assert made is not None
    assert [] == list(faults(made, WORDS.dsa.published))
    assert made["category"] != dsa.shipped().otherwise.category


def test_it_teaches_nothing_and_what_was_taught_before_is_gone(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    put(database, keyring, for_review(NUMBER, known_as="c-1"))
    first = decide(database, APPROVE)
    assert 1 == export_labels(database, tmp_path, EXPORT, now=NOW).records
    again(database, first, PRIVACY)
    assert 0 == export_labels(database, tmp_path, EXPORT, now=LATER).records
    assert [] == list(tmp_path.glob("*.jsonl"))
    with database.reading() as look:
        assert labels.in_force(look, first.comment_id) is None


def test_taken_back_leaves_what_held_before_and_no_more(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review(NUMBER, known_as="c-1"))
    first = decide(database, APPROVE)
    again(database, first, PRIVACY)
    again(database, first, REJECT)
    with database.unit() as unit:
        last = cases.page(unit, comment_id=first.comment_id).items[-1]
        verdicts.take_back(unit, last.id, moderator="mia", now=LATER)
        unit.commit()
    with database.reading() as look:
        assert labels.in_force(look, first.comment_id) is None
        held = stored.holding_of(look, first.comment_id)
        assert held is not None
        assert "privacy" == held.ground


def test_with_a_label_beside_it_the_label_is_taught(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, for_review(NUMBER, known_as="c-1"))
    case = decide(sqlite, Judgement(VerdictKind.REJECT, ("abuse",), ground="privacy"))
    with sqlite.reading() as look:
        record = labels.in_force(look, case.comment_id)
    assert record is not None
    assert {**dict.fromkeys(NAMES, 0), "abuse": 1} == record.labels


def test_an_appeal_against_it_is_decided_as_any_other(database: Database, keyring: Keyring) -> None:
    case = reported(database, keyring)
    made = appeal(database, case.decision_id, now=LATER)
    decide(database, APPROVE, by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + timedelta(seconds=13))
    assert AppealOutcome.OVERTURNED == now_of(database, made.id).outcome
    with database.reading() as look:
        assert Outcome.PASS == decisions.get(look, case.decision_id).outcome


@pytest.mark.parametrize(
    ("judgement", "pointer"),
    [
        (Judgement(VerdictKind.APPROVE, ground="privacy"), "/ground"),
        (Judgement(VerdictKind.REJECT, ground="privaci"), "/ground"),
        (Judgement(VerdictKind.REJECT, ground="gambling"), "/ground"),
        (Judgement(VerdictKind.REJECT), "/labels"),
    ],
)
def test_a_ground_goes_with_a_reject_and_is_one_of_the_file(
    sqlite: Database, keyring_of_sqlite: Keyring, judgement: Judgement, pointer: str
) -> None:
    put(sqlite, keyring_of_sqlite, for_review())
    with pytest.raises(InvalidInputError) as caught:
        decide(sqlite, judgement)
    assert [pointer] == [fault.where for fault in caught.value.faults]


def test_another_ground_is_another_answer_and_a_third_person_settles_it(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review(NUMBER))
    rules = replace(HOUSE, quality=Quality(second_share=1.0))
    for who, judgement, now in (("mia", PRIVACY, NOW), ("ben", replace(PRIVACY, ground="minors"), LATER)):
        with database.unit() as unit:
            [case] = queue.take(unit, who, Wanted(blind=True), now=now)
            verdicts.give(unit, rules, case.id, judgement, moderator=who, token=None, now=now)
            unit.commit()
        with database.unit() as unit:
            quality.weigh(unit, now=now + timedelta(seconds=13))
            unit.commit()
    assert Purpose.OPINION == case.purpose
    with database.reading() as look:
        assert "disagreement" == cases.undecided_of(look, case.comment_id).why  # type: ignore[union-attr]


def test_a_past_case_says_it_and_no_newcomer_is_measured_by_it(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, for_review(NUMBER * 3, known_as="c-1"))
    case = decide(sqlite, PRIVACY)
    [other] = put(sqlite, keyring_of_sqlite, for_review(NUMBER * 3 + "！", known_as="c-2"))
    with sqlite.unit() as unit:
        here = cases.get(unit, str(other.case_id))
        [past] = similar_to(unit, here, comments.get(unit, here.comment_id)).past
        assert (VerdictKind.REJECT, ("privacy",)) == (past.verdict, past.labels)
        with pytest.raises(ConflictError, match="known answers measure labels"):
            gold.vouch(unit, case.id, why="plain", author="lea", now=NOW)


def test_who_knows_no_grounds_can_reject_on_none(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, for_review())
    with sqlite.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        with pytest.raises(InvalidInputError, match="cannot be used"):
            give_verdict(unit, NAMES, case.id, PRIVACY, moderator="mia", token=None, now=NOW)


def test_a_ground_may_not_be_called_like_a_label(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.toml"
    whole = (CONFIGS / "taxonomy.toml").read_text("utf-8")
    path.write_text(whole.replace('name = "privacy"', 'name = "abuse"'), encoding="utf-8")
    with pytest.raises(ConfigError):
        load_taxonomy(path)
