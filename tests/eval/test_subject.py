from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.subject import subject
from moderation.errors import InvalidInputError, NotFoundError
from tests.training import tiny
from tests.training.tiny import NAMES, TAXONOMY


def test_a_snapshot_is_named_by_its_name_and_side(tmp_path: Path) -> None:
    made = tiny.snapshot(tmp_path)
    found = subject("tiny", TAXONOMY, home=tmp_path, split="test")
    assert (140, made.hash) == (len(found.rows), found.hash)
    assert 280 + 84 + 140 == len(subject(str(made.path), TAXONOMY, home=tmp_path, split="all").rows)


def test_one_source_alone_can_be_judged_on_and_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    tiny.snapshot(tmp_path)
    whole = subject("tiny", TAXONOMY, home=tmp_path, split="test").rows
    source = whole.sources[0]
    found = subject("tiny", TAXONOMY, home=tmp_path, split="test", source=source)
    assert (sum(each == source for each in whole.sources), {source}) == (len(found.rows), set(found.rows.sources))
    assert found.about.endswith(f", {source}")
    with pytest.raises(NotFoundError, match=f"no rows of 'moon'. Those it has are of .*{source}"):
        subject("tiny", TAXONOMY, home=tmp_path, split="test", source="moon")


def test_a_frozen_set_is_judged_on_by_its_folder(tmp_path: Path) -> None:
    tiny.snapshot(tmp_path)
    assert 140 == len(subject(str(tmp_path / "frozen" / "tiny"), TAXONOMY, home=tmp_path, split="test").rows)


def test_a_list_of_labels_knows_all_and_a_table_only_its_own(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [{"text": "a", "labels": ["abuse"]}, {"text": "b", "labels": {"abuse": 0}}, {"text": "c", "labels": ["ok"]}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = subject(str(path), TAXONOMY, home=tmp_path, split="test").rows
    assert 1 == found.labels[0, NAMES.index("abuse")]
    assert 6 == (found.labels[1] == -1).sum()
    assert not found.labels[2].any()


def test_every_broken_line_is_told_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"text": "a", "labels": ["ok"]}\n{"text": 3, "labels": []}\nnot json\n{"text": "b", "labels": ["abuze"]}\n'
    )
    with pytest.raises(InvalidInputError) as refused:
        subject(str(path), TAXONOMY, home=tmp_path, split="test")
    told = str(refused.value)
    assert all(f"rows.jsonl:{line}" in told for line in (2, 3, 4))
    assert "did you mean 'abuse'" in told


def test_nothing_of_that_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        subject("nowhere", TAXONOMY, home=tmp_path, split="test")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(InvalidInputError, match="holds no rows"):
        subject(str(tmp_path / "empty.jsonl"), TAXONOMY, home=tmp_path, split="test")


def test_a_comment_may_hold_any_line_separator_but_a_line_feed(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    text = "甲\u2028乙\x85丙\x0b丁"
    path.write_text(json.dumps({"text": text, "labels": ["abuse"]}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert [text] == subject(str(path), TAXONOMY, home=tmp_path, split="test").rows.texts
