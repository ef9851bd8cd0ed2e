from __future__ import annotations

from collections import Counter

import pytest

from moderation.normaliser import ViewName, normalise, term_in
from moderation.views.tables import rows


def shape(text: str) -> str:
    return normalise(text).view(ViewName.SHAPE).text


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("权益", "木又益领取"),
        ("强奸", "弓虽女干"),
        ("赌博", "贝者十尃"),
        ("加群", "力口君羊看片"),
        ("超市", "走召市"),
        ("粉丝", "米分丝"),
        ("嫖娼", "女票娼"),
        ("约炮", "约火包"),
        ("微信", "微亻言"),
        ("钱", "金戋"),
        ("酒店", "⺡.酉店"),
        ("微信", "徽信"),
        ("未来", "末来"),
        ("人口", "人ロ"),
        ("六合彩", "陆合彩"),
        ("裸聊", "祼聊"),
        ("贷款", "想要贷、款的"),
        ("贷款", "要贷，款的"),
        ("兼职", "昨天的兼.职"),
        ("兼职", "昨天的兼、职"),
        ("裸聊", "衣果耳卯"),
        ("代开", "亻弋一廾"),
        ("casino", "c@s1n0"),
        ("nude", "nud3"),
        ("fake", "f̣ạḳẹ"),
        ("bitch", "b!tch"),
        ("asshole", "a$$h0le"),
        ("slot", "sl0t"),
        ("slot", "s1ot"),
        ("viagra", "v1agra"),
        ("casino", "çàsìnó"),
        ("закладки", "3акладки"),
        ("порно", "п0рн0"),
        ("병신", "ㅂㅕㅇㅅㅣㄴ"),
    ],
)
def test_what_looks_alike_meets(term: str, text: str) -> None:
    assert term_in(ViewName.SHAPE, term) in shape(text)


@pytest.mark.parametrize(
    "text",
    [
        "女子排球赢了",
        "一个人言行一致",
        "日月同辉",
        "他又木讷",
        "走到山石旁",
        "拼夕夕",
        "人言可畏",
        "我一人去大口吃饭",
        "有木有人来",
        "这才是真的",
        "弓长先生",
        "又又又迟到了",
        "好,我来",
        "左手,右手,一个慢动作",
        "是他。信不信由你",
        "有一点,红色的",
        "一身红,袋子也是",
    ],
)
def test_parts_that_are_characters_of_their_own_stay(text: str) -> None:
    assert len(text) == len(shape(text))


@pytest.mark.parametrize(
    "text", ["samsung a55 5g", "mp3", "run 10km", "the 3rd", "win10", "nice!", "price $5", "2nd", "v2", "b2", "4pm"]
)
def test_models_sizes_and_ordinals_are_no_words(text: str) -> None:
    assert text == shape(text)


def test_joined_parts_are_shown_whole() -> None:
    text = "领木 又益"
    view = normalise(text).view(ViewName.SHAPE)
    at = view.text.index("权")
    assert "木 又" == view.to_source(at, at + 1).of(text)


def test_each_character_is_in_one_class_and_no_class_is_named_by_another_s_member() -> None:
    table = rows("shapes")
    members = Counter(char for _, alike in table for char in alike)
    assert {1} == set(members.values())
    assert not members.keys() & {first for first, _ in table}
