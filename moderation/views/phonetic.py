"""The phonetic view: one code point for each class of syllables that sound alike."""

from __future__ import annotations

from functools import lru_cache

from moderation.views.view import View

_FIRST = 0xE000
_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))


def phonetic(view: View) -> View:
    """`view` with every Han character read as the class of its syllable, in the private use area."""
    return view.reading(view.text.translate(_readings()))


@lru_cache(maxsize=1)
def _readings() -> dict[int, str]:
    from pypinyin import lazy_pinyin  # loads its dictionaries on import; a process whose rules do not ask needs none

    classes: dict[str, str] = {}
    table: dict[int, str] = {}
    for code in range(0x3400, 0xA000):
        (syllable,) = lazy_pinyin(chr(code))
        if syllable != chr(code):
            table[code] = classes.setdefault(_class(syllable), chr(_FIRST + len(classes)))
    return table


def _class(syllable: str) -> str:
    for sound, near in _NEAR:
        if syllable.startswith(sound):
            syllable = near + syllable[len(sound) :]
            break
    return syllable.removesuffix("g") if syllable.endswith(("ang", "eng", "ing")) else syllable
