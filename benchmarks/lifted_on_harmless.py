"""Disguises lifted where there are none: `python benchmarks/lifted_on_harmless.py [--show]`.

Over the rows of the starter corpus that were written to be harmless (`*.hard_negatives*`), in every language: how many
show a spelling of the tables or a character in parts (`moderation/lifted.py`) without a rule's hit, and with `--show`
which. Some do so rightly (加V in a warning is 微信 all the same), so they are to be read, not only counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from moderation.lifted import SPELLING, lifted
from moderation.normaliser import normalise

CORPUS = Path(__file__).resolve().parents[1] / "data" / "starter"


def main() -> None:
    """Prints the counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true", help="each row with what is read there")
    asked = parser.parse_args()
    rows = list(_rows())
    found = [(row, told) for row in rows if (told := _told(row))]
    for row, told in found if asked.show else ():
        print(told, row)
    print(f"{len(found)} of {len(rows)} harmless rows")


def _rows() -> Iterator[str]:
    for path in sorted(CORPUS.glob("*/*hard_negatives*.tsv")):
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        at = head.split("\t").index("text")
        yield from (line.split("\t")[at] for line in lines if line)


def _told(row: str) -> str:
    places = [one for one in lifted(normalise(row)) if one.how == SPELLING or len(one.read) == 1]
    return " ".join(f"{one.span.of(row)}→{one.read}" for one in places)


if __name__ == "__main__":
    main()
