"""The numbers that fingerprints are made with, written down: a stored one must mean the same ever after.

Drawn once by numpy's PCG64 (seed 20,260,301), whose stream no later numpy promises to repeat (NEP 19).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_FACTORS = """
05861c9869457bdb 4616478049354a17 46fc8881e1455b71 4954092e6af1a281 4e1ca8aece127b61 d2ad862fd340746f
6ea7121091d918df 4864549d32ee3dff 30806d196ea7f479 aa84df1931ca18d3 f565f4dce32e6cdb de3e7ff699752591
1e6ed6f07c35e255 5ae99329974e454f f4c9e4cf0e584b7b c02095d6ad4c7a7b 4c7588a1b65865c7 7d6cb3e14d09e507
b7b2ef1f09b81193 ce14fe173e782be9 935c3865d39658ab 02a4152c5e64f355 65eb00c79346e471 2a54ea50f5b0406f
78c9a2430544e4c1 9b04e2f833779673 fe602c3e914d07c1 9aae21e81a7f481b 6277c2e9fa69e313 c700b13b127bb687
4d5bca945c0c6efb 89b24a6e452e113d 68d48b80422aff6d 89391322cb5e46c5 c2b5639cbc5a5e87 f2841d4114594c15
"""

_OFFSETS = """
436fcdc8ca185add 5325e05814ef07b3 10502bb978c9477d 3fd80fa2121dcbfa 578a09e4729af590 11ba60a217eedacf
28d40168730f5b3d 207faa4d898698d8 127802a93b8ffcb2 76f62d0e12c84d19 12680f05eaf3a4ac 07ae9c1647bccd9b
6fc0db67dd639cc3 677262787964403c 2128034eada10022 6a98642b492faea1 61637b9a96169802 2f25271f5a6242a6
342024f6c6c1638f 2a1198a2e868f3bc 402dd7ba5b3e76a5 67a8e7546000d41d 4291dab824f34e18 754100f5bb0a09b8
68dcdc6bf7a88894 698541af0e98e92d 5a9924e6e6299b56 778a2d809a61a362 5e6413863c4a0082 7b2fd9a67a25ffb7
2bdb9de27588c791 7435094566af1d0e 7c462b18cd108485 6d63e38748a9d554 7bc81242f8abad51 2f2c8dc137b8b442
"""

_MIXERS = "445129a7cec2a4f9 587a9e4d030e8bed 4ca25e4164364d71 40520c31bc77e0ef"


def _numbers(text: str) -> npt.NDArray[np.uint64]:
    return np.array([int(number, 16) for number in text.split()], np.uint64)


FACTORS = _numbers(_FACTORS)
"""`(36,)` odd numbers, one for each place of a fingerprint."""

OFFSETS = _numbers(_OFFSETS)
"""`(36,)`, beside them."""

MIXERS = _numbers(_MIXERS)
"""`(4,)` odd numbers: one for each character of a piece, and one that mixes."""
