"""What waits for a second person's word over many is closed to whoever asked, and to all that is in the same hand.

Else the question would be asked in vain: comment by comment the same could be decided alone while it waits.
"""

from __future__ import annotations

from governance.hands import every_name
from moderation.errors import ConflictError
from records import bulk, users
from records.known_as import folded
from records.unit_of_work import Reading


class AskedAlreadyError(ConflictError):
    """They asked a second person about a verdict over many, of which the comment is one."""


def check_free(look: Reading, comment_id: str, moderator: str) -> None:
    """Raises `AskedAlreadyError` where `moderator` (a user's id, or `key:` and a prefix) asked about the comment."""
    asking = bulk.asking_about(look, comment_id)
    if asking and any(_is_one_hand(look, who, moderator) for who in asking):
        raise AskedAlreadyError(
            "You asked a second person for a verdict over many comments, of which this is one: it is closed to you "
            "until they answer, or until you withdraw the question (Approvals). A colleague may decide it."
        )


def _is_one_hand(look: Reading, who: str, other: str) -> bool:
    name = _name(look, other)
    return who == other or bool({name, folded(name)} & every_name(look, _name(look, who)))


def _name(look: Reading, who: str) -> str:
    user = users.find(look, who)
    return who if user is None else user.name
