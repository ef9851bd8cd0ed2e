"""Makes `erlang_by_pyworkforce.csv`, which our Erlang C is held against: what `pyworkforce` says of the same cases.

    python3.13 -m venv /tmp/pyworkforce && /tmp/pyworkforce/bin/pip install pyworkforce==0.5.4
    /tmp/pyworkforce/bin/python tests/governance/erlang_by_pyworkforce.py

It is no dependency of ours, not even of the tests (decision 74). Of each case: cases an hour, seconds that one takes,
seconds of the promise, the share wanted, the highest occupancy; then what the package says: people, the share within
the promise, the share that waits, the occupancy. Two lines of each: as many people as it asks for, and one more.
"""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

HEAD = ("an_hour", "handling", "wait", "share", "most_busy", "kind", "people", "within", "waits", "occupancy")
FILE = Path(__file__).with_suffix(".csv")

AN_HOUR = (2, 18, 55, 240, 1500)
HANDLING = (20, 45, 180)
WISHES = ((20, 0.8, 1.0), (300, 0.9, 0.85), (3600, 0.95, 0.85))


def main() -> None:
    """Writes the file anew."""
    from pyworkforce import ErlangC, __version__

    with FILE.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# pyworkforce {__version__}, made by tests/governance/erlang_by_pyworkforce.py\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(HEAD)
        for an_hour, handling, (wait, share, most) in product(AN_HOUR, HANDLING, WISHES):
            # The package counts in minutes.
            erlang = ErlangC(transactions=an_hour, aht=handling / 60, asa=wait / 60, interval=60)
            people = erlang.required_positions(service_level=share, max_occupancy=most)["raw_positions"]
            for kind, number in (("asked", people), ("more", people + 1)):
                said = (
                    erlang.service_level(number),
                    erlang.waiting_probability(number),
                    erlang.achieved_occupancy(number),
                )
                table.writerow((an_hour, handling, wait, share, most, kind, number, *(f"{one:.10f}" for one in said)))


if __name__ == "__main__":
    main()
