"""One request to one page, as its handler sees it: who, what was sent, how they like to see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from console import permissions
from console.forms import Form
from console.keys import keys_of
from console.parts import ConsoleParts
from console.permissions import NOT_IN_TRAINING, Action
from console.preferences import Preferences
from console.refusals import RefusalError
from console.words import Words, words_in
from records.house_values import SessionRecord, UserRecord


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    user: UserRecord
    session: SessionRecord

    def may(self, action: Action) -> bool:
        """Whether their role allows it; whoever is in training changes nothing yet."""
        return permissions.may(self.user.role, action) and not (self.user.trainee and action in NOT_IN_TRAINING)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that passed the gate. `base` is where the console is mounted, `door` the log-in cookie's nonce."""

    parts: ConsoleParts
    base: str
    path: str
    place: str
    path_values: Mapping[str, str]
    query: Mapping[str, str]
    form: Form
    person: Person | None
    door: str
    preferences: Preferences
    address: str
    referer: str
    agent: str
    secure: bool
    is_htmx: bool
    now: datetime
    csrf_token: str = field(repr=False)
    no_break_yet: bool = False
    """Whether they put a suggested break off, a moment ago."""
    seen: tuple[str, ...] = ()
    """Ids of the accounts that logged in with this browser of late."""
    browser: str = ""
    """What the browser says that it is."""
    is_disabled: bool = False
    """Whether they were logged in, and their account was disabled since."""
    unnamed: dict[str, int] = field(default_factory=dict, repr=False)
    """Numbers of the people on this page, for a visitor who reads no names (`console/colleagues.py`)."""

    @property
    def words(self) -> Words:
        """In the reader's language."""
        return words_in(self.preferences.locale)

    @property
    def me(self) -> UserRecord:
        """Whose visit it is. Raises `RefusalError` where nobody is logged in."""
        return self.logged_in.user

    @property
    def logged_in(self) -> Person:
        """Who is logged in; the gate lets nobody else to a page that asks. Raises `RefusalError`."""
        if self.person is None:
            raise RefusalError("error.unauthenticated", 401)
        return self.person

    @property
    def keys(self) -> dict[str, str]:
        """The key of each command, as this visitor has chosen."""
        return keys_of(self.person.user.keys if self.person else None)

    def may(self, action: Action) -> bool:
        """Whether this visitor may do it."""
        return self.person is not None and self.person.may(action)

    def url(self, path: str) -> str:
        """An address of the console: `/work` where it is mounted."""
        return self.base + path

    def is_within(self, address: str) -> bool:
        """Whether `address` is a path of the console, so that no form sends a browser elsewhere."""
        odd = "\\" in address or address.startswith("//") or not address.isprintable()
        return not odd and address.startswith(f"{self.base}/") and not urlsplit(address).netloc

    def local(self, address: str, default: str) -> str:
        """`address` if it lies within the console, else the console's `default`."""
        return address if self.is_within(address) else self.url(default)
