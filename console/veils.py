"""Which harsh texts a page shows, collected while it is written: what its veil lifts, and what is seen with it.

A template writes every text of a comment with `sight.over(comment's id, whether it is harsh)`, which blurs it where the
visitor wants that, and says with `sight.veil()` where the way to what is blurred stands: a checkbox, and nothing where
nothing is blurred. So no page has the one without the other.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

LIFTS = "reveal"
"""The checkbox of a page, in its document."""


@dataclass(frozen=True, slots=True)
class Veil:
    """How it is drawn: its key, the button's word, for what the texts are blurred, the form it is sent with.

    `says`: whether whoever reached the limit of the hour is told here.
    """

    key: str
    word: str
    because: str
    form: str
    says: bool


@dataclass(slots=True)
class Sight:
    """What one page puts before somebody's eyes, or a part of it with a veil of its own. `box`: its checkbox."""

    blurs: bool
    box: str = LIFTS
    drawn_as: Veil | None = None
    is_harsh: bool = False
    """Whether there is anything that a veil lifts."""

    own: dict[str, None] = field(default_factory=dict)
    within: list[Sight] = field(default_factory=list)
    later: list[Sight] = field(default_factory=list)
    mark: str = field(default_factory=lambda: f"<!--{secrets.token_hex(16)}-->")

    def over(self, comment_id: str, is_harsh: object, *, told: bool = True, name: str = "veiled") -> str:
        """The class of a text that is blurred at first, with a space before it; "" for any other.

        What is blurred and not `told` to be harsh, since the visitor is asked about it blind, counts in its case alone.
        """
        if not is_harsh:
            return ""
        self.is_harsh = True
        if told:
            self.own[comment_id] = None
        return f" {name}" if self.blurs else ""

    def veiled(self, comment_id: str, is_harsh: object) -> Markup:
        """The same as an attribute, for what has no other class."""
        return Markup(' class="{}"').format(name.strip()) if (name := self.over(comment_id, is_harsh)) else Markup()

    def veil(
        self, key: str = "", *, word: str = "search.reveal", because: str = "", form: str = "", says: bool = True
    ) -> Markup:
        """Where the veil stands; the first place on a page is the one."""
        if self.drawn_as is not None:
            return Markup()
        self.drawn_as = Veil(key, word, because, form, says)
        return Markup(self.mark)  # noqa: S704  # of our own making, and nobody can guess it

    def apart(self, box: str) -> Sight:
        """A part of the page with a veil of its own, which the page's lifts as well."""
        self.within.append(Sight(self.blurs, box))
        return self.within[-1]

    def ahead(self) -> Sight:
        """What lies in the page and is shown later, in its own turn."""
        self.later.append(Sight(self.blurs))
        return self.later[-1]

    @property
    def ids(self) -> tuple[str, ...]:
        """The harsh texts that are seen once the veil is lifted, or with the page where nothing is blurred."""
        return tuple(dict.fromkeys((*self.own, *(each for part in self.within for each in part.ids))))

    def finished(self, page: str, draw: Callable[[Sight, Veil], str]) -> str:
        """The page with its veils."""
        for part in self._parts():
            if part.drawn_as is not None:
                page = page.replace(part.mark, draw(part, part.drawn_as) if part.is_harsh else "")
        return page

    def _parts(self) -> Iterator[Sight]:
        yield self
        for part in (*self.within, *self.later):
            yield from part._parts()
