"""A receiver of Chaffinch's webhooks: checks the signature, does each event once, answers quickly.

    pip install standardwebhooks
    SECRET=whsec_... python docs/examples/webhook_receiver.py 8080

Behind a server that speaks TLS, since webhooks go over https. The tests run this file.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MAX_BYTES = 1_000_000


class Inbox:
    """Events that came in, each once: they are sent at least once, and `webhook-id` tells which are the same."""

    def __init__(self, secret: str, path: str) -> None:
        self._webhook = Webhook(secret)
        self._database = sqlite3.connect(path)
        self._database.execute("CREATE TABLE IF NOT EXISTS inbox (id TEXT PRIMARY KEY, event TEXT NOT NULL)")

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """The HTTP status to answer with. An event that was committed here is never sent again in vain."""
        try:
            event = self._webhook.verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):
            return 401
        with self._database:  # the id and what the event does are one transaction
            known = "INSERT INTO inbox VALUES (?, ?) ON CONFLICT DO NOTHING"
            is_new = self._database.execute(known, (headers["webhook-id"], json.dumps(event))).rowcount == 1
            if is_new:
                act(event)
        return 204


def act(event: Mapping[str, Any]) -> None:
    """What the platform does. Anything slow belongs in a queue: after 15 seconds the sender gives up."""
    if event["type"] == "decision.final":
        show_or_hide(event["data"]["id"], visible=event["data"]["decision"] == "pass")


def show_or_hide(comment_id: str | None, *, visible: bool) -> None:
    """Yours to write."""


class Handler(BaseHTTPRequestHandler):
    """One request at a time; the inbox is the server's."""

    def do_POST(self) -> None:
        """Reads what was sent, within limits."""
        length = int(self.headers.get("content-length") or 0)
        if not 0 < length <= MAX_BYTES:
            self.send_error(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(self.server.inbox.take(headers, self.rfile.read(length)))  # type: ignore[attr-defined]
        self.end_headers()


def main() -> None:
    """Listens on loopback."""
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    server.inbox = Inbox(os.environ["SECRET"], "inbox.db")  # type: ignore[attr-defined]
    server.serve_forever()


if __name__ == "__main__":
    main()
