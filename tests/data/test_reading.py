from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.reading import Broken, Record, records
from data.recipes import Format, Read


def read(tmp_path: Path, content: str | bytes, **how: object) -> list[Record | Broken]:
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return list(records(path, "file", Read.model_validate({"files": ["*"], **how})))


def texts(found: list[Record | Broken], field: str = "text") -> list[object]:
    return [item.fields[field] if isinstance(item, Record) else (item.line, item.cause) for item in found]


def test_csv_keeps_quotes_commas_and_line_breaks(tmp_path: Path) -> None:
    found = read(tmp_path, 'label,text\r\n0,"a, ""b""\nc"\r\n1,d\r\n', format="csv")

    assert texts(found) == ['a, "b"\nc', "d"]
    assert [item.line for item in found] == [2, 4]


def test_a_row_with_too_many_columns_is_told_with_its_line(tmp_path: Path) -> None:
    found = read(tmp_path, "label,text\n0,a\n1,b,c\n0,d\n", format="csv")

    assert texts(found) == ["a", (3, "has 3 columns, 2 were expected"), "d"]


def test_a_missing_text_column_is_told_with_the_columns_there_are(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "label,comment\n0,a\n", format="csv")) == [
        (1, "has no column 'text'; columns: label, comment")
    ]


def test_unquoted_tsv_keeps_quote_characters(tmp_path: Path) -> None:
    assert texts(read(tmp_path, 'text\tlabel\n"a\t0\nb"\t1\n', format="tsv", quoted=False)) == ['"a', 'b"']


def test_a_file_without_header_takes_the_recipes_columns(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "ham\thello\nspam\tbuy\n", format="tsv", columns=["label", "text"])) == ["hello", "buy"]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    assert texts(read(tmp_path, b"\xef\xbb\xbftext\na\n", format="csv")) == ["a"]


def test_broken_json_lines_are_told_and_the_others_read(tmp_path: Path) -> None:
    found = read(tmp_path, '{"text": "a"}\n{"text": \n\n[1]\n{"text": "b"}\n', format="jsonl")

    assert [item.line for item in found] == [1, 2, 4, 5]
    assert [type(item).__name__ for item in found] == ["Record", "Broken", "Broken", "Record"]


def test_deeply_nested_json_is_a_broken_line(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, "[" * 100_000, format="jsonl")[0], Broken)


def test_a_json_file_is_a_list_of_objects(tmp_path: Path) -> None:
    assert texts(read(tmp_path, '[{"text": "a"}, 3]', format="json")) == ["a", (2, "is not a JSON object")]
    assert texts(read(tmp_path, '{"text": "a"}', format="json")) == [(1, "the file is not a list of objects")]
    assert "is not JSON" in str(texts(read(tmp_path, '[{"text": ', format="json")))


def test_prefixed_lines_are_cut_once(tmp_path: Path) -> None:
    found = read(tmp_path, "spam|a|b\nnothing\n", format="prefixed", separator="|", columns=["label", "text"])

    assert texts(found) == ["a|b", (2, "has no '|' between label and text")]


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "a\u2028b\x0bc\r\nd", format="lines")) == ["a\u2028b\x0bc", "d"]


def test_bytes_that_are_no_text_do_not_stop_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, b"text\na\n\xff\xfe\nb\n", format="csv")

    assert texts(found) == ["a", "\udcff\udcfe", "b"]


@pytest.mark.parametrize("format_", [Format.CSV, Format.TSV, Format.JSON, Format.JSONL, Format.LINES])
@given(content=st.binary(max_size=300))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_stops_the_reader(tmp_path: Path, format_: Format, content: bytes) -> None:
    for item in read(tmp_path, content, format=format_):
        assert item.line >= 1
