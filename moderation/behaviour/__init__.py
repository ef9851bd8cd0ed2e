"""Behaviour over many comments: one text from many accounts, one contact from many, too much from one.

`signature` is a text as a small fingerprint, `slots` a table that never grows, `rates` and `crowds` what is counted in
one, `texts` near-duplicates, `watching` all of it together: an `Observation` goes in (`observing` makes that of a
comment), a `Seen` comes out. `hands` says of a campaign whether one hand or many people are behind it, `rushes` which
threads many come to at once. Everything is pure: who calls says what time it is, and two processes that are told the
same observations count the same.
"""

from moderation.behaviour.observation import FEATURES, Burst, BurstKind, Observation, Seen
from moderation.behaviour.observing import observed
from moderation.behaviour.signature import signature_of
from moderation.behaviour.texts import is_like
from moderation.behaviour.watching import Behaviour, Sizes

__all__ = [
    "FEATURES",
    "Behaviour",
    "Burst",
    "BurstKind",
    "Observation",
    "Seen",
    "Sizes",
    "is_like",
    "observed",
    "signature_of",
]
