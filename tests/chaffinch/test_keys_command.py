"""`chaffinch keys` as it is typed, within this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chaffinch.main import app


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, ["keys", *words])


def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(typed("list", "--json").stdout)
    return found


@pytest.mark.usefixtures("home")
def test_a_key_s_rate_is_given_shown_and_changed() -> None:
    made = json.loads(typed("create", "shop", "--rate", "50", "--json").stdout)
    assert [50.0] == [row["rate"] for row in listed()] == [made["rate"]]
    done = typed("limit", made["prefix"], "--rate", "0.5")
    assert (0, True) == (done.exit_code, "may send 0.5 comments a second" in done.stdout)
    assert [0.5] == [row["rate"] for row in listed()]
    done = typed("limit", f"ck_{made['prefix']}_whatever")
    assert (0, True) == (done.exit_code, "as CHAFFINCH_RATE says" in done.stdout)
    assert [None] == [row["rate"] for row in listed()]


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf"])
def test_what_is_no_rate_is_refused(home: Path, rate: str) -> None:
    done = typed("create", "shop", "--rate", rate)
    assert done.exit_code != 0
    assert not home.exists() or [] == listed()


@pytest.mark.usefixtures("home")
def test_a_key_that_is_not_there_is_told() -> None:
    assert "There is no key ck_nobody_" in str(typed("limit", "nobody", "--rate", "1").exception)


@pytest.mark.usefixtures("home")
def test_a_key_is_bound_to_a_policy_shown_and_let_go() -> None:
    made = json.loads(typed("create", "shop", "--policy", "cn", "--json").stdout)
    assert ["cn"] == [row["policy"] for row in listed()] == [made["policy"]]
    done = typed("policy", made["prefix"])
    assert (0, True) == (done.exit_code, "any policy" in done.stdout)
    assert [None] == [row["policy"] for row in listed()]
    done = typed("policy", made["prefix"], "default")
    assert (0, True) == (done.exit_code, "the policy default, and no other" in done.stdout)
    assert ["default"] == [row["policy"] for row in listed()]


@pytest.mark.usefixtures("home")
def test_a_key_is_not_bound_to_a_policy_that_there_is_not() -> None:
    for words in (("create", "shop", "--policy", "nix"), ("policy", "nobody", "nix")):
        done = typed(*words)
        assert done.exit_code != 0
        assert "one of cn, default" in str(done.exception)
