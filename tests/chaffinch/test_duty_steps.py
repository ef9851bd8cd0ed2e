"""docs/how-to/duties.md: the steps to a demo without an `off`, in order; what takes minutes is put in its place."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chaffinch.duty_checks import CHECKS
from chaffinch.installation import opened
from chaffinch.main import app
from chaffinch.settings import CHECKOUT, load_settings
from governance import accounts, assessments, invitations, vouching
from governance.accounts import NewAccount
from governance.approvals import NotSecondError
from records import approvals, users
from tests.chaffinch.duty_world import World, a_proof, a_signed_model
from tests.records.factories import VERSIONS, a_comment, a_decision, an_answer

STEPS = re.findall(
    r"^    (.+)$",
    (CHECKOUT / "docs/how-to/duties.md")
    .read_text(encoding="utf-8")
    .partition("## A demo without")[2]
    .partition("\n## ")[0],
    re.MULTILINE,
)
DAY = timedelta(days=1)
PASSWORD = "a long enough password"
INVITED = ("ben", "eve")


@pytest.fixture
def world(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAFFINCH_MODEL", "none")
    there = partial(opened, proofs=tmp_path / "proof")
    monkeypatch.setattr("chaffinch.installation.opened", there)
    assert home == load_settings().home
    with there(load_settings(), "cn", now=datetime.now(UTC)) as place:
        yield World(place, monkeypatch, tmp_path)


def named(check: object) -> tuple[str, ...]:
    """The proofs that a check asks for."""
    told = check.keywords if isinstance(check, partial) else {}
    return (*told.get("tests", ()), *([told["test"]] if "test" in told else []))


def typed(line: str) -> Result:
    words = shlex.split(line)[1:]
    asked = [*words, "--password-stdin"] if words[:2] == ["users", "create"] else words
    return CliRunner().invoke(app, asked, input=f"{PASSWORD}\n")


UNJUDGED = replace(a_decision(), versions=replace(VERSIONS, model="none", model_version="none"))
"""As a house without a model answers: the audit of one that has a model asks it."""


def send(world: World, line: str) -> None:
    """What the loop of curl sends, stored as if it was answered, each thing on a day of its own."""
    loops = [(name, words.split()) for name, words in re.findall(r"for (\w+) in (.+?); do", line)]
    text = re.findall(r'"text\\": \\"(.+?)\\"', line)[0]
    assert line.endswith("sleep 86400; done")
    texts: dict[str, list[str]] = {}
    for told in product(*(words for _, words in loops)):
        said = text
        for (name, _), word in zip(loops, told, strict=True):
            said = said.replace(f"${{{name}}}", word)
        texts.setdefault(told[0], []).append(said)
    for ago, of_a_day in enumerate(reversed(texts.values())):
        sent = (an_answer(a_comment(each), UNJUDGED) for each in of_a_day)
        world.put(*sent, now=world.place.now - ago * DAY)


def take(world: World, line: str) -> None:
    by_hand = next((act for start, act in BY_HAND.items() if line.startswith(start)), None)
    if by_hand is not None:
        by_hand(world, line)
    elif line.startswith("chaffinch") and not line.startswith("chaffinch serve"):
        done = typed(line)
        assert 0 == done.exit_code, f"{line}: {done.output} {done.exception}"


def begin(world: World, _: str) -> None:
    a_signed_model("demo-lead", "demo-owner", with_accounts=False)(world)


def make_accounts(world: World, line: str) -> None:
    assert all(name in line for name in INVITED)
    assert "by a link" in line
    for name in INVITED:
        make(world, name)


def open_links(world: World, _: str) -> None:
    for name in INVITED:
        open_link(world, name)


def say(world: World, line: str) -> None:
    assert "on her word alone" in line
    vouch_for(world, "ben", by="ada")


def prove(world: World, _: str) -> None:
    for check in CHECKS.values():
        for test in named(check):
            a_proof(test, at=datetime.now(UTC))(world)


def write(_: World, line: str) -> None:
    _, words, how, name = shlex.split(line)
    with Path(name).open("a" if how == ">>" else "w", encoding="utf-8") as file:
        file.write(words.replace("\\n", "\n"))


def send_all(world: World, line: str) -> None:
    send(world, line)
    world.seal()


def make(world: World, name: str) -> None:
    """In the console, by ada, who knows the password that she typed."""
    with world.database.unit() as unit:
        accounts.create(unit, NewAccount(name, "x", "senior"), by="ada", now=datetime.now(UTC))
        unit.commit()


def open_link(world: World, name: str) -> None:
    with world.database.unit() as unit:
        user = users.by_name(unit, name)
        assert user
        link = invitations.invite(unit, user.id, by="ada", now=datetime.now(UTC))
        invitations.accept(unit, link, "own", now=datetime.now(UTC))
        unit.commit()


def vouch_for(world: World, name: str, *, by: str) -> None:
    with world.database.unit() as unit:
        user = users.by_name(unit, name)
        assert user
        vouching.vouch(unit, user.id, by=by, now=datetime.now(UTC))
        unit.commit()


def sign(world: World, *names: str) -> None:
    """What people do in the console, where nobody's account of the machine stands beside their name."""
    for name in names:
        with world.database.unit() as unit:
            [asked] = [each for each in approvals.waiting(unit) if each.kind == assessments.ASKED]
            assessments.answer(unit, asked.id, by=name, approve=True, note="read it", now=datetime.now(UTC))
            unit.commit()


BY_HAND: dict[str, Callable[[World, str], None]] = {
    "make demo": begin,
    "# ada logs in": make_accounts,
    "# ben and eve open the link": open_links,
    "# ada says": say,
    "# ben vouches for eve": lambda world, _: vouch_for(world, "eve", by="ben"),
    "# ben and eve log in": lambda world, _: sign(world, *INVITED),
    "make proof": prove,
    "printf": write,
    "for ": send_all,
}


def off(line: str) -> str:
    """What is off, and why, as the last step says."""
    done = typed(f"{line} --json")
    found = [each["evidence"] for each in json.loads(done.stdout)["duties"] if each["status"] == "off"]
    assert (3 if found else 0) == done.exit_code
    return re.sub(r" \([a-z, ]+\):", ":", " ".join(found))


def test_the_steps_lead_to_a_home_where_no_duty_is_off(world: World) -> None:
    *steps, last = STEPS
    assert ("make demo", "chaffinch duties --profile cn-2017") == (steps[0], last)
    for line in steps:
        take(world, line)
    assert "" == off(last)


@pytest.mark.parametrize(
    "left_out", [("# ben and eve open the link", "# ada says", "# ben vouches"), ("# ada says", "# ben vouches")]
)
def test_whom_ada_made_signs_nothing_before_somebody_says_that_they_are_others(
    world: World, left_out: tuple[str, ...]
) -> None:
    steps = [line for line in STEPS if not line.startswith(left_out)]
    at = next(n for n, line in enumerate(steps) if line.startswith("# ben and eve log in"))
    for line in steps[:at]:
        take(world, line)
    with pytest.raises(NotSecondError) as refused:
        take(world, steps[at])
    assert "one_hand" == refused.value.why


def test_nobody_lowers_what_the_profile_asks() -> None:
    """The named figure is of the profile as it is shipped."""
    assert [] == [line for line in STEPS if "profiles" in line or "CHAFFINCH_CONFIGS" in line]


def test_a_home_of_six_days_lacks_neutrality_alone_and_says_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    *steps, last = STEPS
    monkeypatch.setitem(globals(), "DAY", timedelta(days=5) / 7)  # eight batches on six dates
    for line in steps:
        take(world, line)
    assert off(last).startswith("neutrality:")
    assert "not enough yet" in off(last)


def test_what_each_step_is_for_is_off_before_it(world: World) -> None:
    lacking = {
        "make demo": "training_loop:",
        "chaffinch users create li": "live_page:",
        "chaffinch users create ada": "two_people:",
        "chaffinch users create mei": "staffing:",
        "chaffinch agreement publish": "agreement_texts:",
        "chaffinch audit neutrality": "neutrality:",
        "make proof": "neutrality_proof:",
        "for thing in": "evidence:",
    }
    assert all(1 == sum(line.startswith(start) for line in STEPS) for start in lacking)
    told = off(STEPS[-1])
    assert [] == [check for check in lacking.values() if check not in told], told
