"""One fine-tuning on several processes: over gloo on processors, over NCCL where each process has a GPU.

The run itself stays one process, so that n-grams, registry and MLflow have one hand. It hands model and rows over in a
folder, `torch.distributed.run` starts `python -m training.processes FOLDER` so many times, each takes its part of
every batch, and the first one tells on its standard output, a JSON object a line, what is heard. Steps, checkpoints
and the best weights are those of one process: a run may be stopped and gone on with by another number.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from registry.files import write_atomically
from training import checkpoint, encoder
from training.batches import Examples, flattened, unflattened
from training.checkpoint import Point
from training.clock import Progressed, Stage
from training.disk import DiskFullError
from training.encoder_model import EncoderClassifier, load_classifier
from training.fine_tuning import NOBODY, FineTuning, Keeping, Listener, Report
from training.learning_parameters import freeze
from training.ngram import TrainingError
from training.objective import Targets

HANDED, MODEL, REST, ROWS, TOLD, OUTCOME = "handed", "encoder", "rest.pt", "rows.npz", "told.json", "outcome.json"
_PARTS = ("yes", "known", "members", "union")
_GRACE = 20.0
"""Seconds that processes have to end after they were asked to."""
_TAIL = 8
"""Lines of what the processes said that an error repeats."""


def fit(
    model: EncoderClassifier, train: Examples, validation: Examples, how: FineTuning, keeping: Keeping,
    *, also: Sequence[Sequence[int]] = (), listener: Listener = NOBODY,
) -> Report:  # fmt: skip
    """`training.encoder.fit` on `how.processes` processes; with one, here.

    Raises as it does, and `TrainingError` where a process ends without an outcome. `KeyboardInterrupt` ends them all.
    """
    if how.processes == 1:
        return encoder.fit(model, train, validation, how, keeping, also=also, listener=listener)
    if how.processes > max(1, torch.cuda.device_count()) > 1:
        raise TrainingError(f"This machine has {torch.cuda.device_count()} GPUs; ask for no more processes than that.")
    keeping.folder.mkdir(parents=True, exist_ok=True)
    if not keeping.resume:
        checkpoint.forget(keeping.folder)
    handed = keeping.folder / HANDED
    with _handed(handed, model, train, validation, how, keeping, also):
        _run(handed, how.processes, listener)
        report = _report(json.loads((handed / OUTCOME).read_bytes()))
    freeze(model, how)
    checkpoint.load_best(keeping.folder, model)
    model.eval()
    return report


@contextmanager
def _handed(
    folder: Path, model: EncoderClassifier, train: Examples, validation: Examples, how: FineTuning, keeping: Keeping,
    also: Sequence[Sequence[int]],
) -> Iterator[None]:  # fmt: skip
    """While this holds, the folder has all that a process needs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        model.encoder.save_pretrained(folder / MODEL)  # type: ignore[operator]
        rest = {name: each for name, each in model.state_dict().items() if not name.startswith("encoder.")}
        torch.save(rest, folder / REST)
        rows = {**_packed("train", train), **_packed("validation", validation), **_flat("also", also)}
        np.savez(folder / ROWS, allow_pickle=False, **rows)
        told = {
            "how": asdict(how), "columns": model.head.out_features, "dropout": model.dropout.p, "pad": train.pad,
            "folder": str(keeping.folder), "lower": str(keeping.lower or keeping.folder),
        }  # fmt: skip
        write_atomically(folder / TOLD, json.dumps(told).encode())
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(handed: Path, processes: int, listener: Listener) -> None:
    """Starts the processes, tells on what the first says, and sees that all have ended."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes),
               "-m", "training.processes", str(handed)]  # fmt: skip
    threads = max(1, (os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count() or 1) // processes)
    surroundings = {"OMP_NUM_THREADS": str(threads)} | os.environ
    said: list[str] = []
    with subprocess.Popen(  # noqa: S603 (no shell, no input of others)
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=surroundings, start_new_session=True
    ) as started:
        try:
            for line in started.stdout or ():
                if not _told_on(line, listener):
                    said = [*said, line.rstrip()][-_TAIL:]
            started.wait()
        finally:
            _ended(started)
    outcome = handed / OUTCOME
    if not outcome.is_file():
        raise TrainingError(
            f"A process of the fine-tuning ended (exit {started.returncode}) without saying what came of it; the last "
            f"checkpoint stands, --resume goes on. It said last: {' | '.join(said) or 'nothing'}"
        )
    told = json.loads(outcome.read_bytes())
    if told["error"]:
        raise {"DiskFullError": DiskFullError}.get(told["error"], TrainingError)(told["sentence"])


def _ended(started: subprocess.Popen[str]) -> None:
    """None of the processes is left, whatever stopped this one."""
    for each in (signal.SIGTERM, signal.SIGKILL):
        if started.poll() is not None:
            return
        os.killpg(started.pid, each)
        try:
            started.wait(_GRACE)
        except subprocess.TimeoutExpired:
            continue


def _told_on(line: str, listener: Listener) -> bool:
    """Whether the line was one for the listener."""
    try:
        told = json.loads(line)
    except ValueError:
        return False
    if not isinstance(told, dict):
        return False
    if "curve" in told:
        listener.curve(told["curve"], told["step"])
    elif "stage" in told:
        listener.progress(Progressed(**told | {"stage": Stage(told["stage"])}))
    return True


def _report(told: Mapping[str, Any]) -> Report:
    report = dict(told["report"])
    history, best = tuple(Point(**each) for each in report.pop("history")), Point(**report.pop("best"))
    return Report(history, best, **report)


def _packed(name: str, examples: Examples) -> dict[str, np.ndarray]:
    aims = examples.targets
    of = {} if examples.of is None else {f"{name}_of": examples.of}
    return _flat(name, examples.rows) | {f"{name}_{part}": getattr(aims, part) for part in _PARTS} | of


def _flat(name: str, rows: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
    ids, lengths = flattened(rows)
    return {f"{name}_ids": ids, f"{name}_lengths": lengths}


def _rows(held: Mapping[str, np.ndarray], name: str) -> list[list[int]]:
    return unflattened(held[f"{name}_ids"], held[f"{name}_lengths"])


def _examples(held: Mapping[str, np.ndarray], name: str, pad: int) -> Examples:
    aims = Targets(*(held[f"{name}_{part}"] for part in _PARTS))
    return Examples(_rows(held, name), aims, pad, held.get(f"{name}_of"))


def main(handed: Path) -> None:
    """One of the processes."""
    told = json.loads((handed / TOLD).read_bytes())
    first = os.environ.get("RANK", "0") == "0"
    try:
        report = _taken_up(handed, told, _speaker() if first else NOBODY)
    except (TrainingError, DiskFullError) as error:
        if first:
            _leave(handed, {"error": type(error).__name__, "sentence": str(error)})
        raise SystemExit(1) from error
    if first:
        _leave(handed, {"error": None, "report": asdict(report)})
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def _taken_up(handed: Path, told: dict[str, Any], listener: Listener) -> Report:
    model = load_classifier(handed / MODEL, told["columns"], seed=0, dropout=told["dropout"])
    model.load_state_dict(torch.load(handed / REST, weights_only=True), strict=False)
    with np.load(handed / ROWS, allow_pickle=False) as kept:
        held = dict(kept)
    train, validation = (_examples(held, name, told["pad"]) for name in ("train", "validation"))
    keeping = Keeping(Path(told["folder"]), resume=True, lower=Path(told["lower"]))
    how = replace(FineTuning(**told["how"]), threads=None)
    return encoder.fit(model, train, validation, how, keeping, also=_rows(held, "also"), listener=listener)


def _speaker() -> Listener:
    def say(value: Mapping[str, object]) -> None:
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()

    return Listener(lambda step: say(asdict(step)), lambda values, step: say({"curve": dict(values), "step": step}))


def _leave(handed: Path, outcome: Mapping[str, object]) -> None:
    write_atomically(handed / OUTCOME, json.dumps(outcome).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
