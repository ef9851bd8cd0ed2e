"""What was looked up for an answer, remembered for a second: workers are in step within two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from moderation.errors import PartUnavailableError

REMEMBERED_SECONDS = 1.0
MOST_REMEMBERED = 10_000

Known = TypeVar("Known")


class Remembered(Generic[Known]):
    """By name. Where the database does not answer, what was known a moment ago stays known."""

    def __init__(self, part: str, find: Callable[[str], Known], clock: Callable[[], float]) -> None:
        """`find` asks the database; `part` is what is missing where it does not answer."""
        self._part = part
        self._find = find
        self._clock = clock
        self._found: dict[str, tuple[float, Known]] = {}

    async def get(self, name: str) -> Known:
        """What is known of `name`. Raises `PartUnavailableError` where nobody can say."""
        held = self._found.get(name)
        if held is not None and self._clock() - held[0] < REMEMBERED_SECONDS:
            return held[1]
        try:
            found = await asyncio.to_thread(self._find, name)
        except PartUnavailableError as error:
            if held is None:
                raise PartUnavailableError(self._part, str(error)) from error
            return held[1]
        if len(self._found) >= MOST_REMEMBERED:
            self._found.clear()
        self._found[name] = (self._clock(), found)
        return found

    def last(self, name: str, otherwise: Known) -> Known:
        """What was found of `name` the last time, however long ago."""
        held = self._found.get(name)
        return otherwise if held is None else held[1]

    def forget(self, name: str) -> None:
        """It is looked up anew the next time."""
        self._found.pop(name, None)

    def clear(self) -> None:
        """All are."""
        self._found.clear()
