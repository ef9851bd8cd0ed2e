"""Words of people in entries about people: the entry commits to them, and they stand here, where they can be erased.

Who gives a reason for a measure, answers a question or hands a case on may write anything, also whom it is about. The
ledger keeps its bytes for good, so of these kinds it gets salted commitments (`COMMITTED`); the words and their salt
stand beside it until the comment or the account that they are about is erased. Whoever reads entries gets the words put
back (`restored`), or `GONE` in their place. Entries of before this have their words within; they stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from moderation.lists import ACCOUNT
from records.commitments import commit, new_salt
from records.tables import entry_words
from records.unit_of_work import Reading, Unit

GONE = "\x00gone"
"""In the place of words that were erased, or are not what the entry commits to: nothing that anybody could type."""

ERASED = "erased"
"""What stands in a record in the place of words that the schema asks for."""

_IN_FACTS = "facts."
_REASON = ("reason",)
_MEASURE = ("reason", "ground", "facts.reason_zh")
_LIST = ("reason", "ground", "facts.source")
_QUESTION = ("reason", "facts.ground", "facts.source")

ABOUT_PEOPLE = frozenset(
    {
        "account.close", "measures.bulk", "measure.take", "measure.appeal", "campaign.verdict", "erasure.kept",
        "list.account",
    }
)  # fmt: skip
"""Kinds of questions to a second person that are about people's accounts and comments."""

_MEASURES = (
    "measure.waits", "measure.taken", "measure.lifted", "measure.refused", "measure.ended", "measure.replaced",
    "measure.unasked", "recommend",
)  # fmt: skip
_LISTED = ("list.added", "list.waits", "list.approved", "list.kept", "list.removed", "list.hashed_anew")

COMMITTED: Mapping[str, tuple[str, ...]] = {
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
    "campaign.confirmed": _REASON,
    "campaign.dismissed": _REASON,
    "bulk.taken_back": _REASON,
    "case.reopened": _REASON,
    "case.taken": _REASON,
    "case.released": _REASON,
    "case.handed_over": _REASON,
    "case.escalated": _REASON,
    "gold.added": _REASON,
    "gold.retired": _REASON,
}
"""Of which kinds of entries what is committed to: `reason`, `ground`, or a fact by its name."""

MAY_BE_CODES = ("ground", "source")

_CODES = re.compile(r"[\w:.()-]{1,64}(, [\w:.()-]{1,64})*", re.ASCII)
"""A ground that names rules by their codes, or a source in one word: nobody's words."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """Words as they are kept beside an entry."""

    salt: bytes
    words: Mapping[str, str]


def are_committed(kind: str, facts: Mapping[str, Any]) -> bool:
    """Whether an entry commits to its words: those of people, about people."""
    if kind not in COMMITTED:
        return False
    if kind.startswith("approval."):
        return facts.get("kind") in ABOUT_PEOPLE
    return not kind.startswith("list.") or facts.get("kind") == ACCOUNT


def parted(body: Mapping[str, Any]) -> tuple[dict[str, Any], Kept | None]:
    """An entry's body with commitments in the place of words, and the words. As it is where there are none."""
    own = ("reason",) if body["actor"]["kind"] == "machine" else ()  # its reasons are sentences of ours
    names = [name for name in COMMITTED[body["kind"]] if name not in own]
    words = {name: said for name in names if (said := _word(body, name)) is not None}
    if not words:
        return dict(body), None
    kept = Kept(new_salt(), words)
    told = _replaced(body, dict.fromkeys(words, ""))
    told["facts"] = {**told["facts"], **{_fact(name): _to(kept.salt, name, said) for name, said in words.items()}}
    return told, kept


def commitments(body: Mapping[str, Any]) -> dict[str, str]:
    """What an entry commits to, by where it belongs; nothing of one that has its words within, or none."""
    facts = body["facts"]
    return {name: facts[_fact(name)] for name in COMMITTED.get(body["kind"], ()) if _fact(name) in facts}


def kind_of(name: str) -> str:
    """By which word a commitment is made, and an opening of it told (`records/openings.py`)."""
    return name.removeprefix(_IN_FACTS)


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


def forget(unit: Unit, subjects: Collection[str]) -> int:
    """Removes the words of entries about these, with their salt; of how many entries."""
    gone, wanted = 0, sorted(subjects)
    for first in range(0, len(wanted), _AT_ONCE):
        about = entry_words.c.subject_id.in_(wanted[first : first + _AT_ONCE])
        gone += unit.execute(delete(entry_words).where(about)).rowcount
    return gone


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
    if not isinstance(said, str) or not said:
        return None
    return None if kind_of(name) in MAY_BE_CODES and not is_words(said) else said


def _at(body: Mapping[str, Any], name: str) -> object:
    return body["facts"].get(kind_of(name)) if name.startswith(_IN_FACTS) else body[name]


def _replaced(body: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    own = {name: said for name, said in words.items() if not name.startswith(_IN_FACTS)}
    beside = {kind_of(name): said for name, said in words.items() if name.startswith(_IN_FACTS)}
    return {**body, **own, "facts": {**body["facts"], **beside}}
