"""Free words about a person stand in the ledger as commitments alone, and go with whom they are about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from governance import account_measures, erasure, lists, retention
from governance import webhooks as governing
from governance.account_measures import RECOMMEND
from governance.erasure import Order
from governance.lists import Listing
from governance.measure_wishes import Wish
from governance.retention import Retention
from governance.targets import Targets
from governance.webhooks import Wish as Endpoint
from moderation.comment import Author, Comment, Context
from moderation.decision import Outcome
from moderation.errors import InvalidInputError
from moderation.lists import ListAction
from records import entry_words, erasing, ledger, ledger_pages, measures, openings
from records.auditing import audit
from records.database import Database
from records.ledger_keys import open_signer
from records.openings import Closed, Opening, WhyNot
from records.personal import Keyring
from records.sealing import seal
from records.standing_values import MeasureRecord, TargetKind
from records.storing import Answered
from records.underlying import differences
from review import gold, queue
from tests.governance.public import TAXONOMY, Judgement, VerdictKind, appeal, decide, report, settle
from tests.governance.standing import DEFAULT, take, wish
from tests.governance.test_erasure import DAY, everything
from tests.records.databases import NOW
from tests.records.factories import a_decision, an_answer, put

AUTHOR = "canary-user-zhang"
WROTE = "you wrote bjl7712"
"""A contact out of the comment that is shorter than a quotation."""


def said(name: str, words: str = "加薇bjl7712，快来这里看看", *, outcome: Outcome = Outcome.PASS) -> Answered:
    scores = {} if outcome is Outcome.PASS else {"gambling": 0.6}
    comment = Comment(words, name, "zh", author=Author(AUTHOR), context=Context(surface="forum", thread_id="t-1"))
    return an_answer(comment, a_decision(outcome, **scores))


def on_comment(measure: str, name: str) -> Wish:
    return wish(
        measure, name, kind=TargetKind.COMMENT, reason={"en": f"{measure} {WROTE}"}, ground=f"a rule of ours, {WROTE}"
    )


def told(database: Database, keyring: Keyring) -> None:
    """An endpoint that hears of everything, with a name that can be looked up without a network."""
    with database.unit() as unit:
        asked = Endpoint(url="https://hooks.example.com/t", events=(), by="mia")
        governing.add(unit, asked, keyring=keyring, targets=Targets(), now=NOW)
        unit.commit()


def measured(database: Database, keyring: Keyring) -> list[MeasureRecord]:
    """What people did to the author's comments and account, with the contact in every word of theirs."""
    one = take(database, keyring, on_comment("warn", "c-1"), policy=DEFAULT)
    with database.unit() as unit:
        recommended = account_measures.recommend(unit, "c-2", reason={"en": WROTE}, ground="quality", by="mia", now=NOW)
        unit.commit()
    two = take(database, keyring, wish("suspend", AUTHOR, days=2, reason={"en": WROTE}, cause="c-1"))
    with database.unit() as unit:
        many = account_measures.take_many(
            unit, keyring, [on_comment("delete", "c-1"), on_comment("warn", "c-2")], DEFAULT, by="mia", now=NOW
        )
        account_measures.answer(unit, str(many[0].approval_id), by="ben", approve=True, note=f"yes, {WROTE}", now=NOW)
        account_measures.lift(unit, one.id, why=f"wrong: {WROTE}", by="mia", now=NOW)
        unit.commit()
    return [one, two, recommended, *many]


def ended(database: Database) -> None:
    """What had an end has come to it, after all that was dated before."""
    with database.unit() as unit:
        account_measures.expire(unit, now=NOW + 3 * DAY)
        unit.commit()


def passed_on(database: Database, keyring: Keyring) -> None:
    """A reported comment in people's hands: escalated, decided, made a known answer, appealed, listed."""
    report(database, keyring, about="c-3", note=f"the reporter: {WROTE}")
    with database.unit() as unit:
        [case] = queue.take(unit, "mia", queue.Wanted(None), now=NOW)
        queue.escalate(unit, case.id, "mia", case.lease_token, now=NOW, reason=WROTE, note=WROTE)
        unit.commit()
    judged = Judgement(VerdictKind.REJECT, ("gambling",), "delete", note=f"noted: {WROTE}")
    closed = decide(database, judged, wanted="escalated")
    settle(database)
    with database.unit() as unit:
        gold.vouch(unit, closed.id, why=f"since {WROTE}", author="mia", now=NOW)
        listed = Listing("account", AUTHOR, ListAction.BLOCK, "spam", WROTE, "mia")
        entry = lists.add(unit, listed, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        lists.take_off(unit, entry.id, by="mia", why=f"no more: {WROTE}", now=NOW)
        unit.commit()
    appeal(database, closed.decision_id, note=f"my words: {WROTE}", now=NOW + DAY)


@pytest.fixture
def filled(database: Database, keyring: Keyring) -> Database:
    told(database, keyring)
    put(database, keyring, said("c-1"), said("c-2"), said("c-3", outcome=Outcome.REVIEW))
    measured(database, keyring)
    passed_on(database, keyring)
    ended(database)
    return database


def bodies(database: Database) -> Iterator[str]:
    with database.reading() as look:
        yield from (bytes(each).decode() for each in look.execute(text("SELECT body FROM ledger")).scalars())


def findings(database: Database) -> list[str]:
    with database.reading() as look:
        return [each.sentence for each in differences(look)]


def test_the_ledger_holds_no_word_that_people_wrote_about_people(filled: Database) -> None:
    assert "bjl7712" in everything(filled)
    assert [] == [body for body in bodies(filled) if "bjl7712" in body]
    assert [] == findings(filled)


def test_after_an_erasure_no_free_word_about_the_author_is_anywhere(
    filled: Database, keyring: Keyring, tmp_path: Path
) -> None:
    done = erasure.erase(filled, keyring, Order(AUTHOR, "mia", "they asked"), now=NOW + 4 * DAY)
    left = everything(filled)
    assert [] == [canary for canary in ("bjl7712", AUTHOR) if canary in left]
    assert done.counts["words"] > 10
    assert [] == findings(filled)
    signer = open_signer(filled, tmp_path, now=NOW)
    with filled.unit() as unit:
        seal(unit, signer, owner="one", now=NOW + 4 * DAY)
        unit.commit()
    with filled.reading() as look:
        assert () == audit(look).findings


def test_retention_takes_the_words_about_a_comment_with_it(filled: Database) -> None:
    with filled.unit() as unit:
        unit.execute(text("UPDATE cases SET state = 'closed'"))
        unit.commit()
    retention.run(filled, Retention.model_validate({"otherwise": {"days": 1}}), now=NOW + 30 * DAY)
    with filled.reading() as look:
        words = look.execute(text("SELECT reason_zh, ground FROM measures WHERE comment_id IS NOT NULL")).all()
    assert {("erased", "erased"), ("erased", "quality")} == {tuple(row) for row in words}


def test_what_people_read_has_the_words_as_long_as_they_are_there(filled: Database, keyring: Keyring) -> None:
    with filled.reading() as look:
        entries = [each for each in ledger.page(look, limit=200).items if each.kind == RECOMMEND]
        assert WROTE == ledger_pages.words_of(look, entries[0])["reason"]
        opened = list(openings.of_entry(look, entries[0], None))
        assert {("reason", WROTE), ("reason_zh", WROTE)} == {
            (each.kind, each.value) for each in opened if isinstance(each, Opening)
        }
    erasure.erase(filled, keyring, Order(AUTHOR, "mia", "they asked"), now=NOW + DAY)
    with filled.reading() as look:
        assert entry_words.ERASED == ledger_pages.words_of(look, entries[0])["reason"]
        assert {WhyNot.ERASED} == {each.why for each in openings.of_entry(look, entries[0], None)
                                   if isinstance(each, Closed)}  # fmt: skip


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("UPDATE entry_words SET words = replace(words, 'you wrote', 'they wrote')", "not those that it commits to"),
        ("DELETE FROM entry_words", "are gone, and no erasure names them"),
        ("UPDATE measures SET reason_en = 'another', reason_zh = 'another'", "reason_zh, reason_en"),
        ("UPDATE measures SET reason_en = 'erased', reason_zh = 'erased'", "reason_zh, reason_en"),
        ("INSERT INTO entry_words VALUES ('nothing', 'c', x'00', '{}')", "The words nothing have no entry"),
    ],
)
def test_words_that_somebody_altered_or_took_are_told(
    sqlite: Database, keyring_of_sqlite: Keyring, how: str, told: str
) -> None:
    put(sqlite, keyring_of_sqlite, said("c-1"))
    take(sqlite, keyring_of_sqlite, on_comment("warn", "c-1"), policy=DEFAULT)
    assert [] == findings(sqlite)
    with sqlite.unit() as unit:
        unit.execute(text(how))
        unit.commit()
    assert [] != [each for each in findings(sqlite) if told in each]


def test_who_takes_the_words_and_alters_the_record_is_found_after_an_erasure_too(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    put(sqlite, keyring_of_sqlite, said("c-1"))
    other = Comment("harmless", "o-1", "zh", author=Author("somebody-else"))
    put(sqlite, keyring_of_sqlite, an_answer(other))
    take(sqlite, keyring_of_sqlite, on_comment("warn", "o-1"), policy=DEFAULT)
    erasure.erase(sqlite, keyring_of_sqlite, Order(AUTHOR, "mia", "they asked"), now=NOW + DAY)
    with sqlite.unit() as unit:
        unit.execute(text("DELETE FROM entry_words"))
        unit.execute(text("UPDATE measures SET reason_en = 'another', reason_zh = 'another'"))
        unit.commit()
    assert [] != [each for each in findings(sqlite) if "reason_zh" in each]


def test_entries_of_before_have_their_words_within_and_stay_verifiable(
    sqlite: Database, keyring_of_sqlite: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(sqlite, keyring_of_sqlite, said("c-1"))
    with monkeypatch.context() as before:
        before.setattr(entry_words, "are_committed", lambda *_: False)
        made = take(sqlite, keyring_of_sqlite, on_comment("warn", "c-1"), policy=DEFAULT)
    assert [] == findings(sqlite)
    erasure.erase(sqlite, keyring_of_sqlite, Order(AUTHOR, "mia", "they asked"), now=NOW + DAY)
    with sqlite.reading() as look:
        assert "erased" == measures.get(look, made.id).reason_en
    assert [] == findings(sqlite)


def test_a_reason_does_not_name_the_author_of_the_comment_it_is_about(database: Database, keyring: Keyring) -> None:
    put(database, keyring, said("c-1"))
    naming = wish("warn", "c-1", kind=TargetKind.COMMENT, reason={"en": f"{AUTHOR} again"})
    with pytest.raises(InvalidInputError) as refused:
        take(database, keyring, naming, policy=DEFAULT)
    assert ["/reason"] == [fault.where for fault in refused.value.faults]


def test_webhooks_keep_no_word_after_the_erasure(filled: Database, keyring: Keyring) -> None:
    erasure.erase(filled, keyring, Order(AUTHOR, "mia", "they asked"), now=NOW + DAY)
    with filled.reading() as look:
        events = look.execute(text("SELECT data FROM webhook_events WHERE type LIKE 'measure.%'")).scalars().all()
    assert "erased" in str(events)
    assert "bjl7712" not in str(events)


def test_the_export_tells_everything_that_was_done_about_their_comments_and_nobody_else(
    filled: Database, keyring: Keyring
) -> None:
    with filled.reading() as look:
        records = list(erasing.held(look, keyring, AUTHOR))
        assert len(records) == erasing.count_records(look, keyring, AUTHOR)
    taken = sorted((each["measure"], each["target_kind"]) for each in records if each["table"] == "measures")
    about_comments = [("delete", "comment"), ("recommend", "comment"), ("warn", "comment"), ("warn", "comment")]
    assert sorted([*about_comments, ("suspend", "author")]) == taken
    (received,) = [each for each in records if each["table"] == "complaints_received"]
    assert ("harassment", "acted") == (received["kind"], received["outcome"])
    assert {"answers", "appeals", "verdicts"} <= {each["table"] for each in records}
    told = repr(records)
    assert "the reporter:" not in told
    assert "reader-1" not in told
    assert "mia" not in told
    assert "ben" not in told
