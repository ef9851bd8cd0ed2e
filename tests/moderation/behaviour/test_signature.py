"""Which texts are the same, and which are too short to say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.behaviour.signature import SIGNATURE_BYTES, likeness, signature_of
from moderation.normaliser import normalise

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高，欢迎同行合作"


def of(text: str) -> bytes | None:
    return signature_of(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "哈哈哈",
        "1",
        "哈" * 200,
        "666666666666666666666666",
        "前排围观",
        "first!",
        "哈哈哈哈笑死我了哈哈哈哈哈",
        "🌹" * 60,
        ".",
    ],
)
def test_what_everybody_writes_has_no_fingerprint(text: str) -> None:
    assert of(text) is None


@pytest.mark.parametrize(("text", "has"), [("一二三四五六七八九十甲", False), ("一二三四五六七八九十甲乙", True)])
def test_twelve_chinese_characters_have_one(text: str, has: bool) -> None:
    assert has == (of(text) is not None)


@pytest.mark.parametrize(("text", "has"), [("abcdefghijklmnopqrstuvw", False), ("abcdefghijklmnopqrstuvwx", True)])
def test_twenty_four_letters_have_one(text: str, has: bool) -> None:
    assert has == (of(text) is not None)


@pytest.mark.parametrize(
    "other",
    [
        " ".join(ADVERT),
        ADVERT.replace("，", "🌹🌹"),
        f"{ADVERT}！！！",
        ADVERT.replace("礼", "禮"),
    ],
)
def test_decoration_makes_no_other_text(other: str) -> None:
    assert of(ADVERT) == of(other)


def test_another_number_makes_no_other_text() -> None:
    assert of(f"{ADVERT}编号1001") == of(f"{ADVERT}编号9527")


def test_a_few_other_words_leave_it_like() -> None:
    one, other = of(ADVERT), of(ADVERT.replace("长期有效", "老店可靠"))
    assert one is not None
    assert other is not None
    assert 0.5 <= likeness(one, other) < 1


def test_another_text_is_unlike() -> None:
    one, other = of(ADVERT), of("这家店的牛肉面分量足，汤头也鲜，下次还会带家里人来吃")
    assert one is not None
    assert other is not None
    assert likeness(one, other) < 0.2


@given(st.text(max_size=400))
def test_it_is_total_and_of_one_size(text: str) -> None:
    assert len(of(text) or bytes(SIGNATURE_BYTES)) == SIGNATURE_BYTES


def test_estimates_lie_around_the_truth() -> None:
    """Two hundred pairs that share half of their pieces: the mean estimate is within 0.04 of a half."""
    estimates = []
    for seed in range(200):
        shared = "".join(chr(0x4E00 + (seed * 977 + at * 31) % 20000) for at in range(42))
        ends = [
            "".join(chr(0x4E00 + (seed * 577 + at * 17 + side * 7919) % 20000) for at in range(18)) for side in (1, 2)
        ]
        one, other = of(shared + ends[0]), of(shared + ends[1])
        assert one is not None
        assert other is not None
        estimates.append(likeness(one, other))
    truth = 40 / (40 + 2 * 18)
    assert abs(sum(estimates) / len(estimates) - truth) < 0.04


def test_a_fingerprint_of_today_is_that_of_any_day() -> None:
    """It is stored, and compared with those of later versions."""
    found = of("日结工资招聘打字员一天三百加微信报名 call now 2468")
    assert found is not None
    assert found.hex() == (
        "21bf2d022946f5bb484fbd93a6ad93ef9e7b857bb178de1b0fedeadb1e1c420d824c18701a96"
        "4015affe8d1cab1e0be249358fb53bde5bbc7977b08d8e52e5b55ea928459cfb2bdd"
    )
