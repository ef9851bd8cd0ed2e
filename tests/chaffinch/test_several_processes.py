"""uvicorn's supervisor hears at once of a process that died, also of one that had been asked for a sign of life."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
import uvicorn

from chaffinch.several_processes import Process

TOO_LONG = 600.0
"""How long the supervisor would wait for a sign of life; the test's own limit is far below."""


class NeverAnswers(Process):
    """As one that is still starting: it lives, and does not answer yet."""

    def target(self, sockets: object = None) -> None:
        time.sleep(TOO_LONG)


@pytest.mark.timeout(120)
def test_one_that_dies_while_it_is_waited_for_is_known_to_be_dead_at_once() -> None:
    process = NeverAnswers(uvicorn.Config("nowhere:app"), [])
    process.start()
    assert process.pid is not None
    killing = threading.Timer(0.5, os.kill, (process.pid, signal.SIGKILL))
    killing.start()  # by then it has been asked
    assert not process.is_alive(timeout=TOO_LONG)
    process.join()
    process.kill()  # what the supervisor does next
