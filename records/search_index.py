"""The index itself: what is marked as changed, entries with their words, and places that have them.

`search_words` is each database's own: FTS5 on SQLite, `tsvector` with GIN on PostgreSQL. Everything that differs stands
here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, text

from records.ids import new_id
from records.search_words import Term
from records.tables import decisions, search_entries, search_pending
from records.unit_of_work import Reading, Unit

OWN_TABLES = ("search_words", "search_words_config", "search_words_content", "search_words_data", "search_words_idx")
"""Tables that the databases' own search keeps; no code draws them."""

_RANDOM_BITS = 8

_PUT = {
    "sqlite": text("INSERT INTO search_words (rowid, words) VALUES (:place, :words)"),
    "postgresql": text(
        "INSERT INTO search_words (place, words) VALUES (:place, array_to_tsvector(string_to_array(:words, ' ')))"
    ),
}
_DROP = {
    "sqlite": text("DELETE FROM search_words WHERE rowid = :place"),
    "postgresql": text("DELETE FROM search_words WHERE place = :place"),
}
_FIND = {
    "sqlite": text(
        "SELECT rowid AS place FROM search_words WHERE search_words MATCH :sought"
        " AND rowid < :before AND rowid >= :since ORDER BY rowid DESC LIMIT :count"
    ),
    "postgresql": text(
        "SELECT place FROM search_words WHERE words @@ CAST(:sought AS tsquery)"
        " AND place < :before AND place >= :since ORDER BY place DESC LIMIT :count"
    ),
}
_COUNT = {
    "sqlite": text("SELECT count(*) FROM search_words WHERE search_words MATCH :sought"),
    "postgresql": text("SELECT count(*) FROM search_words WHERE words @@ CAST(:sought AS tsquery)"),
}

WALKED = 5_000
"""So many of the latest entries PostgreSQL looks at one by one before it asks its index."""

_WALK = text(
    "SELECT place FROM (SELECT place, words FROM search_words WHERE place < :before AND place >= :since"
    " ORDER BY place DESC LIMIT :walked) AS latest WHERE words @@ CAST(:sought AS tsquery)"
    " ORDER BY place DESC LIMIT :count"
)
"""GIN gives what it found in no order: of words that a tenth of a million entries have, all would be fetched and sorted
for one page, and the planner takes words that stand together (those of a phrase) for rare ones."""


def mark(unit: Unit, comment_ids: Iterable[str]) -> None:
    """Their entries are no longer true; `search.catch_up` makes them anew.

    A row for each mark and none shared: no writer waits here for another, or for the worker.
    """
    rows = [{"id": new_id(), "comment_id": comment_id} for comment_id in comment_ids]
    if rows:
        unit.execute(insert(search_pending), rows)


def mark_decided(unit: Unit, decision_id: str) -> None:
    """As `mark`, for the comment that a decision is about."""
    about = select(decisions.c.comment_id).where(decisions.c.id == decision_id)
    mark(unit, unit.execute(about).scalars().all())


def forget(unit: Unit, comment_ids: Collection[str]) -> None:
    """Takes their entries out, with every word."""
    places = places_of(unit, comment_ids)
    if places:
        unit.execute(_DROP[unit.dialect], [{"place": place} for place in places])
        unit.execute(delete(search_entries).where(search_entries.c.place.in_(places)))


def write(unit: Unit, words: Mapping[str, Collection[str]]) -> None:
    """Entries of comments that have none, by comment id."""
    places = _free_places(unit, words)
    if places:
        rows = [{"place": place, "comment_id": comment_id} for comment_id, place in places.items()]
        unit.execute(insert(search_entries), rows)
        told = [{"place": place, "words": " ".join(sorted(words[one]))} for one, place in places.items()]
        unit.execute(_PUT[unit.dialect], told)


def places(look: Reading, terms: Sequence[Term], *, before: int, since: int, count: int) -> list[int]:
    """Of entries with all terms, `since <= place < before`, the `count` latest, latest first."""
    if not terms:
        query = select(search_entries.c.place).where(search_entries.c.place < before, search_entries.c.place >= since)
        return list(look.execute(query.order_by(search_entries.c.place.desc()).limit(count)).scalars())
    values = {"sought": _query(look.dialect, terms), "before": before, "since": since, "count": count}
    if look.dialect == "postgresql" and count <= WALKED // 10:
        latest = list(look.execute(_WALK, values | {"walked": WALKED}).scalars())
        if len(latest) == count:
            return latest
    return list(look.execute(_FIND[look.dialect], values).scalars())


def holding(look: Reading, wanted: Sequence[Sequence[Term]]) -> int:
    """How many entries the index finds for each list of terms, together."""
    return sum(
        int(look.execute(_COUNT[look.dialect], {"sought": _query(look.dialect, terms)}).scalar_one())
        for terms in wanted
    )


def places_of(look: Reading, comment_ids: Collection[str]) -> set[int]:
    """Where the entries of these comments stand."""
    if not comment_ids:
        return set()
    query = select(search_entries.c.place).where(search_entries.c.comment_id.in_(comment_ids))
    return set(look.execute(query).scalars())


def place_of(comment_id: str) -> int:
    """A number of 63 bits that grows with the moment in a UUIDv7, finer than a millisecond."""
    number = UUID(comment_id).int
    stamp = (number >> 80) << 12 | (number >> 64) & 0xFFF
    return stamp << _RANDOM_BITS | number & ((1 << _RANDOM_BITS) - 1)


def _free_places(unit: Unit, comment_ids: Iterable[str]) -> dict[str, int]:
    """Two processes may have stored comments in the same quarter of a microsecond: one of them stands beside it."""
    wanted = {comment_id: place_of(comment_id) for comment_id in comment_ids}
    while taken := _taken(unit, wanted):
        wanted = {one: place + 1 if one in taken else place for one, place in wanted.items()}
    return wanted


def _taken(unit: Unit, wanted: Mapping[str, int]) -> set[str]:
    found = select(search_entries.c.place).where(search_entries.c.place.in_(wanted.values()))
    held, taken = set(unit.execute(found).scalars()), set()
    for comment_id, place in wanted.items():
        if place in held:
            taken.add(comment_id)
        held.add(place)
    return taken


def _query(dialect: str, terms: Sequence[Term]) -> str:
    """All of them, in the database's own language. Words hold letters, digits, `:`, `_`, `-` and `+` alone."""
    if dialect == "sqlite":
        return " AND ".join(f'"{term.word}"{"*" if term.begins else ""}' for term in terms)
    return " & ".join(f"'{term.word}'{':*' if term.begins else ''}" for term in terms)
