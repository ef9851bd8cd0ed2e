"""Checkpoints as signed notes: what the log was, in four lines that can be printed, sent, and checked by anybody.

The form is C2SP's (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint): origin, size, root in base64, an
empty line, and a signature with Ed25519. Tools that read checkpoints of other transparency logs read these.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from moderation.errors import Fault, InvalidInputError
from records.merkle import HASH_BYTES

_ED25519 = b"\x01"
_ID_BYTES = 4
_MOST_DIGITS = 19
_NUMBER = re.compile(r"0|[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries with this root. `signatures` are as they stood, by whomever."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes], ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under the name of its log; as text `name+id+key`, the form that Go's sumdb and others use."""

    name: str
    key: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """Four bytes by which a signature says whose it is."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self._raw).digest()[:_ID_BYTES]

    @property
    def _raw(self) -> bytes:
        return self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self._raw).decode()}"

    @classmethod
    def parse(cls, told: str) -> Verifier:
        """Raises `InvalidInputError`."""
        name, _, rest = told.strip().partition("+")
        number, _, key = rest.partition("+")
        try:
            raw = base64.b64decode(key, validate=True)
            found = cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
        except (binascii.Error, ValueError):
            raise _no_key() from None
        if raw[:1] != _ED25519 or found.id.hex() != number or not name:
            raise _no_key()
        return found

    def has_signed(self, checkpoint: Checkpoint) -> bool:
        """Whether one of its signatures is this key's."""
        return any(
            name == self.name and mark[:_ID_BYTES] == self.id and self._fits(checkpoint, mark[_ID_BYTES:])
            for name, mark in checkpoint.signatures
        )

    def _fits(self, checkpoint: Checkpoint, signature: bytes) -> bool:
        try:
            self.key.verify(signature, checkpoint.text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """The private half, `number` being that of its file."""

    name: str
    number: int
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        """The half that may be known."""
        return Verifier(self.name, self.key.public_key())

    def sign(self, size: int, root: bytes) -> str:
        """The note."""
        return self.sign_text(Checkpoint(self.name, size, root).text)

    def sign_text(self, text: str) -> str:
        """Any text of whole lines as a signed note; its first line says what it is."""
        mark = self.verifier.id + self.key.sign(text.encode())
        return f"{text}\n\u2014 {self.name} {base64.b64encode(mark).decode()}\n"


def parse(note: str) -> Checkpoint:
    """Reads a note; nothing is checked but its form. Raises `InvalidInputError`."""
    text, _, marks = note.replace("\r\n", "\n").partition("\n\n")
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], lines[1], base64.b64decode(lines[2], validate=True)
        signatures = tuple(_signature(line) for line in marks.splitlines() if line.strip())
    except (IndexError, binascii.Error, ValueError):
        raise _no_note() from None
    is_whole = len(lines) == 3 and origin and _NUMBER.fullmatch(size) and len(size) <= _MOST_DIGITS
    if not is_whole or len(root) != HASH_BYTES:
        raise _no_note()
    return Checkpoint(origin, int(size), root, signatures)


def signed_by(checkpoint: Checkpoint, verifiers: Iterable[Verifier]) -> Verifier | None:
    """Which of these keys signed it."""
    return next((each for each in verifiers if each.has_signed(checkpoint)), None)


def _signature(line: str) -> tuple[str, bytes]:
    dash, name, mark = line.split(" ")
    if dash != "\u2014":
        raise ValueError(dash)
    return name, base64.b64decode(mark, validate=True)


def _no_note() -> InvalidInputError:
    detail = "is no checkpoint: origin, size, root in base64, an empty line, then signatures; give it as it was printed"
    return InvalidInputError("The checkpoint cannot be read.", [Fault("checkpoint", detail)])


def _no_key() -> InvalidInputError:
    detail = "is no public key of a ledger: give the line that `chaffinch audit checkpoint --key` prints"
    return InvalidInputError("The key cannot be read.", [Fault("key", detail)])
