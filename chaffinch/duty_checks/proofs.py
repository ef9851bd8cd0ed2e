"""What `make proof` found, by test: `tests/conftest.py` keeps the last outcome of each (`tests/proofs.py`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from chaffinch.code_version import code_version
from chaffinch.duty_words import say, see
from chaffinch.installation import PROOF, Installation
from governance.duties import Found

FOLDER = "outcomes"
CLOCKS_APART = timedelta(minutes=10)
NAMED = {
    "a_hundred_killed_sealers_leave_a_whole_ledger": "proof.killed_sealers",
    "planted_bias_is_found": "proof.planted_bias",
    "fair_data_stays_quiet": "proof.fair_data",
}
"""Proofs that checks ask for, whose names are said in both languages (`words/`)."""


def all_passed(place: Installation, *, tests: Sequence[str]) -> Found:
    """Whether each of these proofs passed; the first that did not says why."""
    found = [passed(place, test=test) for test in tests]
    if lacking := [each for each in found if not each.holds]:
        return lacking[0]
    en, zh = "; ".join(each.seen for each in found), "；".join(each.seen_zh for each in found)
    return Found(True, en, min(each.at for each in found if each.at), zh)


def passed(place: Installation, *, test: str) -> Found:
    """Whether every case of the proof passed when it was last run whole, over the code that runs, not long ago."""
    place.did.add(PROOF)
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((place.proofs / FOLDER).glob("*.json"))]
    mine = [each for each in found if each["test"].partition("[")[0] == test]
    plain = test.rpartition("::")[2].removeprefix("test_")
    name = say(NAMED[plain]) if plain in NAMED else plain.replace("_", " ")
    if not mine:
        return see(False, None, "proofs.passed_2", name=name)
    at = min(datetime.fromisoformat(each["at"]) for each in mine)
    if broken := [each for each in mine if each["outcome"] != "passed"]:
        first = broken[0]
        return see(False, at, "proofs.passed_3", test=first["test"], outcome=first["outcome"], at=at)
    share = min(each["share"] for each in mine)
    if share < 1:
        return see(False, at, "proofs.passed_4", at=at, name=name, share=share)
    if any(each.get("code") != code_version() for each in mine):
        return see(False, at, "proofs.passed_5", at=at, name=name)
    if not place.now - timedelta(days=place.proof_days) <= at <= place.now + CLOCKS_APART:
        return see(False, at, "proofs.passed_6", at=at, name=name, days=place.proof_days)
    return see(True, at, "proofs.passed_1", name=name, at=at, code=code_version()[:12])
