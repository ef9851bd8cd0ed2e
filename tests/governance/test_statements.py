"""One decision as record, notice and statement; the report of a span, also where nothing happened."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chaffinch.transparency_page import written
from governance import (
    account_measures,
    account_notices,
    another,
    appeals,
    dsa,
    erasure,
    notices,
    transparency,
    verdicts,
)
from governance.chinese_records import chinese_record
from governance.complaint_rules import shipped
from governance.dsa import faults, load_dsa
from governance.erasure import Order
from governance.statements import Words, grounds_of, measure_statement, notice, statement
from moderation.decision import Allowed, AllowingEntry, InAttachment, Outcome, Reason, Source, Spared
from moderation.errors import ConfigError, ForbiddenError
from moderation.policy import load_policies
from moderation.spans import Span
from moderation.standing import Function
from moderation.taxonomy import CONFIGS, load_taxonomy
from moderation.taxonomy import Words as TaxonomyWords
from records import acted, ledger, measures
from records.acted import ActedOn
from records.database import Database
from records.personal import Keyring
from records.public_values import AppealOutcome
from records.standing_values import MeasureState, TargetKind
from tests.chaffinch.conftest import change
from tests.governance.public import APPROVE, HOUSE, REJECT, SETTLED, appeal, claim, decide, report, settle
from tests.governance.standing import ACCOUNT, DEFAULT, take, wish
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

TAXONOMY = load_taxonomy()
WORDS = Words(TAXONOMY, load_policies(TAXONOMY), notices.shipped(), shipped(), dsa.shipped())
BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(days=30)


def removed(**told: Any) -> ActedOn:
    decision = a_decision(Outcome.BLOCK, gambling=0.97)
    usual = ActedOn(
        "0197-abc", decision, Outcome.BLOCK, "forum", "comment", NOW, NOW, False, (), None, False, None, False
    )
    return replace(usual, **told)


def test_a_machine_s_removal_is_a_statement_that_the_database_takes() -> None:
    told = statement(removed(), WORDS)
    assert told is not None
    assert [] == list(faults(told, WORDS.dsa.published))
    expected = {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "house rule 1",
        "category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY",
        "source_type": "SOURCE_VOLUNTARY",
        "content_language": "ZH",
        "content_date": "2026-03-01",
        "application_date": "2026-03-01",
        "puid": "0197-abc",
    }
    assert expected == {name: told[name] for name in expected}


def test_the_ground_is_that_of_the_reason_that_acted(database: Database, keyring: Keyring) -> None:
    """A rule blocked, the model only asked for a look: both name gambling, and the rule's ground is told everywhere."""
    words = {"zh": "像", "en": "looks like"}
    blocked = Reason("gambling", Source.RULE, Outcome.BLOCK, words, "criminal law 303", "ads.one")
    second = Reason("gambling", Source.RULE, Outcome.BLOCK, words, "house rule 9", "ads.two")
    looked = Reason("gambling", Source.MODEL, Outcome.REVIEW, words, "platform-rules:gambling")
    for reasons in ((blocked, second, looked), (looked, blocked, second)):
        answer = an_answer(decision=replace(a_decision(Outcome.BLOCK), reasons=reasons))
        put(database, keyring, answer)
        with database.reading() as look:
            told = acted.one(look, answer.decision_id)
            entry = json.loads(ledger.last(look, "decision", answer.decision_id).body)  # type: ignore[union-attr]
        assert "criminal law 303" == entry["ground"] == grounds_of(told, WORDS)
        assert "criminal law 303" in chinese_record(told, WORDS)["处置依据"]
        assert "criminal law 303" in " ".join(notice(told, WORDS, "en", address="https://example.test"))
        said = statement(told, WORDS)
        assert said is not None
        assert "criminal law 303" == said["incompatible_content_ground"]


def test_who_decided_and_who_told_are_in_the_statement() -> None:
    by_person = removed(by_person=True, labels=("hate",), measure="delete", reported=True)
    told = statement(by_person, WORDS)
    assert told is not None
    assert ("SOURCE_ARTICLE_16", "AUTOMATED_DECISION_PARTIALLY", "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH") == (
        told["source_type"], told["automated_decision"], told["category"]
    )  # fmt: skip
    found_by_person = replace(by_person, decision=a_decision())
    unaided = statement(found_by_person, WORDS)
    assert unaided is not None
    assert ("No", "AUTOMATED_DECISION_NOT_AUTOMATED") == (unaided["automated_detection"], unaided["automated_decision"])


@pytest.mark.parametrize(
    ("measure", "field", "value"),
    [
        ("refuse", "decision_visibility", ["DECISION_VISIBILITY_CONTENT_REMOVED"]),
        ("delete", "decision_visibility", ["DECISION_VISIBILITY_CONTENT_REMOVED"]),
        ("restrict", "decision_provision", "DECISION_PROVISION_PARTIAL_SUSPENSION"),
        ("suspend", "decision_account", "DECISION_ACCOUNT_SUSPENDED"),
        ("close", "decision_account", "DECISION_ACCOUNT_TERMINATED"),
    ],
)
def test_each_measure_is_what_the_law_calls_it(measure: str, field: str, value: object) -> None:
    told = statement(removed(measure=measure), WORDS)
    assert told is not None
    assert value == told[field]
    assert [] == list(faults(told, WORDS.dsa.published))


def test_a_warning_and_a_comment_that_stands_need_no_statement() -> None:
    assert statement(removed(measure="warn"), WORDS) is None
    assert statement(removed(outcome=Outcome.PASS), WORDS) is None
    assert [] == notice(removed(outcome=Outcome.PASS), WORDS, "zh", address="/public/appeals")


@pytest.mark.parametrize("name", TAXONOMY.names)
def test_every_label_has_a_category_and_a_statement_that_fits(name: str) -> None:
    told = statement(removed(labels=(name,), by_person=True), WORDS)
    assert told is not None
    assert [] == list(faults(told, WORDS.dsa.published))


def test_an_explanation_that_is_a_sentence_ends_once() -> None:
    told = statement(removed(labels=("links_closed",), by_person=True), WORDS)
    assert told is not None
    assert told["incompatible_content_explanation"].endswith(" was not shown.")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"category": "STATEMENT_CATEGORY_FRAUD"}, "category may not be STATEMENT_CATEGORY_FRAUD"),
        ({"puid": "a b"}, "puid may hold letters"),
        ({"puid": ""}, "puid is missing"),
        ({"decision_visibility": None}, "one of decision_visibility"),
        ({"content_type": "CONTENT_TYPE_TEXT"}, "content_type has to be a list"),
        ({"application_date": "2019-12-31"}, "application_date may not be before 2020-01-01"),
        ({"content_date": "1 March"}, "content_date has to be a day"),
        ({"decision_facts": "x" * 5001}, "decision_facts is longer than 5000"),
        ({"incompatible_content_ground": None}, "incompatible_content_ground is missing where decision_ground"),
        ({"illegal_content_explanation": "x"}, "illegal_content_explanation is out of place"),
        ({"territorial_scope": ["US"]}, "territorial_scope may not be US"),
        ({"author": "x"}, "author is no field of the database"),
        ({"automated_decision": "Yes"}, "automated_decision may not be Yes"),
    ],
)
def test_what_the_database_would_refuse_is_told(changed: dict[str, Any], fault: str) -> None:
    told = {**(statement(removed(), WORDS) or {}), **changed}
    told = {name: value for name, value in told.items() if value is not None}
    assert [each for each in faults(told, WORDS.dsa.published) if fault in each]


def test_a_legal_ground_makes_it_illegal_content(tmp_path: Path) -> None:
    (tmp_path / "dsa.toml").write_text((CONFIGS / "dsa.toml").read_text(encoding="utf-8"), encoding="utf-8")
    law = 'keywords = ["KEYWORD_PROHIBITED_PRODUCTS"]'
    change(tmp_path / "dsa.toml", law, f'{law}\nlegal_ground = "Criminal code, section 1"')
    told = statement(removed(labels=("contraband",)), replace(WORDS, dsa=load_dsa(tmp_path)))
    assert told is not None
    assert ("DECISION_GROUND_ILLEGAL_CONTENT", "Criminal code, section 1") == (
        told["decision_ground"], told["illegal_content_legal_ground"]
    )  # fmt: skip
    assert [] == list(faults(told, WORDS.dsa.published))
    change(tmp_path / "dsa.toml", 'category = "STATEMENT_CATEGORY_CYBER_VIOLENCE"', 'category = "CYBER"')
    with pytest.raises(ConfigError, match="CYBER"):
        load_dsa(tmp_path)


def test_the_author_is_told_what_why_how_to_do_better_and_how_to_appeal() -> None:
    zh = notice(removed(labels=("abuse",), by_person=True), WORDS, "zh", address="https://x.example/appeals")
    en = notice(removed(), WORDS, "en", address="https://x.example/appeals")
    assert "您的评论因辱骂、威胁或骚扰他人被处理。" == zh[0]
    assert ["由审核员作出。"] == [each for each in zh if "审核员作出" in each]
    assert any("怎样做更好" in each for each in zh)
    assert "2026-03-31 20:00（北京时间）" in zh[-1]
    assert "2026-03-31 12:00 UTC" in en[-1]
    assert "https://x.example/appeals" in zh[-1]
    assert "Ground: house rule 1." in en
    assert "It was decided automatically." in en
    assert en[0] == notices.shipped().labels["gambling"].text.en


def in_attachments(*found: InAttachment, spans: tuple[Span, ...] = ()) -> ActedOn:
    usual = removed()
    [reason] = usual.decision.reasons
    changed = replace(reason, spans=spans, attachments=found)
    return replace(usual, decision=replace(usual.decision, reasons=(changed,)))


@pytest.mark.parametrize(("found", "zh", "en", "record"), [
    (in_attachments(InAttachment(1)), "问题在第 2 个附件中，不在评论文字中。",
     "It was found in attachment 2, not in the comment's text.", "（第 2 个附件）"),
    (in_attachments(InAttachment(2), InAttachment(0, (Span(1, 3),))), "问题在第 1、3 个附件中，不在评论文字中。",
     "It was found in attachments 1, 3, not in the comment's text.", "（第 1、3 个附件）"),
    (in_attachments(InAttachment(0), spans=(Span(0, 2),)), "第 1 个附件中也有同样问题。",
     "It was found in attachment 1, too.", "（第 1 个附件）"),
])  # fmt: skip
def test_whoever_reads_why_is_told_in_which_attachment_it_was_found(
    found: ActedOn, zh: str, en: str, record: str
) -> None:
    assert zh in notice(found, WORDS, "zh", address="https://x.example/appeals")
    assert en in notice(found, WORDS, "en", address="https://x.example/appeals")
    stated = statement(found, WORDS)
    assert stated is not None
    assert en in stated["decision_facts"]
    assert chinese_record(found, WORDS)["处置理由"][0].endswith(record)


def test_of_what_a_person_found_and_of_what_lies_in_the_text_no_attachment_is_named() -> None:
    by_person = replace(in_attachments(InAttachment(0)), by_person=True, labels=("gambling",))
    for one in (removed(), by_person):
        assert not any("attachment" in each for each in notice(one, WORDS, "en", address="https://x.example"))
        assert "附件" not in str(chinese_record(one, WORDS))


def test_bodies_outside_of_the_house_are_named_where_the_house_names_them() -> None:
    elsewhere = TaxonomyWords(zh="也可向法院起诉。", en="You may also go to court.")
    appeals = WORDS.complaints.appeals.model_copy(update={"elsewhere": elsewhere})
    words = replace(WORDS, complaints=WORDS.complaints.model_copy(update={"appeals": appeals}))
    for language, said in (("zh", elsewhere.zh), ("en", elsewhere.en)):
        assert said == notice(removed(), words, language, address="https://x.example/appeals")[-1]


def test_a_refusal_that_judged_no_content_is_no_moderation(database: Database, keyring: Keyring) -> None:
    """Not verified, comments closed: counted apart, in no category, and no statement of reasons is due."""
    refused = [
        replace(a_decision(Outcome.BLOCK), reasons=(Reason(code, source, Outcome.BLOCK, {"zh": "x", "en": "x"}, "g"),))
        for code, source in (("identity_unverified", Source.ACCOUNT), ("emergency_closed", Source.POLICY))
    ]
    put(database, keyring, *(an_answer(a_comment(f"hello {n}"), each) for n, each in enumerate(refused)))
    put(database, keyring, an_answer(a_comment("赌场送彩金"), a_decision(Outcome.BLOCK, gambling=0.97)))
    with database.reading() as look:
        found = transparency.report(look, WORDS, BEFORE, AFTER)
    assert {"identity_unverified": 1, "emergency_closed": 1} == found.refused
    assert (3, 1, 1) == (found.decisions, found.acted, found.statements)
    assert {"forum": (3, 1)} == found.surfaces
    assert [("2026-03", 3, 1)] == [(each.month, each.decisions, each.acted) for each in found.months]
    assert ["gambling"] == [each.code for each in found.categories if each.acted]
    page = written(found, TAXONOMY, WORDS.complaints)
    assert "账号未实名" in page
    assert "提醒作者 warn the author 0, " in page
    assert "就评论提醒作者 warn the author, for a comment 0, " in page


def test_the_chinese_record_says_what_was_done_why_and_by_whom() -> None:
    told = chinese_record(removed(labels=("fraud",), by_person=True, measure="delete", appealed=True), WORDS)
    assert (["评论已被删除。"], ["诈骗"], "审核员", "处理中") == (
        told["处置措施"], told["处置理由"], told["作出方式"], told["申诉"]
    )  # fmt: skip
    assert "2026-03-01 20:00:00（北京时间）" == told["处置时间"]


def test_the_chinese_record_has_no_code_and_says_what_was_given_in_english() -> None:
    words = {"zh": "该账号已被暂停发布评论", "en": "suspended"}
    why = Reason("account_suspended", Source.ACCOUNT, Outcome.BLOCK, words, "house rules")
    held = replace(a_decision(Outcome.BLOCK), reasons=(why,))
    told = chinese_record(removed(decision=held), WORDS)
    assert ["该账号已被暂停发布评论"] == told["处置理由"]
    assert "本平台规则；《互联网跟帖评论服务管理规定》（2017）第8条" == told["处置依据"]
    typed = chinese_record(removed(decision=replace(held, reasons=(replace(why, ground="our terms"),))), WORDS)
    assert typed["处置依据"].startswith("（以英文给出）our terms；")


def test_the_chinese_record_is_in_chinese_with_the_article_and_names_comment_and_account_by_number() -> None:
    made = removed(external_id="c-17", author_id="0197-author", surface="news", ground="platform-rules:gambling")
    told = chinese_record(made, WORDS)
    assert "平台规则：赌博；《互联网跟帖评论服务管理规定》（2017）第8条" == told["处置依据"]
    assert ("新闻跟帖", "c-17", "0197-author") == (told["版面"], told["评论编号"], told["账号编号"])
    assert "cn-2017" not in str(told)
    law = chinese_record(replace(made, ground="cn-2017:5(1)"), WORDS)
    assert "《互联网跟帖评论服务管理规定》（2017）第5(1)条" == law["处置依据"]
    nobody = chinese_record(replace(made, external_id=None, author_id=None), WORDS)
    assert ("平台未提供", "平台未提供，或已删除") == (nobody["评论编号"], nobody["账号编号"])


def test_the_chinese_record_of_a_comment_that_stands_claims_no_patrol_no_ground_and_no_appeal() -> None:
    stands = removed(decision=a_decision(), outcome=Outcome.PASS)
    told = chinese_record(stands, WORDS)
    assert ("系统自动审核，未发现违规", "系统自动", "未作处置", [], "未作处置，无需申诉") == (
        told["发现方式"], told["作出方式"], told["处置依据"], told["处置理由"], told["申诉期限"],
    )  # fmt: skip
    by_person = chinese_record(removed(outcome=Outcome.PASS, by_person=True), WORDS)
    assert ("系统识别", "审核员", "未作处置", []) == (
        by_person["发现方式"], by_person["作出方式"], by_person["处置依据"], by_person["处置理由"],
    )  # fmt: skip
    assert "未作处置，无需申诉" == chinese_record(removed(outcome=Outcome.REVIEW), WORDS)["申诉期限"]


def test_the_chinese_record_names_what_a_list_let_pass() -> None:
    rule = Spared("advertising", Source.RULE, Outcome.REVIEW, "ads.contact")
    allowed = Allowed((AllowingEntry("entry-7", "wechat"),), (rule,))
    stands = removed(decision=replace(a_decision(), allowed=allowed), outcome=Outcome.PASS)
    told = chinese_record(stands, WORDS)
    assert "系统自动审核，经名单条目放行" == told["发现方式"]
    assert ["名单条目 entry-7（微信）", "若无名单条目，应待审核：规则 ads.contact"] == told["名单放行"]
    spared_nothing = replace(stands, decision=replace(a_decision(), allowed=replace(allowed, spared=())))
    told = chinese_record(spared_nothing, WORDS)
    assert ("系统自动审核，未发现违规", ["名单条目 entry-7（微信）"]) == (told["发现方式"], told["名单放行"])
    assert ["无"] == chinese_record(removed(), WORDS)["名单放行"]


def test_the_chinese_record_says_published_only_of_what_was() -> None:
    later = NOW + timedelta(hours=1)
    sent, looked_at = "2026-03-01 20:00:00（北京时间）", "2026-03-01 21:00:00（北京时间）"
    for found, published in (
        (removed(), "未发布"),
        (removed(decision=a_decision(Outcome.REVIEW), outcome=Outcome.REVIEW), "未发布"),
        (removed(decision=a_decision(), outcome=Outcome.PASS), sent),
        (removed(decision=a_decision(), by_person=True, labels=("abuse",), decided_at=later), sent),
        (removed(outcome=Outcome.PASS, by_person=True, decided_at=later), looked_at),
        (removed(measure="warn", by_person=True, labels=("abuse",), decided_at=later), looked_at),
    ):
        told = chinese_record(found, WORDS)
        assert (sent, published) == (told["提交时间"], told["发布时间"])


def test_the_chinese_record_says_that_the_platform_named_the_account(database: Database, keyring: Keyring) -> None:
    """No account has a number of ours before something is stated of it; an erased one is not said to be kept."""
    named = an_answer(a_comment("赌场送彩金", known_as="c-1"), a_decision(Outcome.BLOCK, gambling=0.97))
    put(database, keyring, named)
    with database.reading() as look:
        assert (
            "平台已提供（加密保存），未建账号档案"
            == chinese_record(acted.one(look, named.decision_id), WORDS)["账号编号"]
        )
    erasure.erase(database, keyring, Order(ACCOUNT, "mia", "right to erasure"), now=NOW)
    with database.reading() as look:
        assert "平台未提供，或已删除" == chinese_record(acted.one(look, named.decision_id), WORDS)["账号编号"]


def test_a_report_counts_what_was_done_and_what_became_of_it(database: Database, keyring: Keyring) -> None:
    by_machine = an_answer(a_comment("赌场送彩金", known_as="c-1"), a_decision(Outcome.BLOCK, gambling=0.97))
    put(database, keyring, by_machine, an_answer(a_comment("hello", known_as="c-2")))
    put(database, keyring, for_review("怎么说", known_as="c-3"))
    report(database, keyring, about="c-2", kind="harassment")
    decide(database, REJECT, by="mia")
    decide(database, REJECT, by="mia")
    appeal(database, by_machine.decision_id)
    decide(database, APPROVE, by="sun")
    settle(database, now=NOW + timedelta(hours=1))
    with database.reading() as look:
        found = transparency.report(look, WORDS, BEFORE, AFTER)
        one = acted.one(look, by_machine.decision_id)
    assert (3, 1, 2, 0) == (found.decisions, found.passed, found.acted, found.waiting)
    assert {"forum": (3, 2)} == found.surfaces
    assert [("2026-03", 3, 2)] == [(each.month, each.decisions, each.acted) for each in found.months]
    abuse = next(each for each in found.categories if each.code == "abuse")
    assert (2, 1, 2) == (abuse.acted, abuse.after_notice, abuse.by_person)
    assert (1, 1, {"overturned": 1}) == (found.appeals.asked, found.appeals.answered, found.appeals.outcomes)
    harassment = next(each for each in found.complaints if each.kind == "harassment")
    assert (1, 1, 1.0, 0) == (harassment.asked, harassment.answered, harassment.hours, harassment.late)
    assert (2, ()) == (found.statements, found.unfit_statements)
    assert (AppealOutcome.OVERTURNED, Outcome.PASS) == (one.appeal, one.outcome)
    assert found.verdicts >= 3
    assert "赌场" not in json.dumps(found.document, ensure_ascii=False)


def test_a_year_in_which_nothing_happened_has_a_report(database: Database) -> None:
    with database.reading() as look:
        found = transparency.report(look, WORDS, datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    assert found.is_empty
    assert (0, 0, 0, None) == (found.decisions, found.acted, found.appeals.asked, found.wrong.share)
    assert {0} == {each.acted for each in found.categories}
    assert list(TAXONOMY.names) == [each.code for each in found.categories]
    assert json.dumps(found.document)


def test_measures_on_accounts_are_stated_and_counted_without_a_word_of_the_person(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    stopped = an_answer(a_comment("赌场送彩金", known_as="c-1"), a_decision(Outcome.BLOCK, gambling=0.97))
    put(sqlite, keyring_of_sqlite, stopped, an_answer(a_comment("hello", known_as="c-2")))
    for days, asked in (
        (0, wish("warn")),
        (0, wish("restrict", days=3, closes=(Function.LINKS,), per_hour=6, cause="c-1")),
        (2, wish("suspend", days=7)),
        (4, wish("close")),
        (0, wish("suspend", "t-1", kind=TargetKind.THREAD, days=7)),
        (0, wish("delete", "c-2", kind=TargetKind.COMMENT)),
    ):
        now = NOW + timedelta(days=days)
        take(sqlite, keyring_of_sqlite, asked, policy=DEFAULT, now=now)
    with sqlite.reading() as look:
        told = [measure_statement(each, WORDS) for each in acted.measured(look, BEFORE, AFTER)]
        found = transparency.report(look, WORDS, BEFORE, AFTER)
        deleted = next(each for each in acted.removed(look, BEFORE, AFTER) if each.measure == "delete")
    warned, restricted, suspended = told
    assert warned is None
    assert restricted is not None
    assert suspended is not None
    assert [] == [*faults(restricted, WORDS.dsa.published), *faults(suspended, WORDS.dsa.published)]
    assert ("DECISION_PROVISION_PARTIAL_SUSPENSION", "AUTOMATED_DECISION_PARTIALLY", ["CONTENT_TYPE_TEXT"]) == (
        restricted["decision_provision"], restricted["automated_decision"], restricted["content_type"],
    )  # fmt: skip
    assert ("2026-03-04", "links, more than 6 comments an hour" in restricted["decision_facts"]) == (
        restricted["end_date_service_restriction"], True,
    )  # fmt: skip
    assert ("DECISION_ACCOUNT_SUSPENDED", "an account", "2026-03-10", "rule 3") == (
        suspended["decision_account"], suspended["content_type_other"], suspended["end_date_account_restriction"],
        suspended["incompatible_content_ground"],
    )  # fmt: skip
    assert not any(said in json.dumps(told, ensure_ascii=False) for said in (ACCOUNT, "广告", "赌场", "repeated"))
    begun = {
        ("author", "warn"),
        ("comment", "delete"),
        ("author", "restrict"),
        ("author", "suspend"),
        ("thread", "suspend"),
    }
    assert begun == {(kind, name) for kind, each in found.taken.items() for name, count in each.items() if count == 1}
    assert 0 == found.taken["author"]["close"], "a thread that is closed is no account"
    assert (2, 4, ()) == (found.acted, found.statements, found.unfit_statements)
    assert (True, "rule 3", "rule 3") == (deleted.by_person, deleted.ground, grounds_of(deleted, WORDS))
    assert "stands on: rule 3. " in suspended["decision_facts"]
    assert "in the year before: 2." in suspended["decision_facts"]


def test_a_comment_that_somebody_deleted_by_name_says_their_reason_and_until_when_to_appeal(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    """The machine let it pass, and much later somebody deleted it: everything says the same reason and the same day."""
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("hello", known_as="c-1")))
    late = NOW + timedelta(days=40)
    made = take(sqlite, keyring_of_sqlite, wish("delete", "c-1", kind=TargetKind.COMMENT), now=late)
    with sqlite.reading() as look:
        [found] = acted.removed(look, BEFORE, AFTER)
        appealed = appeals.appealable(look, found.decision_id, shipped(), now=late + timedelta(days=29))
    until = late + timedelta(days=30)
    assert (until, made.id) == (appealed.until, appealed.subject_id)
    record = chinese_record(found, WORDS)
    assert (["多次发布广告"], "（以英文给出）rule 3") == (record["处置理由"], record["处置依据"].partition("；")[0])
    assert record["申诉期限"].startswith(f"{until:%Y-%m-%d}")
    for language, why in (("zh", "原因：多次发布广告。"), ("en", "Reason: repeated advertising.")):
        told = notice(found, WORDS, language, address="/public/appeals")
        assert why == told[0]
        assert f"{until:%Y-%m-%d}" in told[-1]
    stated = statement(found, WORDS)
    assert stated is not None
    assert [] == list(faults(stated, WORDS.dsa.published))
    assert "Not allowed: it breaks the rule: rule 3." == stated["incompatible_content_explanation"]
    assert "stands on: rule 3. " in stated["decision_facts"]
    appeal(sqlite, found.decision_id, now=late)
    with sqlite.unit() as unit:
        [case] = claim(unit, "ben", queue_="appeals", now=late)
        with pytest.raises(ForbiddenError):
            another.check(unit, case, "mia")
        verdicts.give(unit, HOUSE, case.id, APPROVE, moderator="ben", token=case.lease_token, now=late)
        unit.commit()
    with sqlite.unit() as unit:
        appeals.settle(unit, shipped(), now=late + SETTLED, also=(account_measures.restore,))
        unit.commit()
    with sqlite.reading() as look:
        assert MeasureState.LIFTED is measures.get(look, made.id).state
        assert Outcome.PASS is acted.one(look, found.decision_id).outcome


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        ({"zh": "发广告"}, "原因：发广告。", "Reason: (given in Chinese) 发广告."),
        ({"en": "spam"}, "原因：（以英文给出）spam。", "Reason: spam."),
        ({"zh": "发广告", "en": "spam"}, "原因：发广告。", "Reason: spam."),
    ],
)
def test_a_reason_in_one_language_alone_says_so_in_the_other(
    sqlite: Database, keyring_of_sqlite: Keyring, reason: dict[str, str], zh: str, en: str
) -> None:
    told = account_notices.notice(take(sqlite, keyring_of_sqlite, wish("warn", reason=reason)))
    assert (True, True) == (zh in told["zh"], en in told["en"])


@pytest.mark.parametrize(
    ("ground", "category", "keywords"),
    [
        ("abuse", "STATEMENT_CATEGORY_CYBER_VIOLENCE", ["KEYWORD_CYBER_HARASSMENT"]),
        ("platform-rules:gambling", "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", ["KEYWORD_GOODS_SERVICES_NOT_PERMITTED"]),
        ("cn-2017:8, minors", "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", None),
        ("rule 3", "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", None),
    ],
)
def test_a_measure_without_a_comment_falls_where_its_ground_does(
    sqlite: Database, keyring_of_sqlite: Keyring, ground: str, category: str, keywords: list[str] | None
) -> None:
    take(sqlite, keyring_of_sqlite, wish("suspend", days=3, ground=ground))
    with sqlite.reading() as look:
        [told] = [measure_statement(each, WORDS) for each in acted.measured(look, BEFORE, AFTER)]
    assert told is not None
    assert [] == list(faults(told, WORDS.dsa.published))
    assert (category, keywords) == (told["category"], told.get("category_specification"))
    assert "found to be" not in told["decision_facts"], "no comment was looked at"
