from __future__ import annotations

import pytest

from moderation.spans import Span
from serving.dropins.sentences import MOST, sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        # Google's own example, with the spans that its documents give.
        (
            "What kind of idiot name is foo? Sorry, I like your name.",
            ["What kind of idiot name is foo?", "Sorry, I like your name."],
        ),
        ("你好。再见！  哈哈", ["你好。", "再见！", "哈哈"]),
        ("他说：“好。”然后走了", ["他说：“好。”", "然后走了"]),
        ("one\ntwo\n\nthree", ["one", "two", "three"]),
        ("version 2.0 is out", ["version 2.0 is out"]),
        ("no end", ["no end"]),
        ("?!", ["?!"]),
        ("   ", ["   "]),
        ("wait... what", ["wait...", "what"]),
    ],
)
def test_sentences_are_found_without_the_space_around_them(text: str, parts: list[str]) -> None:
    assert parts == [span.of(text) for span in sentences(text)]


def test_there_are_never_more_than_the_most_and_none_is_lost() -> None:
    text = "a. " * 500
    found = sentences(text)
    assert MOST == len(found)
    assert Span(0, 2) == found[0]
    assert len(text) - 1 == found[-1].end
