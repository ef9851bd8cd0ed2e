"""A comment through the encoder, beside the service everybody would write: `python benchmarks/encoder.py [MODEL]`.

Of sixty everyday comments, those of held-out incidents where the snapshot `everyday` was built (`chaffinch data build
everyday`) and else the starter corpus's, one at a time, the contenders taking turns so that a busy machine slows all:

* in the process, one thread each: the bundle's encoder alone, the cascade asking both tiers about every comment, the
  cascade as shipped, and `transformers.pipeline` on the same base, unquantised;
* over HTTP, one client, one process each: `naive.py` around that pipeline, with PyTorch's threads as they come
  (as many as cores) and with one, and `chaffinch serve`, whose model reads one comment on one.

Factors are to the faster of the naive ones: more threads than free cores make PyTorch slower, not faster.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import fmean, median, quantiles
from time import perf_counter

import _material  # noqa: F401 - puts the checkout on the path
import numpy as np
import orjson
from _serving import (
    ROOT,
    Client,
    chaffinch,
    crowned,
    memory,
    named_model,
    running,
    score_request,
    without_exits,
)

from chaffinch.own_server import Server
from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from data.rows import Split
from data.snapshot import find
from data.starter import Written, read_file
from moderation.errors import NotFoundError
from moderation.normaliser import Normalised, normalise
from registry.bundle import Bundle, open_bundle
from registry.cascade import CascadeScorer
from registry.encoder import ENCODER_TIER
from registry.scorers import scorer_of

ROUNDS = 30
TEXTS = 60
TARGET = 25.0
MOST_SECONDS, FEWEST_ROUNDS = 120.0, 2
"""A table ends after so many seconds, but not before each comment was asked about so often."""
READY = "/openapi.json"
ALONE, NAIVE = "encoder alone", "naive:"
Work = Callable[[str], object]


def main() -> None:
    """Prints both tables."""
    folder = named_model("encoder")
    bundle = open_bundle(folder, taxonomy_of(load_settings())) if folder else None
    if folder is None or bundle is None:
        return
    if bundle.second is None:
        print(f"encoder: {folder.name} has none; name a model that has: python benchmarks/encoder.py chaffinch@public")
        return
    base = base_folder(bundle)
    chosen, source = everyday()
    print(f"{len(chosen)} comments of {source}")
    beside = in_process(bundle, base, chosen)
    told = median(beside[ALONE])
    show("in the process, one thread each", beside, {})
    print(f"encoder, one comment: {told:.2f} ms, {'within' if told <= TARGET else 'OVER'} {TARGET:.0f} ms\n")
    with over_http(folder, base) as servers:
        times = turns({name: ask for name, (ask, _) in servers.items()}, chosen)
        held = {name: memory(server.pid).now for name, (_, server) in servers.items()}
    show("over HTTP, one client, one process", times, held)


def everyday() -> tuple[list[str], str]:
    """Texts that are harmless, drawn by a seed, and whose they are."""
    try:
        rows = find("everyday", load_settings().home / "snapshots").split(Split.TEST)
        texts, source = [rows.texts[at] for at in np.flatnonzero(rows.everyday)], "held-out incidents (everyday)"
    except NotFoundError:
        texts, source = harmless(), "the starter corpus's everyday files"
    return random.Random(0).sample(sorted(set(texts)), TEXTS), source


def harmless() -> list[str]:
    """The starter corpus's Chinese comments that bear no label."""
    labels = ("advertising", "gambling", "sexual", "fraud", "contraband", "abuse", "hate")
    files = sorted((ROOT / "data" / "starter").glob("*/everyday*.tsv"))
    rows = (row for file in files for row in read_file(file, f"{file.parent.name}/{file.name}", labels))
    return [row.text for row in rows if isinstance(row, Written) and row.lang == "zh" and not row.labels]


def base_folder(bundle: Bundle) -> str:
    """The unquantised encoder that the bundle's was fine-tuned from, as a folder that transformers reads."""
    from training.packaged_encoder import resolve

    return str(resolve(str(bundle.manifest.settings["encoder"]["base"]), home=load_settings().home).path)


def in_process(bundle: Bundle, base: str, chosen: Sequence[str]) -> Mapping[str, list[float]]:
    """Milliseconds of each contender."""
    import torch
    from naive import classifier

    assert bundle.second is not None
    encoder, scorer, classify = bundle.second.encoder, scorer_of(bundle), classifier(base)
    assert isinstance(scorer, CascadeScorer)
    texts = {text: normalise(text) for text in chosen}
    asked = [scorer.score([text])[0].tier == ENCODER_TIER for text in texts.values()]
    print(f"of these {len(asked)} the cascade as shipped asks the encoder about {sum(asked)}")
    torch.set_num_threads(1)
    return turns({
        ALONE: lambda text: encoder.logits([texts[text].canonical.text]),
        "cascade, always both": partial(_scored, scorer.always_both(), texts),
        "cascade as shipped": partial(_scored, scorer, texts),
        f"{NAIVE} transformers.pipeline": classify,
    }, chosen)  # fmt: skip


def _scored(scorer: CascadeScorer, texts: Mapping[str, Normalised], text: str) -> object:
    return scorer.score([texts[text]])


@contextmanager
def over_http(bundle: Path, base: str) -> Iterator[Mapping[str, tuple[Work, Server]]]:
    """Each contender's question and its server; all run at once, and one is asked at a time."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        homes = {name: folder / name for name in ("both", "shipped")}
        for home in homes.values():
            home.mkdir()
        both = without_exits(bundle, folder / "without-exits")
        script = [str(Path(__file__).with_name("naive.py")), base]
        naive = held.enter_context(running(script, READY, folder / "naive.log", {}))
        single = held.enter_context(running(script, READY, folder / "single.log", {"OMP_NUM_THREADS": "1"}))
        always = held.enter_context(chaffinch(crowned(homes["both"], both)))
        shipped = held.enter_context(chaffinch(crowned(homes["shipped"], bundle)))

        def asker(server: Server, body: Callable[[str], bytes]) -> Work:
            client = held.enter_context(closing(Client(server)))
            return lambda text: client.post("/v1/score", body(text))

        def plain(text: str) -> bytes:
            return orjson.dumps({"text": text})

        yield {
            f"{NAIVE} pipeline, {os.cpu_count()} threads": (asker(naive, plain), naive),
            f"{NAIVE} pipeline, 1 thread": (asker(single, plain), single),
            "ours, always both": (asker(always, partial(score_request, store=False)), always),
            "ours as shipped": (asker(shipped, partial(score_request, store=False)), shipped),
            "ours as shipped, stored": (asker(shipped, partial(score_request, store=True)), shipped),
        }


def turns(contenders: Mapping[str, Work], chosen: Sequence[str]) -> Mapping[str, list[float]]:
    """Milliseconds of every call: in each round every contender answers every comment."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    until = perf_counter() + MOST_SECONDS
    for number in range(ROUNDS + 1):
        if number > FEWEST_ROUNDS and perf_counter() > until:
            break
        for name, work in contenders.items():
            for text in chosen:
                begin = perf_counter()
                work(text)
                if number:  # the first round warms up
                    times[name].append((perf_counter() - begin) * 1e3)
    return times


def show(title: str, times: Mapping[str, list[float]], held: Mapping[str, float]) -> None:
    """A line for each, with how often it fits into the faster naive one's time; `held` is megabytes resident."""
    naive = min(median(each) for name, each in times.items() if name.startswith(NAIVE))
    print(f"{title:36} {'median':>9} {'mean':>9} {'p95':>9} {'faster':>9} {'calls':>6}{'   memory' if held else ''}")
    for name, each in times.items():
        middle, late = median(each), quantiles(each, n=20)[-1]
        figures = f"{middle:6.2f} ms {fmean(each):6.2f} ms {late:6.1f} ms {naive / middle:7.1f} x {len(each):6}"
        print(f"  {name:34} {figures}{f' {held[name]:5.0f} MB' if held else ''}")


if __name__ == "__main__":
    main()
