"""How much it says that two accounts share a value, in bits (log2 of odds).

* **by kind**: an identity says more than a telephone, that more than a device; a network says next to nothing;
* **by who else has it**: of the hands that have a value, those of accounts that are held stand against those that have
  nothing to do with them. Each doubling of all of them over the held ones takes a bit away. A campus network is no
  evidence, nor is a device in an internet café; many accounts of a farm take nothing away, and the more of them are
  held, the less do strangers excuse who comes next.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from records.link_crowds import MOST_SHARED, Crowd

WEIGHTS: Mapping[str, float] = {"identity": 20.0, "phone": 14.0, "device": 12.0, "network": 4.0}
"""Bits that a value says which nobody else has."""

ENOUGH = 10.0
"""Bits from which a person is asked: an identity, a telephone of few, a device of very few; never a network alone."""

STRONG = frozenset(kind for kind, bits in WEIGHTS.items() if bits >= ENOUGH)
"""Kinds that may be enough alone: who shares none of them is not looked at."""


def weight(kind: str, others: int, *, held: int = 1) -> float:
    """Bits in a value that so many hands have besides the pair, `held` accounts of it being held; 0 at the least."""
    if others >= MOST_SHARED:
        return 0.0
    return max(0.0, WEIGHTS[kind] - math.log2(1 + others / max(1, held)))


def evidence(kind: str, crowd: Crowd, author_id: str, against: str) -> dict[str, Any]:
    """What two accounts share, weighed: its kind, how many have it, are held, and are others; never what it is."""
    others, held = crowd.others(author_id, against), len(crowd.held - {author_id} | {against})
    bits = weight(kind, others, held=held)
    return {"kind": kind, "accounts": crowd.accounts, "held": held, "others": others, "weight": round(bits, 3)}
