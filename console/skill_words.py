"""Special trainings in the reader's words."""

from __future__ import annotations

from console.visit import Visit


def skill_titles(visit: Visit) -> dict[str, str]:
    """Titles by name, of what `configs/queues.toml` has."""
    return {name: getattr(rule.title, visit.preferences.locale) for name, rule in visit.parts.skills.items()}
