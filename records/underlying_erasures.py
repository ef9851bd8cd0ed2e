"""What is gone beside the entries of the erasures: who empties a row by hand has none.

Since revision 0041 an erasure names the texts and accounts that went. What earlier programs erased is judged by number:
of comments those erased at the moment of an entry, of earlier texts and accounts those of all entries together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import or_, select

from records.erased import Erasures, Text, erasures
from records.tables import authors, comment_revisions, comments
from records.tampering import Finding, What
from records.told_entries import some
from records.unit_of_work import Reading


def erased_differences(look: Reading) -> Iterator[Finding]:
    """Texts and accounts that nobody erased and that are gone, and those that were erased and stand there."""
    said = erasures(look)
    yield from some(_comments(look, said))
    yield from some(_earlier(look, said))
    yield from some(_accounts(look, said))


def _comments(look: Reading, said: Erasures) -> Iterator[Finding]:
    c, left = comments.c, Counter(said.comments_at)
    gone = select(c.id, c.revision, c.text, c.erased_at).where(or_(c.text.is_(None), c.erased_at.is_not(None)))
    for row in look.execute(gone.order_by(c.id)):
        if (row.id, row.revision) not in said.texts:
            left[row.erased_at] -= 1
            if left[row.erased_at] < 0:
                yield _lost(f"The text of the comment {row.id}")
    for text in _still(look, said):
        yield Finding(What.RECORD, f"The text of the comment {text} was erased, and stands there again.")


def _still(look: Reading, said: Erasures) -> Iterator[str]:
    c, earlier = comments.c, comment_revisions.c
    for query in (
        select(c.id, c.revision).where(c.text.is_not(None), c.revision.in_({number for _, number in said.texts})),
        select(earlier.comment_id, earlier.revision).where(earlier.text.is_not(None)),
    ):
        yield from (str(row[0]) for row in look.execute(query) if said.texts and tuple(row) in said.texts)


def _earlier(look: Reading, said: Erasures) -> Iterator[Finding]:
    """Of a comment that was erased and sent again its erased text is an earlier one."""
    earlier, left = comment_revisions.c, said.revisions + sum(said.comments_at.values())
    query = select(earlier.comment_id, earlier.revision).where(earlier.text.is_(None)).order_by(earlier.id)
    for row in look.execute(query):
        text: Text = (row.comment_id, row.revision)
        if text not in said.texts:
            left -= 1
            if left < 0:
                yield _lost(f"The text {row.revision} of the comment {row.comment_id}")


def _accounts(look: Reading, said: Erasures) -> Iterator[Finding]:
    """Those of which the least is kept, and nothing is compared any more."""
    left = said.statements
    for author_id in look.execute(select(authors.c.id).where(authors.c.erased_at.is_not(None))).scalars():
        if author_id not in said.accounts:
            left -= 1
            if left < 0:
                yield _lost(f"The account {author_id}")


def _lost(what: str) -> Finding:
    return Finding(What.RECORD, f"{what} is gone, and no entry tells of an erasure of it: somebody emptied the row.")
