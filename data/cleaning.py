"""Which texts are refused and why, and what is mended before anybody reads them."""

from __future__ import annotations

import ast
import hashlib
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from data.invented import INVENT
from data.recipes import Cleaning
from moderation.comment import MAX_TEXT
from moderation.normaliser import normalise

_UNDECODABLE: Final = re.compile("[\udc80-\udcff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_HAN: Final = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_SPACE_AT_HAN: Final = re.compile(f"(?<=[{_HAN}]) +| +(?=[{_HAN}])")
_TAG: Final = re.compile(r"<br\s*/?>|</?[a-z][^<>]{0,300}>", re.IGNORECASE)


class UnfitTextError(ValueError):
    """The text is refused; the message is the cause in a report."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text as it is kept, its canonical view, and what duplicates are told by."""

    text: str
    canonical: str
    likeness: str


def clean(raw: object, how: Cleaning) -> Cleaned:
    """The text mended as the recipe says. Raises `UnfitTextError` with the cause."""
    if not isinstance(raw, str):
        raise UnfitTextError(f"the text is {type(raw).__name__}, not a string")
    check_encoding(raw)
    bare = _mended(raw, how)
    # Two copies of one campaign differ in what we invent for their masks, not in what they say.
    blank = _masked(bare, how, None)
    text = _masked(bare, how, _draws(blank)) if how.masks else bare
    if how.join_spaced_tokens:
        text, blank = _SPACE_AT_HAN.sub("", text), _SPACE_AT_HAN.sub("", blank)
    check_length(text)
    canonical = normalise(text).canonical.text
    if not canonical:
        raise UnfitTextError("nothing of the text is visible" if text else "the text is empty")
    likeness = canonical if blank == text else normalise(blank).canonical.text
    return Cleaned(text, canonical, likeness or canonical)


def check_encoding(text: str) -> None:
    """Raises `UnfitTextError` for bytes that were no text, and for halves of characters."""
    if _UNDECODABLE.search(text):
        raise UnfitTextError("holds bytes that are not valid in the file's encoding")
    if _SURROGATE.search(text):
        raise UnfitTextError("holds a lone surrogate: half a character")


def check_length(text: str) -> None:
    """Raises `UnfitTextError` for more than a comment may have."""
    if len(text) > MAX_TEXT:
        raise UnfitTextError(f"has {len(text):,} code points, at most {MAX_TEXT:,} are read")


def _mended(text: str, how: Cleaning) -> str:
    if how.flatten_fragments:
        text = _flattened(text)
    if how.strip_tags:
        text = _TAG.sub(" ", text)
    if how.unescape_html:
        text = html.unescape(text)
        check_encoding(text)
    return text.strip()


def _masked(text: str, how: Cleaning, random: Random | None) -> str:
    """Without its placeholders, or with inventions in their place where there is a `random`."""
    for pattern, invention in how.masks.items():
        text = re.sub(pattern, _filler(invention, random), text)
    return text


def _draws(seed: str) -> Random:
    return Random(hashlib.sha256(seed.encode()).hexdigest())  # noqa: S311 - draws inventions, guards nothing


def _filler(invention: str, random: Random | None) -> Callable[[re.Match[str]], str]:
    if random is None:
        return lambda _match: ""
    return lambda _match: INVENT[invention](random)


def _flattened(text: str) -> str:
    """`[{'type': 'link', 'text': 'a'}, 'b']` as `ab`: a chat export's fragments, written as a Python list."""
    if not text.startswith(("[{", "['", '["')):
        return text
    try:
        held = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    if not isinstance(held, list):
        return text
    return "".join(str(part.get("text", "")) if isinstance(part, dict) else str(part) for part in held)
