from __future__ import annotations

from pathlib import Path

import pytest

from chaffinch import own_server
from moderation.errors import ChaffinchError

SLOW = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        Handler.asked += 1
        self.send_response(200 if Handler.asked > 3 else 503)
        self.end_headers()

HTTPServer(("127.0.0.1", int(sys.argv[-1])), Handler).serve_forever()
"""


def test_a_server_is_waited_for_until_it_is_ready_and_gone_afterwards(tmp_path: Path) -> None:
    with own_server.running(["-c", SLOW], ready="/readyz", log=tmp_path / "log") as server:
        assert Path(f"/proc/{server.pid}").exists()
    assert not Path(f"/proc/{server.pid}").exists()
    assert 4 == (tmp_path / "log").read_text().count("GET /readyz")


def test_a_server_that_lives_has_minutes_to_be_ready() -> None:
    """A busy machine loads a model for longer than one."""
    assert own_server.START_SECONDS >= 300


def test_a_server_that_is_never_ready_is_told_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_server, "START_SECONDS", 0.3)
    words = ["-c", "import threading; threading.Event().wait()"]
    with (
        pytest.raises(ChaffinchError, match="not ready after"),
        own_server.running(words, ready="/", log=tmp_path / "log"),
    ):
        pass


def test_a_server_that_stops_is_told_with_its_last_words(tmp_path: Path) -> None:
    words = ["-c", "import sys; sys.exit('no room')"]
    with (
        pytest.raises(ChaffinchError, match=r"stopped while starting(.|\n)*no room"),
        own_server.running(words, ready="/", log=tmp_path / "log"),
    ):
        pass
