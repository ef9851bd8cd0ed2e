"""Several encoders fine-tuned from one start and averaged weight by weight: a greedy soup (Wortsman et al. 2022).

They differ in the order of their rows and in what dropout hides. The best by the validation rows is taken first, then
each next one that the average does not lose by. What is served costs as much as one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from training import checkpoint
from training.batches import Examples
from training.checkpoint import State
from training.encoder import answers, settle
from training.encoder_model import EncoderClassifier
from training.fine_tuning import NOBODY, FineTuning, Keeping, Listener, Report
from training.learning_parameters import freeze
from training.objective import mean_tempered_loss
from training.processes import fit


@dataclass(frozen=True)
class Soup:
    """The report on its best member, each member's validation loss, how many are in it, its own loss, and all seconds.

    Losses are a row's, as calibration will leave them (`objective.mean_tempered_loss`).
    """

    report: Report
    members: tuple[float, ...]
    taken: int
    loss: float
    seconds: float

    @staticmethod
    def alone(report: Report) -> Soup:
        """Of one fine-tuning by itself."""
        return Soup(report, (report.best.validation,), 1, report.best.validation, report.seconds)


def fit_soup(
    model: EncoderClassifier,
    train: Examples,
    validation: Examples,
    how: FineTuning,
    keeping: Keeping,
    *,
    members: int,
    listener: Callable[[int], Listener] = lambda number: NOBODY,
) -> Soup:
    """Fine-tunes `members` copies of `model` as `encoder.fit` does, each with its own seed; leaves it with their soup.

    All begin with the same head. Each keeps its checkpoints in a folder of its own (`folders_of_members`) and is heard
    by `listener(number)`. Raises as `encoder.fit`.
    """
    freeze(model, how)
    if how.settle:
        settle(model, train, validation, how, keeping, listener(0))
    made: list[tuple[float, Report, State]] = []
    for number in range(members):
        own, seeded = copy.deepcopy(model), replace(how, seed=how.seed + number, settle=False)
        kept = replace(keeping, folder=_member(keeping.folder, number), lower=keeping.lower or keeping.folder)
        report = fit(own, train, validation, seeded, kept, listener=listener(number))
        made.append((_loss(own, validation, how, kept), report, checkpoint.trained_state(own)))
    made.sort(key=lambda each: each[0])
    taken, loss = _stirred(model, [state for _, _, state in made], lambda: _loss(model, validation, how, keeping))
    checkpoint.save_best(keeping.folder, model)
    seconds = sum(report.seconds for _, report, _ in made)
    return Soup(made[0][1], tuple(each for each, _, _ in made), taken, loss, seconds)


def folders_of_members(folder: Path) -> list[Path]:
    """Where the members' checkpoints lie in a run's folder."""
    return sorted(folder.glob("member-*"))


def _member(folder: Path, number: int) -> Path:
    return folder / f"member-{number + 1}"


def _stirred(model: EncoderClassifier, states: list[State], loss: Callable[[], float]) -> tuple[int, float]:
    """Gives the model the greedy average of `states`, the best first; how many are in it, and its loss."""
    soup, taken = states[0], 1
    checkpoint.give(model, soup)
    least = loss()
    for state in states[1:]:
        tried = {name: (each * taken + state[name]) / (taken + 1) for name, each in soup.items()}
        checkpoint.give(model, tried)
        found = loss()
        if found <= least:
            soup, taken, least = tried, taken + 1, found
    checkpoint.give(model, soup)
    return taken, least


def _loss(model: EncoderClassifier, validation: Examples, how: FineTuning, keeping: Keeping) -> float:
    said = answers(model, validation.rows, how, keeping, pad=validation.pad)
    return mean_tempered_loss(said, validation.targets)
