"""Receipts: addresses that cannot be guessed and stand nowhere. Each is an id and a keyed hash of it.

A copy of the database opens none of them, since the key is a file (`records/personal.py`); keys rotate, and a receipt
under an older one stays good.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from uuid import UUID

from records.personal import Keyring

_MAC_BYTES = 16
LENGTH = 43
"""Characters of a receipt: 16 bytes of the id, 16 of its hash."""


def receipt_of(keyring: Keyring, kind: str, record_id: str) -> str:
    """The receipt of a record; `kind` (`complaint`, `appeal`, ...) keeps one from passing for another."""
    mac = _mac(keyring.index(f"receipt {kind}", record_id))
    return base64.urlsafe_b64encode(UUID(record_id).bytes + mac).decode().rstrip("=")


def id_in(keyring: Keyring, kind: str, receipt: str) -> str | None:
    """The id within a receipt; None for what we did not give out."""
    try:
        raw = base64.b64decode(receipt + "=" * (-len(receipt) % 4), altchars=b"-_", validate=True)
        record_id = str(UUID(bytes=raw[:16]))
    except (binascii.Error, ValueError):
        return None
    given = raw[16:]
    known = [_mac(index) for index in keyring.indexes(f"receipt {kind}", record_id)]
    return record_id if any(hmac.compare_digest(given, mac) for mac in known) else None


def _mac(index: str) -> bytes:
    return bytes.fromhex(index.partition(":")[2])[:_MAC_BYTES]
