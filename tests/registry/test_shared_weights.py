from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from moderation.errors import BundleError
from moderation.normaliser import normalise
from moderation.taxonomy import load_taxonomy
from registry import shared_weights
from registry.encoder import ENCODER, WEIGHTS
from registry.scorers import load_scorer
from registry.shared_weights import FOLDER, KEPT, SharedWeights, folder_for_processes
from tests import tiny_encoder

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [normalise(text) for text in (*tiny_encoder.comments(30)[0], "", "喝茶" * 40)]


@pytest.fixture
def shared(tmp_path: Path) -> SharedWeights:
    (tmp_path / "together").mkdir()
    return SharedWeights(tmp_path / "together")


def test_a_model_that_shares_answers_as_one_that_does_not(tmp_path: Path, shared: SharedWeights) -> None:
    folder = tiny_encoder.bundle(tmp_path / "bundle")
    alone = load_scorer(folder, load_taxonomy())
    for _ in range(2):  # the one that leaves the files, and one that finds them
        together = load_scorer(folder, load_taxonomy(), shared=shared)
        assert alone.score(TEXTS) == together.score(TEXTS)
        assert [alone.explain(text, "gambling") for text in TEXTS] == [
            together.explain(text, "gambling") for text in TEXTS
        ]


def test_its_weights_are_mapped_from_the_folder(tmp_path: Path) -> None:
    """Asked of the kernel, in a process of its own whose other maps do not matter."""
    (tmp_path / "together").mkdir()
    tiny_encoder.bundle(tmp_path / "bundle")
    told = subprocess.run(
        [sys.executable, "-c", MAPPED, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    ).stdout
    assert {WEIGHTS, "array.npy"} == set(re.findall(r"/together/.*/(\S+)$", told, re.MULTILINE))


MAPPED = """
import sys
from pathlib import Path
from registry.scorers import load_scorer
from registry.shared_weights import SharedWeights
from moderation.taxonomy import load_taxonomy

home = Path(sys.argv[1])
held = load_scorer(home / "bundle", load_taxonomy(), shared=SharedWeights(home / "together"))
print(Path("/proc/self/maps").read_text())
"""


def test_an_altered_bundle_is_refused_though_its_weights_lie_there(tmp_path: Path, shared: SharedWeights) -> None:
    folder = tiny_encoder.bundle(tmp_path / "bundle")
    load_scorer(folder, load_taxonomy(), shared=shared)
    raw = bytearray((folder / ENCODER).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / ENCODER).write_bytes(raw)
    with pytest.raises(BundleError, match=r"encoder\.onnx"):
        load_scorer(folder, load_taxonomy(), shared=shared)


def test_another_bundle_has_weights_of_its_own(tmp_path: Path, shared: SharedWeights) -> None:
    one = np.ones(3, np.float32)
    assert shared.array("one", lambda: one).tolist() == [1, 1, 1]
    assert shared.array("two", lambda: one * 2).tolist() == [2, 2, 2]
    again = shared.array("one", lambda: pytest.fail("it was there"))
    assert again.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        again[0] = 5


def test_who_come_at_once_make_it_once(shared: SharedWeights) -> None:
    made: list[int] = []
    entered = threading.Barrier(8)

    def ask() -> None:
        entered.wait()
        shared.array("one", lambda: made.append(1) or np.ones(100_000))  # type: ignore[func-returns-value]

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [1] == made


def test_where_nothing_can_be_written_each_holds_its_own(tmp_path: Path, shared: SharedWeights) -> None:
    def full(folder: Path) -> None:
        (folder / "array.npy").write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    assert shared.made("one", full) is None
    assert [] == [each.name for each in (tmp_path / "together").iterdir() if each.is_dir()]
    gone = SharedWeights(tmp_path / "never-made")
    assert gone.array("one", lambda: np.ones(2)).tolist() == [1, 1]
    folder = tiny_encoder.bundle(tmp_path / "bundle")
    alone = load_scorer(folder, load_taxonomy())
    assert alone.score(TEXTS) == load_scorer(folder, load_taxonomy(), shared=gone).score(TEXTS)


def test_of_many_models_the_oldest_files_go(shared: SharedWeights, tmp_path: Path) -> None:
    first = shared.array("k0", lambda: np.zeros(5))
    for number in range(1, KEPT + 2):
        folder = shared.made(f"k{number}", lambda half: np.save(half / "array.npy", np.ones(2)))
        assert folder is not None
        os.utime(folder, (number, number))
    left = {each.name for each in (tmp_path / "together").iterdir() if each.is_dir()}
    assert KEPT == len(left)
    assert f"k{KEPT + 1}" in left
    assert first.tolist() == [0] * 5  # mapped, though its file may be gone


def test_the_folder_is_its_owners_alone_and_goes_with_the_server(tmp_path: Path) -> None:
    with folder_for_processes(tmp_path) as folder:
        assert folder is not None
        assert folder.parent == tmp_path / FOLDER
        assert (0o700, 0o700) == (folder.stat().st_mode & 0o777, folder.parent.stat().st_mode & 0o777)
        with folder_for_processes(tmp_path) as another:  # of a second server in the same home
            assert another != folder
            assert folder.is_dir()
    assert [] == list((tmp_path / FOLDER).iterdir())


def test_what_a_killed_server_left_is_swept_by_the_next(tmp_path: Path) -> None:
    killed = "import os, sys; from pathlib import Path; from registry.shared_weights import folder_for_processes as f\n"
    killed += "with f(Path(sys.argv[1])) as folder: (folder / 'weights').write_text('x'); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", killed, tmp_path], cwd=ROOT, check=False, timeout=120)
    (left,) = (tmp_path / FOLDER).iterdir()
    assert (left / "weights").exists()
    with folder_for_processes(tmp_path) as folder:
        assert [folder] == list((tmp_path / FOLDER).iterdir())


def test_where_no_folder_can_be_made_the_server_runs_without(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    with folder_for_processes(tmp_path) as folder:
        assert folder is None


def test_a_lock_that_somebody_holds_is_waited_for(shared: SharedWeights, tmp_path: Path) -> None:
    lock = os.open(tmp_path / "together" / shared_weights._LOCK, os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (shared.array("one", lambda: np.ones(1)), done.set()))
    thread.start()
    assert not done.wait(0.2)
    os.close(lock)
    assert done.wait(60)
    thread.join()
