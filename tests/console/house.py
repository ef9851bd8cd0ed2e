"""A small house to visit: application, database, people, comments that wait. Used by console and browser tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from console.model_desk import ModelDesk
from console.parts import ConsoleParts
from console.public.reader import PublicParts
from console.public.routes import application as public_application
from console.routes import application
from console.rule_checks import RuleChecks
from console.rule_view import packed_rule
from console.secret import cookie_secret
from console.visitors import Turnstile
from governance import campaigns, rules
from governance.campaigns import Spread
from governance.rules import Promoted, Standards
from moderation.behaviour import Burst, BurstKind
from moderation.comment import Attachment, Author, Comment, Context
from moderation.decision import Outcome
from moderation.normaliser import ViewName
from moderation.pipeline import Engine
from moderation.policy import load_policies
from moderation.rules import Rule, RuleSet, RuleState
from moderation.taxonomy import load_taxonomy
from records import cases, decisions, users, verdicts
from records.database import Database
from records.house_values import ApprovalRecord, UserRecord
from records.ids import new_id
from records.personal import Keyring, open_keyring
from records.storing import Answered, Stored, store_decisions
from records.values import CaseRecord, VerdictRecord
from tests.fakes import KeywordScorer
from tests.governance.test_rules import a_rule
from tests.records.databases import new_sqlite_url

PASSWORD = "a long enough secret"
# argon2 with next to no work: a test's log-in is about what follows.
PASSWORD_HASH = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)

SCORES = {
    "加微信": ("advertising", 0.72),
    "下注": ("gambling", 0.81),
    "约吗": ("sexual", 0.64),
    "刷单": ("fraud", 0.55),
    "假证": ("contraband", 0.66),
    "蠢货": ("abuse", 0.74),
    "click here": ("advertising", 0.61),
}

RULES = (
    Rule(
        id="gambling-recover",
        label="gambling",
        title={"zh": "“回血”招揽", "en": "Offers to win losses back"},
        action=Outcome.REVIEW,
        ground="platform-rules:gambling",
        terms=("回血",),
    ),
    Rule(
        id="contraband-papers",
        label="contraband",
        title={"zh": "办理证件", "en": "Offers papers"},
        action=Outcome.REVIEW,
        ground="platform-rules:contraband",
        terms=("办证",),
        views=(ViewName.CANONICAL, ViewName.JOINED, ViewName.PHONETIC),
    ),
)


class Clock:
    """Time that a test sets; it starts at the real moment, because cookies carry a time too."""

    def __init__(self) -> None:
        self.skew = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def forward(self, **length: float) -> None:
        self.skew += timedelta(**length)


@dataclass
class House:
    """The application and its parts, and short ways to fill and ask them."""

    folder: Path
    app: FastAPI
    parts: ConsoleParts
    database: Database
    keyring: Keyring
    engine: Engine
    clock: Clock
    people: dict[str, UserRecord] = field(default_factory=dict)

    def person(self, name: str = "mei", role: str = "moderator") -> UserRecord:
        with self.database.unit() as unit:
            user = users.create(unit, name, password_hash=PASSWORD_HASH, role=role, now=self.clock(), locale="en")
            unit.commit()
        self.people[name] = user
        return user

    def comment(
        self,
        text: str,
        *,
        id: str | None = None,  # noqa: A002
        policy: str = "default",
        author: str | Author = "author-1",
        attached: tuple[Attachment, ...] = (),
        **context: str,
    ) -> Stored:
        writer = Author(author, verified=True) if isinstance(author, str) else author
        comment = Comment(text=text, id=id, author=writer, context=Context(**context), attachments=attached)
        decision = self.engine.judge(comment, policy=policy)
        with self.database.unit() as unit:
            answered = Answered(comment, decision, new_id(), latency_ms=1.2)
            [stored] = store_decisions(unit, [answered], keyring=self.keyring, now=self.clock())
            unit.commit()
        return stored

    def campaign(self, *stored: Stored) -> None:
        """These comments spread one text."""
        burst = Burst(BurstKind.TEXT, 7, b"s" * 72)
        with self.database.unit() as unit:
            told = [(one, decisions.get(unit, one.decision_id).decision) for one in stored]
            spread = [Spread(one.comment_id, one.decision_id, decision, (burst,)) for one, decision in told]
            campaigns.collect(unit, spread, now=self.clock())
            unit.commit()

    def rule(self, name: str = "ads.one", *, by: str = "ben", **fields: Any) -> None:
        """A draft; one that blocks unless it is told otherwise."""
        with self.database.unit() as unit:
            rules.add(unit, a_rule(name, **{"action": "block"} | fields), by=by, why="seen today", now=self.clock())
            unit.commit()

    def promote(self, name: str, to: RuleState, *, by: str = "ben", why: str = "it held") -> Promoted:
        standards = Standards(self.parts.taxonomy, self.clock().date())
        with self.database.unit() as unit:
            wish = rules.Wish(name, to, by, why)
            done = rules.promote(
                unit,
                wish,
                standards=standards,
                packed=lambda rule_id: packed_rule(unit, self.parts.packs, rule_id),
                now=self.clock(),
            )
            unit.commit()
        return done

    def asked(self, name: str = "ads.one", **fields: Any) -> ApprovalRecord:
        """A rule that blocks and waits for a second person."""
        self.rule(name, **fields)
        asked = self.promote(name, RuleState.LIVE).approval
        assert asked is not None
        return asked

    def case(self, case_id: str | None) -> CaseRecord:
        assert case_id is not None
        with self.database.reading() as look:
            return cases.get(look, case_id)

    def verdicts(self, case_id: str | None) -> list[VerdictRecord]:
        assert case_id is not None
        with self.database.reading() as look:
            return verdicts.of_case(look, case_id)

    def disable(self, name: str) -> None:
        with self.database.unit() as unit:
            users.disable(unit, self.people[name].id, now=self.clock())
            unit.commit()

    def visitor(self, **options: object) -> Visitor:
        return Visitor(TestClient(self.app, base_url="http://testserver", **options))  # type: ignore[arg-type]

    def logged_in(self, name: str = "mei", role: str = "moderator") -> Visitor:
        if name not in self.people:
            self.person(name, role)
        visitor = self.visitor()
        assert 303 == visitor.log_in(name).status_code
        return visitor


class Visitor:
    """A browser without script: keeps cookies, follows what it is told, sends forms as pages have them."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, **options: object):  # noqa: ANN201
        return self.client.get(f"/console{path}", **{"follow_redirects": False, **options})  # type: ignore[arg-type]

    def page(self, path: str) -> str:
        answer = self.client.get(f"/console{path}")
        assert 200 == answer.status_code, answer.text
        return answer.text

    def post(self, path: str, form: dict[str, object], **options: object):  # noqa: ANN201
        return self.client.post(f"/console{path}", data=form, **{"follow_redirects": False, **options})  # type: ignore[arg-type]

    def log_in(self, name: str, password: str = PASSWORD, **more: str):  # noqa: ANN201
        token = csrf_in(self.client.get("/console/login").text)
        return self.post("/login", {"csrf": token, "name": name, "password": password, **more})

    def form(self, page: str | None = None) -> dict[str, object]:
        """The hidden fields of the verdict form."""
        html = page if page is not None else self.page("/work")
        part = html[html.index('id="verdict"') :]
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', part))

    def decide(self, action: str, *, page: str | None = None, case_id: str | None = None, **more: object):  # noqa: ANN201
        html = page if page is not None else self.page("/work")
        target = case_id or case_in(html)
        return self.post(f"/work/{target}", {**self.form(html), "action": action, **more})


def csrf_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def revealed_in(page: str) -> str:
    """What the page's veil carries; "" where it carries nothing."""
    found = re.search(r'id="reveal"[^>]* name="revealed" value="([^"]+)"', page)
    return found[1] if found else ""


def case_in(page: str) -> str:
    found = re.search(r'data-case="([^"]*)"', page)
    assert found
    return found[1]


def build(folder: Path, models: ModelDesk | None = None, **more: Any) -> House:
    clock = Clock()
    database = Database(new_sqlite_url(folder))
    taxonomy = load_taxonomy()
    policies = load_policies(taxonomy)
    keyring = open_keyring(database, folder / "keys", now=clock())
    packs = folder / "rules"
    packs.mkdir()
    engine = Engine(taxonomy, RuleSet(RULES, "r1"), policies, KeywordScorer(SCORES))
    parts = ConsoleParts(
        database=database,
        keyring=keyring,
        packs=packs,
        taxonomy=taxonomy,
        policies=lambda: policies,
        rules=lambda: engine.rules,
        secret=cookie_secret(folder / "keys"),
        models=models,
        neutrality=folder / "neutrality.json",
        now=clock,
        checks=RuleChecks(longest=120),
        **{"seen_ms": 0} | more,  # a test reads no faster for waiting
    )
    app = FastAPI()
    app.mount("/console", application(parts))
    public = PublicParts(database, keyring, taxonomy, parts.complaints, Turnstile(parts.complaints.limits), clock)
    app.mount("/public", public_application(public))
    return House(folder, app, parts, database, keyring, engine, clock)
