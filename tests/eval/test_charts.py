from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from eval.charts import boxes, heatmap, lines, svg


def texts(picture: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]


def test_a_heatmap_says_each_cell_and_leaves_out_what_is_not_known() -> None:
    values = [[0.5, np.nan], [1.0, 0.0]]
    picture = svg(
        lambda axes: heatmap(
            axes, values, rows=["赌博 Gambling", "b"], columns=["zh", "en"], told=lambda row, column: f"{row}/{column}"
        )
    )
    assert {"赌博 Gambling", "b", "zh", "en", "0/0", "0/1", "1/0", "1/1"} <= set(texts(picture))


def test_nothing_at_all_is_a_picture_too() -> None:
    picture = svg(lambda axes: heatmap(axes, [[0.0]], rows=["a"], columns=["b"], told=lambda _row, _column: "none"))
    assert "none" in texts(picture)


def test_a_part_without_rows_has_no_box() -> None:
    parts = {"full": np.array([1, 10, 100]), "empty": np.array([], dtype=np.int64)}
    told = texts(svg(lambda axes: boxes(axes, parts, unit="码点 code points")))
    assert "full" in told
    assert "empty" not in told


def test_the_same_figure_gives_the_same_bytes() -> None:
    one, two = (svg(lambda axes: axes.set_title("长度 lengths")) for _ in range(2))
    assert one == two


def test_lines_stand_under_their_names() -> None:
    told = texts(svg(lambda axes: lines(axes, {"loss": [(1, 0.5), (2, 0.3)]}, x="步 step", y="loss")))
    assert {"loss", "步 step"} <= set(told)
