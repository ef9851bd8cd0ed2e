"""Takes a bundle through the gate: finds what it is to be judged on and against, and writes the answer into it.

The answer is `gate.json`, with `exam.json` for the rows it rests on; `gate.html` and `CARD.md` tell it to people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data import frozen as frozen_sets
from data.disguises.words import BearingWords
from data.frozen import Frozen
from data.rows import Rows
from data.snapshot import Snapshot
from eval.exam import Erased, digests, exam_of, named, rows_of, write_rows
from eval.gate import Judged, judge
from eval.gate_card import write_card
from eval.gate_config import GateConfig
from eval.gate_page import write_page
from eval.held_out import learnt_rows, own_snapshot
from eval.robustness import bearing_of
from moderation.errors import ConflictError, GateRefusedError
from moderation.taxonomy import Taxonomy
from registry.bundle import Manifest, open_bundle, read_manifest
from registry.files import sha256
from registry.gate_file import GateFile, write_gate
from registry.names import CHAMPION, MODEL_NAME, REGISTRY
from registry.pointers import Pointer, find_pointer
from registry.scorers import BundleScorer, load_scorer, scorer_of
from registry.seals import seal

Progress = Callable[[str, float], None]
LeakCheck = Callable[[], list[tuple[str, str]]]


@dataclass(frozen=True)
class GateOrder:
    """Which bundle, called what, under which home and gate."""

    bundle: Path
    version: str
    home: Path
    taxonomy: Taxonomy
    gate: GateConfig
    erased: Erased = frozenset
    """What the ledger tells of erasures from frozen sets; nothing where nobody says."""


def run_gate(order: GateOrder, *, now: datetime, progress: Progress = lambda stage, share: None) -> GateFile:
    """The gate's answer, held against the champion of the day and written into the bundle as `gate.json`.

    Raises as `would_say`.
    """
    champion = find_pointer(order.home / REGISTRY, MODEL_NAME, CHAMPION)
    verdict, rows = _asked(order, champion, now, progress)
    write_rows(order.bundle, rows)
    write_gate(order.bundle, verdict)
    seal(order.home / REGISTRY, verdict.bundle_hash, order.bundle, now=now)
    write_page(order.bundle, verdict, f"{MODEL_NAME}@{order.version}")
    write_card(order.bundle, verdict)
    return verdict


def would_say(
    order: GateOrder,
    champion: Pointer | None,
    *,
    now: datetime,
    progress: Progress = lambda stage, share: None,
) -> GateFile:
    """The gate's answer if `champion` were the champion (None: there is none), written nowhere.

    Raises `BundleError` where a bundle is not whole, `GateRefusedError` where there is nothing to judge on or a set
    of the exam is not there, and `FrozenError` where one was altered.
    """
    return _asked(order, champion, now, progress)[0]


def _asked(
    order: GateOrder, champion: Pointer | None, now: datetime, progress: Progress
) -> tuple[GateFile, bytes]:  # fmt: skip
    """The answer, and the digests of the rows it rests on."""
    progress("bundle", 0.0)
    opened = open_bundle(order.bundle, order.taxonomy)
    if champion is not None and champion.hash == opened.hash:
        raise ConflictError(f"Version {champion.version} is the champion; there is nothing to hold it against.")
    snapshot = own_snapshot(opened.manifest, order.home)
    sets = _exam(order, opened.manifest, snapshot, champion)
    rows, known = rows_of(sets), digests(sets)
    judged = Judged(
        challenger=scorer_of(opened, version=order.version),
        manifest=opened.manifest,
        bundle=order.bundle,
        champion=_scorer(champion, order.taxonomy),
        champion_lacks=frozenset(read_manifest(champion.path).lacks) if champion else frozenset(),
        rows=rows,
        frozen=named(sets),
        exam_rows=sha256(known),
        leaked=_leak_check(opened.manifest, order.home, rows, progress),
        bearing=lambda: _bearing(snapshot),
        progress=progress,
    )
    return judge(judged, order.gate, now=now), known


def _exam(order: GateOrder, manifest: Manifest, snapshot: Snapshot | None, champion: Pointer | None) -> list[Frozen]:
    """The sets to judge on."""
    own = snapshot.manifest.frozen if snapshot else None
    sets = exam_of(order.gate, own, champion, order.home / "frozen", erased=order.erased)
    if not sets:
        raise GateRefusedError(
            f"No frozen set to judge on: the snapshot {manifest.snapshot_name} names none (or is gone), "
            "and the gate names none. Name one under `exam` in the gate, or `frozen` in the data config."
        )
    return sets


def _scorer(champion: Pointer | None, taxonomy: Taxonomy) -> BundleScorer | None:
    if champion is None:
        return None
    return load_scorer(champion.path, taxonomy, version=champion.version, expected_hash=champion.hash)


def _leak_check(manifest: Manifest, home: Path, rows: Rows, progress: Progress) -> LeakCheck | None:
    trained = learnt_rows(manifest, home)
    if trained is None:
        return None
    return lambda: frozen_sets.leaks(trained, rows, progress=lambda share: progress("leaks", share))


def _bearing(snapshot: Snapshot | None) -> BearingWords:
    """By the newest rows that the model was trained on; none where they are gone, which the gate tells as a leak."""
    if snapshot is None:
        return BearingWords({})
    return bearing_of(snapshot.split("train"))
