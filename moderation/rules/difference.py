"""What two sets of rules say differently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from moderation.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Changed:
    """A field of a rule that is in both sets; lists without what stayed the same."""

    rule: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Ids of rules that one set alone has, and what changed in those that both have."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Changed, ...]

    @property
    def is_none(self) -> bool:
        """Whether both sets say the same."""
        return not (self.added or self.removed or self.changed)


def difference(before: Iterable[Rule], after: Iterable[Rule]) -> Difference:
    """What changed from `before` to `after`, by rule and field, sorted by id. For lists, what came and what went."""
    old, new = ({rule.id: rule for rule in rules} for rules in (before, after))
    return Difference(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(
            change for name in sorted(old.keys() & new.keys()) for change in _changes(name, old[name], new[name])
        ),
    )


def _changes(name: str, before: Rule, after: Rule) -> list[Changed]:
    changes = []
    for field in fields(Rule):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            if isinstance(old, tuple) and isinstance(new, tuple):  # of a list of hundreds, only what changed
                old, new = tuple(one for one in old if one not in new), tuple(one for one in new if one not in old)
            changes.append(Changed(name, field.name, _written(old), _written(new)))
    return changes


def _written(value: object) -> str:
    return ", ".join(map(_written, value)) if isinstance(value, tuple) else str(value)
