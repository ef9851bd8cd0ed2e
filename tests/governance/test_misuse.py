"""Who reports without ground again and again: a finding with figures, a warning, then a suspension that ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from governance import account_appeals, account_measures, account_notices, erasure, receipts, reporter_findings
from governance.account_appeals import MEASURE
from governance.complaint_rules import FlaggerRules
from governance.measure_wishes import Wish
from moderation.comment import Author
from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
from moderation.policy import Misuse
from records import appeals as objected
from records import comments
from records import complaints as raised
from records import reporter_findings as stored
from records.complaints import NewComplaint, of_comment
from records.database import Database
from records.personal import Keyring
from records.public_values import (
    AppealOutcome,
    ComplaintOutcome,
    ComplaintRecord,
    FindingKind,
    FloodState,
    ReporterFinding,
)
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.underlying import differences
from records.unit_of_work import Reading
from tests.governance.public import APPROVE, REJECT, RULES, appeal, case_of, complaint, decide, report, settle
from tests.governance.standing import POLICIES, now_of
from tests.governance.test_complaints import listen, told
from tests.governance.test_flaggers import marked, passed
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

EU = POLICIES["eu"].model_copy(update={"misuse": Misuse(judged=6, founded_below=0.45, longest_days=30)})
IN_FORCE = {**POLICIES, "eu": EU}
WHY = {"zh": "举报多次没有依据", "en": "Reports again and again without ground"}
SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One database: what depends on it is the schema, and of that the migration's test speaks."""
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


def reported(
    database: Database, keyring: Keyring, count: int, *, founded: int = 0, by: str = "crank", prefix: str = "r",
    policy: str = "eu@1", now: datetime = NOW,
) -> None:  # fmt: skip
    """So many reports of somebody, answered by a person; the first of them had ground."""
    for number in range(count):
        passed(database, keyring, f"{prefix}-{number}", policy=policy)
        report(database, keyring, about=f"{prefix}-{number}", by=by, now=now)
        decide(database, REJECT if number < founded else APPROVE, wanted="complaints", now=now)
    settle(database, now=now + timedelta(minutes=1))


def look(database: Database, keyring: Keyring, *, now: datetime = SOON) -> list[ReporterFinding]:
    with database.unit() as unit:
        reporter_findings.look(unit, RULES, IN_FORCE, keyring, now=now)
        unit.commit()
    with database.reading() as reading:
        return list(stored.page(reading).items)


def measured(
    database: Database, keyring: Keyring, what: str = "warn", *, days: float | None = None, by: str = "lin",
    target: str = "crank", now: datetime = SOON, policy: str = "eu",
) -> MeasureRecord:  # fmt: skip
    wish = Wish(TargetKind.REPORTER, target, WHY, "DSA 23", what, days)
    with database.unit() as unit:
        made = account_measures.take(unit, keyring, wish, IN_FORCE[policy], by=by, policies=IN_FORCE, now=now)
        unit.commit()
    return made


def suspended(database: Database, keyring: Keyring, *, days: float = 14) -> MeasureRecord:
    """Warned, went on, and held."""
    measured(database, keyring)
    reported(database, keyring, 1, prefix="again", now=SOON + timedelta(minutes=1))
    return measured(database, keyring, "suspend", days=days, now=SOON + timedelta(hours=1))


LATER = SOON + timedelta(hours=2)


def test_who_is_often_wrong_is_a_finding_with_its_figures(database: Database, keyring: Keyring) -> None:
    reported(database, keyring, 9)
    [found] = look(database, keyring)
    assert (FindingKind.REPORTS, FloodState.WAITING) == (found.kind, found.state)
    figures = {name: found.evidence[name] for name in ("judged", "founded", "days", "policy", "below")}
    assert {"judged": 9, "founded": 0, "days": 180, "policy": "eu", "below": 0.45} == figures
    assert 0 <= found.evidence["low"] < found.evidence["share"] < found.evidence["high"] < 0.45
    assert [found.id] == [each.id for each in look(database, keyring)]
    with database.reading() as reading:
        assert len(reporter_findings.last_answers(reading, found, limit=20)) == 9
        assert [] == list(differences(reading, keyring=keyring))


@pytest.mark.parametrize(
    ("count", "founded", "policy"), [(5, 0, "eu@1"), (9, 5, "eu@1"), (9, 0, "default@1")], ids=["few", "right", "other"]
)
def test_few_answers_right_ones_and_other_policies_are_none(
    database: Database, keyring: Keyring, count: int, founded: int, policy: str
) -> None:
    reported(database, keyring, count, founded=founded, policy=policy)
    assert [] == look(database, keyring)


def test_what_was_dismissed_is_found_by_what_comes_after_alone(database: Database, keyring: Keyring) -> None:
    reported(database, keyring, 9)
    [found] = look(database, keyring)
    with database.unit() as unit:
        reporter_findings.decide(unit, found.id, is_so=False, by="lin", note="she reads one thread", now=SOON)
        unit.commit()
    later = SOON + timedelta(days=1)
    reported(database, keyring, 5, prefix="more", now=later)
    [still] = look(database, keyring, now=later + timedelta(hours=1))
    assert FloodState.DISMISSED is still.state
    reported(database, keyring, 3, prefix="again", now=later)
    anew, _ = look(database, keyring, now=later + timedelta(hours=1))
    assert (FloodState.WAITING, 8) == (anew.state, anew.evidence["judged"])


def test_a_suspension_takes_a_warning_a_report_after_it_an_end_and_a_policy(
    database: Database, keyring: Keyring
) -> None:
    reported(database, keyring, 6)
    with pytest.raises(InvalidInputError, match="measure"):
        measured(database, keyring, "suspend", days=14)
    assert MeasureState.IN_FORCE is measured(database, keyring).state
    with pytest.raises(InvalidInputError, match="measure"):
        measured(database, keyring, "suspend", days=14)
    reported(database, keyring, 1, prefix="again", now=SOON + timedelta(minutes=1))
    for days in (None, 31):
        with pytest.raises(InvalidInputError):
            measured(database, keyring, "suspend", days=days, now=LATER)
    with pytest.raises(InvalidInputError):
        measured(database, keyring, "suspend", days=14, now=LATER, policy="default")
    assert MeasureState.IN_FORCE is measured(database, keyring, "suspend", days=14, now=LATER).state
    with database.reading() as reading:
        assert [] == list(differences(reading, keyring=keyring))


def test_a_suspended_reporter_s_report_is_kept_and_answered_and_opens_no_case(
    database: Database, keyring: Keyring
) -> None:
    listen(database, keyring)
    held = suspended(database, keyring)
    passed(database, keyring, "c-1", "c-2")
    made = report(database, keyring, by="crank", note="look at this", now=LATER)
    assert (None, held.id, ComplaintOutcome.SUSPENDED) == (made.case_id, made.suspended_by, made.outcome)
    assert made.note == "look at this"
    status = status_of(database, keyring, made)
    assert status.answer is not None
    assert "suspended" in status.answer.en
    assert status.measure is not None
    assert WHY["en"] in account_notices.notice(status.measure)["en"]
    assert told(database, "complaint.resolved")[-1]["outcome"] == "suspended"
    other = report(database, keyring, about="c-2", by="reader-2", now=LATER)
    assert other.case_id is not None
    with database.reading() as reading:
        assert [] == list(differences(reading, keyring=keyring))


@pytest.mark.parametrize("kind", ["threat", "self_harm", "minors"])
def test_what_may_threaten_life_is_looked_at_all_the_same(database: Database, keyring: Keyring, kind: str) -> None:
    suspended(database, keyring)
    passed(database, keyring, "c-1")
    made = report(database, keyring, by="crank", kind=kind, now=LATER)
    assert made.case_id is not None
    assert made.suspended_by is None


def test_it_ends_by_itself_and_the_platform_hears_by_which_report_whom_to_tell(
    database: Database, keyring: Keyring
) -> None:
    listen(database, keyring)
    held = suspended(database, keyring, days=1)
    after = LATER + timedelta(days=1)
    passed(database, keyring, "c-1")
    assert report(database, keyring, by="crank", now=after).case_id is not None
    with database.unit() as unit:
        account_measures.expire(unit, now=after)
        unit.commit()
    assert MeasureState.ENDED is now_of(database, held.id).state
    with database.reading() as reading:
        first = of_comment(reading, id_of(reading, "again-0"))[0]
    target = told(database, "measure.requested")[-1]["target"]
    assert {"kind": "reporter", "id": None, "complaint_id": first.id} == target


def id_of(reading: Reading, name: str) -> str:
    return comments.known_ids(reading, [name])[name]


def test_it_is_contested_by_its_id_and_somebody_else_decides(database: Database, keyring: Keyring) -> None:
    held = suspended(database, keyring)
    with database.unit() as unit:
        asked = account_appeals.make(unit, MEASURE, held.id, "I was right", RULES, sender="shop", now=LATER)
        account_appeals.answer(unit, asked.id, by="mia", approve=True, note="mistaken", now=LATER)
        unit.commit()
    assert MeasureState.LIFTED is now_of(database, held.id).state
    passed(database, keyring, "c-1")
    assert report(database, keyring, by="crank", now=LATER).case_id is not None


def test_a_person_confirms_with_a_measure_in_words_for_who_reports(database: Database, keyring: Keyring) -> None:
    reported(database, keyring, 9)
    [found] = look(database, keyring)
    wish = Wish(TargetKind.REPORTER, "", WHY, "DSA 23", "warn")
    with database.unit() as unit:
        made = reporter_findings.measure(unit, keyring, found.id, wish, IN_FORCE, by="lin", now=SOON)
        unit.commit()
    assert found.reporter_id == made.reporter_id
    assert [FloodState.CONFIRMED] == [each.state for each in look(database, keyring)]
    notice = account_notices.notice(made)
    assert WHY["zh"] in notice["zh"]
    assert made.id in notice["en"]
    with database.unit() as unit, pytest.raises(ConflictError):
        reporter_findings.decide(unit, found.id, is_so=True, by="mia", note="twice", now=SOON)


def test_a_flagger_whose_notices_are_often_unfounded_is_a_finding_too(database: Database, keyring: Keyring) -> None:
    mark = marked(database, keyring)
    rules = RULES.model_copy(update={"flaggers": FlaggerRules(under={"eu": 6}, judged=6, founded_below=0.45)})
    reported(database, keyring, 5, by="jugendschutz")
    with database.unit() as unit:
        assert reporter_findings.look(unit, rules, {}, keyring, now=SOON) == 0
        unit.commit()
    reported(database, keyring, 4, by="jugendschutz", prefix="more")
    with database.unit() as unit:
        assert reporter_findings.look(unit, rules, {}, keyring, now=SOON) == 1
        unit.commit()
    with database.reading() as reading:
        [found] = stored.page(reading).items
    assert (FindingKind.FLAGGER, mark.id, 9) == (found.kind, found.evidence["flagger_id"], found.evidence["judged"])


def test_erased_nobody_can_tell_who_it_was(database: Database, keyring: Keyring) -> None:
    held = suspended(database, keyring)
    reported(database, keyring, 9, prefix="late", by="other")
    order = erasure.Order("crank", "mia", "they asked")
    erasure.erase(database, keyring, order, now=datetime.now(UTC) + timedelta(days=1))
    made = now_of(database, held.id)
    assert ("erased", "erased") == (made.reason_zh, made.reason_en)
    with database.reading() as reading:
        assert [] == list(differences(reading, keyring=keyring))
    passed(database, keyring, "c-1")
    assert report(database, keyring, by="crank", now=LATER).suspended_by is None


def status_of(database: Database, keyring: Keyring, made: ComplaintRecord) -> receipts.Status:
    with database.reading() as reading:
        return receipts.complaint_status(reading, complaint(database, made.id), RULES, now=LATER)


def test_who_contests_without_ground_again_and_again_is_a_finding(database: Database, keyring: Keyring) -> None:
    for number in range(8):
        passed(database, keyring, f"r-{number}")
        made = report(database, keyring, about=f"r-{number}", by="crank")
        with database.unit() as unit:
            again = NewComplaint(
                made.comment_id, made.decision_id, made.revision, None, made.case_id, made.kind, None,
                made.reporter_index, made.source, NOW, contests=made.id,
            )  # fmt: skip
            contest = raised.add(unit, again, now=NOW)
            raised.answer(unit, contest.id, ComplaintOutcome.KEPT, verdict_id=None, now=NOW)
            unit.commit()
    [found] = look(database, keyring)
    assert (FindingKind.CONTESTS, 8, 0) == (found.kind, found.evidence["judged"], found.evidence["founded"])
    with database.reading() as reading:
        assert len(reporter_findings.last_answers(reading, found, limit=20)) == 8


def test_who_appeals_without_ground_again_and_again_is_a_finding_and_no_appeal_waits_for_it(
    database: Database, keyring: Keyring
) -> None:
    blocked = a_decision(Outcome.BLOCK, gambling=0.97)
    blocked = replace(blocked, versions=replace(blocked.versions, policy="eu@1"))
    for number in range(9):
        comment = replace(a_comment("bet here", known_as=f"a-{number}"), author=Author("writer"))
        [one] = put(database, keyring, an_answer(comment, blocked))
        made = appeal(database, one.decision_id)
        if number < 8:
            with database.unit() as unit:
                objected.answer(unit, made.id, AppealOutcome.UPHELD, answer_id=None, now=NOW)
                unit.commit()
    [found] = look(database, keyring)
    assert (FindingKind.APPEALS, 8, None) == (found.kind, found.evidence["judged"], found.reporter_id)
    wish = Wish(TargetKind.REPORTER, "", WHY, "DSA 23", "warn")
    with database.unit() as unit, pytest.raises(ConflictError):
        reporter_findings.measure(unit, keyring, found.id, wish, IN_FORCE, by="lin", now=SOON)
    assert case_of(database, made.case_id).state == "open"
    with database.unit() as unit:
        reporter_findings.decide(unit, found.id, is_so=True, by="lin", note="eight of eight", now=SOON)
        unit.commit()
    erasure.erase(database, keyring, erasure.Order("writer", "mia", "they asked"), now=LATER)
    with database.reading() as reading:
        gone = stored.get(reading, found.id)
        assert (None, "erased") == (gone.author_id, gone.note)
        assert [] == of_findings(reading, keyring)


def of_findings(reading: Reading, keyring: Keyring) -> list[str]:
    told = (each.sentence for each in differences(reading, keyring=keyring))
    return [each for each in told if "who reports or appeals" in each or "reporter" in each]


FORGED = (
    "INSERT INTO reporter_findings (id, kind, reporter_id, evidence, state, created_at, updated_at) "
    "SELECT 'x', kind, reporter_id, evidence, 'waiting', created_at, updated_at FROM reporter_findings"
)
ALTERED = {
    FORGED: "The finding about who reports or appeals x has no entry",
    "UPDATE reporter_findings SET state = 'dismissed', answered_by = 'eve'": "say: state, answered_by.",
    "UPDATE reporter_findings SET note = NULL, answered_at = NULL": "say: note, answered_at.",
    "UPDATE reporter_findings SET reporter_id = NULL": "say: reporter_id.",
    "UPDATE reporter_findings SET author_id = 'somebody'": "say: author_id.",
    "UPDATE reporter_findings SET evidence = '{}'": "say: evidence.",
    "DELETE FROM reporter_findings": "is gone from the table reporter_findings.",
}


def test_a_finding_that_somebody_forged_altered_or_removed_is_told(database: Database, keyring: Keyring) -> None:
    reported(database, keyring, 9)
    [found] = look(database, keyring)
    with database.unit() as unit:
        unit.execute(text("UPDATE reporter_findings SET state = 'confirmed'"))
        [told] = of_findings(unit, keyring)
        assert told.endswith("say: state.")
    with database.unit() as unit:
        reporter_findings.decide(unit, found.id, is_so=True, by="lin", note="nine of nine", now=SOON)
        unit.commit()
    with database.reading() as reading:
        assert [] == list(differences(reading, keyring=keyring))
    for statement, sentence in ALTERED.items():
        with database.unit() as unit:
            unit.execute(text("PRAGMA defer_foreign_keys = ON"))
            unit.execute(text(statement))
            assert any(sentence in each for each in of_findings(unit, keyring)), statement
