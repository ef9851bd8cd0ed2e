from __future__ import annotations

import random

import pytest

from eval.realism import Text, compare, look
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
