"""For which comment an account is measured: one that it wrote itself.

What somebody else said would carry the ladder for this account, keep it measured or free it by what becomes of
another's comment, and "once for one comment" would be once for as many comments as there are. So whoever names a
comment of another account, or one that came without an account, is refused: the reason says what else the account
did. Where many are measured at once, each has its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from moderation.errors import Fault
from records import comments
from records.personal import Keyring
from records.unit_of_work import Reading

INSTEAD = "name a comment that this account wrote, or leave it out and say in the reason what the account did"


def faults(look: Reading, keyring: Keyring, account: str, cause: str | None, *, where: str) -> Iterator[Fault]:
    """That the account did not write it; nothing about a comment that was never stored. Both ids are the platform's."""
    comment_id = None if cause is None else comments.known_ids(look, [cause]).get(cause)
    if comment_id is None:
        return
    written_by = comments.get(look, comment_id).author_index
    if written_by is None:
        yield Fault(where, f"is a comment of which no account is known here: {INSTEAD}")
    elif written_by not in keyring.indexes("author", account):
        yield Fault(where, f"is a comment of another account: {INSTEAD}")
