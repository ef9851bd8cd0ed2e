"""Every family of disguises. A data scientist who adds one writes a `Rewrite` and a line here.

Held-out families are of another kind than those trained on, not harder ones of the same kind: order, marks between,
letters of many scripts, sounds that are only near.
"""

from __future__ import annotations

from typing import Final

from data.disguises import glyphs, marks, meanings, sounds
from data.disguises.contacts import contact, contacts
from data.disguises.family import Family
from moderation.errors import NotFoundError

FAMILIES: Final = (
    Family("homophone", sounds.homophone, chinese=True),
    Family("look_alike", glyphs.look_alike),
    Family("split", glyphs.split),
    Family("filler", marks.filler),
    Family("emoji_for_word", meanings.emoji_for_word),
    Family("traditional", glyphs.traditional, chinese=True),
    Family("styled", glyphs.styled),
    Family("leet", glyphs.leet, chinese=True),
    Family("pinyin", sounds.pinyin, chinese=True),
    Family("initials", sounds.initials, chinese=True),
    Family("contact", contact, places=contacts),
    Family("near_homophone", sounds.near_homophone, chinese=True, held_out=True),
    Family("reversed", marks.reverse, held_out=True),
    Family("emoji_between", marks.emoji_between, held_out=True),
    Family("mixed_script", glyphs.mixed_script, chinese=True, held_out=True),
    Family("combining", marks.combining, held_out=True),
)

TRAINED: Final = tuple(each for each in FAMILIES if not each.held_out)
"""Those that training rows may be written with."""


def family(name: str) -> Family:
    """The family of that name. Raises `NotFoundError` with the names there are."""
    for each in FAMILIES:
        if each.name == name:
            return each
    raise NotFoundError(f"There is no family of disguises '{name}'. There are: {', '.join(f.name for f in FAMILIES)}.")
