"""`03_where_it_fails`, run from its first cell to its last: what it calls a mistake is one."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from data.disguises.families import FAMILIES
from data.rows import SPLITS, YES, Rows
from data.snapshot import Snapshot
from eval.evaluation import score_texts
from eval.joining import joined
from eval.metrics import Labels, Scores
from eval.slices import FEWEST
from eval.thresholds import as_arrays, flagged
from moderation.ports import Scorer
from moderation.taxonomy import load_taxonomy
from registry.bundle import METRICS
from registry.names import resolve
from tests.notebooks.conftest import SmallHome
from tests.notebooks.executing import Executed, execute

TAXONOMY = load_taxonomy()
TITLES = {f"{label.title.zh} {label.title.en}": at for at, label in enumerate(TAXONOMY.labels)}
HARM = {"unknown", "faint"}
PICTURES = (
    "by-language", "by-length", "alarms-by-language", "second-picture", "second-harmless", "robustness-picture",
    "ghosts-picture",
)  # fmt: skip


def number(told: str) -> int:
    return int(told.replace(",", ""))


def counted(told: str) -> tuple[int, int]:
    """Hits and rows of a told share."""
    hits, rows = re.search(r"([\d,]+)/([\d,]+)\)", told).groups()  # type: ignore[union-attr]
    return number(hits), number(rows)


@pytest.fixture(scope="session")
def scores(model: Scorer, judged: Rows) -> Scores:
    return score_texts(model, judged.texts)


@pytest.fixture(scope="session")
def looked(model: Scorer, scores: Scores) -> np.ndarray:
    """Which test rows a person or the machine looks at, `(n,)`."""
    review, block = as_arrays(model.thresholds, TAXONOMY.names)
    return flagged(scores, np.minimum(review, block))


def there(rows: Rows) -> Labels:
    return (rows.labels == YES) | (rows.union == YES)


def test_without_a_snapshot_a_sentence_names_the_command(empty_home: SmallHome) -> None:
    done = execute("03_where_it_fails", empty_home.env)
    assert "open" == done.stopped
    told = done.error("open")
    assert "There is no snapshot 'starter'" in told
    assert told.endswith("chaffinch data build starter")
    assert "Traceback" not in told


def test_it_runs_to_its_end_quietly_on_this_machine_alone(failing: Executed) -> None:
    assert failing.stopped is None, failing.error(failing.stopped or "")
    assert "127.0.0.1" == failing.address
    assert [] == failing.complaints


def test_misses_are_counted_as_they_are(failing: Executed, judged: Rows, looked: np.ndarray) -> None:
    told = dict(failing.table("model").rows)
    assert int((there(judged).any(axis=1) & ~looked).sum()) == number(told["漏报 Missed"])
    assert "是 yes" == told["没学过这些测试行 Never learnt from these test rows"]


def test_a_cell_of_the_picture_says_what_is_missed_of_its_rows(
    failing: Executed, judged: Rows, looked: np.ndarray
) -> None:
    texts = re.findall(r">([^<>]+)</text>", failing.picture("by-language"))
    chinese = np.array(judged.langs) == "zh"
    expected = []
    for at in range(len(TAXONOMY.names)):
        some = there(judged)[:, at] & chinese
        expected.append(f"{int((some & ~looked).sum())}/{int(some.sum())}")
    told = {each.removesuffix(" ●") for each in texts}
    assert set(expected) <= told


def test_cells_of_few_rows_are_not_ranked(failing: Executed) -> None:
    rows = failing.table("worst-cells").rows
    assert rows
    assert all(counted(row[4])[1] >= FEWEST for row in rows)


def test_cells_that_stand_out_come_first(failing: Executed) -> None:
    for what in ("漏报 missed", "误报 alarm"):
        marks = [row[5] for row in failing.table("worst-cells").rows if row[0] == what]
        assert marks == sorted(marks, reverse=True)


def test_a_doubted_label_is_the_one_that_the_source_gave(failing: Executed, snapshot: Snapshot) -> None:
    table = failing.table("doubted")
    rows = joined(*(snapshot.split(side) for side in SPLITS))
    assert table.rows
    for told, text in zip(table.column("The source says"), table.column("Comment"), strict=True):
        title, given = told.rsplit(": ", 1)
        assert (rows.labels[rows.texts.index(text), TITLES[title]] == YES) == given.endswith("yes")


def test_what_is_doubted_most_comes_first(failing: Executed) -> None:
    qualities = [float(each) for each in failing.table("doubted").column("Quality")]
    assert sorted(qualities) == qualities


def test_every_mistake_is_of_one_kind(failing: Executed) -> None:
    told, table = dict(failing.table("model").rows), failing.table("triage")
    assert number(told["漏报 Missed"]) == sum(map(number, table.column("Missed")))
    assert number(told["误报 False alarms"]) == sum(map(number, table.column("False alarms")))


def test_real_misses_carry_the_label_and_pass_unseen(
    failing: Executed, judged: Rows, scores: Scores, looked: np.ndarray
) -> None:
    table = failing.table("miss-rows")
    assert table.rows
    told = zip(table.column("Comment"), table.column("标签 Label"), table.column("Score"), strict=True)
    for text, title, score in told:
        at = judged.texts.index(text)
        assert there(judged)[at, TITLES[title]]
        assert not looked[at]
        # To three digits; asked alone a score is another by its last bit, which may turn a half up or down.
        assert float(scores[at, TITLES[title]]) == pytest.approx(float(score), abs=0.0005 + 1e-6)
    assert set(table.column("种类 Kind")) <= HARM


def test_real_alarms_are_harmless_rows_that_are_looked_at(failing: Executed, judged: Rows, looked: np.ndarray) -> None:
    table = failing.table("alarm-rows")
    for text, kind in zip(table.column("Comment"), table.column("种类 Kind"), strict=True):
        at = judged.texts.index(text)
        assert not there(judged)[at].any()
        assert looked[at]
        assert kind in ("stopped", "reviewed")


def test_words_that_spoke_are_highlighted(failing: Executed) -> None:
    shown = [
        each.data["text/html"] for cell in ("miss-rows", "alarm-rows") for each in failing.outputs(cell)
        if "text/html" in each.get("data", {})
    ]  # fmt: skip
    assert any("<mark" in each for each in shown)


def test_the_encoder_was_asked_about_as_many_rows_as_the_training_says(
    failing: Executed, small_home: SmallHome
) -> None:
    bundle = resolve("chaffinch@starter", home=small_home.path)
    assert bundle is not None
    asked = json.loads((bundle.path / METRICS).read_bytes())["evaluation"]["encoder_asked"]
    assert (asked["hits"], asked["rows"]) == counted(failing.printed("second"))


def test_what_the_encoder_found_and_lost_is_what_n_grams_alone_did_otherwise(
    failing: Executed, judged: Rows, model: Scorer, looked: np.ndarray
) -> None:
    review, block = as_arrays(model.thresholds, TAXONOMY.names)
    alone = flagged(score_texts(model.fast, judged.texts), np.minimum(review, block))  # type: ignore[attr-defined]
    bad = there(judged).any(axis=1)
    told = [number(each) for each in failing.table("second-rows").column("Rows")]
    assert [
        int((bad & looked & ~alone).sum()), int((bad & ~looked & alone).sum()),
        int((~bad & ~looked & alone).sum()), int((~bad & looked & ~alone).sum()),
    ] == told  # fmt: skip


def test_every_family_stands_there_and_those_never_taught_are_marked(failing: Executed) -> None:
    told = failing.table("robustness").column("Family")
    expected = [f"{each.name}{' ✱' if each.held_out else ''}" for each in FAMILIES]
    assert set(told) <= {*expected, "trained on", "held out ✱"}
    assert len(told) > len(FAMILIES) / 2


def test_what_slipped_through_is_found_plainly_and_passes_in_disguise(failing: Executed, model: Scorer) -> None:
    table = failing.table("slipped-rows")
    assert table.rows
    review, block = as_arrays(model.thresholds, TAXONOMY.names)
    plain, hidden = (
        flagged(score_texts(model, table.column(name)), np.minimum(review, block)) for name in ("Plainly", "Hidden")
    )
    assert plain.all()
    assert not hidden.any()


@pytest.mark.parametrize("cell", PICTURES)
def test_each_picture_is_drawn_with_words_in_it(failing: Executed, cell: str) -> None:
    assert "<text" in failing.picture(cell)


def test_without_a_model_a_sentence_names_the_command(home_without_model: SmallHome) -> None:
    done = execute("03_where_it_fails", home_without_model.env)
    assert "model" == done.stopped
    told = done.error("model")
    assert "There is no chaffinch@starter" in told
    assert told.endswith("chaffinch train starter")
    assert "Traceback" not in told
