from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from moderation.errors import ChaffinchError
from registry.bundle import bundle_hash, read_manifest, verify, write_bundle
from registry.calibration import Calibration
from registry.cascade import CASCADE, NO_EXITS, CascadeRecord, Exits, parse_cascade
from registry.names import resolve
from tests.registry.bundles import NAMES, PLANTED, bundle

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What the benchmarks share; they are scripts, and find one another by their folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("_serving")


def test_a_home_is_made_whose_champion_is_the_bundle(benchmark: ModuleType, tmp_path: Path) -> None:
    made = bundle(tmp_path / "model")
    found = resolve("chaffinch@champion", home=benchmark.crowned(tmp_path / "home", made))
    assert found is not None
    assert (made.resolve(), bundle_hash(made)) == (found.path.resolve(), found.hash)


def test_a_copy_without_exits_is_whole_and_differs_in_nothing_else(benchmark: ModuleType, tmp_path: Path) -> None:
    made = bundle(tmp_path / "model")
    record = CascadeRecord(exits=Exits(clean=0.1, sure=0.9), encoder_share=0.7, calibration=Calibration.identity(NAMES))
    manifest = read_manifest(made)
    files = {name: (made / name).read_bytes() for name in manifest.files}
    write_bundle(made, manifest, files | {CASCADE: record.model_dump_json().encode()})

    copy = benchmark.without_exits(made, tmp_path / "copy")

    verify(copy)
    assert record.model_copy(update={"exits": NO_EXITS}) == parse_cascade((copy / CASCADE).read_bytes(), NAMES)
    assert files == {name: (copy / name).read_bytes() for name in files}


def test_memory_is_that_of_the_process_and_its_children(benchmark: ModuleType) -> None:
    alone = benchmark.memory(os.getpid())
    hold = "import sys; held = bytearray(b'x') * 80_000_000; print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        both = benchmark.memory(os.getpid())
    assert alone.processes + 1 == both.processes
    assert both.now - alone.now > 70
    assert both.most >= both.now


def test_a_server_answers_with_the_model_and_is_gone_afterwards(benchmark: ModuleType, tmp_path: Path) -> None:
    home = benchmark.crowned(tmp_path / "home", bundle(tmp_path / "model"))
    with benchmark.chaffinch(home) as server, closing(benchmark.Client(server)) as client:
        answer = json.loads(client.post("/v1/score", benchmark.score_request(PLANTED["gambling"], store=True)))
        assert benchmark.memory(server.pid).processes >= 1
    assert "gambling" == max(answer["labels"], key=lambda each: each["score"])["name"]
    assert not Path(f"/proc/{server.pid}").exists()


def test_a_server_that_does_not_start_is_told_with_its_last_words(benchmark: ModuleType, tmp_path: Path) -> None:
    words = ["-c", "import sys; sys.exit('no room')"]
    with pytest.raises(ChaffinchError, match="no room"), benchmark.running(words, "/", tmp_path / "log", {}):
        pass


def test_comments_of_every_length_are_sent_the_same_each_time(benchmark: ModuleType) -> None:
    memory = import_module("memory")
    chosen = memory.texts()
    assert (memory.COMMENTS, 1) == (len(chosen), min(map(len, chosen)))
    assert max(map(len, chosen)) > 100
    assert chosen == memory.texts()
