"""A set's own question answered by a domain of its own: no answer of a part decides what is said of that part."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import typer
from scipy.special import expit
from typer.testing import CliRunner

from chaffinch.commands import models
from data.folds import Folding, parts_of
from data.rows import Row, Split
from data.snapshot import Snapshot
from moderation.errors import InvalidInputError
from tests import tiny_encoder
from tests.training import tiny
from training.domain import Parted, held_out, require_parts
from training.evidence import Evidence, Head, OwnNgrams, Some
from training.ngram import TrainingError
from training.objective import Matrix
from training.settings import Features

PARTS = 4
CONFIG = """
name = "small"
data = "base"
[features]
orders = [1, 2]
bits = 12
[learning]
max_iterations = 15
[encoder]
base = "{base}"
"""


def parted(count: int = 200, *, seed: int = 0, near: np.ndarray | None = None) -> tuple[Parted, Matrix, list[str]]:
    """Rows of which vectors and words tell yes from no, most of the time."""
    chance = np.random.default_rng(seed)
    yes = chance.random(count) < 0.5
    vectors = chance.normal(size=(count, 4)) + yes[:, None] * np.array([1.5, 0, 0, 0])
    texts = [("领券" if each else "喝茶") + str(chance.integers(1000)) for each in yes]
    blind = np.zeros((count, PARTS), dtype=np.bool_) if near is None else near
    return Parted(yes, np.arange(count) % PARTS, blind), vectors, texts


@dataclass(frozen=True)
class Known:
    """Answers that somebody else gave."""

    said: Matrix
    penalties: tuple[float, ...] = (0.0,)

    def told(self, learnt: Some, yes: Some, penalty: float) -> Matrix:
        return self.said


def kinds(vectors: Matrix, texts: list[str]) -> list[Evidence]:
    return [Head(vectors), OwnNgrams(texts, Features(orders=(1, 2), bits=10))]


@pytest.mark.parametrize("part", range(PARTS))
def test_no_answer_of_a_part_decides_what_is_said_of_it(part: int) -> None:
    rows, vectors, texts = parted()
    own = rows.part == part
    lied = replace(rows, yes=np.where(own, ~rows.yes, rows.yes))
    told, again = (held_out(kinds(vectors, texts), each) for each in (rows, lied))
    assert np.array_equal(told[own], again[own])
    assert not np.array_equal(told[~own], again[~own])


def test_what_reads_like_a_row_that_is_held_out_is_not_learnt_from() -> None:
    near = np.zeros((200, PARTS), dtype=np.bool_)
    near[1, 0] = True  # of part 1, and reads like a row of part 0
    rows, vectors, texts = parted(near=near)
    lied = replace(rows, yes=np.where(np.arange(200) == 1, ~rows.yes, rows.yes))
    told, again = (held_out(kinds(vectors, texts), each) for each in (rows, lied))
    own = rows.part == 0
    assert np.array_equal(told[own], again[own])
    assert not np.array_equal(told[~own], again[~own])


def test_the_other_parts_say_what_a_score_means() -> None:
    rows, _, _ = parted()
    said = np.where(rows.yes, -3.0, -5.0) + np.random.default_rng(1).normal(size=200) / 4
    found = held_out([Known(said)], rows)
    assert not (expit(said) > 0.5).any()
    assert np.mean((expit(found) > 0.5) == rows.yes) > 0.95


def test_evidence_that_tells_nothing_does_not_spoil_what_tells_much() -> None:
    rows, vectors, _ = parted()
    noise = np.random.default_rng(2).normal(size=(200, 4))
    alone = held_out([Head(vectors)], rows)
    both = held_out([Head(vectors), Head(noise)], rows)
    right = [float(np.mean((each > 0) == rows.yes)) for each in (alone, both)]
    assert right[1] > right[0] - 0.03


def test_two_parts_leave_nobody_to_say_what_answers_mean() -> None:
    rows, _, _ = parted()
    with pytest.raises(TrainingError, match="three or more"):
        require_parts(replace(rows, part=rows.part % 2))


def test_parts_whose_rest_is_all_of_one_answer_are_refused() -> None:
    rows, _, _ = parted()
    with pytest.raises(TrainingError, match="one answer"):
        require_parts(replace(rows, yes=np.isin(rows.part, (0, 1))))


def spam(count: int, *, seed: int = 0) -> list[Row]:
    """Adverts and calm rows of four videos, of a set that asks for spam."""
    made = [tiny.row(at, "advertising" if at % 2 else None, seed=seed) for at in range(count)]
    return [
        replace(row, id=f"asked-{row.id}", source="youtube_spam", group=f"video-{at // 2 % PARTS}")
        for at, row in enumerate(made)
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("domain")
    own = spam(120)
    tiny.named(folder, "videos", {Split.TRAIN: own[:60], Split.VALIDATION: own[60:], Split.TEST: []})
    (folder / "small.toml").write_text(CONFIG.format(base=tiny_encoder.folder(folder / "encoder")))
    return folder


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setenv("CHAFFINCH_HOME", str(home))
    made = typer.Typer()
    models.add_to(made)
    return made


def test_the_command_tells_each_video_and_each_way_of_answering(home: Path, app: typer.Typer) -> None:
    words = ["cross-validate", str(home / "small.toml"), "videos", "--by-group", "--domain"]
    shown = CliRunner().invoke(app, words, catch_exceptions=False).output
    told = json.loads(CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False).stdout)
    names = ["n-grams", "head", "both"]
    assert names == [each["name"] for each in told["recipes"]]
    assert [f"video-{at}" for at in range(PARTS)] == told["parts"]
    assert [30] * PARTS == told["rows"]
    assert all(PARTS == len(each["parts"]) for each in told["recipes"])
    assert (
        f"both: advertising or fraud, two classes, macro-F1: {told['recipes'][2]['figures']['macro_f1']:.4f}" in shown
    )
    assert told["recipes"][2]["figures"]["macro_f1"] > 0.9


def test_parts_may_be_drawn(home: Path, app: typer.Typer) -> None:
    words = ["cross-validate", str(home / "small.toml"), "videos", "--folds", "3", "--domain", "--json"]
    told = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
    assert 120 == sum(told["rows"])


def test_a_set_that_asks_no_question_is_refused(home: Path, app: typer.Typer) -> None:
    own = [replace(row, source="other", id=f"other-{row.id}") for row in tiny.rows(80, seed=5)]
    tiny.named(home, "other", {Split.TRAIN: own, Split.VALIDATION: [], Split.TEST: []})
    words = ["cross-validate", str(home / "small.toml"), "other", "--folds", "3", "--domain"]
    with pytest.raises(InvalidInputError, match="asks no question of two classes"):
        CliRunner().invoke(app, words, catch_exceptions=False)


def test_two_parts_are_refused_before_the_encoder_is_asked(home: Path, app: typer.Typer) -> None:
    words = ["cross-validate", str(home / "small.toml"), "videos", "--folds", "2", "--domain"]
    with pytest.raises(TrainingError, match="three or more"):
        CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.mark.parametrize("option", ["--data", "--warm"])
def test_what_a_domain_does_not_read_is_not_passed_over_in_silence(home: Path, app: typer.Typer, option: str) -> None:
    words = ["cross-validate", str(home / "small.toml"), "videos", "--domain", option, "any"]
    with pytest.raises(InvalidInputError, match="the set alone"):
        CliRunner().invoke(app, words, catch_exceptions=False)


def test_near_rows_are_told_with_their_folds(home: Path) -> None:
    over = Snapshot.open(next((home / "snapshots").glob("videos-[0-9a-f]*")))
    found = parts_of(Folding.of_groups(over, over))
    assert 120 == len(found.rows) == len(found.fold_of) == len(found.near)
    assert all(own not in others for own, others in zip(found.fold_of, found.near, strict=True))
