"""What rules hold, as a hash: equal for rules that match and do the same, wherever they were read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from moderation.rules.rule import Rule


def content_hash(rules: Sequence[Rule]) -> str:
    """SHA-256 in hexadecimal, of the rules in this order."""
    written = json.dumps([asdict(rule) for rule in rules], sort_keys=True, default=_plain)
    return hashlib.sha256(written.encode("utf-8")).hexdigest()


def _plain(value: object) -> object:
    """Days and conditions as JSON."""
    return value.isoformat() if isinstance(value, date) else value.model_dump(mode="json")  # type: ignore[attr-defined]
