"""How a comment is read: views in which disguised spellings meet, and the way back to the text as sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from moderation.views.canonical import REPLACEMENT, canonical
from moderation.views.emoji import with_meanings
from moderation.views.joined import joined
from moderation.views.lattice import is_odd
from moderation.views.leet import legible
from moderation.views.marks import MAX_MARKS
from moderation.views.parted import without_asides, without_stops
from moderation.views.phonetic import phonetic
from moderation.views.pieced import is_worth, pieces
from moderation.views.shape import in_classes, whole
from moderation.views.stretch import Stretch, stretches_of
from moderation.views.view import View, ViewName

__all__ = ["MAX_MARKS", "REPLACEMENT", "VERSION", "Normalised", "View", "ViewName", "normalise", "term_in"]

VERSION = "4"
"""Changes when any text could read otherwise to a model: in the canonical view, `whole` or the phonetic one.

Bundles carry it and refuse to load beside another. The shape view is read by rules alone.
"""


Made = TypeVar("Made")

KEPT = 1_000
"""Code points of a text of which all readings are kept: those of the longest text would take tens of megabytes."""


@dataclass(frozen=True)
class _Anew(Generic[Made]):
    """Made each time that somebody looks."""

    made: Callable[[], Iterator[Made]]

    def __iter__(self) -> Iterator[Made]:
        return self.made()


@dataclass(frozen=True)
class Normalised:
    """A text and its views, each made once, when first asked for."""

    source: str
    _views: dict[ViewName, View] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def canonical(self) -> View:
        """The view that models and most rules read."""
        return self._views.get(ViewName.CANONICAL) or self.view(ViewName.CANONICAL)

    def view(self, name: ViewName) -> View:
        """The reading of that name."""
        found = self._views.get(name)
        if found is None:
            found = self._views[name] = _MAKERS[name](self)
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the text is visible; marks with nothing to stand on are not."""
        return all(unicodedata.category(char).startswith("M") for char in self.canonical.text)

    @cached_property
    def whole(self) -> View:
        """The view with emoji read and fillers gone, and split characters joined: what the last two are made of."""
        return whole(self.view(ViewName.EMOJI))

    @cached_property
    def pieces(self) -> Iterable[View]:
        """Pieces of the text with every reading that their signs have; most texts have none."""
        view = self.canonical
        return self._kept(lambda: pieces(view, self.source)) if is_worth(view) else ()

    @cached_property
    def stretches(self) -> Iterable[Stretch]:
        """Where ways to write may be mixed within a word, with all readings; most texts have none."""
        view = self.canonical
        return self._kept(lambda: stretches_of(view)) if is_odd(view) else ()

    def _kept(self, made: Callable[[], Iterator[Made]]) -> Iterable[Made]:
        """What is made, for whoever asks again; made anew where the text is long."""
        return tuple(made()) if len(self.source) <= KEPT else _Anew(made)


def _emoji(text: Normalised) -> View:
    return with_meanings(text.canonical, text.source, text.view(ViewName.JOINED))


def _shape(text: Normalised) -> View:
    """Signs for letters are read before fillers go, since a sign between letters is a filler otherwise."""
    read = without_asides(legible(text.canonical, text.source))
    if read is text.canonical:
        return in_classes(without_stops(text.whole))
    return in_classes(without_stops(whole(with_meanings(read, text.source, joined(read, text.source)))))


_MAKERS: dict[ViewName, Callable[[Normalised], View]] = {
    ViewName.CANONICAL: lambda text: canonical(text.source),
    ViewName.JOINED: lambda text: joined(text.canonical, text.source),
    ViewName.EMOJI: _emoji,
    ViewName.PHONETIC: lambda text: phonetic(text.whole, text.source),
    ViewName.SHAPE: _shape,
}


def normalise(text: str) -> Normalised:
    """`text` with its views; never fails, whatever the string holds."""
    return Normalised(text)


_HAN = re.compile("[\u3400-\u9fff]")


def term_in(name: ViewName, term: str) -> str:
    """A rule's term as the view `name` would show it when written plainly.

    A term without Han characters is not read as pinyin: `judi` is a word of its own and no spelling of 局地.
    """
    if name is ViewName.PHONETIC and not _HAN.search(term):
        name = ViewName.JOINED
    return normalise(term).view(name).text
