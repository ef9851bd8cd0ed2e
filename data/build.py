"""Builds a data set: load, clean, merge, split, save. This page is the whole way."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from data import frozen as frozen_sets
from data import grammar, snapshot, sources, splits
from data.agreement import alpha, rows_with_votes
from data.card import write_card
from data.dividing import Divided, Progress, divide
from data.losses import refuse_losses
from data.manifest import Agreed, Manifest, SourceEntry, count, marks
from data.order import Ask, Held, folders, grammar_hashes, hashes, held_frozen, inputs_hash
from data.reading import Rejected
from data.recipes import Format
from data.rows import SPLITS, Row, Split
from data.snapshot import Snapshot
from data.sources import Loaded
from moderation.errors import ConflictError, InvalidInputError
from moderation.normaliser import VERSION

__all__ = ["Ask", "Built", "build"]


@dataclass(frozen=True)
class Built:
    """The snapshot, whether it stood there already just as it is, and its broken rows."""

    snapshot: Snapshot
    reused: bool
    rejected: tuple[Rejected, ...] = ()


@dataclass
class _Read:
    """What the sources gave."""

    rows: list[Row] = field(default_factory=list)
    loaded: dict[str, Loaded] = field(default_factory=dict)
    capped: dict[str, int] = field(default_factory=dict)

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        return tuple(item for loaded in self.loaded.values() for item in loaded.rejected)


def build(ask: Ask, *, now: datetime, progress: Progress = lambda _stage, _share: None) -> Built:
    """Builds the snapshot of a config, or finds it: the same inputs always give the same folder.

    Raises `NotFoundError` naming every absent source, `InvalidInputError` where no row is left or a source lost too
    much (`data.losses`), `FrozenError` where a frozen set was altered.
    """
    progress("inputs", 0.0)
    places = folders(ask)
    held = held_frozen(ask)
    if standing := _standing(ask, inputs_hash(ask, places, held)):
        return standing

    read = _load(ask, places, progress)
    _refuse_none(ask, read)
    refuse_losses(ask, read.loaded)
    read.rows += _generated(ask)
    _cap(ask, read)

    done = divide(read.rows, held, ask.config, progress)
    _weigh_grammars(ask, done)

    progress("save", 0.0)
    held = _freeze(ask, done, held, now)
    manifest = _manifest(ask, read, done, held, inputs=inputs_hash(ask, places, held), now=now)
    written = snapshot.write(
        ask.snapshots,
        manifest,
        {side: [row for row, at in done.sided if at is side] for side in SPLITS},
        card=write_card(manifest),
        rejected=[item.as_dict() for item in read.rejected],
    )
    _refuse_old_labels(ask, read, places, written, now)
    return Built(written, reused=written.manifest.created_at != now, rejected=read.rejected)


def _refuse_old_labels(ask: Ask, read: _Read, places: Mapping[str, Path], written: Snapshot, now: datetime) -> None:
    """Raises `ConflictError` where label files were written anew meanwhile, and takes back what was made of old ones.

    Somebody may have been erased: their words must not come back with a snapshot that was under way.
    """
    for name, loaded in read.loaded.items():
        if ask.recipes[name].read.format != Format.LABEL_RECORDS:
            continue
        if loaded.files != hashes(places[name], sources.files_of(ask.recipes[name], places[name])):
            if written.manifest.created_at == now:
                shutil.rmtree(written.path)
            raise ConflictError(f"The label files of '{name}' changed while the data set was built: build it again.")


def _standing(ask: Ask, inputs: str) -> Built | None:
    """The newest snapshot of these inputs; none where its refused rows cannot be read: a build writes them anew."""
    made = [one for one in snapshot.list_snapshots(ask.snapshots) if one.manifest.inputs == inputs]
    if not made:
        return None
    newest = max(made, key=lambda one: one.manifest.created_at)
    try:
        return Built(newest, reused=True, rejected=tuple(Rejected(**each) for each in newest.rejected()))
    except (snapshot.SnapshotError, TypeError):
        return None


def _load(ask: Ask, places: Mapping[str, Path], progress: Progress) -> _Read:
    read = _Read()
    for at, (name, folder) in enumerate(places.items()):
        progress(f"read {name}", at / len(places))
        loaded = sources.load(ask.recipes[name], folder, ask.taxonomy.names)
        read.loaded[name] = loaded
        read.rows += [replace(row, weight=row.weight * ask.use(name).weight) for row in loaded.rows]
    return read


def _generated(ask: Ask) -> list[Row]:
    if ask.config.grammars is None:
        return []
    rules = grammar.load_grammars(ask.grammars, ask.taxonomy.names)
    return grammar.generate(rules, ask.taxonomy.names, rows=ask.config.grammars.rows, seed=ask.config.seed)


def _cap(ask: Ask, read: _Read) -> None:
    """Keeps `max_rows` of a source: those with the smallest hash, so that a larger cap only adds rows."""
    for use in ask.config.sources:
        own = [row for row in read.rows if row.source == use.name] if use.max_rows else []
        if use.max_rows and len(own) > use.max_rows:
            kept = sorted(own, key=lambda row: splits.uniform(ask.config.seed, row.id))[: use.max_rows]
            read.capped[use.name] = len(own) - len(kept)
            read.rows = [row for row in read.rows if row.source != use.name] + kept


def _refuse_none(ask: Ask, read: _Read) -> None:
    """Grammars alone make no data set: they are never judged on."""
    if any(loaded.rows for loaded in read.loaded.values()):
        return
    first = "; ".join(f"{item.source} {item.file}:{item.line}: {item.cause}" for item in read.rejected[:3])
    told = f" ({first})" if first else ""
    raise InvalidInputError(
        f"No row is left to build '{ask.config.name}': {len(read.rejected)} were refused{told}. "
        "Mend the files or the recipe.",
        [],
    )


def _weigh_grammars(ask: Ask, done: Divided) -> None:
    """Holds the generated rows to their share of what is written and trained on."""
    if ask.config.grammars is None:
        return
    made = [row for row, _ in done.sided if row.source == grammar.SOURCE]
    written = [row for row, side in done.sided if row.source != grammar.SOURCE and side is Split.TRAIN]
    weighed = grammar.held_back(made, written, ask.taxonomy.names, share=ask.config.grammars.share)
    by_id = {row.id: row for row in weighed}
    sided = [(by_id.get(row.id, row), side) for row, side in done.sided]
    done.sided = [(row, side) for row, side in sided if row.weight > 0]  # nobody wrote about it: it stays unsaid


def _freeze(ask: Ask, done: Divided, held: Held, now: datetime) -> Held:
    """The first build of a config makes its frozen set of its test side."""
    done.sided = sorted(done.sided, key=lambda pair: pair[0].id)
    test = [row for row, side in done.sided if side is Split.TEST]
    if ask.config.frozen is None or held.own is not None or not test:
        return held
    name = f"{ask.config.name}-{snapshot.hash_rows(done.sided)[: snapshot.HASH_LETTERS]}"
    own = frozen_sets.freeze(test, ask.config.frozen, ask.frozen, labels=ask.taxonomy.names, snapshot=name, now=now)
    return replace(held, own=own)


def _manifest(ask: Ask, read: _Read, done: Divided, held: Held, *, inputs: str, now: datetime) -> Manifest:
    counts = count(done.sided, ask.taxonomy.names)
    return Manifest(
        name=ask.config.name,
        hash=snapshot.hash_rows(done.sided),
        inputs=inputs,
        labels=ask.taxonomy.names,
        normaliser=VERSION,
        taxonomy=ask.taxonomy.version,
        seed=ask.config.seed,
        sources=_entries(ask, read, counts.source),
        counts=counts,
        duplicates=done.duplicates(),
        rejected=len(read.rejected),
        capped=read.capped,
        silent=_silent(read, ask.taxonomy.names),
        frozen=held.own.name if held.own else None,
        frozen_hash=held.own.hash if held.own else None,
        apart_from={one.name: one.hash for one in held.others},
        created_at=now,
    )


def _silent(read: _Read, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """By source the labels that it was to give and did not: a renamed column, a class whose texts are blank."""
    told: dict[str, tuple[str, ...]] = {}
    for source, loaded in read.loaded.items():
        said = {name for row in loaded.rows for name in marks(row, names)}
        if lacking := tuple(name for name in loaded.recipe.gives if name not in said):
            told[source] = lacking
    return told


def _entries(ask: Ask, read: _Read, kept: Mapping[str, int]) -> tuple[SourceEntry, ...]:
    entries = [
        SourceEntry(
            name=name,
            licence=loaded.recipe.licence,
            permits_release=loaded.recipe.permits_release,
            rows=kept.get(name, 0),
            weight=ask.use(name).weight,
            citation=loaded.recipe.citation,
            home=loaded.recipe.home,
            files=loaded.files,
            agreement={
                about: Agreed(rows=rows_with_votes(votes), alpha=alpha(votes)) for about, votes in loaded.votes.items()
            },
        )
        for name, loaded in read.loaded.items()
    ]
    return tuple(entries + ([_grammar_entry(ask, kept[grammar.SOURCE])] if kept.get(grammar.SOURCE) else []))


def _grammar_entry(ask: Ask, rows: int) -> SourceEntry:
    return SourceEntry(
        name=grammar.SOURCE,
        licence="Apache-2.0",
        permits_release=True,
        rows=rows,
        weight=1.0,
        citation="The authors of Chaffinch.",
        home="data/starter/grammars in this repository",
        files=grammar_hashes(ask),
    )
