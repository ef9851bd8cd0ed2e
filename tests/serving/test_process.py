from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.serving.asking import CLEAN, question
from tests.serving.processes import ROOT, Server, run, running, stored_at

FORBIDDEN = (
    "torch",
    "transformers",
    "datasets",
    "mlflow",
    "sklearn",
    "scipy",
    "matplotlib",
    "pandas",
    "opentelemetry.sdk",
    "numpy.random",
    "watchfiles",
    "rich.markdown",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server") / "home"


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with running(home, alone=True) as started:
        yield started


def test_it_says_where_it_is_with_what_and_that_it_is_open(server: Server) -> None:
    printed = "".join(server.printed)
    assert all(word in printed for word in ("/console/", "rules and people alone", "OPEN", "chaffinch.db"))


def test_it_says_that_it_is_ready_where_and_again_that_it_is_open_last_of_all(server: Server) -> None:
    ready = f"ready     {server.address} - OPEN to every program on this machine"
    assert server.printed[-1].startswith(ready)
    assert "WITHOUT A MODEL" not in server.printed[-1]


def test_the_ready_line_of_a_server_without_its_model_says_so(tmp_path: Path) -> None:
    with running(tmp_path, CHAFFINCH_MODEL="chaffinch@champion") as server:
        assert "WITHOUT A MODEL: /readyz says why" in server.printed[-1]


def test_it_answers_over_http(server: Server) -> None:
    with server.client() as client:
        answered = client.post("/v1/score", json=question(CLEAN))
        assert (200, "pass") == (answered.status_code, answered.json()["decision"])
        assert 200 == client.get("/readyz").status_code
        assert "server" not in answered.headers


def test_the_console_is_there_with_its_own_headers(server: Server) -> None:
    with server.client() as client:
        page = client.get("/console/login")
        assert 200 == page.status_code
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "/console/" == client.get("/").headers["location"]


def test_a_port_in_use_is_a_clear_error(server: Server, home: Path) -> None:
    port = server.address.rpartition(":")[2]
    refused = run(home, "serve", "--port", port)
    assert (1, "") == (refused.returncode, refused.stdout)
    assert f"Port {port} on 127.0.0.1 is in use" in refused.stderr


def test_a_large_body_is_refused_before_it_is_sent(server: Server) -> None:
    host, _, port = server.address.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as link:
        link.sendall(b"POST /v1/score HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2097152\r\n\r\n{")
        assert b" 413 " in link.recv(4096).split(b"\r\n")[0]


def test_a_large_body_that_is_sent_all_the_same_is_refused_too(server: Server) -> None:
    with server.client() as client:
        assert 413 == client.post("/v1/score", content=b" " * (2 << 20)).status_code
        assert 200 == client.post("/v1/score", json=question(CLEAN)).status_code


def test_logs_are_json_lines_without_any_text(server: Server) -> None:
    canary = "金丝雀canary"
    with server.client() as client:
        client.post("/v1/score", json=question(canary), headers={"x-request-id": "canary-run"})
        client.post("/v1/score", json={"content": {"text": canary, "x": canary}})
        client.post("/v1/score", content=f'{{"content": {{"text": "{canary}'.encode())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not any("canary-run" in line for line in server.logged):
        time.sleep(0.01)
    lines = [json.loads(line) for line in server.logged]
    assert any(line.get("request_id") == "canary-run" for line in lines)
    assert canary not in "".join(server.logged)
    assert "\\u91d1" not in "".join(server.logged)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_does_not_start_open_to_others(tmp_path: Path, host: str) -> None:
    refused = run(tmp_path, "serve", "--port", "0", "--host", host)
    assert (1, "") == (refused.returncode, refused.stdout)
    assert "chaffinch keys create" in refused.stderr


def test_a_database_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nowhere"
    refused = run(tmp_path, "serve", "--port", "0", CHAFFINCH_DATABASE_URL=url)
    assert 1 == refused.returncode
    assert "The database does not answer" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_nothing_heavy_is_loaded_in_the_serving_process(tmp_path: Path) -> None:
    script = f"""
import json, sys
from pathlib import Path
from starlette.testclient import TestClient
from chaffinch.service import build_parts
from chaffinch.settings import load_settings
from serving.app import create_app
from serving.parts import Options
from tests.serving.bundles import put_champion
settings = load_settings()
put_champion(settings.home, "1")
app = create_app(build_parts(settings, Options(open_without_keys=True)))
with TestClient(app, base_url="http://localhost") as client:
    asked = {{"content": {{"text": "来玩博彩 hello casino"}}, "options": {{"explain": True}}}}
    assert client.post("/v1/score", json=asked).json()["model"]["version"] == "1"
    assert client.get("/openapi.json").status_code == client.get("/docs").status_code == 200
print(json.dumps(sorted(set(sys.modules) & set({FORBIDDEN!r}))))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"CHAFFINCH_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "" == ran.stderr[-2000:] if ran.returncode else True
    assert [] == json.loads(ran.stdout.splitlines()[-1])


def test_it_stops_gracefully_and_writes_what_was_asked(tmp_path: Path) -> None:
    with running(tmp_path, alone=True) as server:
        with server.client() as client, ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: client.post("/v1/score", json=question(CLEAN)).json(), range(20)))
        assert 0 == server.stop()
    assert {answer["decision_id"] for answer in answers} == set(stored_at(f"sqlite:///{tmp_path / 'chaffinch.db'}"))


def test_several_processes_share_one_address(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "2", "--no-worker") as server:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ask_alone(server), range(40)))
        assert {200} == {answer.status_code for answer in answers}
        assert server.printed[-1].startswith(f"ready     {server.address}")
        server.stop()
    assert {answer.json()["decision_id"] for answer in answers} == set(
        stored_at(f"sqlite:///{tmp_path / 'chaffinch.db'}")
    )


def ask_alone(server: Server) -> httpx.Response:
    """Over a connection of its own, so that processes take turns; with patience, for they start on a busy machine."""
    with server.client() as client:
        return client.post("/v1/score", json=question(CLEAN, deadline_ms=20_000))
