"""What is wrong with a ground, in the reader's language."""

from __future__ import annotations

from console.visit import Visit
from governance.grounds import GroundFault


def in_words(visit: Visit, fault: GroundFault) -> str:
    """A sentence that says which articles there are, or which names the house knows."""
    title = fault.told.get(visit.preferences.locale, "")
    asked = {name: told for name, told in fault.told.items() if name not in ("zh", "en")}
    why = "free_near" if fault.why == "free" and fault.told["near"] else fault.why
    return visit.words(f"ground_fault.{why}", title=title, **asked)
