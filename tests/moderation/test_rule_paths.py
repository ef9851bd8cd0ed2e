"""Disguises of several kinds in one word: read as a path over all readings of the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.comment import MAX_TEXT
from moderation.normaliser import normalise
from moderation.rules import sees
from moderation.rules.index import Owner
from moderation.rules.paths import Path, PathIndex
from moderation.views.lattice import Way, readings_at, stretches
from moderation.views.pieced import pieces
from moderation.views.stretch import stretches_of
from moderation.views.view import ViewName
from tests.moderation.work import calls


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("洗钱", "有做xi浅的朋友吗，量大"),
        ("套现", "稳定t4o显，长期合作"),
        ("包养", "大学生b4oㄧㄤ，月付"),
        ("赌博", "贝者b0平台，出款快"),
        ("银行卡", "收y1n杭咔，四件套也要"),
        ("裸聊", "衤果·l1ao，妹子真人"),
        ("黄片", "ㄏㄨㄤ*片打包，看样"),
        ("百家乐", "ba1🏠ㄌㄜ，首充送"),
        ("六合彩", "6h🥬特码，跟我走"),
        ("大麻", "d4麻叶子，懂的来"),
    ],
)
def test_ways_to_hide_compose_within_one_word(term: str, text: str) -> None:
    assert sees(text, term)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("冰毒", "🧊🧊毒辣的太阳终于走了"),
        ("老虎机", "动物园那只老🐯机灵得很"),
        ("六合彩", "尺码6H，C码偏小"),
        ("办证", "b站、正片都看完了"),
        ("兼职", "A4纸减半，职员自己领"),
        ("大麻", "d4大街的麻辣烫好吃"),
        ("贱逼", "这种货居然还找得到老婆.牛逼"),
    ],
)
def test_what_stands_beside_letters_and_pictures_by_accident_is_no_path(term: str, text: str) -> None:
    assert not sees(text, term)


def test_a_serial_number_of_many_digits_is_no_way_to_reach_somebody() -> None:
    assert not sees("奶粉批号CNM20230418，保质期两年", "操你妈")
    assert sees("加WX20230418，领资料", "微信")


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("казино", "к4зино онлайн, бонус"),
        ("закладки", "з4кл@дки по городу"),
        ("bitch", "you stupid b!t©h"),
    ],
)
def test_signs_in_words_of_other_letters_have_every_reading(term: str, text: str) -> None:
    assert sees(text, term)


@pytest.mark.parametrize("text", ["кacino4 к4зino онлайн", "s3x к0кс p0рн0 1г", "п0рн0 p0rn п0rн0"])
def test_words_of_mixed_letters_are_read_within_the_text(text: str) -> None:
    for view in pieces(normalise(text).canonical, text):
        assert list(view.starts) == sorted(view.starts)
        assert list(view.ends) == sorted(view.ends)
    sees(text, "казино")


def test_parts_at_the_end_of_a_text_are_read_within_it() -> None:
    for text in ("x木又", "x贝者", "d0 火包"):
        assert all(path.end <= len(text) for path in paths(text, "约炮"))
        assert all(0 < size <= 2 for size, _, _ in readings_at(text, len(text) - 2, len(text)))


def test_a_path_tells_how_each_character_is_written() -> None:
    (path,) = paths("有x1💰的", "洗钱")
    assert [Way.LEET, Way.PICTURE] == [step.way for step in path.steps]
    assert (1, 4) == (path.start, path.end)


def test_han_characters_alone_and_initials_alone_are_left_to_the_views() -> None:
    assert [] == paths("a有洗浅的a", "洗钱")
    assert [] == paths("有xq的", "洗钱")


def paths(text: str, term: str) -> list[Path]:
    """Every path of a term in a text."""
    index = PathIndex()
    index.add_term(term, Owner(0, 0, term, whole_word=True, view=ViewName.PHONETIC))
    view = normalise(text).canonical
    return [path for stretch in stretches_of(view) for path in index.find(stretch)]


@given(st.text(alphabet="赌博x1d0b🌿💰·、 木又氵ㄅㄛ微vкa", max_size=60))
@settings(max_examples=200, deadline=None)
def test_readings_stay_within_their_stretch_and_stretches_within_the_text(text: str) -> None:
    view = normalise(text).canonical
    last = 0
    for start, end in stretches(view):
        assert last <= start < end <= len(view.text)
        last = start
        for at in range(start, end):
            assert all(0 < size <= end - at and sounds for size, sounds, _ in readings_at(view.text, at, end))


@pytest.mark.parametrize("unit", ["d0博x浅", "木又x1", "赌·b0、", "微v🌿", "ㄅㄛx", "b"])
def test_work_grows_with_the_text(unit: str) -> None:
    half, whole = (
        calls(lambda size=size: paths((unit * size)[:size], "赌博")) for size in (MAX_TEXT // 40, MAX_TEXT // 20)
    )
    assert whole <= 2.2 * half + 500
