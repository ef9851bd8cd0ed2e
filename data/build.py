"""Builds a data set: load, clean, merge, split, save. This page is the whole way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from data import frozen as frozen_sets
from data import grammar, merging, snapshot, sources, splits
from data.card import write_card
from data.config import BuildConfig, SourceUse
from data.manifest import Duplicates, Manifest, SourceEntry, count
from data.near_duplicates import near_duplicates
from data.reading import Rejected
from data.recipes import Recipe
from data.rows import SPLITS, Row, Rows, Split
from data.snapshot import Snapshot
from data.sources import Loaded, Places
from moderation.errors import InvalidInputError, NotFoundError
from moderation.normaliser import VERSION
from moderation.taxonomy import Taxonomy

BUILDER: Final = "1"
"""Changes when the same inputs would give other rows; part of the inputs' hash."""

Progress = Callable[[str, float], None]
"""Told what is done now and how far it is, 0-1."""


@dataclass(frozen=True)
class Ask:
    """What to build and from where."""

    config: BuildConfig
    recipes: Mapping[str, Recipe]
    taxonomy: Taxonomy
    places: Places

    @property
    def snapshots(self) -> Path:
        """The folder of all snapshots."""
        return self.places.home / "snapshots"

    @property
    def frozen(self) -> Path:
        """The folder of all frozen sets."""
        return self.places.home / "frozen"


@dataclass(frozen=True)
class Built:
    """The snapshot, whether it stood there already, and the first broken rows."""

    snapshot: Snapshot
    reused: bool
    rejected: tuple[Rejected, ...] = ()


@dataclass
class _Work:
    """What is carried from stage to stage."""

    ask: Ask
    folders: dict[str, Path]
    loaded: dict[str, Loaded] = field(default_factory=dict)
    capped: dict[str, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    tally: merging.Tally = field(default_factory=merging.Tally)
    across: int = 0
    near_frozen: int = 0


def build(ask: Ask, *, now: datetime, progress: Progress = lambda _stage, _share: None) -> Built:
    """Builds the snapshot of a config, or finds it: the same inputs always give the same folder.

    Raises `NotFoundError` naming every absent source, `InvalidInputError` where no row is left, `FrozenError` where
    a frozen set was altered.
    """
    progress("inputs", 0.0)
    work = _Work(ask, _folders(ask))
    own, others = _frozen(ask)
    inputs = _inputs(work, own, others)
    if standing := _standing(ask, inputs):
        return Built(standing, reused=True)

    _load(work, progress)
    _generate(work)
    _cap(work)
    _refuse_none(work)
    sides = _merge_and_split(work, own, others, progress)
    _weigh_grammars(work, sides)

    progress("save", 0.0)
    return _save(work, sides, own, others, now=now)


def _folders(ask: Ask) -> dict[str, Path]:
    """Where each source lies; optional ones that are absent are left out."""
    folders: dict[str, Path] = {}
    absent: list[str] = []
    for use in ask.config.sources:
        try:
            folders[use.name] = sources.locate(ask.recipes[use.name], ask.places)
        except NotFoundError as error:
            if not use.optional:
                absent.append(str(error))
    if absent:
        raise NotFoundError("\n".join(absent))
    return folders


def _frozen(ask: Ask) -> tuple[frozen_sets.Frozen | None, list[frozen_sets.Frozen]]:
    own = frozen_sets.find(ask.config.frozen, ask.frozen) if ask.config.frozen else None
    others = [held for name in ask.config.apart_from if (held := frozen_sets.find(name, ask.frozen))]
    return own, others


def _inputs(work: _Work, own: frozen_sets.Frozen | None, others: Sequence[frozen_sets.Frozen]) -> str:
    """SHA-256 over everything that decides the rows: a build with the same inputs need not run again."""
    ask = work.ask
    read: dict[str, Any] = {
        "builder": BUILDER,
        "config": ask.config.model_dump(mode="json"),
        "recipes": {use.name: ask.recipes[use.name].model_dump(mode="json") for use in ask.config.sources},
        "files": {name: _hashes(ask.recipes[name], folder) for name, folder in work.folders.items()},
        "grammars": _hash_folder(ask.places.starter / "grammars") if ask.config.grammars else {},
        "normaliser": VERSION,
        "taxonomy": [ask.taxonomy.version, *ask.taxonomy.names],
        "frozen": own.hash if own else None,
        "apart_from": [held.hash for held in others],
    }
    return hashlib.sha256(json.dumps(read, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def _hashes(recipe: Recipe, folder: Path) -> dict[str, str]:
    files = sources.files_of(recipe, folder)
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _hash_folder(folder: Path) -> dict[str, str]:
    return {path.name: _sha256(path) for path in sorted(folder.glob("*.toml"))}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _standing(ask: Ask, inputs: str) -> Snapshot | None:
    held = [one for one in snapshot.list_snapshots(ask.snapshots) if one.manifest.inputs == inputs]
    return max(held, key=lambda one: one.manifest.created_at) if held else None


def _load(work: _Work, progress: Progress) -> None:
    for at, (name, folder) in enumerate(work.folders.items()):
        progress(f"read {name}", at / len(work.folders))
        use = _use(work, name)
        loaded = sources.load(work.ask.recipes[name], folder, work.ask.taxonomy.names)
        loaded.rows = [replace(row, weight=row.weight * use.weight) for row in loaded.rows]
        work.loaded[name] = loaded
        work.rows += loaded.rows


def _use(work: _Work, name: str) -> SourceUse:
    return next(use for use in work.ask.config.sources if use.name == name)


def _generate(work: _Work) -> None:
    ask = work.ask
    if ask.config.grammars is None:
        return
    rules = grammar.load_grammars(ask.places.starter / "grammars", ask.taxonomy.names)
    work.rows += grammar.generate(rules, ask.taxonomy.names, rows=ask.config.grammars.rows, seed=ask.config.seed)


def _cap(work: _Work) -> None:
    """Keeps `max_rows` of a source: those with the smallest hash, so that a larger cap only adds rows."""
    seed = work.ask.config.seed
    for use in work.ask.config.sources:
        own = [row for row in work.rows if row.source == use.name] if use.max_rows else []
        if use.max_rows and len(own) > use.max_rows:
            kept = sorted(own, key=lambda row: splits.uniform(seed, row.id))[: use.max_rows]
            work.capped[use.name] = len(own) - len(kept)
            work.rows = [row for row in work.rows if row.source != use.name] + kept


def _refuse_none(work: _Work) -> None:
    if work.rows:
        return
    first = [item for loaded in work.loaded.values() for item in loaded.rejected][:3]
    told = "; ".join(f"{item.source} {item.file}:{item.line}: {item.cause}" for item in first)
    broken = sum(len(loaded.rejected) for loaded in work.loaded.values())
    raise InvalidInputError(
        f"No row is left to build '{work.ask.config.name}': {broken} were refused"
        f"{f' ({told})' if told else ''}. Mend the files or the recipe.",
        [],
    )


def _merge_and_split(
    work: _Work, own: frozen_sets.Frozen | None, others: Sequence[frozen_sets.Frozen], progress: Progress
) -> list[tuple[Row, Split]]:
    """Every row that stays, with its side.

    Once the config's own frozen set exists it is the test side. Before, rows of other frozen sets are judged on here
    too where this build reads them.
    """
    config = work.ask.config
    frozen = {row.id: row for held in (own, *others) if held for row in held.rows()}
    ids = frozenset(frozen)
    rows = _with_frozen(merging.merge_exact(work.rows, work.tally), frozen)
    edges = near_duplicates(
        [row.likeness for row in rows],
        config.duplicates.together_at,
        progress=lambda share: progress("near-duplicates", share),
    )
    stays = merging.merge_near(rows, edges, merge_at=config.duplicates.merge_at, keep=ids, tally=work.tally)
    close = frozen_sets.close_to(rows, edges, ids)
    work.near_frozen = sum(stays[at] for at in close)
    left = [at for at, row in enumerate(rows) if stays[at] and at not in close and row.id not in ids]
    place = {old: new for new, old in enumerate(left)}
    between = [
        replace(edge, first=place[edge.first], second=place[edge.second])
        for edge in edges
        if edge.first in place and edge.second in place
    ]
    progress("split", 0.0)
    assigned = splits.assign(
        [rows[at] for at in left],
        between,
        fractions=config.split.by_side(),
        seed=config.seed,
        unite_up_to=config.duplicates.unite_up_to,
    )
    work.across = assigned.across
    sided = [(rows[at], side) for at, side in zip(left, assigned.sides, strict=True) if side is not None]
    if own is None:
        judged = ids & {row.id for row in work.rows}
    else:
        judged = frozenset(row.id for row in own.rows())
        sided = _no_new_tests(work, sided)
    sided += [(row, Split.TEST) for row in rows if row.id in judged]
    return _without_leaks(work, sided, list(frozen.values()), progress)


def _without_leaks(
    work: _Work, sided: list[tuple[Row, Split]], frozen: Sequence[Row], progress: Progress
) -> list[tuple[Row, Split]]:
    """The gate's own check, before the gate: what it would call a leak is dropped here.

    It reads the texts as they are kept, so it also sees what the merge, which looks past masks, does not.
    """
    n_labels = len(work.ask.taxonomy.names)
    judged = {row.id: row for row, side in sided if side is Split.TEST} | {row.id: row for row in frozen}
    trained = [row for row, side in sided if side is not Split.TEST]
    found = frozen_sets.leaks(
        Rows.of(trained, n_labels),
        Rows.of(judged.values(), n_labels),
        at_least=work.ask.config.duplicates.together_at,
        progress=lambda share: progress("leaks", share),
    )
    leaked = {trained_id for trained_id, _ in found}
    work.across += len(leaked)
    return [(row, side) for row, side in sided if row.id not in leaked]


def _with_frozen(rows: list[Row], frozen: Mapping[str, Row]) -> list[Row]:
    """Frozen rows in place of their copies; a copy keeps telling what duplicates are told by."""
    likeness = {row.id: row.likeness for row in rows}
    held = [replace(row, likeness=likeness.get(row.id, row.likeness)) for row in frozen.values()]
    return sorted([*(row for row in rows if row.id not in frozen), *held], key=lambda row: row.id)


def _no_new_tests(work: _Work, sided: Sequence[tuple[Row, Split]]) -> list[tuple[Row, Split]]:
    """Rows that joined since the freeze are trained on, unless their makers set them apart for judging."""
    kept = []
    for row, side in sided:
        if side is not Split.TEST:
            kept.append((row, side))
        elif Split.TRAIN in row.sides:
            kept.append((row, Split.TRAIN))
        else:
            work.near_frozen += 1
    return kept


def _weigh_grammars(work: _Work, sided: list[tuple[Row, Split]]) -> None:
    """Holds the generated rows to their share of what is written and trained on."""
    use = work.ask.config.grammars
    if use is None:
        return
    names = work.ask.taxonomy.names
    made = [row for row, _ in sided if row.source == grammar.SOURCE]
    written = [row for row, side in sided if row.source != grammar.SOURCE and side is Split.TRAIN]
    weighed = {row.id: row for row in grammar.held_back(made, written, names, share=use.share)}
    sided[:] = [(weighed.get(row.id, row), side) for row, side in sided]


def _save(
    work: _Work,
    sided: Sequence[tuple[Row, Split]],
    own: frozen_sets.Frozen | None,
    others: Sequence[frozen_sets.Frozen],
    *,
    now: datetime,
) -> Built:
    ask = work.ask
    ordered = sorted(sided, key=lambda pair: pair[0].id)
    by_side = {side: [row for row, at in ordered if at is side] for side in SPLITS}
    digest = snapshot.hash_rows(ordered)
    if ask.config.frozen and own is None and by_side[Split.TEST]:
        name = f"{ask.config.name}-{digest[: snapshot.HASH_LETTERS]}"
        own = frozen_sets.freeze(
            by_side[Split.TEST], ask.config.frozen, ask.frozen, labels=ask.taxonomy.names, snapshot=name, now=now
        )
    manifest = _manifest(work, ordered, digest, own, others, now)
    rejected = [item for loaded in work.loaded.values() for item in loaded.rejected]
    written = snapshot.write(
        ask.snapshots,
        manifest,
        by_side,
        card=write_card(manifest),
        rejected=[item.as_dict() for item in rejected],
    )
    return Built(written, reused=written.manifest.created_at != now, rejected=tuple(rejected))


def _manifest(
    work: _Work,
    ordered: Sequence[tuple[Row, Split]],
    digest: str,
    own: frozen_sets.Frozen | None,
    others: Sequence[frozen_sets.Frozen],
    now: datetime,
) -> Manifest:
    ask, tally = work.ask, work.tally
    counts = count(ordered, ask.taxonomy.names)
    return Manifest(
        name=ask.config.name,
        hash=digest,
        inputs=_inputs(work, own, others),
        labels=ask.taxonomy.names,
        normaliser=VERSION,
        taxonomy=ask.taxonomy.version,
        seed=ask.config.seed,
        sources=_entries(work, counts.source),
        counts=counts,
        duplicates=Duplicates(
            exact=tally.exact,
            near=tally.near,
            overruled=tally.overruled,
            contradicted=tally.contradicted,
            apart=tally.apart,
            across=work.across,
            frozen=work.near_frozen,
        ),
        rejected=sum(len(loaded.rejected) for loaded in work.loaded.values()),
        capped=work.capped,
        frozen=own.name if own else None,
        frozen_hash=own.hash if own else None,
        apart_from={held.name: held.hash for held in others},
        created_at=now,
    )


def _entries(work: _Work, kept: Mapping[str, int]) -> tuple[SourceEntry, ...]:
    entries = [
        SourceEntry(
            name=name,
            licence=loaded.recipe.licence,
            permits_release=loaded.recipe.permits_release,
            rows=kept.get(name, 0),
            weight=_use(work, name).weight,
            citation=loaded.recipe.citation,
            home=loaded.recipe.home,
            files=loaded.files,
        )
        for name, loaded in work.loaded.items()
    ]
    if kept.get(grammar.SOURCE):
        entries.append(_grammar_entry(work, kept[grammar.SOURCE]))
    return tuple(entries)


def _grammar_entry(work: _Work, rows: int) -> SourceEntry:
    return SourceEntry(
        name=grammar.SOURCE,
        licence="Apache-2.0",
        permits_release=True,
        rows=rows,
        weight=1.0,
        citation="The authors of Chaffinch.",
        home="data/starter/grammars in this repository",
        files=_hash_folder(work.ask.places.starter / "grammars"),
    )
