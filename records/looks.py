"""Who of the house opened what outside of the cases in their hands: a trace for whoever watches the watchers.

At most one for a person, a thing and an hour, however often they open it. A trace holds ids of records, and no text, no
pseudonym and no words that were searched for: of a list it holds a keyed hash of what was asked, and how many it
showed. Each day is told in the ledger once it is over, with a digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, distinct, func, select

from records.inserting import insert_into
from records.ledger import Actor, Entry, append, last
from records.tables import ledger, looks
from records.unit_of_work import Reading, Unit

COUNTED, FORGOTTEN = "looks.counted", "looks.forgotten"
_BY = Actor("system", "chaffinch")
_DAY = timedelta(days=1)
MOST = 1000
LIST = "list"
BY_SHELL = "os:"
"""Before the name of a user of the machine who typed a command."""

COMMAND = "command"
"""The page of a trace that a command left."""

_ONCE = ["who", "thing_kind", "thing_id", "hour"]


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody opened a thing on a page; `at`: first in its hour.

    `who`: a user's id, `key:` and a prefix, or `os:` and a user of the machine who typed a command. `shown`: of a list.
    """

    who: str
    thing_kind: str
    thing_id: str
    page: str
    at: datetime
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """How often somebody looked, at how many things, on how many days, when last."""

    who: str
    looks: int
    things: int
    last: datetime


def note(unit: Unit, who: str, things: Collection[tuple[str, str]], page: str, *, now: datetime) -> None:
    """That somebody opens these (`kind`, `id`) now; what is noted within the hour is noted once."""
    hour = _hour(now)
    rows = [
        {"who": who, "thing_kind": kind, "thing_id": thing_id, "page": page, "hour": hour, "at": now}
        for kind, thing_id in sorted(things)
    ]
    if rows:
        unit.execute(insert_into(looks, unit.dialect).values(rows).on_conflict_do_nothing(index_elements=_ONCE))


def note_list(unit: Unit, who: str, asked: str, page: str, shown: int, *, now: datetime) -> None:
    """That somebody reads a list now; `asked` is a keyed hash of what they asked for. Once an hour for each."""
    at = {"hour": _hour(now), "at": now}
    row = {"who": who, "thing_kind": LIST, "thing_id": asked, "page": page, "shown": shown, **at}
    unit.execute(insert_into(looks, unit.dialect).values(row).on_conflict_do_nothing(index_elements=_ONCE))


def _hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def sums(look: Reading, since: datetime) -> list[Sum]:
    """By person, who looked most first."""
    things = func.count(distinct(looks.c.thing_kind + ":" + looks.c.thing_id))
    columns = looks.c.who, func.count().label("number"), things.label("things"), func.max(looks.c.at).label("last")
    query = select(*columns).where(looks.c.at >= since).group_by(looks.c.who)
    rows = look.execute(query.order_by(func.count().desc(), looks.c.who))
    return [Sum(row.who, row.number, row.things, row.last) for row in rows]


def newest(
    look: Reading, *, who: str | None = None, kind: str | None = None, before: datetime | None = None, limit: int
) -> list[Look]:
    """Looks, the newest first; of one person, of one kind of thing, before a moment."""
    query: Select[Any] = select(looks).order_by(looks.c.at.desc(), looks.c.thing_id).limit(limit)
    for column, wanted in ((looks.c.who, who), (looks.c.thing_kind, kind)):
        query = query if wanted is None else query.where(column == wanted)
    if before is not None:
        query = query.where(looks.c.at < before)
    return [_value(row) for row in look.execute(query)]


def count_days(unit: Unit, *, now: datetime) -> int:
    """An entry for each day that is over and has none, by person; how many. The caller commits."""
    written = 0
    for day in _days(unit, before=now.astimezone(UTC).date()):
        if last(unit, COUNTED, day.isoformat()) is None:
            people = told(unit, day)
            facts = {"people": people, "looks": sum(each["looks"] for each in people.values())}
            append(unit, Entry(COUNTED, _BY, "day", day.isoformat(), "the day is over", "", facts=facts), now=now)
            written += 1
    return written


def forget(unit: Unit, *, before: date, now: datetime) -> int:
    """Removes the looks of days before this one, which are in the ledger; how many."""
    gone = unit.execute(delete(looks).where(looks.c.at < _midnight(before))).rowcount
    if gone:
        facts = {"before": before.isoformat(), "looks": gone}
        append(unit, Entry(FORGOTTEN, _BY, "day", before.isoformat(), "their time is over", "", facts=facts), now=now)
    return gone


def told(look: Reading, day: date) -> dict[str, dict[str, Any]]:
    """What an entry says of a day: by person how many looks there are, and the digest over them."""
    found: dict[str, list[Look]] = {}
    for each in _of_day(look, day):
        found.setdefault(each.who, []).append(each)
    return {who: {"looks": len(theirs), "digest": digest(theirs)} for who, theirs in sorted(found.items())}


def digest(theirs: Sequence[Look]) -> str:
    """SHA-256 over looks in their order, a line each."""
    lines = sorted(
        f"{each.thing_kind} {each.thing_id} {each.page} {each.at.astimezone(UTC).isoformat(timespec='microseconds')}"
        + ("" if each.shown is None else f" {each.shown}")
        for each in theirs
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def counted_days(look: Reading) -> Iterator[Row[Any]]:
    """The entries that tell of days."""
    query = select(ledger).where(ledger.c.kind == COUNTED).order_by(ledger.c.id)
    yield from look.execute(query.execution_options(yield_per=MOST))


def forgotten_before(look: Reading) -> str:
    """Before which day looks were forgotten; nothing where none were."""
    query = select(func.max(ledger.c.subject_id)).where(ledger.c.kind == FORGOTTEN)
    return look.execute(query).scalar_one_or_none() or ""


def _days(look: Reading, *, before: date) -> list[date]:
    """Days before this one of which there are looks."""
    first = look.execute(select(func.min(looks.c.at))).scalar_one_or_none()
    if first is None:
        return []
    days, day = [], first.astimezone(UTC).date()
    while day < before:
        days.append(day)
        day += _DAY
    return [each for each in days if any(True for _ in _of_day(look, each, limit=1))]


def _of_day(look: Reading, day: date, *, limit: int | None = None) -> Iterator[Look]:
    begins = _midnight(day)
    within = looks.c.at >= begins, looks.c.at < begins + _DAY
    yield from (_value(row) for row in look.execute(select(looks).where(*within).limit(limit)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _value(row: Row[Any]) -> Look:
    return Look(row.who, row.thing_kind, row.thing_id, row.page, row.at, row.shown)
