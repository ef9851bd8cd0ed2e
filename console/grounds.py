"""Grounds that a form offers: those that have their words in both languages."""

from __future__ import annotations

from console.visit import Visit
from governance.wording import ground_in
from moderation.policy import Policy
from records.house_queues import Redress

HOUSE_RULES = "platform-rules"
"""The book of the house's own rules, one for each label and ground (`[books]` of `configs/notices.toml`)."""


def grounds_for(visit: Visit, policy: Policy, redress: Redress) -> list[tuple[str, str]]:
    """Each as it is kept, and its title in the reader's language: the policy's, then the house's rules."""
    own = [f"{HOUSE_RULES}:{code}" for code in redress.titles] if HOUSE_RULES in redress.books else list(redress.titles)
    offered = dict.fromkeys([policy.grounds["default"], *own])
    return [(each, ground_in(each, visit.preferences.locale, redress)) for each in offered]
