"""What `make proof` found, by test: `tests/conftest.py` keeps the last outcome of each (`tests/proofs.py`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from chaffinch.installation import Installation
from governance.duties import Found

FOLDER = "outcomes"


def all_passed(place: Installation, *, tests: Sequence[str]) -> Found:
    """Whether each of these proofs passed; the first that did not says why."""
    found = [passed(place, test=test) for test in tests]
    if lacking := [each for each in found if not each.holds]:
        return lacking[0]
    return Found(True, "; ".join(each.seen for each in found), min(each.at for each in found if each.at))


def passed(place: Installation, *, test: str) -> Found:
    """Whether every case of the proof passed when it was last run whole."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((place.proofs / FOLDER).glob("*.json"))]
    mine = [each for each in found if each["test"].partition("[")[0] == test]
    name = test.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    if not mine:
        return Found(False, f"never run ({name}): make proof", None)
    at = min(datetime.fromisoformat(each["at"]) for each in mine)
    if broken := [each for each in mine if each["outcome"] != "passed"]:
        first = broken[0]
        return Found(False, f"{first['test']} {first['outcome']} on {at:%Y-%m-%d}: mend it, then make proof", at)
    share = min(each["share"] for each in mine)
    if share < 1:
        return Found(False, f"on {at:%Y-%m-%d} {name} ran at a share of {share:g}: make proof runs it whole", at)
    return Found(True, f"{name}, on {at:%Y-%m-%d}", at)
