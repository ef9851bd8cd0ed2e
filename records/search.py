"""Comments by their words and by what is known of them, newest first.

An entry is marked in the transaction that changes a comment, its decision or its verdict, and made anew by the worker
within seconds (`bring_in`); what is erased is taken out in the transaction that erases (`search_index.forget`).

What is known of a comment beside its text (its surface, label, outcome, whose it is) stands among its words as facets,
so that a rare word of a rare label is found as fast as the word. An entry's place comes from the comment's id: both
databases give the newest first without sorting what they found, and a page goes on where the last one ended.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, delete, func, insert, select

from moderation.decision import Outcome
from moderation.typed import number
from records import jobs, search_cases, search_index
from records.database import Database
from records.decisions import latest_of_many
from records.ids import first_id_of
from records.known_as import known_as
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, checked_limit, decode, encode, list_of
from records.search_cases import Stand
from records.search_words import Term, Words, facet, words_of, words_sought
from records.tables import cases, comments, search_entries, search_pending, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CommentRecord, DecisionRecord, Purpose, VerdictKind
from records.waiting import waits

MOST_LOOKED = 2000
"""Entries that one page looks through; where fewer than a page of them are right, it says where to go on."""

MOST_COUNTED = 10_000
"""Entries that are counted for one search; more are not told apart."""

MOST_READ = 1000
"""The same where words are looked for, since each text is read: the index has pairs of characters."""

AT_ONCE = 250
_TURN = "search"
_FIRST, _LAST = 0, 2**63 - 1
_COLUMNS = [column for column in comments.c if column is not comments.c.salt]

PERSON, MACHINE, OVERTURNED = "person", "machine", "overturned"
"""By what it was decided: by a person, the machine alone, a person against the machine."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; what is None is all the same. `since <= stored < until`; `author` is a keyed hash.

    `moderator`: whose verdict holds, under any name that records have for them. `rule`: which stands among the reasons
    of the latest decision. `queue`, `state`, `asked`: of cases and verdicts (`search_cases.py`). `by_sound`: Chinese
    words by how they sound, for which each text is read.
    """

    words: str = ""
    surface: str | None = None
    lang: str | None = None
    label: str | None = None
    outcome: str | None = None
    decided: str | None = None
    author: str | None = None
    thread: str | None = None
    moderator: str | None = None
    rule: str | None = None
    queue: str | None = None
    state: str | None = None
    asked: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    by_sound: bool = False

    @property
    def wanted(self) -> Words:
        """The words taken apart."""
        return words_sought(self.words, by_sound=self.by_sound)


@dataclass(frozen=True, slots=True)
class Hit:
    """A comment with the latest decision about it, and the case about it that waits for a person, if one does."""

    comment: CommentRecord
    decision: DecisionRecord
    case_id: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page. `looked` entries were read for it; with a cursor there may be more, even where it holds few."""

    hits: tuple[Hit, ...]
    next_cursor: str | None
    looked: int


@dataclass(frozen=True, slots=True)
class Sum:
    """So many comments are all that is sought; where not all were counted (`is_whole`), at least so many."""

    comments: int
    is_whole: bool


def find(look: Reading, sought: Sought, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Found:
    """The latest comments that are all that is sought. Raises `InvalidInputError` for a cursor that we did not make."""
    wanted = sought.wanted
    terms = [*_facets(sought), *wanted.terms]
    before, since = _bounds(sought, cursor)
    step = 2 * checked_limit(limit) if wanted.parts else limit + 1
    step = AT_ONCE if wanted.sounds else step
    step = AT_ONCE if search_cases.asks(sought) else step
    few = search_cases.few(look, sought)
    hits: list[tuple[int, Hit]] = []
    looked = 0
    while len(hits) <= limit and looked < MOST_LOOKED:
        places = _places(look, terms, few, before=before, since=since, count=step)
        looked += len(places)
        hits += [(place, hit) for place, hit in _read(look, _so(look, sought, places)) if _is(hit, wanted)]
        if len(places) < step:
            return _page(sought, hits, limit, looked, None)
        before = places[-1]
    return _page(sought, hits, limit, looked, before)


def count(look: Reading, sought: Sought, *, but: Collection[str] = ()) -> Sum:
    """How many comments are all that is sought, those of `but` left out; bounded, whatever is found."""
    wanted = sought.wanted
    before, since = _bounds(sought, None)
    is_read = bool(wanted.parts or wanted.sounds)
    most = MOST_READ if is_read else MOST_COUNTED
    terms = [*_facets(sought), *wanted.terms]
    few = search_cases.few(look, sought)
    places = _places(look, terms, few, before=before, since=since, count=most + 1)
    right = _so(look, sought, places[:most])
    counted = set(right)
    if is_read:
        counted = {place for place, text in _texts(look, right) if text is not None and wanted.holds(text)}
    return Sum(len(counted - search_index.places_of(look, but)), len(places) <= most)


def _places(
    look: Reading, terms: Sequence[Term], few: list[int] | None, *, before: int, since: int, count: int
) -> list[int]:
    """As of `search_index.places`; of a `few` places, where search begins with these."""
    if few is None:
        return search_index.places(look, terms, before=before, since=since, count=count)
    inside = [place for place in few if since <= place < before]
    return search_index.having(look, terms, inside, count=count)


def _so(look: Reading, sought: Sought, places: Sequence[int]) -> list[int]:
    """Those of these places whose cases and verdicts are as sought, in their order."""
    if not search_cases.asks(sought):
        return list(places)
    by_comment = search_index.comments_at(look, places)
    right = search_cases.so(look, sought, by_comment)
    kept = {place for comment_id, place in by_comment.items() if comment_id in right}
    return [place for place in places if place in kept]


def hits_of(look: Reading, comment_ids: Sequence[str]) -> list[Hit]:
    """These comments, in their order; unknown ids are left out."""
    found = _hits(look, comment_ids)
    return [found[comment_id] for comment_id in comment_ids if comment_id in found]


@dataclass(slots=True)
class Ahead:
    """Entries that are to be made: `marks` of each comment, and its words, None where it has no text any more."""

    marks: dict[str, list[str]]
    words: dict[str, frozenset[str] | None]

    @property
    def ids(self) -> list[str]:
        """Every mark."""
        return [mark for marks in self.marks.values() for mark in marks]


def read_ahead(look: Reading, *, limit: int = AT_ONCE) -> Ahead:
    """What was marked first, read and taken apart; of long texts fewer, at least one comment.

    A long text takes a tenth of a second and more to read: no writer waits meanwhile, for nothing is written here.
    """
    rows = look.execute(select(search_pending).order_by(search_pending.c.id).limit(limit)).all()
    marks: dict[str, list[str]] = {}
    for row in rows:
        marks.setdefault(row.comment_id, []).append(row.id)
    found = _hits(look, sorted(marks))
    deciders = _deciders(look, [hit.decision.id for hit in found.values()])
    words: dict[str, frozenset[str] | None] = {}
    many = 0
    for comment_id in marks:
        if many >= search_index.WORDS_IN:
            break
        hit = found.get(comment_id)
        has_text = hit is not None and hit.comment.text is not None
        told = frozenset(_words(hit, deciders.get(hit.decision.id, ()))) if hit and has_text else None
        words[comment_id] = told
        many += len(told or ())
    return Ahead({comment_id: marks[comment_id] for comment_id in words}, words)


def write_down(unit: Unit, ahead: Ahead) -> int:
    """Some of what was read, as much as one turn has room for; how many marks are worked off, 0 once nothing is left.

    What is written last must be what was read last, and more than one process reads: a comment of which a mark is gone
    was read and written by another since. What changed since it was read has a new mark. What was erased since is left
    out, so that no word of it comes back.
    """
    jobs.take_turns(unit, _TURN)
    there = set(unit.execute(select(search_pending.c.id).where(search_pending.c.id.in_(ahead.ids))).scalars())
    ours = {one: words for one, words in ahead.words.items() if there.issuperset(ahead.marks[one])}
    with_text = select(comments.c.id).where(comments.c.id.in_(list(ours)), comments.c.text.is_not(None))
    has_text = set(unit.execute(with_text).scalars())
    made = search_index.renew(unit, {one: words if one in has_text else None for one, words in ours.items()})
    done = [one for one in ahead.words if one in made or one not in ours]
    gone = [mark for one in done for mark in ahead.marks[one]]
    unit.execute(delete(search_pending).where(search_pending.c.id.in_(gone)))
    for one in done:
        del ahead.marks[one], ahead.words[one]
    return len(gone) if gone or not ours else 1


def catch_up(unit: Unit, *, limit: int = AT_ONCE) -> int:
    """Both in one unit, for who keeps no writer waiting; how many marks were worked off, 0 once there is none."""
    ahead = read_ahead(unit, limit=limit)
    return write_down(unit, ahead) if ahead.words else 0


def bring_in(database: Database, *, pause: float = 0.0) -> int:
    """Brings what was marked first into the search, in short units; how many marks were worked off.

    `pause`: seconds between two units, in which writers of other processes have their turn: they wait by polling.
    """
    with database.reading() as look:
        ahead = read_ahead(look)
    count = 0
    while ahead.words:
        with database.unit() as unit:
            count += write_down(unit, ahead)
            unit.commit()
        time.sleep(pause)
    return count


def thin_out(database: Database, comment_ids: Sequence[str]) -> None:
    """Takes the words of texts that are erased next out of the index, in short units.

    Erasing takes out what is left in its own. Who is killed between the two erases again, and until then these comments
    are not found by their words.
    """
    left = bool(comment_ids) and database.dialect == "sqlite"
    while left:
        with database.unit() as unit:
            left = search_index.thin(unit, comment_ids)
            unit.commit()


def is_behind(look: Reading) -> bool:
    """Whether anything is marked: asked by who should not take the writer's turn for nothing."""
    return look.execute(select(search_pending.c.id).limit(1)).first() is not None


def waiting(look: Reading) -> int:
    """How many marks are not worked off."""
    return int(look.execute(select(func.count()).select_from(search_pending)).scalar_one())


def entries(look: Reading) -> int:
    """How many comments are found."""
    return int(look.execute(select(func.count()).select_from(search_entries)).scalar_one())


def mark_all(unit: Unit) -> int:
    """Marks every comment whose text is there; how many. Those that were found before are found meanwhile."""
    there = comments.c.text.is_not(None)
    # An id of a mark has only to be one that no other has: a comment's is, but for a mark of an earlier call.
    unit.execute(delete(search_pending))
    every = select(comments.c.id, comments.c.id.label("comment_id")).where(there)
    stale = select(search_entries.c.comment_id, search_entries.c.comment_id.label("again")).where(
        search_entries.c.comment_id.in_(select(comments.c.id).where(~there))
    )
    unit.execute(insert(search_pending).from_select(["id", "comment_id"], every.union_all(stale)))
    return waiting(unit)


def _facets(sought: Sought) -> Iterator[Term]:
    names = ["surface", "lang", "label", "outcome", "decided", "author", "thread", "moderator", "rule"]
    if sought.label is not None and sought.outcome is not None:
        # Each alone is true of a large part of all comments: what both are true of is found at once.
        names = [name for name in names if name not in {"label", "outcome"}]
        yield Term(_met(sought.label, sought.outcome))
    if sought.asked is not None or sought.state == Stand.DECIDED:
        yield Term(facet("decided", PERSON))
    for name in names:
        value = getattr(sought, name)
        if value is not None:
            yield Term(facet(name, value))


def _met(label: str, outcome: str) -> str:
    return facet("met", f"{label}-{outcome}")


def _words(hit: Hit, deciders: Collection[str]) -> set[str]:
    return words_of(hit.comment.text or "") | set(_facets_of(hit)) | {facet("moderator", name) for name in deciders}


def _deciders(look: Reading, decision_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By decision, who gave the verdict that holds it, under every name that records have for them."""
    given = verdicts.c
    holds = and_(given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE, given.undone_at.is_(None))
    query = select(given.decision_id, given.moderator).where(given.decision_id.in_(decision_ids), holds)
    found = {row.decision_id: row.moderator for row in look.execute(query.order_by(given.id))}
    called = {name: known_as(look, name) for name in sorted(set(found.values()))}
    return {decision_id: called[name] for decision_id, name in found.items()}


def _facets_of(hit: Hit) -> Iterator[str]:
    comment, decision = hit.comment, hit.decision
    told = {"surface": comment.surface, "lang": comment.lang, "outcome": decision.outcome.value,
            "author": comment.author_index, "thread": comment.thread_id}  # fmt: skip
    yield from (facet(name, value) for name, value in told.items() if value is not None)
    for name in sorted(suspected(decision)):
        yield facet("label", name)
        yield _met(name, decision.outcome.value)
    rules = {reason.rule_id for reason in decision.decision.reasons if reason.rule_id}
    yield from (facet("rule", name) for name in sorted(rules))
    yield facet("decided", MACHINE if decision.final_outcome is None else PERSON)
    if decision.overturned:
        yield facet("decided", OVERTURNED)


def suspected(record: DecisionRecord) -> set[str]:
    """Labels that a reason names or that the model would have a person look for."""
    decision = record.decision
    likely = {label.name for label in decision.labels if label.score >= label.review_threshold}
    named = {reason.code for reason in decision.reasons if reason.outcome is not Outcome.PASS}
    return likely | (named & {label.name for label in decision.labels})


def _is(hit: Hit, wanted: Words) -> bool:
    return hit.comment.text is not None and wanted.holds(hit.comment.text)


def _bounds(sought: Sought, cursor: str | None) -> tuple[int, int]:
    """Places from which (exclusive) and to which (inclusive) is looked back."""
    until = _LAST if sought.until is None else search_index.place_of(first_id_of(sought.until.astimezone(UTC)))
    since = _FIRST if sought.since is None else search_index.place_of(first_id_of(sought.since.astimezone(UTC)))
    if cursor is None:
        return until, since
    place = decode(_mark(sought), cursor, str)[0]
    told = number(str(place), _LAST)
    return min(until, _FIRST if told is None else told), since


def _mark(sought: Sought) -> str:
    return list_of("search", sought=sought)


def _page(sought: Sought, hits: Sequence[tuple[int, Hit]], limit: int, looked: int, before: int | None) -> Found:
    """With more than `limit` the last that is shown is gone on from, else what was looked at last."""
    shown, mark = tuple(hit for _, hit in hits[:limit]), _mark(sought)
    if len(hits) > limit:
        return Found(shown, encode(mark, str(hits[limit - 1][0])), looked)
    return Found(shown, None if before is None else encode(mark, str(before)), looked)


def _texts(look: Reading, places: Sequence[int]) -> Iterator[tuple[int, str | None]]:
    query = select(search_entries.c.place, comments.c.text).join(comments, comments.c.id == search_entries.c.comment_id)
    for at in range(0, len(places), AT_ONCE):
        some = look.execute(query.where(search_entries.c.place.in_(places[at : at + AT_ONCE])))
        yield from ((row.place, row.text) for row in some)


def _read(look: Reading, places: Sequence[int]) -> Iterable[tuple[int, Hit]]:
    """The hits at these places, in their order; an entry that another unit just took out is none."""
    of = select(search_entries).where(search_entries.c.place.in_(places))
    by_place = {row.place: row.comment_id for row in look.execute(of)} if places else {}
    found = _hits(look, list(by_place.values()))
    return [(place, found[by_place[place]]) for place in places if by_place.get(place) in found]


def _hits(look: Reading, comment_ids: Sequence[str]) -> dict[str, Hit]:
    """By comment id; comments without any decision (there are none) are left out."""
    if not comment_ids:
        return {}
    rows = look.execute(select(*_COLUMNS).where(comments.c.id.in_(comment_ids)))
    read = {row.id: value_of(CommentRecord, row) for row in rows}
    latest = latest_of_many(look, comment_ids)
    waits = _waiting_cases(look, comment_ids)
    return {one: Hit(read[one], latest[one], waits.get(one)) for one in read if one in latest}


def _waiting_cases(look: Reading, comment_ids: Sequence[str]) -> dict[str, str]:
    of_case = (cases.c.comment_id, cases.c.id, cases.c.purpose, cases.c.state)
    query = select(*of_case).where(cases.c.comment_id.in_(comment_ids))
    return {row.comment_id: row.id for row in look.execute(query) if waits(row)}
