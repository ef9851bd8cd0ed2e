"""A comment as the core sees it: values without behaviour. The edge (`serving/schemas.py`) builds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from moderation.judged_before import PersonsWord
from moderation.standing import NOTHING_AGAINST, HeldThread, Standing

MAX_TEXT = 10_000
"""The longest comment, in code points (API.md)."""

DEFAULT_SURFACE = "forum"
CORPUS = "corpus"
"""The surface of comments that the house brought to be labelled, so that no figure about a platform counts them."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something beside the text: its kind (image, audio, video, file), its SHA-256 and its words, if any."""

    kind: str
    sha256: str
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """The platform's pseudonym for who wrote it; never a name, a phone or an address. `standing` is what we know."""

    id: str | None = None
    verified: bool | None = None
    created_at: datetime | None = None
    standing: Standing = NOTHING_AGAINST


@dataclass(frozen=True, slots=True)
class Context:
    """Where the comment stands. Surfaces have no case: `News` must not slip past what `news` asks.

    `held` are the measures on its thread; `mine_1h` the account's comments there within the hour, this one too, where
    somebody counts them.
    """

    surface: str = DEFAULT_SURFACE
    thread_id: str | None = None
    parent_id: str | None = None
    parent_text: str | None = None
    held: tuple[HeldThread, ...] = ()
    mine_1h: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "surface", self.surface.strip().casefold() or DEFAULT_SURFACE)


@dataclass(frozen=True, slots=True)
class Client:
    """Opaque pseudonyms of device and network, as the platform gives them."""

    device: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """What a platform asks about. `before` is what a person said of it, where it is sent again and somebody did."""

    text: str
    id: str | None = None
    lang: str | None = None
    type: str = "comment"
    attachments: tuple[Attachment, ...] = ()
    author: Author = field(default_factory=Author)
    context: Context = field(default_factory=Context)
    client: Client = field(default_factory=Client)
    before: PersonsWord | None = None
