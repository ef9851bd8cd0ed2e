"""Words in the other language are said to be so, and nothing else is."""

from __future__ import annotations

import pytest

from moderation.given import given_in, is_in, language_of, marked


@pytest.mark.parametrize(
    ("zh", "en", "for_zh", "for_en"),
    [
        ("多次发布广告", "repeated adverts", "多次发布广告", "repeated adverts"),
        ("多次发布广告", "多次发布广告", "多次发布广告", "(given in Chinese) 多次发布广告"),
        ("repeated adverts", "repeated adverts", "（以英文给出）repeated adverts", "repeated adverts"),
        ("5(1)", "5(1)", "5(1)", "5(1)"),
    ],
)
def test_a_reason_for_readers_of_either_language(zh: str, en: str, for_zh: str, for_en: str) -> None:
    assert (for_zh, for_en) == (given_in(zh, en, "zh"), given_in(zh, en, "en"))


def test_words_of_both_scripts_are_chinese() -> None:
    assert ("加V", "(given in Chinese) 加V") == (marked("加V", "zh"), marked("加V", "en"))


def test_a_mostly_english_reason_with_a_chinese_word_is_english() -> None:
    mixed = "you wrote 加薇 again and again"
    assert (mixed, f"（以英文给出）{mixed}") == (marked(mixed, "en"), marked(mixed, "zh"))
    chinese = "多次发布 spam 广告"
    assert (f"(given in Chinese) {chinese}", chinese) == (marked(chinese, "en"), marked(chinese, "zh"))
    assert "加VX" == marked("加VX", "zh")


@pytest.mark.parametrize(
    ("words", "languages"),
    [
        ("多次发布广告", ["zh"]),
        ("加VX", ["zh"]),
        ("多次发布 spam 广告", ["zh"]),
        ("asdf", ["en"]),
        ("you wrote 加薇 again and again", ["en"]),
        ("5(1)", ["en"]),
        ("contenu haineux, déjà dit", ["en"]),
        ("Реклама", []),
        ("これはだめ", []),
    ],
)
def test_words_are_in_a_language_as_far_as_their_script_tells(words: str, languages: list[str]) -> None:
    assert languages == [each for each in ("zh", "en") if is_in(words, each)]
    assert (languages[0] if languages else None) == language_of(words)
