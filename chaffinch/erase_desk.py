"""The API's way to the command line: `DELETE /v1/authors/{id}` is `chaffinch erase`, beside the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chaffinch.beside import NotDoneError, TooLongError, ask
from serving.errors import NotErasedError

PATIENCE = 600.0
"""Seconds; data sets are read whole."""


def erase_as(author: str, prefix: str, why: str) -> Mapping[str, Any]:
    """What `chaffinch erase` says, in the name of a key. The pseudonym stands in no list of processes.

    Raises `NotErasedError` with the command's own sentence; begun again it goes on.
    """
    try:
        return ask(
            "erase", "-", f"--by={prefix}", "--by-key", f"--why={why}", "--yes",
            patience=PATIENCE, given=author.encode(),
        )  # fmt: skip
    except TooLongError:
        raise NotErasedError(f"Erasing takes longer than {PATIENCE:.0f} seconds; ask again.") from None
    except NotDoneError as error:
        raise NotErasedError(f"Erasing did not come to its end; ask again. {error}") from None
