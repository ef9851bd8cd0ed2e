"""Asking people about comments that the service never saw: each is stored with a decision of today and a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from chaffinch.os_user import os_user
from chaffinch.settings import Settings
from chaffinch.wiring import key_folder, load_engine, open_database
from moderation.comment import Comment
from moderation.decision import Decision
from moderation.errors import InvalidInputError, NotFoundError
from review.chosen import Why, opening_for

if TYPE_CHECKING:
    from moderation.pipeline import Engine
    from records.database import Database
    from records.storing import Answered, Stored

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Question:
    """A comment, named by an id, the queue in which it will wait, and why. `decision` where there is one already."""

    comment: Comment
    queue: str
    why: Why
    decision: Decision | None = None


def ask_about(settings: Settings, questions: Iterable[Question], *, count: int, now: datetime) -> list[Stored]:
    """Stores the first `count` comments whose ids nobody stored before, with a case each.

    Some hundreds a transaction: whoever is stopped and comes again goes on behind what was stored. Raises
    `ConfigError`, `PartUnavailableError`.
    """
    asked: list[Stored] = []
    waiting = iter(questions)
    if count < 1:
        return asked
    engine = engine_of(settings)
    with closing(open_database(settings)) as database:
        while len(asked) < count and (some := list(islice(waiting, _AT_ONCE))):
            fresh = islice(_answered(engine, _unknown(database, some)), count - len(asked))
            asked += _stored(database, settings, list(fresh), now)
    return asked


def engine_of(settings: Settings) -> Engine:
    """The engine of this installation, or its rules alone while it has no model."""
    try:
        return load_engine(settings)
    except NotFoundError:
        return load_engine(settings, model="none")


def _unknown(database: Database, questions: Sequence[Question]) -> list[Question]:
    from records.comments import known_ids

    named = {each.comment.id: each for each in questions if each.comment.id}
    with database.reading() as look:
        known = known_ids(look, list(named))
    return [each for name, each in named.items() if name not in known]


def _answered(engine: Engine, questions: Sequence[Question]) -> Iterator[Answered]:
    """Comments that cannot be judged (nothing visible, too long) are passed over."""
    from records.ids import new_id
    from records.storing import Answered

    for each in questions:
        try:
            decision = each.decision or engine.judge(each.comment)
        except InvalidInputError:
            continue
        opening = opening_for(each.queue, decision, each.why)
        yield Answered(each.comment, decision, new_id(), latency_ms=0.0, opening=opening)


def _stored(database: Database, settings: Settings, answered: list[Answered], now: datetime) -> list[Stored]:
    from records.personal import open_keyring
    from records.storing import store_decisions

    if not answered:
        return []
    keyring = open_keyring(database, key_folder(settings), now=now)
    with database.unit(os_user=os_user()) as unit:
        stored = store_decisions(unit, answered, keyring=keyring, now=now)
        unit.commit()
    return stored
