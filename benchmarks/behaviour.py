"""A million comments through the windows: `python benchmarks/behaviour.py [--comments N]`.

Beside it, in the same run: what a plain program would do, a dictionary from the text's blake2b to a counter, which
finds exact copies alone and grows with every comment. Comments are made for this run: most are new, some are copies of
a few adverts with other decoration, other numbers, and now and then other words; all within a quarter of an hour, so
that nothing ages out.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
from collections.abc import Iterator
from hashlib import blake2b
from itertools import accumulate, islice
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moderation.behaviour import Behaviour, Observation, signature_of
from moderation.normaliser import Normalised, normalise

START = 1_770_000_000.0
SECONDS = 900.0
ADVERTS = (
    "高价回收各种礼品卡，当天结算，长期有效，量大价更高，欢迎同行合作",
    "手工活外发在家就能做，一天一结不收押金，名额不多先到先得",
    "真人粉丝自助下单，播放点赞都有，秒到账不掉粉，售后一年",
    "低价流量卡全国通用，首月免租，激活返现，代理长期招募中",
)
WORDS = 5_000
BATCH = 10_000


def comments(number: int, chance: random.Random) -> Iterator[tuple[str, int, int, bool]]:
    """Text, account, thread, whether it is an advert's copy: one in fifty. The others are words as often as in life."""
    words = ["".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(2)) for _ in range(WORDS)]
    weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
    for _ in range(number):
        if chance.random() < 0.02:
            text = f"{chance.choice(ADVERTS)}{'🌹' * chance.randrange(3)}编号{chance.randrange(10_000)}"
            yield text, chance.randrange(1, 5_000), chance.randrange(1, 2_000), True
            continue
        text = "".join(chance.choices(words, cum_weights=weights, k=chance.randrange(4, 24)))
        yield text, chance.randrange(1, 60_000), chance.randrange(1, 20_000), False


def main() -> None:
    """Prints memory and time, each beside the baseline's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000)
    number = parser.parse_args().comments
    chance = random.Random(7)
    behaviour, exact = Behaviour(), dict[bytes, list[float]]()
    bound = behaviour.nbytes
    reading = counting = plain = 0.0
    copies = found = found_exactly = done = false = fresh = 0
    stream = comments(number, chance)
    while done < number:
        rows = list(islice(stream, BATCH))
        texts = [normalise(text) for text, *_ in rows]
        for text in texts:
            _ = text.canonical
        moments = [START + SECONDS * (done + at) / number for at in range(len(rows))]
        begun = perf_counter()
        signatures = [signature_of(text) for text in texts]
        reading += perf_counter() - begun
        seen = [
            Observation(at, signature, account, thread)
            for at, signature, (_, account, thread, _) in zip(moments, signatures, rows, strict=True)
        ]
        begun = perf_counter()
        told = [behaviour.count(each).features.get("duplicates_1h", 1) for each in seen]
        counting += perf_counter() - begun
        begun = perf_counter()
        counts = [note(exact, text, at) for text, at in zip(texts, moments, strict=True)]
        plain += perf_counter() - begun
        for duplicates, count, (*_, is_copy) in zip(told, counts, rows, strict=True):
            copies += is_copy
            found += is_copy and duplicates > 1
            found_exactly += is_copy and count > 1
            fresh += not is_copy
            false += not is_copy and duplicates > 1
        done += len(rows)
        exact_bytes = sys.getsizeof(exact) + len(exact) * PLAIN_ENTRY
    print(f"{number:,} comments, {copies:,} of them copies of {len(ADVERTS)} adverts")
    print(f"windows: {bound / 1e6:.0f} MB from first to last (bound stated and kept: {behaviour.nbytes == bound})")
    print(f"dictionary: {exact_bytes / 1e6:.0f} MB and growing ({len(exact):,} keys)")
    print(f"fingerprint {reading / number * 1e6:.1f} us a comment, windows {counting / number * 1e6:.1f} us")
    print(f"dictionary of blake2b {plain / number * 1e6:.1f} us a comment")
    print(f"copies seen as copies: windows {found / copies:.2%}, dictionary {found_exactly / copies:.2%}")
    print(f"others seen as copies: windows {false / fresh:.3%}")
    print(f"largest memory of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


PLAIN_ENTRY = sys.getsizeof(bytes(8)) + sys.getsizeof([0.0]) + sys.getsizeof(0.0)
"""Bytes of a key, its list and one moment in it."""


def note(exact: dict[bytes, list[float]], text: Normalised, at: float) -> int:
    """How often this very text came, in a table that keeps every one."""
    moments = exact.setdefault(
        blake2b(text.canonical.text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), []
    )
    moments.append(at)
    return len(moments)


if __name__ == "__main__":
    main()
