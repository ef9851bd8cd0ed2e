"""What files of the loop name: the gate before the champion, data configs, frozen sets. A name that is nothing is told.

What cannot be read is told by whoever reads it whole (`loop.py`); here such a file names nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chaffinch.gates import DEFAULT_GATE
from chaffinch.settings import Settings
from chaffinch.watch_config import load_watch
from moderation.errors import ConfigError, Fault, NotFoundError
from moderation.toml import read_toml


def check_names(settings: Settings) -> None:
    """Raises `ConfigError` with every name that a command of the loop would stop at, or pass over in silence."""
    faults = [*_gates(settings), *_apart_from(settings), *_trained_on(settings), *_watched(settings)]
    if faults:
        raise ConfigError("Files of the loop name what is not there.", faults)


def _gates(settings: Settings) -> Iterator[Fault]:
    """The gate that `promote` asks, and the sets of every gate's exam."""
    folder = settings.configs / "gates"
    if not (folder / f"{DEFAULT_GATE}.toml").is_file():
        yield Fault(f"gates/{DEFAULT_GATE}.toml", "is not there, and promote asks no other gate; put it back")
    known = _sets(settings)
    for name, table in _tables(folder):
        for exam in _list(table.get("exam")):
            asked = exam.get("name") if isinstance(exam, dict) else None
            if isinstance(asked, str) and asked not in known:
                yield Fault(f"gates/{name}: exam", _no_set(asked, known))


def _apart_from(settings: Settings) -> Iterator[Fault]:
    known = _sets(settings)
    for name, table in _tables(settings.configs / "data"):
        for each in _list(table.get("apart_from")):
            if isinstance(each, str) and each not in known:
                yield Fault(f"data/{name}: apart_from", _no_set(each, known))


def _trained_on(settings: Settings) -> Iterator[Fault]:
    """A training learns from a snapshot; one may be there whose config lies elsewhere."""
    from data.snapshot import find

    for name, table in _tables(settings.configs / "training"):
        data = table.get("data")
        if not isinstance(data, str) or _is_config(settings, data):
            continue
        try:
            find(data, settings.home / "snapshots")
        except NotFoundError:
            yield Fault(f"training/{name}: data", f"there is no data config '{data}', and no snapshot of that name")


def _watched(settings: Settings) -> Iterator[Fault]:
    """`chaffinch watch` builds anew before it trains, so that a snapshot does not do."""
    try:
        chosen = load_watch(settings).train.config
        data = read_toml(settings.configs / "training" / f"{chosen}.toml").get("data")
    except ConfigError:
        return
    if isinstance(data, str) and not _is_config(settings, data):
        yield Fault(f"watch.toml: train.config '{chosen}'", f"it learns from '{data}', which is no data config")


def _is_config(settings: Settings, name: str) -> bool:
    from data.config import config_path

    try:
        config_path(name, settings.configs / "data")
    except NotFoundError:
        return False
    return True


def _sets(settings: Settings) -> frozenset[str]:
    from data.config import frozen_names

    return frozen_names(settings.configs / "data", settings.home / "frozen")


def _no_set(name: str, known: frozenset[str]) -> str:
    return f"no data config freezes '{name}' and no set lies under it; there are: {', '.join(sorted(known))}"


def _tables(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(folder.glob("*.toml")):
        try:
            yield path.name, read_toml(path)
        except ConfigError:
            continue


def _list(told: object) -> list[Any]:
    return told if isinstance(told, list) else []
