"""Whether a model may be asked a set's question: nobody is examined on what he learnt by heart.

A model whose sources do not name the set may be asked about all of it. One that learnt from the set may be asked only
about rows that it never saw, by the measure of the gate: none that reads like one in its training or validation rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from data import frozen
from data.rows import Rows
from data.snapshot import Snapshot, SnapshotError
from eval.joining import joined
from moderation.errors import GateRefusedError
from registry.bundle import Manifest


def learnt_from(manifest: Manifest, home: Path) -> Snapshot | None:
    """The snapshot a model learnt from, if it is still there and still the same."""
    try:
        snapshot = Snapshot.open(home / "snapshots" / manifest.snapshot_name)
    except SnapshotError:
        return None
    return snapshot if snapshot.hash == manifest.snapshot else None


def learnt_rows(snapshot: Snapshot) -> Rows:
    """Every row that weights, calibration or thresholds came of."""
    return joined(snapshot.split("train"), snapshot.split("validation"))


def require_held_out(
    rows: Rows, manifest: Manifest, *, asked_by: str, home: Path, progress: Callable[[float], None] = lambda share: None
) -> None:
    """Raises `GateRefusedError` where the model learnt from rows like these, or where nobody can tell.

    `asked_by` is the set whose question it is; it counts beside the sources that the rows name.
    """
    named = sorted({asked_by, *rows.sources} & {source.name for source in manifest.sources})
    if not named:
        return
    snapshot = learnt_from(manifest, home)
    if snapshot is None:
        raise GateRefusedError(
            f"The model learnt from {_listed(named)}, and {manifest.snapshot_name}, which would show from which rows, "
            f"is not in {home / 'snapshots'}. Build it again, or judge a model that learnt nothing from there."
        )
    seen = {judged for _, judged in frozen.leaks(learnt_rows(snapshot), rows, progress=progress)}
    if seen:
        raise GateRefusedError(
            f"The model learnt from {_listed(named)}: {len(seen):,} of these {len(rows):,} rows read like rows that "
            f"it was trained on ({snapshot.path.name}). Judge it on rows it never saw (--split test of a set it was "
            "kept apart from), or judge a model that learnt nothing from there."
        )


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)
