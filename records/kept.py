"""What stays of an account that is erased while it is closed, suspended or on the blacklist: the least that holds it.

The keyed hash of its pseudonym, its standing measures without their words, the keyed hashes by which it would be known
if it came back; each until the measure's or the entry's own end, or for the time that the installation states. Texts,
pseudonym, statements, credit and every reason in words are gone as of anybody else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, or_, select, update

from moderation.lists import ACCOUNT, ListAction
from records import approvals, erased, holds, words_about
from records.commitments import new_salt
from records.entry_words import ERASED
from records.house_values import MEASURE_APPEALED, MEASURE_LIFTED, MEASURE_UNFOUNDED
from records.personal import Keyring
from records.standing_values import MeasureState
from records.tables import author_links, authors, list_entries, measures, returns
from records.unit_of_work import Reading, Unit

DAYS = 1095
"""How long a closing or an entry without an end of its own is kept, where no installation says otherwise."""

KEPT = ("suspend", "close")
STAYS: Mapping[str, tuple[str, ...]] = {
    "authors": ("id", "author_index", "salt", "erased_at", "kept_until"),
    "author_links": ("author_id", "kind", "link_index", "same_as"),
    "measures": ("author_id",),
}
"""Columns, by table, that outlive an erasure as long as something holds the account. `configs/processing.toml` has to
say so of them."""

_GONE = ""
"""In the place of a pseudonym that was erased: nothing that any key opens."""

_OPEN = (MeasureState.WAITING, MeasureState.IN_FORCE)
_FACTS = ("verified", "registered_at", "agreement_version", "consented_at", "consent_withdrawn_at")


@dataclass(frozen=True, slots=True)
class Stands:
    """What holds an account: ids of measures and of entries of lists, and until when that is kept at the most."""

    measures: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    until: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.measures or self.lists)


def stands(look: Reading, author_ids: Collection[str], *, now: datetime, days: int = DAYS) -> Stands:
    """What holds these rows of one account now; what has no end of its own is kept for so many days."""
    otherwise = now + timedelta(days=days)
    query = select(measures.c.id, measures.c.ends_at).where(_standing(author_ids)).order_by(measures.c.id)
    held = look.execute(query).all()
    listed = look.execute(_listed(author_ids, now)).all()
    ends = [row.ends_at or otherwise for row in held] + [row.expires_at or otherwise for row in listed]
    return Stands(tuple(row.id for row in held), tuple(row.id for row in listed), max(ends, default=None))


def keep(unit: Unit, author_ids: Sequence[str], until: datetime, *, now: datetime) -> None:
    """Leaves the least of an account: its rows without pseudonym and statements, standing measures without words."""
    bare = {**dict.fromkeys(_FACTS), "author_cipher": _GONE, "salt": new_salt(), "updated_at": now}
    kept = {**bare, "erased_at": now, "kept_until": until}
    unit.execute(update(authors).where(authors.c.id.in_(author_ids)).values(kept))
    wordless = {"reason_zh": ERASED, "reason_en": ERASED, "appeal_note": None}
    unit.execute(update(measures).where(_standing(author_ids)).values(wordless))


def is_kept(author_ids: Collection[str]) -> ColumnElement[bool]:
    """Rows of these that were erased already, and of whom nothing was stated since."""
    return and_(authors.c.id.in_(author_ids), authors.c.erased_at.is_not(None), authors.c.author_cipher == _GONE)


def was_erased(look: Reading, author_id: str) -> bool:
    """Whether the account was erased but for what holds it."""
    this = and_(authors.c.id == author_id, authors.c.erased_at.is_not(None))
    return look.execute(select(authors.c.id).where(this)).first() is not None


def indexes_of(look: Reading, author_id: str) -> list[str]:
    """The keyed hash of an account, as a list of one or none."""
    return list(look.execute(select(authors.c.author_index).where(authors.c.id == author_id)).scalars())


def due(look: Reading, *, now: datetime) -> list[str]:
    """Accounts of whom nothing has to be kept any more: their time is over, or nothing holds them."""
    query = select(authors.c.id, authors.c.author_index, authors.c.kept_until).where(authors.c.erased_at.is_not(None))
    found = look.execute(query.order_by(authors.c.id)).all()
    return [
        row.id
        for row in found
        if (row.kept_until is None or row.kept_until <= now or not stands(look, [row.id], now=now))
        and not holds.covers_author(look, [row.author_index], now=now)
    ]


def release(unit: Unit, author_id: str, *, now: datetime, why: str = "the account was erased") -> None:
    """Lets go what was kept: measures are of nobody and over, the hashes are gone.

    Where the platform stated something about the account since, the account stays, held by nothing.
    """
    erased.note_words(unit, words_about.forget_of_measures(unit, author_id), now=now)
    let_measures_be(unit, [author_id], now, why)
    came_back = unit.execute(
        select(authors.c.id).where(authors.c.id == author_id, authors.c.author_cipher != _GONE)
    ).first()
    if came_back:
        unit.execute(update(authors).where(authors.c.id == author_id).values(erased_at=None, kept_until=None))
        return
    erased.note_accounts(unit, [author_id], stays=False, now=now)
    unit.execute(delete(author_links).where(author_links.c.author_id == author_id))
    unit.execute(delete(returns).where(returns.c.author_id == author_id))
    unit.execute(delete(authors).where(authors.c.id == author_id))


def let_measures_be(
    unit: Unit, author_ids: Sequence[str], now: datetime, why: str = "the account was erased",
    *, but: Collection[str] = (),
) -> None:  # fmt: skip
    """Measures stay, of nobody: what holds or waits is over, since there is no account any more that it could hold."""
    mine = and_(measures.c.author_id.in_(author_ids), measures.c.id.not_in(list(but)))
    open_ = measures.c.state.in_(_OPEN)
    over = {"state": MeasureState.LIFTED, "ended_at": now, "ended_why": why}
    for each in unit.execute(select(measures.c.id).where(mine, open_)).scalars().all():
        for kind in (MEASURE_APPEALED, MEASURE_LIFTED, MEASURE_UNFOUNDED):  # questions about what is over
            approvals.overtake(unit, each, kind=kind, now=now)
    unit.execute(update(measures).where(mine, open_).values(over))
    gone = {"author_id": None, "reason_zh": ERASED, "reason_en": ERASED, "appeal_note": None}
    unit.execute(update(measures).where(mine).values(gone))


def known_again(unit: Unit, keyring: Keyring, row: Row[Any], author: str) -> None:
    """The platform states something about an account that was erased and is held: it is known by its name again."""
    if row.author_cipher == _GONE:
        cipher = keyring.encrypt("author", author)
        unit.execute(update(authors).where(authors.c.id == row.id).values(author_cipher=cipher))


def hashed_anew(unit: Unit, older: Collection[str], index: str) -> None:
    """The keyed hash of a kept account under another key, once its pseudonym comes by in a comment."""
    mine = and_(authors.c.author_index.in_(list(older)), authors.c.author_cipher == _GONE)
    unit.execute(update(authors).where(mine).values(author_index=index))


def _standing(author_ids: Collection[str]) -> ColumnElement[bool]:
    m = measures.c
    return and_(m.author_id.in_(list(author_ids)), m.measure.in_(KEPT), m.state.in_(_OPEN))


def _listed(author_ids: Collection[str], now: datetime) -> Select[Any]:
    e = list_entries.c
    mine = e.key.in_(select(authors.c.author_index).where(authors.c.id.in_(list(author_ids))))
    counts = and_(e.kind == ACCOUNT, mine, e.action == ListAction.BLOCK, e.removed_at.is_(None))
    holds = or_(e.expires_at.is_(None), e.expires_at > now)
    return select(e.id, e.expires_at).where(counts, holds).order_by(e.id)
