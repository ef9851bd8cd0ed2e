"""The labels' names in the reader's language."""

from __future__ import annotations

from console.visit import Visit


def titles_in(visit: Visit) -> dict[str, str]:
    """By label."""
    return {label.name: getattr(label.title, visit.preferences.locale) for label in visit.parts.taxonomy.labels}
