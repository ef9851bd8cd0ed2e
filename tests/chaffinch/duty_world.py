"""An installation that tests of duties change, and what they do to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from chaffinch.code_version import code_version
from chaffinch.duty_checks import over
from chaffinch.duty_checks.disclosure import LATEST
from chaffinch.installation import Installation
from console import permissions
from console.permissions import Action, Role
from governance import (
    account_measures,
    accounts,
    agreements,
    assessments,
    duties,
    emergencies,
    flaggers,
    incidents,
    inspections,
    neutrality,
    rules,
)
from governance import complaints as complaining
from governance import lists as listing
from governance.accounts import NewAccount
from governance.complaint_rules import shipped
from governance.complaints import Report, Reporter
from governance.duties import Found
from governance.incident_forms import shipped_forms
from governance.lists import Listing
from governance.measure_wishes import Wish
from moderation.decision import Outcome, Versions
from moderation.emergency import Effect, Kind, Scope
from moderation.lists import ACCOUNT, ListAction
from moderation.rules import RuleState
from moderation.taxonomy import CONFIGS
from records import approvals, authors, ledger, lists, returns, users
from records import incidents as stored_incidents
from records.database import Database
from records.ledger import MACHINE
from records.ledger_keys import open_signer
from records.personal import Keyring
from records.sealing import seal
from records.standing_values import MeasureState, TargetKind
from records.storing import Answered, store_decisions
from records.unit_of_work import Unit
from registry.gate_file import Check, GateFile, Rule, Verdict, write_gate
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import Pointer, write_pointer
from tests import proofs
from tests.chaffinch.conftest import change
from tests.governance.test_rules import a_rule
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put


def one_author_forward(world: World) -> None:
    """Twenty recommendations, all of one author, by the catalogue and with a reason each."""
    for number in range(20):
        name = f"r-{number}"
        world.put(an_answer(a_comment(f"a comment {number}", known_as=name), a_decision()))
        with world.database.unit() as unit:
            account_measures.recommend(
                unit,
                name,
                reason={"en": "useful"},
                ground="editorial",
                by="mia",
                policies=world.place.policies,
                now=NOW,
            )
            unit.commit()


def one_rule_alone(world: World) -> None:
    """A rule that holds, live by one person's word, as before two were asked for it."""
    with world.database.unit() as unit:
        rules.add(unit, a_rule(), by="mia", why="seen", now=NOW)
        wish = rules.Wish("ads.one", RuleState.LIVE, "mia", "it held")
        standards = rules.Standards(world.place.taxonomy, NOW.date())
        rules.promote(unit, wish, standards=standards, packed=lambda _: None, now=NOW)
        unit.commit()


@dataclass
class World:
    """An installation that a test may change."""

    place: Installation
    patch: pytest.MonkeyPatch
    tmp: Path

    @property
    def database(self) -> Database:
        return self.place.database

    @property
    def keyring(self) -> Keyring:
        return self.place.keyring

    def settings(self, **told: object) -> None:
        self.place = replace(self.place, settings=self.place.settings.model_copy(update=told))

    def config(self, name: str, before: str, after: str) -> None:
        """Changes a file of this installation's own configuration."""
        if self.place.settings.configs == CONFIGS:
            shutil.copytree(CONFIGS, self.tmp / "configs")
            self.settings(configs=self.tmp / "configs")
        change(self.place.settings.configs / name, before, after)

    def put(self, *answered: Answered, now: datetime = NOW) -> None:
        put(self.database, self.keyring, *answered, now=now)

    def sql(self, *statements: str) -> None:
        with self.database.unit() as unit:
            for statement in statements:
                unit.execute(text(statement))
            unit.commit()

    def user(self, name: str, role: str) -> str:
        with self.database.unit() as unit:
            made = accounts.create(unit, NewAccount(name, "x", role), by="test", now=NOW)
            unit.commit()
        return made.id

    def entry(self, kind: str, reason: str, ground: str) -> None:
        with self.database.unit() as unit:
            ledger.append(unit, ledger.Entry(kind, MACHINE, "comment", "c", reason, ground), now=NOW)
            unit.commit()

    def seal(self) -> None:
        signer = open_signer(self.database, self.place.settings.home / "keys", now=NOW)
        with self.database.unit() as unit:
            seal(unit, signer, owner="one", now=NOW)
            unit.commit()

    def said(self, name: str) -> Found:
        """What the check says, as `run` would hear it."""
        return duties._guarded(over(self.place)[name])


Step = Callable[[World], Any]


def nothing(world: World) -> None:
    """It holds from the beginning."""


def a_proof(
    test: str, *, outcome: str = "passed", share: float = 1.0, code: str | None = None, at: datetime = NOW
) -> Step:  # fmt: skip
    def step(world: World) -> None:
        path = proofs.outcome_file(world.place.proofs, f"{test}[sqlite]")
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"test": f"{test}[sqlite]", "outcome": outcome, "at": at.isoformat(), "share": share}
        told["code"] = code_version() if code is None else code
        path.write_text(json.dumps(told), encoding="utf-8")

    return step


def an_audit(
    at: datetime, *, compared: int = 12, texts: int = 400, findings: int = 0, answered: bool = False, days: int = 9,
    verdict: str = "nothing_leans", apart: int = 0, comments: int = 900, since: datetime | None = None,
    until: datetime | None = None, alpha: float = 0.01, difference: float = 0.05, swap: str = "asked",
    axes: dict[str, tuple[int, int]] | None = None, told: bool = True,
) -> Step:  # fmt: skip
    """By the bar that counts, unless something of it is given; `told`: whether it says by which."""

    def step(world: World) -> None:
        facts = {"comments": comments, "compared": compared, "texts": texts, "findings": findings, "days": days,
                 "surfaces": ["forum"], "decided": 1800, "verdict": verdict, "apart": apart}  # fmt: skip
        named = {axis: {"groups": groups, "rows": rows} for axis, (groups, rows) in (axes or {"shop": (2, 8)}).items()}
        facts |= {
            "limits": {"alpha": alpha, "least_difference": difference, "least_pairs": 40}, "swap": swap,
            "groups": {"file": "1:ab", "axes": named}, "since": (since or at - timedelta(days=92)).isoformat(),
            "until": (until or at).isoformat(),
        } if told else {}  # fmt: skip
        entry = ledger.Entry(
            neutrality.AUDITED, MACHINE, neutrality.SUBJECT, at.isoformat(), "audit", "7", facts=facts
        )  # fmt: skip
        with world.database.unit() as unit:
            ledger.append(unit, entry, now=at)
            for finding in range(1, findings + 1) if answered else ():
                neutrality.answer(unit, at.isoformat(), finding, by="lin", note="the rule was retired", now=at)
            unit.commit()
        path = world.place.settings.home / LATEST
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"at": at.isoformat(), "compared": 12, "findings": []}), encoding="utf-8")

    return step


def shut_out(how: str) -> Step:
    """One person alone, under a policy that does not ask for two."""

    def step(world: World) -> None:
        keyring, policy, taxonomy = world.keyring, world.place.policies["default"], world.place.taxonomy
        with world.database.unit() as unit:
            if how == "suspend":
                wish = Wish(TargetKind.AUTHOR, "a-7", {"en": "why"}, "rule 1", "suspend", 90)
                alone = policy.two_people.model_copy(update={"causeless_days": None})
                policy = policy.model_copy(update={"two_people": alone})
                account_measures.take(unit, keyring, wish, policy, by="mia", policies={}, now=NOW)
            else:
                entry = Listing(ACCOUNT, "a-7", ListAction.BLOCK, "spam", "seen", "mia")
                listing.add(unit, entry, taxonomy=taxonomy, keyring=keyring, now=NOW)
            unit.commit()

    return step


def a_champion(verdict: Verdict = Verdict.YES, *, of: str = "h") -> Step:
    def step(world: World) -> None:
        bundle = world.place.settings.home / "bundle"
        bundle.mkdir(exist_ok=True)
        size = Check(name="bundle size", rule=Rule.AT_MOST, figure=1.0 if verdict is Verdict.YES else 9.0, limit=5.0)
        gate = GateFile(
            sentence="", bundle_hash=of, champion=None, gate="starter", checks=(size,), created_at="2026-03"
        )
        write_gate(bundle, gate)
        write_pointer(world.place.settings.registry_root, MODEL_NAME, CHAMPION, Pointer(bundle, "3", "h"))

    return step


def a_late_complaint(world: World) -> None:
    world.put(an_answer(a_comment("hello", known_as="c-1")))
    with world.database.unit() as unit:
        report = Report("c-1", "spam", "", Reporter(complaining.PLATFORM, "r"))
        complaining.make(unit, report, shipped(), keyring=world.keyring, now=NOW - timedelta(days=9))
        unit.commit()


def a_late_notice(unit: Unit, world: World) -> None:
    """A trusted flagger's, which waits beyond its promise."""
    then = NOW - timedelta(days=9)
    decided = replace(a_decision(), versions=Versions("m", "1", "none", "r", "eu@1", "1", "1"))
    store_decisions(unit, [an_answer(a_comment("hello", known_as="c-1"), decided)], keyring=world.keyring, now=then)
    wish = flaggers.Marking("platform", "r", "an organisation", "office", "DE", "17", "ben", "awarded")
    made = flaggers.mark(unit, world.keyring, wish, fields=(), now=then)
    [question] = approvals.waiting(unit, subject_id=made.id)
    flaggers.answer(unit, question.id, by="eve", approve=True, note="yes", now=then)
    report = Report("c-1", "spam", "", Reporter(complaining.PLATFORM, "r"))
    complaining.make(unit, report, shipped(), keyring=world.keyring, now=then)


def held_for_good(_days: float | None, _waits: bool, now: datetime) -> dict[str, object]:
    """A measure whose time is never over."""
    return {"state": MeasureState.IN_FORCE, "starts_at": now, "ends_at": None}


def under_eu(world: World) -> None:
    world.place = replace(world.place, policy_name="eu")


def a_late_appeal(world: World) -> None:
    from governance import appeals

    blocked = an_answer(a_comment("hello", known_as="c-1"), a_decision(Outcome.BLOCK, abuse=0.97))
    world.put(blocked, now=NOW - timedelta(days=20))
    with world.database.unit() as unit:
        appeals.make(unit, blocked.decision_id, "", shipped(), sender="test", now=NOW - timedelta(days=20))
        unit.commit()


def a_late_appeal_of_a_measure(world: World) -> None:
    from governance import account_appeals, account_measures
    from tests.governance.standing import CN, wish

    keyring, then = world.keyring, NOW - timedelta(days=20)
    with world.database.unit() as unit:
        made = account_measures.take(unit, keyring, wish("warn", "author-1"), CN, by="mia", policies={}, now=then)
        account_appeals.make(unit, account_appeals.MEASURE, made.id, "", shipped(), sender="test", now=then)
        unit.commit()


def passed_undecided(world: World) -> None:
    decided = replace(a_decision(Outcome.PASS, ("model",)), versions=Versions("m", "1", "none", "r", "cn@1", "1", "1"))
    world.put(an_answer(a_comment("news", surface="news"), decided))


def decided_on(
    surface: str, policy: str, outcome: Outcome = Outcome.PASS, *, tier: str = "fast", now: datetime = NOW
) -> Step:
    """A comment there, decided under this policy."""

    def step(world: World) -> None:
        versions = Versions("m", "1", tier, "r", f"{policy}@1", "1", "1")
        world.put(
            an_answer(a_comment("hello", surface=surface), replace(a_decision(outcome), versions=versions)), now=now
        )

    return step


def as_it_should_be(world: World) -> None:
    """News under the law's policy, the forum under another; a break of last month is over."""
    decided_on("news", "cn")(world)
    decided_on("news", "cn", Outcome.REVIEW, tier="none")(world)
    decided_on("forum", "default")(world)
    decided_on("news", "default", Outcome.BLOCK)(world)
    decided_on("news", "default", now=NOW - timedelta(days=30))(world)


def tampered(world: World) -> None:
    with world.database.reading() as look:
        triggers = look.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    body = """CAST(REPLACE(CAST(body AS TEXT), '"v":1', '"v":2') AS BLOB)""".replace(":", "\\:")
    world.sql(*(f"DROP TRIGGER {name}" for name in triggers), f"UPDATE ledger SET body = {body}")


def without_page(path: str) -> Step:
    def step(world: World) -> None:
        from console.public import routes

        world.patch.setattr(routes, "PAGES", tuple(page for page in routes.PAGES if page.path != path))

    return step


def does_nothing(target: str, gives: object = None) -> Step:
    return lambda world: world.patch.setattr(target, lambda *_args, **_more: gives)


def any_network_is_enough(world: World) -> None:
    world.patch.setattr("governance.returns.STRONG", frozenset({"network", "device", "identity"}))
    world.patch.setattr("governance.returns.ENOUGH", 0.0)


def shows(*ids: str) -> Step:
    """A transcript that always shows these lines."""

    @dataclass
    class Line:
        id: str

    @dataclass
    class Lines:
        items: list[Line]

    return does_nothing("records.transcripts.page", Lines([Line(each) for each in ids]))


def cut(name: str, begin: str, end: str | None = None) -> Step:
    """Takes from `begin` up to `end` out of a file of configuration, or all that follows."""

    def step(world: World) -> None:
        written = (CONFIGS / name).read_text(encoding="utf-8")
        rest = written[written.index(begin) :]
        world.config(name, rest if end is None else rest[: rest.index(end)], "")

    return step


def within(use: Callable[[Unit, World], object]) -> Step:
    """Something that is really done here."""

    def step(world: World) -> None:
        with world.database.unit() as unit:
            use(unit, world)
            unit.commit()

    return step


def news_under_cn(unit: Unit, world: World) -> None:
    decided = replace(a_decision(), versions=Versions("m", "1", "none", "r", "cn@2", "1", "1"))
    store_decisions(unit, [an_answer(a_comment("news", surface="news"), decided)], keyring=world.keyring, now=NOW)


def an_old_measure(unit: Unit, world: World) -> None:
    wish = Wish(TargetKind.AUTHOR, "a", {"zh": "广告", "en": "advertising"}, "rule 3", "suspend", days=1)
    account_measures.take(
        unit, world.keyring, wish, world.place.policies["cn"], by="mia", policies={}, now=NOW - timedelta(days=2)
    )


def an_old_entry(unit: Unit, world: World) -> None:
    then = NOW - timedelta(days=9)
    wish = Listing(ACCOUNT, "a", ListAction.BLOCK, "spam", "our own", "mia", review_at=then + timedelta(days=1))
    listing.add(unit, wish, taxonomy=world.place.taxonomy, keyring=world.keyring, now=then)


def an_old_finding(unit: Unit, world: World) -> None:
    ids = [authors.id_for(unit, world.keyring, name, now=NOW) for name in ("a", "b")]
    returns.note(unit, returns.Found(*ids, [{"kind": "identity"}], 20.0), now=NOW - timedelta(days=9))


def a_signed_model(*signers: str, with_accounts: bool = True) -> Step:
    """The champion of `a_champion`, assessed and signed by these where nobody else has an account yet."""

    def step(world: World) -> None:
        for name in signers if with_accounts else ():
            world.user(name, "senior")
        if with_accounts:
            world.user("mia", "lead")
        a_champion()(world)
        decided_on("news", "cn", now=world.place.now)(world)
        with world.database.unit() as unit:
            fields = dict.fromkeys(assessments.FIELDS, "words")
            wish = assessments.Wish(assessments.MODEL, "3", "h", ("news",), fields, "mia", "it is better")
            made = assessments.write(unit, wish, surfaces=("news",), now=world.place.now)
            for name in signers:
                [asked] = approvals.waiting(unit, subject_id=made.id)
                assessments.answer(unit, asked.id, by=name, approve=True, note="read", now=world.place.now)
            unit.commit()

    return step


def an_old_emergency(unit: Unit, world: World) -> None:
    then = NOW - timedelta(hours=2)
    wish = emergencies.Wish(Scope(surface="news"), Effect(Kind.CLOSED), 30, "mia", "a raid")
    asked = emergencies.ask(unit, wish, labels=world.place.taxonomy.names, surfaces=("news",), now=then)
    emergencies.answer(unit, asked.id, by="ben", approve=True, note="seen", now=then)


def an_old_request(unit: Unit, world: World) -> None:
    then, day = NOW - timedelta(days=9), timedelta(days=1)
    users.create(unit, "ivy", password_hash="x", role="inspector", now=then)
    wish = inspections.Wish("office", "17", "decisions", "law", "ivy", then - day, then, 2, "mia", "their letter")
    inspections.ask(unit, wish, surfaces=("news",), now=then)


def a_grave_incident(unit: Unit, world: World) -> None:
    found = incidents.Found("leak", "critical", NOW - timedelta(days=2), {}, "mia")
    incidents.record(unit, found, forms=shipped_forms(), now=NOW)


def an_incident_past_the_ledger(unit: Unit, world: World) -> None:
    values = {"kind": "leak", "severity": "low", "fields": {}, "found_at": NOW, "author": "mia"}
    stored_incidents.add(unit, values, now=NOW)


def an_agreement(unit: Unit, world: World) -> None:
    wish = agreements.Wish(
        "2026-01", "请 <友善> 发言", "Be <kind> & fair", NOW - timedelta(days=2), "mia", "the first one"
    )
    agreements.publish(unit, wish, now=NOW - timedelta(days=3))


def an_acceptance_of_nothing(unit: Unit, world: World) -> None:
    said = authors.Statement(agreement_version="2025-99", consented_at=NOW)
    authors.state(unit, world.keyring, "a-7", said, actor=MACHINE, now=NOW)


def an_old_demand(unit: Unit, world: World) -> None:
    then = NOW - timedelta(days=9)
    wish = incidents.Demand("office", "17", "no page", "a page", "mia", then + timedelta(days=1), "mia")
    incidents.demand(unit, wish, now=then)


def never_over(world: World) -> None:
    holding = lists.holding
    world.patch.setattr("records.lists.holding", lambda look, now: holding(look, now=min(now, NOW)))


def an_inspector_who_acts(world: World) -> None:
    world.patch.setitem(permissions.ALLOWED, Action.TAKE_MEASURES, frozenset(Role))
