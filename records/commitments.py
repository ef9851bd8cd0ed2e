"""Salted commitments: they prove later what a text was, and prove nothing once the salt is gone.

SHA-256 over a 16-byte random salt, a word that says what is committed, and the UTF-8 bytes. Ledger and snapshots hash
these and never the text, so that erasing text and salt leaves both verifiable.
"""

from __future__ import annotations

import hashlib
import secrets

SALT_BYTES = 16


def new_salt() -> bytes:
    """Sixteen random bytes."""
    return secrets.token_bytes(SALT_BYTES)


def commit(salt: bytes, kind: str, value: str) -> bytes:
    """The commitment to `value`, 32 bytes; `kind` (`text`, `author`, ...) keeps one from passing for another."""
    return hashlib.sha256(salt + kind.encode() + b"\0" + value.encode()).digest()


def digest_of(value: object) -> str:
    """SHA-256 in hexadecimal, of what nobody could guess (a password's salted hash, an address with its token)."""
    return hashlib.sha256(str(value).encode()).hexdigest()
