"""From a bundle to champion, through the gate: what `promote` and the demo both do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chaffinch.settings import Settings
from chaffinch.wiring import taxonomy_of
from moderation.errors import GateRefusedError
from registry.gate_file import GateFile, Verdict, read_gate
from registry.names import CHAMPION, MODEL_NAME, Resolved
from registry.pointers import find_pointer
from registry.promotion import Promotion, promote

if TYPE_CHECKING:
    from registry.catalogue import MlflowCatalogue

Progress = Callable[[str, float], None]
DEFAULT_GATE = "default"


def catalogue_of(settings: Settings) -> MlflowCatalogue:
    """MLflow, as configured; nothing is reached before it is asked."""
    from registry.catalogue import MlflowCatalogue

    return MlflowCatalogue(settings.tracking_uri, home=settings.home)


def is_champion(settings: Settings, found: str) -> bool:
    """Whether the bundle with this hash is champion."""
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    return champion is not None and champion.hash == found


def gate(settings: Settings, target: Resolved, config: str, progress: Progress) -> GateFile:
    """The gate's answer, written into the bundle. `config` is a name under `configs/gates` or a TOML file."""
    from eval.gate import load_gate
    from eval.gating import GateOrder, run_gate

    path = Path(config) if config.endswith(".toml") else settings.configs / "gates" / f"{config}.toml"
    order = GateOrder(target.path, target.version, settings.home, taxonomy_of(settings), load_gate(path))
    return run_gate(order, now=datetime.now(UTC), progress=progress)


def promote_through_gate(settings: Settings, target: Resolved, *, reason: str, progress: Progress) -> Promotion:
    """Asks the gate where it has not answered about this bundle and this champion, then moves the pointer.

    Raises `GateRefusedError` with the gate's sentence, `ConflictError` where the bundle is champion already or
    somebody else promotes.
    """
    answer = _standing_answer(settings, target)
    if answer is None and not is_champion(settings, target.hash):
        answer = gate(settings, target, DEFAULT_GATE, progress)
    if answer is not None and answer.verdict is not Verdict.YES:
        raise GateRefusedError(answer.sentence)
    return promote(
        target.path,
        registry_root=settings.registry_root,
        now=datetime.now(UTC),
        catalogue=catalogue_of(settings),
        reason=reason,
    )


def _standing_answer(settings: Settings, target: Resolved) -> GateFile | None:
    """What the gate said about this very bundle beside the champion of today; None where it has to be asked."""
    answer = read_gate(target.path)
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if answer is None or answer.bundle_hash != target.hash:
        return None
    held_against = answer.champion.hash if answer.champion else None
    return answer if held_against == (champion.hash if champion else None) else None
