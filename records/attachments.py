"""What was sent beside a text, as a comment's row keeps it: kind, hash and words of each attachment, in one JSON text.

It belongs to the text: another attachment, other words of one or another order is another revision, and what is erased
of a text is erased of these. The ledger holds a commitment to the whole of it, with the salt of the text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from moderation.comment import Attachment

KIND = "attachments"
"""What the commitment is of (`records/commitments.py`)."""


def packed(attachments: Sequence[Attachment]) -> str | None:
    """As the column has it; None for none. Letters stand as they are, so that what is erased can be looked for."""
    if not attachments:
        return None
    told = [{"kind": each.kind, "sha256": each.sha256, "alt": each.alt} for each in attachments]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def unpacked(column: str | None) -> tuple[Attachment, ...]:
    """The inverse of `packed`; nothing of what is erased."""
    return tuple(Attachment(**each) for each in json.loads(column)) if column else ()


def kinds_of(column: str | None) -> tuple[str, ...]:
    """What kinds of things were sent beside a text, in their order."""
    return tuple(each.kind for each in unpacked(column))


def are_all_in(some: Sequence[Attachment], others: Sequence[Attachment]) -> bool:
    """Whether each of `some` is, with the same words, among `others`."""
    return not Counter(some) - Counter(others)
