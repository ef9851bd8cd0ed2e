"""pypinyin itself is the judge: what it says of a character, its phrases left aside."""

from __future__ import annotations

import subprocess
import sys

from pypinyin import Style, pinyin

from moderation.readings import readings, tone, without_tone


def test_every_character_is_read_as_pypinyin_reads_it() -> None:
    for code, reading in readings().items():
        (expected,) = pinyin(chr(code), style=Style.TONE)
        assert reading == expected[0], chr(code)


def test_tones_are_pypinyins() -> None:
    for char in "微信妈麻马骂吗女绿儿":
        (expected,) = pinyin(char, style=Style.TONE3, neutral_tone_with_five=True)
        assert tone(char) == expected[0][-1]
    assert tone("x") == ""


def test_a_reading_without_its_tone_is_ascii() -> None:
    assert [without_tone(readings()[ord(char)]) for char in "微女绿"] == ["wei", "nv", "lv"]


def test_reading_a_text_does_not_load_the_phrases() -> None:
    told = (
        "import sys; from moderation.normaliser import ViewName, normalise; "
        "[normalise('加 weixin 薇信').view(each) for each in ViewName]; print('pypinyin' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "False\n"
