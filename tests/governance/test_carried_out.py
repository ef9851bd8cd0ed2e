"""A comment refused by what people had decided before: who decided that, why, under which number, what is appealed."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chaffinch.settings import CHECKOUT
from governance import account_appeals, account_notices, another, appeals, carried_out, lists, measures, transparency
from governance.chinese_records import chinese_record
from governance.emergencies import Wish as EmergencyWish
from governance.lists import Listing
from governance.statements import codes_of, notice, redress_of, statement
from moderation import emergency
from moderation.accounts import account_reasons
from moderation.comment import Comment
from moderation.decision import Outcome, Reason, Source
from moderation.emergency import Effect, Kind, Scope
from moderation.errors import ConflictError, ForbiddenError
from moderation.lists import ListAction, ListEntry, ListHit, list_reason
from moderation.policy import Policy
from moderation.standing import Function
from moderation.threads import thread_reasons
from records import acted, authors, cases
from records import measures as stored
from records.acted import ActedOn
from records.database import Database
from records.house_values import ListEntryRecord
from records.personal import Keyring
from records.standing_values import MeasureRecord, TargetKind
from tests.governance.public import appeal, decide
from tests.governance.standing import ACCOUNT, CN, DEFAULT, lift, take, wish
from tests.governance.test_emergencies import begun
from tests.governance.test_listed_accounts import blacklist
from tests.governance.test_listed_accounts import refused as listed_and_refused
from tests.governance.test_statements import WORDS
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

WHY = {"zh": "争吵过多", "en": "too much quarrel"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A comment in a held thread, and the measure."""

    made: MeasureRecord
    decision_id: str


def held_reasons(database: Database, comment: Comment, *, now: datetime) -> list[Reason]:
    """What the engine says of it, with what holds its thread by the records."""
    with database.reading() as look:
        held = stored.holding_thread(look, str(comment.context.thread_id))
    in_place = replace(comment, context=replace(comment.context, held=held))
    return thread_reasons(in_place, has_contact=lambda: True, now=now)


def refuse(
    database: Database, keyring: Keyring, measure: str = "suspend", *, beside: Sequence[Reason] = (),
    names: bool = True, **fields: Any,
) -> Refused:  # fmt: skip
    asked = wish(measure, "t-7", kind=TargetKind.THREAD, reason=WHY, ground="house rule 9", days=5, **fields)
    made = take(database, keyring, asked)
    comment = a_comment("so so", known_as="c-1", thread_id="t-7")
    reasons = held_reasons(database, comment, now=NOW)
    if not names:
        reasons = [replace(each, rule_id=None) for each in reasons]
    decision = replace(a_decision(reasons[0].outcome), reasons=(*beside, *reasons))
    [done] = put(database, keyring, an_answer(comment, decision))
    return Refused(made, done.decision_id)


def of(database: Database, refused: Refused) -> ActedOn:
    with database.reading() as look:
        return acted.one(look, refused.decision_id)


@pytest.mark.parametrize("names", [True, False])
def test_a_comment_refused_with_its_thread_names_the_measure_its_reason_and_that_a_person_took_it(
    database: Database, keyring: Keyring, *, names: bool
) -> None:
    """Also one of an earlier program, whose reason named no measure."""
    refused = refuse(database, keyring, names=names)
    told = {
        each: " ".join(notice(of(database, refused), WORDS, each, address="https://x.example")) for each in ("zh", "en")
    }
    for language, said in (
        (
            "en",
            (
                "A person decided what holds here",
                refused.made.id,
                "too much quarrel",
                "house rule 9",
                "until 2026-03-06",
            ),
        ),
        ("zh", ("由工作人员决定", refused.made.id, "争吵过多", "house rule 9", "至2026年03月06日")),
    ):
        assert [] == [each for each in said if each not in told[language]]
    assert "decided automatically" not in told["en"]
    assert "由系统自动作出" not in told["zh"]
    assert f"this comment of yours was not shown (decision {refused.decision_id})" in told["en"]
    record = chinese_record(of(database, refused), WORDS)
    assert ("审核员对主题作出，系统据此执行", "争吵过多") == (record["作出方式"], record["处置理由"][0])
    [held] = record["主题处置"]
    assert held.startswith(f"此处暂停评论（编号 {refused.made.id}，")


def test_the_engine_s_answer_names_the_measure(database: Database, keyring: Keyring) -> None:
    refused = refuse(database, keyring)
    [reason] = of(database, refused).decision.reasons
    assert f"measure.{refused.made.id}" == reason.rule_id


def test_a_comment_that_waits_with_its_thread_names_the_measure_in_the_record(
    database: Database, keyring: Keyring
) -> None:
    refused = refuse(database, keyring, "restrict", closes=(Function.UNREVIEWED,))
    record = chinese_record(of(database, refused), WORDS)
    assert "审核员对主题作出，系统据此执行" == record["作出方式"]
    assert refused.made.id in record["主题处置"][0]


def test_where_the_machine_found_something_beside_both_are_told(database: Database, keyring: Keyring) -> None:
    found = Reason("gambling", Source.MODEL, Outcome.BLOCK, {"zh": "赌", "en": "bets"}, "house rule 1")
    refused = refuse(database, keyring, "restrict", closes=(Function.LINKS,), beside=(found,))
    told = " ".join(notice(of(database, refused), WORDS, "en", address="https://x.example"))
    assert "It was decided automatically." in told
    assert refused.made.id in told
    stated = statement(of(database, refused), WORDS)
    assert stated is not None
    assert "AUTOMATED_DECISION_PARTIALLY" == stated["automated_decision"]
    assert refused.made.id not in stated["decision_facts"], "a measure is no rule that it met"


def test_what_is_over_since_is_told_as_it_was_and_what_a_person_decided_stands_alone(
    database: Database, keyring: Keyring
) -> None:
    refused = refuse(database, keyring)
    lift(database, refused.made.id, now=NOW + timedelta(hours=1))
    assert "已解除" in chinese_record(of(database, refused), WORDS)["主题处置"][0]
    take(database, keyring, wish("delete", "c-1", kind=TargetKind.COMMENT), now=NOW + timedelta(hours=2))
    assert (True, None) == (of(database, refused).by_person, of(database, refused).placed)


def test_who_appeals_by_the_thread_s_measure_is_told_what_can_be_appealed(database: Database, keyring: Keyring) -> None:
    refused = refuse(database, keyring)
    with database.reading() as look:
        assert not account_appeals.is_alone(look, refused.made.id, WORDS.complaints, now=NOW)
        with pytest.raises(ConflictError, match="decision_id"):
            measures.decision_of(look, refused.made.id)
    told = account_notices.notice(refused.made)
    assert "can appeal the refusal of that comment" in told["en"]
    assert "可就该条评论申诉" in told["zh"]


def test_whoever_took_the_thread_s_measure_does_not_decide_the_appeal(database: Database, keyring: Keyring) -> None:
    refused = refuse(database, keyring)
    made = appeal(database, refused.decision_id)
    with database.reading() as look:
        case = cases.get(look, made.case_id)
        with pytest.raises(ForbiddenError):
            another.check(look, case, "mia")
        another.check(look, case, "ben")


def test_a_thread_s_notice_says_nothing_of_a_comment_that_was_acted_on(database: Database, keyring: Keyring) -> None:
    asked = wish("suspend", "t-8", kind=TargetKind.THREAD, reason={"en": "bets"}, ground="gambling", days=1)
    made = take(database, keyring, asked)
    for language in ("zh", "en"):
        told = account_notices.notice(made, redress_of(WORDS))[language]
        assert not any(said in told for said in ("您的评论因", "Your comment was"))
    assert "您的账号" not in account_notices.notice(lift(database, made.id))["zh"]


def account_held(
    database: Database, keyring: Keyring, comment: Comment, policy: Policy, *, credit: float | None
) -> ActedOn:
    """A comment of the account as the engine answers it, stored."""
    with database.reading() as look:
        standing = authors.known(look, keyring, ACCOUNT).standing
    comment = replace(comment, author=replace(comment.author, standing=standing))
    reasons = account_reasons(policy, comment, credit=credit, comments_1h=99, has_contact=lambda: True, now=NOW)
    decision = replace(a_decision(reasons[0].outcome), reasons=tuple(reasons))
    [done] = put(database, keyring, an_answer(comment, decision))
    with database.reading() as look:
        return acted.one(look, done.decision_id)


@pytest.mark.parametrize("fields", [
    {"measure": "suspend", "days": 5},
    {"measure": "restrict", "days": 5, "closes": (Function.LINKS,)},
    {"measure": "restrict", "days": 5, "per_hour": 3},
])  # fmt: skip
def test_a_comment_refused_with_its_account_names_the_measure_and_that_a_person_took_it(
    database: Database, keyring: Keyring, fields: dict[str, Any]
) -> None:
    made = take(database, keyring, wish(reason=WHY, ground="house rule 9", **fields))
    found = account_held(database, keyring, a_comment("so so", author=ACCOUNT), DEFAULT, credit=None)
    assert "account" == carried_out.by_people(found, codes_of(found))
    zh, en = (" ".join(notice(found, WORDS, each, address="https://x.example")) for each in ("zh", "en"))
    for told in (
        "A person decided what holds for your account",
        made.id,
        "too much quarrel",
        "appealed by its own number",
    ):
        assert told in en
    for told in ("对您账号的处置由工作人员决定", made.id, "争吵过多", "凭其编号"):
        assert told in zh
    assert "automatically" not in en
    assert "由系统自动作出" not in zh
    record = chinese_record(found, WORDS)
    assert "审核员对账号作出，系统据此执行" == record["作出方式"]
    assert made.id in record["账号处置"][0]
    lift(database, made.id, now=NOW + timedelta(hours=1))
    assert found.held is not None
    assert of_decision(database, found.decision_id).held is not None, "what is over since held it then"


def of_decision(database: Database, decision_id: str) -> ActedOn:
    with database.reading() as look:
        return acted.one(look, decision_id)


def test_what_credit_alone_has_closed_nobody_decided(database: Database, keyring: Keyring) -> None:
    """Also where a measure holds the account that closes something else."""
    take(database, keyring, wish("restrict", reason=WHY, ground="house rule 9", days=5, closes=(Function.LIVE,)))
    found = account_held(database, keyring, a_comment("so so", author=ACCOUNT), CN, credit=0.0)
    codes = {reason.code for reason in found.decision.reasons if reason.outcome is found.outcome}
    assert "links_closed" in codes
    assert (None, None) == (found.held, carried_out.by_people(found, codes_of(found)))
    assert "It was decided automatically." in notice(found, WORDS, "en", address="https://x.example")


def test_what_is_over_before_a_comment_comes_had_no_part_in_it(database: Database, keyring: Keyring) -> None:
    made = take(database, keyring, wish("suspend", reason=WHY, days=5), now=NOW - timedelta(days=2))
    lift(database, made.id, now=NOW - timedelta(days=1))
    reason = Reason("account_suspended", Source.ACCOUNT, Outcome.BLOCK, {"zh": "停", "en": "stopped"}, "rule 3")
    decision = replace(a_decision(Outcome.BLOCK), reasons=(reason,))
    [done] = put(database, keyring, an_answer(a_comment("so so", author=ACCOUNT), decision))
    assert None is of_decision(database, done.decision_id).held


@pytest.mark.parametrize(("kind", "people"), [
    (Kind.CLOSED, "emergency"), (Kind.SLOW_MODE, "emergency"), (Kind.THRESHOLDS, None),
])  # fmt: skip
def test_what_an_emergency_refuses_people_began_and_stricter_limits_are_the_machine_s(
    database: Database, keyring: Keyring, kind: Kind, people: str | None
) -> None:
    effect = {
        Kind.SLOW_MODE: Effect(kind, a_minute=2), Kind.THRESHOLDS: Effect(kind, block=0.5, review=0.5)
    }.get(kind, Effect(kind))  # fmt: skip
    began = begun(database, EmergencyWish(Scope("news"), effect, 30, "mia", "a raid"))
    reason = Reason(
        emergency.code(kind), Source.POLICY, Outcome.BLOCK, emergency.MESSAGES[kind], f"emergency:{began.id}"
    )
    decision = replace(a_decision(Outcome.BLOCK), reasons=(reason,))
    [done] = put(database, keyring, an_answer(a_comment("so so", surface="news"), decision))
    found = of_decision(database, done.decision_id)
    assert people == carried_out.by_people(found, codes_of(found))
    zh, en = (" ".join(notice(found, WORDS, each, address="https://x.example")) for each in ("zh", "en"))
    assert (people is None) == ("It was decided automatically." in en)
    assert (people is not None) == (f"People began an emergency measure here (emergency {began.id}" in en)
    assert (people is not None) == (f"应急编号 {began.id}" in zh)
    record = chinese_record(found, WORDS)
    assert record["作出方式"] == ("工作人员启动应急措施，系统据此执行" if people else "系统自动")
    assert (people is not None) == (began.id in record["主题处置"][0])


def test_a_comment_of_a_listed_account_was_not_decided_automatically_alone(
    database: Database, keyring: Keyring
) -> None:
    entry = blacklist(database, keyring)
    answer = an_answer(a_comment("好"), listed_and_refused(entry))
    put(database, keyring, answer)
    found = of_decision(database, answer.decision_id)
    assert "list" == carried_out.by_people(found, codes_of(found))
    assert "由系统自动作出" not in "".join(notice(found, WORDS, "zh", address="https://x.example"))
    assert "审核员将账号列入名单，系统据此执行" == chinese_record(found, WORDS)["作出方式"]


def entry_about(database: Database, keyring: Keyring, kind: str, value: str, **fields: Any) -> ListEntryRecord:
    told = {
        "action": ListAction.BLOCK,
        "reason": "phishing",
        "source": "own",
        "by": "mia",
        "label": "gambling",
    } | fields
    with database.unit() as unit:
        made = lists.add(unit, Listing(kind, value, **told), taxonomy=WORDS.taxonomy, keyring=keyring, now=NOW)
        unit.commit()
    return made


def showing(
    database: Database, keyring: Keyring, entry: ListEntryRecord, *beside: Reason, known_as: str = "c-1"
) -> ActedOn:
    """A comment that shows what is on the list, as the engine answers it, stored."""
    hit = ListHit(ListEntry(entry.id, entry.kind, entry.key, entry.action, entry.ground, entry.label))
    reason = list_reason(hit)
    decision = replace(a_decision(reason.outcome), reasons=(reason, *beside), measures=("refuse",))
    [done] = put(database, keyring, an_answer(a_comment("see it now", known_as=known_as), decision))
    return of_decision(database, done.decision_id)


SHOWN = pytest.mark.parametrize(("kind", "value", "zh", "en"), [
    ("domain", "evil-casino.com", "网站", "website"),
    ("wechat", "shop88771", "联系方式", "contact"),
    ("attachment", "a" * 64, "文件", "file"),
])  # fmt: skip


@SHOWN
@pytest.mark.parametrize("label", ["gambling", None])
def test_where_people_had_listed_what_a_comment_shows_every_rendering_names_the_entry_and_them(
    database: Database, keyring: Keyring, kind: str, value: str, zh: str, en: str, label: str | None
) -> None:
    entry = entry_about(database, keyring, kind, value, label=label)
    found = showing(database, keyring, entry)
    assert "entry" == carried_out.by_people(found, codes_of(found))
    told = {each: " ".join(notice(found, WORDS, each, address="https://x.example")) for each in ("zh", "en")}
    assert f"shows a {en} that a person put on a list (entry {entry.id}, since 2026-03-01" in told["en"]
    assert f"工作人员列入名单的{zh}（名单编号 {entry.id}，" in told["zh"]
    assert ("automatically" in told["en"], "由系统自动作出" in told["zh"]) == (False, False)
    record = chinese_record(found, WORDS)
    assert ("审核员列入名单，系统据此执行", "系统比对名单") == (record["作出方式"], record["发现方式"])
    assert record["名单处置"][0].startswith(f"名单条目（编号 {entry.id}，")
    stated = statement(found, WORDS)
    assert stated is not None
    assert ("AUTOMATED_DECISION_PARTIALLY", "Yes") == (stated["automated_decision"], stated["automated_detection"])
    assert f"put something that it shows on a list (entry {entry.id})" in stated["decision_facts"]
    assert not any(said in stated["decision_facts"] for said in ("list.", "It was decided automatically", value))
    with database.reading() as look:
        report = transparency.report(look, WORDS, NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert [(1, 0)] == [(each.acted, each.fully_automated) for each in report.categories if each.acted]


def test_where_the_machine_found_the_same_beside_an_entry_both_are_told(database: Database, keyring: Keyring) -> None:
    """Also under one code: the entry's label is the model's."""
    entry = entry_about(database, keyring, "domain", "evil-casino.com")
    model = Reason("gambling", Source.MODEL, Outcome.BLOCK, {"zh": "赌", "en": "bets"}, "house rule 1")
    found = showing(database, keyring, entry, model)
    assert None is carried_out.by_people(found, codes_of(found))
    told = notice(found, WORDS, "en", address="https://x.example")
    assert "It was decided automatically." in told
    assert entry.id in " ".join(told)
    record = chinese_record(found, WORDS)
    assert ("系统自动", "系统识别") == (record["作出方式"], record["发现方式"])
    assert entry.id in record["名单处置"][0]


def test_an_entry_that_had_no_part_in_it_is_not_told(database: Database, keyring: Keyring) -> None:
    """It asked for a look; the model stopped the comment."""
    entry = entry_about(database, keyring, "domain", "odd.com", action=ListAction.REVIEW)
    hit = ListHit(ListEntry(entry.id, entry.kind, entry.key, entry.action, entry.ground, entry.label))
    blocked = a_decision(Outcome.BLOCK, gambling=0.97)
    decision = replace(blocked, reasons=(*blocked.reasons, list_reason(hit)))
    [done] = put(database, keyring, an_answer(a_comment("see odd.com"), decision))
    found = of_decision(database, done.decision_id)
    assert ((), ["无"]) == (found.shows, chinese_record(found, WORDS)["名单处置"])


def test_what_was_removed_from_the_list_since_is_told_as_it_was(database: Database, keyring: Keyring) -> None:
    entry = entry_about(database, keyring, "domain", "evil-casino.com")
    found = showing(database, keyring, entry)
    with database.unit() as unit:
        lists.remove(unit, entry.id, by="ben", why="a mistake", now=NOW + timedelta(days=3))
        unit.commit()
    told = " ".join(notice(of_decision(database, found.decision_id), WORDS, "en", address="https://x.example"))
    assert f"entry {entry.id}, since 2026-03-01 12:00 UTC, until 2026-03-04 12:00 UTC" in told


def test_whoever_appeals_what_people_had_listed_is_not_told_that_a_machine_alone_had_decided(
    database: Database, keyring: Keyring
) -> None:
    found = showing(database, keyring, entry_about(database, keyring, "domain", "evil-casino.com"))
    made = appeal(database, found.decision_id)
    with database.reading() as look:
        assert (True, False) == (made.is_of_machine, appeals.is_of_machine(look, made))
    decide(database, by="ben")
    with database.reading() as look:
        assert not appeals.is_of_machine(look, made), "also once a person has decided about the comment"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_of_an_appeal_says_of_each_way_who_had_decided(language: str) -> None:
    words = tomllib.loads((CHECKOUT / "console" / "public" / "words" / f"{language}.toml").read_text(encoding="utf-8"))
    ways = ("thread", "account", "list", "emergency", "entry")
    assert [] == [way for way in ways if not words["contest"].get(f"by_{way}")]
