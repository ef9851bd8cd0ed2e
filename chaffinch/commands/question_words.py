"""What a question to a second person asks for, as commands tell it: nobody says yes to what they have not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from records.house_values import ApprovalRecord
    from records.unit_of_work import Reading

_LONGEST = 160
"""Characters of one fact on a terminal; `--json` and the question's page have it whole."""

_SHOWN_OTHERWISE = frozenset({"asked_by_os_user", "count", "kinds", "action", "reach", "against", "until", "was"})


def what_is_asked(look: Reading, asked: ApprovalRecord) -> str:
    """On one line: of entries of lists what they do, about what, until when, and whom they would have touched."""
    from governance import list_reviews, lists

    of_lists = (lists.ASKED, lists.ASKED_OTHER, lists.REMOVAL, lists.APPEALED, list_reviews.ASKED)
    told = _of_entries(look, asked) if asked.kind in of_lists else ()
    return on_one_line("; ".join((*told, *_others(asked.facts))))


def on_one_line(text: str) -> str:
    """Without the controls of a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def _of_entries(look: Reading, asked: ApprovalRecord) -> Iterator[str]:
    facts = asked.facts
    what = f"{facts['action']} {', '.join(facts['kinds'])}" if "action" in facts else "an entry"
    yield f"{what}: {_named(look, asked)}"
    yield from _ends(look, asked)
    if facts.get("again"):
        yield "the same person puts it on a list again"
    if against := facts.get("against"):
        yield f"comes before what two people agreed on: {', '.join(against)}"
    if reach := facts.get("reach"):
        told = "of {read} comments of seven days it meets {hits} and would have changed {touched}, of {people} people"
        yield told.format(**reach)


def _ends(look: Reading, asked: ApprovalRecord) -> Iterator[str]:
    """Until when it would count, and until when it does where it is there already."""
    from records import lists as entries

    facts = asked.facts
    if "was" in facts:
        yield f"its end becomes {_day(facts['until'])}, and is {_day(facts['was'])} now"
    elif (entry := entries.find_by_id(look, asked.subject_id)) is not None:
        yield f"ends {_day(entry.expires_at.isoformat())}" if entry.expires_at else "for good"


def _named(look: Reading, asked: ApprovalRecord) -> str:
    """The thing itself where it is kept, else the entry's id; of an imported list how many there are."""
    from moderation.lists import ATTACHMENT, DOMAIN
    from records import lists as entries

    count = asked.facts.get("count", 1)
    entry = entries.find_by_id(look, asked.subject_id)
    if count > 1 or entry is None:
        return f"{count} entries"
    return entry.key if entry.kind in (DOMAIN, ATTACHMENT) else f"entry {entry.id}"


def _others(facts: Mapping[str, Any]) -> Iterator[str]:
    """Facts of any other question by their names, as the API has them."""
    for name, value in facts.items():
        if name in _SHOWN_OTHERWISE and "action" in facts:
            continue
        if value not in (None, "", [], {}):
            told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{name} {told if len(told) <= _LONGEST else f'{told[:_LONGEST]}…'}"


def _day(moment: str | None) -> str:
    return "none" if moment is None else moment[:10]
