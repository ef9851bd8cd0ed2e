from __future__ import annotations

import random

import pytest

from eval.realism import Text, compare, content, look
from eval.realism_plot import draw
from tests.training.tiny import CALM


def texts(count: int, origin: str, *, mark: str = "", seed: int = 0) -> list[Text]:
    generator = random.Random(f"{origin}/{seed}")
    made = ("".join(generator.choice(CALM) for _ in range(generator.randint(10, 20))) for _ in range(count))
    return [Text(f"{text[:5]}{mark}{text[5:]}", f"g{at}", origin) for at, text in enumerate(made)]


def test_rows_that_nothing_tells_from_real_ones_are_at_a_half() -> None:
    [cell] = compare({("zh", "ok"): texts(200, "zh/a.tsv")}, {("zh", "ok"): texts(200, "real")})

    assert 0.5 == pytest.approx(cell.auc, abs=0.1)
    assert ("real",) == cell.sources


def test_the_file_that_reads_like_a_template_comes_first_with_what_gives_it_away() -> None:
    written = [*texts(80, "zh/plain.tsv"), *texts(80, "zh/stiff.tsv", mark="众所周知")]

    [cell] = compare({("zh", "ok"): written}, {("zh", "ok"): texts(300, "real")})

    stiff, plain = cell.files
    assert ("zh/stiff.tsv", 80, "zh/plain.tsv") == (stiff.file, stiff.rows, plain.file)
    assert stiff.auc > 0.95
    assert plain.auc < 0.75
    assert any(gram in "众所周知" for gram in stiff.tells)
    assert "stiff.tsv (ok, 80)" in draw([cell])


def test_a_group_is_never_judged_by_a_model_that_saw_it() -> None:
    """Every file is one group of the same sentence: who saw it would know it again."""
    written = [Text(f"这句话只有{word}说过{at}", word, "zh/a.tsv") for word in "甲乙丙丁戊" for at in range(20)]
    real = [Text(f"这句话只有{word}说过{at}", word, "real") for word in "己庚辛壬癸" for at in range(20)]

    [cell] = compare({("zh", "ok"): written}, {("zh", "ok"): real})

    assert cell.auc < 0.75


def test_too_few_real_rows_are_no_comparison() -> None:
    assert [] == compare({("zh", "ok"): texts(200, "zh/a.tsv")}, {("zh", "ok"): texts(50, "real")})


def test_plain_figures_say_how_varied_alike_long_and_known() -> None:
    found = look(["一二三四五", "一二三四五六", "甲乙丙丁"], ["一二丁戊", "戊己"])

    assert (3, 4 / 6, pytest.approx(0.25)) == (found.rows, found.distinct, found.known)
    assert pytest.approx(2 / 3) == found.near
    assert 5 == found.length[1]


def test_what_a_set_was_written_down_like_is_no_tell() -> None:
    """Spaces between words, masks, punctuation, whole sentences in place of short ones: formats, not what is said."""
    written = [Text(f"{each.text[:9]},{each.text[9:]}!", each.group, each.origin) for each in texts(200, "zh/a.tsv")]
    real = [Text(f"{' '.join(each.text)} x77ab。", each.group, "sms", "messages") for each in texts(200, "real")]

    [cell] = compare({("zh", "fraud"): written}, {("zh", "fraud"): real})

    assert 0.5 == pytest.approx(cell.auc, abs=0.15)
    assert "messages" == cell.form


def test_content_keeps_words_and_evens_out_the_rest() -> None:
    assert "加我领元" == content("加 我:vx8821 ,领 100 元!!")
    assert "call now it s free" == content("Call 0800-12 now, it's FREE...")
    assert "点看" == content("点 https://a.example/x?y=1 看")


def test_rows_of_another_length_are_weighed_and_not_told_by_it() -> None:
    short, long = [f"{'雨'}{each.text[:6]}" for each in texts(150, "zh/a.tsv")], [each.text for each in texts(150, "r")]
    mixed = [Text(text, f"g{at}", "real") for at, text in enumerate([*(text[:7] for text in long), *long])]

    [cell] = compare({("zh", "ok"): [Text(each, f"g{at}", "zh/a.tsv") for at, each in enumerate(short)]},
                     {("zh", "ok"): mixed})  # fmt: skip

    assert cell.files[0].margin > 0
    assert any("雨" in gram for gram in cell.files[0].tells)


def test_files_that_are_told_alike_are_ranked_by_how_far() -> None:
    written = [*texts(80, "zh/far.tsv", mark="众所周知综上所述"), *texts(80, "zh/near.tsv", mark="众所周知")]

    [cell] = compare({("zh", "ok"): written}, {("zh", "ok"): texts(300, "real")})

    assert ["zh/far.tsv", "zh/near.tsv"] == [each.file for each in cell.files]
    assert cell.files[0].margin > cell.files[1].margin
