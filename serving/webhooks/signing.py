"""The headers of Standard Webhooks (https://www.standardwebhooks.com), by its own library."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook


def signed(event_id: str, body: bytes, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """Id, moment of this sending and a signature by each secret; a receiver takes whichever it can check.

    A sending that comes days late is signed anew, so that receivers may refuse what is older than minutes.
    """
    moment = now.astimezone(UTC)
    signatures = [Webhook(secret).sign(event_id, moment, body.decode()) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
