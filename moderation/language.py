"""Which language a comment is in: by its script where the script tells, by py3langid where it does not.

Comments are short (median 13-19 characters), and script alone settles most of them; a statistical guess is asked
only for Latin letters, among the languages that the project has data for.
"""

from __future__ import annotations

import re
from array import array
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"
"""BCP 47 for a text with no letters, or too few to tell."""

LATIN_LANGUAGES = ("en", "id", "es", "pt", "fr", "de", "it", "vi", "tr")
MAX_READ = 400
"""Code points looked at: more do not change the answer, and the cost stays flat."""

MIN_LATIN = 4
"""Fewer letters than this (`ok`, `lol`) belong to every language."""

_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff\u31f0-\u31ff]")),
    ("ko", re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")),
    ("zh", re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")),
    ("th", re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0620-\u06ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_LATIN = re.compile("[a-z\u00e0-\u024f\u1e00-\u1eff]")


def detect(canonical: str) -> str:
    """The language of a canonical text as an ISO 639-1 code, `und` where it has no letters."""
    text = canonical[:MAX_READ]
    counts = [(len(pattern.findall(text)), language) for language, pattern in _SCRIPTS]
    latin = len(_LATIN.findall(text))
    most, language = max(counts, key=lambda item: item[0])
    # One Han character weighs as much as a Latin word; a brand name does not make a Chinese comment English.
    if most and most * 8 >= latin:
        return _east_asian(counts, language)
    return _latin(text) if latin >= MIN_LATIN else UNKNOWN


def _east_asian(counts: list[tuple[int, str]], language: str) -> str:
    """Japanese writes kana beside Han: a few are enough to tell it from Chinese."""
    by_language = {name: count for count, name in counts}
    if language == "zh" and by_language["ja"] * 5 >= by_language["zh"]:
        return "ja"
    return language


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.5 s to unpack: only when Latin text comes

    read = LanguageIdentifier.from_model_file(MODEL_FILE)
    read.set_languages(list(LATIN_LANGUAGES))
    # Made anew from what is asked: `read` goes on holding its 133 other languages, 28 MB. Its lists of a hundred
    # thousand numbers are ten megabytes of Python integers, and one as arrays.
    found = LanguageIdentifier(
        read.nb_ptc,
        read.nb_pc,
        read.nb_classes,
        _on_disk(read.tk_nextmove),
        array("i", read.tk_output),
        tk_row=read.tk_row,
    )
    found._rowbase = array("I", found._rowbase)
    return found


def _on_disk(table: array[int]) -> array[int] | memoryview[Any]:
    """The same numbers in an unnamed temporary file: of the table's 39 MB the comments of a day touch a few.

    The table itself where there is no room for the file.
    """
    try:
        with TemporaryFile() as file:
            table.tofile(file)
            file.flush()
            held: memoryview[Any] = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
            return held.cast(table.typecode)  # type: ignore[arg-type]
    except OSError:
        return table


def _latin(text: str) -> str:
    return str(_identifier().classify(text)[0])
