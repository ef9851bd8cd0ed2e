"""The meaning of emoji: those that stand for a word read as it (`扫🐎` as 扫马, `➕v` as 加v), others as fillers.

The table (`tables/emoji.tsv`) names what an emoji shows in as few characters as a writer would have used, since it is
the sound or the character that it replaces; it explains no emoji. Two flags or more in a row are read as their letters
(`🇨🇦🇸🇮🇳🇴`); one flag is a flag. What is read is then joined (`joined.py`).
"""

from __future__ import annotations

import re
from functools import cache

from moderation.views.joined import joined
from moderation.views.tables import pairs
from moderation.views.view import View

_TAIL = "[\U0001f3fb-\U0001f3ff\ufe0f]?(?:\u200d[\u2640\u2642\u2695-\u27a1\U0001f300-\U0001faff])*"
"""What may follow an emoji and changes who does it, but not what: a tone of skin, a joined sign."""


_SIGN = re.compile("[+\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
"""Where none of these is, nothing of the table is; a few ranges are looked through faster than its signs."""


def with_meanings(view: View, source: str, without: View) -> View:
    """The canonical `view` with emoji read as what they stand for; `without` is the joined view, where none does."""
    if not _SIGN.search(view.text):
        return without
    pattern, meanings = _table()
    pieces = [
        (match.start(), match.end(), meanings.get(match[1] or "") or _letters(match[0]))
        for match in pattern.finditer(view.text)
    ]
    return joined(view.replaced(pieces), source) if pieces else without


def _letters(flags: str) -> str:
    return "".join(chr(ord(char) - 0x1F1E6 + ord("a")) for char in flags)


@cache
def _table() -> tuple[re.Pattern[str], dict[str, str]]:
    meanings = pairs("emoji")
    several = "|".join(re.escape(key) for key in sorted(meanings, key=len, reverse=True) if len(key) > 1)
    single = "".join(re.escape(key) for key in meanings if len(key) == 1)
    return re.compile(f"({several}|[{single}]){_TAIL}|[\U0001f1e6-\U0001f1ff]{{4,}}"), meanings
