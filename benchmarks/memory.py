"""What a serving process holds in memory: `python benchmarks/memory.py [MODEL]`.

A real `chaffinch serve`, one process with its worker inside, in a home of its own whose champion is MODEL. The windows
of behaviour are full before it starts: it reads back an hour of 50,000 comments, made as by `behaviour.py`. Before the
first comment; after some hundred of the starter corpus, short and long, one at a time and stored; and after as many
by eight clients at once, every fourth explained, which fills the model's batches. Then the same in several processes,
which share the model's weights.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from _serving import (
    ROOT,
    Client,
    Memory,
    chaffinch,
    chaffinch_together,
    crowned,
    divided,
    memory,
    named_model,
    score_request,
    tree,
)
from behaviour import comments as made_comments
from sqlalchemy import create_engine

from chaffinch.own_server import Server
from data.starter import Written, read_file
from moderation.behaviour import Behaviour, Observation, Seen, signature_of
from moderation.normaliser import normalise
from records.behaviour import keep
from records.database import Database
from registry.bundle import read_manifest
from registry.shared_weights import FOLDER

COMMENTS = 400
HOUR = 3300.0
"""Seconds that the past lasts, somewhat less than what is read back."""
PAST = 50_000
"""Comments of the hour before, of which windows are touched to all but the last page."""
CLIENTS = 8
WORKERS = (2, 4)
TARGET = 400.0


def texts() -> list[str]:
    """Comments of the starter corpus: every length in the share it has there, the longest too."""
    labels = ("advertising", "gambling", "sexual", "fraud", "contraband", "abuse", "hate")
    files = sorted((ROOT / "data" / "starter").glob("*/*.tsv"))
    rows = (row for file in files for row in read_file(file, f"{file.parent.name}/{file.name}", labels))
    by_length = sorted((row.text for row in rows if isinstance(row, Written)), key=lambda text: (len(text), text))
    chosen = [by_length[at * (len(by_length) - 1) // (COMMENTS - 1)] for at in range(COMMENTS)]
    random.Random(0).shuffle(chosen)
    return chosen


def main() -> None:
    """Prints a line for each moment, and whether the target is kept."""
    bundle = named_model("memory")
    if bundle is None:
        return
    chosen = texts()
    print(f"{bundle.name}, tiers {' and '.join(read_manifest(bundle).tiers)}; {len(chosen)} comments of "
          f"{min(map(len, chosen))} to {max(map(len, chosen))} code points")  # fmt: skip
    print(f"windows of behaviour: {Behaviour().nbytes / 1e6:.0f} MB bound, touched by {PAST:,} comments")
    with tempfile.TemporaryDirectory() as home, chaffinch(with_past(crowned(Path(home), bundle))) as server:
        show("before the first comment", memory(server.pid))
        one_by_one(server, chosen)
        show("after one client", memory(server.pid))
        together(server, chosen)
        last = memory(server.pid)
        show(f"after {CLIENTS} clients at once", last)
        alone = divided(server.pid, f"/{FOLDER}/")[0]
    print(f"\nprocesses of one server, after {CLIENTS} clients at once; pages that several have are divided among them")
    print(f"{'one':28} {alone:6.0f} MB")
    for workers in WORKERS:
        with (
            tempfile.TemporaryDirectory() as home,
            chaffinch_together(with_past(crowned(Path(home), bundle)), workers) as server,
        ):
            while ready(server) < workers:
                time.sleep(0.5)
            together(server, chosen)
            show_divided(workers, alone, divided(server.pid, f"/{FOLDER}/"))
    print(f"target: under {TARGET:.0f} MB resident: {'reached' if last.now < TARGET else 'MISSED'}"
          f"; at the peak: {'reached' if last.most < TARGET else 'MISSED'}")  # fmt: skip


def with_past(home: Path) -> Path:
    """The home, with what was seen of comments in the hour before; a process that starts reads it back."""
    url, now = f"sqlite:///{home / 'chaffinch.db'}", time.time()
    with closing(Database(url)) as database:
        database.migrate()
    engine = create_engine(url)  # asks for no decision behind an observation, which nothing here reads
    with engine.begin() as connection:
        for at, (text, account, thread, _) in enumerate(made_comments(PAST, random.Random(7))):
            signature = signature_of(normalise(text))
            seen = Seen(Observation(now - HOUR * (1 - at / PAST), signature, account, thread))
            keep(connection, [(f"past-{at}", seen)], worker="before")  # type: ignore[arg-type]
    engine.dispose()
    return home


def one_by_one(server: Server, chosen: Sequence[str]) -> None:
    """Each comment by itself, stored."""
    with closing(Client(server)) as client:
        for text in chosen:
            client.post("/v1/score", score_request(text, store=True))


def together(server: Server, chosen: Sequence[str]) -> None:
    """The comments shared out among clients; every fourth asks for the words that spoke."""

    def share(first: int) -> None:
        with closing(Client(server)) as client:
            for at in range(first, len(chosen), CLIENTS):
                client.post("/v1/score", score_request(chosen[at], store=True, explain=(at // CLIENTS) % 4 == 0))

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(share, range(CLIENTS)))


def ready(server: Server) -> int:
    """How many processes have the weights mapped, and so answer."""
    maps = [(Path("/proc") / str(each) / "maps").read_text() for each in tree(server.pid)]
    return sum(f"/{FOLDER}/" in each for each in maps)


def show_divided(workers: int, alone: float, found: tuple[float, float, float]) -> None:
    """One line."""
    whole, private, mapped = found
    print(f"{workers:<28} {whole:6.0f} MB, {whole / workers:.0f} a process ({whole / workers / alone:.2f} of one); "
          f"mapped weights {mapped:.0f} MB in all; private {private:.0f} MB")  # fmt: skip


def show(when: str, found: Memory) -> None:
    """One line."""
    print(f"{when:28} VmRSS {found.now:6.0f} MB   VmHWM {found.most:6.0f} MB   ({found.processes} process"
          f"{'es' if found.processes > 1 else ''})")  # fmt: skip


if __name__ == "__main__":
    main()
