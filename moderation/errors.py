"""The one exception family. `serving/problems.py` maps it to HTTP in one place; the command line prints it.

A message says what is wrong and what to do, in plain words, and never carries a comment's text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class ChaffinchError(Exception):
    """Anything Chaffinch refuses or cannot do; `str(error)` is fit to show to a person."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a file or a request: where it is, what is wrong, what to try."""

    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.where}: {self.detail}"


class FaultsError(ChaffinchError):
    """Several mistakes at once: the author of a file or request hears of every one."""

    def __init__(self, summary: str, faults: Iterable[Fault]) -> None:
        self.summary = summary
        self.faults = tuple(faults)
        super().__init__("\n".join([summary, *(f"  {fault}" for fault in self.faults)]))


class ConfigError(FaultsError):
    """A file under `configs/` (or one like it) cannot be used."""


class InvalidInputError(FaultsError):
    """A request, a row or an argument is not what the contract asks."""


class BundleError(ChaffinchError):
    """A model on disk is missing, altered, half-written or made for another normaliser or taxonomy."""


class PartUnavailableError(ChaffinchError):
    """A part did not answer (`database`, `model`, `rules`); what follows is the policy's business."""

    def __init__(self, part: str, detail: str) -> None:
        self.part = part
        super().__init__(detail)


class NotFoundError(ChaffinchError):
    """There is no such thing (case, decision, model, user)."""


class ConflictError(ChaffinchError):
    """Somebody else was first, or the thing is no longer in a state that allows this."""


class InProgressError(ConflictError):
    """The very same is being done for somebody right now: come back after `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(detail)


class ForbiddenError(ChaffinchError):
    """Known, but not allowed to do this."""


class UnauthenticatedError(ChaffinchError):
    """Not known: no key, a wrong key, a session that ended."""


class GateRefusedError(ChaffinchError):
    """A gate or check said no; the command line exits with 3."""
