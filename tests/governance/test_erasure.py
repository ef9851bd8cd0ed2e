"""After an erasure nothing of the author is anywhere, and the ledger is still what was sealed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from governance import account_measures, complaints, erasure, four_eyes, lists, retention, returns
from governance.complaint_rules import shipped
from governance.complaints import PLATFORM, Report, Reporter
from governance.erasure import Order
from governance.four_eyes import Word
from governance.lists import Listing
from governance.processing import shipped as processing_record
from governance.rules import Standards
from moderation.comment import Attachment, Author, Client, Comment, Context
from moderation.decision import Outcome
from moderation.errors import ForbiddenError, InvalidInputError, NotFoundError
from moderation.lists import ListAction
from records import approvals, authors, erasing, idempotency, ledger, ledger_pages, measures, rewrapping, search
from records.auditing import audit
from records.authors import Link, Statement
from records.database import Database
from records.erasing import texts_of
from records.idempotency import Replay, Request, Started
from records.ledger import MACHINE
from records.ledger_keys import open_signer
from records.personal import Keyring, rotate
from records.sealing import seal
from records.storing import Answered
from records.tables import metadata
from records.underlying import differences
from serving.standing_views import measure_document, named
from tests.governance.public import TAXONOMY
from tests.governance.standing import lift, take, wish
from tests.records.databases import NOW
from tests.records.factories import a_decision, an_answer, put

AUTHOR, OTHER = "canary-author-5d1e", "canary-other-11"
CANARIES = (AUTHOR, "canary-device-77", "canary-network-03", "canary-text-one", "canary-text-two", "canary-long",
            "canary-phone-1", "canary-note", "canary-alt", "ca" * 32)  # fmt: skip
LONG = "canary-long" * 900
SINCE = datetime(1987, 6, 5, 4, 3, tzinfo=UTC)
DAY = timedelta(days=1)
STANDARDS = Standards(TAXONOMY, NOW.date())
ORDER = Order(AUTHOR, "mia", "they asked for it")


def comment(words: str, name: str, *, author: str = AUTHOR, answers: tuple[str, str] | None = None) -> Comment:
    parent, quoted = answers or (None, None)
    place = Context(surface="forum", thread_id="t-1", parent_id=parent, parent_text=quoted)
    writer = Author(author, verified=True, created_at=SINCE if author == AUTHOR else None)
    client = Client("canary-device-77", "canary-network-03")
    beside = (Attachment("image", "ca" * 32, f"canary-alt of {words}"),) if author == AUTHOR else ()
    return Comment(words, name, "zh", attachments=beside, author=writer, context=place, client=client)


def filled(database: Database, keyring: Keyring) -> None:
    """Two comments, one of them edited, one long; an answer that quotes; a case, a note, a statement, a list entry."""
    review = a_decision(Outcome.REVIEW, gambling=0.6)
    put(database, keyring, an_answer(comment("canary-text-one", "c-1"), review))
    put(database, keyring, an_answer(comment("canary-text-two", "c-1"), review), an_answer(comment(LONG, "c-2")))
    quoting = comment("harmless", "c-3", author=OTHER, answers=("c-1", "canary-text-two"))
    by_words = comment("harmless", "c-4", author=OTHER, answers=("unknown", LONG))
    put(database, keyring, an_answer(quoting), an_answer(by_words))
    said = Statement(verified=True, links=[Link("phone", "canary-phone-1")])
    with database.unit() as unit:
        authors.state(unit, keyring, AUTHOR, said, actor=MACHINE, now=NOW)
        listed = Listing("account", AUTHOR, ListAction.BLOCK, "spam", "seen", "mia")
        lists.add(unit, listed, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.execute(text("UPDATE cases SET lease_owner = 'mia'"))
        unit.commit()


def everything(database: Database) -> str:
    with database.reading() as look:
        rows = [repr(tuple(row)) for name in metadata.tables for row in look.execute(text(f"SELECT * FROM {name}"))]
    return "\n".join(rows)


def test_no_canary_is_left_and_the_ledger_still_verifies(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    filled(database, keyring)
    newer = rotate(database, tmp_path / "keys", now=NOW)  # the author is found under every key
    put(database, newer, an_answer(comment("canary-text-one", "c-9")))
    signer = open_signer(database, tmp_path / "keys", now=NOW)
    with database.unit() as unit:
        seal(unit, signer, owner="one", now=NOW)
        unit.commit()
    with database.reading() as look:
        assert {"canary-text-one", "canary-text-two", LONG} == texts_of(look, newer, AUTHOR)
    done = erasure.erase(database, newer, ORDER, now=NOW + timedelta(days=1))
    counts = {"comments": 3, "revisions": 1, "quotations": 2, "cases": 1, "statements": 1, "words": 1}
    assert counts == {name: count for name, count in done.counts.items() if count}
    assert 1 == len(done.kept)
    assert done.kept == done.stands.lists  # so the hash of their phone stays as well
    left = everything(database)
    assert [] == [canary for canary in (*CANARIES, "1987-06-05") if canary in left]
    assert left.count("harmless") == 2
    with database.unit() as unit:
        seal(unit, signer, owner="one", now=NOW)
        unit.commit()
    with database.reading() as look:
        assert () == audit(look).findings
        assert [] == list(differences(look))
        told = ledger_pages.words_of(look, ledger.get(look, done.entry_id))
    assert ("mia", "they asked for it", 3) == (told["actor"]["id"], told["reason"], told["facts"]["comments"])
    if database.dialect == "sqlite":
        database.clean()
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("chaffinch.db*"))
        assert [] == [canary for canary in CANARIES if canary.encode() in stored]
    again = erasure.erase(database, newer, ORDER, now=NOW)
    assert {0} == set(again.counts.values())


def asked(database: Database, keyring: Keyring, key: str, path: str, answer: dict[str, object]) -> None:
    """A request that was answered under a key of the platform's."""
    with database.unit() as unit:
        begun = idempotency.begin(unit, idempotency.to_start(keyed(keyring, key, path)), now=NOW)
        assert isinstance(begun, Started)
        idempotency.finish(unit, begun, status=200, response=answer)
        unit.commit()


def keyed(keyring: Keyring, key: str, path: str) -> Request:
    plain = hashlib.sha256(b"canary-body").digest()
    return idempotency.keyed(Request("key", key, "POST", path, plain), keyring)


def test_what_was_answered_to_a_repeated_request_is_forgotten_with_its_author(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    """The row goes, of a request alone, of a batch and of a stream's item; what was answered of others stays."""
    mine = put(database, keyring, an_answer(comment("canary-text-one", "c-1")))[0].decision_id
    other = put(database, keyring, an_answer(comment("harmless", "c-3", author=OTHER)))[0].decision_id
    for key, path, answer in (
        ("one", "/v1/score", {"decision_id": mine}),
        ("many", "/v1/score:batch", {"items": [{"decision_id": other}, {"error": None}, {"decision_id": mine}]}),
        ("item", "/v1/stream", {"type": "answer", "decision_id": mine}),
        ("others", "/v1/score", {"decision_id": other}),
        ("others-many", "/v1/score:batch", {"items": [{"decision_id": other}]}),
        ("else", "/v1/cases", {"items": "none"}),
    ):
        asked(database, keyring, key, path, answer)
    assert hashlib.sha256(b"canary-body").hexdigest() not in hashes(database)
    newer = rotate(database, tmp_path / "keys", now=NOW)
    done = erasure.erase(database, newer, ORDER, now=NOW + timedelta(hours=1))
    assert 3 == done.counts["answers"]
    with database.unit() as unit:
        for key, path in (("one", "/v1/score"), ("many", "/v1/score:batch"), ("item", "/v1/stream")):
            again = idempotency.to_start(keyed(newer, key, path))
            assert isinstance(idempotency.begin(unit, again, now=NOW), Started), key
        for key, path in (("others", "/v1/score"), ("others-many", "/v1/score:batch")):
            again = idempotency.to_start(keyed(newer, key, path))
            assert isinstance(idempotency.begin(unit, again, now=NOW), Replay), key


def hashes(database: Database) -> list[str]:
    with database.reading() as look:
        return [bytes(each).hex() for each in look.execute(text("SELECT body_hash FROM idempotency")).scalars()]


def test_what_is_held_is_given_out_without_anything_of_other_people(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.reading() as look:
        records = list(erasing.held(look, keyring, AUTHOR))
        nothing = list(erasing.held(look, keyring, "nobody"))
    tables = [record["table"] for record in records]
    counted = {name: tables.count(name) for name in ("authors", "comments", "comment_revisions", "decisions", "cases")}
    assert {"authors": 1, "comments": 2, "comment_revisions": 1, "decisions": 3, "cases": 1} == counted
    assert {"author_links", "list_entries"} < set(tables)
    assert {SINCE} == {record["account_since"] for record in records if record["table"] == "comments"}
    told = repr(records)
    assert "canary-text-one" in told
    assert LONG in told
    assert "harmless" not in told
    assert "mia" not in told.replace("'author': 'mia'", "")
    assert [] == nothing


def test_nothing_is_erased_without_a_name_and_a_reason(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(comment("canary-text-one", "c-1")))
    for order in (Order(AUTHOR, "", "why"), Order(AUTHOR, "mia", " ")):
        with pytest.raises(InvalidInputError):
            erasure.erase(sqlite, keyring_of_sqlite, order, now=NOW)
    assert "canary-text-one" in everything(sqlite)


def test_an_erasure_that_was_cut_off_goes_on(
    sqlite: Database, keyring_of_sqlite: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.erasing.AT_ONCE", 1)
    put(sqlite, keyring_of_sqlite, *(an_answer(comment(f"canary-text-one {n}", f"c-{n}")) for n in range(3)))

    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erasure.erase(sqlite, keyring_of_sqlite, ORDER, now=NOW, progress=stop)
    assert 1 == erasure.erase(sqlite, keyring_of_sqlite, ORDER, now=NOW).counts["comments"]
    assert "canary-text-one" not in everything(sqlite)


def quoting(words: str, name: str, thread: str | None, parent: str | None = None) -> Answered:
    place = Context(surface="forum", thread_id=thread, parent_id=parent, parent_text=words)
    return an_answer(Comment("harmless", name, "zh", author=Author(OTHER), context=place))


def quoted(database: Database) -> dict[str, str | None]:
    with database.reading() as look:
        rows = look.execute(text("SELECT external_id, parent_text FROM comments WHERE text = 'harmless'"))
        return {row.external_id: row.parent_text for row in rows}


def test_words_go_from_every_answer_that_quotes_them_wherever_it_stands(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(comment("canary-text-one", "c-1")))
    put(database, keyring, an_answer(comment("canary-text-two", "c-1")), an_answer(comment("the same", "c-2")))
    theirs = Comment("the same", "o-1", "zh", author=Author(OTHER), context=Context(thread_id="t-9"))
    put(
        database, keyring, an_answer(theirs), quoting("canary-text-two", "a", None),
        quoting("canary-text-two ", "b", "t-2"), quoting("canary-text-one", "c", "t-3", "unknown"),
        quoting("the same", "d", "t-9", "o-1"), quoting("other words", "e", "t-1"),
    )  # fmt: skip
    with database.unit() as unit:
        unit.execute(text("UPDATE comments SET parent_hash = NULL WHERE external_id = 'a'"))  # as programs before did
        unit.commit()
    done = erasure.erase(database, keyring, ORDER, now=NOW)
    assert {"a": None, "b": None, "c": None, "d": "the same", "e": "other words"} == quoted(database)
    assert 3 == done.counts["quotations"]
    assert "canary-text" not in everything(database)


def test_what_is_said_to_be_kept_until_erased_goes_and_what_counts_stays(database: Database, keyring: Keyring) -> None:
    """As `configs/processing.toml` and the public page say of every column."""
    whole = comment("canary-text-one", "c-1", answers=("c-0", "what they answered"))
    put(database, keyring, an_answer(whole))
    ours = [each for each in processing_record().held if each.table == "comments"]
    goes = {name for each in ours if each.period == "as_retention" for name in each.columns}
    stays = {name for each in ours for name in each.columns} - goes - {"erased_at"}
    look_at = text("SELECT * FROM comments")
    with database.reading() as look:
        before = look.execute(look_at).one()._mapping
    assert set() == {name for name in goes | stays if before[name] is None}
    erasure.erase(database, keyring, ORDER, now=NOW)
    with database.reading() as look:
        after = look.execute(look_at).one()._mapping
    assert set() == {name for name in goes if after[name] is not None}
    assert set() == {name for name in stays if after[name] != before[name]}


def test_why_a_measure_was_taken_back_goes_with_the_account(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(comment("canary-text-one", "c-1")))
    taken = take(database, keyring, wish("warn", AUTHOR, reason={"en": "canary-note"}))
    with database.unit() as unit:
        account_measures.lift(unit, taken.id, why="canary-long, as they told us", by="mia", now=NOW)
        unit.commit()
    erasure.erase(database, keyring, ORDER, now=NOW)
    with database.reading() as look:
        told = look.execute(text("SELECT reason_zh, reason_en, ended_why, appeal_note FROM measures")).all()
        assert [("erased", "erased", "erased", None)] == [tuple(row) for row in told]
        assert [] == list(differences(look))


def test_an_erasure_among_many_quotations_reads_an_index(database: Database) -> None:
    words = ("SELECT id FROM comments WHERE parent_hash IN ('a', 'b')", "ix_comments_parent_hash")
    waits = ("SELECT id FROM comments WHERE parent_text IS NOT NULL AND parent_hash IS NULL", "ix_comments_unhashed")
    with database.unit() as unit:
        if unit.dialect == "postgresql":
            unit.execute(text("SET LOCAL enable_seqscan = off"))
        for query, index in (words, waits):
            how = "EXPLAIN" if unit.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
            plan = repr(unit.execute(text(f"{how} {query}")).all())
            if unit.dialect == "postgresql":  # of few rows it says that an index serves, not which
                assert "Index" in plan, plan
                assert "Seq Scan" not in plan, plan
            else:
                assert index in plan, plan


def test_what_an_author_reported_and_what_was_reported_of_them_goes_too(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    rules = shipped()
    with database.unit() as unit:
        by_them = Report("c-3", "spam", "canary-note of mine", Reporter(PLATFORM, AUTHOR))
        of_them = Report("c-2", "spam", "canary-note of another", Reporter(PLATFORM, OTHER))
        for report in (by_them, of_them):
            complaints.make(unit, report, rules, keyring=keyring, now=NOW)
        search.catch_up(unit)
        unit.commit()
    with database.reading() as look:
        given = [record for record in erasing.held(look, keyring, AUTHOR) if record["table"] == "complaints"]
        assert ["canary-note of mine"] == [record["note"] for record in given]
        assert search.entries(look) > 2
    erasure.erase(database, keyring, ORDER, now=NOW)
    with database.unit() as unit:
        search.catch_up(unit)
        unit.commit()
    assert [] == [canary for canary in CANARIES if canary in everything(database)]
    with database.reading() as look:
        left = look.execute(text("SELECT reporter_index, author_index FROM complaints")).all()
        assert 2 == len(left)
        assert keyring.index("reporter platform", AUTHOR) not in {row.reporter_index for row in left}
        assert keyring.index("author", AUTHOR) not in {row.author_index for row in left}
        assert not list(look.execute(text("SELECT place FROM search_entries WHERE comment_id NOT IN "
                                          "(SELECT id FROM comments WHERE erased_at IS NULL)")))  # fmt: skip


def closed(database: Database, keyring: Keyring) -> str:
    """The author's account closed by two people, with links, credit and a measure of before; the measure's id."""
    put(database, keyring, an_answer(comment("canary-text-one", "c-1")))
    said = Statement(verified=True, links=[Link("phone", "canary-phone-1"), Link("identity", "canary-id-1")])
    lift(database, take(database, keyring, wish("suspend", AUTHOR, days=2)).id)
    made = take(database, keyring, wish("close", AUTHOR))
    with database.unit() as unit:
        authors.state(unit, keyring, AUTHOR, said, actor=MACHINE, now=NOW)
        four_eyes.answer(unit, str(made.approval_id), Word("ben", True, "right"), standards=STANDARDS, now=NOW)
        unit.commit()
    return made.id


def newcomer(database: Database, keyring: Keyring) -> list[str]:
    """Against whom somebody is found who states the same identity under another name."""
    with database.unit() as unit:
        links = [Link("identity", "canary-id-1")]
        stated = authors.state(unit, keyring, "new-name", Statement(links=links), actor=MACHINE, now=NOW + DAY)
        found = returns.look(unit, keyring, stated.id, links, now=NOW + DAY)
        unit.commit()
    return [each.against for each in found]


def test_erasing_a_closed_account_neither_opens_it_nor_hides_who_comes_back(
    database: Database, keyring: Keyring
) -> None:
    closing = closed(database, keyring)
    done = erasure.erase(database, keyring, ORDER, now=NOW)
    assert (closing,) == done.stands.measures
    assert NOW + timedelta(days=1095) == done.stands.until
    assert done.words
    assert "GDPR art. 17(3)" in done.words.en
    left = everything(database)
    assert [] == [canary for canary in (*CANARIES, "canary-id-1") if canary in left]
    with database.reading() as look:
        words = look.execute(text("SELECT DISTINCT reason_zh, reason_en FROM measures")).all()
        assert [("erased", "erased")] == [tuple(row) for row in words]
        standing = authors.known(look, keyring, AUTHOR).standing
        assert standing
        assert ["close"] == [each.measure for each in standing.measures]
        author_id = authors.id_of(look, keyring, AUTHOR)
        assert [] == list(differences(look))
        assert json.loads(ledger.get(look, done.entry_id).body)["facts"]["measures_kept"] == [closing]
        with pytest.raises(NotFoundError):
            authors.pseudonym_of(look, keyring, str(author_id))
        shown = named(look, keyring, measure_document(look, measures.get(look, closing)))
        assert {"kind": "author", "id": None} == shown["target"]
    assert [author_id] == newcomer(database, keyring)
    again = erasure.erase(database, keyring, ORDER, now=NOW)
    assert ({0}, (closing,)) == (set(again.counts.values()), again.stands.measures)


@pytest.mark.parametrize("way", ["time", "lifted", "two people"])
def test_what_holds_an_erased_account_goes_with_its_time_its_measure_or_two_peoples_yes(
    database: Database, keyring: Keyring, way: str
) -> None:
    closing = closed(database, keyring)
    with database.unit() as unit:
        listed = Listing("account", AUTHOR, ListAction.BLOCK, "spam", "seen", "mia")
        if way != "lifted":
            lists.add(unit, listed, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    erasure.erase(database, keyring, ORDER, now=NOW)
    retention.run(database, retention.Retention(), now=NOW + DAY)
    with database.reading() as look:
        assert authors.id_of(look, keyring, AUTHOR)
    if way == "lifted":
        lift(database, closing)
        with database.unit() as unit:
            asked = approvals.waiting(unit, subject_id=closing)[0].id
            four_eyes.answer(unit, asked, Word("ben", True, "so do I"), standards=STANDARDS, now=NOW)
            unit.commit()
    if way == "two people":
        with database.unit() as unit:
            asked = erasure.ask_to_drop(unit, keyring, ORDER, now=NOW)
            with pytest.raises(ForbiddenError):
                four_eyes.answer(unit, asked.id, Word("mia", True, "y"), standards=STANDARDS, now=NOW)
            four_eyes.answer(unit, asked.id, Word("ben", True, "they won in court"), standards=STANDARDS, now=NOW)
            unit.commit()
    else:
        retention.run(database, retention.Retention(), now=NOW + timedelta(days=1 if way == "lifted" else 1096))
    with database.reading() as look:
        assert authors.id_of(look, keyring, AUTHOR) is None
        assert [] == look.execute(text("SELECT author_id FROM author_links")).all()
        assert [] == look.execute(text("SELECT id FROM list_entries WHERE removed_at IS NULL")).all()
        assert [] == list(differences(look))
    assert [] == newcomer(database, keyring)


def test_a_kept_account_is_found_after_its_key_was_rotated_and_known_again_once_it_is_stated(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    closed(database, keyring)
    erasure.erase(database, keyring, ORDER, now=NOW)
    newer = rotate(database, tmp_path / "keys", now=NOW)
    put(database, newer, an_answer(comment("canary-text-two", "c-7")))
    with database.unit() as unit:
        while rewrapping.rewrap_some(unit, newer, now=NOW):
            pass
        kept = authors.id_of(unit, newer, AUTHOR)
        assert kept
        authors.state(unit, newer, AUTHOR, Statement(verified=True), actor=MACHINE, now=NOW)
        assert AUTHOR == authors.pseudonym_of(unit, newer, kept)
        unit.commit()
    with database.reading() as look:
        assert [] == list(differences(look))


SECRET = "canary-words-of-the-first"


@pytest.mark.parametrize("then", [None, OTHER])
@pytest.mark.parametrize("words", ["harmless by now", SECRET])
def test_words_stay_their_authors_where_the_comment_is_sent_again_without_them_or_as_anothers(
    database: Database, keyring: Keyring, then: str | None, words: str
) -> None:
    put(database, keyring, an_answer(comment(SECRET, "c-1")))
    put(database, keyring, an_answer(replace(comment(words, "c-1"), author=Author(then), client=Client())))
    with database.reading() as look:
        told = list(erasing.held(look, keyring, AUTHOR))
        assert len(told) == erasing.count_records(look, keyring, AUTHOR)
        assert SECRET in texts_of(look, keyring, AUTHOR)
    assert SECRET in json.dumps(told, default=str)
    assert [] == differences_of(database)
    report = erasure.erase(database, keyring, ORDER, now=NOW)
    gone = everything(database)
    assert AUTHOR not in gone
    assert (SECRET in gone) is (then is not None and words == SECRET)  # the other said it too
    assert report.counts["revisions"] + report.counts["comments"]
    with database.reading() as look:
        assert [] == list(erasing.held(look, keyring, AUTHOR))
        assert then is None or (words in texts_of(look, keyring, OTHER))
    assert [] == differences_of(database)


def test_what_another_wrote_before_is_not_told_to_whoever_the_comment_is_now(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, an_answer(comment(SECRET, "c-1")))
    put(database, keyring, an_answer(comment("harmless by now", "c-1", author=OTHER)))
    with database.reading() as look:
        assert SECRET not in json.dumps(list(erasing.held(look, keyring, OTHER)), default=str)
        assert {"harmless by now"} == texts_of(look, keyring, OTHER)


def test_an_earlier_texts_author_is_found_under_a_new_key(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    put(database, keyring, an_answer(comment(SECRET, "c-1")))
    put(database, keyring, an_answer(comment("harmless by now", "c-1", author=OTHER)))
    renewed = rotate(database, tmp_path / "keys", now=NOW)
    with database.unit() as unit:
        while rewrapping.rewrap_some(unit, renewed, now=NOW):
            pass
        assert not rewrapping.left(unit, renewed)
        assert {SECRET} == texts_of(unit, renewed, AUTHOR)


def differences_of(database: Database) -> list[str]:
    with database.reading() as look:
        return [each.sentence for each in differences(look)]
