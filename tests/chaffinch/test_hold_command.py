"""`chaffinch hold`, and what it keeps from `erase` and `retention`, as they are typed."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chaffinch.settings import load_settings
from chaffinch.wiring import open_database
from governance import four_eyes
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.errors import ConflictError, InvalidInputError
from moderation.taxonomy import load_taxonomy
from records import approvals, ledger
from tests.chaffinch.test_erase_command import AUTHOR, CANARY, WHY, everything, filled, typed

__all__ = ["filled"]

FOR = ("Court of X", "--reference", "C 12", "--ground", "order of 3 March", *WHY)
UNTIL = ("--until", f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}")


def held(*what: str) -> str:
    """Asked for as it is typed, and agreed to by somebody else in the console; its id."""
    asked = typed("hold", "set", *FOR, *UNTIL, *what, "--json")
    assert 0 == asked.exit_code, asked.output
    told = json.loads(asked.stdout)
    now = datetime.now(UTC)
    with closing(open_database(load_settings())) as database, database.unit() as unit:
        standards = Standards(load_taxonomy(), now.date())
        four_eyes.answer(unit, told["approval_id"], Word("ben", True, "genuine"), standards=standards, now=now)
        unit.commit()
    return str(told["id"])


def test_what_is_held_stays_and_goes_once_that_is_lifted(filled: Path) -> None:
    assert filled
    hold = held("--author", AUTHOR)
    refused = typed("erase", AUTHOR, *WHY, "--yes")
    assert isinstance(refused.exception, ConflictError)
    assert hold in str(refused.exception)
    assert CANARY in everything()
    assert "Held for an authority" not in typed("retention", "--dry-run").stdout  # nothing is old yet
    [listed] = json.loads(typed("hold", "list", "--json").stdout)
    assert ("in_force", False, True) == (listed["state"], listed["tell"], listed["withstood_at"] is not None)
    lifted = typed("hold", "lift", hold, "--by", "mia", "--why", "the case is closed")
    assert (0, True) == (lifted.exit_code, "An erasure was asked for" in lifted.stdout)
    done = typed("erase", AUTHOR, *WHY, "--yes", "--json")
    assert (0, 0) == (done.exit_code, json.loads(done.stdout)["held"])
    assert CANARY not in everything()
    assert AUTHOR not in everything()


def test_the_pseudonym_may_come_on_standard_input_and_just_one_thing_is_named(filled: Path) -> None:
    assert filled
    asked = typed("hold", "set", *FOR, *UNTIL, "--author", "-", given=f"{AUTHOR}\n")
    assert (0, True) == (asked.exit_code, "waits for a second person" in asked.stdout), asked.output
    for what in ((), ("--author", "a", "--comment", "c")):
        assert isinstance(typed("hold", "set", *FOR, *UNTIL, *what).exception, InvalidInputError)


@pytest.mark.parametrize("tell", [True, False])
def test_an_export_speaks_of_it_where_it_may(filled: Path, tell: bool) -> None:
    assert filled
    held("--author", AUTHOR, *["--tell"] * tell)
    assert tell == ("Court of X" in typed("export-author", AUTHOR, *WHY).stdout)


def test_words_of_a_hold_are_taken_out_by_two_people(filled: Path) -> None:
    assert filled
    hold = held("--author", AUTHOR)
    with closing(open_database(load_settings())) as database, database.reading() as look:
        entry = ledger.last(look, "hold.set", hold)
    assert entry
    asked = typed("audit", "remove-words", entry.id, "--by", "mia", "--why", "it names somebody")
    assert (0, True) == (asked.exit_code, "words of this hold" in asked.stdout), asked.output
    again = typed("audit", "remove-words", entry.id, "--by", "mia", "--why", "it names somebody")
    assert isinstance(again.exception, ConflictError)
    with closing(open_database(load_settings())) as database, database.reading() as look:
        [question] = approvals.waiting(look, subject_id=entry.id)
    assert ("words.remove", hold) == (question.kind, question.facts["record_id"])
