from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from serving.streams.conversation import REASONS, Close
from serving.streams.protocol import StreamProtocol


@pytest.mark.parametrize(("paused", "told"), [(True, "asked again"), (False, "ended")])
def test_a_pong_is_missing_only_where_everything_that_came_was_read(
    monkeypatch: pytest.MonkeyPatch, paused: bool, told: str
) -> None:
    done: list[str] = []
    protocol: Any = object.__new__(StreamProtocol)
    protocol.read_paused = paused
    monkeypatch.setattr(StreamProtocol, "schedule_ping", lambda _: done.append("asked again"))
    monkeypatch.setattr(WebSocketsSansIOProtocol, "keepalive_timeout", lambda _: done.append("ended"))
    protocol.keepalive_timeout()
    assert [told] == done


class Transport:
    """Has bytes that nobody reads."""

    def __init__(self) -> None:
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return 65_536

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize("gone", [False, True])
def test_who_has_not_gone_is_cut_off_and_it_is_told_why(gone: bool) -> None:
    told: list[int] = []
    protocol: Any = object.__new__(StreamProtocol)
    protocol.disconnected, protocol.transport = gone, Transport()
    protocol.scope = {"state": {"request_id": "r-1", "on_cut": told.append}}
    with capture_logs() as lines:
        protocol._cut(Close.SLOW)
    assert (not gone, [] if gone else [Close.SLOW]) == (protocol.transport.aborted, told)
    if not gone:
        [line] = lines
        assert ("stream_cut", 4420, REASONS[Close.SLOW], 65_536, "r-1") == tuple(
            line[name] for name in ("event", "code", "why", "unread_bytes", "request_id")
        )
