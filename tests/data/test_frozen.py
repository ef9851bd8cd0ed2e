from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data.frozen import Frozen, FrozenError, find, freeze, leaks, need
from data.rows import Row, Rows, Split
from data.snapshot import Snapshot
from moderation.errors import ConflictError, NotFoundError
from tests.data.conftest import NOW, Workshop

MakeRow = Callable[..., Row]


def frozen(folder: Path, rows: list[Row], names: tuple[str, ...], name: str = "set") -> Frozen:
    return freeze(rows, name, folder, labels=names, snapshot="s-1", now=NOW)


def test_frozen_rows_come_back_sorted_and_only_for_judging(
    tmp_path: Path, row: MakeRow, names: tuple[str, ...]
) -> None:
    rows = [row("乙", yes=["abuse"]), row("甲\n丙\u2028丁\x85戊\x0c", any_of=["abuse", "hate"], everyday=False)]

    held = frozen(tmp_path, rows, names).rows()

    assert sorted(one.text for one in held) == sorted(one.text for one in rows)
    assert {one.sides for one in held} == {(Split.TEST,)}
    assert [one.id for one in held] == sorted(one.id for one in rows)


def test_its_columns_are_those_of_a_snapshot(tmp_path: Path, row: MakeRow, names: tuple[str, ...]) -> None:
    columns = frozen(tmp_path, [row("甲", yes=["abuse"], no=["hate"])], names).columns()

    assert columns.labels.tolist() == [[-1, -1, -1, -1, -1, 1, 0]]


def test_freezing_the_same_rows_again_changes_nothing(tmp_path: Path, row: MakeRow, names: tuple[str, ...]) -> None:
    first = frozen(tmp_path, [row("甲", yes=["abuse"])], names)

    assert frozen(tmp_path, [row("甲", yes=["abuse"])], names).hash == first.hash


def test_a_frozen_set_is_never_written_over(tmp_path: Path, row: MakeRow, names: tuple[str, ...]) -> None:
    first = frozen(tmp_path, [row("甲", yes=["abuse"])], names)

    with pytest.raises(ConflictError, match="exists with other rows"):
        frozen(tmp_path, [row("乙", yes=["abuse"])], names)
    assert Frozen.open(tmp_path / "set").hash == first.hash


def test_an_altered_set_is_found(tmp_path: Path, row: MakeRow, names: tuple[str, ...]) -> None:
    held = frozen(tmp_path, [row("甲", yes=["abuse"])], names)
    text = (held.path / "rows.jsonl").read_text(encoding="utf-8")
    (held.path / "rows.jsonl").write_text(text.replace("甲", "乙"), encoding="utf-8")

    with pytest.raises(FrozenError, match="was altered"):
        find("set", tmp_path)


def test_a_set_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, row: MakeRow, names: tuple[str, ...]
) -> None:
    frozen(tmp_path, [row("甲", yes=["abuse"])], names)

    assert find("other", tmp_path) is None
    with pytest.raises(NotFoundError, match="Here are: set"):
        need("other", tmp_path)


def test_a_leak_is_named_by_both_ids(row: MakeRow) -> None:
    text = "加薇信领彩金充一百送一百天天返水秒到账"
    trained, judged = row(text + "啊", yes=["gambling"]), row(text, yes=["gambling"])
    other = row("今天的云很低，像要下雨了", no=["abuse"])

    assert leaks(Rows.of([trained, other], 7), Rows.of([judged], 7)) == [(trained.id, judged.id)]
    assert leaks(Rows.of([other], 7), Rows.of([judged], 7)) == []


def ids(snapshot: Snapshot, side: str) -> set[str]:
    return set(snapshot.split(side).ids)


def test_the_first_build_freezes_its_test_side(stocked: Workshop) -> None:
    built = stocked.build(frozen="kept").snapshot
    held = need("kept", stocked.places.home / "frozen")

    assert {one.id for one in held.rows()} == ids(built, "test")
    assert (built.manifest.frozen, built.manifest.frozen_hash) == ("kept", held.hash)


def test_a_later_build_judges_on_exactly_the_frozen_rows(stocked: Workshop) -> None:
    before = ids(stocked.build(frozen="kept").snapshot, "test")
    new = [f"ok\ttalk\tvideo\tnew_{at}\t第{at}次去山顶看日出，风大得站不住{at * 37}" for at in range(60)]
    stocked.corpus("zh/everyday.social", new)

    after = stocked.build(frozen="kept").snapshot

    assert ids(after, "test") == before
    assert len(ids(after, "train")) > 60


def test_what_is_near_a_frozen_row_is_not_trained_on(stocked: Workshop) -> None:
    test = stocked.build(frozen="kept").snapshot.split("test")
    copies = [f"ok\ttalk\tforum\tcopy_{at}\t{text}啊" for at, text in enumerate(test.texts)]
    stocked.corpus("zh/everyday.forum", copies)

    after = stocked.build(frozen="kept").snapshot

    assert not leaks(after.split("train"), test)
    assert not leaks(after.split("validation"), test)
    assert not [text for text in after.split("train").texts if text.endswith("啊")]


def test_a_frozen_group_gets_no_new_rows_in_training(stocked: Workshop) -> None:
    test = stocked.build(frozen="kept").snapshot.split("test")
    stocked.corpus("zh/everyday.forum", [f"ok\ttalk\tforum\t{test.groups[0]}\t换个话题，谁会修水龙头"])

    after = stocked.build(frozen="kept").snapshot

    assert not [
        text for side in ("train", "validation", "test") for text in after.split(side).texts if "水龙头" in text
    ]


def test_building_again_from_the_frozen_set_gives_the_same_rows(stocked: Workshop) -> None:
    first = stocked.build(frozen="kept").snapshot
    shutil.rmtree(stocked.places.home / "snapshots")

    again = stocked.build(frozen="kept")

    assert not again.reused
    assert again.snapshot.hash == first.hash


def test_another_configs_frozen_rows_are_kept_out_of_training(stocked: Workshop) -> None:
    judged = ids(stocked.build(frozen="kept", seed=1).snapshot, "test")

    other = stocked.build(name="other", seed=2, apart_from=["kept"]).snapshot

    assert not judged & (ids(other, "train") | ids(other, "validation"))
    assert judged <= ids(other, "test")
    assert set(other.manifest.apart_from) == {"kept"}
