from __future__ import annotations

from typing import Any

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

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
