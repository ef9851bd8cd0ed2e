"""What an erasure leaves in the ledger: which texts, which accounts, whose words went. Ids, which say nothing of whom.

Every unit that erases writes its entries in the same transaction, so that a text or a word that is gone without one was
removed by somebody else (`records/underlying_erasures.py`, `records/explained.py`). Entries of earlier programs say how
many went and when; no more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from records import ledger
from records.ids import new_id
from records.ledger import Actor, Entry
from records.retold import at
from records.tables import ledger as entries
from records.told_entries import BATCH, read, subject_of
from records.unit_of_work import Reading, Unit
from records.words_taken import Taken, by_table

TEXTS = "texts.erased"
ACCOUNT = "account.erased"
WORDS = "words.erased"

NAMED_AT_ONCE = 5000
"""Rows that one entry names at the most."""

NAMES: Mapping[str, bool] = {"names_words": True}
"""Fact of every entry of an erasure since 0065: whose words went with it, entries of their own name (`WORDS`)."""

_COUNTED = ("author.erased", "retention.erased")
_BY = Actor("system", "erasing")
_GROUND = "personal data"

Text = tuple[str, int]
"""A comment's id, and which of its texts."""


def note_texts(unit: Unit, texts: Iterable[Text], *, now: datetime) -> None:
    """The entry of what one unit erased; none where that is nothing."""
    of: dict[str, list[int]] = defaultdict(list)
    for comment_id, revision in sorted(texts):
        of[comment_id].append(revision)
    if of:
        entry = Entry(TEXTS, _BY, "erasure", new_id(), "erased", _GROUND, facts={"texts": dict(of), **NAMES})
        ledger.append(unit, entry, now=now)


def note_accounts(unit: Unit, author_ids: Sequence[str], *, stays: bool, now: datetime) -> None:
    """An entry for each account; `stays` says whether the least is kept that holds it."""
    facts = {"stays": stays, **NAMES}
    made = (Entry(ACCOUNT, _BY, "author", each, "erased", _GROUND, facts=facts) for each in author_ids)
    ledger.append_all(unit, list(made), now=now)


def note_words(unit: Unit, taken: Taken, *, now: datetime) -> None:
    """The entries of whose words one unit took out, some thousands in each; none where there were none."""
    told = sorted(taken)
    parts = (told[first : first + NAMED_AT_ONCE] for first in range(0, len(told), NAMED_AT_ONCE))
    facts = ({"of": by_table(frozenset(part))} for part in parts)
    made = [Entry(WORDS, _BY, "erasure", new_id(), "erased", _GROUND, facts=each) for each in facts]
    if made:
        ledger.append_all(unit, made, now=now)


@dataclass(slots=True)
class Erasures:
    """All that the ledger says was erased: by name, and by number where earlier programs did it."""

    texts: set[Text] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    comments_at: Counter[datetime] = field(default_factory=Counter)
    revisions: int = 0
    statements: int = 0


def erasures(look: Reading) -> Erasures:
    """As the entries say; those that name what went are not counted again."""
    found, counted, named = Erasures(), list[tuple[datetime, dict[str, int]]](), set[datetime]()
    kinds = (TEXTS, ACCOUNT, *_COUNTED)
    query, after = select(entries).where(entries.c.kind.in_(kinds)).order_by(entries.c.id).limit(BATCH), ""
    while rows := look.execute(query.where(entries.c.id > after)).all():
        after = rows[-1].id
        for entry in read(rows):
            kind, facts, moment = entry.body["kind"], entry.body["facts"], at(entry.body)
            if kind == TEXTS:
                found.texts |= {(each, number) for each, numbers in facts["texts"].items() for number in numbers}
            elif kind == ACCOUNT:
                found.accounts.add(subject_of(entry.body))
            else:
                counted.append((moment, facts))
            named |= {moment} if kind in (TEXTS, ACCOUNT) else set()
    for moment, facts in counted:
        if moment not in named:
            found.comments_at[moment] += facts.get("comments", 0)
            found.revisions += facts.get("revisions", 0)
            found.statements += facts.get("statements", 0)
    return found
