from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from moderation.errors import ConfigError
from moderation.toml import StrictModel, parse_file, read_document, read_folder
from moderation.toml_places import nearest, places

TEXT = """# first
top.dotted = 1
[[rules]]
id = "one"
title = { zh = "微信", en = "b" }
terms = ["甲", "乙",  # a comment
  "丙"]
[rules.examples]
match = ["x"]

[[rules]]
'id' = "two"
"quoted key" = [["a"], ["b", "c"]]
[[rules.parts]]
deep = 1
[[rules.parts]]
deep = 2
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("top", "dotted"), (2, 1)),
        (("rules", 0), (3, 1)),
        (("rules", 0, "id"), (4, 1)),
        (("rules", 0, "title", "en"), (5, 22)),
        (("rules", 0, "terms", 1), (6, 15)),
        (("rules", 0, "terms", 2), (7, 3)),
        (("rules", 0, "examples", "match", 0), (9, 10)),
        (("rules", 1, "id"), (12, 1)),
        (("rules", 1, "quoted key", 1, 1), (13, 30)),
        (("rules", 1, "parts", 1, "deep"), (17, 1)),
    ],
)
def test_everything_has_a_line_and_a_column_in_characters(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    assert place == places(TEXT)[path]


def test_what_is_missing_is_shown_where_it_should_stand() -> None:
    assert (11, 1) == nearest(places(TEXT), ("rules", 1, "title", "zh"))


class Shape(StrictModel):
    name: str
    sizes: tuple[int, ...] = ()


def test_a_fault_names_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('name = "x"\nsizes = [1,\n  "two"]\n', encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        parse_file(Shape, path)
    assert "a.toml:3:3: sizes.1" == error.value.faults[0].where


class Part(StrictModel):
    kind: Literal["round", "square"] = "round"
    share: float = 0.5


class Whole(StrictModel):
    day: date | None = None
    on: bool = False
    count: int = Field(1, lt=10)
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("must be a date without quotes; write 2026-01-31", 'day = "2026-01-31"'),
        ("must be true or false, without quotes; write false", 'on = "no"'),
        ("must be a whole number without quotes; write 5", 'count = "5"'),
        ("must be a whole number, not true; write digits without quotes", "count = true"),
        ("is 10; write less than 10", "count = 10"),
        ("must be a number without quotes; write 0.25", 'parts = [{ share = "0.25" }]'),
        ("there is no \"squar\"; did you mean 'square'? Known: round, square", 'by_name.a.kind = "squar"'),
        ("Extra inputs are not permitted; did you mean 'share'?", "by_name.a.shar = 1"),
        ("Extra inputs are not permitted; did you mean 'kind'?", 'parts = [{ kin = "round" }]'),
        ("must be a table; write { kind = ..., share = ... }", "by_name.a = 1"),
    ],
)
def test_a_value_is_taken_as_it_is_written_or_told_with_what_to_write(tmp_path: Path, told: str, text: str) -> None:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        parse_file(Whole, tmp_path / "a.toml")
    assert [told] == [fault.detail for fault in error.value.faults]


def test_what_fits_is_taken(tmp_path: Path) -> None:
    text = "day = 2026-01-31\non = true\ncount = 5\nparts = [{ kind = 'square', share = 1 }]\n"
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    fitting = Whole(day=date(2026, 1, 31), on=True, count=5, parts=(Part(kind="square", share=1),))
    assert fitting == parse_file(Whole, tmp_path / "a.toml")


def test_a_folder_tells_the_faults_of_every_file(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.toml").write_text("size = 1" if name != "b" else 'name = "b"', encoding="utf-8")
    with pytest.raises(ConfigError, match="mend") as error:
        read_folder(tmp_path, lambda path: parse_file(Shape, path), summary="mend these")
    assert ["a.toml:1:1: name", "a.toml:1:1: size", "c.toml:1:1: name", "c.toml:1:1: size"] == [
        fault.where for fault in error.value.faults
    ]


def test_a_file_that_nests_without_end_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"a = {'[' * 5000}{']' * 5000}", encoding="utf-8")
    with pytest.raises(ConfigError, match="flatten"):
        read_document(path)
