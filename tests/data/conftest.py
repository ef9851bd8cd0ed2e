"""A small checkout with sources of its own: real files, read by the real code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.build import Ask, Built, build
from data.config import BuildConfig
from data.recipes import Recipe, load_recipes
from data.rows import Row, row_id
from data.sources import Places
from moderation.normaliser import normalise
from moderation.taxonomy import Taxonomy, load_taxonomy

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HEADER = "labels\tkind\tvoice\tgroup\ttext"
CHECKOUT = Path(__file__).resolve().parents[2]

HALVES = {"train": 0.5, "validation": 0.25, "test": 0.25}
"""A corpus of sixteen groups needs large shares for every side to get some."""

SUBJECTS = (
    "今天的云很低",
    "邻居家的猫又上树了",
    "这条河夏天能游泳",
    "面馆换了新师傅",
    "末班车挤不上去",
    "孩子学会骑车了",
)
ENDINGS = ("拍下来给奶奶看", "记得带伞出门", "晚上再说吧", "谁家的谁领走", "明早六点见", "下周一起去看看")


@dataclass
class Workshop:
    """A checkout under a temporary folder, and builds in it."""

    root: Path
    taxonomy: Taxonomy
    recipes: dict[str, Recipe]

    @property
    def places(self) -> Places:
        return Places(checkout=self.root / "checkout", home=self.root / "home")

    def write(self, path: str, content: str | bytes) -> Path:
        """Writes a file below the checkout."""
        target = self.root / "checkout" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return target

    def corpus(self, name: str, lines: Iterable[str]) -> None:
        """A file of the starter corpus, `zh/everyday`."""
        self.write(f"data/starter/{name}.tsv", "\n".join([HEADER, *lines]) + "\n")

    def verdicts(self, records: Iterable[Mapping[str, Any]], name: str = "labels-2026-03.jsonl") -> None:
        """Label records as the review room exports them."""
        folder = self.places.label_records
        folder.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(record, ensure_ascii=False) for record in records)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def add(self, recipe: Mapping[str, Any]) -> None:
        """Another source recipe."""
        held = Recipe.model_validate(recipe)
        self.recipes[held.name] = held

    def build(self, *, now: datetime = NOW, **config: Any) -> Built:
        """Builds a config named `small` of the starter corpus, unless told otherwise."""
        return build(self.ask(config), now=now)

    def ask(self, changes: Mapping[str, Any]) -> Ask:
        settings = {"name": "small", "sources": [{"name": "starter"}], "split": HALVES, **changes}
        return Ask(BuildConfig.model_validate(settings), self.recipes, self.taxonomy, self.places)


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy()


@pytest.fixture(scope="session")
def names(taxonomy: Taxonomy) -> tuple[str, ...]:
    return taxonomy.names


@pytest.fixture
def workshop(tmp_path: Path, taxonomy: Taxonomy) -> Workshop:
    recipes = load_recipes(CHECKOUT / "configs" / "sources", taxonomy.names)
    return Workshop(tmp_path, taxonomy, dict(recipes))


@pytest.fixture
def stocked(workshop: Workshop) -> Workshop:
    """A workshop with a corpus of 36 ordinary comments in 12 groups and 12 adverts in 6."""
    talk = [f"ok\ttalk\tvideo\tscene_{at // 3}\t{one}，{other}" for at, (one, other) in enumerate(all_pairs())]
    workshop.corpus("zh/everyday.video", talk)
    offers = [
        f"advertising,gambling\ttips\tsocial\tcampaign_{at // 2}\t{word}带你赢，第{word}群{at}号，扣扣{at * 7919:06d}xx"
        for at, word in enumerate("甲乙丙丁戊己庚辛壬癸子丑")
    ]
    workshop.corpus("zh/gambling", offers)
    return workshop


def all_pairs() -> list[tuple[str, str]]:
    return [(one, other) for one in SUBJECTS for other in ENDINGS]


@pytest.fixture
def row(names: tuple[str, ...]) -> Callable[..., Row]:
    """A factory of rows: `row("text", yes=["abuse"], no=[...], any_of=[...], **fields)`."""

    def make(
        text: str, *, yes: Iterable[str] = (), no: Iterable[str] = (), any_of: Iterable[str] = (), **fields: Any
    ) -> Row:
        known = dict.fromkeys(no, 0) | dict.fromkeys(yes, 1)
        source = fields.get("source", "s")
        members = set(any_of)
        plain = Row(
            id=row_id(source, text),
            text=text,
            lang="zh",
            source=source,
            group=row_id(source, text),
            kind="",
            labels=tuple(known.get(name, -1) for name in names),
            union=tuple(int(name in members) for name in names),
            canonical=normalise(text).canonical.text,
            likeness=normalise(text).canonical.text,
        )
        return replace(plain, **fields)

    return make
