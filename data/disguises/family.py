"""What a family of disguises is: one way of rewriting a word, applied to a share of the words that matter in a text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from data.disguises.chars import is_japanese
from data.disguises.words import Place, content_words
from registry.words import is_han

Rewrite = Callable[[str, Random], str]
"""A word as it would be disguised; the word itself where this way of writing does not suit it."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A disguised text: how many words are rewritten in it, and how many the family is able to rewrite."""

    text: str
    words: int
    able: int


@dataclass(frozen=True, slots=True)
class Family:
    """One way to hide words. A held-out family is never trained on: it stands for what nobody thought of."""

    name: str
    rewrite: Rewrite
    held_out: bool = False
    chinese: bool = False
    """Whether it takes Han for Chinese; it leaves Han alone where kana says that the text is Japanese."""

    places: Callable[[str], list[Place]] | None = None
    """Where this family looks by itself, whatever words matter (a contact is where it is)."""

    def disguise(self, text: str, *, strength: float, seed: int, spans: Sequence[Place] | None = None) -> str:
        """`text` with a share of its words rewritten; the text itself where this way does not suit it.

        `spans` are the words that bear the label, half-open ranges of code points in order; the content words if not
        given. Of those that the family can rewrite, the share `strength` (0 to 1) is rewritten: the expected number
        is exact, and a stronger disguise rewrites what a weaker one does and more. The same arguments give the same
        text on every machine. Raises `ValueError` for a strength or spans that are none.
        """
        return self.hide(text, strength=strength, seed=seed, spans=spans).text

    def applies(self, text: str, spans: Sequence[Place] | None = None) -> bool:
        """Whether the family can rewrite any of the words that matter in `text`."""
        return self.hide(text, strength=0.0, seed=0, spans=spans).able > 0

    def hide(self, text: str, *, strength: float, seed: int, spans: Sequence[Place] | None = None) -> Hidden:
        """As `disguise`, with how many words it rewrote and could have rewritten."""
        if not 0 <= strength <= 1:
            raise ValueError(f"strength is a share from 0 to 1, not {strength}")
        able = self._rewritten(text, seed, spans)
        random = Random(_number(self.name, seed, text))  # noqa: S311 (no secret)
        chosen = random.sample(able, len(able))[: int(strength * len(able) + random.random())]
        return Hidden(_replaced(text, sorted(chosen)), len(chosen), len(able))

    def _rewritten(self, text: str, seed: int, spans: Sequence[Place] | None) -> list[tuple[int, int, str]]:
        """Every word that it can rewrite, with the new spelling: (start, end, spelling)."""
        found = []
        for start, end in self._looked_at(text, spans):
            word = text[start:end]
            random = Random(_number(self.name, seed, f"{start}\0{word}"))  # noqa: S311 (no secret)
            written = self.rewrite(word, random)
            if written != word:
                found.append((start, end, written))
        return found

    def _looked_at(self, text: str, spans: Sequence[Place] | None) -> Sequence[Place]:
        if self.places is not None:
            return self.places(text)
        if spans is not None:
            _check(spans, len(text))
        found = content_words(text) if spans is None else spans
        if self.chinese and is_japanese(text):
            return [place for place in found if not is_han(text[place[0]])]
        return found


def _check(spans: Sequence[Place], length: int) -> None:
    last = 0
    for start, end in spans:
        if not last <= start < end <= length:
            raise ValueError(f"spans are ranges in order within a text of {length} code points, not {list(spans)}")
        last = end


def _replaced(text: str, chosen: Sequence[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    last = 0
    for start, end, written in chosen:
        parts += (text[last:start], written)
        last = end
    return "".join((*parts, text[last:]))


def _number(name: str, seed: int, text: str) -> int:
    """The same on every machine and in every process, which `hash` is not."""
    told = f"{name}\0{seed}\0{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest())
