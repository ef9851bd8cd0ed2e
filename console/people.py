"""The people of records by the names that colleagues know."""

from __future__ import annotations

from moderation.errors import NotFoundError
from records import keys, users
from records.known_as import KEY
from records.unit_of_work import Reading


def display_name(look: Reading, user_id: str) -> str:
    """Of a user by id; of a key, whose verdicts carry its id, that."""
    try:
        return users.get(look, user_id).display_name
    except NotFoundError:
        return user_id


def name_of(look: Reading, who: str | None) -> str:
    """Of a user the display name, of a key whose it is as well; of anybody else what they called themselves."""
    if who is None:
        return ""
    if who.startswith(KEY):
        key = keys.by_prefix(look, who.removeprefix(KEY))
        return f"{key.name} ({who})" if key else who
    known = users.by_name(look, who)
    return known.display_name if known else who
