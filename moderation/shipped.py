"""Which files decide here that are not as they were shipped: taxonomy, policies, packs of rules, legal profiles.

A copy of `configs/` (`CHAFFINCH_CONFIGS`) may say anything, and whoever may write there asks nobody. So what differs is
named, by its hash: to `chaffinch doctor`, to the duties' checks, in the ledger, and on the page of rules. The shipped
hashes stand in `shipped.json`, beside this file and not beside those; `python -m tests.shipped` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from moderation.pack_files import hash_of

SHIPPED = Path(__file__).resolve().with_suffix(".json")
TAXONOMY, POLICIES, PACKS, PROFILES = "taxonomy.toml", "policies", "rules", "profiles"
MISSING = "missing"
"""In place of the hash of a shipped file that is not there."""


def deciding(configs: Path) -> Iterator[tuple[str, Path]]:
    """The files that say what is stopped, on which ground, and what a law asks, by their name under `configs`."""
    if (configs / TAXONOMY).is_file():
        yield TAXONOMY, configs / TAXONOMY
    for folder in (POLICIES, PACKS, PROFILES):
        for path in sorted((configs / folder).glob("*.toml")):
            yield f"{folder}/{path.name}", path


def hashes(configs: Path) -> dict[str, str]:
    """By name the SHA-256 of each, whichever line ends its lines have."""
    return {name: _hash_of(path) for name, path in deciding(configs)}


@cache
def shipped() -> Mapping[str, str]:
    """By name the SHA-256 of each as it was shipped."""
    told: dict[str, str] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return told


def differing(configs: Path, packs: Mapping[str, str] | None = None) -> dict[str, str]:
    """By name the hash of what is not as shipped, what nobody shipped, and `missing` for what is not there.

    With `packs`, hashes by the names of files, those in the place of the packs that lie there.
    """
    found, known = hashes(configs), shipped()
    if packs is not None:
        others = {name: said for name, said in found.items() if not name.startswith(f"{PACKS}/")}
        found = others | {f"{PACKS}/{name}": said for name, said in packs.items()}
    changed = {name: said for name, said in found.items() if known.get(name) != said}
    return dict(sorted((changed | {name: MISSING for name in known if name not in found}).items()))


def is_shipped(pack: str, sha256: str) -> bool:
    """Whether the pack of that name has this hash as it was shipped."""
    return shipped().get(f"{PACKS}/{pack}") == sha256


def _hash_of(path: Path) -> str:
    return hash_of(path.read_bytes())


def digest_of(differs: Mapping[str, str]) -> str:
    """One hash of all that differs: what two people stand for is just this."""
    return hashlib.sha256(json.dumps(dict(sorted(differs.items()))).encode()).hexdigest()
