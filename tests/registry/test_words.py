from __future__ import annotations

import pytest

from registry.words import words


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("要的加微信", "要 的 加 微信"),
        ("加微看片", "加微 看 片"),
        ("微信微信加微信", "微信 微信 加 微信"),
        ("今天天气很好我们去公园", "今天天气 很 好 我们 去 公园"),
        ("微", "微"),
    ],
)
def test_words_of_the_trade_that_the_dictionary_lacks_are_whole(text: str, cut: str) -> None:
    assert cut.split(" ") == [text[start:end] for start, end in words(text)]
