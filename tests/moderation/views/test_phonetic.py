from __future__ import annotations

import pytest

from moderation.normaliser import ViewName, normalise, term_in


def sounds(text: str) -> str:
    return normalise(text).view(ViewName.PHONETIC).text


def hears(term: str, text: str) -> bool:
    return term_in(ViewName.PHONETIC, term) in sounds(text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("微信", "加薇心"),
        ("微信", "加威✨性领取"),
        ("微信", "jia weixin"),
        ("微信", "加我 wei xin"),
        ("微信", "加v信"),
        ("微信", "加vx"),
        ("微信", "薇❤"),
        ("扫码", "扫🐎"),
        ("赌博", "堵.搏"),
        ("三级片", "3级片"),
        ("兼职", "坚直"),
        ("刷单", "唰丹"),  # sh is near s
        ("南方", "兰方"),  # n is near l
        ("账号", "赞号"),  # zh is near z, ang near an
        ("彩票", "采漂"),
        ("女孩", "lv孩"),
        ("微信", "Wēi xìn搜"),
        ("微信", "加ㄨㄟ信"),
        ("贷款", "ㄉㄞˋ款"),
        ("微信", "wei❤"),
        ("微信", "薇x"),
        ("傻逼", "你真傻b"),
        ("微信", "薇亻言"),  # split and heard
    ],
)
def test_what_sounds_alike_meets(term: str, text: str) -> None:
    assert hears(term, text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("微信", "微风吹过"),
        ("微信", "Zhang Weixin 是我老师"),
        ("局地", "main judi slot"),
        ("大麻", "la dama es guapa"),
        ("我们", "men and women"),
        ("三八", "一共38元"),
        ("巴巴", "88折"),
        ("傻逼", "sb. told me"),
        ("微信", "x轴"),
    ],
)
def test_what_does_not_sound_so_does_not_meet(term: str, text: str) -> None:
    assert not hears(term, text)


def test_a_latin_term_is_a_word_of_its_own() -> None:
    assert "judi" == term_in(ViewName.PHONETIC, "Judi")


def test_one_syllable_is_one_character_that_covers_all_its_letters() -> None:
    text = "加 WeiXin"
    view = normalise(text).view(ViewName.PHONETIC)
    assert ["加", "Wei", "Xin"] == [view.to_source(at, at + 1).of(text) for at in range(len(view.text))]


def test_private_use_characters_of_a_text_are_no_syllables() -> None:
    assert "\ufffd" == sounds("\ue000")
