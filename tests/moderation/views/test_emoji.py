from __future__ import annotations

import pytest

from moderation.normaliser import ViewName, normalise
from moderation.views.tables import rows


def meaning(text: str) -> str:
    return normalise(text).view(ViewName.EMOJI).text


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        ("扫马", "扫🐎"),
        ("加v", "➕v"),
        ("加微", "+微"),
        ("微心", "微❤️"),
        ("加薇心领", "加薇.💗领"),
        ("爱你", "爱❤️你"),
        ("卖药私聊", "卖💊私聊"),
        ("飞机群", "✈️群"),
        ("女加我", "👩🏽‍🦰➕我"),
        ("casino", "🇨🇦🇸🇮🇳🇴"),
        ("微信", "微😀信"),  # stands for nothing: a filler
        ("1+1=2", "1+1=2"),
        ("我爱🇨🇳", "我爱🇨🇳"),
        ("love you ❤", "love you ❤️"),
    ],
)
def test_an_emoji_that_stands_for_a_word_is_read_as_it(expected: str, sent: str) -> None:
    assert expected == meaning(sent)


def test_the_table_holds_each_emoji_once_and_no_explanations() -> None:
    table = rows("emoji")
    assert len(table) == len({emoji for emoji, *_ in table})
    assert all(len(read) <= 3 for _, read, *_ in table)
