"""What the commands of the loop read: of data, training, the gate, what is selected and what is watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from chaffinch.gates import DEFAULT_GATE, gate_config
from chaffinch.health.finding import OK, OPEN, Finding
from chaffinch.health.named import check_names
from chaffinch.settings import Settings
from moderation.errors import ConfigError, Fault
from registry.gate_file import read_gate
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import find_pointer
from registry.shipped_gates import is_shipped

Readers = Mapping[str, Callable[[], object]]


def loop_files(settings: Settings) -> Finding:
    """Whether the files can be read that no server reads, and what they name is there."""
    readers = _readers(settings)
    faults: list[Fault] = []
    for read in readers.values():
        try:
            read()
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError("Files that the loop reads cannot be used.", faults)
    return Finding("loop files", OK, ", ".join(readers))


def gate(settings: Settings) -> Finding:
    """Whether the gate before the champion is as shipped, and the one that let the champion in."""
    asked = gate_config(settings, DEFAULT_GATE)
    seen = [] if is_shipped(asked.hash) else [f"gates/{DEFAULT_GATE}.toml, {asked.hash[:12]}, is not as shipped"]
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    answer = read_gate(champion.path) if champion else None
    if champion and answer and (known := is_shipped(answer.gate_hash)) is not True:
        how = "not as shipped" if known is False else "an answer of before, which does not say which gate it was"
        seen.append(
            f"version {champion.version} is champion by {answer.gate}, {answer.gate_hash[:12] or 'no hash'}: {how}"
        )
    if seen:
        return Finding(
            "gate", OPEN, "; ".join(seen), "look who changed it: what stands before a champion is as lenient"
        )
    return Finding("gate", OK, f"{asked.name}@{asked.version}, {asked.hash[:12]}, as shipped")


def _readers(settings: Settings) -> Readers:
    from chaffinch.demo.script import load_script
    from chaffinch.watch_config import load_watch
    from data.selection import Plan
    from eval.gate_config import load_gate
    from moderation.toml import parse_file, read_folder
    from training.out_of_fold import SuspectSettings
    from training.settings import load_settings as load_training

    configs = settings.configs
    gates = partial(read_folder, configs / "gates", load_gate, summary="Gates cannot be used.")
    trainings = partial(
        read_folder, configs / "training", lambda path: load_training(path, configs), summary="Training cannot be used."
    )
    return {
        "sources and data": lambda: _data(settings),
        "training": trainings,
        "gates": gates,
        "selection": partial(parse_file, Plan, configs / "selection.toml"),
        "suspects": partial(parse_file, SuspectSettings, configs / "suspects.toml"),
        "watch": lambda: load_training(load_watch(settings).train.config, configs),
        "demo": partial(load_script, configs / "demo.toml"),
        "names": partial(check_names, settings),
    }


def _data(settings: Settings) -> None:
    """The recipes of sources, and the configs that build from them."""
    from data.config import load_config
    from data.recipes import load_recipes
    from moderation.taxonomy import load_taxonomy
    from moderation.toml import read_folder, read_toml

    folder = settings.configs / "data"
    try:
        recipes = load_recipes(settings.configs / "sources", load_taxonomy(settings.configs / "taxonomy.toml").names)
    except ConfigError as error:
        unread = _faults_of(partial(read_folder, folder, read_toml, summary="Data configs cannot be used."))
        raise ConfigError("Data cannot be built.", [*error.faults, *unread]) from error
    read_folder(folder, lambda path: load_config(path, recipes), summary="Data configs cannot be used.")


def _faults_of(read: Callable[[], object]) -> list[Fault]:
    try:
        read()
    except ConfigError as error:
        return list(error.faults)
    return []
