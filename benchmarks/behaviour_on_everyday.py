"""Ghosts of the windows: near copies and bursts among harmless comments that nobody spread.

    chaffinch data build everyday && python benchmarks/behaviour_on_everyday.py [--comments 20000]

Each incident of the snapshot is a thread, accounts are dealt out by chance, and all fall within fifty minutes: denser
than life, so that what is found errs upwards.
"""

from __future__ import annotations

import argparse
import random
from hashlib import blake2b

from chaffinch.settings import load_settings
from data.snapshot import find
from moderation.behaviour import Behaviour, Observation, signature_of
from moderation.normaliser import normalise

START, SECONDS = 1_770_000_000.0, 3_000.0


def main() -> None:
    """Prints how many have a fingerprint, how many a near copy, how many belong to a burst."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=20_000)
    wanted, chance = parser.parse_args().comments, random.Random(5)
    snapshot = find("everyday", load_settings().home / "snapshots")
    sides = [snapshot.split(side) for side in ("train", "validation", "test")]
    rows = [row for side in sides for row in zip(side.texts, side.groups, strict=True)]
    chance.shuffle(rows)
    rows = rows[:wanted]
    behaviour = Behaviour()
    long = copies = bursts = 0
    for at, (text, group) in enumerate(rows):
        signature = signature_of(normalise(text))
        thread = int.from_bytes(blake2b(group.encode(), digest_size=8).digest(), "little")
        account = chance.randrange(1, len(rows) * 3 // 4)
        seen = behaviour.count(Observation(START + SECONDS * at / len(rows), signature, account, thread))
        long += signature is not None
        copies += seen.features.get("duplicates_1h", 1) > 1
        bursts += bool(seen.bursts)
    print(f"{len(rows):,} harmless comments in {len({group for _, group in rows}):,} threads")
    print(f"long enough to have a fingerprint: {long:,} ({long / len(rows):.1%})")
    print(f"with a near copy before them: {copies:,} ({copies / len(rows):.2%}); in a burst: {bursts}")


if __name__ == "__main__":
    main()
