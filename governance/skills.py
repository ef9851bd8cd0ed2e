"""Which cases a person or a program's key is given, set with an entry of the ledger."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from governance import access, accounts
from governance.queue_rules import LANGUAGE
from moderation.errors import Fault, InvalidInputError
from moderation.taxonomy import Taxonomy
from records import cases, keys, leases, users
from records.house_values import KeyRecord, UserRecord
from records.overview import Unskilled
from records.unit_of_work import Unit
from review.skills import can, skills_of


@dataclass(frozen=True, slots=True)
class Given:
    """Languages and labels (none: all of them) and special trainings (none: none)."""

    languages: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()


def checked(given: Given, taxonomy: Taxonomy, skills: Collection[str]) -> Given:
    """What is known here, each once. Raises `InvalidInputError` with every fault."""
    if faults := list(_faults(given, taxonomy, skills)):
        raise InvalidInputError("The skills cannot be used.", faults)
    return Given(*(tuple(dict.fromkeys(names)) for names in (given.languages, given.labels, given.skills)))


def of_person(unit: Unit, user_id: str, given: Given, *, by: str, now: datetime) -> UserRecord:
    """Sets a person's. What they have in hand and may no longer be given goes back.

    Raises `ForbiddenError` for one's own, `NotFoundError`.
    """
    accounts.check_is_other(unit, user_id, by)
    user = users.set_skills(
        unit, user_id, languages=given.languages, subjects=given.labels, skills=given.skills
    )  # fmt: skip
    theirs = skills_of(user)
    for case in leases.leased_by(unit, user_id, now=now):
        asked = Unskilled(case.queue, case.lang, case.label, 1, case.created_at)
        if not can(theirs, unit.queues, asked):
            leases.put_back(unit, cases.lock(unit, case.id))
    accounts.note_skills(unit, user, by=by, now=now)
    return user


def of_key(unit: Unit, prefix: str, given: Given, *, now: datetime) -> KeyRecord:
    """Sets a program's. Raises `NotFoundError`."""
    key = keys.set_skills(unit, prefix, languages=given.languages, subjects=given.labels, skills=given.skills)
    access.note_skills(unit, key, now=now)
    return key


def _faults(given: Given, taxonomy: Taxonomy, skills: Collection[str]) -> Iterator[Fault]:
    for name in given.languages:
        if not re.match(LANGUAGE, name):
            yield Fault("--language", f"'{name[:40]}' is no code of a language: zh, en, ko")
    for name in given.labels:
        if name not in taxonomy.names:
            yield Fault("--label", f"there is no label '{name[:40]}'; {taxonomy.hint(name)}")
    for name in given.skills:
        if name not in skills:
            known = ", ".join(skills) or "none yet"
            yield Fault("--skill", f"configs/queues.toml has no [skills.{name[:40]}]; it has: {known}")
