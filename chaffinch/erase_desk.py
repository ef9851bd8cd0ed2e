"""The API's way to the command line: `DELETE /v1/authors/{id}` is `chaffinch erase`, beside the server.

Label files and data sets are the offline column's, whose libraries never enter the process that answers platforms.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from serving.errors import NotErasedError

PATIENCE = 600.0
"""Seconds; data sets are read whole."""


def erase_as(author: str, prefix: str, why: str) -> Mapping[str, Any]:
    """What `chaffinch erase` says, in the name of a key. The pseudonym stands in no list of processes.

    Raises `NotErasedError` with the command's own sentence; begun again it goes on.
    """
    arguments = ["erase", "-", f"--by={prefix}", "--by-key", f"--why={why}", "--yes", "--json"]
    command = [sys.executable, "-m", "chaffinch", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - arguments, no shell
            command, input=author.encode(), capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotErasedError(f"Erasing takes longer than {PATIENCE:.0f} seconds; ask again.") from None
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())[-600:]
        raise NotErasedError(f"Erasing did not come to its end; ask again. {said}")
    told: Mapping[str, Any] = json.loads(done.stdout)
    return told
