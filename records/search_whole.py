"""Whether the index of words finds what it holds.

Ordinary work must not break it, and once it did: FTS5 with `detail = none` loses entries when rows are deleted under
`secure-delete` (SQLite 3.46.1; migration 0057 keeps the columns, which does not). So `chaffinch doctor` and the worker
look.
"""

from __future__ import annotations

from sqlalchemy import func, select, text

from records.search import MACHINE, PERSON
from records.search_index import holding
from records.search_words import Term, facet
from records.tables import search_entries
from records.unit_of_work import Reading, Unit

DECIDERS = (MACHINE, PERSON)
"""Each entry has one of these among its words: who decided last."""

_LOOK = text("PRAGMA integrity_check(search_words)")
_WORDLESS = {
    "sqlite": text(
        "SELECT count(*) FROM search_entries WHERE place NOT IN (SELECT id FROM search_words_content)"
    ),
    "postgresql": text(
        "SELECT count(*) FROM search_entries AS entry"
        " WHERE NOT EXISTS (SELECT 1 FROM search_words AS held WHERE held.place = entry.place)"
    ),
}  # fmt: skip
_ANEW = text("INSERT INTO search_words (search_words) VALUES ('rebuild')")


def fault(look: Reading) -> str | None:
    """What is wrong with the index, None where all that it holds is found. Reads all of it: seconds for a million.

    SQLite looks into an index of words from 3.44 on; before, only what every entry has is counted.
    """
    if look.dialect == "sqlite":
        told = [str(each) for each in look.execute(_LOOK).scalars()]
        if told != ["ok"]:
            return "; ".join(told[:3])
    entries = int(look.execute(select(func.count()).select_from(search_entries)).scalar_one())
    wordless = int(look.execute(_WORDLESS[look.dialect]).scalar_one())
    if wordless:
        return f"{wordless} of {entries} entries have no words in search_words"
    held = holding(look, [[Term(facet("decided", name))] for name in DECIDERS])
    if held != entries:
        return f"search_words finds {held} of {entries} entries by who decided, which each of them names"
    return None


def mend(unit: Unit) -> None:
    """Makes the index anew from the words that are kept beside it. What they are is made anew by `search.mark_all`."""
    if unit.dialect == "sqlite":
        unit.execute(_ANEW)
