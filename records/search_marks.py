"""Where in a text as it was sent stands what was looked for, also where a disguise parts it or draws it otherwise."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from moderation.normaliser import View, ViewName, normalise
from moderation.spans import Span, merged
from moderation.views.phonetic import plainly_drawn
from records.search_words import Words, is_sign_of_words


def places_in(text: str, wanted: Words) -> tuple[Span, ...]:
    """Spans in code points of `text`; of each part in the first reading that has it, as sent before all others."""
    found: list[Span] = []
    missing = list(wanted.parts)
    if wanted.parts:
        for view in _readings(text):
            found += [span for part in missing for span in _spans(view, part)]
            missing = [part for part in missing if part not in view.text]
            if not missing:
                break
    if wanted.sounds:
        heard = normalise(text).view(ViewName.PHONETIC)
        found += [span for sound in wanted.sounds for span in _spans(heard, sound)]
    return merged(found)


def _readings(text: str) -> Iterator[View]:
    """Those of `search_words.readings`, in their order, each made when it is asked for."""
    at = range(len(text))
    yield _folded(View(text, tuple(at), tuple(place + 1 for place in at)))
    read = normalise(text)
    canonical = _folded(read.canonical)
    yield canonical
    yield _of(canonical, (at for at, char in enumerate(canonical.text) if is_sign_of_words(char)))
    yield _folded(read.view(ViewName.JOINED))
    yield _folded(read.whole.reading(plainly_drawn(read.whole.text)))


def _folded(view: View) -> View:
    """As `search_words.folded`: every character knows where it came from, which one of two that compose does not."""
    seen = view
    if not view.text.isascii():
        seen = _of(view, (at for at, char in enumerate(view.text) if unicodedata.category(char) != "Cf"))
    folded = [(at, unicodedata.normalize("NFKC", char).casefold()) for at, char in enumerate(seen.text)]
    seen = seen.replaced((at, at + 1, char) for at, char in folded if char != seen.text[at])
    kept = (
        at for at, char in enumerate(seen.text) if not char.isspace() or (at > 0 and not seen.text[at - 1].isspace())
    )
    single = _of(seen, kept)
    return single.reading("".join(" " if char.isspace() else char for char in single.text))


def _of(view: View, places: Iterable[int]) -> View:
    kept = tuple(places)
    if len(kept) == len(view.text):
        return view
    return View(
        "".join(view.text[at] for at in kept),
        tuple(view.starts[at] for at in kept),
        tuple(view.ends[at] for at in kept),
    )


def _spans(view: View, part: str) -> Iterator[Span]:
    at = view.text.find(part)
    while at >= 0:
        yield view.to_source(at, at + len(part))
        at = view.text.find(part, at + len(part))
