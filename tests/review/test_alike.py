"""One measure of how alike two texts are, long or short."""

from __future__ import annotations

import pytest

from review.alike import ALIKE, likeness_of, print_of

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高，诚信经营"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("兼职刷单", "兼职刷单"),
        ("兼职刷单", "兼 职 刷 单！！"),
        ("兼职刷单", "兼职刷单加我"),
        ("加QQ12345", "加qq67890"),
        ("哈哈哈", "哈哈哈哈哈哈"),
        ("👍👍", "👍 👍"),
        ("first!", "First"),
        (ADVERT, f"{ADVERT}，价格88"),
    ],
)
def test_copies_are_alike_however_short(one: str, other: str) -> None:
    assert likeness_of(print_of(one), print_of(other)) >= ALIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [("兼职刷单", "今天的云真好看"), ("好", "坏"), ("", ""), ("", "好"), (ADVERT, "兼职刷单"), ("👍", "👎")],
)
def test_other_texts_are_not(one: str, other: str) -> None:
    assert likeness_of(print_of(one), print_of(other)) < ALIKE
