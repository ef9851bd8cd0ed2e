"""Bias planted where it would be: in verdicts and rules of a house at work, found by the audit in what was stored.

Comments about two companies are decided and stored, moderators claim and judge them in the order of the queue, as the
console has them do, and the audit reads the records. One moderator refuses more of what is said about one company; or a
rule hits it oftener; or nobody and nothing leans. Moderators differ in severity in all of these worlds.
"""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chaffinch.neutrality_audit import Span, look_over
from chaffinch.neutrality_groups import load_groups
from eval.leaning import Comparison, Limits
from governance import verdicts
from moderation.decision import Outcome, Reason, Source
from records import comments
from records.cases import Wanted
from records.database import Database
from records.personal import Keyring, open_keyring
from records.storing import Answered
from review import queue
from tests import proofs
from tests.governance.public import APPROVE, HOUSE, REJECT
from tests.records.databases import new_sqlite_url
from tests.records.factories import a_comment, a_decision, an_answer, put

RIVAL, OTHER = "星河汽车", "云杉电器"
MODERATORS = ("m1", "m2", "m3")
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
LIMITS = Limits()
WORLDS = 20


def is_refused(chance: random.Random, by: str, about: str, moderator: float) -> bool:
    likely = 0.25 + 0.1 * MODERATORS.index(by)
    return chance.random() < likely + moderator * (by == "m1" and about == RIVAL)


def an_arrival(chance: random.Random, at: int, about: str, rule: float) -> Answered:
    """For review; a rule hits 5 of 100, and the rival's this much oftener."""
    hits = chance.random() < 0.05 + rule * (about == RIVAL)
    decided = a_decision(Outcome.REVIEW, abuse=round(chance.uniform(0.5, 0.8), 2))
    hit = Reason("abuse", Source.RULE, Outcome.REVIEW, {"zh": "像", "en": "like"}, "rule 1", "r1", ())
    reasons = (*decided.reasons, *((hit,) if hits else ()))
    return an_answer(a_comment(f"{about}的服务第{at}次了", known_as=f"c-{at}"), replace(decided, reasons=reasons))


def work(database: Database, keyring: Keyring, seed: int, each: int, *, moderator: float, rule: float) -> None:
    """`each` comments about each company for each moderator, who judge in turn."""
    chance = random.Random(seed)
    arrivals = [
        an_arrival(chance, at, (RIVAL, OTHER)[at % 2], rule) for at in range(2 * each * len(MODERATORS))
    ]  # fmt: skip
    put(database, keyring, *arrivals, now=START)
    for at in range(len(arrivals)):
        with database.unit() as unit:
            by, now = MODERATORS[at // 2 % len(MODERATORS)], START + timedelta(seconds=20 * (at + 1))
            [case] = queue.take(unit, by, Wanted(), now=now)
            about = RIVAL if RIVAL in str(comments.get(unit, str(case.comment_id)).text) else OTHER
            said = REJECT if is_refused(chance, by, about, moderator) else APPROVE
            verdicts.give(unit, HOUSE, case.id, said, moderator=by, token=case.lease_token, now=now)
            unit.commit()


def found(
    folder: Path, seed: int, each: int, *, moderator: float = 0.0, rule: float = 0.0
) -> set[tuple[str, str, str]]:
    """By whom, which and about which company something leans, told by what a house's records hold."""
    folder.mkdir(parents=True)
    groups = folder / "groups.csv"
    groups.write_text(f"axis,kind,id,group\ncompany,name,{RIVAL},{RIVAL}\ncompany,name,{OTHER},{OTHER}\n", "utf-8")
    with closing(Database(new_sqlite_url(folder))) as database:
        keyring = open_keyring(database, folder / "keys", now=START)
        work(database, keyring, seed, each, moderator=moderator, rule=rule)
        span = Span(START - timedelta(days=1), START + timedelta(days=9))
        with database.reading() as look:
            report = look_over(look, load_groups(groups, keyring), span, ask=None, limits=LIMITS, now=span.until)
    leaning = [each for each in report.audit.comparisons if each.leans]
    return {(each.by, each.name, each.group) for each in leaning if isinstance(each, Comparison)}


def test_a_moderator_who_refuses_one_companys_critics_is_found_in_the_verdicts_that_were_stored(tmp_path: Path) -> None:
    seen = found(tmp_path / "planted", 5, 42, moderator=0.6)
    assert ("moderator", "m1", RIVAL) in seen
    assert {"m1"} == {name for by, name, _ in seen if by == "moderator"}
    assert set() == found(tmp_path / "fair", 5, 42)


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("kind", "effect"), [("moderator", 0.35), ("rule", 0.2)])
def test_what_was_planted_in_stored_work_is_found(tmp_path: Path, kind: str, effect: float) -> None:
    worlds, name = proofs.full(WORLDS), {"moderator": "m1", "rule": "r1"}[kind]
    seen = [found(tmp_path / str(seed), seed, 200, **{kind: effect}) for seed in range(worlds)]
    hits = sum((kind, name, RIVAL) in each for each in seen)
    proofs.report(f"neutrality-stored-{kind}", worlds=worlds, found=hits, effect=effect)
    assert hits >= worlds * 19 / 20


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_fair_stored_work_stays_quiet(tmp_path: Path) -> None:
    worlds = proofs.full(WORLDS)
    alarms = sum(bool(found(tmp_path / str(seed), 1000 + seed, 200)) for seed in range(worlds))
    proofs.report("neutrality-stored-fair", worlds=worlds, alarms=alarms)
    assert alarms <= worlds / 20
