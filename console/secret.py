"""The secret that signs cookies: a file of the home, so that log-ins survive a restart and workers share it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from moderation.errors import ConfigError, Fault

SECRET_BYTES = 32
FILE_NAME = "console.secret"


def cookie_secret(folder: Path) -> bytes:
    """The secret in `folder` (the home's `keys`), made on first use and readable by its owner alone.

    Removing the file ends every log-in and nothing else. Raises `ConfigError` where it cannot be made or read.
    """
    path = folder / FILE_NAME
    try:
        if not path.exists():
            _create(path)
        secret = path.read_bytes()
    except OSError as error:
        raise _fault(path, f"cannot be used ({error.strerror}): check the folder and its rights") from error
    if len(secret) != SECRET_BYTES:
        raise _fault(path, "is cut short: remove it (everybody logs in again) and start anew")
    return secret


def _create(path: Path) -> None:
    """Whole or not at all: written aside, then linked under its name. Of two processes the first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)
    except FileExistsError:
        return
    finally:
        aside.unlink(missing_ok=True)


def _fault(path: Path, detail: str) -> ConfigError:
    return ConfigError("The console's cookie secret cannot be used.", [Fault(str(path), detail)])
