"""What is wrong with a ground, in the reader's language."""

from __future__ import annotations

from console.visit import Visit
from governance.grounds import GroundFault

_SENTENCES = {
    "article": "ground_fault.article",
    "act": "ground_fault.act",
    "item": "ground_fault.item",
    "form": "ground_fault.form",
    "free": "ground_fault.free",
    "free_near": "ground_fault.free_near",
}
"""By why a ground is refused."""


def in_words(visit: Visit, fault: GroundFault) -> str:
    """A sentence that says which articles there are, or which names the house knows."""
    title = fault.told.get(visit.preferences.locale, "")
    asked = {name: told for name, told in fault.told.items() if name not in ("zh", "en")}
    why = "free_near" if fault.why == "free" and fault.told["near"] else fault.why
    return visit.words(_SENTENCES[why], title=title, **asked)
