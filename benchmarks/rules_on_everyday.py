"""How often the shipped rules touch ordinary comments: hits by rule over every side of the `everyday` snapshot.

chaffinch data build everyday && python benchmarks/rules_on_everyday.py
"""

from __future__ import annotations

from collections import Counter

from chaffinch.settings import load_settings
from chaffinch.wiring import load_engine
from data.snapshot import find
from moderation.decision import Outcome
from moderation.normaliser import normalise


def main() -> None:
    """Prints the share reviewed and blocked by rules alone, and which rules did it."""
    settings = load_settings()
    rules = load_engine(settings, model="none").rules
    snapshot = find("everyday", settings.home / "snapshots")
    texts = [text for side in ("train", "validation", "test") for text in snapshot.split(side).texts]
    hits: Counter[str] = Counter()
    touched: Counter[Outcome] = Counter()
    for text in texts:
        found = rules.find(normalise(text)) if rules else []
        hits.update(hit.rule.id for hit in found)
        if found:
            touched[max((hit.rule.action for hit in found), key=lambda action: action.severity)] += 1
    for outcome in (Outcome.REVIEW, Outcome.BLOCK):
        print(f"{outcome.value}: {touched[outcome]} of {len(texts)} ({touched[outcome] / len(texts):.3%})")
    for rule, count in hits.most_common():
        print(f"  {rule}: {count}")


if __name__ == "__main__":
    main()
