"""The words that comments use, how common each is, and where a text could be hiding one.

jieba's dictionary is of newspapers and novels: 微信 and 提现 are not in it. A model's lexicon has the words of its
training rows beside jieba's, each with its share. A disguised word is found by how it sounds and by what it is drawn
like, and `moderation/views/restored.py` weighs whether it is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import exp, log

from ahocorasick_rs import AhoCorasick, MatchKind

from moderation.views.phonetic import sound_of
from moderation.views.shape import in_class

Meant = tuple[int, int, str, float]
"""A word that a range of units could be: first unit, the one after the last, the word, the logarithm of its share."""

_ALIKE = 3
"""Words of one sound that are kept, the most common first."""
LONGEST = 4
"""Characters of a word that is looked for."""
RAREST = -16.0
"""What a word that a lexicon lacks is worth: one in ten million."""
MOST = 500_000
"""Words; the largest of ours has a tenth."""


@dataclass(frozen=True)
class Heard:
    """Every way to write a key that stands for a word, the most common first: `(word, logarithm of its share)`."""

    words: tuple[tuple[tuple[str, float], ...], ...]
    automaton: AhoCorasick

    @staticmethod
    def of(keys: Mapping[str, list[tuple[str, float]]]) -> Heard:
        """From each key's words."""
        found = tuple(tuple(sorted(each, key=lambda pair: (-pair[1], pair[0]))[:_ALIKE]) for each in keys.values())
        return Heard(found, AhoCorasick(list(keys), matchkind=MatchKind.Standard))

    def within(self, text: str) -> Iterator[Meant]:
        """Every word that a part of `text` could be."""
        for which, start, end in self.automaton.find_matches_as_indexes(text, overlapping=True):
            for word, share in self.words[which]:
                yield start, end, word, share


class Lexicon:
    """Words of two to four Han characters by sound and by shape, and words in Latin letters that are no pinyin here."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        """`shares`: each word's share of all words, above 0 and at most 1."""
        self.shares = {word: log(share) for word, share in shares.items()}
        self.unknown = min(RAREST, *self.shares.values()) if self.shares else RAREST
        heard: dict[str, list[tuple[str, float]]] = {}
        drawn: dict[str, list[tuple[str, float]]] = {}
        for word, share in self.shares.items():
            if not 2 <= len(word) <= LONGEST or not all("\u3400" <= char <= "\u9fff" for char in word):
                continue
            sounds = [sound_of(char) for char in word]
            if all(sounds):
                heard.setdefault("".join(sounds), []).append((word, share))
            drawn.setdefault("".join(map(in_class, word)), []).append((word, share))
        self.by_sound = Heard.of(heard) if heard else None
        self.by_shape = Heard.of(drawn) if drawn else None

    def __len__(self) -> int:
        return len(self.shares)

    def share(self, word: str) -> float:
        """The logarithm of the word's share; that of the rarest, or `RAREST`, where the lexicon lacks it."""
        return self.shares.get(word, self.unknown)

    def to_bytes(self) -> bytes:
        """As a file: a word and the logarithm of its share a line, in order."""
        return "".join(f"{word}\t{share:.4f}\n" for word, share in sorted(self.shares.items())).encode()

    @staticmethod
    def from_bytes(raw: bytes) -> Lexicon:
        """Raises `ValueError` where these are no bytes of a lexicon."""
        if raw.count(b"\n") > MOST:
            raise ValueError(f"a lexicon of more than {MOST} words")
        shares: dict[str, float] = {}
        for line in raw.decode().splitlines():
            word, told = line.split("\t")
            if not word or not -100.0 < float(told) <= 0.0:
                raise ValueError("a word without a share")
            shares[word] = exp(float(told))
        return Lexicon(shares)


def mixed(counts: Mapping[str, int], others: Iterable[tuple[str, float]], *, own: float, least: float) -> Lexicon:
    """A lexicon of counted words and of `others` with their shares; the counted ones weigh `own` of 1.

    Words whose share in the mix is below `least` are left out.
    """
    total = max(1, sum(counts.values()))
    shares = {word: own * count / total for word, count in counts.items()}
    for word, share in others:
        shares[word] = shares.get(word, 0.0) + (1 - own) * share
    return Lexicon({word: share for word, share in sorted(shares.items()) if share >= least})
