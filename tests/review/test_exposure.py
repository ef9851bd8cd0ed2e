"""The worst is limited and spread, breaks are suggested, and the claim asks for skills."""

from __future__ import annotations

from datetime import timedelta

from governance import retention
from governance.retention import Retention, Traces
from moderation.decision import Outcome
from records import cases, complaints, erasing, exposures, leases
from records.cases import Wanted
from records.complaints import NewComplaint
from records.database import Database
from records.personal import Keyring
from records.values import CaseRecord, Judgement, VerdictKind
from review import exposure, queue
from review.exposure import Wellness
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, put

APPROVE = Judgement(VerdictKind.APPROVE)


def of_label(label: str, count: int) -> list:
    return [an_answer(a_comment(f"{label}{n}"), a_decision(Outcome.REVIEW, **{label: 0.6})) for n in range(count)]


def take(database: Database, who: str, wellness: Wellness, *, now=NOW) -> CaseRecord | None:  # noqa: ANN001
    """As a desk does."""
    with database.unit() as unit:
        for wish in exposure.spared(unit, who, Wanted(), wellness, now=now):
            found = queue.take(unit, who, wish, now=now)
            if found:
                give_verdict(unit, NAMES, found[0].id, APPROVE, moderator=who, token=None, now=now)
                unit.commit()
                return found[0]
    return None


def test_at_the_limit_the_worst_goes_to_others(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("hate", 4))
    limit = Wellness(worst_an_hour=2)
    taken = [take(database, who, limit) for who in ("mei", "mei", "mei", "wei", "wei", "wei")]
    assert [True, True, False, True, True, False] == [each is not None for each in taken]
    with database.reading() as look:
        found = exposure.of(look, "mei", limit, now=NOW)
        assert (2, 2, NOW + timedelta(hours=1)) == (found.worst, found.cases, found.free_at)
        assert {"mei": (2, 2), "wei": (2, 2)} == dict(exposure.of_all(look, since=NOW))


def test_an_hour_later_the_limit_is_free_again(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("hate", 2))
    limit = Wellness(worst_an_hour=1)
    assert take(database, "mei", limit)
    assert take(database, "mei", limit, now=NOW + timedelta(minutes=59)) is None
    assert take(database, "mei", limit, now=NOW + timedelta(minutes=61))


def test_what_a_case_turns_out_to_be_counts_whatever_it_was_suspected_of(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("advertising", 3))
    said = (Judgement(VerdictKind.REJECT, (), ground="minors"), Judgement(VerdictKind.REJECT, ("hate",)), APPROVE)
    with database.unit() as unit:
        for judgement in said:
            [case] = queue.claim(unit, "mei", now=NOW)
            give_verdict(
                unit, NAMES, case.id, judgement, moderator="mei", token=None, now=NOW, grounds=("minors", "works")
            )  # fmt: skip
        unit.commit()
    with database.reading() as look:
        found = exposure.of(look, "mei", Wellness(worst_an_hour=9), now=NOW)
        assert (2, 3) == (found.worst, found.cases)
        assert {"mei": (3, 2)} == dict(exposure.of_all(look, since=NOW))


def test_what_is_complained_of_counts_and_is_spared_at_the_limit(database: Database, keyring: Keyring) -> None:
    [stored] = put(database, keyring, *of_label("advertising", 1))
    with database.unit() as unit:
        new = NewComplaint(
            comment_id=stored.comment_id, decision_id=stored.decision_id, revision=1, author_index=None,
            case_id=stored.case_id, kind="harassment", note=None, reporter_index="r", source="platform", due_at=NOW,
        )  # fmt: skip
        complaints.add(unit, new, now=NOW)
        unit.commit()
    limit = Wellness(worst_an_hour=1)
    with database.unit() as unit:
        put_hate = exposure.spared(unit, "mei", Wanted(), Wellness(in_a_row=0, worst_an_hour=1), now=NOW)
        assert (Wanted(),) == put_hate
        [case] = queue.take(unit, "mei", Wanted(), now=NOW)
        assert 1 == exposure.of(unit, "mei", limit, now=NOW).worst
        queue.release(unit, case.id, "mei", case.lease_token, now=NOW)
        spared = Wanted(but=exposure.WORST, but_complaints=exposure.WORST_COMPLAINTS)
        assert [] == queue.take(unit, "mei", spared, now=NOW)


def test_after_some_in_a_row_something_else_comes_first(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("hate", 4), *of_label("gambling", 1))
    with database.unit() as unit:
        for case in cases.page(unit, label="gambling").items:
            leases.put_back(unit, case, queue="second look")
        unit.commit()
    wellness = Wellness(in_a_row=2)
    taken = [take(database, "mei", wellness) for _ in range(5)]
    assert 4 == [each.label for each in taken if each].count("hate")
    assert "gambling" in [each.label for each in taken[:3] if each]


def test_a_case_needs_its_language_and_its_label_as_skills(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("hate", 1), *of_label("gambling", 1))
    with database.unit() as unit:
        assert [] == queue.take(unit, "mei", Wanted(languages=("ko",)), now=NOW, count=2)
        assert ["gambling"] == [
            case.label
            for case in queue.take(unit, "mei", Wanted(languages=("zh",), subjects=("gambling",)), now=NOW, count=2)
        ]


def test_what_was_skipped_or_is_in_hand_was_seen_too(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("abuse", 2))
    with database.unit() as unit:
        first, _ = queue.take(unit, "mei", Wanted(), now=NOW, count=2)
        queue.skip(unit, first.id, "mei", None, why=queue.Skip.DISTRESS, now=NOW)
        assert 2 == exposure.of(unit, "mei", Wellness(worst_an_hour=9), now=NOW).worst


def test_a_break_is_due_after_work_without_one() -> None:
    moments = [NOW + timedelta(minutes=each) for each in (0, 10, 13, 17, 21)]
    assert timedelta(minutes=13) == exposure.worked_for(moments, NOW + timedelta(minutes=23))
    assert timedelta(0) == exposure.worked_for(moments, NOW + timedelta(minutes=40))
    assert timedelta(0) == exposure.worked_for([], NOW)


def ids_of(database: Database, label: str) -> list[str]:
    with database.reading() as look:
        return [case.comment_id for case in cases.page(look, label=label).items]


def show(database: Database, who: str, comment_ids: list[str], *, now=NOW) -> None:  # noqa: ANN001
    with database.unit() as unit:
        exposure.shown(unit, who, comment_ids, now=now)
        unit.commit()


def test_every_harsh_text_that_was_shown_counts_once_whatever_page_showed_it(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, *of_label("abuse", 4), *of_label("gambling", 1))
    limit = Wellness(worst_an_hour=4)
    texts = ids_of(database, "abuse")
    show(database, "mei", texts[:3])
    show(database, "mei", texts[1:])  # some of them again
    with database.reading() as look:
        found = exposure.of(look, "mei", limit, now=NOW)
        assert (4, 0, 4) == (found.worst, found.cases, found.in_a_row)
        assert NOW + timedelta(hours=1) == found.free_at
        assert exposure.of(look, "wei", limit, now=NOW).worst == 0
    taken = take(database, "mei", limit)
    assert taken is not None
    assert ("gambling", None) == (taken.label, take(database, "mei", limit))
    assert take(database, "wei", limit) is not None


def test_a_case_whose_text_was_read_elsewhere_counts_once(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("abuse", 2))
    show(database, "mei", ids_of(database, "abuse"))
    limit = Wellness(worst_an_hour=9)
    assert take(database, "mei", limit, now=NOW + timedelta(minutes=50)) is not None
    with database.reading() as look:
        assert 2 == exposure.of(look, "mei", limit, now=NOW + timedelta(minutes=50)).worst
        assert 1 == exposure.of(look, "mei", limit, now=NOW + timedelta(minutes=70)).worst, "the case alone"
        assert {"mei": (2, 2)} == dict(exposure.of_all(look, since=NOW))


def test_a_lead_sees_the_texts_and_not_the_cases(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("abuse", 6), *of_label("gambling", 1))
    texts = ids_of(database, "abuse")
    spared = Wellness(worst_an_hour=1)
    assert ["abuse", "gambling"] == [each.label for each in (take(database, "mei", spared) for _ in range(2)) if each]
    show(database, "mei", texts)
    with database.reading() as look:
        assert {"mei": (7, 6)} == dict(exposure.of_all(look, since=NOW))
        assert 6 == exposure.seen_since(look, "mei", since=NOW)


def test_an_erased_text_was_read_by_nobody_and_is_never_noted(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("abuse", 2))
    first, second = ids_of(database, "abuse")
    show(database, "mei", [first, second])
    with database.unit() as unit:
        erasing.erase_one(unit, first, now=NOW)
        unit.commit()
    show(database, "mei", [first, "gone"])
    with database.reading() as look:
        assert 1 == exposure.seen_since(look, "mei", since=NOW)


def test_what_was_read_is_forgotten_with_the_traces_of_looking(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *of_label("abuse", 2))
    first, second = ids_of(database, "abuse")
    later = NOW + timedelta(days=10)
    show(database, "mei", [first])
    show(database, "mei", [second], now=later)
    retention.run(database, Retention(looks=Traces(days=7)), now=later)
    with database.reading() as look:
        assert [later] == [one.at for one in exposures.seen(look, "mei", exposure.COUNTED, since=NOW)]
