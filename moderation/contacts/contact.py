"""What a contact is, and how it is kept without being kept: as a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from moderation.spans import Span


class ContactKind(StrEnum):
    """What somebody is reached by."""

    WECHAT = "wechat"
    QQ = "qq"
    PHONE = "phone"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"
    LINE = "line"
    KAKAO = "kakao"
    EMAIL = "email"
    URL = "url"
    INVITATION_CODE = "invitation_code"
    CRYPTO_ADDRESS = "crypto_address"


@dataclass(frozen=True, slots=True)
class Contact:
    """One finding. The same contact has the same `value`, however it was spelt.

    `value` is E.164 for a telephone number (also where a service is reached by it), the host as it is read and the
    path for a link, the address as its checksum wants it for a crypto address, lower case for all else. `span` bounds
    the value in the text as sent, in code points. `domain` is the registrable domain of a link or e-mail address, in
    ASCII, as a program would open it: a look-alike of an allowed domain is another domain. `region` is the country
    (ISO 3166) of a telephone number.
    """

    kind: ContactKind
    value: str
    span: Span
    confidence: float
    domain: str | None = None
    region: str | None = None


def contact_hash(kind: ContactKind, value: str, key: bytes) -> str:
    """What is stored of a contact: HMAC-SHA-256 of kind and value under `key`, 64 hexadecimal digits.

    The message is built as that of a pseudonym's index is (`records/personal.py`); numbers are too few to be hidden
    by a hash without a key.
    """
    return hmac.new(key, kind.encode() + b"\0" + value.encode(), hashlib.sha256).hexdigest()
