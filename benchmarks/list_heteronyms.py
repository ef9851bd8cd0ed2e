"""Writes `moderation/tables/heteronyms.tsv`: characters that words read otherwise than alone (行 in 银行).

    python benchmarks/list_heteronyms.py

Readings are those of pypinyin's phrases, weighed by how often jieba's dictionary has seen each phrase. One counts where
a character of daily writing has it in at least `SHARE` of what is seen of it.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

from pypinyin.phrases_dict import phrases_dict

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moderation.dictionary import dictionary
from moderation.readings import readings, without_tone
from moderation.views.parts import is_common

ROOT = Path(__file__).resolve().parent.parent

SHARE, SEEN_PHRASE, SEEN = 0.03, 3, 20
"""The least share of a reading, and how often a phrase and a reading must have been seen at all."""


def main() -> None:
    """Counts, and writes a line for each character with its other readings."""
    lines = [
        f"{char}\t{' '.join(others)}" for char, counts in sorted(counted().items()) if (others := other(char, counts))
    ]
    head = "char\treadings\n# Made by benchmarks/list_heteronyms.py from pypinyin's phrases; do not edit by hand.\n"
    (ROOT / "moderation" / "tables" / "heteronyms.tsv").write_text(head + "\n".join(lines) + "\n", "utf-8")
    print(f"{len(lines)} characters")


def counted() -> dict[str, Counter[str]]:
    """How often each character is seen with each reading, tones aside."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, told in phrases_dict.items():
        seen = dictionary().frequency(phrase)
        if seen >= SEEN_PHRASE:
            for char, reading in zip(phrase, told, strict=False):
                found[char][without_tone(reading[0])] += seen
    return found


def other(char: str, counts: Counter[str]) -> list[str]:
    """The readings that count besides the most usual, the commonest first."""
    if not is_common(char):
        return []
    usual = without_tone(readings()[ord(char)])
    least = max(SEEN, SHARE * counts.total())
    return [reading for reading, seen in counts.most_common() if reading != usual and seen >= least]


if __name__ == "__main__":
    main()
