"""Servers in processes of their own, each started once for all who ask it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaffinch.settings import CHECKOUT
from tests.serving.bundles import put_champion
from tests.serving.processes import Server, run, running

CHAMPION = "chaffinch@champion"


def new_home(factory: pytest.TempPathFactory, name: str, *, model: bool = True) -> Path:
    home = factory.mktemp(name) / "home"
    if model:
        put_champion(home, "1", word="混蛋", label="abuse")
    return home


def own_configs(folder: Path) -> Path:
    shutil.copytree(CHECKOUT / "configs", folder / "configs")
    return folder / "configs"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Open, with a model that finds one word abusive."""
    with running(new_home(tmp_path_factory, "open"), CHAFFINCH_MODEL=CHAMPION) as started:
        yield started


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """Closed, with a key that may do all that a client does, and one that may do nothing of it."""
    home = new_home(tmp_path_factory, "keyed")
    keys = {
        "shop": key_of(run(home, "keys", "create", "shop", "--scope", "score", "--scope", "feedback").stdout),
        "reader": key_of(run(home, "keys", "create", "reader", "--scope", "records").stdout),
    }
    with running(home, CHAFFINCH_MODEL=CHAMPION) as started:
        yield started, keys


def key_of(printed: str) -> str:
    found = re.search(r"ck_\w+_[\w-]+", printed)
    assert found, printed
    return found[0]


@pytest.fixture(scope="module")
def without_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Meant to have a model, and has none."""
    with running(new_home(tmp_path_factory, "lost", model=False), CHAFFINCH_MODEL=CHAMPION) as started:
        yield started


@pytest.fixture(scope="module")
def rules_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Meant to have no model."""
    with running(new_home(tmp_path_factory, "rules", model=False), CHAFFINCH_MODEL="none") as started:
        yield started


@pytest.fixture(scope="module")
def rules_broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a pack that cannot be read, and so without rules."""
    home = new_home(tmp_path_factory, "broken")
    configs = own_configs(home.parent)
    (configs / "rules" / "aa.toml").write_text("[[rules]]\nid = 'x'\n", encoding="utf-8")
    with running(home, CHAFFINCH_MODEL=CHAMPION, CHAFFINCH_CONFIGS=str(configs)) as started:
        yield started


@pytest.fixture(scope="module")
def seen_first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """OpenAI's and Akismet's addresses on a surface that is reviewed before publication, with no model there."""
    home = new_home(tmp_path_factory, "first", model=False)
    with running(home, CHAFFINCH_MODEL=CHAMPION, CHAFFINCH_CONFIGS=str(before_publication(home.parent))) as started:
        yield started


def before_publication(folder: Path) -> Path:
    configs = own_configs(folder)
    policy = (configs / "policies" / "default.toml").read_text(encoding="utf-8")
    first = policy.replace('name = "default"', 'name = "first"').replace(
        'news = { review = "post" }', 'news = { review = "pre" }'
    )
    (configs / "policies" / "first.toml").write_text(first, encoding="utf-8")
    (configs / "dropins" / "perspective.toml").unlink()
    for name in ("openai", "akismet"):
        path = configs / "dropins" / f"{name}.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace('# policy = "default"', 'policy = "first"').replace('surface = "forum"', 'surface = "news"'),
            encoding="utf-8",
        )
    return configs
