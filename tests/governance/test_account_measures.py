"""Measures on accounts: with a reason or not at all, by two people where it closes, ended and given back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from governance import (
    account_measures,
    account_notices,
    accounts,
    appeals,
    approvals,
    erasure,
    four_eyes,
    measure_wishes,
)
from governance.accounts import NewAccount
from governance.approvals import ByKey
from governance.complaint_rules import shipped as shipped_rules
from governance.erasure import Order
from governance.four_eyes import Word
from governance.measure_wishes import Wish
from governance.notices import redress
from governance.notices import shipped as shipped_notices
from governance.rules import Standards
from governance.wording import ground_in
from moderation.decision import Outcome
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from moderation.standing import Function
from moderation.taxonomy import Words, load_taxonomy
from records import account_appeals, decisions, keys, ledger, ledger_pages
from records.database import Database
from records.house_queues import Redress
from records.ids import new_id
from records.personal import Keyring
from records.standing_values import MeasureState, TargetKind
from records.tables import measures as table
from serving.worker import RESTORED
from tests.governance.public import APPROVE, REJECT, RULES, SETTLED, TAXONOMY, appeal, decide, settle
from tests.governance.standing import ACCOUNT, CN, DEFAULT, POLICIES, held, kinds, lift, now_of, take, wish
from tests.governance.test_complaints import listen, told
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

STANDARDS = Standards(TAXONOMY, NOW.date())
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One database: what depends on it, the schema and what is counted, is tested on both."""
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


def answer(database: Database, approval_id: str | None, *, by: str = "ben", approve: bool = True) -> None:
    assert approval_id is not None
    with database.unit() as unit:
        four_eyes.answer(unit, approval_id, Word(by, approve, "looked at it"), standards=STANDARDS, now=LATER)
        unit.commit()


def test_a_suspension_holds_at_once_and_ends_by_itself(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish(days=2))
    assert (MeasureState.IN_FORCE, NOW + timedelta(days=2)) == (made.state, made.ends_at)
    assert ["suspend"] == held(database, keyring)
    with database.unit() as unit:
        assert 0 == account_measures.expire(unit, now=NOW + timedelta(days=1))
        assert 1 == account_measures.expire(unit, now=NOW + timedelta(days=2))
        assert 0 == account_measures.expire(unit, now=NOW + timedelta(days=3))
        unit.commit()
    assert [] == held(database, keyring)
    assert ["author.known", "measure.taken", "measure.ended"] == kinds(database)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
@pytest.mark.parametrize("column", ["reason_zh", "reason_en", "ground"])
def test_the_schema_refuses_a_measure_without_a_reason_or_a_ground(
    request: pytest.FixtureRequest, engine: str, column: str
) -> None:
    database: Database = request.getfixturevalue(engine)
    row = {
        "id": new_id(), "measure": "warn", "target_kind": "thread", "thread_id": "t", "reason_zh": "因", "closes": [],
        "reason_en": "why", "ground": "g", "state": "in_force", "asked_by": "mia", "created_at": NOW,
    }  # fmt: skip
    for nothing in ("", "  ", None):
        with pytest.raises(IntegrityError), database.unit() as unit:
            unit.execute(insert(table).values(row | {column: nothing}))
    with database.unit() as unit:
        unit.execute(insert(table).values(row))
        unit.commit()


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (wish(reason={"zh": " ", "en": ""}), "/reason"),
        (wish(reason={"zh": "\u200b\u2060\u3164", "en": "\u202e"}), "/reason"),
        (wish(reason={"zh": "asdf"}), "/reason/zh"),
        (wish(reason={"zh": "x", "en": "spam again"}), "/reason/zh"),
        (wish(reason={"zh": "asdf", "en": "asdf"}), "/reason/zh"),
        (wish(reason={"zh": "5(1)", "en": "article 5(1)"}), "/reason/zh"),
        (wish(reason={"zh": "you wrote 加薇 again and again"}), "/reason/zh"),
        (wish(reason={"en": "多次发布广告"}), "/reason/en"),
        (wish(reason={"zh": "多次发布广告", "en": "又发广告"}), "/reason/en"),
        (wish(reason={"en": "Реклама"}), "/reason/en"),
        (wish(ground=" "), "/ground"),
        (wish(ground="\u200b"), "/ground"),
        (wish("delete"), "/measure"),
        (wish("suspend", kind=TargetKind.COMMENT), "/measure"),
        (wish("warn", days=3), "/length"),
        (wish(days=-1), "/length"),
        (wish("restrict"), "/closes"),
        (wish("suspend", closes=(Function.LINKS,)), "/closes"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_place(
    sqlite: Database, keyring_of_sqlite: Keyring, asked: Wish, where: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        take(sqlite, keyring_of_sqlite, asked)
    assert where in [fault.where for fault in refused.value.faults]
    assert [] == kinds(sqlite)


def test_without_a_ladder_a_measure_has_to_be_named(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    with pytest.raises(InvalidInputError):
        take(sqlite, keyring_of_sqlite, wish(None), policy=DEFAULT)


def test_the_ladder_goes_up_with_what_was_taken_and_not_with_what_was_taken_back(
    database: Database, keyring: Keyring
) -> None:
    first, later = take(database, keyring, wish(None)), NOW + timedelta(days=2)
    second = take(database, keyring, wish(None), now=later)
    assert ("warn", "restrict", 3) == (first.measure, second.measure, second.days)
    lift(database, second.id, now=later)
    assert 3 == take(database, keyring, wish(None), now=later).days
    much_later = NOW + timedelta(days=400)
    assert "warn" == take(database, keyring, wish(None), now=much_later).measure


def test_after_the_last_step_the_ladder_proposes_nothing(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    made = take(sqlite, keyring_of_sqlite, wish("close"))
    with sqlite.reading() as look:
        assert measure_wishes.next_step(look, made.author_id, CN, now=NOW)
    answer(sqlite, made.approval_id)
    with sqlite.reading() as look:
        assert measure_wishes.next_step(look, made.author_id, CN, now=NOW) is None


def test_closing_takes_two_people(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish("close"))
    assert (MeasureState.WAITING, []) == (made.state, held(database, keyring))
    with pytest.raises(ForbiddenError):
        answer(database, made.approval_id, by="Mia")
    with pytest.raises(ConflictError):
        take(database, keyring, wish("close"))
    with pytest.raises(ConflictError):
        lift(database, made.id, by="ben")
    answer(database, made.approval_id)
    assert (MeasureState.IN_FORCE, ["close"]) == (now_of(database, made.id).state, held(database, keyring))
    assert ["author.known", "approval.asked", "measure.waits", "approval.approved", "measure.taken"] == kinds(database)


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (wish(), True),
        (wish(days=31), True),
        (wish(days=30), False),
        (wish("close", "t-1", kind=TargetKind.THREAD), True),
        (wish("suspend", "t-1", kind=TargetKind.THREAD), True),
        (wish("suspend", "t-1", kind=TargetKind.THREAD, days=1), False),
        (wish("restrict", closes=(Function.UNREVIEWED,), per_hour=1), True),
        (wish("restrict", closes=(Function.UNREVIEWED,), days=31), True),
        (wish("restrict", closes=(Function.LINKS,), days=30), False),
    ],
)
def test_what_shuts_somebody_out_for_good_takes_two_people_where_the_policy_says_so(
    database: Database, keyring: Keyring, asked: Wish, *, waits: bool
) -> None:
    made = take(database, keyring, asked)
    assert (MeasureState.WAITING if waits else MeasureState.IN_FORCE) is made.state
    elsewhere = replace(asked, target_id="somebody-else")
    by_default = take(database, keyring, elsewhere, policy=DEFAULT, by="zoe")
    assert (MeasureState.WAITING if asked.days is None else MeasureState.IN_FORCE) is by_default.state
    if waits:
        with pytest.raises(ForbiddenError):
            answer(database, made.approval_id, by="Mia")
        answer(database, made.approval_id)
        assert MeasureState.IN_FORCE is now_of(database, made.id).state


def test_what_one_person_holds_an_account_by_again_and_again_adds_up(database: Database, keyring: Keyring) -> None:
    def held_for(days: float, *, after: int, by: str = "mia", measure: str = "suspend", **how: Any) -> str:
        now, asked = NOW + timedelta(days=after), wish(measure, days=days, **how)
        made = take(database, keyring, asked, by=by, now=now)
        if made.approval_id:
            answer(database, made.approval_id, by="joe", approve=False)
        return made.state.value

    assert ["in_force", "in_force"] == [held_for(20, after=0), held_for(9, after=21)]
    assert "waiting" == held_for(2, after=31)
    assert "waiting" == held_for(2, after=31, measure="restrict", closes=(Function.UNREVIEWED,))
    assert "in_force" == held_for(30, after=31, by="ben")
    assert "in_force" == held_for(30, after=211), "half a year later nothing is left of the first"


def test_what_was_lifted_counts_for_as_long_as_it_held(database: Database, keyring: Keyring) -> None:
    taken = take(database, keyring, wish("suspend", days=30))
    lift(database, taken.id, now=NOW + timedelta(days=1))
    assert MeasureState.IN_FORCE is take(database, keyring, wish("suspend", days=29), now=LATER).state


def test_a_loop_over_accounts_is_stopped_under_the_default_policy_too(database: Database, keyring: Keyring) -> None:
    said = [take(database, keyring, wish("suspend", f"a-{n}", days=9), policy=DEFAULT).state.value for n in range(25)]
    assert ["in_force"] * 20 + ["waiting"] * 5 == said


def test_two_names_of_one_person_are_counted_as_one(database: Database, keyring: Keyring) -> None:
    few = CN.model_copy(update={"two_people": CN.two_people.model_copy(update={"an_hour": 1})})
    with database.unit() as unit:
        made, _ = keys.create(unit, "mia", scopes=("admin",), now=NOW)
        unit.commit()
    assert "in_force" == take(database, keyring, wish("warn", "a"), policy=few).state.value
    assert "waiting" == take(database, keyring, wish("warn", "b"), policy=few, by=ByKey(made.prefix)).state.value


def test_many_in_a_row_are_many_at_once(database: Database, keyring: Keyring) -> None:
    few = CN.model_copy(update={"two_people": CN.two_people.model_copy(update={"an_hour": 2})})

    def took(name: str, *, by: str = "mia", now: datetime = NOW) -> str:
        return take(database, keyring, wish("warn", name), policy=few, by=by, now=now).state.value

    assert ["in_force", "in_force", "waiting"] == [took(name) for name in ("a", "b", "c")]
    assert ["in_force", "in_force"] == [took("d", by="ben"), took("e", now=LATER + timedelta(seconds=1))]


def test_refused_nothing_happens(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish("close"))
    answer(database, made.approval_id, approve=False)
    assert (MeasureState.REFUSED, []) == (now_of(database, made.id).state, held(database, keyring))
    take(database, keyring, wish("close"))


def test_many_at_once_wait_for_one_answer(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        wishes = [wish(target=f"a-{n}", days=1) for n in range(3)]
        made = account_measures.take_many(unit, keyring, wishes, CN, by="mia", now=NOW)
        unit.commit()
    assert {MeasureState.WAITING} == {one.state for one in made}
    assert 1 == len({one.approval_id for one in made})
    answer(database, made[0].approval_id)
    assert [["suspend"]] * 3 == [held(database, keyring, f"a-{n}") for n in range(3)]
    assert {LATER + timedelta(days=1)} == {now_of(database, one.id).ends_at for one in made}


def test_a_key_of_the_same_person_is_no_second_one(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    with sqlite.unit() as unit:
        key, _ = keys.create(unit, "mia", scopes=["admin"], now=NOW)
        unit.commit()
    made = take(sqlite, keyring_of_sqlite, wish("close"))
    word = Word(approvals.ByKey(key.prefix), approve=True, note="yes")
    with pytest.raises(ForbiddenError), sqlite.unit() as unit:
        four_eyes.answer(unit, str(made.approval_id), word, standards=STANDARDS, now=NOW)


def test_the_platform_is_told_without_a_pseudonym(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    listen(sqlite, keyring_of_sqlite)
    made = take(sqlite, keyring_of_sqlite, wish("restrict", closes=(Function.LINKS,), days=3))
    lift(sqlite, made.id)
    (begun,), (ended,) = told(sqlite, "measure.requested"), told(sqlite, "measure.ended")
    assert (made.id, {"kind": "author", "id": None}, ["links"]) == (
        begun["measure_id"],
        begun["target"],
        begun["closes"],
    )
    assert {"zh", "en"} == set(begun["notice"])
    assert "lifted" == ended["state"]
    assert ACCOUNT not in json.dumps([begun, ended])


def test_a_notice_says_what_for_how_long_why_and_on_which_rule(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    made = take(sqlite, keyring_of_sqlite, wish("restrict", closes=(Function.LINKS,), per_hour=6, days=3))
    said = account_notices.notice(made)
    assert "您的账号被限制使用部分功能：发布链接和联系方式、每小时最多6条评论。" in said["zh"]
    assert "期限：至2026年03月04日20时00分（北京时间）。原因：多次发布广告。依据：（以英文给出）rule 3。" in said["zh"]
    assert "It ends at 2026-03-04 12:00 UTC. Reason: repeated advertising. Rule: rule 3." in said["en"]


def test_a_notice_after_an_erasure_says_so_in_the_readers_language(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    made = take(sqlite, keyring_of_sqlite, wish("suspend", days=3))
    said = account_notices.notice(replace(made, reason_zh="erased", reason_en="erased", ground="erased"))
    assert "原因：其文字已随您的个人信息一并删除。依据：其文字已随您的个人信息一并删除。" in said["zh"]
    assert "Reason: its words were erased with your personal data." in said["en"]
    assert "以英文给出" not in said["zh"]
    assert "申诉" in said["zh"]


def test_an_overturned_appeal_lifts_what_was_taken_for_the_comment(database: Database, keyring: Keyring) -> None:
    [item] = put(database, keyring, for_review(known_as="c-1"))
    decide(database, REJECT)
    settle(database)
    mine = take(database, keyring, wish(days=30, cause="c-1"))
    other = take(database, keyring, wish("warn", "somebody-else"))
    with database.reading() as look:
        assert item.decision_id == appeals.decision_of(look, mine.id)
        with pytest.raises(ConflictError, match="No comment stands behind"):
            appeals.decision_of(look, other.id)
    appeal(database, item.decision_id, now=LATER)
    decide(database, APPROVE, by="ben", now=LATER)
    with database.unit() as unit:
        appeals.settle(unit, RULES, now=LATER + SETTLED, also=RESTORED)
        unit.commit()
    assert (MeasureState.LIFTED, MeasureState.IN_FORCE) == (
        now_of(database, mine.id).state, now_of(database, other.id).state,
    )  # fmt: skip
    assert "the comment was restored on appeal" == now_of(database, mine.id).ended_why
    assert [] == held(database, keyring)
    with database.reading() as look:
        assert {("author", "suspend"): 1} == account_appeals.taken_back(look, NOW, NOW + timedelta(days=1))


def test_a_comment_deleted_outside_of_a_case_is_stopped_until_it_is_lifted(
    database: Database, keyring: Keyring
) -> None:
    [item] = put(database, keyring, an_answer(a_comment(known_as="c-9"), a_decision()))

    def outcome() -> Outcome:
        with database.reading() as look:
            return decisions.get(look, item.decision_id).outcome

    made = take(database, keyring, wish("delete", "c-9", kind=TargetKind.COMMENT))
    assert Outcome.BLOCK is outcome()
    lift(database, made.id)
    assert Outcome.PASS is outcome()
    with pytest.raises(NotFoundError):
        take(database, keyring, wish("delete", "never", kind=TargetKind.COMMENT))


def test_recommending_takes_a_reason_and_stands_in_the_ledger(database: Database, keyring: Keyring) -> None:
    [item] = put(database, keyring, an_answer(a_comment(known_as="c-9"), a_decision()))
    with database.unit() as unit:
        with pytest.raises(InvalidInputError):
            account_measures.recommend(unit, "c-9", reason={"zh": ""}, ground="editorial", by="mia", now=NOW)
        account_measures.recommend(unit, "c-9", reason={"zh": "有用"}, ground="editorial", by="mia", now=NOW)
        unit.commit()
    with database.reading() as look:
        entry = ledger.last(look, "recommend", item.comment_id)
        assert entry is not None
        body = ledger_pages.words_of(look, entry)
    assert "有用" not in entry.body.decode()
    assert ("有用", "editorial", "mia") == (body["reason"], body["ground"], body["actor"]["id"])


def test_erasing_the_account_leaves_measures_of_nobody(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish("restrict", per_hour=6, days=30))
    erasure.erase(database, keyring, Order(ACCOUNT, "mia", "right to erasure"), now=NOW)
    gone = now_of(database, made.id)
    assert (MeasureState.LIFTED, None, "erased") == (gone.state, gone.author_id, gone.reason_zh)


def test_a_clock_set_back_neither_ends_a_measure_early_nor_twice(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish(days=1))
    with database.unit() as unit:
        assert 0 == account_measures.expire(unit, now=NOW - timedelta(days=300))
        assert 1 == account_measures.expire(unit, now=NOW + timedelta(days=1))
        assert 0 == account_measures.expire(unit, now=NOW)
        unit.commit()
    assert MeasureState.ENDED is now_of(database, made.id).state
    with pytest.raises(ConflictError):
        lift(database, made.id)


def test_a_notice_says_nothing_was_done_while_it_was_not_and_turns_nothing_around(
    database: Database, keyring: Keyring
) -> None:
    waits = take(database, keyring, wish("close", reason={"en": "\u202espam\u202c"}))
    assert "Nothing was done yet: this waits for a second person." == account_notices.notice(waits)["en"]
    answer(database, waits.approval_id, approve=False)
    assert "Nothing was done" in account_notices.notice(now_of(database, waits.id))["en"]
    assert (
        "Reason: spam."
        in account_notices.notice(take(database, keyring, wish("warn", reason={"en": "\u202espam"})))["en"]
    )


@pytest.mark.parametrize("measure", ["delete", "refuse"])
def test_what_is_deleted_is_not_deleted_again(database: Database, keyring: Keyring, measure: str) -> None:
    put(database, keyring, for_review(known_as="c-1"))
    first = take(database, keyring, wish(measure, "c-1", kind=TargetKind.COMMENT))
    with pytest.raises(ConflictError, match=f"this comment already: '{measure}' is in force .measure {first.id}"):
        take(database, keyring, wish(measure, "c-1", kind=TargetKind.COMMENT), by="ben")
    lift(database, first.id)
    assert take(database, keyring, wish(measure, "c-1", kind=TargetKind.COMMENT), by="ben")


def test_a_notice_says_until_when_and_where_to_contest_it_and_names_the_rules_by_their_titles(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    made = take(sqlite, keyring_of_sqlite, wish("suspend", days=3, ground="platform-rules:gambling"))
    said = account_notices.notice(made, told_of(address="https://example.com/contest"))
    assert "依据：平台规则：赌博。" in said["zh"]
    assert "Rule: Platform rules: gambling." in said["en"]
    assert (
        f"可在2026年03月31日20时00分（北京时间）前凭处理编号 {made.id} 申诉：https://example.com/contest。"
        in said["zh"]
    )
    how = f"until 2026-03-31 12:00 UTC, at https://example.com/contest, with the id of this measure: {made.id}."
    assert f"You can appeal {how}" in said["en"]
    assert said["en"].endswith("You may also turn to the body of Utopia, or a court.")
    usual = account_notices.notice(made, told_of())["en"]
    assert "at the platform, with the id" in usual


def test_a_measure_on_a_label_of_the_house_is_told_whole_to_readers_of_either_language(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    """Who took it wrote one sentence, in Chinese."""
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("赌场送彩金", known_as="c-1")))
    fields = {"reason": {"zh": "多次招揽赌博"}, "ground": "platform-rules:gambling"}
    wanted = wish("warn", "c-1", kind=TargetKind.COMMENT, **fields)
    said = account_notices.notice(take(sqlite, keyring_of_sqlite, wanted), told_of())
    assert "shows a way to it. (given in Chinese) 多次招揽赌博. Rule: Platform rules: gambling." in said["en"]
    assert "Rule: Platform rules: gambling. How to do better: Talk about it as news" in said["en"]
    assert "招揽、宣传赌博或提供赌博入口被处理。怎样做更好：" in said["zh"]
    assert "You can appeal until" in said["en"]


@pytest.mark.parametrize(
    ("ground", "zh", "en"),
    [
        ("gambling", "依据：赌博。", "Rule: Gambling."),
        ("群规第三条", "依据：群规第三条（所依规定：《互联网跟帖评论服务管理规定》（2017）第8条）。",
         "Rule: (given in Chinese) 群规第三条 (under: Provisions on post comment services (2017), article 8)."),
        ("rule 3", "依据：（以英文给出）rule 3（所依规定：《互联网跟帖评论服务管理规定》（2017）第8条）。",
         "Rule: rule 3 (under: Provisions on post comment services (2017), article 8)."),
        ("cn-2017:8", "依据：《互联网跟帖评论服务管理规定》（2017）第8条。",
         "Rule: Provisions on post comment services (2017), article 8."),
    ],
)  # fmt: skip
def test_beside_a_ground_in_words_of_their_own_stands_what_the_policy_stands_on(
    sqlite: Database, keyring_of_sqlite: Keyring, ground: str, zh: str, en: str
) -> None:
    said = account_notices.notice(take(sqlite, keyring_of_sqlite, wish("warn", ground=ground)), told_of())
    assert (True, True) == (zh in said["zh"], en in said["en"])


def test_what_is_over_or_recommended_is_told_without_advice(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    made = take(sqlite, keyring_of_sqlite, wish("warn", ground="platform-rules:gambling"))
    assert "How to do better" not in account_notices.notice(lift(sqlite, made.id), told_of())["en"]


def told_of(address: str = "") -> Redress:
    rules = shipped_rules()
    elsewhere = Words(zh="也可向乌托邦争议机构或法院提出。", en="You may also turn to the body of Utopia, or a court.")
    appeals = rules.appeals.model_copy(update={"address": address, "elsewhere": elsewhere})
    told = rules.model_copy(update={"appeals": appeals})
    return redress(told, shipped_notices(), load_taxonomy(), POLICIES.values())


@pytest.mark.parametrize(
    ("ground", "zh", "en"),
    [
        ("platform-rules", "平台规则", "Platform rules"),
        ("platform-rules:self-harm", "平台规则：教唆自伤", "Platform rules: self-harm"),
        ("cn-2017:5(1)", "《互联网跟帖评论服务管理规定》（2017）第5(1)条",
         "Provisions on post comment services (2017), article 5(1)"),
        ("house rule 3, cn-2017:8", "house rule 3, 《互联网跟帖评论服务管理规定》（2017）第8条",
         "house rule 3, Provisions on post comment services (2017), article 8"),
        ("emergency:0190-x", "应急措施 0190-x", "Emergency measure 0190-x"),
        ("quality", "内容优质", "good as a comment"),
        ("house rules", "本平台规则", "House rules"),
    ],
)  # fmt: skip
def test_a_ground_is_told_by_its_title_in_the_readers_language(ground: str, zh: str, en: str) -> None:
    assert (zh, en) == (ground_in(ground, "zh", told_of()), ground_in(ground, "en", told_of()))


@pytest.mark.parametrize(
    ("reason", "ground", "where"),
    [
        ({"en": "."}, "rules:abuse", "/reason"),
        ({"en": "x"}, "rules:abuse", "/reason"),
        ({"zh": "。。。"}, "rules:abuse", "/reason"),
        ({"en": "abuse of others"}, ".", "/ground"),
        ({"en": "troll-4711 was told twice"}, "rules:abuse", "/reason"),
        ({"en": "wrote: You are all of you idiots here"}, "rules:abuse", "/reason"),
    ],
)
def test_a_reason_says_something_and_neither_names_the_account_nor_quotes_the_comment(
    sqlite: Database, keyring_of_sqlite: Keyring, reason: dict[str, str], ground: str, where: str
) -> None:
    put(
        sqlite,
        keyring_of_sqlite,
        for_review("You are all of you idiots here, said he", known_as="c-1", author="troll-4711"),
    )
    asked = replace(wish("suspend", "troll-4711", days=2, cause="c-1"), reason=reason, ground=ground)
    with pytest.raises(InvalidInputError) as refused:
        take(sqlite, keyring_of_sqlite, asked)
    assert [where] == [fault.where for fault in refused.value.faults]


def test_one_chinese_character_and_a_short_word_of_the_comment_are_a_reason(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    put(sqlite, keyring_of_sqlite, for_review("滚", known_as="c-1", author="u"))
    take(sqlite, keyring_of_sqlite, replace(wish("suspend", "u", days=2, cause="c-1"), reason={"zh": "滚"}))


def test_a_key_of_a_moderator_does_no_more_than_its_person(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        accounts.create(unit, NewAccount("tom", "x", "moderator"), by="ada", now=NOW)
        accounts.create(unit, NewAccount("sue", "x", "senior"), by="ada", now=NOW)
        tom, sue = (keys.create(unit, name, scopes=["records"], now=NOW)[0].prefix for name in ("tom", "sue"))
        with pytest.raises(ForbiddenError, match="tom is moderator and may not do this"):
            account_measures.take(unit, keyring, wish("suspend", "u", days=2), CN, by=ByKey(tom), policies={}, now=NOW)
        assert account_measures.take(
            unit, keyring, wish("suspend", "u", days=2), CN, by=ByKey(sue), policies={}, now=NOW
        )


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        ({"en": "told twice"}, "招揽、宣传赌博或提供赌博入口被处理。（以英文给出）told twice。", "Reason: told twice."),
        ({"zh": "多次提醒"}, "原因：多次提醒。", "shows a way to it. (given in Chinese) 多次提醒."),
    ],
)
def test_a_reader_of_the_other_language_is_told_what_the_ground_says_beside_the_reason(
    sqlite: Database, keyring_of_sqlite: Keyring, reason: dict[str, str], zh: str, en: str
) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("赌场送彩金", known_as="c-1")))
    wanted = wish("warn", "c-1", kind=TargetKind.COMMENT, ground="platform-rules:gambling", reason=reason)
    said = account_notices.notice(take(sqlite, keyring_of_sqlite, wanted), told_of())
    assert (True, True) == (zh in said["zh"], en in said["en"])
    assert [1, 1] == [said["zh"].count("招揽"), said["en"].count("shows a way to it")], "and told so once"


@pytest.mark.parametrize("writes", ["nothing", "what passed", "what was blocked"])
@pytest.mark.parametrize("reason", [{"en": "told twice"}, {"zh": "多次提醒"}, {"zh": "多次提醒", "en": "told twice"}])
def test_an_account_that_is_measured_for_no_comment_is_told_of_none(
    sqlite: Database, keyring_of_sqlite: Keyring, writes: str, reason: dict[str, str]
) -> None:
    """Whatever it wrote beside: none is named, so none is said to have been acted on."""
    if writes != "nothing":
        outcome = Outcome.PASS if writes == "what passed" else Outcome.BLOCK
        put(sqlite, keyring_of_sqlite, an_answer(a_comment("hello", known_as="c-1"), a_decision(outcome)))
    wanted = wish("suspend", days=3, ground="platform-rules:gambling", reason=reason)
    said = account_notices.notice(take(sqlite, keyring_of_sqlite, wanted), told_of())
    assert "Your comment" not in said["en"]
    assert "您的评论" not in said["zh"]
    assert "No single comment is named for it." in said["en"]
    assert "此项处理未指明具体评论。" in said["zh"]
    assert "Rule: Platform rules: gambling." in said["en"]
    assert "How to do better" in said["en"]
