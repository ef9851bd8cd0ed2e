"""What an erasure leaves in the ledger: which texts went, and which accounts. Ids alone, which say nothing of whom.

Every unit that erases writes its entry in the same transaction, so that a text that is gone without one was removed by
somebody else (`records/underlying_erasures.py`). Entries of earlier programs say how many went and when; no more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
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

TEXTS = "texts.erased"
ACCOUNT = "account.erased"
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
        entry = Entry(TEXTS, _BY, "erasure", new_id(), "erased", _GROUND, facts={"texts": dict(of)})
        ledger.append(unit, entry, now=now)


def note_accounts(unit: Unit, author_ids: Sequence[str], *, stays: bool, now: datetime) -> None:
    """An entry for each account; `stays` says whether the least is kept that holds it."""
    made = (Entry(ACCOUNT, _BY, "author", each, "erased", _GROUND, facts={"stays": stays}) for each in author_ids)
    ledger.append_all(unit, list(made), now=now)


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
