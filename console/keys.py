"""The keys of the work page: the usual ones, and each person's own in their place.

A command is pressed by whatever on the page carries its key (`data-key`), so a key means the same everywhere and shows
on its button. Keys of lists (`j`, `k`, Enter) and those with Ctrl stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from moderation.errors import Fault, InvalidInputError

USUAL: Mapping[str, str] = {
    "approve": "a",
    "reject": "d",
    "unsure": "n",
    "escalate": "e",
    "skip": "s",
    "next": "j",
    "previous": "k",
    "undo": "u",
    "reveal": "b",
    "span": "x",
    "campaign": "c",
    "elsewhere": "w",
    "hand_over": "h",
    "account": "o",
    "standing": "i",
    "thread": "t",
    "ground": "g",
    "measure": "m",
    "confidence": "f",
    "answer": "r",
    "note": "p",
    "read_as": "l",
    "whole": "v",
    "tick_all": "y",
    "mine": "q",
    "rest": "z",
    "search": "/",
    "help": "?",
    **{f"label_{place}": str(place) for place in range(1, 10)},
}
"""Every command that can be given another key, in the order in which people read of them."""


def keys_of(own: Mapping[str, str] | None) -> dict[str, str]:
    """Each command's key: the person's own, else the usual one. Commands that are gone are left out.

    A command that came later has none where its usual key is another command's of theirs.
    """
    mine = own or {}
    taken = {key for command, key in mine.items() if command in USUAL}
    return {command: mine.get(command, "" if usual in taken else usual) for command, usual in USUAL.items()}


def chosen(form: Mapping[str, str]) -> dict[str, str] | None:
    """What differs from the usual keys in a form of one field a command; None where nothing does.

    Raises `InvalidInputError` naming every command whose key is no single character or another's as well.
    """
    wanted = {command: form.get(command, usual).strip().casefold() for command, usual in USUAL.items()}
    taken = list(wanted.values())
    faults = [
        Fault(command, "is no single character" if not _is_key(key) else f"{key} is another command's as well")
        for command, key in wanted.items()
        if not _is_key(key) or taken.count(key) > 1
    ]
    if faults:
        raise InvalidInputError("These keys cannot be used.", faults)
    return {command: key for command, key in wanted.items() if key != USUAL[command]} or None


def _is_key(key: str) -> bool:
    return len(key) == 1 and key.isprintable() and not key.isspace()
