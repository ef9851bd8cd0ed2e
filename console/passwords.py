"""Passwords: argon2id, and the same work whether or not the name is known.

Each takes 19 MiB and a core for about a tenth of a second: pages that do so are served apart (`apart.py`).
"""

from __future__ import annotations

from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from moderation.errors import Fault, InvalidInputError

MIN_LENGTH = 10
MAX_LENGTH = 256
"""Code points. The upper bound keeps a log-in from being work for nothing (NIST SP 800-63B asks for at least 64)."""

# OWASP's least memory (19 MiB, to be gone over twice), gone over eight times: about as much work for who tries
# passwords as the library's own 64 MiB three times, and no longer what the memory of a small machine is sized by.
# Hashes tell their own costs: those made before are verified as they were.
_HASHER = PasswordHash((Argon2Hasher(memory_cost=19 * 1024, time_cost=8, parallelism=1),))


def hash_password(password: str) -> str:
    """What the users table keeps. Raises `InvalidInputError` for a password that is too short or too long."""
    check_length(password)
    return _HASHER.hash(password)


def check_length(password: str) -> None:
    """Raises `InvalidInputError` for a password that is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        detail = f"has {len(password)} characters; use {MIN_LENGTH} to {MAX_LENGTH}"
        raise InvalidInputError("The password cannot be used.", [Fault("password", detail)])


def verify(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash. None (nobody has that name) takes as long, and is False."""
    try:
        matches = _HASHER.verify(password[:MAX_LENGTH], password_hash or _nobody())
    except UnknownHashError:
        return False
    return matches and password_hash is not None and len(password) <= MAX_LENGTH


def prepare() -> None:
    """Does the work that the first unknown name would otherwise be the only one to wait for."""
    _nobody()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash to compare with where there is no user; its password is beyond `MAX_LENGTH` and matches nothing."""
    return _HASHER.hash("x" * (MAX_LENGTH + 1))
