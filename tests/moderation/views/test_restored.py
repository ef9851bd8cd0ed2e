"""Disguised words stand as they are meant, and what is written plainly stands as it is."""

from __future__ import annotations

from functools import cache
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.dictionary import dictionary
from moderation.lexicon import Lexicon, mixed
from moderation.normaliser import ViewName, normalise
from moderation.views.restored import restored

COMMENTS = {"微信": 400, "加我": 300, "提现": 80, "彩金": 40, "领取": 90, "这个": 2_000, "真是": 700, "垃圾": 300,
            "我们": 1_500, "like": 60, "赶紧": 200, "不错": 900, "味道": 300}  # fmt: skip

MIXED = "加我苇辛微信垃岌圾a weixin1，。-💰亻言ㄓㄜˋ\u200b薇x"


@cache
def lexicon() -> Lexicon:
    """A few words of comments beside jieba's."""
    known = dictionary()
    others = ((word, exp(known.share(word))) for word in known.words() if 2 <= len(word) <= 4)
    return mixed(COMMENTS, others, own=0.1, least=8e-7)


def _read(text: str) -> str:
    return restored(normalise(text), lexicon()).text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("加我苇辛领取彩金", "加我微信领取彩金"),
        ("你哲搁人真是个垃圾", "你这个人真是个垃圾"),
        ("垃岌", "垃圾"),
        ("你这个人真是个la圾", "你这个人真是个垃圾"),
        ("加我weixin", "加我微信"),
        ("垃-圾", "垃圾"),
        ("加我微亻言", "加我微信"),
        ("味祷不错", "味道不错"),
        ("women去吃饭", "我们去吃饭"),
    ],
)
def test_what_is_meant_is_shown(written: str, meant: str) -> None:
    assert _read(written) == meant


@pytest.mark.parametrize(
    "plain",
    [
        "今天和张伟明去吃了重庆小面,味道不错,下次还来",
        "王者荣耀这赛季的匹配机制真的离谱",
        "我like这个味道",
        "上海到北京的高铁票买好了",
        "他的事他自己清楚",
        "hello world",
        "",
        "今日は天気がいい",
        "ขอบคุณมาก",
    ],
)
def test_what_is_plain_stays(plain: str) -> None:
    assert _read(plain) == normalise(plain).whole.text


def test_every_character_knows_where_it_came_from() -> None:
    text = "快加我苇辛，领取彩金"
    view = restored(normalise(text), lexicon())
    at = view.text.index("微信")
    span = view.to_source(at, at + 2)
    assert text[span.start : span.end] == "苇辛"


def test_a_lexicon_without_words_changes_nothing() -> None:
    assert restored(normalise("加我苇辛"), Lexicon({})).text == "加我苇辛"


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("加我苇辛微信垃岌圾a weixin1，。-💰亻言ㄓㄜˋ\u200b薇x"), max_size=60)
    | st.text(max_size=80)
)
def test_it_is_total_and_in_order(text: str) -> None:
    view = restored(normalise(text), lexicon())
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
    assert list(view.starts) == sorted(view.starts)


def test_what_is_restored_is_restored_once() -> None:
    for text in ("加我苇辛领取彩金", "你哲搁人真是个垃岌", "women去吃饭"):
        once = _read(text)
        assert _read(once) == once


def test_bytes_come_back_and_others_are_refused() -> None:
    back = Lexicon.from_bytes(lexicon().to_bytes())
    assert back.shares.keys() == lexicon().shares.keys()
    assert restored(normalise("加我苇辛"), back).text == "加我微信"
    for raw in (b"word", b"word\tx\n", b"\t-3\n", "微信\t3.0\n".encode(), b"\xff\t-3\n", "微信\tnan\n".encode()):
        with pytest.raises(ValueError, match=r"word|unpack|convert|codec"):
            Lexicon.from_bytes(raw)


def test_work_grows_with_the_text() -> None:
    """Words that a place could be are at most those of three lengths, three of a sound, by sound and by shape."""
    by_sound = lexicon().by_sound
    assert by_sound is not None
    for unit in ("一一", "苇辛", "shishi", "事实"):
        sounds = normalise((unit * 10_000)[:10_000]).view(ViewName.PHONETIC).text
        assert len(list(by_sound.within(sounds))) <= 9 * len(sounds)
