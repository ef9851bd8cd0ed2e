"""Refusals that only a service at the edge knows; `problems.py` maps them to HTTP."""

from __future__ import annotations

from typing import Any

from moderation.errors import ChaffinchError, ForbiddenError, PartUnavailableError
from records.moved_away import MovedAwayError


class MalformedError(ChaffinchError):
    """The body is not JSON, or not the text it says it is."""


class TooLargeError(ChaffinchError):
    """The body is over the limit; it was not read."""


class TooSlowError(ChaffinchError):
    """The body did not arrive in time."""


class OverloadedError(ChaffinchError):
    """A bounded queue is full: come back after `retry_after` seconds."""

    def __init__(self, part: str, retry_after: int = 1) -> None:
        self.part = part
        self.retry_after = retry_after
        super().__init__(f"More requests than the {part} can take right now. Try again in {retry_after} s.")


class TooOftenError(ChaffinchError):
    """A key asks more often than it may (`rate` a second): come back after `retry_after` seconds."""

    def __init__(self, rate: float, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"This key may send {rate:g} comments a second. Try again in {retry_after} s.")


class TooManyStreamsError(OverloadedError):
    """As many connections as there may be are open: close one, or come back after `retry_after` seconds."""

    def __init__(self, most: int, *, whose: str, retry_after: int = 5) -> None:
        super().__init__("stream", retry_after)
        self.args = (f"{most} streams are open {whose}, and there may be no more. Try again in {retry_after} s.",)


class TooManyFormsError(OverloadedError):
    """Somebody without a key sends more than one place may: come back after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("public", retry_after)
        self.args = (f"More came from this address than may without a key. Try again in {retry_after} s.",)


class OtherPolicyError(ForbiddenError):
    """The key is bound to one policy, and the request is about another."""

    def __init__(self, bound: str) -> None:
        super().__init__(
            f"This key is bound to the policy '{bound}', and the request asks for another: leave the policy out, or "
            "send it with a key of its own (`chaffinch keys create`)."
        )


class UpgradeRequiredError(ChaffinchError):
    """This address speaks another protocol."""


class MaybeStoredError(PartUnavailableError):
    """The database fell silent in a commit: what was asked for may be on disk."""


class NotStoredError(PartUnavailableError):
    """The decision could not be written, so it is not given; on a `pre` surface the comment is held.

    `perhaps`: nobody knows whether it was written. `moved`: the records are in another database.
    """

    def __init__(self, cause: PartUnavailableError, *, held: bool) -> None:
        self.held = held
        self.perhaps = isinstance(cause, MaybeStoredError)
        self.moved = isinstance(cause, MovedAwayError)
        super().__init__(cause.part, str(cause))


class DropInError(ChaffinchError):
    """A drop-in's refusal with the status and words of the service it stands in for.

    `more` are members of that service's error form (`serving/forms.py`).
    """

    def __init__(self, status: int, detail: str, **more: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        self.status = status
        self.more = more
        super().__init__(detail)


class NotErasedError(PartUnavailableError):
    """Erasing did not come to its end: some of it may be gone, and begun again it goes on."""

    def __init__(self, detail: str) -> None:
        super().__init__("erasing", detail)
