"""Disguises by meaning: an emoji in place of a word or of one of its characters."""

from __future__ import annotations

from random import Random

from data.disguises.chars import changed
from data.disguises.marks import clusters
from data.disguises.tables import tables


def emoji_for_word(word: str, random: Random) -> str:
    """`💰` for 钱, `微❤️` for 微信."""
    table = tables().emoji
    if word.lower() in table:
        return random.choice(clusters(table[word.lower()]))
    if word.isascii():
        return word
    return changed(word, random, lambda at, char: random.choice(clusters(table.get(char, char))))
