"""Kinds of disguise that writers of one script or trade have, beside what looks like each and is none."""

from __future__ import annotations

import pytest

from moderation.rules import sees
from moderation.rules.spelling import Spelling
from moderation.rules.spelt_in_han import as_number, in_letters
from moderation.rules.spelt_in_phrases import initials_of, with_pictures
from moderation.rules.spelt_in_scripts import in_scripts


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("지랄", "ㅈㄹ하고 있네"),
        ("미친놈", "미ㅊㅣㄴ놈아"),
        ("새끼", "새kki야"),
        ("กะหรี่", "อีกะxรี่"),
        ("แทงหวย", "เเทงหวยออนไลน์"),
        ("死ね", "お前もうタヒね"),
        ("バイト", "裏バ1ト募集中"),
        ("神待ち", "ネ申待ちの子いる？"),
        ("сука", "вот с*ка"),
        ("حرامي", "enta 7arami wallah"),
        ("كلب", "حـلـو يا كــلــب"),
    ],
)
def test_each_script_hides_words_its_own_way(term: str, text: str) -> None:
    assert sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("개새", "ㄱㅅ 오늘 고마웠어"),
        ("병신", "초성 퀴즈! ㅂㅅ 답은?"),
        ("حرام", "entrega 7aram 2024"),
        ("cá độ", "cá đó kho tộ ngon lắm"),
        ("đĩ", "đi học thôi"),
    ],
)
def test_what_a_script_writes_for_itself_hides_nothing(term: str, text: str) -> None:
    assert not sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("fuck you", "phuck you and your dog"),
        ("hijo de perra", "sos un hijo de 🐶"),
        ("son of a bitch", "you soab, you son of a biatch"),
        ("fils de chien", "espèce de fils de 🐶"),
        ("địt mẹ mày", "dmm biến đi"),
        ("slut", "what a slvt"),
        ("kill yourself", "just 💀 yourself"),
    ],
)
def test_a_phrase_hides_one_of_its_words_or_all_but_the_initials(term: str, text: str) -> None:
    assert sees(text, term)


def test_capitals_are_an_organisation_and_no_phrase() -> None:
    assert not sees("HDP hat gestern getagt", "hijo de puta")
    assert not sees("DMM 服务器维护到几点", "địt mẹ mày")


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("赌博", "du2 bo2网站，注册送八十八"),
        ("迷药", "有没有卖mi2yao4的，私聊"),
        ("装逼", "别在这儿装13了，谁不知道你"),
        ("二逼", "你丫就是个2b"),
        ("三八", "真是个38，嘴碎"),
        ("二百五", "你这个250，会不会说话"),
        ("垃圾", "又是lj客服，半天不回"),
        ("弱智", "rz裁判，眼睛长哪了"),
        ("操你妈", "cnm的，又堵车"),
        ("K粉", "k.f有货，现钱面交"),
        ("A片", "a pian全集，看的私"),
        ("约炮", "想约💥的举手"),
        ("进裙", "jin·衤君 老师带单，亏了包补"),
    ],
)
def test_letters_and_numbers_are_read_as_chinese_comments_mean_them(term: str, text: str) -> None:
    assert sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("装逼", "他买了13个，装13箱"),
        ("装逼", "刚装13代处理器，真快"),
        ("二逼", "这是个2B铅笔盒"),
        ("二逼", "考试记得带2B铅笔"),
        ("二百五", "他考了250分"),
        ("二百五", "运费是250，太贵了"),
        ("弱智", "rz命令上传文件"),
        ("操你妈", "机身编号CNM88214，帮忙看看"),
    ],
)
def test_the_same_letters_and_numbers_are_what_they_are(term: str, text: str) -> None:
    assert not sees(text, term)


def test_spellings_of_a_script_are_bounded() -> None:
    for term in ("개새끼", "บาคาร่า", "блядь", "بيت دعارة", "حيوانات", "闇バイト", "あいうえおかきくけ"):
        assert len(list(in_scripts(term))) <= 120
    assert [] == list(in_scripts("赌博"))
    assert [] == list(in_scripts("casino"))


def test_phrases_have_initials_and_pictures_and_single_words_have_none() -> None:
    assert "hdp" == initials_of("hijo de puta")
    assert "dcm" == initials_of("địt con mẹ")
    assert "" == initials_of("fuck off")
    assert "pedazo de 💩" in list(with_pictures("pedazo de mierda"))
    assert [] == list(with_pictures("mierda"))


def test_numbers_and_letters_stand_for_characters() -> None:
    assert ["250", "38", "38", "108", ""] == [
        as_number(term) for term in ("二百五", "三八", "三十八", "一百零八", "三八婆")
    ]
    assert [("kf", Spelling.INITIALS), ("kfen", Spelling.LETTERED), ("k fen", Spelling.LETTERED)] == list(
        in_letters("k粉")
    )
