"""`gate.json`: what the gate said about a bundle. `eval.gate` writes it into the bundle, `promotion` asks for it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from moderation.errors import BundleError
from registry.files import json_bytes, write_atomically

GATE_FILE = "gate.json"

EXAMPLES = 10
"""Ids of rows at most that a check, and the whole answer, names for a person to look at."""


class Verdict(StrEnum):
    """The gate's answer."""

    YES = "yes"
    NO = "no"


class Champion(BaseModel):
    """The model that the bundle was held against."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    hash: str


class Check(BaseModel):
    """One thing that was checked: `figure` against `limit`, its interval where it has one, examples where it failed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    slice: str = "all"
    passed: bool
    figure: float | None = None
    limit: float | None = None
    low: float | None = None
    high: float | None = None
    rows: int = 0
    note: str = ""
    told: dict[str, str | float] = Field(default_factory=dict)
    """What `note` says, for pages in another language: `what` it is about and its parts; empty in older files."""
    examples: tuple[str, ...] = ()


class GateFile(BaseModel):
    """The verdict with everything needed to see that it is still about this bundle and this champion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    verdict: Verdict
    sentence: str
    bundle_hash: str
    champion: Champion | None
    frozen: dict[str, str] = Field(default_factory=dict)
    gate: str
    gate_hash: str = ""
    """Of all that the gate asked for: another gate of the same name is another gate."""
    checks: tuple[Check, ...] = ()
    figures: dict[str, Any] = Field(default_factory=dict)
    examples: tuple[str, ...] = ()
    created_at: str


def read_gate(bundle: Path) -> GateFile | None:
    """The bundle's gate file, None where there is none. Raises `BundleError` where it is unreadable."""
    path = bundle / GATE_FILE
    try:
        return GateFile.model_validate(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        raise BundleError(f"{path} cannot be read; run `chaffinch gate` on this bundle again.") from error


def write_gate(bundle: Path, gate: GateFile) -> Path:
    """Writes the gate's answer into the bundle, whole or not at all."""
    path = bundle / GATE_FILE
    write_atomically(path, json_bytes(gate.model_dump(mode="json")))
    return path
