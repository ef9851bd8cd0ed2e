"""The policy `eu`: six months to contest, a ladder that warns first, credit; nothing of it for who does not name it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from governance import account_notices, appeals
from governance.complaint_rules import shipped
from governance.statements import redress_of
from moderation.decision import Outcome
from records.database import Database
from records.personal import Keyring
from tests.governance.standing import take, wish
from tests.governance.test_statements import WORDS
from tests.records.databases import NOW
from tests.records.factories import VERSIONS, a_comment, a_decision, an_answer, put

POLICIES = WORDS.policies
HALF_A_YEAR = timedelta(days=184)


def test_what_was_decided_under_it_is_contested_for_six_months_and_under_another_for_as_long_as_before(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    decided = {
        policy: put(sqlite, keyring_of_sqlite, an_answer(a_comment(policy, known_as=policy), replace(
            a_decision(Outcome.BLOCK, gambling=0.97), versions=replace(VERSIONS, policy=policy))))[0].decision_id
        for policy in ("eu@1", "default@2")
    }  # fmt: skip
    with sqlite.reading() as look:
        until = {name: appeals.appealable(look, each, shipped(), now=NOW).until - NOW for name, each in decided.items()}
    assert {"eu@1": HALF_A_YEAR, "default@2": timedelta(days=30)} == until
    assert (HALF_A_YEAR, timedelta(days=30)) == tuple(
        shipped().contest_until(NOW, policy) - NOW for policy in ("eu@1", "default")
    )


def test_a_measure_under_it_says_six_months_to_whom_it_is_about(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    redress = redress_of(WORDS)
    made = take(sqlite, keyring_of_sqlite, wish("suspend", "somebody", days=1))
    told = {name: account_notices.notice(replace(made, policy=name), redress)["en"] for name in ("eu@1", "cn@5")}
    assert (True, True) == ("until 2026-09-01" in told["eu@1"], "until 2026-03-31" in told["cn@5"])


def test_it_has_a_ladder_that_warns_before_it_suspends_for_a_time_and_credit_and_default_has_neither() -> None:
    eu, default = POLICIES["eu"], POLICIES["default"]
    steps = [(step.measure, step.days) for step in eu.ladder.steps] if eu.ladder else []
    assert "warn" == steps[0][0]
    assert all(days for measure, days in steps if measure == "suspend")
    assert "close" not in [measure for measure, _ in steps]
    assert (True, None, None) == (eu.credit is not None, default.ladder, default.credit)
    assert (eu.surfaces, eu.grounds, eu.require_verified) == (default.surfaces, default.grounds, False)
