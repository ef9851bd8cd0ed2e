"""The meaning of emoji: those that stand for a word read as it (`扫🐎` as 扫马, `➕v` as 加v), others as fillers.

The table (`tables/emoji.tsv`) names what an emoji shows in as few characters as a writer would have used, since it is
the sound or the character that it replaces; it explains no emoji, and hearts, stars and flowers that decorate stay out
of it. A sign may stand for something only behind or before certain characters (`微❤` as 微心). A family or a couple is
several people joined into one picture and stands for none of them. Two flags or more in a row are read as their letters
where those could be a word and one of the flags is seldom shown (`🇨🇦🇸🇮🇳🇴`); other flags are flags (`🇨🇳🇯🇵`). What
is read is then joined (`joined.py`).
"""

from __future__ import annotations

import re
from functools import cache

from moderation.readings import readings, without_tone
from moderation.views.context import in_context
from moderation.views.joined import joined
from moderation.views.tables import rows
from moderation.views.view import View

_PERSON = "[\U0001f466-\U0001f469\U0001f474-\U0001f476\U0001f9d1-\U0001f9d3]"
_TONE = "[\U0001f3fb-\U0001f3ff\ufe0f]?"
_TAIL = f"{_TONE}(?:\u200d(?!{_PERSON})[\u2640\u2642\u2695-\u27a1\U0001f300-\U0001faff])*"
"""What may follow an emoji and changes who does it, but not what: a tone of skin, a joined sign."""

_UNSAYABLE = re.compile("[^aeiouy]{3}|[aeiouy]{3}|^[^aeiouy]{2}(?<![bcdfgkpstw][hlr])")
"""What no word holds: three consonants or vowels in a row, a beginning that nobody can say."""

_SIGN = re.compile("[+\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
"""Where none of these is, nothing of the table is; a few ranges are looked through faster than its signs."""

_BETWEEN = re.compile(r"[ .·*_~-]{0,3}$")
"""Fillers that may stand between a character and the emoji that goes with it."""


_ROUNDS = 4
"""Each but the last has to bring something out; texts that people write take one or two."""


def with_meanings(view: View, source: str, without: View) -> View:
    """The canonical `view` with emoji read as what they stand for; `without` is the joined view, where none does."""
    if not _SIGN.search(view.text):
        return without
    meant = _read(view)
    if meant is view:
        return without
    # Beside what a picture stands for, letters may be meant that were none beside the picture (`ОО🐀`), and then signs
    # that go with such letters (`οС🐴еν❤`).
    for _ in range(_ROUNDS):
        shown = joined(in_context(meant, source), source)
        meant = _read(shown)
        if meant is shown:
            break
    return shown


def _read(view: View) -> View:
    """The view with what its signs stand for; the same where none stands for anything."""
    pieces = [(*match.span(), read) for match in _pattern().finditer(view.text) if (read := _meaning(view.text, match))]
    return view.replaced(pieces) if pieces else view


def _meaning(text: str, match: re.Match[str]) -> str:
    """What a sign of the table stands for there; empty where it stands for itself."""
    if not match[1]:
        return _spelt_by_flags(match[0])
    read, after, before = _meanings()[match[1]]
    if after:
        near = text[max(0, match.start() - 6) : match.start()]
        near = _BETWEEN.sub("", near)
        if near[-1:] not in set(after) and not near.endswith("wei") and not _sounds_wei(near[-1:], after):
            return ""
    return read if not before or text[match.end() : match.end() + 1] in set(before) else ""


def _spelt_by_flags(run: str) -> str:
    """The letters of two flags or more where they are meant; empty where the flags are."""
    letters = "".join(chr(ord(char) - 0x1F1E6 + ord("a")) for char in run)
    flags = {letters[at : at + 2] for at in range(0, len(letters), 2)}
    return "" if flags <= _shown_often() or _UNSAYABLE.search(letters) else letters


@cache
def _shown_often() -> frozenset[str]:
    """Regions whose flags people put side by side for their own sake."""
    return frozenset(region for region, *shown in rows("flags") if shown)


def _sounds_wei(char: str, after: str) -> bool:
    """Whether a character that stands for 微 does so by its sound: 巍, 葳."""
    return "微" in after and bool(char) and without_tone(readings().get(ord(char), "")) == "wei"


@cache
def _meanings() -> dict[str, tuple[str, str, str]]:
    """What each emoji is read as, after which characters (any where empty) and before which."""
    padded = [[*row, "", ""] for row in rows("emoji")]
    return {emoji: (read, after, before) for emoji, read, after, before, *_ in padded}


@cache
def _pattern() -> re.Pattern[str]:
    signs = "".join(map(re.escape, _meanings()))
    return re.compile(f"(?<!\u200d)([{signs}]){_TAIL}(?!{_TONE}\u200d)|[\U0001f1e6-\U0001f1ff]{{4,}}")
