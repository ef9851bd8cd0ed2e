from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from moderation.errors import NotFoundError
from moderation.normaliser import normalise
from registry.bundle import bundle_hash
from registry.explanation import spans
from registry.names import resolve
from registry.pointers import Pointer, write_pointer
from registry.scorers import NgramScorer, NoneScorer, load_model, load_scorer
from registry.words import words
from tests.moderation.work import calls
from tests.registry.bundles import NAMES, PLANTED, TAXONOMY, bundle

CALM = "今天天气不错，我们去公园散步，看花喝茶，然后回家吃饭"


@pytest.fixture
def scorer(tmp_path: Path) -> NgramScorer:
    return load_scorer(bundle(tmp_path / "b"), TAXONOMY)


def test_the_planted_word_raises_its_label_and_no_other(scorer: NgramScorer) -> None:
    calm, planted = scorer.score([normalise(CALM[:8]), normalise("稳赢稳赢")])
    at = NAMES.index("gambling")
    assert planted.scores[at] > 0.9 > calm.scores[at]
    assert calm.scores[NAMES.index("fraud")] == pytest.approx(planted.scores[NAMES.index("fraud")])
    assert "fast" == planted.tier


def test_one_text_scores_as_it_does_in_a_batch(scorer: NgramScorer) -> None:
    texts = [normalise(text) for text in (CALM, "稳赢", "you idiot", "x")]
    alone = [scorer.score([text])[0].scores for text in texts]
    np.testing.assert_allclose(alone, [each.scores for each in scorer.score(texts)], rtol=1e-5)


def test_no_texts_give_no_scores(scorer: NgramScorer) -> None:
    assert [] == scorer.score([])


@pytest.mark.parametrize(("label", "word"), PLANTED.items())
def test_the_explanation_points_at_the_planted_word_as_it_was_sent(scorer: NgramScorer, label: str, word: str) -> None:
    sent = f"{CALM} {word} {CALM}"
    spans = scorer.explain(normalise(sent), label)
    assert 1 <= len(spans) <= 5
    assert word == spans[0].of(sent).strip()
    assert all(0 <= span.start < span.end <= len(sent) for span in spans)


def test_the_explanation_of_a_disguise_covers_what_the_author_wrote(scorer: NgramScorer) -> None:
    sent = f"{CALM}穩\u200b赢{CALM}"
    (best, *_) = scorer.explain(normalise(sent), "gambling")
    assert "穩\u200b赢" == best.of(sent)


def test_a_latin_word_is_never_cut_in_half(scorer: NgramScorer) -> None:
    sent = "nobody likes idiotic things but you are an idiot my friend"
    found = {span.of(sent) for span in scorer.explain(normalise(sent), "abuse")}
    assert "idiot" in found
    assert all(f" {part} " in f" {sent} " for part in found)


def test_what_speaks_for_nothing_is_not_explained(scorer: NgramScorer) -> None:
    assert () == scorer.explain(normalise(CALM), "gambling")
    assert () == scorer.explain(normalise("\u200b"), "gambling")
    assert () == scorer.explain(normalise(CALM), "no such label")


def test_the_version_of_an_unregistered_bundle_is_its_hash(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b")
    assert bundle_hash(folder)[:12] == load_scorer(folder, TAXONOMY).version


def test_none_answers_zero_and_reaches_no_threshold() -> None:
    scorer = NoneScorer(TAXONOMY)
    (scored,) = scorer.score([normalise("稳赢")])
    assert "none" == scored.tier == scorer.version
    assert all(score < scorer.thresholds[name].review for name, score in zip(NAMES, scored.scores, strict=True))


def test_models_are_named_by_alias_version_folder_or_none(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundles" / "b")
    pointer = Pointer(folder, "3", bundle_hash(folder))
    for alias in ("champion", "3"):
        write_pointer(tmp_path / "registry", "chaffinch", alias, pointer)
        assert "3" == load_model(f"chaffinch@{alias}", TAXONOMY, home=tmp_path).version
    assert pointer.hash[:12] == load_model(str(folder), TAXONOMY, home=tmp_path).version
    assert "none" == load_model("none", TAXONOMY, home=tmp_path).name
    assert resolve("none", home=tmp_path) is None


@pytest.mark.parametrize("model", ["chaffinch@nobody", "nowhere", "chaffinch@7"])
def test_an_unknown_model_is_told_what_there_is(tmp_path: Path, model: str) -> None:
    with pytest.raises(NotFoundError, match="There is no"):
        load_model(model, TAXONOMY, home=tmp_path)


def test_marks_around_a_word_are_not_shown_and_a_text_of_marks_alone_still_is() -> None:
    sent = "来！！稳赢，$9,400。"
    view = normalise(sent).canonical
    assert {"稳赢", "9,400"} == {span.of(sent) for span in spans(view, np.ones(len(view.text)))}
    assert 1 == len(spans(normalise("🎰🎰").canonical, np.ones(2)))


def shown(sent: str, **speaking: float) -> list[str]:
    """What is shown of `sent` where each of the parts named carries so much evidence a character, and no other."""
    view = normalise(sent).canonical
    weight = np.zeros(len(view.text))
    for part, each in speaking.items():
        at = view.text.index(part)
        weight[at : at + len(part)] = each
    return [span.of(sent) for span in spans(view, weight)]


def test_evidence_on_some_characters_of_a_chinese_word_shows_the_word() -> None:
    sent = "兼职做淘宝，免费领红包，一天百元"
    assert ["淘宝", "红包", "百元"] == shown(sent, 淘=3.0, 包=2.0, 百=1.9)


def test_neighbouring_words_that_speak_are_one_span() -> None:
    assert ["免费领红包"] == shown("今天免费领红包啊", 免费领红包=1.0)


def test_a_single_character_is_shown_with_the_neighbour_that_speaks() -> None:
    assert ["进群"] == shown("大家进群吧", 群=1.0, 进=0.1)


def test_a_single_character_that_stands_alone_gives_way_to_words_and_is_shown_where_there_are_none() -> None:
    assert ["淘宝"] == shown("淘宝，的，好", 的=2.0, 淘宝=1.0)
    assert ["好"] == shown("的，好", 好=1.0)


def test_words_of_other_scripts_are_whole() -> None:
    assert ["casino"] == shown("my casino here", sin=1.0)
    assert ["무료"] == shown("지금 무료 게임", 무=1.0)
    assert ["副業"] == shown("これは副業です", 副=1.0)
    assert ["ポイント"] == shown("無料ポイント", イ=1.0)


def test_a_disguised_word_is_shown_as_it_was_sent() -> None:
    assert ["淘 \u200b寶"] == shown("来淘 \u200b寶吧", 宝=1.0)


def test_at_most_five_spans_are_shown_best_first() -> None:
    names = ("淘宝", "红包", "兼职", "彩票", "贷款", "发票", "棋牌")
    weights = {name: 1.0 + at / 10 for at, name in enumerate(names)}
    assert list(names[:1:-1]) == shown("，".join(names), **weights)


def test_chinese_is_cut_without_a_word_to_the_terminal_and_without_a_file_kept(tmp_path: Path) -> None:
    code = "from registry.words import words; print([w for w in words('免费领红包')])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=Path(__file__).parents[2], check=True, timeout=60,
        env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert ("[(0, 2), (2, 3), (3, 5)]\n", "") == (done.stdout, done.stderr)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("unit", ["好", "赌博网站", "龘", "a", "，"])
def test_words_of_twice_the_text_are_twice_the_work(unit: str) -> None:
    words("免费")  # the dictionary is loaded once
    half, whole = (unit * (length // len(unit)) for length in (5_000, 10_000))
    found = spans(normalise(whole).canonical, np.ones(len(whole)))
    assert all(0 <= span.start < span.end <= len(whole) for span in found)
    views = {text: normalise(text).canonical for text in (half, whole)}
    work = [calls(lambda text=text: spans(views[text], np.ones(len(text)))) for text in (half, whole)]  # type: ignore[misc]
    assert work[1] <= 2.2 * work[0] + 100
    assert work[1] <= 100 * 10_000


def test_explaining_the_longest_comment_takes_no_longer_than_its_length_asks(scorer: NgramScorer) -> None:
    (best, *_) = scorer.explain(normalise("好" * 9_990 + "稳赢"), "gambling")
    assert 9_990 == best.start
