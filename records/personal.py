"""Pseudonyms: raw identity never enters, and what does is encrypted, with a keyed hash beside it to find it by.

A key is 32 random bytes in `<folder>/<number>.key`, readable by its owner alone. Two keys are derived from it (HKDF):
one encrypts (AES-256-GCM, what kind of pseudonym it is bound in), one hashes (HMAC-SHA-256). Each stored value begins
with the number of its key, so that keys rotate: the newest writes, all are searched. A backup of the database needs
these files.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import insert, select, text

from moderation.errors import ConfigError, Fault
from records import key_files
from records.database import Database
from records.tables import comments, pseudonym_keys
from records.unit_of_work import Reading, Unit

KEY_BYTES = key_files.SECRET_BYTES
_NONCE_BYTES = 12
_WHAT = "The pseudonym keys"


@dataclass(frozen=True, slots=True)
class _Key:
    index: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False)
    fingerprint: bytes

    @classmethod
    def from_secret(cls, secret: bytes) -> _Key:
        index, cipher, mark = (_derived(secret, use) for use in ("index", "cipher", "fingerprint"))
        return cls(index, AESGCM(cipher), mark)


def _derived(secret: bytes, use: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"chaffinch pseudonym {use}".encode()).derive(secret)


class Keyring:
    """All keys of this installation; `open_keyring` makes it."""

    def __init__(self, secrets_by_id: Mapping[int, bytes]) -> None:
        self._keys = {number: _Key.from_secret(secret) for number, secret in secrets_by_id.items()}
        self._newest = max(self._keys)

    def fingerprints(self) -> dict[int, bytes]:
        """By key id; tells keys apart and gives nothing of them away."""
        return {number: key.fingerprint for number, key in self._keys.items()}

    @property
    def newest(self) -> int:
        """The key that writes."""
        return self._newest

    def index(self, kind: str, pseudonym: str) -> str:
        """What a new row stores to be found by: `1:9f86...`."""
        return self._index(self._newest, kind, pseudonym)

    def indexes(self, kind: str, pseudonym: str) -> tuple[str, ...]:
        """What rows made under any key hold: search for all of them."""
        return tuple(self._index(number, kind, pseudonym) for number in self._keys)

    def _index(self, number: int, kind: str, pseudonym: str) -> str:
        message = kind.encode() + b"\0" + pseudonym.encode()
        return f"{number}:{hmac.new(self._keys[number].index, message, hashlib.sha256).hexdigest()}"

    def encrypt(self, kind: str, pseudonym: str) -> str:
        """What a row stores to give the pseudonym back to the platform; different each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._keys[self._newest].cipher.encrypt(nonce, pseudonym.encode(), kind.encode())
        return f"{self._newest}:{base64.b64encode(nonce + sealed).decode()}"

    def reveal(self, kind: str, stored: str) -> str:
        """The pseudonym again. Raises `ConfigError` where the key is not here or the value was altered."""
        number, _, rest = stored.partition(":")
        key = self._keys.get(key_number(stored) or 0)
        if key is None:
            raise _fault(f"{number}.key", "is needed to read a stored pseudonym: restore it from a backup")
        try:
            raw = base64.b64decode(rest, validate=True)
            return key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], kind.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise _fault(f"{number}.key", "does not open a stored pseudonym: the row was altered") from None


def key_number(stored: str) -> int | None:
    """Under which key a value was stored; None for what no key wrote."""
    number = stored.partition(":")[0]
    return int(number) if number.isascii() and number.isdecimal() else None


def open_keyring(database: Database, folder: Path, *, now: datetime) -> Keyring:
    """The keys of `folder`, the first one made where neither files nor rows have one.

    From then on looks at this database know under which hashes something is held (`Reading.hashes`).
    Raises `ConfigError` where a key that rows were made with is missing or another: no new one is made then.
    """
    with database.unit() as unit:  # processes that start at once take turns here
        _lock(unit)
        known = {row.id: row.fingerprint for row in unit.execute(select(pseudonym_keys))}
        if not known and not any(_files(folder)):
            key_files.create(folder / "1.key", what=_WHAT)
        keyring = Keyring(_read(folder, known))
        _compare(folder, known, keyring.fingerprints())
        for number, fingerprint in keyring.fingerprints().items():
            if number not in known:
                unit.execute(insert(pseudonym_keys).values(id=number, fingerprint=fingerprint, created_at=now))
        unit.commit()
    database.hashes = keyring.indexes
    return keyring


def check(look: Reading, folder: Path) -> int:
    """How many keys rows were made with, all of which are here; makes none and changes nothing.

    Raises `ConfigError` where one is missing or another, and where the newest stored pseudonym does not open.
    """
    known = {row.id: row.fingerprint for row in look.execute(select(pseudonym_keys))}
    found = _read(folder, known)
    if not known or not found:
        return len(known)
    keyring = Keyring(found)
    _compare(folder, known, keyring.fingerprints())
    query = select(comments.c.author_cipher).where(comments.c.author_cipher.is_not(None)).order_by(comments.c.id.desc())
    newest = look.execute(query.limit(1)).scalar_one_or_none()
    if newest is not None:
        keyring.reveal("author", newest)
    return len(known)


def numbers(look: Reading) -> frozenset[int]:
    """Of the keys that rows were made with."""
    return frozenset(look.execute(select(pseudonym_keys.c.id)).scalars())


def at_hand(look: Reading, folder: Path) -> Keyring | None:
    """Of the keys that rows were made with those that are here, for who goes on without the others; None without any.

    Makes none and changes nothing.
    """
    found: dict[int, bytes] = {}
    for row in look.execute(select(pseudonym_keys)):
        try:
            secret = key_files.read(folder / f"{row.id}.key", what=_WHAT)
        except ConfigError:
            continue
        if Keyring({row.id: secret}).fingerprints()[row.id] == row.fingerprint:
            found[row.id] = secret
    return Keyring(found) if found else None


def rotate(database: Database, folder: Path, *, now: datetime) -> Keyring:
    """A new key that writes from now on (in workers that open the keyring after this); the older ones go on reading."""
    newest = max(open_keyring(database, folder, now=now).fingerprints())
    key_files.create(folder / f"{newest + 1}.key", what=_WHAT)
    return open_keyring(database, folder, now=now)


def _lock(unit: Unit) -> None:
    if unit.dialect == "postgresql":
        unit.execute(text("LOCK TABLE pseudonym_keys IN EXCLUSIVE MODE"))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.key") if path.stem.isdecimal())


def _read(folder: Path, known: Mapping[int, bytes]) -> dict[int, bytes]:
    keys = {int(path.stem): key_files.read(path, what=_WHAT) for path in _files(folder)}
    lost = [Fault(str(folder / f"{number}.key"), "is missing: restore it") for number in known if number not in keys]
    if lost:
        raise ConfigError("Stored pseudonyms were made with keys that are not here.", lost)
    return keys


def _compare(folder: Path, known: Mapping[int, bytes], found: Mapping[int, bytes]) -> None:
    others = [number for number, fingerprint in known.items() if found[number] != fingerprint]
    if others:
        faults = [Fault(str(folder / f"{n}.key"), "is another key than the one rows were made with") for n in others]
        raise ConfigError("The key files belong to another database: restore the right ones.", faults)


def _fault(where: str, detail: str) -> ConfigError:
    return key_files.fault(where, detail, what=_WHAT)
