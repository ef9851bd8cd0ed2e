"""Words of people in entries about people: the entry commits to them, and they stand here, where they can be erased.

Who gives a reason for a measure, answers a question or hands a case on may write anything, also whom it is about. The
ledger keeps its bytes for good, so of these kinds it gets salted commitments (`COMMITTED`); the words and their salt
stand beside it until the comment or the account that they are about is erased. Those of the house's own records
(`HOUSE`) go with whom they name, or when two people say so (`records/words_of_house.py`). Whoever reads entries gets
the words put back (`restored`), or `GONE` in their place. Entries of before have their words within, and keep them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from moderation.lists import ACCOUNT
from records.commitments import commit, new_salt
from records.tables import entry_words
from records.unit_of_work import Reading, Unit
from records.words_taken import ENTRIES, Taken

GONE = "\x00gone"
"""In the place of words that were erased, or are not what the entry commits to: nothing that anybody could type."""

ERASED = "erased"
"""What stands in a record in the place of words that the schema asks for."""

_IN_FACTS = "facts."
THREAD = "subject.id"
"""A thread's id, which may name somebody: an entry of a measure on one names the measure in its place."""
_PLACE = "facts.place"
_PLACES = (_PLACE, "facts.about", "facts.thread_id")
"""Where an emergency is, or shall be: with a thread in it."""
_EVERYWHERE = re.compile(r"[^/]*/\*/[^/]*")
"""A place that is no thread: `news/*/*:closed`."""

_REASON = ("reason",)
_MEASURE = ("reason", "ground", "facts.reason_zh", THREAD)
_LIST = ("reason", "ground", "facts.source")
_QUESTION = ("reason", "facts.ground", "facts.source", "facts.finding", "facts.demand", *_PLACES[1:])
_HELD = ("reason", "ground")
_GIVEN = ("ground",)
"""What was read is told by sentences of ours, under the ground that somebody wrote."""

ABOUT_PEOPLE = frozenset(
    {
        "account.close", "measures.bulk", "measure.take", "measure.appeal", "measure.lift", "measure.cause",
        "campaign.verdict", "campaign.taking_back", "erasure.kept",
        "list.account", "list.appeal", "list.remove", "list.review", "flagger.mark",
    }
)  # fmt: skip
"""Kinds of questions to a second person that are about people's accounts and comments."""

OF_HOUSE = frozenset({"hold.set", "inspection.grant", "emergency.start", "rectification.done", "words.remove"})
"""Kinds of questions about the house's own records, whose words may be about people too."""

OF_ERASURES = ("author.erased", "author.exported", "author.erased_from_files")
"""Entries of an erasure or an export: whoever orders one types there the name of whose data it is."""

_MEASURES = (
    "measure.waits", "measure.taken", "measure.lifted", "measure.refused", "measure.ended", "measure.replaced",
    "measure.unasked", "recommend",
)  # fmt: skip
_LISTED = ("list.added", "list.waits", "list.approved", "list.kept", "list.removed", "list.hashed_anew")

HOUSE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("hold.asked", "hold.set", "hold.declined", "hold.lifted", "hold.ended", "hold.withstood"), _HELD
    ),
    "inspection.recorded": (*_HELD, "facts.asked"),
    **dict.fromkeys(("inspection.granted", "inspection.refused", "inspection.closed"), _HELD),
    "evidence.read": _GIVEN,
    "evidence.refused": _GIVEN,
    "evidence.exported": _HELD,
    **dict.fromkeys(("incident.recorded", "incident.changed", "incident.reported"), _REASON),
    **dict.fromkeys(
        ("rectification.demanded", "rectification.proved", "rectification.done", "rectification.reopened"),
        ("reason", "facts.finding"),
    ),
    "emergency.started": (*_HELD, _PLACE),
    "emergency.ended": (*_HELD, _PLACE),
    "words.removed": _REASON,
    "author.released": _REASON,
    **dict.fromkeys(OF_ERASURES, _REASON),
    "neutrality.answered": _REASON,
    "content.reported": _HELD,
}  # fmt: skip
"""Of the house's own records: what people wrote for an authority, of an incident, in an emergency. Whoever asks, which
office and under which number stays within: by these an entry is held against the letter that it is about."""

COMMITTED: Mapping[str, tuple[str, ...]] = {
    **HOUSE,
    **dict.fromkeys(_MEASURES, _MEASURE),
    "approval.asked": _QUESTION,
    "approval.approved": _QUESTION,
    "approval.refused": _QUESTION,
    "approval.withdrawn": _QUESTION,
    **dict.fromkeys(_LISTED, _LIST),
    "return.confirmed": _REASON,
    "return.dismissed": _REASON,
    "report_flood.confirmed": _REASON,
    "report_flood.dismissed": _REASON,
    "reporter_finding.confirmed": _REASON,
    "reporter_finding.dismissed": _REASON,
    **dict.fromkeys(
        ("flagger.asked", "flagger.marked", "flagger.declined", "flagger.withdrawn", "flagger.ended"), _REASON
    ),
    **dict.fromkeys(("campaign.one_hand", "campaign.many_people", "campaign.no_campaign"), _REASON),
    "bulk.taken_back": _REASON,
    "case.reopened": _REASON,
    "case.taken": _REASON,
    "case.released": _REASON,
    "case.handed_over": _REASON,
    "case.escalated": _REASON,
    "gold.added": _REASON,
    "gold.retired": _REASON,
    "edge_case.marked": _REASON,
}
"""Of which kinds of entries what is committed to: `reason`, `ground`, or a fact by its name."""

MAY_BE_CODES = ("ground", "source")

_CODES = re.compile(r"[\w:.()-]{1,64}(, [\w:.()-]{1,64})*", re.ASCII)
"""A ground that names rules by their codes, or a source in one word: nobody's words."""

_OURS = ("machine", "system")
"""Actors whose reasons are sentences of the program."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """Words as they are kept beside an entry."""

    salt: bytes
    words: Mapping[str, str]


def are_committed(kind: str, facts: Mapping[str, Any]) -> bool:
    """Whether an entry commits to its words: those of people, about people, or in which people may be named."""
    if kind not in COMMITTED:
        return False
    if kind.startswith("approval."):
        return facts.get("kind") in ABOUT_PEOPLE | OF_HOUSE
    return not kind.startswith("list.") or facts.get("kind") == ACCOUNT


def parted(body: Mapping[str, Any]) -> tuple[dict[str, Any], Kept | None]:
    """An entry's body with commitments in the place of words, and the words. As it is where there are none."""
    own = ("reason",) if body["actor"]["kind"] in _OURS else ()
    names = [name for name in COMMITTED[body["kind"]] if name not in own]
    words = {name: said for name in names if (said := _word(body, name)) is not None}
    if not words:
        return dict(body), None
    kept = Kept(new_salt(), words)
    told = _replaced(body, dict.fromkeys(words, ""))
    if THREAD in words:
        told["subject"] = {**told["subject"], "id": body["facts"]["measure_id"]}
    told["facts"] = {**told["facts"], **{_fact(name): _to(kept.salt, name, said) for name, said in words.items()}}
    return told, kept


def commitments(body: Mapping[str, Any]) -> dict[str, str]:
    """What an entry commits to, by where it belongs; nothing of one that has its words within, or none."""
    facts = body["facts"]
    return {name: facts[_fact(name)] for name in COMMITTED.get(body["kind"], ()) if _fact(name) in facts}


def kind_of(name: str) -> str:
    """By which word a commitment is made, and an opening of it told (`records/openings.py`)."""
    return "thread" if name == THREAD else name.removeprefix(_IN_FACTS)


def row_of(entry_id: str, subject_id: str, kept: Kept) -> dict[str, Any]:
    """As it is stored."""
    return {"id": entry_id, "subject_id": subject_id, "salt": kept.salt, "words": dict(kept.words)}


def restored(look: Reading, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The same bodies, by the ids of their entries, with the words in their places, or `GONE`."""
    told = {entry_id: commitments(body) for entry_id, body in bodies.items()}
    kept = kept_beside(look, [entry_id for entry_id, said in told.items() if said])
    return {
        entry_id: _restored(body, told[entry_id], kept.get(entry_id)) if told[entry_id] else body
        for entry_id, body in bodies.items()
    }


def for_people(look: Reading, entry_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """One body as people read it: its words in their places, and that they are erased where they are."""
    return readable(restored(look, {entry_id: body})[entry_id])


def readable(body: Mapping[str, Any]) -> dict[str, Any]:
    """A restored body for people: words that are gone are said to be erased."""
    gone = [name for name in COMMITTED.get(body["kind"], ()) if _at(body, name) == GONE]
    return _replaced(body, dict.fromkeys(gone, ERASED))


def fits(kept: Kept, told: Mapping[str, str]) -> bool:
    """Whether words are those that an entry commits to, all of them and no more."""
    return {name: _to(kept.salt, name, said) for name, said in kept.words.items()} == dict(told)


def forget(unit: Unit, subjects: Collection[str]) -> Taken:
    """Removes the words of entries about these, with their salt; of which entries."""
    return _forget(unit, entry_words.c.subject_id, subjects)


def forget_entries(unit: Unit, entry_ids: Collection[str]) -> Taken:
    """Removes the words of these entries alone, with their salt; of which there were any."""
    return _forget(unit, entry_words.c.id, entry_ids)


def _forget(unit: Unit, column: ColumnElement[str], wanted: Collection[str]) -> Taken:
    gone, ordered = set[tuple[str, str]](), sorted(wanted)
    for first in range(0, len(ordered), _AT_ONCE):
        these = delete(entry_words).where(column.in_(ordered[first : first + _AT_ONCE]))
        gone |= {(ENTRIES, entry_id) for entry_id in unit.execute(these.returning(entry_words.c.id)).scalars()}
    return frozenset(gone)


def is_words(said: str) -> bool:
    """Whether a ground or a source is in somebody's own words, and no code."""
    return bool(said) and _CODES.fullmatch(said) is None


def kept_beside(look: Reading, entry_ids: Sequence[str]) -> dict[str, Kept]:
    """Words by the ids of their entries, as far as they are there."""
    found: dict[str, Kept] = {}
    for first in range(0, len(entry_ids), _AT_ONCE):
        these = entry_words.c.id.in_(list(entry_ids[first : first + _AT_ONCE]))
        rows = look.execute(select(entry_words).where(these))
        found |= {row.id: Kept(bytes(row.salt), row.words) for row in rows}
    return found


def _restored(body: Mapping[str, Any], told: Mapping[str, str], kept: Kept | None) -> dict[str, Any]:
    holds = kept is not None and fits(kept, told)
    words = {name: kept.words[name] if kept and holds else GONE for name in told}
    whole = _replaced(body, words)
    committed = {_fact(name) for name in told}
    whole["facts"] = {name: value for name, value in whole["facts"].items() if name not in committed}
    return whole


def _fact(name: str) -> str:
    return f"{kind_of(name)}_commitment"


def _to(salt: bytes, name: str, said: str) -> str:
    return commit(salt, kind_of(name), said).hex()


def _word(body: Mapping[str, Any], name: str) -> str | None:
    """What is said there; None where it is nothing, or a rule's code."""
    said = _at(body, name)
    if not isinstance(said, str) or not said or not _is_place(body, name, said):
        return None
    return None if kind_of(name) in MAY_BE_CODES and not is_words(said) else said


def _is_place(body: Mapping[str, Any], name: str, said: str) -> bool:
    """Of what may name a thread, whether it does; of all else always."""
    if name == THREAD:
        return bool(body["subject"]["kind"] == "thread")
    if name == "facts.about" and body["facts"].get("kind") != "emergency.start":
        return False
    return name not in _PLACES or _EVERYWHERE.fullmatch(said) is None


def _at(body: Mapping[str, Any], name: str) -> object:
    if name == THREAD:
        return body["subject"]["id"]
    return body["facts"].get(kind_of(name)) if name.startswith(_IN_FACTS) else body[name]


def _replaced(body: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    own = {name: said for name, said in words.items() if not name.startswith(_IN_FACTS) and name != THREAD}
    beside = {kind_of(name): said for name, said in words.items() if name.startswith(_IN_FACTS)}
    subject = {"subject": {**body["subject"], "id": words[THREAD]}} if THREAD in words else {}
    return {**body, **own, **subject, "facts": {**body["facts"], **beside}}
