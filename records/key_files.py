"""Secrets in files of their own: 32 random bytes in base64, readable by their owner alone, whole or not there."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from moderation.errors import ConfigError, Fault

SECRET_BYTES = 32


def create(path: Path, *, what: str) -> None:
    """A new secret, never over another: written aside, synced, then linked under its name.

    Nothing happens where there is one: another process was first, and its secret is as good. Raises `ConfigError`.
    """
    aside = path.with_name(f".{path.stem}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(SECRET_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)
        _sync(path.parent)
    except FileExistsError:
        return
    except OSError as error:
        told = f"cannot be made ({error.strerror}): check the folder and its rights"
        raise fault(path, told, what=what) from error
    finally:
        aside.unlink(missing_ok=True)


def read(path: Path, *, what: str) -> bytes:
    """The secret. Raises `ConfigError` for a file that is damaged or cannot be read."""
    try:
        secret = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, binascii.Error) as error:
        raise fault(path, "cannot be read: restore it from a backup", what=what) from error
    if len(secret) != SECRET_BYTES:
        raise fault(path, "is cut short: restore it from a backup", what=what)
    return secret


def fault(where: Path | str, detail: str, *, what: str) -> ConfigError:
    """`what` names the secret in the first sentence: `The pseudonym keys`."""
    return ConfigError(f"{what} cannot be used.", [Fault(str(where), detail)])


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
