"""Words that people give as a reason: what no reader sees is no word, and no mark turns what stands beside it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from records.house_queues import Redress

_KEPT = "\n\t\u200c\u200d"
"""Lines, and joiners: without a width, and part of how Persian, Indian scripts and emoji are written."""

_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters by their class, and blank to the eye."""

_GONE = ("Cf", "Cc")

_ARTICLE = re.compile(r"([1-9][0-9]{0,4})(?:\(([1-9][0-9]?)\))?")

QUOTED, _SHORT = 12, 6
"""Characters of a text in a row that are a quotation; a text of fewer than six is a word that anybody may use."""


def seen(words: str) -> str:
    """Without invisible characters: format marks (bidirectional ones too) and controls; nothing where none is left."""
    kept = "".join(each for each in words if each in _KEPT or unicodedata.category(each) not in _GONE)
    says = any(each not in _BLANK and unicodedata.category(each)[0] in "LNPS" for each in kept)
    return kept.strip() if says else ""


def says_something(words: str) -> bool:
    """Whether there are letters or digits enough for a word: one Chinese character, or two of another script."""
    told = [each for each in words if unicodedata.category(each)[0] in "LN"]
    return len(told) > 1 or any("\u3400" <= each <= "\u9fff" for each in told)


def quotes(words: str, text: str) -> bool:
    """Whether `words` have a run of the text that nobody writes by chance: `QUOTED` characters, or all of it."""
    said, written = "".join(words.split()), "".join(text.split())
    if len(written) < _SHORT:
        return False
    runs = range(max(1, len(written) - QUOTED + 1))
    return any(written[at : at + QUOTED] in said for at in runs)


def ground_in(ground: str, language: str, redress: Redress) -> str:
    """Rules by their titles for a reader: `platform-rules:gambling` is "Platform rules: gambling".

    What nobody gave a title stays as it was written.
    """
    return ", ".join(_titled(each, language == "en", redress) for each in ground.split(", "))


def codes_in(ground: str, redress: Redress) -> list[str]:
    """The labels and grounds of the taxonomy that a ground names, by themselves or as a rule of a book."""
    named = (each.rpartition(":")[2].replace("-", "_") for each in ground.split(", "))
    return [each for each in named if each in redress.titles]


def is_known(ground: str, redress: Redress) -> bool:
    """Whether a ground has a title in both languages, all of it."""
    return all(_is_titled(each, redress) or bool(codes_in(each, redress)) for each in ground.split(", "))


def _is_titled(ground: str, redress: Redress) -> bool:
    """Whether it is of a book that has such a part; of a law any article that it has."""
    book, _, part = ground.partition(":")
    if book in redress.law:
        return has_article(book, part, redress)
    return book in redress.books or book in redress.recommended


def has_article(book: str, part: str, redress: Redress) -> bool:
    """Whether a book of law has this article, and its item (`5(1)`); any number of a book that nobody counted."""
    if not set(part) <= set("0123456789()"):
        return False
    if book not in redress.law:
        return True
    found, law = _ARTICLE.fullmatch(part), redress.law[book]
    if found is None or int(found[1]) > law.articles:
        return False
    return int(found[2] or 1) <= law.items.get(int(found[1]), int(found[2] or 1))


def unknown_in(ground: str, redress: Redress) -> list[tuple[str, list[str]]]:
    """The rules of a ground that no catalogue here has, each with the nearest names that one has."""
    names = [*redress.books, *redress.titles, *redress.recommended]
    parts = [each for each in ground.split(", ") if each and not _is_in_catalogue(each, redress)]
    return [(each, difflib.get_close_matches(each.rpartition(":")[2], names, n=2, cutoff=0.6)) for each in parts]


def _is_in_catalogue(ground: str, redress: Redress) -> bool:
    """Whether it is known; of a rule of a book by its name (`platform-rules:gambling`), whether there is that rule."""
    if ground in redress.declared:
        return True
    book, _, part = ground.partition(":")
    is_named = book in redress.books and book not in redress.law and part.replace("-", "").replace("_", "").isalpha()
    return bool(codes_in(ground, redress)) if is_named else is_known(ground, redress)


def _titled(ground: str, in_english: bool, redress: Redress) -> str:
    book, _, part = ground.partition(":")
    titles = redress.books.get(book)
    if titles is None:
        alone = redress.titles.get(ground.replace("-", "_")) or redress.recommended.get(ground)
        return ground if alone is None else alone[in_english]
    named = redress.titles.get(part.replace("-", "_"))
    if not part:
        return titles[in_english]
    if named is not None:
        return f"{titles[0]}：{named[0]}" if not in_english else f"{titles[1]}: {named[1].lower()}"
    if has_article(book, part, redress):
        return f"{titles[0]}第{part}条" if not in_english else f"{titles[1]}, article {part}"
    return ground if book in redress.law else f"{titles[in_english]} {part}"
