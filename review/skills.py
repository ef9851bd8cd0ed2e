"""Who may be given which case: languages, labels and special trainings, of people and of programs' keys alike.

A case asks for its language (none where nobody could tell it), for what it is suspected of (none where it is suspected
of nothing), and for what its queue, its label or its language needs in this house (`records/house_queues.py`). Every
claim comes through `narrowed`, so that no way to a case forgets it; `can` says of one case what the queue is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from records import keys, users
from records.house_queues import HouseQueues, Needs
from records.house_values import KeyRecord, UserRecord
from records.overview import Unskilled
from records.unit_of_work import Reading
from records.waiting import UNKNOWN, Asking, Wanted

BY_KEY = "key:"
"""Stands before the prefix of a key in the name of a program that claims."""

NOTHING = Needs()


@dataclass(frozen=True, slots=True)
class Skills:
    """What somebody is given cases of; None: all languages, all labels. `trainings` are those that they have."""

    languages: frozenset[str] | None = None
    labels: frozenset[str] | None = None
    trainings: frozenset[str] = frozenset()

    def lacks(self, needs: Needs) -> bool:
        """Whether something of what is needed is missing."""
        return not (
            self.trainings.issuperset(needs.skills)
            and (self.languages is None or self.languages.issuperset(needs.languages))
            and (self.labels is None or self.labels.issuperset(needs.labels))
        )


def skills_of(who: UserRecord | KeyRecord | None) -> Skills:
    """Of a person or a key; whoever is neither has every language and label, and no special training."""
    if who is None:
        return Skills()
    return Skills(
        None if who.languages is None else frozenset(who.languages),
        None if who.subjects is None else frozenset(who.subjects),
        frozenset(who.skills or ()),
    )


def find(look: Reading, moderator: str) -> Skills:
    """Of whoever acts under this name: a user's id, or `key:<prefix>`."""
    if moderator.startswith(BY_KEY):
        return skills_of(keys.by_prefix(look, moderator.removeprefix(BY_KEY)))
    return skills_of(users.find(look, moderator))


def narrowed(look: Reading, moderator: str, wanted: Wanted) -> Wanted:
    """What is `wanted`, as far as they have the skills for it."""
    skills, house = find(look, moderator), look.queues
    return replace(
        wanted,
        languages=_both(wanted.languages, skills.languages),
        subjects=_both(wanted.subjects, skills.labels),
        not_queues=tuple(queue for queue, needs in house.needs.items() if skills.lacks(needs)),
        not_labels=_untrained(house.by_label, skills),
        not_languages=_untrained(house.by_language, skills),
    )


def can(skills: Skills, house: HouseQueues, waiting: Unskilled) -> bool:
    """Whether a case of this queue, language and label may be given to somebody with these skills."""
    queue, lang, label = waiting.queue, waiting.lang, waiting.label
    reads = skills.languages is None or lang in skills.languages or lang == UNKNOWN
    judges = skills.labels is None or label is None or label in skills.labels
    return reads and judges and not skills.lacks(needs_of(house, queue, lang, label))


def needs_of(house: HouseQueues, queue: str, lang: str, label: str | None) -> Needs:
    """What the house asks of whoever decides such a case, beside its own language and label."""
    needs = house.needs.get(queue, NOTHING)
    more = (*house.by_label.get(label or "", ()), *house.by_language.get(lang, ()))
    return replace(needs, skills=(*needs.skills, *more))


def asking_for(house: HouseQueues, training: str) -> Asking:
    """What asks for this special training; nothing does for one that the house has not."""
    return Asking(
        tuple(queue for queue, needs in house.needs.items() if training in needs.skills),
        tuple(label for label, trainings in house.by_label.items() if training in trainings),
        tuple(lang for lang, trainings in house.by_language.items() if training in trainings),
    )


def nobody_can(people: Sequence[Skills], house: HouseQueues, waiting: Sequence[Unskilled]) -> tuple[Unskilled, ...]:
    """What of all that waits none of these people may be given."""
    return tuple(one for one in waiting if not any(can(each, house, one) for each in people))


def _both(asked: Collection[str] | None, has: Collection[str] | None) -> tuple[str, ...] | None:
    """What is in both; None is everything."""
    if asked is None or has is None:
        found = has if asked is None else asked
        return None if found is None else tuple(sorted(found))
    return tuple(sorted(set(asked) & set(has)))


def _untrained(needing: Mapping[str, tuple[str, ...]], skills: Skills) -> tuple[str, ...]:
    return tuple(name for name, trainings in needing.items() if not skills.trainings.issuperset(trainings))
