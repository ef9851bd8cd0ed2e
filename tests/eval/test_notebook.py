from __future__ import annotations

import pytest

from eval.metrics import interval
from eval.notebook import StoppedError, marked, needs, share, table
from moderation.errors import NotFoundError
from moderation.spans import Span


def test_words_are_highlighted_and_the_comment_is_escaped() -> None:
    told = str(marked("<b>加薇</b>领券", [Span(3, 5), Span(9, 11)]))
    assert 2 == told.count("<mark")
    assert ">加薇</mark>&lt;/b&gt;" in told
    assert told.startswith("&lt;b&gt;")


def test_a_table_escapes_text_and_sets_numbers_right() -> None:
    told = table(["a", "b"], [["<script>", 1200], ["x", 3]]).data
    assert "&lt;script&gt;" in told
    assert 'text-align:right">1,200<' in told


def test_a_table_without_rows_is_its_head() -> None:
    assert "<th" in table(["a"], []).data


def test_what_is_missing_is_told_in_a_sentence_with_the_command() -> None:
    with pytest.raises(StoppedError) as raised, needs("chaffinch train starter"):
        raise NotFoundError("There is no chaffinch@starter.")
    told = raised.value._render_traceback_()
    assert "There is no chaffinch@starter." == told[0]
    assert told[1].endswith("chaffinch train starter")


def test_a_share_is_told_with_its_interval_and_its_rows() -> None:
    assert "2.0% (0.2% – 7.0%, 2/100)" == share(interval(2, 100))
    assert "" == share(interval(0, 0))
