"""The threat model names tests that exist, and leaves out no point of ASVS 5.0.0, levels 1 and 2."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")

SECTIONS = (
    "1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 "
    "4.4:4 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 "
    "7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 "
    "11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 "
    "15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2"
)
"""How many requirements of each section are of level 1 or 2; in every section they come before those of level 3."""

VERDICTS = {"met", "partly", "**not met**", "*yours*", "n/a"}


def asked() -> Iterator[str]:
    for section in SECTIONS.split():
        name, _, count = section.partition(":")
        yield from (f"{name}.{number}" for number in range(1, int(count) + 1))


def answered() -> Iterator[str]:
    for points, verdict in re.findall(r"^\| ([\d., -]+) \| ([^|]+) \|", PAGE, re.MULTILINE):
        assert verdict in VERDICTS
        for point in points.split(", "):
            section, _, numbers = point.rpartition(".")
            first, _, last = numbers.partition("-")
            yield from (f"{section}.{number}" for number in range(int(first), int(last or first) + 1))


def test_every_point_is_read_once() -> None:
    assert 253 == len(list(asked()))
    assert Counter(asked()) == Counter(answered())


def test_the_tests_that_it_names_exist() -> None:
    missing = []
    for file, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE):
        text = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).exists() else ""
        if not text or (name and f"def {name}(" not in text):
            missing.append(f"{file}::{name}")
    assert [] == missing


def test_each_attacker_meets_something_that_a_test_holds() -> None:
    rows = PAGE.partition("## Who")[2].partition("## Keys")[0].splitlines()
    attackers = [row for row in rows if row.startswith("| ") and not row.startswith("| who | wants")]
    assert len(attackers) > 10
    assert [] == [row for row in attackers if "`tests/" not in row]
