"""Each check of a duty is shown holding, then what it looks at is broken, and it is off."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from chaffinch.code_version import version_of
from chaffinch.commands.duties import document
from chaffinch.duty_checks import CHECKS, over
from chaffinch.duty_checks.rehearsal import TEXT
from chaffinch.duty_desk import last_run
from chaffinch.installation import Installation
from chaffinch.main import app
from chaffinch.settings import CHECKOUT, Settings, load_settings
from chaffinch.wiring import key_folder, open_database
from console.public import pages
from governance import account_notices, accounts, duties, in_force, invitations, vouching
from governance.accounts import NewAccount
from governance.duties import Found, Status, is_as_noted, load_profile, run
from governance.in_force import InForce
from moderation.decision import Outcome
from moderation.errors import ConfigError
from moderation.taxonomy import CONFIGS
from records import ledger
from records.accountability import Late
from records.database import Database
from records.erasing import Erased
from records.marks import BEGUN, Marks
from registry.gate_file import Verdict
from tests import proofs
from tests.chaffinch.duty_world import (
    Step,
    World,
    a_champion,
    a_grave_incident,
    a_late_appeal,
    a_late_appeal_of_a_measure,
    a_late_complaint,
    a_late_notice,
    a_proof,
    a_signed_model,
    an_acceptance_of_nothing,
    an_agreement,
    an_audit,
    an_incident_past_the_ledger,
    an_inspector_who_acts,
    an_old_demand,
    an_old_emergency,
    an_old_entry,
    an_old_finding,
    an_old_measure,
    an_old_request,
    any_network_is_enough,
    as_it_should_be,
    cut,
    decided_on,
    does_nothing,
    held_for_good,
    never_over,
    news_under_cn,
    nothing,
    one_author_forward,
    one_rule_alone,
    passed_undecided,
    shows,
    shut_out,
    tampered,
    under_eu,
    within,
    without_page,
)
from tests.records.databases import NOW, new_sqlite_url
from tests.records.factories import a_decision, an_answer

PROFILES = ("cn-2017", "cn-2022", "eu-dsa")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    settings = Settings(home=tmp_path / "home")
    with closing(Database(new_sqlite_url(settings.home), marks=Marks(key_folder(settings)))) as database:
        yield World(Installation(settings, database, "cn", NOW, tmp_path / "proof"), monkeypatch, tmp_path)


def a_page_of_one_law(world: World) -> None:
    """The house tells the bases of another law than the profile's alone."""
    world.patch.setattr("governance.legal_bases._OF_POLICY", {"cn": ("pipl", "gdpr"), "eu": ("gdpr",)})
    world.settings(policy="eu")


KILLED = "tests/records/test_kill_sealer.py::test_a_hundred_killed_sealers_leave_a_whole_ledger"
PLANTED = "tests/eval/test_leaning_proof.py::test_planted_bias_is_found"
QUIET = "tests/eval/test_leaning_proof.py::test_fair_data_stays_quiet"
UNGUARDED = ("DROP TRIGGER agreements_update", "DROP TRIGGER agreements_delete")
CASES: dict[str, tuple[Step, tuple[Step, ...]]] = {
    "agreement_texts": (within(an_agreement), (
        lambda world: world.sql(*UNGUARDED, "UPDATE agreements SET text_en = text_en || ' and more'"),
        lambda world: world.sql(*UNGUARDED, "UPDATE agreements SET content_hash = replace(content_hash, 'a', 'b')"),
        lambda world: world.sql(*UNGUARDED, "UPDATE agreements SET valid_from = '2999-01-01 00:00:00.000000'"),
        lambda world: world.sql(*UNGUARDED, "DELETE FROM agreements"),
        without_page("/agreement"),
        lambda world: world.patch.setattr("console.public.pages._agreement", lambda reader, *_: pages.civility(reader)),
    )),
    "agreements": (within(an_agreement), (
        lambda world: world.patch.setattr("records.authors.FACTS", ("verified", "registered_at", "consented_at")),
        lambda world: world.patch.setattr("chaffinch.duty_checks.agreements.check_accepted", lambda *_a, **_k: None),
        within(an_acceptance_of_nothing),
        does_nothing("records.agreements.accepted", []),
    )),
    "appeals": (nothing, (without_page("/appeals"), does_nothing("governance.appeals.look_anew"))),
    "appeals_in_time": (nothing, (a_late_appeal, a_late_appeal_of_a_measure)),
    "assessment": (nothing, (
        lambda world: world.config("policies/cn.toml", 'assess = ["news"]', "assess = []"),
        does_nothing("governance.assessments.wanting", []),
        does_nothing("governance.assessments.for_rule", ([], [])),
        lambda world: world.patch.setattr("records.assessments.AssessmentRecord.stands", lambda *_: True),
        lambda world: world.patch.setattr("governance.assessments.NEEDED", 1),
        lambda world: (a_champion()(world), within(news_under_cn)(world)),
        a_signed_model("demo-lead", "demo-owner", with_accounts=False),
    )),
    "before_publication": (as_it_should_be, (
        lambda world: world.config("policies/cn.toml", '"pre", by = "machine"', '"post"'),
        does_nothing("moderation.pipeline.standing_reasons", []),
        passed_undecided,
        decided_on("news", "default"),
        decided_on("news", "default", Outcome.REVIEW),
        decided_on("news", "one that was removed"),
        decided_on("news", "cn", tier="none"),
        lambda world: (
            world.config("policies/default.toml", 'news = { review = "post" }', 'news = { review = "pre" }'),
            world.config("policies/cn.toml", 'by = "machine"', 'by = "person"'),
        ),
        lambda world: (world.config("policies/cn.toml", 'name = "cn"', 'name = "other"'),),
    )),
    "blacklist": (nothing, (
        within(an_old_entry),
        does_nothing("records.lists.holding", ()),
        does_nothing("governance.approvals._check_second"),
        does_nothing("records.accountability.unreviewed_accounts", Late(0, 0, None)),
        never_over,
    )),
    "campaigns": (nothing, (
        does_nothing("governance.campaigns.collect"),
        lambda world: world.patch.setattr("governance.campaigns.QUEUE", "elsewhere"),
    )),
    "civility": (nothing, (
        without_page("/civility"),
        lambda world: world.config("notices.toml", "[labels.hate]", "[labels.hatred]"),
        lambda world: world.patch.setattr("governance.notices.Notices.of", lambda self, _code: self.otherwise),
    )),
    "complaints": (nothing, (
        without_page("/complaints"),
        does_nothing("governance.complaints._case", SimpleNamespace(id=None)),
    )),
    "complaints_in_time": (nothing, (a_late_complaint,)),
    "contests": (nothing, (
        does_nothing("governance.another.check"),
        lambda world: world.patch.setattr("records.knowing.is_blind", lambda _: False),
    )),
    "credit": (nothing, (
        cut("policies/cn.toml", "# User levels by credit"),
        lambda world: world.config("policies/cn.toml", "blocked = -0.03", "blocked = 0"),
        does_nothing("governance.credit.mark_stored"),
        does_nothing("records.credit.void", False),
        does_nothing("chaffinch.duty_checks.accounts.account_reasons", ()),
        lambda world: world.sql("INSERT INTO credit_pending (id, comment_id) VALUES ('00', 'c')"),
    )),
    "emergencies": (nothing, (
        within(an_old_emergency),
        does_nothing("governance.emergencies.settle", 0),
        does_nothing("moderation.pipeline.running", ()),
        does_nothing("records.emergencies.keep_hits"),
        does_nothing("governance.approvals._check_second"),
        does_nothing("governance.emergencies._note"),
    )),
    "erasure": (nothing, (
        does_nothing("records.erasing.erase_some", Erased()),
        does_nothing("records.erasing.held", ()),
    )),
    "evidence": (lambda world: (world.put(an_answer()), world.seal()), (tampered,)),
    "incident_log": (nothing, (
        within(an_incident_past_the_ledger),
        does_nothing("governance.incidents._check_closing"),
        does_nothing("governance.incidents._note"),
    )),
    "incident_reports": (nothing, (
        within(a_grave_incident),
        does_nothing("governance.authority_reports.page", ""),
        does_nothing("governance.incident_forms.IncidentForms.missing", ()),
        does_nothing("governance.incidents._note"),
    )),
    "inspection": (nothing, (
        within(an_old_request),
        an_inspector_who_acts,
        does_nothing("governance.inspections.why_not", ""),
        does_nothing("records.inspections.lies_within", True),
        does_nothing("governance.inspection_reading.given", ()),
        does_nothing("governance.approvals._not_barred"),
        lambda world: world.patch.setattr("chaffinch.duty_checks.authorities.PAGES", ()),
    )),
    "ledger_proof": (a_proof(KILLED), (a_proof(KILLED, outcome="failed"), a_proof(KILLED, share=0.05))),
    "live_page": (lambda world: world.user("lin", "lead"), (
        lambda world: world.sql("UPDATE users SET disabled_at = created_at"),
        lambda world: world.sql("UPDATE users SET role = 'moderator'"),
        lambda world: world.patch.setattr("chaffinch.duty_checks.watching.PAGES", ()),
    )),
    "measures": (nothing, (
        cut("policies/cn.toml", "# Which measure on an account", "# User levels"),
        within(an_old_measure),
        does_nothing("governance.two_people.needs_two", False),
        does_nothing("governance.two_people.took_two", False),
        does_nothing("governance.account_measures._note"),
        does_nothing("governance.measure_wishes.word_faults", ()),
        does_nothing("governance.account_measures.expire", 0),
        does_nothing("records.measures.held_by", ()),
    )),
    "minding": (nothing, (
        does_nothing("governance.minding.faults", ()),
        does_nothing("governance.account_measures._note"),
        does_nothing("governance.account_measures._restore_final"),
        does_nothing("governance.minding.is_theirs", False),
        does_nothing("records.decisions.set_final"),
        lambda world: world.patch.setattr("governance.account_notices._BY_OPERATOR", account_notices._WHAT["refuse"]),
    )),
    "neutrality": (an_audit(NOW - timedelta(days=3), findings=2, answered=True), (
        an_audit(NOW - timedelta(days=101)),
        an_audit(NOW, compared=0),
        an_audit(NOW, compared=3),
        an_audit(NOW, verdict="not_judged"),
        an_audit(NOW, verdict=""),
        an_audit(NOW, apart=1),
        an_audit(NOW, texts=29),
        an_audit(NOW, days=6),
        an_audit(NOW, findings=1),
        an_audit(NOW, told=False),
        an_audit(NOW, alpha=0.000001),
        an_audit(NOW, difference=0.5),
        an_audit(NOW, swap="left_out"),
        an_audit(NOW, comments=179),
        an_audit(NOW, until=NOW - timedelta(days=3)),
        lambda world: (world.put(an_answer(), now=NOW - timedelta(days=40)),
                       an_audit(NOW, since=NOW - timedelta(days=30))(world)),
        lambda world: (an_audit(NOW - timedelta(days=9), axes={"shop": (3, 8)})(world), an_audit(NOW)(world)),
        lambda world: (an_audit(NOW - timedelta(days=9), axes={"shop": (2, 17)})(world), an_audit(NOW)(world)),
        lambda world: (an_audit(NOW - timedelta(days=9), axes={"paying": (2, 8)})(world), an_audit(NOW)(world)),
        lambda world: (an_audit(NOW - timedelta(days=2), findings=1)(world), an_audit(NOW)(world)),
        lambda world: world.sql("DROP TRIGGER ledger_delete", "DELETE FROM ledger"),
    )),
    "neutrality_proof": (lambda world: (a_proof(PLANTED)(world), a_proof(QUIET)(world)), (
        a_proof(PLANTED, outcome="failed"),
        a_proof(QUIET, outcome="failed"),
        a_proof(QUIET, share=0.5),
    )),
    "processing_record": (nothing, (
        lambda world: world.config("processing.toml", '"parent_text", ', ""),
        lambda world: world.config("processing.toml", '["platform", "inspector"]', '["platform"]'),
        lambda world: world.config("processing.toml", "until the measure or entry ends, {standing} days", "for days"),
        lambda world: world.config("processing.toml", '{ of = "3"', '{ of = "f"'),
        a_page_of_one_law,
        lambda world: world.sql("ALTER TABLE skips ADD COLUMN face TEXT"),
        without_page("/collected"),
    )),
    "put_by_two": (nothing, (
        lambda world: world.config("policies/cn.toml", "an_hour = 20", "an_hour = 21"),
        lambda world: world.config("taxonomy.toml", "[[grounds]]", "# a ground\n[[grounds]]"),
        lambda world: world.config("profiles/cn-2017.toml", "share = 0.1", "share = 0.06"),
        one_rule_alone,
    )),
    "pseudonyms": (lambda world: world.put(an_answer()), (
        lambda world: world.sql("UPDATE comments SET author_cipher = '1:AAAA'"),
        lambda world: world.patch.setattr("records.personal.Keyring.encrypt", lambda _self, _kind, name: name),
    )),
    "reasons": (lambda world: world.entry("measure.requested", "abuse", "house rule 1"), (
        lambda world: world.entry("measure.requested", "abuse", " "),
        lambda world: world.entry("recommend", "", "house rule 1"),
        lambda world: world.put(an_answer(decision=a_decision(Outcome.BLOCK))),
        does_nothing("governance.measures.request_for_verdict", "an entry"),
        lambda world: world.sql("DROP TRIGGER decisions_why_insert"),
        lambda world: world.sql("DROP TRIGGER ledger_update"),
        lambda world: world.sql("UPDATE alembic_version SET version_num = '9999'"),
    )),
    "misuse": (under_eu, (
        lambda world: setattr(world, "place", replace(world.place, policy_name="cn")),
        without_page("/civility"),
        does_nothing("governance.complaints.misuse.suspension_of"),
        does_nothing("governance.measure_wishes.misuse.measure_faults", ()),
        does_nothing("governance.reporter_findings._weigh", 0),
        does_nothing("governance.complaints._may_threaten", False),
        lambda world: world.patch.setattr("records.measures._begun", held_for_good),
    )),
    "recommendations": (nothing, (
        lambda world: world.entry("recommend", "", "house rule 1"),
        lambda world: world.patch.setattr("governance.account_measures.RECOMMEND", "recommended"),
        does_nothing("governance.measure_wishes.word_faults", ()),
        does_nothing("records.leaning._recommended", frozenset()),
        does_nothing("governance.recommendable.ground_faults", ()),
        does_nothing("governance.recommendable.check_once", None),
        one_author_forward,
    )),
    "rectification": (nothing, (
        within(an_old_demand),
        does_nothing("governance.incidents._note_item"),
        does_nothing("governance.approvals._check_second"),
    )),
    "registering_anew": (nothing, (
        within(an_old_finding),
        does_nothing("records.author_links.held_with", []),
        does_nothing("records.link_crowds.Crowd.others", 8),
        any_network_is_enough,
        lambda world: world.patch.setattr("records.authors.Link.indexes", lambda self, _keys: (f"1:{self.value}",)),
    )),
    "retention": (nothing, (
        lambda world: world.config("retention.toml", "days = 1095", "days = 0"),
        lambda world: world.put(an_answer(), now=NOW - timedelta(days=1103)),
        without_page("/collected"),
        lambda world: world.config("processing.toml", "{retention}, or until", "for some time, or until"),
    )),
    "six_months": (lambda world: world.config("complaints.toml", "within_days = 30", "within_days = 183"), (
        lambda world: world.config("complaints.toml", "within_days = 183", "within_days = 182"),
        lambda world: world.config("complaints.toml", "[contests]", "[contests]\nwithin_days = 30"),
    )),
    "staffing": (lambda world: world.user("mia", "moderator"), (
        lambda world: world.sql("UPDATE users SET trainee = 1"),
        lambda world: world.sql("UPDATE users SET role = 'inspector'"),
    )),
    "statements": (nothing, (
        lambda world: world.config("dsa.toml", '"CONTENT_TYPE_TEXT", ', ""),
        lambda world: world.config("dsa.toml", "decision_facts = 5000", "decision_facts = 20"),
        lambda world: world.config("dsa.toml", "[measures.refuse]", "[measures.rejoice]"),
        lambda world: world.config("dsa.toml", "[measures.suspend]", "[measures.suspense]"),
        does_nothing("governance.statements._facts", TEXT),
        does_nothing("governance.statements._measure_facts", TEXT),
        does_nothing("governance.statements.refusals", ()),
    )),
    "training_loop": (a_champion(), (
        a_champion(Verdict.NO),
        a_champion(of="another"),
        lambda world: shutil.rmtree(world.place.settings.registry_root),
    )),
    "transcripts": (nothing, (shows(), shows("any", "other"))),
    "transparency_report": (nothing, (
        does_nothing("records.acted.removed", ()),
        does_nothing("records.transparency.decided", ()),
        does_nothing("records.measures.begun", {}),
        lambda world: world.config("dsa.toml", "[measures.refuse]", "[measures.rejoice]"),
    )),
    "trusted_flaggers": (under_eu, (
        lambda world: world.config("complaints.toml", "eu = 6", "other = 6"),
        does_nothing("records.leases._ahead", []),
        lambda world: world.patch.setattr("records.leases.LIFE", 9),
        does_nothing("governance.complaints.flaggers.notice_of"),
        does_nothing("governance.flaggers.withdraw"),
        does_nothing("governance.approvals._check_second"),
        within(a_late_notice),
    )),
    "two_people": (lambda world: (world.user("lin", "lead"), world.user("sun", "senior")), (
        lambda world: world.settings(bulk_alone=101),
        lambda world: world.sql("UPDATE users SET disabled_at = created_at WHERE name = 'sun'"),
        does_nothing("records.accountability.bulk_alone", ["b-1"]),
        shut_out("suspend"),
        shut_out("blacklist"),
        cut("policies/cn.toml", "# What takes two people", "# Which measure on an account"),
    )),
    "verification": (as_it_should_be, (
        decided_on("news", "default"),
        decided_on("news", "one that was removed"),
        lambda world: world.config("policies/cn.toml", "require_verified = true", "require_verified = false"),
        does_nothing("moderation.pipeline.check_author"),
        does_nothing("moderation.pipeline.standing_reasons", []),
    )),
}  # fmt: skip
"""By check: what makes it hold, and everything that has to put it off."""

WHAT_TO_DO = ("report it", "chaffinch ", "set ", "mend ", "put ", "make proof", "look them up", "/console/", ".toml")


def test_signatures_of_people_who_cannot_log_in_do_not_count_and_others_may_sign(world: World) -> None:
    a_signed_model("demo-lead", "demo-owner", with_accounts=False)(world)
    found = world.said("assessment")
    assert not found.holds
    assert "signed by demo-lead, demo-owner, who have no account here" in found.seen
    assert "chaffinch assessment write model 3 --surface news" in found.seen
    a_signed_model("ben", "eve")(world)
    assert world.said("assessment").holds


def test_a_policy_that_changed_and_that_nobody_assessed_puts_the_duty_off(world: World) -> None:
    a_signed_model("ben", "eve")(world)
    policies = world.place.policies
    before = {name: (reference, "set:what it said") for name, (reference, _) in in_force.said_by(policies).items()}
    for told in (before, in_force.said_by(policies)):
        with world.database.unit() as unit:
            in_force.note(unit, InForce(told, "r", "m", "1", "1", "1"), now=NOW)
            unit.commit()
    found = world.said("assessment")
    assert not found.holds
    assert "this release brought another policy" in found.seen
    assert "chaffinch assessment write policy cn --surface news" in found.seen


def test_a_policy_that_somebody_changed_here_is_told_apart_from_a_releases(world: World, tmp_path: Path) -> None:
    a_signed_model("ben", "eve")(world)
    with world.database.unit() as unit:
        in_force.note(unit, InForce(in_force.said_by(world.place.policies), "r", "m", "1", "1", "1"), now=NOW)
        unit.commit()
    assert world.said("assessment").holds
    copy = tmp_path / "own"
    shutil.copytree(CONFIGS, copy)
    file = copy / "policies" / "cn.toml"
    file.write_text(file.read_text("utf-8").replace('on_failure = "review"', 'on_failure = "pass"'), encoding="utf-8")
    world.settings(configs=copy)
    found = world.said("assessment")
    assert not found.holds
    assert "was changed here" in found.seen


def test_two_accounts_that_one_hand_made_are_one_person(world: World) -> None:
    for name, by in (("lin", "test"), ("sun", "lin")):
        with world.database.unit() as unit:
            made = accounts.create(unit, NewAccount(name, "x", "lead"), by=by, now=NOW)
            unit.commit()
    found = world.said("two_people")
    assert not found.holds
    assert "2 accounts" in found.seen
    assert "invite their owners by a link" in found.seen
    with world.database.unit() as unit:
        invitations.accept(unit, invitations.invite(unit, made.id, by="lin", now=NOW), "own", now=NOW)
        unit.commit()
    assert not world.said("two_people").holds, "lin may have opened the link"
    with world.database.unit() as unit:
        vouching.vouch(unit, made.id, by="lin", now=NOW)
        unit.commit()
    found = world.said("two_people")
    assert found.holds
    assert "a second of 2 people; that they are more than one rests on the word of lin alone" in found.seen


def test_two_people_of_whom_another_vouched_are_two(world: World) -> None:
    world.user("wen", "senior")
    with world.database.unit() as unit:
        lin = accounts.create(unit, NewAccount("lin", "x", "lead"), by="test", now=NOW)
        sun = accounts.create(unit, NewAccount("sun", "x", "senior"), by=lin.name, now=NOW)
        invitations.accept(unit, invitations.invite(unit, sun.id, by="lin", now=NOW), "own", now=NOW)
        vouching.vouch(unit, sun.id, by="wen", now=NOW)
        unit.commit()
    assert "a second of 3 people" in world.said("two_people").seen
    assert "alone" not in world.said("two_people").seen


def test_an_account_that_was_made_after_the_signature_is_not_who_signed(world: World) -> None:
    a_signed_model("demo-lead", "demo-owner", with_accounts=False)(world)
    with world.database.unit() as unit:
        for name in ("demo-lead", "demo-owner"):
            accounts.create(unit, NewAccount(name, "x", "lead"), by="test", now=NOW + timedelta(minutes=1))
        unit.commit()
    assert not world.said("assessment").holds


def test_an_acceptance_of_what_was_never_published_is_told_before_any_text_is(world: World) -> None:
    assert world.said("agreements").holds
    within(an_acceptance_of_nothing)(world)
    found = world.said("agreements")
    assert not found.holds
    assert "2025-99 (1)" in found.seen
    assert "chaffinch agreement publish" in found.seen


def test_news_that_went_around_the_law_is_counted_and_what_to_set_is_said(world: World) -> None:
    for _ in range(3):
        decided_on("news", "default")(world)
    wanted = "set CHAFFINCH_POLICY=cn"
    for name, told in (("verification", "asks nobody"), ("before_publication", "reviews there after publication")):
        found = world.said(name)
        assert not found.holds
        assert "3 comments on news in the last 7 days" in found.seen
        assert "'default'" in found.seen
        assert told in found.seen
        assert wanted in found.seen
        assert "chaffinch keys policy PREFIX cn" in found.seen


def test_a_check_that_holds_says_what_judges_a_request_that_names_no_policy(world: World) -> None:
    assert "names no policy is judged under 'default'" in world.said("verification").seen
    world.settings(policy="cn")
    assert "judged under 'cn' by the settings of this command" in world.said("before_publication").seen


def test_what_the_server_has_in_force_is_said_and_not_what_the_command_is_set_to(world: World) -> None:
    with world.database.unit() as unit:
        told = in_force.said_by(world.place.policies)
        in_force.note(unit, InForce(told, "r", "m", "1", "1", "1", house_policy="cn"), now=NOW)
        unit.commit()
    for name in ("verification", "before_publication"):
        seen = world.said(name).seen
        assert f"judged under 'cn', as the server wrote on {NOW.date()}" in seen
        assert "this command is set to 'default', which the server is not" in seen
    world.settings(policy="cn")
    assert "this command is set to" not in world.said("verification").seen


@pytest.mark.parametrize(
    ("name", "hold", "break_"),
    [
        pytest.param(name, hold, each, id=f"{name}-{at}")
        for name, (hold, breaks) in CASES.items()
        for at, each in enumerate(breaks)
    ],
)
def test_a_check_holds_and_is_off_once_what_it_looks_at_is_broken(
    world: World, name: str, hold: Step, break_: Step
) -> None:
    hold(world)
    before = world.said(name)
    assert before.holds, before.seen
    break_(world)
    world.place = replace(world.place)  # nothing is remembered from before
    after = world.said(name)
    assert not after.holds, after.seen
    assert any(word in after.seen for word in WHAT_TO_DO), after.seen
    assert any("\u4e00" <= sign <= "\u9fff" for sign in after.seen_zh), after.seen_zh


def test_no_check_is_without_a_test_that_breaks_it() -> None:
    assert set(CHECKS) == set(CASES)


UNSET = ("agreement_texts", "live_page", "training_loop", "staffing", "two_people", "evidence", "neutrality",
         "neutrality_proof", "ledger_proof", "six_months")  # fmt: skip


@pytest.mark.parametrize("name", UNSET)
def test_what_nobody_set_up_is_off_and_says_what_to_do(world: World, name: str) -> None:
    found = world.said(name)
    assert not found.holds
    assert any(word in found.seen for word in ("chaffinch ", "make proof", "set within_days")), found.seen


REHEARSED = (
    "agreements",
    "assessment", "blacklist", "credit", "emergencies", "incident_log", "incident_reports", "inspection", "measures",
    "minding", "recommendations", "rectification", "registering_anew", "statements", "transparency_report",
)  # fmt: skip


def test_rehearsals_run_on_postgresql_too(world: World, postgres: Database) -> None:
    world.place = replace(world.place, database=postgres)
    found = {name: world.said(name) for name in REHEARSED}
    assert {} == {name: each.seen for name, each in found.items() if not each.holds}


LEFT_EMPTY = (
    "comments", "decisions", "cases", "complaints", "appeals", "authors", "campaigns", "users", "approvals",
    "measures", "returns", "list_entries", "credit_events", "credit_pending", "emergencies", "emergency_hits",
    "inspections", "incidents", "agreements", "rectifications", "assessments", "webhook_events",
)  # fmt: skip


def test_a_rehearsal_leaves_nothing_but_a_ledger_that_has_begun(world: World) -> None:
    for check in CHECKS:
        world.said(check)
    with world.database.reading() as look:
        assert [BEGUN] == look.execute(text("SELECT kind FROM ledger")).scalars().all()
        for table in LEFT_EMPTY:
            assert 0 == look.execute(text(f"SELECT count(*) FROM {table}")).scalar_one(), table


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_names_checks_that_there_are_and_says_everything_in_both_languages(name: str) -> None:
    profile = load_profile(CONFIGS, name)
    named = {check for duty in profile.duties for check in duty.checks}
    assert named <= set(CHECKS)
    assert len(profile.duties) == len({duty.article for duty in profile.duties})
    answers = run(profile, dict.fromkeys(named, lambda: Found(True, "seen", NOW)))
    assert len(profile.duties) == len(answers)
    told = document(profile, answers)
    assert {"profile", "duties"} == set(told)
    assert {"article", "duty", "status", "check", "checked_at", "evidence"} == set(told["duties"][0])
    assert {"zh", "en"} == set(told["duties"][0]["duty"])


def test_every_check_is_asked_for_by_a_profile() -> None:
    named = {check for name in PROFILES for duty in load_profile(CONFIGS, name).duties for check in duty.checks}
    assert set(CHECKS) == named


def test_the_profile_of_2017_has_fifteen_duties_and_three_are_the_platforms_in_part() -> None:
    found = load_profile(CONFIGS, "cn-2017").duties
    assert 15 == len(found)
    assert ["4", "5(1)", "6"] == [duty.article for duty in found if duty.platform]


def test_a_duty_is_met_the_platforms_or_off_by_its_checks_alone() -> None:
    profile = load_profile(CONFIGS, "cn-2017")
    later = NOW + timedelta(days=1)

    def answered(**failing: Found) -> dict[str, duties.Answer]:
        names = {check for duty in profile.duties for check in duty.checks}
        checks = {name: (lambda name=name: failing.get(name, Found(True, "seen", NOW))) for name in names}
        return {each.article: each for each in run(profile, checks)}

    whole = answered(campaigns=Found(True, "seen", later))
    assert (Status.MET, Status.PLATFORM) == (whole["7"].status, whole["4"].status)
    assert NOW == whole["7"].checked_at
    assert "we hand it" in whole["4"].evidence
    broken = answered(
        civility=Found(False, "gone: put it back", later), neutrality_proof=Found(False, "never run", None)
    )
    assert (Status.OFF, Status.OFF, Status.MET) == (broken["6"].status, broken["7"].status, broken["10"].status)
    assert "civility: gone: put it back." == broken["6"].evidence
    assert broken["7"].checked_at is None


def test_a_check_that_breaks_is_off_and_the_others_are_told(world: World) -> None:
    world.patch.setattr("governance.complaints.make", lambda *_args, **_more: 1 / 0)
    found = world.said("complaints")
    assert not found.holds
    assert "ZeroDivisionError" in found.seen


def test_mistakes_of_profiles_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    with pytest.raises(ConfigError, match="There is no such profile"):
        load_profile(tmp_path, "cn-2017")
    written = (CONFIGS / "profiles" / "cn-2017.toml").read_text(encoding="utf-8")
    (tmp_path / "profiles" / "mine.toml").write_text(written, encoding="utf-8")
    with pytest.raises(ConfigError, match="has to be 'mine'"):
        load_profile(tmp_path, "mine")
    with pytest.raises(ConfigError, match="no such check"):
        run(load_profile(CONFIGS, "cn-2017"), {})


def test_the_last_outcome_of_a_proof_is_what_the_check_reads(world: World) -> None:
    world.place = replace(world.place, now=datetime.now(UTC))
    assert not world.said("ledger_proof").holds
    for kind, outcome in (("sqlite", "failed"), ("postgres", "passed"), ("sqlite", "passed")):
        before = world.said("ledger_proof")
        proofs.keep_outcome(f"{KILLED}[{kind}]", outcome, world.place.proofs)
    assert (False, True) == (before.holds, world.said("ledger_proof").holds)
    assert "failed on" in before.seen


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ({"code": ""}, "with other code than runs here"),
        ({"code": "0" * 64}, "with other code than runs here"),
        ({"at": NOW - timedelta(days=91)}, "is believed for 90 days"),
        ({"at": datetime(2019, 1, 1, tzinfo=UTC)}, "is dated 2019-01-01"),
        ({"at": NOW + timedelta(days=1)}, "is believed for 90 days"),
    ],
)
def test_a_proof_of_other_code_or_another_time_is_not_believed(world: World, told: dict[str, Any], seen: str) -> None:
    a_proof(KILLED)(world)
    assert world.said("ledger_proof").holds
    a_proof(KILLED, **told)(world)
    found = world.said("ledger_proof")
    assert (False, True) == (found.holds, seen in found.seen)


def test_the_version_of_code_is_of_every_module_and_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    module, seen = tmp_path / "records" / "one.py", set()
    for content in ("a = 1", "a = 2"):
        module.write_text(content, encoding="utf-8")
        seen.add(version_of(tmp_path))
    module.rename(tmp_path / "records" / "two.py")
    (tmp_path / "records" / "notes.txt").write_text("no code", encoding="utf-8")
    assert 3 == len({*seen, version_of(tmp_path)})


def test_a_duty_says_what_its_checks_rest_on_and_that_a_rehearsal_is_no_look(world: World) -> None:
    assert "rehearsal" in world.said("measures").rests_on
    assert "records" in world.said("two_people").rests_on
    checks = over(world.place)
    answers = {each.checks: each for each in run(load_profile(CONFIGS, "cn-2017"), checks)}
    rehearsed = [each for each in answers.values() if "Rehearsed only" in each.evidence]
    assert rehearsed
    assert all("仅为演练" in each.evidence_zh for each in rehearsed)
    assert {("rehearsal",), ()} >= {world.said(name).rests_on for each in rehearsed for name in each.checks}


@pytest.mark.usefixtures("home")
def test_a_run_stands_in_the_ledger_with_the_digest_of_its_report() -> None:
    CliRunner().invoke(app, ["duties", "--profile", "cn-2022"])
    settings = load_settings()
    told = last_run(settings.home, "cn-2022")
    assert told is not None
    with closing(open_database(settings)) as database, database.reading() as look:
        assert is_as_noted(look, "cn-2022", told["digest"])
        assert not is_as_noted(look, "cn-2017", told["digest"])
        entry = ledger.last(look, "duties.checked", "cn-2022")
        assert entry is not None
        facts = json.loads(entry.body)["facts"]
    assert len(told["duties"]) == facts["met"] + facts["platform"] + facts["off"]
    path = settings.home / "duties" / "cn-2022.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"off"', '"met"'), encoding="utf-8")
    with closing(open_database(settings)) as database, database.reading() as look:
        assert not is_as_noted(look, "cn-2022", str((last_run(settings.home, "cn-2022") or {})["digest"]))


def test_proofs_that_checks_name_are_there() -> None:
    for test in (KILLED, PLANTED):
        path, _, name = test.partition("::")
        assert f"def {name}(" in (CHECKOUT / path).read_text(encoding="utf-8")


@pytest.mark.usefixtures("home")
def test_the_command_prints_each_duty_and_exits_with_three_where_one_is_off() -> None:
    done = CliRunner().invoke(app, ["duties", "--profile", "cn-2017", "--json"])
    assert 3 == done.exit_code
    told = json.loads(done.stdout)
    assert ("cn-2017", 15) == (told["profile"], len(told["duties"]))
    assert {"platform", "off", "met"} == {each["status"] for each in told["duties"]}
    assert datetime.now(UTC) - datetime.fromisoformat(
        next(each for each in told["duties"] if each["status"] == "met")["checked_at"]
    ) < timedelta(minutes=10)  # fmt: skip
