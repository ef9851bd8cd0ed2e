"""Credit events beside the ledger: what is invented, changed or removed with the database's own tools is named."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from governance import credit, erasure
from governance.erasure import Order
from records import ledger
from records.database import Database
from records.ids import new_id
from records.personal import Keyring
from records.underlying import differences
from records.unit_of_work import Reading
from tests.governance.public import REJECT, decide
from tests.governance.standing import ACCOUNT, POLICIES, count
from tests.governance.test_credit import blocked, other, passed, put, reviewed
from tests.governance.test_underlying import may_do_all
from tests.records.databases import NOW

DAY = timedelta(days=1)


def told(look: Reading) -> list[str]:
    return [each.sentence for each in differences(look)]


def counted(database: Database, keyring: Keyring) -> None:
    """Two accounts with events of every kind, one of them taken back."""
    put(database, keyring, blocked("c-1"), reviewed("c-2"), other(passed("c-3")), other(blocked("c-4")))
    decide(database, REJECT)
    count(database, keyring)
    put(database, keyring, other(passed("c-4")))
    count(database, keyring)
    credit.good_days(database, POLICIES, now=NOW + DAY)


def test_what_was_counted_by_the_rules_differs_in_nothing_and_counting_again_writes_no_entry(
    database: Database, keyring: Keyring
) -> None:
    counted(database, keyring)
    with database.reading() as look:
        assert [] == told(look)
        before = [each.id for each in ledger.page(look, subject_id="credit", limit=200).items]
    credit.good_days(database, POLICIES, now=NOW + DAY)
    with database.reading() as look:
        assert before == [each.id for each in ledger.page(look, subject_id="credit", limit=200).items]


def test_an_event_that_somebody_changed_removed_or_put_in_is_named(database: Database, keyring: Keyring) -> None:
    counted(database, keyring)
    forged = new_id()
    some = "WHERE id = (SELECT min(id) FROM credit_events)"
    author = "(SELECT min(id) FROM authors)"
    ways = {
        f"UPDATE credit_events SET kind = 'good_day' {some}": "is not what entry",
        f"UPDATE credit_events SET author_id = (SELECT max(id) FROM authors) {some}": "is not what entry",
        f"UPDATE credit_events SET void_at = at {some}": "is not what entry",
        "UPDATE credit_events SET void_at = NULL WHERE void_at IS NOT NULL": "is not what entry",
        f"UPDATE credit_events SET at = '2001-01-01 00:00:00.000000' {some}": "is not what entry",
        f"DELETE FROM credit_events {some}": "is gone from the table credit_events",
        f"INSERT INTO credit_events (id, author_id, subject, kind, at) SELECT '{forged}', {author}, 'comment:x:1', "
        "'good_day', max(created_at) FROM ledger": f"The credit event {forged}",
    }  # fmt: skip
    for statement, sentence in ways.items():
        with database.unit() as unit:
            may_do_all(unit)
            name = unit.execute(text("SELECT min(id) FROM credit_events")).scalar_one()
            assert unit.execute(text(statement)).rowcount, statement
            found = [each for each in told(unit) if sentence in each]
            assert 1 == len(found), statement
            assert "min(id)" not in statement or forged in statement or name in found[0]


def test_events_that_went_with_their_account_or_weigh_nothing_any_more_are_missed_by_nobody(
    database: Database, keyring: Keyring
) -> None:
    counted(database, keyring)
    erasure.erase(database, keyring, Order(ACCOUNT, "mia", "they asked for it"), now=NOW)
    with database.reading() as look:
        assert [] == told(look)
    assert 0 < credit.forget(database, POLICIES, now=NOW + timedelta(days=800))
    with database.reading() as look:
        assert [] == told(look)
        assert 0 == look.execute(text("SELECT count(*) FROM credit_events")).scalar_one()


def test_events_from_before_the_entries_are_taken_as_they_stand(database: Database, keyring: Keyring) -> None:
    counted(database, keyring)
    with database.unit() as unit:
        may_do_all(unit)
        unit.execute(text("UPDATE credit_events SET kind = 'rejected' WHERE id = (SELECT min(id) FROM credit_events)"))
        assert [] != told(unit)
        unit.commit()
    database.downgrade("0023")
    database.migrate()
    with database.reading() as look:
        assert [] == told(look)
