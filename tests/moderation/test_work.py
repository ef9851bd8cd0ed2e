"""The counter of `work.py` sees what calls alone do not show."""

from __future__ import annotations

import pytest

import moderation.views.emoji as patterns
from tests.moderation.work import counted


def once(text: str) -> None:
    patterns._SIGN.search(text)


def again_from_every_place(text: str) -> None:
    for at in range(0, len(text), 100):
        patterns._SIGN.search(text, at)


def slices_of_all_before(text: str) -> None:
    for at in range(0, len(text), 100):
        patterns._SIGN.search(text[:at])


def strings_made_anew(text: str) -> None:
    for _ in range(0, len(text), 100):
        text.replace("a", "b")


def grown(read: object, size: int) -> int:
    assert callable(read)
    with counted("moderation.views") as scanned:
        read("a" * size)
    return scanned.characters


def test_one_look_at_a_text_is_its_length() -> None:
    assert 1_000 == grown(once, 1_000)


@pytest.mark.parametrize("read", [again_from_every_place, slices_of_all_before, strings_made_anew])
def test_looking_again_and_again_grows_with_the_square(read: object) -> None:
    assert 3.5 * grown(read, 2_000) < grown(read, 4_000)


def test_the_patterns_are_the_module_s_own_afterwards() -> None:
    before = patterns._SIGN
    with counted("moderation.views"):
        assert patterns._SIGN is not before
    assert patterns._SIGN is before
