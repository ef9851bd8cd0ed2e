"""What happened in the house beside comments: one thing of every kind that has a page, and the pages' addresses."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from governance import (
    account_measures,
    agreements,
    appeals,
    assessments,
    bulk_steps,
    campaign_findings,
    complaints,
    emergencies,
    incidents,
    inspection_reading,
    inspections,
    lists,
    measure_wishes,
    receipts,
    report_floods,
    returns,
    webhooks,
)  # fmt: skip
from governance.assessments import FIELDS
from governance.complaint_rules import shipped
from governance.incident_forms import shipped_forms
from governance.rule_backtests import BacktestsChore
from governance.verdicts import HouseRules
from moderation.emergency import Effect, Emergency, Kind, Scope
from moderation.lists import ListAction
from moderation.rules import RuleState
from records import approvals, authors, cases, comments, leases, ledger, outbox, verdicts
from records import campaign_findings as weighed
from records import report_floods as floods
from records.authors import Link, Statement
from records.emergencies import EmergencyRecord
from records.ledger import Actor
from records.standing_values import TargetKind
from records.values import CaseState, Purpose
from review import gold, queue
from tests.album import story
from tests.console.house import House, csrf_in
from tests.console.test_ledger import sealed

RULES = shipped()
SURFACES = ("forum", "news", "live")

Places = dict[str, str]
"""Addresses by the path in the table of pages."""


def emergency(house: House) -> Places:
    for minutes, effect in ((60, Effect(Kind.SLOW_MODE, a_minute=3)), (30, Effect(Kind.CLOSED))):
        with house.database.unit() as unit:
            wish = emergencies.Wish(Scope("news", "t-9012"), effect, minutes, "li", "a raid on this thread")
            asked = emergencies.ask(unit, wish, labels=(), surfaces=SURFACES, now=house.clock())
            begun = emergencies.answer(
                unit, asked.id, by="ben", approve=True, note="seen, go ahead", now=house.clock()
            ).emergency
            unit.commit()
    assert begun is not None
    raided(house, begun)
    with house.database.unit() as unit:
        emergencies.end(unit, begun.id, by="li", why="they are gone", now=house.clock())
        unit.commit()
    return {"/emergencies/{emergency_id}": f"/emergencies/{begun.id}"}


def raided(house: House, begun: EmergencyRecord) -> None:
    """Comments in the thread while it is closed; two of them are judged."""
    calm = house.engine
    running = Emergency(begun.id, begun.scope, begun.effect, time.monotonic() + 60, is_drill=False)
    house.engine = replace(calm, emergencies=(running,))
    made = [
        house.comment(f"冲！都来刷第{n}楼", surface="news", thread_id="t-9012", author=f"raider-{n % 5}")
        for n in range(7)
    ]
    house.engine = calm
    for one, judgement in zip(made, (story.reject("abuse"), story.reject("abuse"), story.APPROVE), strict=False):
        if one.case_id:
            story.give(house, one.case_id, "wei", judgement)


def inspection(house: House) -> Places:
    now = house.clock()
    wish = inspections.Wish(
        "Cyberspace office of the district", "2026-17", "what was decided about news comments last week", "cn-2017:10",
        "ivy", now - timedelta(days=7), now + timedelta(days=1), 14, "li", "their letter of Monday", None, opened=True,
    )  # fmt: skip
    with house.database.unit() as unit:
        record = inspections.ask(unit, wish, surfaces=SURFACES, now=now)
        [asked] = approvals.waiting(unit, subject_id=record.id)
        inspections.answer(unit, asked.id, by="ben", approve=True, note="letter and stamp were checked", now=now)
        unit.commit()
    with house.database.unit() as unit:
        read = inspection_reading.read_page(unit, record.id, inspector="ivy", now=now)
        unit.commit()
    here = f"/inspections/{record.id}"
    return {
        "/inspections/{inspection_id}": here,
        "/inspections/{inspection_id}/evidence": f"{here}/evidence",
        "/inspections/{inspection_id}/evidence/{decision_id}": f"{here}/evidence/{read.items[0].id}",
    }


def incident(house: House) -> Places:
    now = house.clock()
    told = {
        "what": "An export of search results lay open for two hours.", "systems": "console", "people": "12",
        "data": "comment texts, no identities", "cause": "a shared folder without a password",
        "consequences": "twelve comments may have been read", "done": "folder closed, copies deleted", "contact": "li",
    }  # fmt: skip
    with house.database.unit() as unit:
        found = incidents.Found("leak", "medium", now - timedelta(hours=3), told, "li")
        record = incidents.record(unit, found, forms=shipped_forms(), now=now)
        wish = incidents.Demand(
            "Cyberspace office of the district",
            "2026-17/2",
            "exports by one person alone",
            "two people agree to every export",
            "ben",
            now + timedelta(days=9),
            "li",
            record.id,
        )
        item = incidents.demand(unit, wish, now=now)
        proved = incidents.prove(
            unit, item.id, proof="the form asks for a second name since Tuesday", by="ada", now=now
        )
        unit.commit()
    here = f"/incidents/{record.id}"
    return {
        "/incidents/{incident_id}": here,
        "/incidents/{incident_id}/report": f"{here}/report",
        "proved": f"/approvals/{proved.id}",
    }


def assessment(house: House) -> None:
    words = {"changes": "Readers may answer a live comment.", "evaluation": "Ran for a week on one channel.",
             "risks": "Quarrels are faster than moderators.", "rollback": "One setting, at once."}  # fmt: skip
    assert set(FIELDS) == set(words)
    with house.database.unit() as unit:
        wish = assessments.Wish(
            "function", "answers to live comments", "", ("live",), words, "li", "asked for by product"
        )
        assessments.write(unit, wish, surfaces=SURFACES, now=house.clock())
        unit.commit()


def campaign(house: House) -> Places:
    made = []
    for number in range(24):
        with story.ago(house, minutes=52 - 2 * number):
            made.append(
                house.comment(
                    story.ADVERT.format(number % 4 + 1),
                    surface="forum",
                    thread_id=f"t-gift-{number % 3}",
                    author=f"a{number % 9}",
                )
            )
    house.campaign(*made)
    campaign_findings.weigh_some(house.database, house.clock())
    with house.database.reading() as look:
        [finding] = weighed.page(look).items
    in_hand(house, str(made[0].case_id), "ben")
    return {
        "/campaigns/{campaign_id}": f"/campaigns/{finding.campaign_id}",
        "/work/{case_id}/campaign": f"/work/{made[0].case_id}/campaign",
    }


def settle(house: House) -> None:
    house.clock.forward(seconds=13)
    with house.database.unit() as unit:
        complaints.settle(unit, RULES, now=house.clock())
        appeals.settle(unit, RULES, now=house.clock())
        report_floods.look(unit, RULES, now=house.clock())
        unit.commit()


def report(house: House, about: str, by: str, kind: str = "spam", note: str = "") -> Any:
    said = complaints.Report(about, kind, note, complaints.Reporter(complaints.PLATFORM, by))
    with house.database.unit() as unit:
        made = complaints.make(unit, said, RULES, keyring=house.keyring, now=house.clock())
        unit.commit()
    return made


def flood(house: House) -> Places:
    """Twelve reports of harmless comments of one author, by eight accounts: all answered, none founded."""
    for number in range(12):
        with story.ago(house, hours=5, minutes=-2 * number):
            house.comment("早上好，今天也要加油" + "！" * (number % 3), id=f"morning-{number}", author="early bird")
            made = report(house, f"morning-{number}", f"r{number % 8}")
            story.give(house, str(made.case_id), "wei", story.APPROVE)
            settle(house)
    with house.database.reading() as look:
        [found] = floods.page(look).items
    return {"/reports/{finding_id}": f"/reports/{found.id}"}


def returned(house: House) -> Places:
    """An account that was closed by two, and one that may be the same person's."""
    links, now = (Link("identity", "card-7"), Link("device", "d-7")), house.clock()
    reason = {"zh": "多次发布赌博广告", "en": "gambling adverts, again and again"}
    with house.database.unit() as unit:
        for name in ("u3", "u3-again"):
            stated = authors.state(
                unit, house.keyring, name, Statement(links=links), actor=Actor("key", "platform"), now=now
            )
            found = returns.look(unit, house.keyring, stated.id, links, now=now)
            if name == "u3":
                wish = measure_wishes.Wish(TargetKind.AUTHOR, name, reason, "house rule 3", "close")
                made = account_measures.take(
                    unit, house.keyring, wish, house.parts.policies()["cn"], by="ben", policies={}, now=now
                )
                account_measures.answer(unit, str(made.approval_id), by="li", approve=True, note="agreed", now=now)
        for name, measure, days in (("u0", "suspend", 3.0), ("u2", "restrict", 1.0), ("collector", "warn", None)):
            wish = measure_wishes.Wish(
                TargetKind.AUTHOR,
                name,
                {"zh": "发布广告", "en": "adverts"},
                "house rule 1",
                measure,
                days,
                per_hour=3 if measure == "restrict" else None,
            )
            account_measures.take(
                unit, house.keyring, wish, house.parts.policies()["cn"], by="ben", policies={}, now=now
            )
        unit.commit()
    return {"/measures/{measure_id}": f"/measures/{made.id}", "/returns/{finding_id}": f"/returns/{found[0].id}"}


def endpoint(house: House) -> Places:
    wish = webhooks.Wish(
        "https://platform.example/hooks/moderation", ("decision.final", "appeal.resolved"), "ada", "the shop's back end"
    )
    now = house.clock()
    with house.database.unit() as unit:
        made, _ = webhooks.add(unit, wish, targets=house.parts.targets, keyring=house.keyring, now=now)
        outbox.put(unit, outbox.NewEvent("decision.final", "subject", {"decision_id": "d"}, now), now=now)
        outbox.bury(unit, made.id, error="it answered 500 nine times", now=now)
        unit.commit()
    return {"/webhooks/{endpoint_id}": f"/webhooks/{made.id}"}


def listed(house: House) -> None:
    for kind, value, action, why, label in (
        ("domain", "example.com", ListAction.BLOCK, "asks for bank cards", "fraud"),
        ("wechat", "kd8827", ListAction.BLOCK, "buys gift cards in every thread", "advertising"),
        ("domain", "example.org", ListAction.ALLOW, "links of the city's library are welcome", None),
    ):
        listing = lists.Listing(
            kind, value, action, why, "moderators", "ben", label=label, review_at=house.clock() + timedelta(days=90)
        )
        with house.database.unit() as unit:
            lists.add(unit, listing, taxonomy=house.parts.taxonomy, keyring=house.keyring, now=house.clock())
            unit.commit()


def rules(house: House) -> Places:
    """One that is live, one that was changed and tried on stored decisions and waits for a second person."""
    title = {"zh": "招揽刷单", "en": "Recruits for fake orders"}
    fields = {"title": title, "label": "fraud", "owner": "trust team", "why": "the trade's new words of this week"}
    examples = {"match": ["在家刷单日结"], "no_match": ["刷单是违法的"]}
    house.rule(
        "fraud.orders",
        action="review",
        terms=["刷单"],
        examples={"match": ["在家刷单"], "no_match": ["日结"]},
        **fields,
    )
    house.promote("fraud.orders", RuleState.LIVE, why="seen by two")
    house.rule("fraud.orders", action="block", terms=["在家刷单", "日结三百"], examples=examples, **fields)
    ben = house.logged_in("ben", "senior")
    form = {"csrf": csrf_in(ben.page("/rules/fraud.orders")), "rows": "1000"}
    assert 303 == ben.post("/rules/fraud.orders/backtest", form).status_code
    while BacktestsChore("album")(house.database, house.clock()):
        pass
    asked = house.promote("fraud.orders", RuleState.LIVE, why="no harmless comment among its hits").approval
    assert asked is not None
    return {
        "/rules/{rule_id}": "/rules/fraud.orders",
        "/rules/{rule_id}/edit": "/rules/fraud.orders/edit",
        "/approvals/{approval_id}": f"/approvals/{asked.id}",
    }


def contested(house: House) -> Places:
    """A complaint that was answered, and an appeal against the answer: addresses of the console and the public."""
    with story.ago(house, hours=2):
        stored = house.comment(
            "就你也配评论？蠢到家了", id="c-20260301-77", surface="news", thread_id=story.THREAD, author="u-rude"
        )
        made = report(house, "c-20260301-77", "r-1", "harassment", "他连续三天在我妹妹的每条评论下骂人")
        story.give(house, str(made.case_id), "wei", story.reject("abuse"))
        settle(house)
        other = house.comment("蠢得没法说", surface="news", thread_id=story.THREAD, author="u-rude")
        story.give(house, str(other.case_id), "wei", story.reject("abuse"))
    with house.database.unit() as unit:
        note = "We are friends; she laughed and answered in kind."
        asked = appeals.make(unit, stored.decision_id, note, RULES, sender="t", now=house.clock())
        unit.commit()
    return {
        "answered complaint": receipts.given_for(house.keyring, "complaint", made.id),
        "appeal": receipts.given_for(house.keyring, "appeal", asked.id),
        "unanswered": receipts.given_for(house.keyring, receipts.REFERENCE, other.decision_id),
    }


def in_hand(house: House, case_id: str, who: str) -> None:
    with house.database.unit() as unit:
        leases.lease(unit, case_id, house.people[who].id, expires_at=house.clock() + queue.LEASE)
        unit.commit()


def together(house: House) -> Places:
    """A group that waits, in the hands of `wei`; one that `ben` decided with one verdict."""
    done = story.an_account_s_day(house, "seller", "清仓羽绒服第{}波，九十九两件，要的私聊")
    in_hand(house, done, "ben")
    ben, path = house.logged_in("ben", "senior"), f"/work/{done}/group"
    page = ben.page(path)
    form = {**ben.form(page), "action": "reject", "labels": "advertising", "note": "one seller, one text"}
    answer = ben.post(path, {**form, "comments": re.findall(r'name="comments" value="([^"]+)"', page)})
    bulk = answer.headers["location"].removeprefix("/console")
    house.clock.forward(seconds=13)
    for _ in range(2):
        bulk_steps.step(house.database, lambda: HouseRules(house.parts.taxonomy, house.parts.policies()), house.clock())
    waits = story.an_account_s_day(house, "collector", "礼品卡高价回收第{}场，懂的私聊，加微信 kd8827")
    in_hand(house, waits, "wei")
    return {"/bulk/{bulk_id}": bulk, "/work/{case_id}/group": f"/work/{waits}/group"}


def known(house: House, *, count: int = 4) -> None:
    """Answers that the lead vouches for: of decided cases with labels, one for each text."""
    with house.database.unit() as unit:
        closed = cases.page(unit, state=CaseState.CLOSED, limit=200).items
        texts: set[str] = set()
        for case in closed:
            verdict, text = verdicts.holding_for(unit, case.decision_id), comments.get(unit, case.comment_id).text
            if verdict is None or not verdict.labels or not text or text in texts or len(texts) == count:
                continue
            if case.purpose is Purpose.DECIDE and verdict.case_id == case.id:
                why = "two people said the same, and the text leaves no doubt"
                gold.vouch(unit, case.id, why=why, author=house.people["li"].id, now=house.clock())
                texts.add(text)
        unit.commit()


AGREED = {
    "zh": """一、文明发言：不侮辱、不骚扰、不威胁他人，不公开他人的私人信息。
二、不发布广告、诈骗和违法内容。
三、违反以上约定的评论可能被折叠、删除，账号可能被限制发言；每次处理都会告诉您原因。
四、您可以投诉他人的评论，也可以对我们的处理提出申诉，两者都由人来复核。
五、我们保存哪些信息、保存多久，见“收集哪些信息，为什么”一页。""",
    "en": """1. Be civil: no insults, no harassment, no threats, and nobody's private details.
2. No advertising, no fraud, nothing unlawful.
3. A comment against this may be hidden or deleted, and an account may be slowed down; we say why each time.
4. You may complain about a comment, and contest what we decided: people look at both.
5. What we keep, and for how long, stands on the page "What is collected and why".""",
}


def agreed(house: House) -> Places:
    """The agreement that holds, an earlier one, and one that will hold in a month."""
    shorter = {language: "\n".join(words.split("\n")[:3]) for language, words in AGREED.items()}
    more = {"zh": "\n六、弹幕可能先审后发。", "en": "\n6. Live comments may be checked before they are shown."}
    longer = {language: words + more[language] for language, words in AGREED.items()}
    named = []
    for words, days, ahead, why in (
        (shorter, 260, 0, "the first one"),
        (AGREED, 40, 0, "says how to contest a decision"),
        (longer, 1, 30, "live comments"),
    ):
        then = house.clock() - timedelta(days=days)
        begins = then + timedelta(days=ahead)
        wish = agreements.Wish(f"{begins:%Y-%m}", words["zh"], words["en"], begins, "li", why)
        with house.database.unit() as unit:
            named.append(agreements.publish(unit, wish, now=then).version)
            unit.commit()
    return {"/agreement/{version}": f"/agreement/{named[0]}"}


def of_the_ledger(house: House) -> Places:
    sealed(house)
    with house.database.reading() as look:
        [entry] = ledger.page(look, limit=1).items
    return {"/ledger/{entry_id}": f"/ledger/{entry.id}"}
