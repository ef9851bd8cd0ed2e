"""What is written naturally is no disguise: words of other languages, names, inflections; what is not, is one."""

from __future__ import annotations

import pytest

from moderation.rules import sees
from moderation.rules.abbreviations import is_ordinary
from moderation.rules.homographs import is_another_word
from moderation.rules.names import is_like_name
from moderation.views.parts import drawn_like, drawn_with
from moderation.views.tables import rows


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("dick", "Das Buch ist viel zu dick für den Zug"),
        ("slut", "Det är slut på kaffe och mjölk"),
        ("retard", "Le train a du retard, et il pleut"),
        ("시발", "그 역은 시발역입니다"),
        ("死ね", "死ねない理由があるらしい"),
        ("しね", "楽しいしね"),
        ("dick", "Dick Francis wrote novels on racing"),
    ],
)
def test_a_word_of_another_language_is_itself(term: str, text: str) -> None:
    assert not sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("dick", "you are such a dick"),
        ("casino", "casino online con bonus di benvenuto, gratis"),
        ("시발", "시발 진짜 짜증나"),
        ("死ね", "死ねよお前"),
    ],
)
def test_the_same_word_in_its_own_language_or_trade_is_meant(term: str, text: str) -> None:
    assert sees(text, term)


def test_another_language_is_told_near_the_word_alone() -> None:
    german = "das ist nicht viel und die Tür ist auf. "
    assert is_another_word(german + "dick", len(german), len(german) + 4)
    far = german + "x" * 200 + " "
    assert not is_another_word(far + "dick", len(far), len(far) + 4)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("赌博", "主持人杜波的声音很好听"),
        ("援交", "我叫袁娇，刚来这个班"),
        ("冰毒", "护照上的拼音是 ZHANG BINGDU"),
        ("微信", "作业发给 zhangweixin 老师"),
    ],
)
def test_a_name_is_a_name(term: str, text: str) -> None:
    assert not sees(text, term)


def test_names_are_a_surname_and_characters_of_given_names() -> None:
    assert is_like_name("袁娇")
    assert not is_like_name("娇袁")
    assert not is_like_name("沙比")


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("枪支", "抢支出售，配件齐全"),
        ("裸聊", "果liao妹子在线，一对一"),
        ("裸聊", "裸лiao妹子，私信我"),
        ("脑残", "你就是脑(滑稽)残"),
        ("裸聊", "裸ゞ聊一分钟五块"),
        ("洗钱", "有渠道xq的老板联系，走账点位低"),
        ("你妈死了", "出来对线，nmsl"),
    ],
)
def test_more_ways_to_hide_are_seen(term: str, text: str) -> None:
    assert sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("洗钱", "XQ和XZ哪个屏幕好"),
        ("去死", "这个月去4次了"),
        ("死全家", "螺丝规格 M4×4，全家用得上"),
        ("加微信", "淘宝要和微信合作了"),
        ("你妈死了", "球拍 NMS-L 款手感偏头重"),
    ],
)
def test_what_stands_there_for_itself_hides_nothing(term: str, text: str) -> None:
    assert not sees(text, term)


def test_characters_are_drawn_like_those_that_share_their_rarer_part() -> None:
    assert "抢" in drawn_like("枪")
    assert "裸" in drawn_with("果")
    assert () == drawn_with("口")


def test_ordinary_letters_are_folded() -> None:
    assert is_ordinary("vip")
    assert not is_ordinary("xq")
    words = [word for (line,) in rows("abbreviations") for word in line.split()]
    assert [] == [word for word in words if word != word.lower()]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("冰毒", "江上冰·渡·河人未还"),
        ("裸聊", "叶子落·聊·到天黑·你还没走"),
        ("春药", "立春·要下雨·田里忙起来"),
        ("代孕", "风…带…云走了…月…还在"),
        ("红杏", "出·墙·来·红·杏·枝·头"),
        ("废物", "纸鸢·飞·舞·在三月的天·你在等谁"),
    ],
)
def test_signs_that_part_phrases_are_how_a_song_is_set(term: str, text: str) -> None:
    assert not sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("微信", "加·薇·芯，看简介"),
        ("枪支", "枪·支·出售，配件齐全"),
        ("操你妈", "操，你，妈的祖宗"),
        ("智障", "智[赞]障玩意儿"),
    ],
)
def test_signs_within_a_word_still_hide_it(term: str, text: str) -> None:
    assert sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("智障", "国乒扛把子[赞][赞]"),
        ("妈的", "认字游戏：女+马，白+勺"),
        ("大麻", "拼音作业：dà mǎ lù"),
        ("你妈的", "你🐴的缰绳松了，快去马棚看看"),
        ("操你妈", "扭矩是 25 cN·m 吗"),
        ("六合彩", "买了六盒彩带布置教室"),
        ("微信", "徽信记的烧饼又排队了"),
    ],
)
def test_faces_lessons_and_words_that_go_on_hide_nothing(term: str, text: str) -> None:
    assert not sees(text, term)
