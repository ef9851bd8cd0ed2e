from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.cleaning import Cleaned, UnfitTextError, clean
from data.recipes import Cleaning

PLAIN = Cleaning()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("\u200b\u2060\ufeff", "nothing of the text is visible"),
        ("字" * 10_001, "10,001 code points"),
        ("a\ud800b", "lone surrogate"),
        ("a\udcffb", "not valid in the file's encoding"),
        (None, "is NoneType, not a string"),
        (3, "is int, not a string"),
    ],
)
def test_a_text_that_is_no_comment_is_refused_with_its_cause(text: object, cause: str) -> None:
    with pytest.raises(UnfitTextError, match=cause):
        clean(text, PLAIN)


def test_the_longest_comment_is_kept() -> None:
    assert clean("字" * 10_000, PLAIN).text == "字" * 10_000


def test_spaces_that_a_word_cutter_left_go_and_those_of_latin_words_stay() -> None:
    assert clean("股海 捉 牛 来 my shop 买 3 送 1", Cleaning(join_spaced_tokens=True)).text == "股海捉牛来my shop买3送1"


def test_masks_become_inventions_and_duplicates_look_past_them() -> None:
    how = Cleaning(masks={"URL[a-z]*": "url", "PHONE": "phone"})
    one, other = clean("点URLabc电PHONE", how), clean("点URLx电PHONE", how)

    assert "URL" not in one.text
    assert ".example" in one.text
    assert one.likeness == other.likeness == "点电"
    assert clean("点URLabc电PHONE", how) == one


def test_a_text_of_masks_alone_is_told_apart_by_what_it_became() -> None:
    assert ".example" in clean("URL", Cleaning(masks={"URL": "url"})).likeness


def test_html_is_undone() -> None:
    assert (
        clean("a &amp; b<br />c<a href='x'>d</a> 3 < 4", Cleaning(unescape_html=True, strip_tags=True)).text
        == "a & b c d  3 < 4"
    )


def test_an_escaped_surrogate_is_refused_after_unescaping_too() -> None:
    assert clean("&#xD800;", Cleaning(unescape_html=True)).text == "\ufffd"


def test_a_chat_exports_fragments_are_joined() -> None:
    how = Cleaning(flatten_fragments=True)

    assert clean("[{'type': 'link', 'text': 'a.example'}, ' hi']", how).text == "a.example hi"
    assert clean("[{'type': broken", how).text == "[{'type': broken"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_cleaning_gives_a_text_and_a_likeness_or_a_cause(text: str) -> None:
    how = Cleaning(join_spaced_tokens=True, unescape_html=True, strip_tags=True, flatten_fragments=True)
    try:
        cleaned: Cleaned | None = clean(text, how)
        cause = ""
    except UnfitTextError as error:
        cleaned, cause = None, str(error)
    assert cause if cleaned is None else (cleaned.text and cleaned.likeness)
