"""Faults of refused requests: every one of a score request at once, and those of governance where they lie in a body.

What a score request's schema says comes with what only the engine knows. Only the refused come here, so that a good
request pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from moderation.comment import MAX_TEXT, Author, Context
from moderation.errors import Fault, InvalidInputError
from moderation.normaliser import normalise
from moderation.pipeline import Engine
from moderation.policy import Policy
from serving.schemas import MAX_PSEUDONYM, SUMMARY, loosely


def with_every_fault(
    error: InvalidInputError, body: bytes, engine: Engine, *, known: Author, policy: str
) -> InvalidInputError:
    """`error`, and beside its faults those that the engine would have found in the same request.

    `known` is what is known of the author without the request, `policy` what holds where it names none.
    """
    asked = loosely(body)
    faults = {fault.where: fault for fault in error.faults}
    if isinstance(asked, dict):
        for fault in _engine_faults(asked, engine, known, policy):
            faults.setdefault(fault.where, fault)
    return InvalidInputError(SUMMARY, faults.values())


def author_in(body: bytes) -> str | None:
    """The author's pseudonym in a request that was refused, if one stands in it."""
    asked = loosely(body)
    author = _inside(asked, "author", "id") if isinstance(asked, dict) else None
    return author if isinstance(author, str) and len(author) <= MAX_PSEUDONYM else None


def _engine_faults(asked: dict[str, Any], engine: Engine, known: Author, policy: str) -> Iterator[Fault]:
    name = asked.get("policy", policy)
    if isinstance(name, str) and name in engine.policies:
        yield from _policy_faults(asked, engine.policies[name], known)
    elif isinstance(name, str):
        yield Fault("/policy", f"there is no such policy; known policies: {', '.join(sorted(engine.policies))}")
    text = _inside(asked, "content", "text")
    if isinstance(text, str) and 0 < len(text) <= MAX_TEXT and normalise(text).is_empty:
        yield Fault("/content/text", "has no visible text")


def _policy_faults(asked: dict[str, Any], policy: Policy, known: Author) -> Iterator[Fault]:
    surface = _inside(asked, "context", "surface")
    if isinstance(surface, str) and (wrong := policy.surface_fault(Context(surface).surface)):
        yield Fault("/context/surface", wrong)
    if policy.require_verified and _verified(asked, known) is None:
        yield Fault("/author/verified", f"policy '{policy.name}' needs to know whether the author is verified")


def _verified(asked: dict[str, Any], known: Author) -> object:
    said = _inside(asked, "author", "verified")
    return known.verified if said is None else said


def _inside(asked: dict[str, Any], name: str, member: str) -> object:
    inner = asked.get(name)
    return inner.get(member) if isinstance(inner, dict) else None


@contextmanager
def located(where: Callable[[str], str]) -> Iterator[None]:
    """Faults of governance, said of where they lie in a request. Raises `InvalidInputError` with these.

    `where`: from governance's name of a field to the pointer or the parameter.
    """
    try:
        yield
    except InvalidInputError as error:
        faults = [replace(fault, where=where(fault.where)) for fault in error.faults]
        raise InvalidInputError(error.summary, faults) from None
