"""What has to be kept because an authority or a court asked for it, and what of the records that covers.

A hold is on an author, on a comment, or on all that lies in the scope of an authority's request. While it stands
nothing erases what it covers (`records/erasing.py`). Whom it holds is kept as keyed hashes, one for each key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, false, insert, or_, select, update

from moderation.errors import NotFoundError
from records import inspections
from records.commitments import commit, new_salt
from records.ids import new_id
from records.inserting import insert_into
from records.inspections import Within
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import comment_revisions, comments, held_hashes, holds
from records.unit_of_work import Reading, Unit

PROVISIONAL = timedelta(days=3)
"""So long one that waits for a second person holds already: what it is about must not be gone when they look."""

HELD = "held"
"""What the commitment to a keyed hash says that it is of."""


class HoldKind(StrEnum):
    """What is held."""

    AUTHOR = "author"
    COMMENT = "comment"
    INSPECTION = "inspection"


class HoldState(StrEnum):
    """Where a hold stands. It is over by itself at its `until`, also before a worker wrote that down."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    DECLINED = "declined"
    LIFTED = "lifted"
    ENDED = "ended"


OVER = (HoldState.DECLINED, HoldState.LIFTED, HoldState.ENDED)


@dataclass(frozen=True, slots=True)
class HoldRecord:
    """A hold. `tell`: the person may be told. `withstood_at`: an erasure was asked for that it stood against."""

    id: str
    kind: HoldKind
    comment_id: str | None
    inspection_id: str | None
    salt: bytes | None = field(repr=False)
    authority: str
    reference: str
    ground: str
    tell: bool
    until: datetime | None
    review_at: datetime | None
    state: HoldState
    asked_by: str
    approved_by: str | None
    set_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    ended_why: str | None
    withstood_at: datetime | None
    created_at: datetime

    def stands(self, now: datetime) -> bool:
        """Whether nothing of what it covers is erased now."""
        if self.state is HoldState.WAITING:
            return now < self.created_at + PROVISIONAL
        return self.state is HoldState.IN_FORCE and (self.until is None or now < self.until)


def record(unit: Unit, values: Mapping[str, Any], indexes: Sequence[str], *, now: datetime) -> HoldRecord:
    """A new one, waiting; `indexes` are an author's keyed hashes under every key."""
    salt = new_salt() if indexes else None
    row = {**values, "id": new_id(), "salt": salt, "state": HoldState.WAITING.value, "created_at": now}
    made = _value(unit.execute(insert(holds).values(row).returning(holds)).one())
    if indexes:
        unit.execute(insert(held_hashes), [{"hold_id": made.id, "author_index": each} for each in indexes])
    return made


def get(look: Reading, hold_id: str) -> HoldRecord:
    """The hold. Raises `NotFoundError`."""
    found = look.execute(select(holds).where(holds.c.id == hold_id)).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no hold {hold_id}: see `chaffinch hold list`.")
    return _value(found)


def page(look: Reading, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[HoldRecord]:
    """All, the newest first."""
    return page_by_id(look, select(holds), holds.c.id, _value, asked_of("holds", limit, cursor), newest_first=True)


def standing(look: Reading, *, now: datetime) -> list[HoldRecord]:
    """Those that stand now, the oldest first."""
    open_ = holds.c.state.in_((HoldState.WAITING.value, HoldState.IN_FORCE.value))
    found = [_value(row) for row in look.execute(select(holds).where(open_).order_by(holds.c.id))]
    return [each for each in found if each.stands(now)]


def move(unit: Unit, hold_id: str, before: HoldState, **values: Any) -> HoldRecord | None:  # noqa: ANN401
    """Changes one that is in this state; None where it is no more. What is over says no more whom it held."""
    this = and_(holds.c.id == hold_id, holds.c.state == before.value)
    found = unit.execute(update(holds).where(this).values(**values).returning(holds)).one_or_none()
    if found is None:
        return None
    if values["state"] in OVER:
        unit.execute(delete(held_hashes).where(held_hashes.c.hold_id == hold_id))
    return _value(found)


def withstood(unit: Unit, hold_id: str, *, now: datetime) -> HoldRecord:
    """That an erasure was asked for which it stands against."""
    statement = update(holds).where(holds.c.id == hold_id).values(withstood_at=now).returning(holds)
    return _value(unit.execute(statement).one())


def over(look: Reading, *, now: datetime) -> list[HoldRecord]:
    """Those in force whose time has come."""
    due = and_(holds.c.state == HoldState.IN_FORCE.value, holds.c.until <= now)
    return [_value(row) for row in look.execute(select(holds).where(due).order_by(holds.c.id))]


def hashes_of(look: Reading, hold_id: str) -> list[str]:
    """The keyed hashes of whom it holds."""
    return list(look.execute(select(held_hashes.c.author_index).where(held_hashes.c.hold_id == hold_id)).scalars())


def handle_of(look: Reading, hold: HoldRecord) -> str | None:
    """The comment by which pages speak of what is held: the author's latest one; None where there is none."""
    if hold.kind is not HoldKind.AUTHOR:
        return hold.comment_id
    mine = comments.c.author_index.in_(hashes_of(look, hold.id))
    return look.execute(select(comments.c.id).where(mine).order_by(comments.c.id.desc()).limit(1)).scalar()


def author_commitment(salt: bytes, index: str) -> str:
    """To whom it holds, as the ledger has it."""
    return commit(salt, HELD, index).hex()


def hashed_anew(unit: Unit, older: Collection[str], index: str) -> None:
    """The same person under another key; what was hashed before is held as well."""
    found = select(held_hashes.c.hold_id).where(held_hashes.c.author_index.in_(list(older))).distinct()
    rows = [{"hold_id": each, "author_index": index} for each in unit.execute(found).scalars().all()]
    if rows:
        unit.execute(insert_into(held_hashes, unit.dialect).on_conflict_do_nothing(), rows)


def forget(unit: Unit, indexes: Collection[str]) -> None:
    """Whom holds that are over held: the person is erased."""
    unit.execute(delete(held_hashes).where(held_hashes.c.author_index.in_(list(indexes))))


def covered(look: Reading, *, now: datetime) -> ColumnElement[bool]:
    """Which rows of `comments` are held now; of a comment that was sent again as another's all of it, or none."""
    found = standing(look, now=now)
    if not found:
        return false()
    conditions = [comments.c.id.in_([each.comment_id for each in found if each.comment_id]), _wrote(_hashes(found))]
    conditions += [comments.c.id.in_(inspections.comments_in(within)) for within in _scopes(look, found)]
    return or_(*conditions)


def covers_author(look: Reading, indexes: Collection[str], *, now: datetime) -> list[HoldRecord]:
    """Those that stand now on an account itself."""
    mine = select(held_hashes.c.hold_id).where(held_hashes.c.author_index.in_(list(indexes)))
    ids = set(look.execute(mine).scalars())
    return [each for each in standing(look, now=now) if each.id in ids]


def covering(look: Reading, indexes: Collection[str], *, now: datetime) -> list[HoldRecord]:
    """Those that stand now on anything of an author: on the account, or on something that they wrote."""
    return [each for each in standing(look, now=now) if _touches(look, each, indexes)]


def count_covered(look: Reading, indexes: Collection[str], *, now: datetime) -> int:
    """How many comments of an author are held now."""
    wrote = comments.c.author_index.in_(list(indexes))
    return len(look.execute(select(comments.c.id).where(wrote, covered(look, now=now))).all())


def within(look: Reading, scope: Within, *, now: datetime) -> list[HoldRecord]:
    """Those that stand now on something that was decided about in the scope of a request."""
    found = []
    for each in standing(look, now=now):
        its = select(comments.c.id).where(comments.c.id.in_(inspections.comments_in(scope)), _of(look, each)).limit(1)
        if look.execute(its).first() is not None:
            found.append(each)
    return found


def _touches(look: Reading, hold: HoldRecord, indexes: Collection[str]) -> bool:
    if set(hashes_of(look, hold.id)) & set(indexes):
        return True
    return (
        look.execute(select(comments.c.id).where(_wrote(list(indexes)), _of(look, hold)).limit(1)).first() is not None
    )


def _of(look: Reading, hold: HoldRecord) -> ColumnElement[bool]:
    """Which rows of `comments` this one covers."""
    if hold.kind is HoldKind.COMMENT:
        return comments.c.id == hold.comment_id
    if hold.kind is HoldKind.AUTHOR:
        return _wrote(_hashes([hold]))
    [scope] = _scopes(look, [hold])
    return comments.c.id.in_(inspections.comments_in(scope))


def _wrote(indexes: Any) -> ColumnElement[bool]:  # noqa: ANN401 - texts, or a subquery of them
    """Which rows of `comments` these authors wrote, as they stand or as they stood before."""
    revised = comment_revisions.c
    earlier = select(revised.comment_id).where(revised.author_index.in_(indexes)).correlate(None)
    return or_(comments.c.author_index.in_(indexes), comments.c.id.in_(earlier))


def _hashes(found: Sequence[HoldRecord]) -> Any:  # noqa: ANN401 - a subquery of texts
    return select(held_hashes.c.author_index).where(held_hashes.c.hold_id.in_([each.id for each in found]))


def _scopes(look: Reading, found: Sequence[HoldRecord]) -> list[Within]:
    return [inspections.get(look, each.inspection_id).within for each in found if each.inspection_id]


def _value(row: Row[Any]) -> HoldRecord:
    return replace(value_of(HoldRecord, row, state=HoldState), kind=HoldKind(row.kind))
