"""A small world in which each label has its own invented words, so that a tiny real model can learn it in a second."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path

from data.frozen import freeze
from data.manifest import Duplicates, Manifest, SourceEntry, count
from data.rows import Row, Rows, Split
from data.snapshot import Snapshot, hash_rows, write
from moderation.normaliser import VERSION as NORMALISER
from moderation.taxonomy import Taxonomy, load_taxonomy
from training.settings import TrainingSettings

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TAXONOMY: Taxonomy = load_taxonomy()
NAMES = TAXONOMY.names
WORDS = {
    "advertising": "加薇领券", "gambling": "稳赢开奖", "sexual": "约炮上门", "fraud": "刷单返佣",
    "contraband": "代开发票", "abuse": "蠢货滚开", "hate": "外地佬脏",
}  # fmt: skip
CALM = "今天天气不错我们去公园散步看花吃饭喝茶聊电影听歌跑步读书做菜"
FAST = {
    "features": {"orders": [1, 2], "bits": 12, "idf_power": 1.0},
    "learning": {"max_iterations": 25, "tolerance": 1e-4, "checkpoint_every": 5},
}


def row(number: int, label: str | None, *, seed: int = 0, lang: str = "zh") -> Row:
    """One comment: calm filler, and the label's words in it where there is a label."""
    generator = random.Random(f"{seed}/{number}")
    filler = "".join(generator.choice(CALM) for _ in range(generator.randint(8, 16)))
    middle = len(filler) // 2
    text = filler[:middle] + (WORDS[label] if label else "") + filler[middle:]
    return Row(
        id=f"tiny-{seed}-{number}", text=text, lang=lang, source="tiny", group=f"g{seed}-{number // 2}",
        kind=label or "talk", labels=tuple(int(name == label) for name in NAMES), union=(0,) * len(NAMES),
        everyday=label is None,
    )  # fmt: skip


def rows(count_: int, *, seed: int = 0) -> list[Row]:
    """Half of them harmless, the other half one label after the other."""
    return [row(n, None if n % 2 else NAMES[(n // 2) % len(NAMES)], seed=seed) for n in range(count_)]


def columns(count_: int, *, seed: int = 0) -> Rows:
    """The same as columns."""
    return Rows.of(rows(count_, seed=seed), len(NAMES))


def snapshot(home: Path, sides: dict[Split, list[Row]] | None = None, *, frozen: str | None = "tiny") -> Snapshot:
    """A snapshot under `home`, its test side frozen."""
    held = sides or {Split.TRAIN: rows(280), Split.VALIDATION: rows(84, seed=1), Split.TEST: rows(140, seed=2)}
    marked = [(each, side) for side, some in held.items() for each in some]
    found = hash_rows(marked)
    manifest = Manifest(
        name="tiny", hash=found, inputs=hashlib.sha256(found.encode()).hexdigest(), labels=NAMES,
        normaliser=NORMALISER, taxonomy=TAXONOMY.version, seed=1, counts=count(marked, NAMES),
        sources=(SourceEntry(name="tiny", licence="Apache-2.0", permits_release=True, rows=len(marked), weight=1.0),),
        duplicates=Duplicates(), rejected=0, frozen=frozen, created_at=NOW,
    )  # fmt: skip
    made = write(home / "snapshots", manifest, held, card="tiny")
    if frozen and held.get(Split.TEST):
        freeze(held[Split.TEST], frozen, home / "frozen", labels=NAMES, snapshot=made.path.name, now=NOW)
    return made


def named(home: Path, name: str, sides: dict[Split, list[Row]], **told: object) -> Snapshot:
    """A snapshot of that name, whose sources are those of its rows; `told` are other fields of its manifest."""
    pairs = [(each, side) for side, some in sides.items() for each in some]
    sources = tuple(
        SourceEntry(name=each, licence="Apache-2.0", permits_release=True, rows=9, weight=1.0)
        for each in sorted({each.source for each, _ in pairs})
    )
    manifest = snapshot(home / "any", frozen=None).manifest.model_copy(
        update={"name": name, "hash": hash_rows(pairs), "inputs": name, "counts": count(pairs, NAMES),
                "sources": sources, **told}
    )  # fmt: skip
    return write(home / "snapshots", manifest, sides, card=name)


def settings(**changes: object) -> TrainingSettings:
    """A config that trains in a second."""
    return TrainingSettings.model_validate({"name": "tiny", "data": "tiny", **FAST, **changes})
