"""Who had a part in what a finding of a neutrality audit is about: they are asked, and somebody else answers.

A finding *in all*, about a rule or around a date names nobody, and yet people made it. Whose acts are more than a small
share of those of either side that people stand behind had a part: what the machine did alone dilutes nobody's part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from eval.leaning import Change, Comparison
from eval.leaning_pairs import Observed

SMALL = 0.05
"""Up to this share of what people did is too little to have made a finding."""

Who = Callable[[Observed], Collection[str]]


def parts(rows: Sequence[Observed], finding: Comparison | Change) -> tuple[str, ...]:
    """Names, as records have them, of those with a part in it."""
    mine = [each for each in rows if finding.axis in each.groups]
    sides = [
        [each for each in mine if (each.groups[finding.axis] == finding.group) is theirs] for theirs in (True, False)
    ]
    found = {name for side in sides for who in _acts(finding) for name in _beyond_small(side, who)}
    return tuple(sorted(found))


def _beyond_small(rows: Sequence[Observed], who: Who) -> set[str]:
    behind = [people for each in rows if (people := who(each))]
    counted = Counter(name for people in behind for name in people)
    return {name for name, many in counted.items() if many > SMALL * len(behind)}


def _acts(finding: Comparison | Change) -> tuple[Who, ...]:
    """By whom what is compared was done; passes are as few as removals are many."""
    if isinstance(finding, Change):
        return (_removed,)
    if finding.outcome == "hit":
        name = finding.name
        return (lambda each: each.refused_by | each.held_by if name in each.rules else (),)
    acts: dict[str, tuple[Who, ...]] = {
        "removed": (_removed,),
        "measured": (_removed,),
        "stopped": (),
        "passed": (_removed, lambda each: each.passed_by),
        "let_pass": (lambda each: each.let_by,),
        "recommended": (lambda each: {each.recommended_by} - {""},),
        "pardoned": (lambda each: {each.pardoned_by} - {""},),
        "held": (lambda each: each.held_by,),
        "put_off": (lambda each: each.put_off.keys(),),
        "undecided": (lambda each: each.put_off.keys(), lambda each: each.held_by),
        "waited": (lambda each: {*each.put_off, each.moderator} - {""}, lambda each: each.held_by),
    }
    return acts[finding.outcome]


def _removed(each: Observed) -> Collection[str]:
    return each.removed_by
