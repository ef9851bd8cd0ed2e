"""The house's own tables beside the ledger: incidents, emergencies, inspections, rules, people, keys, and the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from governance import (
    access,
    accounts,
    assessments,
    emergencies,
    incidents,
    inspection_reading,
    inspections,
    skills,
    webhooks,
)
from governance import approvals as questions
from governance.access import Made
from governance.accounts import NewAccount
from governance.approvals import ByKey, NotSecondError
from governance.four_eyes import Word
from governance.four_eyes import answer as answer_any
from governance.skills import Given
from governance.targets import Targets
from moderation.errors import ForbiddenError
from moderation.policy import load_policies
from moderation.rules import RuleState
from moderation.taxonomy import load_taxonomy
from records import approvals, ledger, rules, users
from records import emergencies as running
from records.database import Database
from records.house_queues import AS_USUAL
from records.house_values import ApprovalState
from records.personal import Keyring
from records.unit_of_work import Unit
from review import lessons
from tests.governance.test_assessments import WISH as ASSESSED
from tests.governance.test_emergencies import CLOSED, LABELS, SURFACES
from tests.governance.test_incidents import DEMAND, FORMS, FOUND
from tests.governance.test_inspections import WISH as REQUEST
from tests.governance.test_rules import STANDARDS, a_rule, add, promote
from tests.governance.test_underlying import may_do_all, told
from tests.records.databases import NOW, new_sqlite_url

MINUTE = timedelta(minutes=1)
MIAS, BENS = "mia-account", "ben-account"


def agree(unit: Unit, about: str, *, by: str = "ben", approve: bool = True) -> None:
    [asked] = approvals.waiting(unit, subject_id=about)
    answer_any(unit, asked.id, Word(by, approve, "looked"), standards=STANDARDS, now=NOW)


def people(unit: Unit) -> None:
    for name, role in (
        ("mia", "lead"),
        ("ben", "senior"),
        ("ada", "admin"),
        ("ivy", "inspector"),
        ("tim", "moderator"),
    ):
        accounts.create(unit, NewAccount(name, "x", role), by="os:root", now=NOW)
    tim = users.by_name(unit, "tim")
    assert tim
    accounts.set_role(unit, tim.id, "senior", by="ada", now=NOW)
    ben = users.by_name(unit, "ben")
    assert ben
    accounts.set_password(unit, ben.id, "z", by="ada", now=NOW)
    accounts.disable(unit, tim.id, by="ada", now=NOW)
    accounts.disable(unit, tim.id, by="ada", now=NOW + MINUTE)
    lessons.set_training(unit, tim.id, trainee=True, now=NOW)
    skills.of_person(unit, tim.id, Given(("zh", "en"), ("abuse",)), by="ada", now=NOW)


def filled(database: Database, keyring: Keyring) -> None:
    """A house with some of everything, each in several states."""
    with database.unit(os_user="root") as unit:
        made, _ = access.create_key(unit, "ben", scopes=("score", "admin"), rate=None, now=NOW, made=Made("ada", "app"))
        shop, _ = access.create_key(unit, "shop", scopes=("score",), rate=3, now=NOW, policy="default")
        access.bind_key(unit, shop.prefix, "cn", now=NOW)
        access.limit_key(unit, made.prefix, 2.5, now=NOW)
        skills.of_key(unit, made.prefix, Given(("zh",), ("abuse",)), now=NOW)
        unit.commit()
    with database.unit() as unit:
        people(unit)
        incident = incidents.record(unit, FOUND, forms=FORMS, now=NOW)
        incidents.reported(unit, incident.id, to="office", receipt="17", forms=FORMS, by="mia", now=NOW + MINUTE)
        for approve in (True, False):
            item = incidents.demand(unit, DEMAND, now=NOW)
            incidents.prove(unit, item.id, proof="see there", file=b"x", by="mia", now=NOW)
            agree(unit, item.id, approve=approve)
        for place in (CLOSED, REPLACED):
            asked = emergencies.ask(unit, place, labels=LABELS, surfaces=SURFACES, now=NOW)
            answer_any(unit, asked.id, Word("ben", True, "seen it"), standards=STANDARDS, now=NOW)
        emergencies.end(unit, running.running(unit)[0].id, by="mia", why="over", now=NOW + MINUTE)
        emergencies.settle(unit, NOW + MINUTE * 600)
        asked = emergencies.ask(unit, CLOSED, labels=LABELS, surfaces=SURFACES, now=NOW)
        answer_any(unit, asked.id, Word("ben", True, "again"), standards=STANDARDS, now=NOW)
        for approve in (True, False):
            request = inspections.ask(unit, REQUEST, surfaces=SURFACES, now=NOW)
            agree(unit, request.id, approve=approve)
        assessment = assessments.write(unit, ASSESSED, surfaces=SURFACES, now=NOW)
        agree(unit, assessment.id)
        for number, state in enumerate((RuleState.SHADOW, RuleState.LIVE, RuleState.SHADOW, RuleState.RETIRED)):
            if number in {0, 2}:
                add(unit, a_rule(term="优惠" * (number + 1)), by="mia", now=NOW + number * MINUTE)
            promote(unit, state, by="mia")
        add(unit, a_rule("ads.two"), by="mia")
        promote(unit, RuleState.LIVE, "ads.two", by="mia")
        for number, url in enumerate(("https://shop.example/a", "https://shop.example/b", "https://shop.example/c")):
            wish = webhooks.Wish(url, ("decision.final",), "ada", "the shop")
            made, _ = webhooks.add(unit, wish, targets=Targets(), keyring=keyring, now=NOW)
            if number == 0:
                webhooks.disable(unit, made.id, by="ada", why="it moved", now=NOW + MINUTE)
            if number == 1:
                webhooks.remove(unit, made.id, by="ada", why="it is gone", now=NOW + MINUTE)
        unit.commit()


REPLACED = CLOSED.__class__(CLOSED.scope, emergencies.Effect(emergencies.Kind.SLOW_MODE, a_minute=2), 30, "mia", "more")


def test_a_house_that_went_by_the_rules_differs_in_nothing(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.reading(steady=True) as look:
        assert [] == told(look)


WAYS = {
    "DELETE FROM incidents": "is gone from the table incidents",
    "UPDATE incidents SET severity = 'low'": "say: severity",
    "UPDATE incidents SET fields = '{}'": "say: fields",
    "UPDATE incidents SET fields = '[]'": "say: fields",
    "UPDATE emergencies SET effect = '[]'": "effect",
    "UPDATE incidents SET state = 'closed'": "say: state",
    "DELETE FROM rectifications": "is gone from the table rectifications",
    "UPDATE rectifications SET owner = 'ivy'": "say: owner",
    "UPDATE rectifications SET finding = 'nothing'": "say: finding",
    "UPDATE rectifications SET state = 'done' WHERE state = 'open'": "say: state",
    "DELETE FROM emergencies WHERE ended_at IS NULL": "is gone from the table emergencies",
    "UPDATE emergencies SET ended_at = starts_at WHERE ended_at IS NULL": "say: ended_at",
    "UPDATE emergencies SET thread_id = NULL": "say: surface, thread_id or label",
    "UPDATE emergencies SET approved_by = 'mia'": "say: approved_by",
    "DELETE FROM inspections": "is gone from the table inspections",
    "UPDATE inspections SET opened = false": "say: opened",
    "UPDATE inspections SET surfaces = NULL": "say: surfaces",
    "UPDATE inspections SET inspector = 'tim'": "say: inspector",
    "UPDATE inspections SET state = 'granted', granted_at = created_at WHERE state = 'refused'": "say: state, granted",
    "DELETE FROM assessments": "is gone from the table assessments",
    "UPDATE assessments SET needed = 1": "say: needed",
    "DELETE FROM rule_versions WHERE rule_id = 'ads.two' AND state = 'live'": "ads.two@2, of which entry",
    "UPDATE rule_versions SET state = 'draft' WHERE rule_id = 'ads.two' AND state = 'live'": "say: state",
    "UPDATE rule_versions SET document = '{}'": "say: document",
    "UPDATE rule_versions SET ended_at = created_at WHERE ended_at IS NULL": "say: ended_at",
    "UPDATE rule_versions SET ended_at = NULL WHERE version = 3": "say: ended_at",
    "UPDATE users SET role = 'admin' WHERE name = 'tim'": "say: role",
    "UPDATE users SET disabled_at = NULL": "say: disabled_at",
    "UPDATE users SET trainee = false": "say: trainee",
    "UPDATE users SET name = 'zoe' WHERE name = 'tim'": "say: name",
    "DELETE FROM users WHERE name = 'tim'": "is gone from the table users",
    "UPDATE api_keys SET name = 'mia' WHERE name = 'ben'": "say: name",
    "UPDATE api_keys SET scopes = '[\"admin\"]'": "say: scopes",
    "UPDATE api_keys SET rate = NULL": "say: rate",
    "UPDATE api_keys SET policy = 'default' WHERE name = 'shop'": "say: policy",
    "UPDATE api_keys SET policy = NULL WHERE name = 'shop'": "say: policy",
    "UPDATE api_keys SET policy = 'default' WHERE name = 'ben'": "say: policy",
    "UPDATE api_keys SET hash = (SELECT hash FROM api_keys WHERE name = 'shop')": "say: hash",
    "DELETE FROM api_keys WHERE name = 'shop'": "is gone from the table api_keys",
    "UPDATE users SET password_hash = 'y' WHERE name = 'mia'": "say: password_hash",
    "UPDATE users SET password_hash = 'y' WHERE name = 'ben'": "say: password_hash",
    "UPDATE webhook_endpoints SET url = 'https://evil.example/a' WHERE removed_at IS NULL": "say: url",
    "UPDATE webhook_endpoints SET events = '[]' WHERE removed_at IS NULL": "say: events",
    "UPDATE webhook_endpoints SET disabled_at = NULL, disabled_why = NULL": "say: disabled_at, disabled_why",
    "UPDATE webhook_endpoints SET removed_at = NULL": "say: removed_at",
    "DELETE FROM webhook_endpoints WHERE removed_at IS NULL": "is gone from the table webhook_endpoints",
    "INSERT INTO rule_versions (id, rule_id, version, state, document, author, why, created_at) "
    "SELECT 'x', 'ads.three', 1, 'live', document, author, why, created_at FROM rule_versions "
    "WHERE rule_id = 'ads.two' AND version = 1": "The version of a rule ads.three@1 has no entry",
}


# What is compared is read alike from both; each way takes a look at the whole house.
@pytest.mark.parametrize(
    ("engine", "every"),
    [("sqlite", 1), ("postgres", 5), pytest.param("postgres", 1, marks=pytest.mark.proof)],
)
def test_every_record_of_the_house_that_somebody_altered_is_told(
    request: pytest.FixtureRequest, engine: str, every: int
) -> None:
    database = request.getfixturevalue(engine)
    filled(database, request.getfixturevalue(f"keyring_of_{engine}"))
    missed = []
    for statement, sentence in list(WAYS.items())[::every]:
        with database.unit() as unit:
            may_do_all(unit)
            assert unit.execute(text(statement)).rowcount, statement
            found = told(unit)
            if not any(sentence in each for each in found):
                missed.append((statement, found))
    assert [] == missed


def test_an_inspection_that_was_widened_in_the_table_gives_nothing(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.unit() as unit:
        [granted] = inspections.open_to(unit, "ivy", NOW)
        inspections.to_hand_over(unit, granted.id, now=NOW)
        unit.execute(text("UPDATE inspections SET surfaces = NULL"))
        with pytest.raises(ForbiddenError, match="says another surfaces than was granted"):
            inspections.to_hand_over(unit, granted.id, now=NOW)
        with pytest.raises(ForbiddenError, match="somebody altered the table"):
            inspection_reading.read_page(unit, granted.id, inspector="ivy", now=NOW)
        unit.execute(text("UPDATE inspections SET state = 'granted', granted_at = created_at"))
        [forged] = [each for each in inspections.open_to(unit, "ivy", NOW) if each.id != granted.id]
        with pytest.raises(ForbiddenError, match="was granted by no entry"):
            inspections.check_open(unit, forged.id, inspector="ivy", now=NOW)


def bodies(database: Database, kind: str) -> list[dict[str, object]]:
    with database.reading() as look:
        return [json.loads(each.body) for each in ledger.page(look, limit=200).items if each.kind == kind]


def test_the_entry_of_a_key_says_whose_it_is_who_made_it_and_why(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    own, typed = bodies(database, "key.created")
    assert ({"kind": "user", "id": "ada"}, "app", "ben", "root") == (
        own["actor"], own["reason"], own["facts"]["name"], own["facts"]["by_os_user"],  # type: ignore[index]
    )  # fmt: skip
    assert ({"kind": "user", "id": "root"}, "made on the command line", "who may use this installation") == (
        typed["actor"], typed["reason"], typed["ground"],
    )  # fmt: skip


def a_question(database: Database, os_user: str | None, *, minutes: int = 10) -> str:
    with database.unit(os_user=os_user) as unit:
        asked = questions.ask(
            unit, "rule.live", f"r-{os_user}-{minutes}", facts={}, by="mia", why="w", now=NOW + minutes * MINUTE
        )
        unit.commit()
    return asked.id


def a_key(database: Database, os_user: str, *, minutes: int = 0) -> ByKey:
    with database.unit(os_user=os_user) as unit:
        made, _ = access.create_key(unit, "ben", scopes=("admin",), rate=None, now=NOW + minutes * MINUTE)
        unit.commit()
    return ByKey(made.prefix)


def answered(database: Database, asked: str, by: str | ByKey) -> ApprovalState:
    with database.unit() as unit:
        state = questions.answer(unit, asked, by=by, approve=True, note="yes", now=NOW + 60 * MINUTE).state
        unit.commit()
    return state


def test_an_answer_by_a_key_says_whose_the_key_is(database: Database) -> None:
    key = a_key(database, BENS)
    assert ApprovalState.APPROVED is answered(database, a_question(database, MIAS), key)
    [entry] = bodies(database, "approval.approved")
    assert ({"kind": "key", "id": key.prefix}, "ben") == (entry["actor"], entry["facts"]["key_of"])  # type: ignore[index]
    with database.reading() as look:
        assert [] == told(look)


@pytest.mark.parametrize(
    ("maker", "minutes", "said"), [(MIAS, 0, "one person may hold both"), (BENS, 20, "was made after this was asked")]
)
def test_a_key_that_was_made_for_the_answer_or_by_who_asked_gives_none(
    database: Database, maker: str, minutes: int, said: str
) -> None:
    asked, key = a_question(database, MIAS), a_key(database, maker, minutes=minutes)
    with pytest.raises(ForbiddenError, match=said) as refused:
        answered(database, asked, key)
    assert "in the console under Approvals" in str(refused.value)


def test_a_key_that_was_renamed_in_the_table_gives_no_answer(database: Database) -> None:
    asked, key = a_question(database, MIAS), a_key(database, BENS)
    with database.unit() as unit:
        unit.execute(text("UPDATE api_keys SET name = 'zoe'"))
        unit.commit()
    with pytest.raises(ForbiddenError, match="was made for ben and bears the name of zoe"):
        answered(database, asked, key)


def an_account(database: Database, name: str, os_user: str | None, *, minutes: int = 0) -> None:
    with database.unit(os_user=os_user) as unit:
        accounts.create(unit, NewAccount(name, "x", "senior"), by="ada", now=NOW + minutes * MINUTE)
        unit.commit()


@pytest.mark.parametrize("minutes", [0, 20])
def test_an_account_that_was_made_on_a_command_line_after_the_question_gives_no_answer(
    database: Database, minutes: int
) -> None:
    asked = a_question(database, MIAS)
    an_account(database, "ben", BENS, minutes=minutes)
    if not minutes:
        assert ApprovalState.APPROVED is answered(database, asked, "ben")
        return
    with pytest.raises(ForbiddenError, match="ben was made, let in, or given its password"):
        answered(database, asked, "ben")


def refusal(database: Database, asked: str, by: str | ByKey) -> str:
    with pytest.raises(NotSecondError) as refused:
        answered(database, asked, by)
    with database.reading() as look:
        assert ApprovalState.WAITING is approvals.get(look, asked).state
    return refused.value.why


def test_one_user_of_the_machine_is_not_two_people_by_making_both_accounts(database: Database) -> None:
    an_account(database, "eve2", MIAS)
    typed = a_question(database, MIAS)
    assert "one_hand" == refusal(database, typed, "eve2")
    an_account(database, "mia", MIAS)
    asked_by_page = a_question(database, None)
    assert "one_hand" == refusal(database, asked_by_page, "eve2")
    an_account(database, "ben", BENS)
    an_account(database, "sue", None)
    assert ApprovalState.APPROVED is answered(database, asked_by_page, "ben")
    other = a_question(database, None, minutes=11)
    assert ApprovalState.APPROVED is answered(database, other, "sue")


def test_who_set_the_password_on_a_command_line_holds_the_account(database: Database) -> None:
    an_account(database, "sue", None)
    with database.unit(os_user=MIAS) as unit:
        accounts.set_password(unit, users.by_name(unit, "sue").id, "y", by="os:mia", now=NOW + MINUTE)  # type: ignore[union-attr]
        unit.commit()
    assert "one_hand" == refusal(database, a_question(database, MIAS), "sue")


def test_a_key_of_an_account_that_was_made_by_who_asked_gives_no_answer(database: Database) -> None:
    an_account(database, "ben", MIAS)
    assert "one_hand" == refusal(database, a_question(database, MIAS, minutes=30), a_key(database, BENS, minutes=1))


def test_a_developer_alone_says_so_in_the_policy_of_the_house(tmp_path: Path) -> None:
    alone = Database(new_sqlite_url(tmp_path), queues=lambda: replace(AS_USUAL, one_hand=True))
    an_account(alone, "eve2", MIAS)
    assert ApprovalState.APPROVED is answered(alone, a_question(alone, MIAS), "eve2")
    assert not any(each.two_people.one_hand for each in load_policies(load_taxonomy()).values())


def test_the_newest_version_of_a_rule_is_the_one_that_holds(database: Database, keyring: Keyring) -> None:
    filled(database, keyring)
    with database.reading() as look:
        assert {"retired"} == set(rules.held(look, "ads.one"))
        assert {"live"} == set(rules.held(look, "ads.two"))
