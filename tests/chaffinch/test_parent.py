from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from chaffinch.parent import end_with_parent
from tests.serving.processes import ROOT

PARENT = """
import multiprocessing, time
from tests.chaffinch.test_parent import child
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=child)
    process.start()
    print(process.pid, flush=True)
    time.sleep(300)
"""


def child() -> None:
    end_with_parent()
    time.sleep(300)


def lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_process_ends_with_the_one_that_started_it_however_that_ended(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert lives(pid)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 120
    while lives(pid):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_process_that_nobody_started_so_goes_on() -> None:
    assert multiprocessing.parent_process() is None
    end_with_parent()
