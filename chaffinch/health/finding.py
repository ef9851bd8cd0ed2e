"""What is said of one part, and the words for how it is."""

from __future__ import annotations

from dataclasses import dataclass

OK, ABSENT, OPEN, LATE, BROKEN = "ok", "absent", "open", "late", "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: how it is, what was seen, what to do.

    `absent` is what one may do without; `open` what runs or waits: an emergency, words on their way into the index;
    `late` what people owe; `broken` all else.
    """

    part: str
    state: str
    seen: str
    todo: str = ""
