"""How many hand-written disguises are seen, and how many look-alikes are taken for one: `python benchmarks/judged.py`.

By kind, for the sets that the authors of views and rules know, for one that they hear counts of alone (`held`), and for
the blind one. No row is shown: who mends a kind writes examples of their own. `python benchmarks/judged.py known
development second held` spends no look at the blind set.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moderation.rules import sees

JUDGED = Path(__file__).resolve().parent.parent / "tests" / "moderation" / "judged"
SETS = {
    "known": JUDGED, "development": JUDGED / "development", "second": JUDGED / "second", "held": JUDGED / "held",
    "third": JUDGED / "third", "third_held": JUDGED / "third_held", "fourth": JUDGED / "fourth",
    "fifth": JUDGED / "fifth", "sixth": JUDGED / "sixth", "sixth_held": JUDGED / "sixth_held",
    "seventh": JUDGED / "seventh", "seventh_held": JUDGED / "seventh_held",
    "eighth": JUDGED / "eighth", "eighth_held": JUDGED / "eighth_held",
    "blind": JUDGED / "blind",
}  # fmt: skip


def main() -> None:
    """Prints a line for each set and file, and the kinds that fail; of the sets named, or of all."""
    names = sys.argv[1:] or list(SETS)
    if unknown := sorted({*names} - {*SETS}):
        sys.exit(f"There is no set {', '.join(unknown)}. Name any of {', '.join(SETS)}, or none for all of them.")
    for name in names:
        folder = SETS[name]
        disguises, look_alikes = rows(folder / "disguises.tsv"), rows(folder / "look_alikes.tsv")
        missed = [kind for text, term, kind in disguises if not sees(text, term)]
        ghosts = [kind for text, term, kind in look_alikes if sees(text, term)]
        print(f"{name}: {len(disguises) - len(missed)} of {len(disguises)} disguises seen; missed: {told(missed)}")
        print(f"{name}: {len(ghosts)} of {len(look_alikes)} look-alikes are ghosts: {told(ghosts)}")


def rows(path: Path) -> list[tuple[str, str, str]]:
    """Text, term and kind of every row. Splits at newlines only: a text may hold other separators."""
    lines = path.read_text("utf-8").rstrip("\n").split("\n")[1:]
    return [(text, term, kind) for text, term, _, kind, _ in (line.split("\t") for line in lines)]


def told(kinds: list[str]) -> str:
    """`initials 10, reversed 9`."""
    return ", ".join(f"{kind} {count}" for kind, count in Counter(kinds).most_common()) or "none"


if __name__ == "__main__":
    main()
