"""Every fault of a refused score request at once: what its schema says, and what only the engine knows.

Only the refused come here, so that a good request pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moderation.comment import MAX_TEXT
from moderation.errors import Fault, InvalidInputError
from moderation.normaliser import normalise
from moderation.pipeline import Engine
from serving.schemas import SUMMARY, loosely


def with_every_fault(error: InvalidInputError, body: bytes, engine: Engine) -> InvalidInputError:
    """`error`, and beside its faults those that the engine would have found in the same request."""
    asked = loosely(body)
    known = {fault.where: fault for fault in error.faults}
    if isinstance(asked, dict):
        for fault in _engine_faults(asked, engine):
            known.setdefault(fault.where, fault)
    return InvalidInputError(SUMMARY, known.values())


def _engine_faults(asked: dict[str, Any], engine: Engine) -> Iterator[Fault]:
    name = asked.get("policy", "default")
    if isinstance(name, str):
        if name not in engine.policies:
            yield Fault("/policy", f"there is no such policy; known policies: {', '.join(sorted(engine.policies))}")
        elif engine.policies[name].require_verified and _inside(asked, "author", "verified") is None:
            yield Fault("/author/verified", f"policy '{name}' needs to know whether the author is verified")
    text = _inside(asked, "content", "text")
    if isinstance(text, str) and 0 < len(text) <= MAX_TEXT and normalise(text).is_empty:
        yield Fault("/content/text", "has no visible text")


def _inside(asked: dict[str, Any], name: str, member: str) -> object:
    inner = asked.get(name)
    return inner.get(member) if isinstance(inner, dict) else None
