"""A real MLflow server, which hears an encoder's curve and is killed while the encoder learns."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.bundle import read_manifest
from registry.catalogue import MlflowCatalogue
from tests.training import tiny
from tests.training.with_encoder.runs import how, order
from training.handing_in import hand_in
from training.run import train
from training.tracking import Tracking

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"
)
SECONDS = 120


@dataclass
class MlflowServer:
    """`mlflow server` with one worker on a port of its own."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        store, artifacts = f"sqlite:///{self.folder / 'mlflow.db'}", str(self.folder / "artifacts")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port),
             "--workers", "1", "--backend-store-uri", store, "--artifacts-destination", artifacts],
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + SECONDS
        while not self.answers:
            assert self.process.poll() is None, "mlflow server ended"
            assert time.monotonic() < deadline, "mlflow server does not answer"
            time.sleep(0.2)

    @property
    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MlflowServer]:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        made = MlflowServer(tmp_path / "server", free.getsockname()[1])
    made.folder.mkdir()
    made.start()
    yield made
    made.kill()


@pytest.mark.proof
def test_a_server_killed_in_mid_run_costs_a_warning_and_the_bundle_is_handed_in_when_it_is_back(
    server: MlflowServer, base: Path, tmp_path: Path
) -> None:
    home, warned = tmp_path / "home", list[str]()
    tracking = Tracking(MlflowCatalogue(server.uri, home=home), warned.append)
    asked = order(home, tiny.snapshot(home), how(base))

    def killed(stage: str, share: float, _note: str) -> None:
        if stage == "encoder: learn" and share >= 0.5:
            server.kill()

    made = train(asked, tracking, now=lambda: tiny.NOW, progress=killed)
    assert (None, 1) == (made.version, len(warned))
    assert server.uri in warned[0]
    assert "chaffinch register" in warned[0]
    assert ("fast", "encoder") == read_manifest(made.bundle).tiers
    server.start()
    catalogue = MlflowCatalogue(server.uri, home=home)
    version = hand_in(made.bundle, "tiny", home, Tracking(catalogue, pytest.fail))
    assert version == catalogue.alias("tiny") is not None
    with catalogue.reached() as client:
        assert tracking.run is not None
        heard = client.get_metric_history(tracking.run, "encoder_loss")
    assert heard, "the curve that came before the kill stands"
