"""What checks of duties saw is said in Chinese and English: the same keys and figures, and none that nobody uses."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from chaffinch.duty_words import FOLDER, say, see, sentences

FIELD = re.compile(r"{(\w+(?::[^}]*)?)}")
HAN = re.compile("[\u4e00-\u9fff]")
AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_both_languages_have_the_same_keys_and_figures() -> None:
    zh, en = sentences("zh"), sentences("en")
    assert set(zh) == set(en)
    assert {} == {key: zh[key] for key in zh if {*FIELD.findall(zh[key])} != {*FIELD.findall(en[key])}}


def test_every_sentence_is_used_and_the_chinese_ones_are_chinese() -> None:
    beside = [FOLDER.parent.parent / name for name in ("installation.py", "neutrality_bar.py")]
    rooms = [*FOLDER.parent.glob("*.py"), *beside]
    sources = "".join(path.read_text(encoding="utf-8") for path in rooms)
    assert [] == [key for key in sentences("en") if f'"{key}"' not in sources]
    bare = {key: FIELD.sub("", words) for key, words in sentences("zh").items() if not HAN.search(words)}
    assert set() == {key for key, words in bare.items() if re.search("[a-z]", words)}
    assert [] == [key for key, words in sentences("en").items() if HAN.search(words)]


def test_a_sentence_within_a_sentence_is_told_in_the_same_language() -> None:
    inner = say("deciding.the_model")
    found = see(False, AT, "deciding.before_publication_3", missing=inner, reference="cn@3")
    assert "without the model a comment on news passes under cn@3: report it" == found.seen
    assert "模型不可用时，新闻评论在 cn@3 下仍获发布：请报告此问题" == found.seen_zh
    assert (False, AT) == (found.holds, found.at)


def test_words_that_are_there_already_are_told_as_they_are() -> None:
    assert "复核" not in see(True, None, say("general.report", wrong="x")).seen


def test_a_key_that_nobody_wrote_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        say("general.nonsense")
