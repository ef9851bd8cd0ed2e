"""`04_choose_thresholds`, run from its first cell to its last: its costs are those of the rows, its policy is one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from data.rows import YES, Rows
from eval.evaluation import score_texts
from eval.metrics import Scores, clustered
from eval.thresholds import as_arrays, flagged
from moderation.ports import Scorer
from moderation.taxonomy import load_taxonomy
from tests.notebooks.conftest import SmallHome
from tests.notebooks.executing import Executed, execute

TAXONOMY = load_taxonomy()
TITLES = [f"{label.title.zh} {label.title.en}" for label in TAXONOMY.labels]
PICTURES = ("traffic-picture", "upper-end", "trade-off", "load-picture", "wrong-picture")


@pytest.fixture(scope="session")
def scores(model: Scorer, judged: Rows) -> Scores:
    return score_texts(model, judged.texts)


@pytest.fixture(scope="session")
def chosen(thresholds_chosen: Executed, small_home: SmallHome) -> dict[str, Any]:
    """What the command's own code wrote."""
    assert thresholds_chosen.stopped is None, thresholds_chosen.error(thresholds_chosen.stopped or "")
    (path,) = (small_home.path / "budgets").glob("*/budget.json")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_without_a_snapshot_a_sentence_names_the_command(empty_home: SmallHome) -> None:
    done = execute("04_choose_thresholds", empty_home.env)
    assert "open" == done.stopped
    told = done.error("open")
    assert "There is no snapshot 'starter'" in told
    assert told.endswith("chaffinch data build starter")
    assert "Traceback" not in told


def test_it_runs_to_its_end_quietly_on_this_machine_alone(thresholds_chosen: Executed) -> None:
    assert thresholds_chosen.stopped is None, thresholds_chosen.error(thresholds_chosen.stopped or "")
    assert "127.0.0.1" == thresholds_chosen.address
    assert [] == thresholds_chosen.complaints


def test_the_rows_are_known_to_be_unlearnt(thresholds_chosen: Executed, judged: Rows) -> None:
    told = dict(thresholds_chosen.table("model").rows)
    assert "是 yes" == told["确认没学过 Known to be unlearnt"]
    assert f"{int(judged.everyday.sum()):,}" == told["… 日常 Everyday"]


def test_in_the_mix_that_scores_speak_of_a_score_is_its_chance(thresholds_chosen: Executed) -> None:
    table = thresholds_chosen.table("traffic-table")
    rows = {row[0]: row[1:] for row in table.rows}
    assert [f"{float(score):.1%}" for score in table.head[1:]] == rows["12.5%"]
    assert [float(each.rstrip("%")) for each in rows["0.1%"]] < [float(each.rstrip("%")) for each in rows["12.5%"]]


def test_everyday_comments_that_are_stopped_are_counted_with_the_interval_of_their_groups(
    thresholds_chosen: Executed, judged: Rows, model: Scorer, scores: Scores
) -> None:
    _, block = as_arrays(model.thresholds, TAXONOMY.names)
    stopped = flagged(scores, block)[judged.everyday]
    told = clustered(stopped, np.array(judged.group_keys)[judged.everyday])
    table = thresholds_chosen.table("everyday-blocked")
    assert {f"{told.hits}/{told.rows}"} == set(table.column("Stopped"))
    assert f"{told.high:.2%}" == table.column("Upper end")[1]


def test_fewer_incidents_prove_less(thresholds_chosen: Executed) -> None:
    ends = [float(each.rstrip("%")) for each in thresholds_chosen.table("everyday-blocked").column("Upper end")]
    assert ends[2:] == sorted(ends[2:], reverse=True)
    assert ends[2] > ends[0]


def test_what_proves_the_budget_without_a_mistake_is_736_comments(thresholds_chosen: Executed) -> None:
    assert "736" == thresholds_chosen.table("to-prove").rows[0][1]


def test_costs_are_those_that_the_command_writes(thresholds_chosen: Executed, chosen: dict[str, Any]) -> None:
    table = thresholds_chosen.table("costs")
    assert 1 == sum(row[0] == "选中 chosen" for row in table.rows)
    held = [chosen["cost"], *chosen["loads"], *chosen["blocks"]]
    assert [f"{each['blocked']['high']:.2%}" for each in held] == table.column("Wrongly stopped, upper end")
    assert [f"{10_000 * each['reviewed']['share']:,.0f}" for each in held] == table.column("Cases a day")


def test_thresholds_now_and_chosen_stand_side_by_side(
    thresholds_chosen: Executed, model: Scorer, chosen: dict[str, Any]
) -> None:
    rows = {row[0]: row[1:] for row in thresholds_chosen.table("thresholds").rows}
    for title, name in zip(TITLES, TAXONOMY.names, strict=True):
        now, then = model.thresholds[name], chosen["thresholds"][name]
        assert [f"{each:.4f}" for each in (now.review, then["review"], now.block, then["block"])] == rows[title]


def test_a_budget_that_is_not_proved_is_told_and_writes_no_policy(
    thresholds_chosen: Executed, chosen: dict[str, Any], small_home: SmallHome
) -> None:
    assert not chosen["cost"]["proved"]
    assert "cannot be proved" in thresholds_chosen.printed("sentence")
    told = thresholds_chosen.printed("policy-file")
    assert "not written: the budget is not proved" in told
    assert [] == list((small_home.path / "budgets").glob("*/*.toml"))
    assert "+[thresholds]" in told
    assert '+version = "3"' in told
    cut = chosen["thresholds"]["gambling"]
    assert f"+gambling = {{ review = {cut['review']!r}, block = {cut['block']!r} }}" in told


def test_a_label_is_charged_with_what_it_finds_and_costs(
    thresholds_chosen: Executed, judged: Rows, model: Scorer, scores: Scores
) -> None:
    rows = {row[0]: row[1:] for row in thresholds_chosen.table("label-costs").rows}
    for at, (title, name) in enumerate(zip(TITLES, TAXONOMY.names, strict=True)):
        cut = model.thresholds[name]
        there = (judged.labels[:, at] == YES) | (judged.union[:, at] == YES)
        stopped = int((scores[judged.everyday, at] >= cut.block).sum())
        found = int((scores[there, at] >= min(cut.review, cut.block)).sum())
        assert rows[title][0].endswith(f"{stopped}/{int(judged.everyday.sum())})")
        assert rows[title][2].endswith(f"{found}/{int(there.sum())})")


def test_the_rarer_the_label_the_higher_the_score_from_which_it_pays_to_stop(thresholds_chosen: Executed) -> None:
    table = thresholds_chosen.table("break-even-table")
    assert {"67%", "80%"} == set(table.column("Chance"))
    for row in table.rows:
        asked = [float(each) for each in row[3:-1]]
        assert asked == sorted(asked, reverse=True)
        assert f"{float(row[2].rstrip('%')) / 100:.2f}" == f"{asked[-1]:.2f}", "in the mix a score is its chance"


def test_every_label_and_the_languages_have_their_drift(thresholds_chosen: Executed) -> None:
    table = thresholds_chosen.table("drift")
    assert [*TITLES, "language"] == [row[0] for row in table.rows]
    assert all(float(each) >= 0 for each in table.column("These rows"))


@pytest.mark.parametrize("cell", PICTURES)
def test_each_picture_is_drawn_with_words_in_it(thresholds_chosen: Executed, cell: str) -> None:
    assert "<text" in thresholds_chosen.picture(cell)


def test_without_a_model_a_sentence_names_the_command(home_without_model: SmallHome) -> None:
    done = execute("04_choose_thresholds", home_without_model.env)
    assert "model" == done.stopped
    told = done.error("model")
    assert "There is no chaffinch@starter" in told
    assert told.endswith("chaffinch train starter")
    assert "Traceback" not in told
