"""Pictures, letters of other scripts and signs within words: where they hide a term and where they do not."""

from __future__ import annotations

import pytest

from moderation.normaliser import normalise
from moderation.rules import sees
from moderation.rules.pictures import holds_picture
from moderation.views.letters import MOST_READINGS, decoded, letters, pictures
from moderation.views.pieced import LEAST, MOST_IN_WINDOW, WINDOW, pieces


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("博彩", "b⚪彩平台，注册送"),
        ("赌博", "赌🌟bo，首充送"),
        ("裸聊", "裸💋liao，一对一"),
        ("冰毒", "bing🧊毒"),
        ("信用卡", "xin用💳代办"),
        ("发票", "fa🎫代开"),
        ("代考", "代🖊️考"),
        ("大麻", "大ma🍁，懂的来"),
        ("滚球", "滚🏀上分，稳赚"),
        ("白痴", "你这个白ㄔ"),
        ("加群", "加ㄑㄩㄣˊ领资料，免费"),
        ("死人", "你这死ㅅ闭嘴"),
        ("微信", "加νxιn领资料"),
        ("操你妈", "ㄘㄋㄇ 滾開"),
        ("你妈死了", "イ尔妈死了"),
        ("时时彩", "时，时，彩开奖，跟我走"),
    ],
)
def test_disguises_laid_over_each_other_in_a_chinese_word_are_seen(term: str, text: str) -> None:
    assert sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("viagra", "v1/\\gr@ cheap"),
        ("telegram", "teIe gr4m channel"),
        ("bitcoin", "get bit🪙 tonight"),
        ("asshole", "he is an a$$🕳️"),
        ("slot gacor", "sl0t g4c0r hari ini"),
        ("kill yourself", "k1ll y0urself"),
    ],
)
def test_words_with_signs_for_letters_are_seen(term: str, text: str) -> None:
    assert sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("冰毒", "可乐加🧊读书，夏天真好"),
        ("去死", "周末去💀主题展拍照"),
        ("微信", "跟老师合影比个V❤️"),
        ("鸡巴", "🐔8只，🐤3只，刚孵出来"),
        ("猪头", "🐷头肉切一半，再来点🐷耳朵"),
        ("枪手", "🔫手感不错，这个游戏画面好"),
        ("weed", "mowed the lawn and pulled 🌿 all day"),
        ("shit", "sh1 t-shirt size L"),
    ],
)
def test_a_picture_that_says_what_it_shows_hides_nothing(term: str, text: str) -> None:
    assert not sees(text, term)


def test_every_picture_stands_for_something_and_for_itself_alone() -> None:
    assert all(read or said for read, said in pictures().values())
    assert not [sign for sign in pictures() if sign.isalnum()]


def test_a_text_without_a_picture_holds_none() -> None:
    assert holds_picture("炸金🌸")
    assert not holds_picture("炸金花，2-b")


def test_few_readings_of_a_token_are_tried() -> None:
    assert ("viagra",) == decoded("v1agr@")[:1]
    assert len(decoded("1!|6🌸1!|6")) <= MOST_READINGS
    assert () == decoded("a1" * 20)


def test_letters_are_sought_as_the_canonical_view_shows_them() -> None:
    assert all(normalise(letter).canonical.text == letter for letter in letters())


@pytest.mark.parametrize("piece", ["加🌸", "a1 ", "ㄅ人", "、六", "🎲ㄔ"])
def test_there_are_few_pieces_in_any_window_of_a_text(piece: str) -> None:
    text = normalise(piece * 3000)
    windows = len(text.canonical.text) // WINDOW + 1
    most = max(MOST_IN_WINDOW, LEAST * WINDOW // 2)
    assert len(list(pieces(text.canonical, text.source))) <= windows * most


@pytest.mark.parametrize(("term", "text"), [("微信", "加微🌹信领资料"), ("洗钱", "有做xi浅的朋友吗，量大")])
def test_what_pads_a_text_hides_no_term_behind_it(term: str, text: str) -> None:
    assert sees("好🌿的🌸呀😀a1" * 400 + "，" + text, term)


def test_a_piece_knows_where_it_came_from() -> None:
    text = normalise("今晚六、合、彩开")
    found = {piece.to_source(0, len(piece.text)).of(text.source) for piece in pieces(text.canonical, text.source)}
    assert {"今晚六、合、彩开"} == found
