"""Comments are found by their words and by what is known of them, on both databases, and what is erased is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen, remove

from moderation.decision import Outcome, Source
from moderation.errors import InvalidInputError, NotFoundError
from records import cases, comments, decisions, keys, leases, saved_views, search, users
from records.database import Database
from records.personal import Keyring
from records.search import Sought
from records.search_index import place_of
from records.storing import Answered, store_decisions
from records.values import Judgement, VerdictKind
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, for_review, put


def index(database: Database) -> int:
    with database.unit() as unit:
        done = 0
        while worked := search.catch_up(unit):
            done += worked
        unit.commit()
    return done


def found(database: Database, words: str = "", **more: Any) -> list[str | None]:
    with database.reading() as look:
        return [hit.comment.external_id for hit in search.find(look, Sought(words, **more)).hits]


def say(database: Database, keyring: Keyring, *texts: str) -> None:
    put(database, keyring, *(an_answer(a_comment(one, known_as=f"c{at}")) for at, one in enumerate(texts)))
    index(database)


def test_words_of_two_characters_are_found_wherever_they_stand(database: Database, keyring: Keyring) -> None:
    say(database, keyring, "在家刷单日结三百", "单日票在这里刷卡", "兼职刷单，加微信", "Telegram群 @hua77")
    assert ["c2", "c0"] == found(database, "刷单")
    assert ["c2"] == found(database, "刷单兼职")
    assert ["c2"] == found(database, "加微信")
    assert ["c1"] == found(database, "卡")
    assert ["c3"] == found(database, "tele")
    assert ["c3"] == found(database, "ＨＵＡ77")
    assert [] == found(database, "刷日")
    assert ["c3", "c2", "c1", "c0"] == found(database)


def test_words_are_found_as_the_machine_reads_them_too(database: Database, keyring: Keyring) -> None:
    say(database, keyring, "加 微\u200b 信", "ＦＲＥＥ followers", "老板💰多")
    assert ["c0"] == found(database, "微信")
    assert ["c1"] == found(database, "free")
    assert ["c2"] == found(database, "💰")


def test_words_are_found_where_a_disguise_parts_or_draws_them(database: Database, keyring: Keyring) -> None:
    say(database, keyring, "加微❤信", "来裸.聊", "网上赌愽", "木又益", "you i d i o t")
    assert ["c0"] == found(database, "微信")
    assert ["c1"] == found(database, "裸聊")
    assert ["c2"] == found(database, "赌博")
    assert ["c3"] == found(database, "权益")
    assert ["c4"] == found(database, "idiot")


def test_words_are_found_by_sound_where_that_is_asked_for(database: Database, keyring: Keyring) -> None:
    say(database, keyring, "加薇信", "V信同号", "办zheng找我", "天气真好", "威信很高 now")
    assert [] == found(database, "微信")
    assert ["c4", "c1", "c0"] == found(database, "微信", by_sound=True)
    assert ["c4"] == found(database, "微信 now", by_sound=True)
    assert ["c2"] == found(database, "办证", by_sound=True)
    with database.reading() as look:
        assert 3 == search.count(look, Sought("微信", by_sound=True)).comments


def test_what_is_in_quotation_marks_follows_each_other(database: Database, keyring: Keyring) -> None:
    say(database, keyring, "微信里加老板", "加微信里的老板")
    assert ["c1", "c0"] == found(database, "微信 加")
    assert ["c1"] == found(database, "“加微信”")


@pytest.mark.parametrize("typed", ["'", '"', "%_", "' OR 1=1 --", "*", "a AND", "（）", "\\", "NEAR(", ":*", "words:x"])
def test_nothing_that_is_typed_is_a_query_of_the_database(database: Database, keyring: Keyring, typed: str) -> None:
    say(database, keyring, "今天的云真好看")
    assert found(database, typed) in ([], ["c0"])


def test_what_is_known_of_a_comment_is_a_filter(database: Database, keyring: Keyring) -> None:
    put(
        database, keyring,
        an_answer(a_comment("下注一", known_as="a", surface="news"), a_decision(Outcome.BLOCK, gambling=0.95)),
        for_review("下注二", known_as="b"),
        an_answer(a_comment("下注三", known_as="c", thread_id="话题 1")),
    )  # fmt: skip
    index(database)
    assert ["a"] == found(database, "下注", surface="news")
    assert ["b", "a"] == found(database, label="gambling")
    assert ["a"] == found(database, label="gambling", outcome="block")
    assert ["c"] == found(database, thread="话题 1")
    assert ["c", "b", "a"] == found(database, author=keyring.index("author", "author-7f3a"))
    assert ["c", "b", "a"] == found(database, lang="zh", decided="machine")
    assert [] == found(database, decided="person")


def test_a_verdict_and_an_edit_are_followed(database: Database, keyring: Keyring) -> None:
    (stored,) = put(database, keyring, for_review("下注一", known_as="a"))
    index(database)
    with database.unit() as unit:
        decisions.set_final(unit, stored.decision_id, outcome=Outcome.PASS, overturned=True)
        unit.commit()
    assert 1 == index(database)
    assert ["a"] == found(database, outcome="pass", decided="overturned")
    assert ["a"] == found(database, label="gambling", outcome="pass")
    assert [] == found(database, label="gambling", outcome="block")
    assert [] == found(database, outcome="review")
    put(database, keyring, an_answer(a_comment("云真好看", known_as="a")))
    index(database)
    assert ([], ["a"]) == (found(database, "下注"), found(database, "好看"))


def test_what_is_erased_is_found_no_more_and_leaves_no_word(database: Database, keyring: Keyring) -> None:
    stored = put(database, keyring, for_review("下注一", known_as="a"), for_review("下注二", known_as="b"))
    index(database)
    with database.unit() as unit:
        comments.erase(unit, stored[0].comment_id, now=NOW)
        unit.commit()
    assert ["b"] == found(database, "下注")
    index(database)
    assert ["b"] == found(database, "下注")
    with database.reading() as look:
        assert 1 == look.execute(text("SELECT count(*) FROM search_words")).scalar_one()
        assert (1, 0) == (search.entries(look), search.waiting(look))


def test_an_erasure_between_a_mark_and_its_work_leaves_nothing(database: Database, keyring: Keyring) -> None:
    (stored,) = put(database, keyring, for_review("下注一", known_as="a"))
    with database.unit() as unit:
        comments.erase(unit, stored.comment_id, now=NOW)
        unit.commit()
    index(database)
    assert [] == found(database)


def test_pages_go_on_where_the_last_ended_and_lose_nothing(database: Database, keyring: Keyring) -> None:
    say(database, keyring, *(f"下注{number}" if number % 3 else f"云{number}" for number in range(20)))
    seen, cursor = [], None
    with database.reading() as look:
        for _ in range(9):
            page = search.find(look, Sought("下注"), limit=4, cursor=cursor)
            seen += [hit.comment.external_id for hit in page.hits]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert [f"c{number}" for number in reversed(range(20)) if number % 3] == seen
    with database.reading() as look, pytest.raises(InvalidInputError):
        search.find(look, Sought("下注"), cursor="x")


@pytest.mark.parametrize("walked", [0, 3, 5_000])
def test_the_latest_are_found_alike_by_looking_at_them_and_by_the_index(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    monkeypatch.setattr("records.search_index.WALKED", walked)
    say(database, keyring, *(f"下注{number}" if number % 5 == 0 else f"云{number}" for number in range(40)))
    wanted = [f"c{number}" for number in reversed(range(40)) if number % 5 == 0]
    assert wanted == found(database, "下注")
    with database.reading() as look:
        page = search.find(look, Sought("“下注”"), limit=3)
        rest = search.find(look, Sought("“下注”"), cursor=page.next_cursor)
    assert wanted == [hit.comment.external_id for hit in (*page.hits, *rest.hits)]


def test_a_phrase_that_many_entries_have_is_not_fetched_whole_on_postgresql(
    database: Database, keyring: Keyring
) -> None:
    if database.dialect != "postgresql":
        pytest.skip("SQLite's index gives the latest first by itself")
    say(database, keyring, *(f"名额有限{number}" for number in range(60)))
    asked: list[str] = []
    with database.reading() as look:
        listen(look.connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        assert 10 == len(search.find(look, Sought("“名额有限”"), limit=10).hits)
    assert [True] == ["LIMIT" in each and "latest" in each for each in asked if "@@" in each]


def test_what_is_found_is_counted_so_far(database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    say(database, keyring, *(f"兼职刷单{n}" for n in range(5)), "刷卡买单")

    def counted(words: str = "", *but: str, **more: Any) -> tuple[int, bool]:
        with database.reading() as look:
            known = comments.known_ids(look, but)
            told = search.count(look, Sought(words, **more), but=list(known.values()))
        return told.comments, told.is_whole

    assert ((6, True), (5, True), (0, True)) == (counted(), counted("刷单"), counted("无"))
    assert ((4, True), (5, True)) == (counted("刷单", "c1"), counted("刷单", "c5"))
    monkeypatch.setattr(search, "MOST_COUNTED", 4)
    monkeypatch.setattr(search, "MOST_READ", 4)
    assert ((4, False), (4, False)) == (counted(), counted("刷单"))


def test_a_page_looks_through_so_many_and_says_where_to_go_on(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_LOOKED", 6)
    say(database, keyring, "加微信", *("加微的微信" for _ in range(8)))
    with database.reading() as look:
        page = search.find(look, Sought("“加微信”"), limit=2)
        assert ((), True) == (page.hits, page.next_cursor is not None)
        page = search.find(look, Sought("“加微信”"), limit=2, cursor=page.next_cursor)
        assert ["c0"] == [hit.comment.external_id for hit in page.hits]


def test_a_span_of_time_is_a_filter(database: Database, keyring: Keyring) -> None:
    (stored,) = put(database, keyring, an_answer(a_comment("今天", known_as="a")))
    index(database)
    made = comments_moment(stored.comment_id)
    day = timedelta(days=1)
    assert ["a"] == found(database, since=made - day, until=made + day)
    assert [] == found(database, until=made - day)
    assert [] == found(database, since=made + day)


def comments_moment(comment_id: str) -> Any:
    from datetime import UTC, datetime
    from uuid import UUID

    return datetime.fromtimestamp((UUID(comment_id).int >> 80) / 1000, UTC)


def test_places_grow_as_ids_do_and_two_of_one_moment_stand_beside_each_other(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = put(database, keyring, *(an_answer() for _ in range(5)))
    places = [place_of(one.comment_id) for one in stored]
    assert places == sorted(set(places))
    monkeypatch.setattr("records.search_index.place_of", lambda _: 7)
    index(database)
    with database.reading() as look:
        assert 5 == search.entries(look)


def test_the_index_is_made_anew_from_the_comments(database: Database, keyring: Keyring) -> None:
    say(database, keyring, "下注一", "云真好看")
    with database.unit() as unit:
        unit.execute(text("DELETE FROM search_words"))
        unit.commit()
    assert [] == found(database, "下注")
    with database.unit() as unit:
        assert 2 == search.mark_all(unit)
        assert 2 == search.mark_all(unit)
        unit.commit()
    assert 2 == index(database)
    assert ["c0"] == found(database, "下注")


def test_views_are_ones_own_or_shared(database: Database) -> None:
    with database.unit() as unit:
        mei, wei = (
            users.create(unit, name, password_hash="x", role="moderator", now=NOW).id for name in ("mei", "wei")
        )
        saved_views.save(unit, mei, "  my  view ", "q=a", shared=False, now=NOW)
        saved_views.save(unit, mei, "my view", "q=b", shared=False, now=NOW)
        shared = saved_views.save(unit, wei, "theirs", "q=c", shared=True, now=NOW)
        assert ["q=b", "q=c"] == [view.query for view in saved_views.visible_to(unit, mei)]
        assert ["q=c"] == [view.query for view in saved_views.visible_to(unit, wei)]
        with pytest.raises(NotFoundError):
            saved_views.remove(unit, shared.id, mei)
        with pytest.raises(InvalidInputError):
            saved_views.save(unit, mei, " ", "q=d", shared=False, now=NOW)
        saved_views.remove(unit, shared.id, wei)
        assert [] == saved_views.visible_to(unit, wei)


def test_what_waits_elsewhere_is_not_looked_at_for_a_page_of_results_nor_for_new_comments(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    """What is really sent is explained: with its values in the text SQLite would choose another way."""
    said: list[tuple[str, Any]] = []

    def some() -> list[Answered]:
        return [for_review(f"加个好友吧{at}", known_as=f"c{at}") for at in range(30)]

    put(sqlite, keyring_of_sqlite, *some())
    index(sqlite)
    with sqlite.unit() as unit:
        listen(unit.connection, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
        assert search.find(unit, Sought(surface="forum"), limit=25).hits
        store_decisions(unit, some(), keyring=keyring_of_sqlite, now=NOW)
        looked = [each for each in said if "FROM cases" in each[0] and "comment_id IN" in each[0]]
        plans = [unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", values) for each, values in looked]
        ways = {line[3] for plan in plans for line in plan if "cases" in line[3]}
    assert 2 == len(looked)
    assert {"SEARCH cases USING INDEX ix_cases_comment_id (comment_id=?)"} == ways


def decide_as(database: Database, who: str, name: str, judgement: Judgement) -> None:
    with database.unit() as unit:
        known = comments.known_ids(unit, [name])[name]
        case = cases.undecided_of(unit, known)
        assert case is not None
        taken = leases.lease(unit, case.id, who, expires_at=NOW + timedelta(minutes=9))
        give_verdict(unit, NAMES, taken.id, judgement, moderator=who, token=taken.lease_token, now=NOW)
        unit.commit()


def test_a_comment_is_found_by_who_decided_it_under_every_name_of_theirs(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        user = users.create(unit, "Mia", password_hash="-", role="moderator", now=NOW)
        key, _ = keys.create(unit, "mia", scopes=["records"], now=NOW)
        unit.commit()
    put(database, keyring, *(for_review(f"下注 {at}", known_as=f"c{at}") for at in range(3)))
    decide_as(database, user.id, "c0", Judgement(VerdictKind.APPROVE))
    decide_as(database, f"key:{key.prefix}", "c1", Judgement(VerdictKind.APPROVE))
    decide_as(database, "noah", "c2", Judgement(VerdictKind.REJECT, ("gambling",)))
    index(database)
    assert ["c1", "c0"] == found(database, moderator=user.id)
    assert ["c2"] == found(database, moderator="noah")
    assert ["c2"] == found(database, "下注", moderator="noah", outcome="block")
    assert [] == found(database, moderator="nobody")


def test_a_comment_is_found_by_the_rule_that_hit_it(database: Database, keyring: Keyring) -> None:
    hit = a_decision(Outcome.BLOCK, gambling=0.99)
    by_rule = replace(hit.reasons[0], source=Source.RULE, rule_id="gambling.recruit.zh")
    put(
        database,
        keyring,
        an_answer(a_comment("一", known_as="c0"), replace(hit, reasons=(by_rule,))),
        an_answer(a_comment("二", known_as="c1"), hit),
    )
    index(database)
    assert ["c0"] == found(database, rule="gambling.recruit.zh")
    assert [] == found(database, rule="gambling.recruit"), "the whole id"
    assert ["c0"] == found(database, "一", rule="gambling.recruit.zh", outcome="block")


def test_both_are_found_in_the_index_and_by_reading_no_other_comment(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(for_review(f"早上好 {at}", known_as=f"c{at}") for at in range(400)))
    decide_as(database, "mia", "c7", Judgement(VerdictKind.APPROVE))
    index(database)
    with database.unit() as unit:
        if unit.dialect == "postgresql":
            unit.connection.exec_driver_sql("ANALYZE search_words")
        for sought in (Sought(moderator="mia"), Sought(rule="ads.one")):
            said: list[tuple[str, Any]] = []
            listener = lambda *told, said=said: said.append((told[2], told[3]))  # noqa: E731
            listen(unit.connection, "before_cursor_execute", listener)
            page = search.find(unit, sought, limit=25)
            remove(unit.connection, "before_cursor_execute", listener)
            assert page.looked == len(page.hits), "nothing is read that is not it"
            [(asked, values)] = [each for each in said if "search_words" in each[0] and " latest " not in each[0]]
            how = "EXPLAIN" if unit.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
            plan = " ".join(str(row) for row in unit.connection.exec_driver_sql(f"{how} {asked}", values))
            assert "ix_search_words" in plan or "VIRTUAL TABLE INDEX" in plan, plan
