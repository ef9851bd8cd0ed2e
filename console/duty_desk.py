"""What the page of duties needs of the composition root: profiles, the last run of one, and running it anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.duties import Profile


@dataclass(frozen=True, slots=True)
class DutyDesk:
    """`last(profile)` is what `chaffinch duties` found when it last ran, None before that.

    `run(profile)` runs it now and gives a sentence where that did not work, nothing where it did.
    """

    profiles: Callable[[], Sequence[Profile]]
    last: Callable[[str], Mapping[str, Any] | None]
    run: Callable[[str], str]
