"""What the benchmarks that start servers share: a home, processes, a client, memory. Run by itself it does nothing."""

from __future__ import annotations

import http.client
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import orjson

from chaffinch import own_server
from chaffinch.own_server import Server
from chaffinch.settings import load_settings
from moderation.errors import ChaffinchError
from registry.bundle import bundle_hash, read_manifest, write_bundle
from registry.cascade import CASCADE, NO_EXITS, parse_cascade
from registry.names import CHAMPION, MODEL_NAME, REGISTRY, resolve
from registry.pointers import Pointer, write_pointer

ROOT = Path(__file__).resolve().parent.parent
ANSWER_SECONDS = 60.0
FIRST = (
    "Train one first (make demo; make models for those of the public sets), then name it: "
    "make bench MODEL=chaffinch@starter, or python benchmarks/{name}.py MODEL."
)


@dataclass(frozen=True)
class Memory:
    """Of a process and all its children: megabytes resident now, and the sum of what each held at most."""

    processes: int
    now: float
    most: float


def named_model(name: str) -> Path | None:
    """The bundle that the command line names, or the configured one; None where there is none, said in a sentence."""
    return named_bundle(name, sys.argv[1] if len(sys.argv) > 1 else None)


def named_bundle(name: str, model: str | None) -> Path | None:
    """The same of a name; `name` is the benchmark's."""
    settings = load_settings()
    try:
        target = resolve(model or settings.model, home=settings.home)
    except ChaffinchError as error:
        print(f"{name}: {error} {FIRST.format(name=name)}")
        return None
    if target is None:
        print(f"{name}: 'none' has nothing to measure. {FIRST.format(name=name)}")
    return target.path if target else None


def crowned(home: Path, bundle: Path) -> Path:
    """A home whose champion is the bundle, with nothing else in it."""
    found = bundle_hash(bundle)
    write_pointer(home / REGISTRY, MODEL_NAME, CHAMPION, Pointer(bundle.resolve(), found[:12], found))
    return home


def without_exits(bundle: Path, folder: Path) -> Path:
    """The bundle once more, so that both tiers are asked about every comment."""
    manifest = read_manifest(bundle)
    files = {name: (bundle / name).read_bytes() for name in manifest.files}
    record = parse_cascade(files[CASCADE], manifest.labels).model_copy(update={"exits": NO_EXITS})
    write_bundle(folder, manifest, files | {CASCADE: record.model_dump_json().encode()})
    return folder


@contextmanager
def chaffinch(home: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`chaffinch serve` as it is shipped: one process, its worker inside, a line of log for each request."""
    given = {"CHAFFINCH_HOME": str(home), **(settings or {})}
    with running(["-m", "chaffinch", "serve"], "/readyz", home / "serve.log", given) as server:
        yield server


@contextmanager
def chaffinch_together(home: Path, workers: int) -> Iterator[Server]:
    """The same in so many processes."""
    command = ["-m", "chaffinch", "serve", "--workers", str(workers)]
    with running(command, "/readyz", home / "serve.log", {"CHAFFINCH_HOME": str(home)}) as server:
        yield server


@contextmanager
def running(command: Sequence[str], ready: str, log: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """A Python server in a process of its own, once it answers `ready`; stopped whatever happens in the block.

    It gets `--port`, and none of our settings but `settings` and where configs are. Raises `ChaffinchError` where it
    does not answer in time.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHAFFINCH_")}
    environment = inherited | {"CHAFFINCH_CONFIGS": str(load_settings().configs), "PYTHONPATH": str(ROOT), **settings}
    with own_server.running(command, ready=ready, log=log, folder=ROOT, environment=environment) as server:
        yield server


class Client:
    """One connection that stays open, as a platform's would."""

    def __init__(self, server: Server) -> None:
        self._link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=ANSWER_SECONDS)

    def post(self, path: str, body: bytes) -> bytes:
        """The answer. Raises `ChaffinchError` where it is no 200."""
        try:
            answer = self._asked(path, body)
        except ConnectionError:  # the server closes what was idle for some seconds, as while others had their turn
            self._link.close()
            answer = self._asked(path, body)
        raw = answer.read()
        if answer.status != http.client.OK:
            raise ChaffinchError(f"{path} was answered {answer.status}: {raw.decode(errors='replace')}")
        return raw

    def _asked(self, path: str, body: bytes) -> http.client.HTTPResponse:
        self._link.request("POST", path, body, {"content-type": "application/json"})
        return self._link.getresponse()

    def close(self) -> None:
        """Gives the connection back."""
        self._link.close()


def score_request(text: str, *, store: bool, explain: bool = False, deadline_ms: int | None = 30_000) -> bytes:
    """The body of `POST /v1/score`, with time enough that the model always answers; None: the server's own deadline."""
    options = {"store": store, "explain": explain}
    limited = options if deadline_ms is None else options | {"deadline_ms": deadline_ms}
    return orjson.dumps({"content": {"text": text}, "options": limited})


def memory(pid: int) -> Memory:
    """`VmRSS` and `VmHWM` of the process tree, from Linux's /proc."""
    told = [(Path("/proc") / str(each) / "status").read_text() for each in tree(pid)]
    return Memory(
        len(told), sum(_megabytes(each, "VmRSS") for each in told), sum(_megabytes(each, "VmHWM") for each in told)
    )


def divided(pid: int, part: str) -> tuple[float, float, float]:
    """Megabytes of the process tree, each page divided by who has it: all, private ones, and maps of `part` files.

    `Pss` and `Private_*` of Linux's /proc.
    """
    whole = private = mapped = 0.0
    for each in tree(pid):
        rollup = (Path("/proc") / str(each) / "smaps_rollup").read_text()
        whole += _megabytes(rollup, "Pss")
        private += _megabytes(rollup, "Private_Clean") + _megabytes(rollup, "Private_Dirty")
        maps = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", (Path("/proc") / str(each) / "smaps").read_text(), flags=re.M)
        mapped += sum(_megabytes(one, "Pss") for one in maps if part in one.split("\n", 1)[0])
    return whole, private, mapped


def tree(pid: int) -> list[int]:
    """The process and all below it; a thread that ends meanwhile has none."""
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            children += map(int, (task / "children").read_text().split())
    return [pid, *(below for child in children for below in tree(child))]


def _megabytes(status: str, field: str) -> float:
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0
