"""`01_look_at_the_data`, run from its first cell to its last: what it shows is what is there."""

from __future__ import annotations


import numpy as np
import pytest

from data.rows import SPLITS, YES, Rows
from data.snapshot import Snapshot
from eval.evaluation import score_texts
from eval.joining import joined
from eval.metrics import Labels, Scores
from eval.thresholds import as_arrays
from moderation.ports import Scorer
from moderation.taxonomy import load_taxonomy
from tests.notebooks.conftest import SmallHome
from tests.notebooks.executing import Executed, execute

TAXONOMY = load_taxonomy()
TITLES = {f"{label.title.zh} {label.title.en}": at for at, label in enumerate(TAXONOMY.labels)}
MODEL_NEEDED = "model"
PICTURES = ("label-picture", "length-picture", "mask", "co-occurrence", "reliability", "histogram", "miss-picture")


def number(told: str) -> int:
    return int(told.replace(",", ""))


def test_it_runs_to_its_end_quietly_on_this_machine_alone(looked_at: Executed) -> None:
    assert looked_at.stopped is None, looked_at.error(looked_at.stopped or "")
    assert "127.0.0.1" == looked_at.address
    code = [cell for cell in looked_at.notebook.cells if cell.cell_type == "code"]
    assert [] == [cell.id for cell in code if cell.execution_count is None]
    assert [] == [(cell.id, told) for cell in code if (told := looked_at.printed(cell.id, "stderr"))]


def test_the_snapshot_is_told_by_name_and_hash(looked_at: Executed, snapshot: Snapshot) -> None:
    told = [value for _, value in looked_at.table("open").rows]
    assert [snapshot.path.name, snapshot.hash] == told[:2]
    assert f"{snapshot.manifest.counts.rows:,}" in told


def test_every_source_stands_with_its_licence_and_rows(looked_at: Executed, snapshot: Snapshot) -> None:
    table = looked_at.table("sources")
    told = zip(table.column("Source"), table.column("Licence"), map(number, table.column("Rows")), strict=True)
    assert [(each.name, each.licence, each.rows) for each in snapshot.manifest.sources] == list(told)


def test_labels_by_language_are_the_manifest_s(looked_at: Executed, snapshot: Snapshot) -> None:
    table, counts = looked_at.table("label-counts"), snapshot.manifest.counts
    languages = list(counts.lang)
    assert languages == table.head[1:-1]
    told = [[number(cell) for cell in row[1:-1]] for row in table.rows]
    held = [[by_lang.get(lang, 0) for lang in languages] for by_lang in counts.label_by_lang.values()]
    assert [*held, list(counts.lang.values())] == told


def test_lengths_are_those_of_the_rows(looked_at: Executed, snapshot: Snapshot) -> None:
    rows = joined(*(snapshot.split(side) for side in SPLITS))
    of_abuse = [len(rows.texts[at]) for at in range(len(rows)) if rows.labels[at, TAXONOMY.position("abuse")] == YES]
    row = next(row for row in looked_at.table("length-table").rows if row[0].endswith("Abuse"))
    assert [len(of_abuse), min(of_abuse), max(of_abuse)] == [number(row[at]) for at in (1, 2, -1)]


def test_merged_rows_are_the_manifest_s(looked_at: Executed, snapshot: Snapshot) -> None:
    told, held = looked_at.table("merged").column("Rows"), snapshot.manifest.duplicates
    assert [held.exact, held.near, held.apart, held.across, held.frozen] == [number(cell) for cell in told[:5]]


def test_no_near_duplicate_straddles_two_sides(looked_at: Executed) -> None:
    assert looked_at.printed("nearest").endswith("0.6 or more: 0\n")
    assert all(float(cell) < 0.6 for cell in looked_at.table("nearest").column("Similarity"))


def test_everyday_rows_are_counted_side_by_side(looked_at: Executed, snapshot: Snapshot) -> None:
    held = [int(snapshot.split(side).everyday.sum()) for side in SPLITS]
    assert held == [number(cell) for cell in looked_at.table("everyday-sides").column("Everyday")]


def test_everyday_comments_that_are_shown_are_everyday(looked_at: Executed, snapshot: Snapshot) -> None:
    rows = joined(*(snapshot.split(side) for side in SPLITS))
    everyday = {text for text, plain in zip(rows.texts, rows.everyday, strict=True) if plain}
    shown = looked_at.table("everyday-rows").column("Comment")
    assert len(shown) > 0
    assert set(shown) <= everyday


def test_the_model_never_learnt_from_the_rows_it_is_judged_on(looked_at: Executed, snapshot: Snapshot) -> None:
    told = dict(looked_at.table("model").rows)
    assert snapshot.path.name == told["学自 Learnt from"]
    assert "是 yes" == told["没学过这些测试行 Never learnt from these test rows"]


def test_false_alarms_are_harmless_rows_that_were_not_passed(looked_at: Executed, judged: Rows, model: Scorer) -> None:
    table = looked_at.table("alarm-rows")
    review, block = as_arrays(model.thresholds, TAXONOMY.names)
    assert table.rows
    for text, score, title, outcome in zip(
        table.column("Comment"), table.column("Score"), table.column("Taken for"), table.column("Outcome"), strict=True
    ):
        held, scores = scored(text, judged, model)
        assert not (held == YES).any()
        # To three digits; asked alone a score is another by its last bit, which may turn a half up or down.
        assert float(scores[TITLES[title]]) == pytest.approx(float(score), abs=0.0005 + 1e-6)
        assert scores[TITLES[title]] >= review[TITLES[title]]
        assert outcome.endswith("stopped") == bool((scores >= block).any())


def test_misses_are_harmful_rows_that_passed_unseen(looked_at: Executed, judged: Rows, model: Scorer) -> None:
    table = looked_at.table("miss-rows")
    review, _ = as_arrays(model.thresholds, TAXONOMY.names)
    assert table.rows
    for text, told in zip(table.column("Comment"), table.column("Is really"), strict=True):
        held, scores = scored(text, judged, model)
        assert np.flatnonzero(held == YES).tolist() == [TITLES[title] for title in told.split(", ")]
        assert (scores < review).all()


def scored(text: str, rows: Rows, model: Scorer) -> tuple[Labels, Scores]:
    """What a row is known to carry, and what the model says of it, `(labels,)` each."""
    return rows.labels[rows.texts.index(text)], score_texts(model, [text])[0]


def test_the_worst_mistakes_come_first(looked_at: Executed) -> None:
    alarms, misses = (
        [float(cell) for cell in looked_at.table(cell).column("Score")] for cell in ("alarm-rows", "miss-rows")
    )
    assert sorted(alarms, reverse=True) == alarms
    assert sorted(misses) == misses


def test_words_that_spoke_for_a_false_alarm_are_highlighted(looked_at: Executed) -> None:
    html = next(each.data["text/html"] for each in looked_at.outputs("alarm-rows"))
    assert "<mark" in html


def test_mistakes_by_language_add_up_to_the_test_side(looked_at: Executed, judged: Rows) -> None:
    table = looked_at.table("by-language")
    assert len(judged) == sum(number(cell) for row in table.rows for cell in (row[1], row[4]))


@pytest.mark.parametrize("cell", PICTURES)
def test_each_picture_is_drawn_with_words_in_it(looked_at: Executed, cell: str) -> None:
    assert "<text" in looked_at.picture(cell)


def test_without_a_snapshot_a_sentence_names_the_command(empty_home: SmallHome) -> None:
    done = execute("01_look_at_the_data", empty_home.env)
    assert "open" == done.stopped
    told = done.error("open")
    assert "There is no snapshot 'starter'" in told
    assert told.endswith("chaffinch data build starter")
    assert "Traceback" not in told


def test_without_a_model_the_data_are_shown_all_the_same(home_without_model: SmallHome) -> None:
    done = execute("01_look_at_the_data", home_without_model.env)
    assert MODEL_NEEDED == done.stopped
    assert done.table("everyday-sides").rows
    told = done.error(MODEL_NEEDED)
    assert "There is no chaffinch@starter" in told
    assert told.endswith("chaffinch train starter")
