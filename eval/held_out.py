"""Whether a model may be asked a set's question: nobody is examined on what he learnt by heart.

A model whose sources do not name the set may be asked about all of it. One that learnt from the set may be asked only
about rows that it never saw, by the measure of the gate: none that reads like one in its training or validation rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from data import frozen
from data.rows import Rows
from data.snapshot import Snapshot, SnapshotError
from eval.joining import joined
from moderation.errors import GateRefusedError
from registry.bundle import Manifest, SnapshotRecord


def own_snapshot(manifest: Manifest, home: Path) -> Snapshot | None:
    """The snapshot a model learnt from last, if it is still there and still the same."""
    return _found(SnapshotRecord(name=manifest.snapshot_name, hash=manifest.snapshot), home)


def missing_snapshots(manifest: Manifest, home: Path) -> list[str]:
    """The names of what the model, or one that it was started from, learnt from and that is there no more."""
    return [each.name for each in _all(manifest) if _found(each, home) is None]


def learnt_rows(manifest: Manifest, home: Path) -> Rows | None:
    """Every row that weights, calibration or thresholds came of, those of models it was started from among them.

    None where one of the snapshots is gone: then nobody can tell.
    """
    found = [_found(each, home) for each in _all(manifest)]
    if not all(found):
        return None
    parts, seen = list[Rows](), set[str]()
    for snapshot in filter(None, reversed(found)):
        rows = joined(snapshot.split("train"), snapshot.split("validation"))
        parts.append(rows.take(np.array([each not in seen for each in rows.ids], dtype=np.bool_)))
        seen.update(rows.ids)
    return joined(*parts)


def _all(manifest: Manifest) -> list[SnapshotRecord]:
    return [*manifest.earlier, SnapshotRecord(name=manifest.snapshot_name, hash=manifest.snapshot)]


def _found(record: SnapshotRecord, home: Path) -> Snapshot | None:
    try:
        snapshot = Snapshot.open(home / "snapshots" / record.name)
    except SnapshotError:
        return None
    return snapshot if snapshot.hash == record.hash else None


def require_held_out(
    rows: Rows, manifest: Manifest, *, asked_by: str, home: Path, progress: Callable[[float], None] = lambda share: None
) -> None:
    """Raises `GateRefusedError` where the model learnt from rows like these, or where nobody can tell.

    `asked_by` is the set whose question it is; it counts beside the sources that the rows name.
    """
    if named := _shared({asked_by, *rows.sources}, manifest):
        _refuse_learnt(rows, manifest, named, home, progress)


def require_unlearnt(
    rows: Rows, manifest: Manifest, *, home: Path, progress: Callable[[float], None] = lambda share: None
) -> bool:
    """The same, whatever the rows' sources are called.

    False where what the model learnt from is gone and no source is shared: then nobody can tell, but nothing says so.
    """
    named = _shared(set(rows.sources), manifest)
    if not named and missing_snapshots(manifest, home):
        return False
    _refuse_learnt(rows, manifest, named, home, progress)
    return True


def _shared(sources: set[str], manifest: Manifest) -> list[str]:
    return sorted(sources & {source.name for source in manifest.sources})


def _refuse_learnt(
    rows: Rows, manifest: Manifest, named: list[str], home: Path, progress: Callable[[float], None]
) -> None:
    learnt = learnt_rows(manifest, home)
    if learnt is None:
        raise GateRefusedError(
            f"The model learnt from {_listed(named)}, and {_listed(missing_snapshots(manifest, home))}, which would "
            f"show from which rows, is not in {home / 'snapshots'}. Build it again, or judge a model that learnt "
            "nothing from there."
        )
    seen = {judged for _, judged in frozen.leaks(learnt, rows, progress=progress)}
    if seen:
        raise GateRefusedError(
            f"The model learnt from {_listed(named) or 'these'}: {len(seen):,} of these {len(rows):,} rows read like "
            f"rows that it was trained on ({manifest.snapshot_name}). Judge it on rows it never saw (--split test of a "
            "set it was kept apart from), or judge a model that learnt nothing from there."
        )


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)
