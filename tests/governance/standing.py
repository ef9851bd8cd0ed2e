"""What the tests of measures, credit and returns say in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from governance import account_measures, credit
from governance.approvals import ByKey
from governance.measure_wishes import Wish
from moderation.policy import Policy, load_policies
from moderation.taxonomy import load_taxonomy
from records import authors, ledger, measures
from records.database import Database
from records.personal import Keyring
from records.standing_values import MeasureRecord, TargetKind
from tests.records.databases import NOW

SHIPPED = load_policies(load_taxonomy())
POLICIES = {
    name: each.model_copy(update={"two_people": each.two_people.model_copy(update={"causeless_days": None})})
    for name, each in SHIPPED.items()
}
"""As shipped, but for what waits because it names no comment (`test_two_people.py`): few tests are about that."""
CN, DEFAULT = POLICIES["cn"], POLICIES["default"]
WHY = {"zh": "多次发布广告", "en": "repeated advertising"}
ACCOUNT = "author-7f3a"


def wish(measure: str | None = "suspend", target: str = ACCOUNT, **fields: Any) -> Wish:
    kind = fields.pop("kind", TargetKind.AUTHOR)
    return Wish(kind, target, fields.pop("reason", WHY), fields.pop("ground", "rule 3"), measure, **fields)


def take(
    database: Database, keyring: Keyring, asked: Wish, *, policy: Policy = CN, by: str | ByKey = "mia",
    now: datetime = NOW, policies: Mapping[str, Policy] = MappingProxyType({}),
) -> MeasureRecord:  # fmt: skip
    with database.unit() as unit:
        made = account_measures.take(unit, keyring, asked, policy, by=by, policies=policies, now=now)
        unit.commit()
    return made


def lift(database: Database, measure_id: str, *, by: str = "mia", now: datetime = NOW) -> MeasureRecord:
    with database.unit() as unit:
        lifted = account_measures.lift(unit, measure_id, why="a mistake", by=by, now=now)
        unit.commit()
    return lifted


def now_of(database: Database, measure_id: str) -> MeasureRecord:
    with database.reading() as look:
        return measures.get(look, measure_id)


def held(database: Database, keyring: Keyring, author: str = ACCOUNT) -> list[str]:
    with database.reading() as look:
        return [each.measure for each in authors.known(look, keyring, author).standing.measures]


def count(database: Database, keyring: Keyring, *, now: datetime = NOW) -> int:
    with database.unit() as unit:
        done = credit.count(unit, keyring, POLICIES, now=now)
        unit.commit()
    return done


def score(database: Database, keyring: Keyring, author: str = ACCOUNT, *, now: datetime = NOW) -> float:
    assert CN.credit is not None
    with database.reading() as look:
        author_id = authors.id_of(look, keyring, author)
        return credit.explain(look, author_id, CN.credit, now=now).score


def kinds(database: Database) -> list[str]:
    with database.reading() as look:
        return [entry.kind for entry in ledger.page(look, limit=200).items]
