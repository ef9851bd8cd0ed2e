"""The index itself: what is marked as changed, entries with their words, and places that have them.

`search_words` is each database's own: FTS5 on SQLite, `tsvector` with GIN on PostgreSQL. Everything that differs stands
here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, text

from records.ids import new_id
from records.search_words import Term
from records.tables import decisions, search_entries, search_pending
from records.unit_of_work import Reading, Unit

OWN_TABLES = ("search_words", "search_words_config", "search_words_content", "search_words_data", "search_words_idx")
"""Tables that the databases' own search keeps; no code draws them."""

WORDS_OUT, WORDS_IN, SECONDS = 1_000, 10_000, 0.1
"""So many words one turn of the writer's takes out of SQLite's index and puts into it, each some hundredths of a
second, and after so long it begins no further entry. A comment of 10,000 characters drawn by lot has 13,000 words."""

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
_HELD = {
    "sqlite": text("SELECT id AS place, c0 AS words FROM search_words_content WHERE id IN :places"),
    "postgresql": text(
        "SELECT place, array_to_string(tsvector_to_array(words), ' ') AS words FROM search_words WHERE place IN :places"
    ),
}
_KEEP = text("UPDATE search_words_content SET c0 = :words WHERE id = :place")
_CHANGE = text("UPDATE search_words SET words = :words WHERE rowid = :place")
"""SQLite's index takes out what stands beside it as an entry's words, and puts in the new ones: each word that goes
under `secure-delete` is looked for in every segment. A verdict changes three words of thousands; so only those that go
are left standing there, these are changed for those that come, and then all stand there again."""

_NONE: frozenset[str] = frozenset()
_COUNT = {
    "sqlite": text("SELECT count(*) FROM search_words WHERE search_words MATCH :sought"),
    "postgresql": text("SELECT count(*) FROM search_words WHERE words @@ CAST(:sought AS tsquery)"),
}

_AMONG = {
    "sqlite": text("SELECT rowid AS place FROM search_words WHERE search_words MATCH :sought AND rowid IN :places"),
    "postgresql": text("SELECT place FROM search_words WHERE place IN :places AND words @@ CAST(:sought AS tsquery)"),
}
_CHUNK = 250

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


def renew(unit: Unit, words: Mapping[str, Collection[str] | None]) -> set[str]:
    """Makes entries, or makes them anew, by comment id; None for what has none any more. Which are as they should be.

    Only what changed is written, and never more than one turn has room for (`WORDS_OUT`, `WORDS_IN`, `SECONDS`): the
    others, and the rest of one that is begun, are for the next. Half an entry finds less and nothing wrong, since what
    the index finds is read again.
    """
    forget(unit, [comment_id for comment_id, told in words.items() if told is None])
    wanted = {comment_id: frozenset(told) for comment_id, told in words.items() if told is not None}
    done = set(words) - set(wanted)
    places = _entries(unit, wanted)
    if unit.dialect == "sqlite":
        return done | _renewed_by_words(unit, places, wanted)
    held = _held(unit, places)
    changed = {one: place for one, place in places.items() if held.get(place, _NONE) != wanted[one]}
    if changed:
        unit.execute(_DROP[unit.dialect], [{"place": place} for place in changed.values()])
        unit.execute(_PUT[unit.dialect], [_told(place, wanted[one]) for one, place in changed.items()])
    return done | set(wanted)


def thin(unit: Unit, comment_ids: Collection[str]) -> bool:
    """Takes words of texts out of entries, as many as one turn has room for; whether any is left to be taken out.

    For what is erased next: `forget` takes out the rest, in the transaction that erases. PostgreSQL needs none of it.
    """
    if unit.dialect != "sqlite" or not comment_ids:
        return False
    found = select(search_entries).where(search_entries.c.comment_id.in_(list(comment_ids)))
    places = {row.comment_id: row.place for row in unit.execute(found)}
    held = _held(unit, places)
    places = {one: place for one, place in places.items() if any(map(_is_of_text, held.get(place, _NONE)))}
    wanted = {one: _facets_among(held[place]) for one, place in places.items()}
    return len(_renewed_by_words(unit, places, wanted)) < len(places)


def _renewed_by_words(unit: Unit, places: Mapping[str, int], wanted: Mapping[str, frozenset[str]]) -> set[str]:
    """In the order of places, in which FTS5 writes what it gathered once and not after each entry."""
    began, room, done = perf_counter(), _Room(WORDS_OUT, WORDS_IN), set[str]()
    held = _held(unit, places)
    for comment_id, place in sorted(places.items(), key=lambda item: item[1]):
        if room.is_full or perf_counter() - began > SECONDS:
            break
        before = held.get(place)
        out, into = _steps(before or _NONE, wanted[comment_id], room)
        if before is None:
            unit.execute(_PUT[unit.dialect], _told(place, into))
        elif out or into:
            after = (before - out) | into
            unit.execute(_KEEP, _told(place, out))
            unit.execute(_CHANGE, _told(place, into))
            unit.execute(_KEEP, _told(place, after))
        if (before or _NONE) - out | into == wanted[comment_id]:
            done.add(comment_id)
    return done


@dataclass(slots=True)
class _Room:
    """How many words one turn may still take out and put in."""

    out: int
    into: int

    @property
    def is_full(self) -> bool:
        return self.out <= 0 or self.into <= 0


def _steps(before: frozenset[str], after: frozenset[str], room: _Room) -> tuple[frozenset[str], frozenset[str]]:
    """What of the change there is room for. Room is always there for what filters go by: that is a few words."""
    out, into = before - after, after - before
    some_out = sorted(filter(_is_of_text, out))[: max(0, room.out)]
    some_into = sorted(filter(_is_of_text, into))[: max(0, room.into)]
    room.out -= len(some_out)
    room.into -= len(some_into)
    return _facets_among(out).union(some_out), _facets_among(into).union(some_into)


def _is_of_text(word: str) -> bool:
    return ":" not in word


def _facets_among(words: Collection[str]) -> frozenset[str]:
    return frozenset(word for word in words if not _is_of_text(word))


def _told(place: int, words: Collection[str]) -> dict[str, int | str]:
    return {"place": place, "words": " ".join(sorted(words))}


def _entries(unit: Unit, comment_ids: Collection[str]) -> dict[str, int]:
    """Where the entries of these comments stand, a new place for each that has none."""
    known = select(search_entries).where(search_entries.c.comment_id.in_(list(comment_ids)))
    found = {row.comment_id: row.place for row in unit.execute(known)}
    free = _free_places(unit, [one for one in comment_ids if one not in found])
    if free:
        rows = [{"place": place, "comment_id": comment_id} for comment_id, place in free.items()]
        unit.execute(insert(search_entries), rows)
    return found | free


def _held(unit: Unit, places: Mapping[str, int]) -> dict[int, frozenset[str]]:
    """The words of these entries by place, as they stand beside the index."""
    query = _HELD[unit.dialect].bindparams(bindparam("places", expanding=True))
    rows = unit.execute(query, {"places": list(places.values())}) if places else ()
    return {row.place: frozenset(row.words.split()) for row in rows}


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


def having(look: Reading, terms: Sequence[Term], among: Sequence[int], *, count: int) -> list[int]:
    """Of these places, in their order, the first `count` whose entries have all terms."""
    if not terms:
        return list(among[:count])
    query = _AMONG[look.dialect].bindparams(bindparam("places", expanding=True))
    found: list[int] = []
    for at in range(0, len(among), _CHUNK):
        some = among[at : at + _CHUNK]
        values = {"sought": _query(look.dialect, terms), "places": list(some)}
        right = set(look.execute(query, values).scalars())
        found += [place for place in some if place in right]
        if len(found) >= count:
            break
    return found[:count]


def comments_at(look: Reading, places: Sequence[int]) -> dict[str, int]:
    """The comments whose entries stand there, with their places."""
    found: dict[str, int] = {}
    for at in range(0, len(places), _CHUNK):
        query = select(search_entries).where(search_entries.c.place.in_(places[at : at + _CHUNK]))
        found |= {row.comment_id: row.place for row in look.execute(query)}
    return found


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
