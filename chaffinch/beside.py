"""A command of ours, run beside the server in a process of its own.

What it brings along (the gate, MLflow, data sets; hundreds of megabytes) never enters the process that answers
platforms, and there is one way to each act and no other.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

MOST_SAID = 600
"""Characters of what a command says where it does not do what it was asked; the last ones name the cause."""


class NotDoneError(Exception):
    """It was not done; what the command said of it, in its own sentence."""


class TooLongError(Exception):
    """It had not ended after `patience`; what became of it is not known here."""


def ask(*arguments: str, patience: float, given: bytes = b"") -> Mapping[str, Any]:
    """What `chaffinch ARGUMENTS --json` prints, with `given` on its standard input.

    Raises `NotDoneError`, and `TooLongError` after so many seconds.
    """
    command = [sys.executable, "-m", "chaffinch", *arguments, "--json"]
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=patience, check=False)  # noqa: S603 - arguments, no shell
    except subprocess.TimeoutExpired:
        raise TooLongError from None
    if done.returncode:
        raise NotDoneError(" ".join(done.stderr.decode(errors="replace").split())[-MOST_SAID:])
    told: Mapping[str, Any] = json.loads(done.stdout)
    return told
