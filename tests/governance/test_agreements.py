"""User agreements: published once with a reason, never changed, and what nobody published nobody accepted."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from governance import agreements as governing
from governance.agreements import MAX_TEXT, Wish
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError, PartUnavailableError
from records import agreements, authors, ledger, users
from records.agreements import Accepted, Agreement
from records.authors import Statement
from records.database import Database
from records.ledger import MACHINE
from records.personal import Keyring
from records.underlying import differences
from tests.records.databases import NOW

DAY = timedelta(days=1)
FIRST = Wish(
    "2026-01", "一、文明发言。\r\n二、不发广告。\n", "1. Be civil.\n2. No advertising.", None, "mia", "the first one"
)
SECOND = replace(FIRST, version="2026-02", en="1. Be civil.", valid_from=NOW + DAY, why="shorter")


def publish(database: Database, wish: Wish = FIRST, *, now: datetime = NOW) -> Agreement:
    with database.unit() as unit:
        made = governing.publish(unit, wish, now=now)
        unit.commit()
    return made


def faults_of(database: Database, wish: Wish) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as refused:
        publish(database, wish)
    return {fault.where: fault.detail for fault in refused.value.faults}


def test_a_version_holds_from_its_moment_until_the_next_one_does(database: Database) -> None:
    with database.reading() as look:
        assert agreements.in_force(look, now=NOW) is None
    made = publish(database)
    publish(database, SECOND)
    assert ("一、文明发言。\n二、不发广告。", "mia", NOW) == (made.text_zh, made.published_by, made.valid_from)
    with database.reading() as look:
        held = [agreements.in_force(look, now=NOW + later) for later in (timedelta(0), DAY - timedelta(seconds=1), DAY)]
        assert ["2026-01", "2026-01", "2026-02"] == [each and each.version for each in held]
        assert ["2026-02", "2026-01"] == [each.version for each in agreements.every(look)]
        assert made == agreements.get(look, "2026-01")
        with pytest.raises(NotFoundError, match="agreement list"):
            agreements.get(look, "2026-03")


def test_the_ledger_has_who_published_which_words_and_why(database: Database) -> None:
    made = publish(database)
    with database.reading() as look:
        entry = ledger.last(look, "agreement.published", made.id)
        assert [] == list(differences(look))
    assert entry is not None
    for told in (b'"mia"', b'"the first one"', made.content_hash.encode(), b'"2026-01"'):
        assert told in entry.body


def test_a_text_in_the_other_languages_place_is_refused_but_for_a_reason(database: Database) -> None:
    readme = "# Chaffinch\n\nOpen software for moderation of comments (评论)."
    odd = replace(FIRST, zh=readme, en=readme)
    assert {"zh"} == set(faults_of(database, odd))
    assert {"zh", "en"} == set(faults_of(database, replace(FIRST, zh=FIRST.en, en=FIRST.zh)))
    assert "--anyway" in faults_of(database, odd)["zh"]
    made = publish(database, replace(odd, anyway="the Chinese one is being translated"))
    assert made.why.endswith("does not look like its language: the Chinese one is being translated")
    assert made == publish(database, odd)


def test_the_same_once_more_is_the_same_and_other_words_or_another_day_are_refused(database: Database) -> None:
    made = publish(database)
    assert made == publish(database) == publish(database, now=NOW + DAY)
    with pytest.raises(ConflictError, match="a new version"):
        publish(database, replace(FIRST, en="Something else."))
    with pytest.raises(ConflictError, match="not changed"):
        publish(database, replace(FIRST, valid_from=NOW + DAY))
    with pytest.raises(ConflictError, match="2026-01 holds from that very moment"):
        publish(database, replace(FIRST, version="b"))
    with database.reading() as look:
        assert 1 == len(agreements.every(look))
        assert 1 == len(look.execute(text("SELECT id FROM ledger WHERE kind = 'agreement.published'")).all())


def test_who_publishes_in_the_same_moment_is_told_so_or_finds_the_same_published(database: Database) -> None:
    answers: dict[str, Agreement | Exception] = {}

    def second(name: str, wish: Wish) -> None:
        try:
            answers[name] = publish(database, wish)
        except Exception as refused:
            answers[name] = refused

    wishes = {"same": FIRST, "words": replace(FIRST, en="Something else."), "moment": replace(FIRST, version="b")}
    threads = [threading.Thread(target=second, args=each) for each in wishes.items()]
    with database.unit() as unit:
        made = governing.publish(unit, FIRST, now=NOW)
        for thread in threads:
            thread.start()
        threads[0].join(0.2)  # they have looked, and wait for this unit's end
        assert {} == answers
        unit.commit()
    for thread in threads:
        thread.join(20)
    assert made == answers["same"]
    for name, sentence in (("words", "give this text a new version"), ("moment", "2026-01 holds from that very")):
        assert isinstance(answers[name], ConflictError)
        assert sentence in str(answers[name])
    with database.reading() as look:
        assert 1 == len(look.execute(text("SELECT id FROM ledger WHERE kind = 'agreement.published'")).all())


def test_every_fault_is_told_at_once(database: Database) -> None:
    odd = replace(FIRST, version="../a b", zh=" \u200b\n", en="x" * (MAX_TEXT + 1))
    assert {"version", "zh", "en"} == faults_of(database, odd).keys()
    assert "U+0000" in faults_of(database, replace(FIRST, en="PK\x00\x03"))["en"]
    assert "has passed" in faults_of(database, replace(FIRST, valid_from=NOW - DAY))["valid_from"]
    assert "ten years" in faults_of(database, replace(FIRST, valid_from=NOW + 4000 * DAY))["valid_from"]
    assert {"why"} == faults_of(database, replace(FIRST, why="\u200b")).keys()
    assert {"by"} == faults_of(database, replace(FIRST, by=" ")).keys()


def test_who_looks_on_publishes_nothing(database: Database) -> None:
    with database.unit() as unit:
        users.create(unit, "ivy", password_hash="x", role="inspector", now=NOW)
        unit.commit()
    with pytest.raises(ForbiddenError, match="inspector"):
        publish(database, replace(FIRST, by="ivy"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE agreements SET text_en = 'Be rude.'",
        "UPDATE agreements SET version = '2026-09'",
        "DELETE FROM agreements",
        "INSERT INTO agreements SELECT 'x', version, text_zh, text_en, content_hash, valid_from, published_by, why, "
        "created_at FROM agreements",
        "INSERT INTO agreements SELECT 'x', 'b', text_zh, text_en, content_hash, valid_from, published_by, why, "
        "created_at FROM agreements",
    ],
)
def test_the_database_itself_changes_nothing_that_was_published(database: Database, change: str) -> None:
    publish(database)
    with pytest.raises((IntegrityError, PartUnavailableError)), database.unit() as unit:
        unit.execute(text(change))


def test_words_that_were_forged_past_the_triggers_are_found(database: Database) -> None:
    made = publish(database)
    trigger = "agreements_update" if database.dialect == "sqlite" else "agreements_rows ON agreements"
    with database.unit() as unit:
        unit.execute(text(f"DROP TRIGGER {trigger}"))
        unit.execute(text("UPDATE agreements SET text_en = 'Be rude.'"))
        unit.commit()
    with database.reading() as look:
        [found] = differences(look)
    assert f"The agreement {made.id} is not what entry" in found.sentence
    assert "text_zh or text_en" in found.sentence


def accept(database: Database, keyring: Keyring, *versions: str) -> None:
    with database.unit() as unit:
        for number, version in enumerate(versions):
            said = Statement(agreement_version=version, consented_at=NOW)
            authors.state(unit, keyring, f"a-{number}", said, actor=MACHINE, now=NOW)
        unit.commit()


def test_who_accepted_what_is_counted_and_what_nobody_published_stands_out(
    database: Database, keyring: Keyring
) -> None:
    publish(database)
    accept(database, keyring, "2026-01", "2026-01", "1.0")
    with database.reading() as look:
        assert [Accepted("2026-01", 2, True), Accepted("1.0", 1, False)] == agreements.accepted(look)


def test_what_was_never_published_is_refused_once_something_published_holds(database: Database) -> None:
    with database.reading() as look:
        governing.check_accepted(look, "1.0", None, now=NOW)
    publish(database, SECOND)
    with database.reading() as look:
        governing.check_accepted(look, "1.0", None, now=NOW)
        for version, stands in (("2026-02", None), (None, None), ("1.0", "1.0"), (None, "1.0")):
            governing.check_accepted(look, version, stands, now=NOW + DAY)
        with pytest.raises(InvalidInputError) as refused:
            governing.check_accepted(look, "1.0", "2026-02", now=NOW + DAY)
    [fault] = refused.value.faults
    assert ("/agreement_version", True) == (fault.where, "there are 2026-02" in fault.detail)


def test_nobody_accepted_an_agreement_before_there_was_one(database: Database) -> None:
    publish(database, SECOND)
    with database.reading() as look:
        for version, moment in (("2026-02", NOW), (None, NOW - DAY), ("1.0", NOW - DAY), ("2026-02", None)):
            governing.check_consent(look, version, moment)
        with pytest.raises(InvalidInputError) as refused:
            governing.check_consent(look, "2026-02", datetime(2020, 1, 1, tzinfo=UTC))
    [fault] = refused.value.faults
    assert ("/consented_at", True) == (fault.where, "is before there was an agreement 2026-02" in fault.detail)
