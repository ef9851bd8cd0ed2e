"""`02_train_and_compare`, run from its first cell to its last: the trainings it tells of are the ones that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.rows import Rows
from eval.evaluation import score_texts
from eval.metrics import harmful
from eval.thresholds import as_arrays, flagged
from moderation.taxonomy import load_taxonomy
from registry.bundle import Manifest, bundle_hash, read_manifest
from registry.catalogue import MlflowCatalogue
from registry.gate_file import read_gate
from registry.pointers import read_pointer
from registry.scorers import load_model
from tests.notebooks.conftest import SmallHome
from tests.notebooks.executing import Executed, execute
from training.handing_in import read_evaluation

TAXONOMY = load_taxonomy()
NAMES = ("starter-try", "starter-changed", "starter-warm")
PICTURES = ("curves", "third", "compared-picture")


@pytest.fixture(scope="session")
def bundles(trained_and_compared: Executed, small_home: SmallHome) -> dict[str, Path]:
    """What lies where the notebook's aliases point, once it ran."""
    assert trained_and_compared.stopped is None, trained_and_compared.error(trained_and_compared.stopped or "")
    return {name: read_pointer(small_home.path / "registry", "chaffinch", name).path for name in NAMES}


@pytest.fixture(scope="session")
def manifests(bundles: dict[str, Path]) -> dict[str, Manifest]:
    return {name: read_manifest(bundle) for name, bundle in bundles.items()}


def test_without_a_snapshot_a_sentence_names_the_command(empty_home: SmallHome) -> None:
    done = execute("02_train_and_compare", empty_home.env)
    assert "open" == done.stopped
    told = done.error("open")
    assert "There is no snapshot 'starter'" in told
    assert told.endswith("chaffinch data build starter")
    assert "Traceback" not in told


def test_it_runs_to_its_end_quietly_on_this_machine_alone(trained_and_compared: Executed) -> None:
    assert trained_and_compared.stopped is None, trained_and_compared.error(trained_and_compared.stopped or "")
    assert "127.0.0.1" == trained_and_compared.address
    assert [] == trained_and_compared.complaints


def test_one_thing_differs_and_is_told(trained_and_compared: Executed, manifests: dict[str, Manifest]) -> None:
    rows = {row[0]: row[1:] for row in trained_and_compared.table("differs").rows}
    assert ["[1, 2, 3]", "[1, 2, 3]", "[1, 2]"] == rows.pop("features.orders")
    assert ["True", "False", "False"] == rows.pop("encoder.enabled")
    assert {"name", "encoder.folds"} == set(rows)
    assert [(1, 2, 3), (1, 2), (1, 2)] == [manifests[name].features.orders for name in NAMES]


@pytest.mark.parametrize(("cell", "name"), [("first", NAMES[0]), ("second", NAMES[1])])
def test_what_was_trained_is_told_as_it_lies_on_disk(
    trained_and_compared: Executed, bundles: dict[str, Path], cell: str, name: str
) -> None:
    told = [value for _, value in trained_and_compared.table(cell).rows]
    assert [bundles[name].name, bundle_hash(bundles[name])] == told[:2]


def test_the_runs_stand_in_mlflow_with_parameters_and_curves(
    manifests: dict[str, Manifest], small_home: SmallHome
) -> None:
    catalogue = MlflowCatalogue(f"sqlite:///{small_home.path / 'mlflow.db'}", home=small_home.path)
    run = manifests["starter-changed"].mlflow_run
    assert run is not None
    with catalogue.reached() as client:
        assert "(1, 2)" == client.get_run(run).data.params["features.orders"].replace("[", "(").replace("]", ")")
    losses = [loss for _, loss in catalogue.curves(run)["loss"]]
    assert 1 < len(losses) <= 20
    assert losses[-1] < losses[0]


def test_the_third_started_from_the_first(bundles: dict[str, Path], manifests: dict[str, Manifest]) -> None:
    assert bundle_hash(bundles["starter-try"]) == manifests["starter-warm"].warm_from
    assert manifests["starter-changed"].warm_from is None


def test_figures_of_all_three_are_those_of_their_bundles(
    trained_and_compared: Executed, bundles: dict[str, Path]
) -> None:
    table = trained_and_compared.table("three")
    for name in NAMES:
        held = read_evaluation(bundles[name]).figures()
        assert [f"{held[figure]:.3f}" for figure, *_ in table.rows if figure in held] == [
            told for told, figure in zip(table.column(name), table.column("Figure"), strict=True) if figure in held
        ]


def test_harm_found_comes_first_and_macro_f1_last(trained_and_compared: Executed, bundles: dict[str, Path]) -> None:
    first, *_, last = trained_and_compared.table("first-to-read").rows
    found = [read_evaluation(bundles[name]) for name in NAMES]
    assert [f"{each.harmful_found.hits}/{each.harmful_found.rows})" for each in found] == [
        told.split(", ")[-1] for told in first[1:]
    ]
    assert ["macro-F1", *(f"{each.macro_f1:.3f}" for each in found)] == last


def test_rows_that_were_learnt_flatter(trained_and_compared: Executed) -> None:
    (_, learnt, _, tested), *_ = trained_and_compared.table("flatter").rows
    assert float(learnt) > float(tested)


def test_only_what_leaves_zero_out_is_more_than_luck(trained_and_compared: Executed) -> None:
    table = trained_and_compared.table("compared")
    assert table.rows
    for told, said in zip(table.column("95 %"), table.column("More than luck"), strict=True):
        low, high = map(float, told.split(" – "))
        assert bool(said) == (low > 0 or high < 0), told


def test_both_sides_of_the_comparison_are_the_bundles_own(
    trained_and_compared: Executed, bundles: dict[str, Path]
) -> None:
    table = trained_and_compared.table("compared")
    row = next(row for row in table.rows if row[:2] == ["harmful_found", "all"])
    shares = [read_evaluation(bundles[name]).harmful_found.share for name in NAMES[:2]]
    assert [f"{share:.3f}" for share in shares] == row[3:5]


def test_at_one_load_the_second_asks_no_more_than_the_first(
    trained_and_compared: Executed, bundles: dict[str, Path], judged: Rows, small_home: SmallHome
) -> None:
    loads, found = (
        [int(told.split(", ")[-1].split("/")[0]) for told in row[1:]]
        for row in trained_and_compared.table("same-load").rows
    )
    second = load_model(str(bundles["starter-changed"]), TAXONOMY, home=small_home.path)
    review, block = as_arrays(second.thresholds, TAXONOMY.names)
    scores = score_texts(second, judged.texts)
    looked = flagged(scores, review) | flagged(scores, block)
    assert int(looked[harmful(judged.labels, judged.union)].sum()) == found[1]
    assert loads[2] <= loads[0] or loads[0] < 10


def test_the_gate_is_asked_and_nothing_is_written(
    trained_and_compared: Executed, bundles: dict[str, Path], small_home: SmallHome
) -> None:
    sentence = trained_and_compared.printed("would-say")
    version = read_pointer(small_home.path / "registry", "chaffinch", "starter-try").version
    assert f"against version {version}" in sentence
    passed = trained_and_compared.table("checks").column("Passed")
    assert sentence.startswith("Yes" if "否 NO" not in passed else "No")
    assert passed == sorted(passed, key=lambda told: told == "是 yes"), "what failed comes first"
    assert [None] * 3 == [read_gate(bundle) for bundle in bundles.values()]


@pytest.mark.parametrize("cell", PICTURES)
def test_each_picture_is_drawn_with_words_in_it(trained_and_compared: Executed, cell: str) -> None:
    assert "<text" in trained_and_compared.picture(cell)
