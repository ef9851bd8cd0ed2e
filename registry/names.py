"""How people name a model: `chaffinch@champion`, `chaffinch@3` (or `3` alone), a bundle folder, or `none`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from moderation.errors import NotFoundError
from registry.bundle import MANIFEST, SHORT, bundle_hash
from registry.pointers import read_pointer

MODEL_NAME = "chaffinch"
CHAMPION = "champion"
CHALLENGER = "challenger"
"""Scored in the shadow of the champion; it answers nobody."""

ROLES = frozenset({CHAMPION, CHALLENGER})
"""Aliases that only their own commands move: no model is called so."""

NO_MODEL = "none"
REGISTRY = "registry"

_NAMED = re.compile(r"(?P<name>[a-z][a-z0-9_-]*)@(?P<alias>[a-z0-9][a-z0-9_-]*)")
_SHORT = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A bundle on disk and what it is called. `hash` is what the pointer promises, or what the folder holds."""

    path: Path
    version: str
    hash: str


def resolve(model: str, *, home: Path) -> Resolved | None:
    """Where the model lies; None for `none`. What looks like a path is one.

    Raises `NotFoundError` or `BundleError` in a plain sentence.
    """
    if model == NO_MODEL:
        return None
    is_short = _SHORT.fullmatch(model) is not None and not Path(model).is_dir()
    if named := _NAMED.fullmatch(f"{MODEL_NAME}@{model}" if is_short else model):
        pointer = read_pointer(home / REGISTRY, named["name"], named["alias"])
        return Resolved(pointer.path, pointer.version, pointer.hash)
    path = Path(model)
    if not path.is_dir():
        raise NotFoundError(
            f"There is no model '{model}'. Name one as {MODEL_NAME}@{CHAMPION}, {MODEL_NAME}@3, "
            f"a bundle folder (with {MANIFEST}), or {NO_MODEL}."
        )
    found = bundle_hash(path)
    return Resolved(path, found[:SHORT], found)
